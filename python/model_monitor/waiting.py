"""What is not judged yet, and why: silence must not be taken for health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.checks import fewer_rows
from model_monitor.project import Project
from model_monitor.reading import read, records

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


def waiting(
    project: Project, known: Sequence[dict[str, Any]], logs: Sequence[dict[str, Any]]
) -> list[str]:
    """Logs without a ruler, monitors with too few rows, and those that learn what is usual."""
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
