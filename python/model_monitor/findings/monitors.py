"""The latest evaluated window of each monitor, with its counts and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_monitor.warehouse.read import Readable, read
from model_monitor.warehouse.rows import Row

MONITORS_SQL = """
with recent as (

    select
        monitor,
        window_name,
        max(window_end) as window_end
    from {table}
    where role = 'live'
    group by monitor, window_name

)

select
    drift.monitor,
    drift.window_name,
    drift.window_end,
    max(case when drift.log = 'predictions' and drift.slice_name = '(all)' then drift.row_count end)
        as row_count,
    count(distinct case
        when drift.slice_name = '(all)' and drift.status in ('ok', 'drifted')
            then drift.log || '.' || drift.subject
    end) as judged_subjects,
    count(distinct case
        when drift.slice_name = '(all)' and drift.status = 'drifted'
            then drift.log || '.' || drift.subject
    end) as drifted_subjects,
    count(distinct case
        when drift.slice_name <> '(all)' and drift.status = 'drifted'
            then drift.log || '.' || drift.subject || '.' || drift.slice_name || '='
                || drift.slice_value
    end) as drifted_in_slices,
    max(case when drift.slice_name = '(all)' then drift.history_windows end) as history_windows,
    max(case
        when drift.slice_name = '(all)' and drift.status not in ('ok', 'drifted')
            then drift.status
    end) as other_status
from {table} as drift
inner join recent
    on drift.monitor = recent.monitor
    and drift.window_name = recent.window_name
    and drift.window_end = recent.window_end
where drift.role = 'live'
group by drift.monitor, drift.window_name, drift.window_end
"""

VERDICTS_SQL = """
select
    monitor,
    window_name,
    window_end,
    verdict,
    max(drifted_share) as drifted_share
from {table}
where slice_name = '(all)'
    and role = 'live'
    and verdict is not null
group by monitor, window_name, window_end, verdict
"""

# windows of history after which the baseline is known, as macros/formulas/verdicts.sql has it
LEARNING_WINDOWS = 14
WINDOWS = ("day", "7d", "30d", "hour")
VERDICT = ("verdict", "drifted_share")
HARM = ("ok", "insufficient_data", "warn", "critical")


def monitors(project: Readable) -> list[Row] | None:
    """One row per monitor, on its latest evaluated window; a day if it has one."""
    drift = read(project, "monitor_drift", MONITORS_SQL)
    if drift is None:
        return None
    latest: dict[str, Row] = {}
    for row in sorted(drift, key=lambda row: (row["monitor"], window_rank(row))):
        latest.setdefault(row["monitor"], row)
    verdicts = read(project, "monitor_dataset", VERDICTS_SQL)
    if verdicts is None:
        return list(latest.values())
    by_window = worst(verdicts)
    none = dict.fromkeys(VERDICT)
    return [
        row | {name: by_window.get(window(row), none)[name] for name in VERDICT}
        for row in latest.values()
    ]


def window_rank(row: Row) -> int:
    name = row["window_name"]
    return WINDOWS.index(name) if name in WINDOWS else len(WINDOWS)


def window(row: Row) -> tuple[Any, ...]:
    return row["monitor"], row["window_name"], row["window_end"]


def worst(verdicts: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """The most severe verdict of each window."""

    def harm(row: Row) -> tuple[int, str]:
        verdict = row["verdict"]
        return (HARM.index(verdict) if verdict in HARM else 0), verdict

    return {window(row): row for row in sorted(verdicts, key=harm)}
