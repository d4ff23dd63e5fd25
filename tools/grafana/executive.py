"""Is everything all right? One screen for people who do not read SQL."""

from __future__ import annotations

from parts import (
    ALL_MONITORS,
    GREEN,
    NONE_IS_GREEN,
    ORANGE,
    POSTGRES,
    RED,
    SCHEMA,
    SEVERITY,
    Dashboard,
    Row,
    bars,
    chosen,
    coloured,
    limits,
    lines,
    linked,
    of_column,
    queried,
    stat,
    table,
)

# The condition of `alerts` and of the gauges: open, and somebody is notified of it.
OPEN = """state in ('firing', 'acknowledged')
    and inhibited_by is null
    and silenced_by is null
    and (nature is null or nature <> 'expected' or is_safety)
    and monitor in (${monitor:sqlstring})"""

COUNT = f"""
select count(*) as incidents
from {{monitor_incidents}}
where (severity)
    and {OPEN}
"""
EVALUATION = {
    "evaluated": GREEN, "partly_evaluated": ORANGE, "not_evaluated": RED,
    "not_evaluated_yet": "text",
}  # fmt: skip

NOW = [
    stat(
        "Critical incidents",
        "Open critical incidents that nothing suppresses or silences.",
        queried(COUNT.replace("(severity)", "severity = 'critical'")),
        NONE_IS_GREEN,
    ),
    stat(
        "Other open incidents",
        "Open incidents below critical that nothing suppresses or silences.",
        queried(COUNT.replace("(severity)", "severity <> 'critical'")),
        limits((None, GREEN), (1, ORANGE)),
    ),
    stat(
        "Monitors not fully evaluated",
        "A log, column or window of these monitors could not be read: no news is not good news.",
        queried("""
select count(*) as monitors
from {monitor_health}
where model_version = '(all)'
    and evaluation <> 'evaluated'
    and monitor in (${monitor:sqlstring})
"""),
        NONE_IS_GREEN,
    ),
    stat(
        "Oldest complete run",
        "Hours since the last run that evaluated every log, for the monitor that waits longest. "
        "Set the colours to your schedule.",
        queried("""
select max(extract(epoch from cast($__timeTo() as timestamp) - latest.finished_at)) / 3600 as hours
from (
    select complete.monitor, max(complete.finished_at) as finished_at
    from (
        select monitor, run_number, max(finished_at) as finished_at
        from {monitor_watermarks}
        where monitor in (${monitor:sqlstring})
        group by monitor, run_number
        having sum(case when evaluation = 'evaluated' then 0 else 1 end) = 0
    ) as complete
    group by complete.monitor
) as latest
"""),
        limits((None, GREEN), (26, ORANGE), (50, RED)),
        "h",
    ),
    stat(
        "Retraining due",
        "Models that request a new version.",
        queried("""
select count(distinct monitor) as monitors
from {monitor_triggers}
where action = 'retrain'
    and due
    and monitor in (${monitor:sqlstring})
"""),
        limits((None, GREEN), (1, ORANGE)),
    ),
    stat(
        "Not watched",
        "Share of the series over all rows that have too few rows or labels to be evaluated.",
        queried("""
select avg(case when resolution in ('too_small', 'unlabelled') then 1.0 else 0.0 end) as share
from {monitor_coverage}
where model_version = '(all)'
    and slice_name = '(all)'
    and monitor in (${monitor:sqlstring})
"""),
        limits((None, GREEN), (0.1, ORANGE), (0.5, RED)),
        "percentunit",
    ),
]

MODELS = table(
    "Every model",
    "The latest window of each monitor. Performance is final.",
    queried("""
select
    monitor,
    coalesce(worst_open_severity, 'none') as worst_open,
    open_alert_count as open_alerts,
    recommendation,
    evaluation,
    window_end as evaluated_until,
    row_count as rows_in_window,
    performance,
    baseline_performance as performance_before,
    calibration_ratio,
    drifted_share
from {monitor_health}
where model_version = '(all)'
    and monitor in (${monitor:sqlstring})
order by open_alert_count desc, monitor
"""),
    overrides=[
        coloured("worst_open", {**SEVERITY, "none": GREEN}),
        coloured("evaluation", EVALUATION),
        of_column("drifted_share", unit="percentunit"),
        of_column("performance", decimals=3),
        of_column("performance_before", decimals=3),
        of_column("calibration_ratio", decimals=2),
    ],
)  # fmt: skip

INCIDENTS = table(
    "Open incidents, the most severe first",
    "What is wrong, since when, and what to do.",
    queried(f"""
select
    monitor, severity, since, message, recommended_action, likely_cause, owner, runbook, dashboard
from {{monitor_incidents}}
where {OPEN}
order by case severity when 'critical' then 0 when 'warn' then 1 else 2 end, since
"""),
    overrides=[
        coloured("severity", SEVERITY),
        linked("runbook", "Open the runbook"),
        linked("dashboard", "Open the dashboard"),
    ],
)

TREND = [
    bars(
        "Incidents by week",
        "Incidents by the week in which they began. Expected ones are not counted.",
        [
            queried(
                """
select
    date_trunc('week', since) as "time",
    sum(case when severity = 'critical' then 1 else 0 end) as critical,
    sum(case when severity <> 'critical' then 1 else 0 end) as other
from {monitor_incidents}
where $__timeFilter(since)
    and inhibited_by is null
    and (nature is null or nature <> 'expected' or is_safety)
    and monitor in (${monitor:sqlstring})
group by 1
order by 1
""",
                "time_series",
            )
        ],
        overrides=[
            of_column("critical", color={"mode": "fixed", "fixedColor": RED}),
            of_column("other", color={"mode": "fixed", "fixedColor": ORANGE}),
        ],
    ),
    lines(
        "Value of decisions, per decision",
        "Weeks whose labels are final, in the unit of `costs`. Empty without `costs`.",
        [
            queried(
                """
select window_end - interval '1' day as "time", monitor as metric, value_per_decision as value
from {monitor_value}
where $__timeFilter(window_end)
    and role = 'live'
    and model_version = '(all)'
    and window_name = '7d'
    and slice_name = '(all)'
    and is_final
    and monitor in (${monitor:sqlstring})
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
]

CARE = [
    table(
        "What requests a new version or another action",
        "Requests that are due, and what blocks them.",
        queried("""
select
    monitor, action, is_mandatory, approvers, kind, state, fired_at, reasons, blocked_by,
    candidate_version
from {monitor_triggers}
where due
    and monitor in (${monitor:sqlstring})
order by fired_at desc, monitor, kind
"""),
        width=12,
    ),
    table(
        "What is not watched, and why",
        "Series with too few rows or labels.",
        queried("""
select monitor, family, resolution, reason, count(*) as series, min(subject) as example
from {monitor_coverage}
where resolution in ('too_small', 'unlabelled')
    and model_version = '(all)'
    and monitor in (${monitor:sqlstring})
group by monitor, family, resolution, reason
order by series desc, monitor, family
"""),
        width=12,
    ),
    table(
        "How good the alerts were, by month",
        "From what people said with `triage`.",
        queried("""
select
    monitor, month_start, alert_count, notified_count, true_count, false_count, precision, recall,
    mean_hours_to_detect, mean_hours_to_acknowledge, mean_hours_to_resolve
from {monitor_effectiveness}
where monitor in (${monitor:sqlstring})
order by month_start desc, monitor
"""),
        overrides=[
            of_column("precision", unit="percentunit"),
            of_column("recall", unit="percentunit"),
            *(
                of_column(f"mean_hours_to_{what}", unit="h")
                for what in ("detect", "acknowledge", "resolve")
            ),
        ],
    ),
]

DASHBOARD = Dashboard(
    "model-monitor-executive",
    "model_monitor: is everything all right?",
    "Open incidents, the state of every model, retraining, and what is not watched.",
    "now-90d",
    POSTGRES,
    [SCHEMA, chosen("monitor", "Monitor", ALL_MONITORS, several=True)],
    [
        Row("Now", [*NOW, MODELS, INCIDENTS]),
        Row("The last weeks", TREND),
        Row("What to plan", CARE),
    ],
)
