"""How good the alerts are: how many were right, what they missed, and how long things took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Block, Section, Table, View, table
from model_monitor.report.wording import count, hours, is_missing, percent, shown

EFFECTIVENESS = """
select
    monitor, month_start, alert_count, notified_count, true_count, false_count, precision,
    incident_count, recall, mean_hours_to_detect, mean_hours_before_impact,
    mean_hours_to_acknowledge, mean_hours_to_resolve, handled_automatically_share
from {monitor_effectiveness}
where {monitors}
    and month_start >= date_trunc('month', {since})
order by monitor, month_start desc
"""
TIMES = (
    ("mean_hours_to_detect", "To detect it", "nobody was notified"),
    ("mean_hours_to_acknowledge", "To acknowledge it", "none acknowledged"),
    ("mean_hours_to_resolve", "Until resolved", "none resolved"),
    ("mean_hours_before_impact", "Before its impact", "no impact"),
)
SHOWN = 12
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Effectiveness:
    """The content of the section."""

    tables: tuple[Table, ...]


def build(view: View) -> Block | None:
    if not view.has(EFFECTIVENESS):
        return None
    rows = view.rows(EFFECTIVENESS)
    if not rows:
        return None
    tables = [of_rightness(rows)]
    if any(not is_missing(row[name]) for row in rows for name, _, _ in TIMES):
        tables.append(of_times(rows))
    note = ""
    if all(is_missing(row["precision"]) for row in rows):
        note = "No alert of these months is triaged, so it is unknown how many were right."
    return Block(Effectiveness(tuple(tables)), note, (EFFECTIVENESS,))


def of_rightness(rows: Sequence[Row]) -> Table:
    cells = [
        (
            month(row),
            count(row["alert_count"]),
            count(row["notified_count"]),
            count(row["true_count"]),
            count(row["false_count"]),
            shown(row["precision"], percent, "none triaged"),
            count(row["incident_count"]),
            shown(row["recall"], percent, "none recorded"),
        )
        for row in rows
    ]
    headers = (
        "Month", "Alerts", "Notified", "Right", "Wrong", "Share right", "Known incidents",
        "Found by an alert",
    )  # fmt: skip
    return table("How many alerts were right", headers, cells, 1, SHOWN)


def of_times(rows: Sequence[Row]) -> Table:
    cells = [
        (
            month(row),
            *(shown(row[name], hours, reason) for name, _, reason in TIMES),
            shown(row["handled_automatically_share"], percent, "nobody was notified"),
        )
        for row in rows
    ]
    headers = ("Month", *(label for _, label, _ in TIMES), "Resolved without anybody")
    return table("How long it took, mean hours", headers, cells, 1, SHOWN)


def month(row: Row) -> str:
    return f"{row['month_start']:%B %Y}"


SECTION = Section(
    "effectiveness", "Effectiveness of alerts", "How many alerts were right, and how soon?", build
)
