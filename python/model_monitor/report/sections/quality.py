"""Data quality and freshness: how far each log was read, and which values are broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Block, Section, Table, View, latest, table
from model_monitor.report.wording import count, moment, percent

WATERMARKS = """
select
    monitor, log, run_number, loaded_through, complete_through, new_row_count,
    unmatched_label_count, evaluation, problems
from {monitor_watermarks}
where {monitors}
    and run_number in (
        select max(newest.run_number)
        from {monitor_watermarks} as newest
        group by newest.monitor, newest.log
    )
order by monitor, log, run_number
"""
PROFILES = """
select
    monitor, log, subject, window_end, row_count, missing_rate, invalid_rate, out_of_range_rate,
    unseen_rate, stale_rate
from {monitor_profiles}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_name = 'day'
    and window_end in (
        select max(newest.window_end)
        from {monitor_profiles} as newest
        where newest.window_name = 'day'
        group by newest.monitor
    )
order by monitor, log, subject, window_end
"""
RATES = (
    ("missing_rate", "Missing"),
    ("invalid_rate", "Invalid"),
    ("out_of_range_rate", "Out of range"),
    ("unseen_rate", "New category"),
    ("stale_rate", "Stale"),
)
SHOWN = 16


@dataclass(frozen=True)
class Quality:
    """The content of the section."""

    tables: tuple[Table, ...]


def build(view: View) -> Block | None:
    queries = tuple(query for query in (WATERMARKS, PROFILES) if view.has(query))
    tables = [
        each
        for each in (of_logs(view.rows(WATERMARKS)), of_subjects(view.rows(PROFILES)))
        if each.rows
    ]
    if not queries:
        return None
    if not tables:
        return Block(note="No log of this monitor has been read yet.", queries=queries)
    return Block(Quality(tuple(tables)), queries=queries)


def of_logs(rows: Sequence[Mapping[str, Any]]) -> Table:
    by_log: dict[str, Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: int(row["run_number"])):
        by_log[str(row["log"])] = row
    cells = [
        (
            log,
            str(row["evaluation"]).replace("_", " "),
            moment(row["loaded_through"]),
            moment(row["complete_through"]),
            str(row["problems"] or "none"),
            count(row["new_row_count"]),
        )
        for log, row in sorted(by_log.items())
    ]
    headers = ("Log", "State", "Latest arrival", "Complete until", "Problems", "New rows")
    return table("How far each log was read", headers, cells, 5, SHOWN)


def of_subjects(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Subjects with a broken value on the latest day, the worst first."""
    broken = [row for row in latest(rows, "window_end") if any(row[name] for name, _ in RATES)]
    ordered = sorted(broken, key=lambda row: -max(float(row[name] or 0) for name, _ in RATES))
    cells = [
        (
            str(row["subject"])
            if row["log"] == "predictions"
            else f"{row['log']} › {row['subject']}",
            *(percent(row[name]) if row[name] is not None else "–" for name, _ in RATES),
            count(row["row_count"]),
        )
        for row in ordered
    ]
    headers = ("Subject", *(label for _, label in RATES), "Rows")
    return table("Broken values on the latest day", headers, cells, 1, SHOWN)


SECTION = Section(
    "quality",
    "Data quality and freshness",
    "Did all data arrive, and are the values intact?",
    build,
)
