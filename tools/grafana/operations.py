"""Does it run, and does what surrounds the models work? For people on call."""

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
    lines,
    of_column,
    queried,
    stat,
    table,
)

# All rows of a day, all live versions together.
DAYS = """$__timeFilter(window_end)
    and role = 'live'
    and model_version = '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
    and monitor in (${monitor:sqlstring})"""
EVALUATION = {"evaluated": GREEN, "partly_evaluated": ORANGE, "not_evaluated": RED}
# The logs as the latest run of each monitor left them.
LATEST_WATERMARKS = """{monitor_watermarks} as found
inner join (
    select monitor, max(run_number) as run_number
    from {monitor_watermarks}
    group by monitor
) as latest
    on found.monitor = latest.monitor
    and found.run_number = latest.run_number"""
# A notification counts as failed until one of its attempts does not fail.
NOTIFICATIONS = """
select
    transition_id,
    channel,
    max(attempted_at) as last_attempt_at,
    count(*) as attempts,
    max(case when status in ('failed', 'refused') then detail end) as detail,
    case
        when max(case when status <> 'failed' then 1 else 0 end) = 0 then 'failed'
        when max(case when status = 'refused' then 1 else 0 end) = 1 then 'refused'
        else 'delivered'
    end as status
from {monitor_deliveries}
group by transition_id, channel
""".strip()

RUNS = [
    stat(
        "Unfinished runs",
        "Runs of the time range that were killed or in which a model failed.",
        queried("""
select count(*) as runs
from {monitor_runs}
where status = 'unfinished'
    and $__timeFilter(started_at)
"""),
        NONE_IS_GREEN,
        width=6,
    ),
    stat(
        "Logs that could not be read",
        "Of the latest run of each monitor.",
        queried(
            """
select count(*) as logs
from """
            + LATEST_WATERMARKS
            + """
where found.evaluation <> 'evaluated'
    and found.monitor in (${monitor:sqlstring})
"""
        ),
        NONE_IS_GREEN,
        width=6,
    ),
    stat(
        "Notifications not delivered",
        "Those that failed and are not delivered yet, or that the receiver refused.",
        queried(f"""
select count(*) as notifications
from (
    {NOTIFICATIONS.replace(chr(10), chr(10) + "    ")}
) as notifications
inner join {{monitor_outbox}} as outbox
    on notifications.transition_id = outbox.transition_id
    and notifications.channel = outbox.channel
where notifications.status <> 'delivered'
    and outbox.monitor in (${{monitor:sqlstring}})
"""),
        NONE_IS_GREEN,
        width=6,
    ),
    stat(
        "Rules with a mistake",
        "Of the latest run. The table Rules below names them.",
        queried("""
select count(*) as rules
from {monitor_rule_runs}
where as_of = (select max(as_of) from {monitor_rule_runs})
    and problem is not null
"""),
        NONE_IS_GREEN,
        width=6,
    ),
    bars(
        "Duration of runs",
        "Minutes from start to end. A run that did not end has no bar.",
        [
            queried(
                """
select
    started_at as "time",
    extract(epoch from finished_at - started_at) / 60 as minutes
from {monitor_runs}
where $__timeFilter(started_at)
    and finished_at is not null
order by 1
""",
                "time_series",
            )
        ],
        "m",
    ),
    table(
        "Latest runs",
        "What could not be evaluated, and why.",
        queried("""
select started_at, finished_at, status, new_row_count, not_evaluated_count, not_evaluated
from {monitor_runs}
order by run_number desc
limit 50
"""),
        width=12,
        overrides=[
            coloured("status", {"finished": GREEN, "unfinished": RED, "started": "blue"}),
        ],
    ),
]

FRESHNESS = [
    lines(
        "How far the logs were behind",
        "Hours from the latest row of a log to the run that read it.",
        [
            queried(
                """
select
    as_of as "time",
    monitor || ' ' || log as metric,
    extract(epoch from as_of - loaded_through) / 3600 as value
from {monitor_watermarks}
where $__timeFilter(as_of)
    and loaded_through is not null
    and monitor in (${monitor:sqlstring})
order by 1, 2
""",
                "time_series",
            )
        ],
        "h",
    ),
    table(
        "Logs, as of the latest run",
        "How far each log has been read, and what could not be read.",
        queried(
            """
select
    found.monitor, found.log, found.evaluation, found.loaded_through, found.complete_through,
    found.new_row_count, found.unmatched_label_count, found.problems
from """
            + LATEST_WATERMARKS
            + """
where found.monitor in (${monitor:sqlstring})
order by found.evaluation desc, found.monitor, found.log
"""
        ),
        width=12,
        overrides=[coloured("evaluation", EVALUATION)],
    ),
    table(
        "Notices",
        "What needs attention but is not an alert. Rows without a monitor are about the policy.",
        queried("""
select severity, monitor, log, since, evidence, suggested_command
from {monitor_notices}
where monitor in (${monitor:sqlstring})
    or monitor is null
order by severity desc, kind, monitor, log, evidence
"""),
        width=24,
        overrides=[coloured("severity", SEVERITY)],
    ),
]

VOLUME = [
    bars(
        "Rows by day and log",
        "Rows of every log, live versions together.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || log as metric, numerator as value
from {{monitor_metrics}}
where {DAYS}
    and metric = 'volume'
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    bars(
        "Predictions by day and version",
        "Who serves: predictions of each live version.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || model_version as metric, numerator as value
from {{monitor_metrics}}
where {DAYS.replace("model_version = '(all)'", "model_version <> '(all)'")}
    and metric = 'volume'
    and log = 'predictions'
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
]

ERRORS = [
    lines(
        "Errors, timeouts, fallbacks",
        "Share of rows for which an operation such as is_error is true.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || subject as metric, mean as value
from {{monitor_profiles}}
where {DAYS}
    and subject_kind = 'operation'
    and p95 is null
    and mean is not null
order by 1, 2
""",
                "time_series",
            )
        ],
        "percentunit",
    ),
    lines(
        "Rates of the layer operations",
        "Metrics of the configuration with `layer: operations`, all logs.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || log || ' ' || metric as metric, value
from {{monitor_metrics}}
where {DAYS}
    and layer = 'operations'
    and denominator is not null
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    lines(
        "Latency",
        "Median, 95th and 99th percentile of operations such as latency_ms, in their own unit.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || subject as metric, p50, p95, p99
from {{monitor_profiles}}
where {DAYS}
    and subject_kind = 'operation'
    and p95 is not null
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    lines(
        "Missing inputs",
        "Missing share of the ten inputs that miss most in the time range.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || subject as metric, missing_rate as value
from {{monitor_profiles}}
where {DAYS}
    and subject_kind = 'feature'
    and monitor || ' ' || log || ' ' || subject in (
        select monitor || ' ' || log || ' ' || subject
        from {{monitor_profiles}}
        where {DAYS.replace(chr(10), chr(10) + "        ")}
            and subject_kind = 'feature'
            and missing_rate > 0
        group by monitor, log, subject
        order by max(missing_rate) desc, monitor, log, subject
        limit 10
    )
order by 1, 2
""",
                "time_series",
            )
        ],
        "percentunit",
    ),
]

LABELS = [
    lines(
        "Labels that have arrived",
        "Share of the predictions whose label window is closed that have a label.",
        [
            queried(
                f"""
select window_start as "time", monitor || ' ' || outcome as metric, label_coverage as value
from {{monitor_labels}}
where {DAYS}
    and label_coverage is not null
order by 1, 2
""",
                "time_series",
            )
        ],
        "percentunit",
    ),
    lines(
        "Delay of labels",
        "Hours from the prediction to its label: median and 90th percentile.",
        [
            queried(
                f"""
select
    window_start as "time", monitor || ' ' || outcome as metric,
    delay_p50 as p50, delay_p90 as p90
from {{monitor_labels}}
where {DAYS}
    and delay_p50 is not null
order by 1, 2
""",
                "time_series",
            )
        ],
        "h",
    ),
]

ALERTS = [
    bars(
        "Alerts by day and layer",
        "Alerts by the day on which they opened. Suppressed ones are not counted.",
        [
            queried(
                """
select date_trunc('day', opened_at) as "time", layer as metric, count(*) as value
from {monitor_alerts}
where $__timeFilter(opened_at)
    and inhibited_by is null
    and monitor in (${monitor:sqlstring})
group by 1, 2
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    bars(
        "Deliveries by day and status",
        "Attempts to send a notification.",
        [
            queried(
                """
select date_trunc('day', sent.attempted_at) as "time", sent.status as metric, count(*) as value
from {monitor_deliveries} as sent
where $__timeFilter(sent.attempted_at)
    and exists (
        select 1
        from {monitor_outbox} as outbox
        where outbox.transition_id = sent.transition_id
            and outbox.channel = sent.channel
            and outbox.monitor in (${monitor:sqlstring})
    )
group by 1, 2
order by 1, 2
""",
                "time_series",
            )
        ],
    ),
    table(
        "Notifications that are not delivered",
        "`model-monitor notify` sends those that failed again.",
        queried(f"""
select
    outbox.monitor, outbox.severity, outbox.message, outbox.contact_id, outbox.channel,
    notifications.status, notifications.attempts, notifications.last_attempt_at,
    notifications.detail
from (
    {NOTIFICATIONS.replace(chr(10), chr(10) + "    ")}
) as notifications
inner join {{monitor_outbox}} as outbox
    on notifications.transition_id = outbox.transition_id
    and notifications.channel = outbox.channel
where notifications.status <> 'delivered'
    and outbox.monitor in (${{monitor:sqlstring}})
order by notifications.last_attempt_at desc
"""),
        width=12,
        overrides=[coloured("status", {"failed": ORANGE, "refused": RED})],
    ),
    table(
        "Rules",
        "Rules of the latest run that evaluated nothing or have a mistake.",
        queried("""
select rule_id, status, problem, judged, breach
from {monitor_rule_runs}
where as_of = (select max(as_of) from {monitor_rule_runs})
    and (status <> 'ok' or problem is not null)
order by status, rule_id
"""),
        width=12,
        overrides=[of_column("rule_id", custom__width=200)],
    ),
]

DASHBOARD = Dashboard(
    "model-monitor-operations",
    "model_monitor: operations",
    "Runs, freshness, volume, errors, latency, labels and deliveries.",
    "now-30d",
    POSTGRES,
    [SCHEMA, chosen("monitor", "Monitor", ALL_MONITORS, several=True)],
    [
        Row("Runs", RUNS),
        Row("Freshness", FRESHNESS),
        Row("Volume", VOLUME),
        Row("Errors, latency, missing inputs", ERRORS),
        Row("Labels", LABELS),
        Row("Alerts and deliveries", ALERTS),
    ],
)
