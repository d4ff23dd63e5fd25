"""What is not judged yet, and why: silence must not be taken for health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from model_monitor.text import fewer_rows
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
# The middle one of the last four weeks: a log may rest at the weekend.
ROWS_SQL = """
with days as (

    select distinct
        monitor,
        window_end,
        row_count
    from {table}
    where log = 'predictions'
        and role = 'live'
        and model_version = '(all)'
        and slice_name = '(all)'
        and window_name = 'day'

),

latest as (

    select
        monitor,
        max(window_end) as window_end
    from days
    group by monitor

)

select
    days.monitor,
    percentile_cont(0.5) within group (order by days.row_count) as usual_rows
from days
inner join latest
    on days.monitor = latest.monitor
    and days.window_end > latest.window_end - interval '28 days'
group by days.monitor
"""


# Slices whose values were frozen: which share of the rows is of none of them, at first and of late.
OTHERS_SQL = """
with counts as (

    select
        monitor,
        log,
        slice_name,
        window_start,
        max(case when slice_value = '(other)' then row_count else 0 end) as other_count,
        -- the whole has more rows than any part of it
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


def waiting(
    project: Project, known: Sequence[dict[str, Any]], logs: Sequence[dict[str, Any]]
) -> list[str]:
    """Logs without a ruler, stale slices, monitors with too few rows, and those that learn."""
    readable = {(log["monitor"], log["log"]) for log in logs if log["evaluation"] == "evaluated"}
    notes = [
        without_ruler(log)
        for log in records(read(project, "int_monitor__reference_windows", RULERS_SQL))
        if (log["monitor"], log["log"]) in readable
    ]
    limits = {
        row["monitor"]: row
        for row in records(read(project, "int_monitor__monitors", "select * from {table}"))
    }
    usual = {
        row["monitor"]: row["usual_rows"]
        for row in records(read(project, "monitor_drift", ROWS_SQL))
    }
    notes.extend(stale(row) for row in records(read(project, "monitor_profiles", OTHERS_SQL)))
    for monitor in known:
        windows = monitor.get("history_windows")
        if windows is None or windows >= LEARNING_WINDOWS:
            continue
        name = monitor["monitor"]
        rows = usual.get(name)
        if rows is not None and name in limits and rows < limits[name]["min_rows"]:
            notes.append(too_few(name, rows, limits[name]))
        else:
            notes.append(learning(name, windows))
    return notes


def without_ruler(log: dict[str, Any]) -> str:
    """Without training data a log is its own reference, and nothing is judged before."""
    begin = f"{log['monitor']} › {log['log']} is not judged yet: its rulers freeze from"
    if log["reference_to"] is None:
        return (
            f"{begin} its first seven whole days, and a week with rows on five days has not begun."
            " A reference, training data or a period of the log, would say what is normal."
        )
    return (
        f"{begin} {log['reference_from']:%Y-%m-%d} to {log['reference_to']:%Y-%m-%d}."
        " A reference: of training data would give them now."
    )


def stale(slice_: Mapping[str, Any]) -> str:
    """The values that a slice is reported by were frozen, and others have become frequent."""
    name = slice_["slice_name"]
    since = slice_["last_day"] - timedelta(days=6)
    now, before = f"{slice_['share_now']:.0%}", f"{slice_['share_before']:.0%}"
    return (
        f"{slice_['monitor']} › {slice_['log']}: {now} of the rows of the last seven days have a"
        f" {name} that is reported as (other), at first {before} had. To report what is frequent"
        f" now: model-monitor rebuild --from {since:%Y-%m-%d} --slice {name}"
    )


def too_few(name: str, rows: float, limits: Mapping[str, Any]) -> str:
    """Such a monitor learns for ever: a history is made of days that have rows enough."""
    return (
        f"{name} has about {rows:.0f} rows a day, and a day is judged from {limits['min_rows']} on"
        " (limits: min_rows): no distance of it is judged, nor is it learned what is usual."
        f" {fewer_rows(rows, limits)}"
    )


def learning(name: str, windows: float) -> str:
    return (
        f"{name} is learning what is usual: {windows:.0f} of {LEARNING_WINDOWS} days. Until then"
        " neither slices nor distances from the reference are judged, and alerts warn at most."
    )
