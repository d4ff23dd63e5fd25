"""What changed, where, and is the model worse? For whoever looks for the cause."""

from __future__ import annotations

from parts import (
    ALL_MONITORS,
    POSTGRES,
    RED,
    SCHEMA,
    SEVERITY,
    SHADES,
    Dashboard,
    Json,
    Row,
    bars,
    chosen,
    coloured,
    columns,
    grid_of_days,
    limits,
    lines,
    linked,
    of_column,
    one_of,
    queried,
    source,
    sql,
    table,
)

BASELINES = ("reference", "last_week", "previous", "seasonal", "champion", "control")
# The windows that the variables choose. A window is shown on its last day.
VERSION = """monitor = ${monitor:sqlstring}
    and role = 'live'
    and model_version = ${model_version:sqlstring}
    and window_name = ${window_name:sqlstring}"""
SLICE = """slice_name = ${slice_name:sqlstring}
    and slice_value = ${slice_value:sqlstring}"""
CHOSEN = f"{VERSION}\n    and {SLICE}"
SUBJECT = "log = ${log:sqlstring}\n    and subject = ${subject:sqlstring}"
SHOWN = "$__timeFilter(window_end)"
DAY = """window_end - interval '1' day as "time\""""


def indented(text: str, by: int = 4) -> str:
    return text.replace("\n", "\n" + " " * by)


HEAT_MAP = grid_of_days(
    "Drift, subject by day",
    "Distance beyond chance from the baseline, in multiples of the smallest limit of the default "
    "rules. From 1 on the subject has drifted. The 40 subjects that drift most. No cell: not "
    "evaluated.",
    queried(
        f"""
with windows as (

    select log, subject, window_end, status, psi_valid - psi_noise_limit as effect
    from {{monitor_drift}}
    where {SHOWN}
        and {indented(CHOSEN)}
        and baseline = ${{baseline:sqlstring}}
        and status in ('ok', 'drifted')
        and not coalesce(is_reference_mismatch, false)
        and psi_valid is not null

),

most as (

    select log, subject
    from windows
    group by log, subject
    order by
        sum(case when status = 'drifted' then 1 else 0 end) desc, max(effect) desc, log, subject
    limit 40

),

limits as (

    select min(cast(warn as double precision)) as warn
    from {{monitor_alert_rules}}
    where metric = 'psi'
        and slice_name = '(all)'
        and enabled = 'true'

)

select
    windows.window_end - interval '1' day as "time",
    case
        when windows.log = 'predictions' then windows.subject
        else windows.log || ' ' || windows.subject
    end as metric,
    case
        when windows.status = 'drifted' then greatest(windows.effect / limits.warn, 1)
        else least(greatest(windows.effect / limits.warn, 0), 0.99)
    end as value
from windows
inner join most
    on windows.log = most.log
    and windows.subject = most.subject
cross join limits
order by 1, 2
""",
        "time_series",
    ),
    limits((None, SHADES[0]), (0.5, SHADES[1]), (1, SHADES[2]), (2, SHADES[3]), (5, SHADES[4])),
)

WHAT_MOVED = [
    lines(
        "Share of drifted subjects",
        "All subjects of a log, and weighted with their importance.",
        [
            queried(
                f"""
select
    {DAY}, log as metric, drifted_share as drifted,
    importance_weighted_drifted_share as weighted
from {{monitor_dataset}}
where {SHOWN}
    and {CHOSEN}
    and baseline = ${{baseline:sqlstring}}
order by 1, 2
""",
                "time_series",
            )
        ],
        "percentunit",
    ),
    lines(
        "Distance of ${subject} from ${baseline}",
        "PSI of the valid values, and what chance alone would give at most.",
        [
            queried(
                f"""
select {DAY}, psi_valid as psi, psi_noise_limit as chance
from {{monitor_drift}}
where {SHOWN}
    and {CHOSEN}
    and {SUBJECT}
    and baseline = ${{baseline:sqlstring}}
order by 1
""",
                "time_series",
            )
        ],
        overrides=[
            of_column(
                "chance",
                custom__lineStyle={"fill": "dash", "dash": [6, 6]},
                color={"mode": "fixed", "fixedColor": "gray"},
            )
        ],
    ),
    table(
        "Alerts of ${monitor}",
        "The query of an alert computes its number again from the raw log.",
        queried("""
select
    since, severity, state, family, subject, metric, model_version, slice_name, slice_value,
    baseline_value, current_value, message, likely_cause, runbook, reproduce_sql
from {monitor_alerts}
where monitor = ${monitor:sqlstring}
    and inhibited_by is null
    and opened_at <= cast($__timeTo() as timestamp)
    and last_seen_at >= cast($__timeFrom() as timestamp)
order by since desc
limit 200
"""),
        overrides=[coloured("severity", SEVERITY), linked("runbook", "Open the runbook")],
    ),
]

VALUES = [
    columns(
        "${subject}, before and after",
        "Shares by bin: the first window of the time range, and the last one. Set the range around "
        "the change. Bins of few rows are hidden: choose a longer window for a small log.",
        queried(f"""
with shown as (

    select bin, bin_label, window_end, share
    from {{monitor_distributions}}
    where {SHOWN}
        and {indented(CHOSEN)}
        and {indented(SUBJECT)}

),

ends as (

    select min(window_end) as first_end, max(window_end) as last_end
    from shown

)

select
    shown.bin_label as bin,
    max(case when shown.window_end = ends.first_end then shown.share end) as before,
    max(case when shown.window_end = ends.last_end then shown.share end) as after
from shown
inner join ends
    on shown.window_end = ends.first_end
    or shown.window_end = ends.last_end
group by shown.bin, shown.bin_label
order by shown.bin
"""),
        "bin",
        "percentunit",
    ),
    lines(
        "Quantiles of ${subject}",
        "Empty for categories.",
        [
            queried(
                f"""
select {DAY}, p05, p25, p50, p75, p95
from {{monitor_profiles}}
where {SHOWN}
    and {CHOSEN}
    and {SUBJECT}
    and p50 is not null
order by 1
""",
                "time_series",
            )
        ],
    ),
    lines(
        "Faults of ${subject}",
        "Share of rows that are missing, invalid, out of range, unseen in the reference, or stale.",
        [
            queried(
                f"""
select
    {DAY}, missing_rate as missing, invalid_rate as invalid,
    out_of_range_rate as out_of_range, unseen_rate as unseen, stale_rate as stale
from {{monitor_profiles}}
where {SHOWN}
    and {CHOSEN}
    and {SUBJECT}
order by 1
""",
                "time_series",
            )
        ],
        "percentunit",
    ),
    table(
        "Which values of ${subject} moved",
        "The three groups of bins that add most to a large distance.",
        queried(f"""
select
    {DAY.replace('"time"', "day")}, group_label as values, baseline_share, share,
    psi_share as share_of_distance
from {{monitor_drift_bins}}
where {SHOWN}
    and {CHOSEN}
    and {SUBJECT}
    and baseline = ${{baseline:sqlstring}}
order by window_end desc, place
limit 200
"""),
        overrides=[
            of_column(name, unit="percentunit")
            for name in ("baseline_share", "share", "share_of_distance")
        ],
    ),
]

SEGMENTS = [
    bars(
        "${subject}: other rows, or other values?",
        "Change from the baseline by cause and slice column. Mix: other rows. Within: other values "
        "of the same kind of rows.",
        [
            queried(
                f"""
select
    {DAY}, dimension || ' ' || metric as metric, mix_effect as mix, within_effect as within
from {{monitor_segments}}
where {SHOWN}
    and {VERSION}
    and {SUBJECT}
    and baseline = ${{baseline:sqlstring}}
    and segment = '(all)'
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    table(
        "Segments of ${subject} in the latest window",
        "The segments that add most to the change.",
        queried(f"""
select
    dimension, segment, metric, baseline_share, share, baseline_value, value, mix_effect,
    within_effect
from {{monitor_segments}}
where {VERSION}
    and {SUBJECT}
    and baseline = ${{baseline:sqlstring}}
    and segment <> '(all)'
    and window_end = (
        select max(window_end)
        from {{monitor_segments}}
        where {SHOWN}
            and {indented(VERSION, 8)}
            and {indented(SUBJECT, 8)}
            and baseline = ${{baseline:sqlstring}}
    )
order by abs(coalesce(mix_effect, 0) + coalesce(within_effect, 0)) desc, dimension, segment
limit 100
"""),
        width=12,
        overrides=[of_column(name, unit="percentunit") for name in ("baseline_share", "share")],
    ),
    table(
        "Slices that drift",
        "Every subject and slice that drifted in the latest window of the time range.",
        queried(f"""
select
    slice_name, slice_value, log, subject, psi_valid as psi, psi_noise_limit as chance, row_count,
    mean_shift, missing_rate_delta
from {{monitor_drift}}
where {VERSION}
    and baseline = ${{baseline:sqlstring}}
    and slice_name <> '(all)'
    and status = 'drifted'
    and window_end = (
        select max(window_end)
        from {{monitor_drift}}
        where {SHOWN}
            and {indented(VERSION, 8)}
    )
order by psi_valid - psi_noise_limit desc
limit 200
"""),
    ),
]

LABELLED = f"""{SHOWN}
    and {CHOSEN}
    and score = ${{score:sqlstring}}
    and class in ('(all)', '(binary)')"""
DOTTED = {"fill": "dot", "dash": [0, 6]}


def interval(*names: str) -> list[Json]:
    return [
        of_column(name, custom__lineWidth=1, color={"mode": "fixed", "fixedColor": "gray"})
        for name in names
    ]


def estimated_and_open(*names: str) -> list[Json]:
    return [of_column(name, custom__lineStyle=DOTTED) for name in names]


PERFORMANCE = [
    lines(
        "Area under the ROC curve of ${score}",
        "Final once the label window is closed; provisional before that. The interval is of both. "
        "The estimate needs no labels.",
        [
            queried(
                f"""
select
    {DAY},
    case when is_final then roc_auc end as final,
    case when not is_final then roc_auc end as provisional,
    roc_auc_lower as lower_bound,
    roc_auc_upper as upper_bound,
    estimated_roc_auc as estimate
from {{monitor_performance}}
where {LABELLED}
order by 1
""",
                "time_series",
            )
        ],
        overrides=[
            *interval("lower_bound", "upper_bound"),
            *estimated_and_open("provisional", "estimate"),
        ],
    ),
    bars(
        "Maturity of the labels of ${score}",
        "Predictions of the window: with a label, label window closed without one, and still open.",
        [
            queried(
                f"""
select
    labels.window_end - interval '1' day as "time",
    labels.outcome as metric,
    labels.labelled_count as labelled,
    labels.matured_count - labels.labelled_count as unlabelled,
    labels.prediction_count - labels.matured_count as open
from {{monitor_labels}} as labels
where {SHOWN}
    and {CHOSEN}
    and labels.outcome in (
        select outcome
        from {{monitor_performance}}
        where monitor = ${{monitor:sqlstring}}
            and score = ${{score:sqlstring}}
    )
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    lines(
        "Accuracy, precision, recall of ${score}",
        "Final windows as lines, provisional ones dotted. Empty without a threshold.",
        [
            queried(
                f"""
select
    {DAY},
    case when is_final then accuracy end as accuracy,
    case when is_final then precision end as precision,
    case when is_final then recall end as recall,
    case when not is_final then accuracy end as provisional_accuracy,
    case when not is_final then precision end as provisional_precision,
    case when not is_final then recall end as provisional_recall
from {{monitor_performance}}
where {LABELLED}
order by 1
""",
                "time_series",
            )
        ],
        "percentunit",
        overrides=estimated_and_open(
            "provisional_accuracy", "provisional_precision", "provisional_recall"
        ),
    ),
    lines(
        "Errors of ${score}, a number",
        "Mean absolute error, root mean squared error and bias. Empty for probabilities.",
        [
            queried(
                f"""
select
    {DAY},
    case when is_final then mae end as mae,
    case when is_final then rmse end as rmse,
    case when is_final then bias end as bias,
    case when not is_final then mae end as provisional_mae
from {{monitor_performance}}
where {LABELLED}
order by 1
""",
                "time_series",
            )
        ],
        overrides=estimated_and_open("provisional_mae"),
    ),
    lines(
        "Calibration of ${score}",
        "Outcomes that occurred over outcomes that were predicted: 1 is calibrated. Final windows.",
        [
            queried(
                f"""
select
    {DAY}, calibration_ratio as ratio, calibration_ratio_lower as lower_bound,
    calibration_ratio_upper as upper_bound
from {{monitor_calibration}}
where {LABELLED}
    and is_final
order by 1
""",
                "time_series",
            )
        ],
        overrides=interval("lower_bound", "upper_bound"),
    ),
    table(
        "Performance by slice, latest final window",
        "The slices with the lowest area under the ROC curve or the largest error first.",
        queried(f"""
select
    slice_name, slice_value, outcome, labelled_count, roc_auc, roc_auc_lower, roc_auc_upper,
    precision, recall, mae
from {{monitor_performance}}
where {VERSION}
    and score = ${{score:sqlstring}}
    and class in ('(all)', '(binary)')
    and slice_name <> '(all)'
    and labelled_count is not null
    and window_end = (
        select max(window_end)
        from {{monitor_performance}}
        where {SHOWN}
            and {indented(VERSION, 8)}
            and score = ${{score:sqlstring}}
            and is_final
    )
order by roc_auc, mae desc
limit 200
"""),
        width=12,
    ),
]


def chosen_name(column: str, label: str, more: str = "") -> Json:
    """A name among those that are watched, with all rows first."""
    return chosen(
        column,
        label,
        f"""
select {column}
from (
    select distinct {column}
    from {{monitor_coverage}}
    where monitor = ${{monitor:sqlstring}}{more}
) as names
order by case when {column} in ('(all)', 'predictions') then 0 else 1 end, {column}
""",
    )


VARIABLES = [
    SCHEMA,
    chosen("monitor", "Monitor", ALL_MONITORS),
    chosen_name("model_version", "Version"),
    one_of("window_name", "Window", ("day", "7d", "30d")),
    chosen_name("log", "Log", "\n        and family = 'drift'"),
    chosen_name(
        "subject", "Subject", "\n        and family = 'drift'\n        and log = ${log:sqlstring}"
    ),
    one_of("baseline", "Baseline", BASELINES),
    chosen_name("slice_name", "Slice"),
    chosen_name("slice_value", "Value", "\n        and slice_name = ${slice_name:sqlstring}"),
    chosen(
        "score",
        "Score",
        """
select distinct score
from {monitor_performance}
where monitor = ${monitor:sqlstring}
    and slice_name = '(all)'
    and model_version = '(all)'
order by score
""",
    ),
]


def marked(name: str, colour: str, text: str) -> Json:
    """Marks on every chart over time."""
    target = {"refId": "Anno", "editorMode": "code", "format": "table", "rawQuery": True}
    return {
        "name": name,
        "datasource": source(POSTGRES),
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "target": {**target, "rawSql": sql(text)},
    }


MARKS = [
    marked(
        "Incidents",
        RED,
        """
select
    since as "time", coalesce(resolved_at, last_seen_at) as timeend, message as text,
    severity as tags
from {monitor_incidents}
where monitor = ${monitor:sqlstring}
    and inhibited_by is null
    and $__timeFilter(since)
order by since
""",
    ),
    marked(
        "Versions",
        "blue",
        """
select live_since as "time", 'version ' || model_version || ' serves' as text, 'version' as tags
from {monitor_health}
where monitor = ${monitor:sqlstring}
    and model_version <> '(all)'
    and $__timeFilter(live_since)
order by live_since
""",
    ),
]

DASHBOARD = Dashboard(
    "model-monitor-debugging",
    "model_monitor: find the cause",
    "What drifted, how its values changed, in which segments, and what became of performance.",
    "now-90d",
    POSTGRES,
    VARIABLES,
    [
        Row("What drifted", [HEAT_MAP, *WHAT_MOVED]),
        Row("Values of ${subject}", VALUES),
        Row("Segments", SEGMENTS),
        Row("Performance of ${score}", PERFORMANCE),
    ],
    MARKS,
)
