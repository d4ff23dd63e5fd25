"""The queries behind the gauges. Text in braces is a result table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """How a gauge is read. Columns are the labels and `value`; `earlier` is subtracted from it."""

    name: str
    text: str
    unit: str
    labels: tuple[str, ...]
    tables: tuple[str, ...]
    sql: str


OVERALL = """
    {0}.role = 'live'
    and {0}.model_version = '(all)'
    and {0}.slice_name = '(all)'
"""


def overall(table: str) -> str:
    return OVERALL.format(table).strip()


# The window of a monitor that `run` and the report show: its latest day, or the nearest it has.
AT_LATEST = """
inner join {monitor_health} as latest
    on found.monitor = latest.monitor
    and latest.model_version = '(all)'
    and found.window_name = latest.window_name
    and found.window_end = latest.window_end
"""
# Latest evaluated window of each series at its resolution, the most severe first.
DRIFT = f"""
with evaluated as (

    select drift.*
    from {{monitor_drift}} as drift
    inner join {{monitor_coverage}} as coverage
        on drift.monitor = coverage.monitor
        and drift.log = coverage.log
        and drift.subject = coverage.subject
        and drift.window_name = coverage.resolution
    where {overall("drift")}
        and coverage.family = 'drift'
        and coverage.model_version = '(all)'
        and coverage.slice_name = '(all)'
        and drift.status in ('ok', 'drifted')
        and drift.psi is not null

),

latest as (

    select monitor, log, subject, baseline, window_name, max(window_end) as window_end
    from evaluated
    group by monitor, log, subject, baseline, window_name

)

select
    evaluated.monitor,
    evaluated.log,
    evaluated.subject,
    evaluated.baseline,
    evaluated.window_name,
    {{value}} as value
from evaluated
inner join latest
    on evaluated.monitor = latest.monitor
    and evaluated.log = latest.log
    and evaluated.subject = latest.subject
    and evaluated.baseline = latest.baseline
    and evaluated.window_name = latest.window_name
    and evaluated.window_end = latest.window_end
order by
    evaluated.monitor,
    evaluated.psi desc,
    evaluated.log,
    evaluated.subject,
    evaluated.baseline
"""


def drift(value: str) -> str:
    return DRIFT.replace("{value}", value)


def health(column: str) -> str:
    return f"""
select monitor, {column} as value
from {{monitor_health}}
where model_version = '(all)'
    and {column} is not null
order by monitor
"""


def profiles(column: str, condition: str) -> str:
    return f"""
select found.monitor, found.log, found.subject, found.{column} as value
from {{monitor_profiles}} as found
{AT_LATEST.strip()}
where {overall("found")}
    and found.{column} is not null
    and {condition}
order by found.monitor, found.log, found.subject
"""


SERIES = ("monitor", "log", "subject")
MEASURES = (
    Measure(
        "model_monitor_psi",
        "Population stability index of the latest evaluated window, all rows.",
        "1",
        (*SERIES, "baseline", "window_name"),
        ("monitor_drift", "monitor_coverage"),
        drift("evaluated.psi"),
    ),
    Measure(
        "model_monitor_drifted",
        "Whether that window has drifted: 1 if its distance is large, real and unusual.",
        "1",
        (*SERIES, "baseline", "window_name"),
        ("monitor_drift", "monitor_coverage"),
        drift("case when evaluated.status = 'drifted' then 1 else 0 end"),
    ),
    Measure(
        "model_monitor_drifted_share",
        "Share of the subjects that have drifted, in the latest window.",
        "1",
        ("monitor", "log", "baseline"),
        ("monitor_dataset", "monitor_health"),
        f"""
select found.monitor, found.log, found.baseline, found.drifted_share as value
from {{monitor_dataset}} as found
{AT_LATEST.strip()}
where {overall("found")}
    and found.drifted_share is not null
order by found.monitor, found.log, found.baseline
""",
    ),
    Measure(
        "model_monitor_rows",
        "Predictions in the latest window.",
        "{row}",
        ("monitor",),
        ("monitor_health",),
        health("row_count"),
    ),
    Measure(
        "model_monitor_performance",
        "The primary performance figure, once its labels are final.",
        "1",
        ("monitor",),
        ("monitor_health",),
        health("performance"),
    ),
    Measure(
        "model_monitor_score_mean",
        "Mean of a score in the latest window.",
        "1",
        SERIES,
        ("monitor_profiles", "monitor_health"),
        profiles("mean", "found.subject_kind = 'score'"),
    ),
    Measure(
        "model_monitor_operation_p95",
        "95th percentile of an operation such as latency_ms in the latest window, in its own unit.",
        "1",
        SERIES,
        ("monitor_profiles", "monitor_health"),
        profiles("p95", "found.subject_kind = 'operation'"),
    ),
    Measure(
        "model_monitor_operation_rate",
        "Share of rows for which an operation such as is_error is true, in the latest window.",
        "1",
        SERIES,
        ("monitor_profiles", "monitor_health"),
        profiles("mean", "found.subject_kind = 'operation' and found.p95 is null"),
    ),
    Measure(
        "model_monitor_metric",
        "A metric of the configuration, such as an error rate, in the latest window.",
        "1",
        ("monitor", "log", "metric"),
        ("monitor_metrics", "monitor_health"),
        f"""
select found.monitor, found.log, found.metric, found.value
from {{monitor_metrics}} as found
{AT_LATEST.strip()}
where {overall("found")}
    and found.value is not null
order by found.monitor, found.log, found.metric
""",
    ),
    Measure(
        "model_monitor_window_end_timestamp_seconds",
        "End of the latest window of the monitor.",
        "s",
        ("monitor",),
        ("monitor_health",),
        health("window_end"),
    ),
    Measure(
        "model_monitor_last_success_timestamp_seconds",
        "End of the last run that evaluated every log of the monitor.",
        "s",
        ("monitor",),
        ("monitor_watermarks", "monitor_health"),
        """
select complete.monitor, max(complete.finished_at) as value
from (
    select monitor, run_number, max(finished_at) as finished_at
    from {monitor_watermarks}
    group by monitor, run_number
    having sum(case when evaluation = 'evaluated' then 0 else 1 end) = 0
) as complete
inner join {monitor_health} as known
    on complete.monitor = known.monitor
    and known.model_version = '(all)'
where complete.finished_at is not null
group by complete.monitor
order by complete.monitor
""",
    ),
    Measure(
        "model_monitor_watermark_lag_seconds",
        "How far the latest row of a log was behind the last run.",
        "s",
        ("monitor", "log"),
        ("monitor_watermarks", "monitor_health"),
        """
select found.monitor, found.log, found.as_of as value, found.loaded_through as earlier
from {monitor_watermarks} as found
inner join (
    select monitor, max(run_number) as run_number
    from {monitor_watermarks}
    group by monitor
) as latest
    on found.monitor = latest.monitor
    and found.run_number = latest.run_number
inner join {monitor_health} as known
    on found.monitor = known.monitor
    and known.model_version = '(all)'
where found.loaded_through is not null
order by found.monitor, found.log
""",
    ),
    Measure(
        "model_monitor_delivery_failures",
        "Notifications that failed and are not delivered yet, or that the receiver refused.",
        "{notification}",
        ("monitor", "status"),
        ("monitor_outbox", "monitor_deliveries", "monitor_health"),
        """
with notifications as (

    select
        transition_id,
        channel,
        case
            when max(case when status <> 'failed' then 1 else 0 end) = 0 then 'failed'
            when max(case when status = 'refused' then 1 else 0 end) = 1 then 'refused'
        end as status
    from {monitor_deliveries}
    group by transition_id, channel

),

failures as (

    select outbox.monitor, notifications.status
    from notifications
    inner join {monitor_outbox} as outbox
        on notifications.transition_id = outbox.transition_id
        and notifications.channel = outbox.channel
    where notifications.status is not null

)

select health.monitor, statuses.status, count(failures.status) as value
from {monitor_health} as health
cross join (select 'failed' as status union all select 'refused' as status) as statuses
left join failures
    on health.monitor = failures.monitor
    and statuses.status = failures.status
where health.model_version = '(all)'
group by health.monitor, statuses.status
order by health.monitor, statuses.status
""",
    ),
)
