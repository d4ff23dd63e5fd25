"""Notes on what is not evaluated yet, and why. No alert must not look like no problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from model_monitor.findings import coverage
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

LEARNING_WINDOWS = 14

RULERS_SQL = """
select
    monitor,
    log,
    reference_from,
    reference_to
from {table}
where not is_ready
order by monitor, log
"""
# monitors whose distributions are not evaluated daily: days say nothing about their baseline
SLOW_SQL = """
select distinct monitor
from {table}
where family = 'drift'
    and slice_name = '(all)'
    and model_version = '(all)'
    and resolution <> 'day'
order by monitor
"""

# The share of rows outside the frozen values of a slice, in the first and in the last week.
OTHERS_SQL = """
with counts as (

    select
        monitor,
        log,
        slice_name,
        window_start,
        max(case when slice_value = '(other)' then row_count else 0 end) as other_count,
        -- the slice (all) has more rows than any other slice
        max(max(row_count)) over (partition by monitor, log, window_start) as row_count,
        min(window_start) over (partition by monitor, log) as first_day,
        max(window_start) over (partition by monitor, log) as last_day
    from {table}
    where role = 'live'
        and model_version = '(all)'
        and window_name = 'day'
    group by monitor, log, slice_name, window_start

),

weeks as (

    select
        *,
        window_start < first_day + interval '7 days' as is_first,
        window_start > last_day - interval '7 days' as is_last
    from counts
    where slice_name <> '(all)'
        and slice_name not like '%+%'

),

shares as (

    select
        monitor,
        log,
        slice_name,
        max(last_day) as last_day,
        sum(case when is_first then other_count end)
            / nullif(sum(case when is_first then row_count end), 0) as share_before,
        sum(case when is_last then other_count end)
            / nullif(sum(case when is_last then row_count end), 0) as share_now
    from weeks
    group by monitor, log, slice_name

)

select * from shares
where share_now >= share_before + 0.1
order by monitor, log, slice_name
"""


def not_evaluated(
    project: Project, known: Sequence[dict[str, Any]], logs: Sequence[dict[str, Any]]
) -> list[str]:
    """Logs without a ruler, stale slices, baselines warming up, and what is not watched daily."""
    readable = {(log["monitor"], log["log"]) for log in logs if log["evaluation"] == "evaluated"}
    waiting = [
        log
        for log in records(read(project, "int_monitor__reference_windows", RULERS_SQL))
        if (log["monitor"], log["log"]) in readable
    ]
    notes = [without_ruler(log) for log in waiting]
    notes.extend(stale(row) for row in records(read(project, "monitor_profiles", OTHERS_SQL)))
    slow = {row["monitor"] for row in records(read(project, "monitor_coverage", SLOW_SQL))}
    explained = {log["monitor"] for log in waiting}
    for monitor in known:
        windows = monitor.get("history_windows")
        if windows is None or windows >= LEARNING_WINDOWS or monitor["monitor"] in slow:
            continue
        notes.append(warming_up(monitor["monitor"], windows))
        explained.add(monitor["monitor"])
    notes.extend(
        f"{summary.text}. Why: model-monitor coverage"
        for summary in coverage.summaries(project)
        if summary.has_gaps and summary.monitor not in explained
    )
    return notes


def without_ruler(log: dict[str, Any]) -> str:
    """Without training data a log is its own reference, so evaluation starts later."""
    begin = f"{log['monitor']} › {log['log']} is not evaluated yet. Its rulers freeze from"
    if log["reference_to"] is None:
        return (
            f"{begin} its first full days, and no week with rows on five days has started."
            " To evaluate it now, set reference: to training data or to a period of the log."
        )
    return (
        f"{begin} {log['reference_from']:%Y-%m-%d} to {log['reference_to']:%Y-%m-%d}."
        " To evaluate it now, set reference: to training data."
    )


def stale(slice_: Mapping[str, Any]) -> str:
    """The reported values of a slice are frozen, and other values have become frequent."""
    name = slice_["slice_name"]
    since = slice_["last_day"] - timedelta(days=6)
    now, before = f"{slice_['share_now']:.0%}", f"{slice_['share_before']:.0%}"
    return (
        f"{slice_['monitor']} › {slice_['log']}: {now} of the rows in the last 7 days have a {name}"
        f" that is reported as (other), up from {before} in the first week. To report the values"
        f" that are frequent now: model-monitor rebuild --from {since:%Y-%m-%d} --slice {name}"
    )


def warming_up(name: str, windows: float) -> str:
    return (
        f"{name}: baseline warming up: {windows:.0f} of {LEARNING_WINDOWS} days. Until then slices"
        " and distances from the reference are not evaluated, and alerts are at most warnings."
    )
