"""The weekly review: keep, recalibrate, retrain, roll back or investigate, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Block, Section, Table, View, table
from model_monitor.report.wording import count, figure, last_day, percent, shown

REVIEW = """
select
    monitor, week_end, recommendation, primary_metric, primary_value, primary_reference_value,
    calibration_ratio, drifted_share, worst_segment, worst_segment_value, data_quality_incidents,
    open_incidents, watched_share
from {monitor_quality_report}
where {monitors}
    and model_version = '(all)'
    and week_end > {since}
order by monitor, week_end desc
"""
SAID = {
    "keep": "Keep",
    "recalibrate": "Recalibrate",
    "retrain": "Retrain",
    "roll_back": "Roll back",
    "investigate": "Investigate",
}
SHOWN = 8
NOTHING = "–"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Review:
    """The content of the section."""

    table: Table


def build(view: View) -> Block | None:
    if not view.has(REVIEW):
        return None
    rows = view.rows(REVIEW)
    if not rows:
        return None
    headers = (
        "Week to", "Recommendation", "Primary metric", "Value", "Reference", "Worst segment",
        "Its value", "Observed / predicted", "Drifted", "Data-quality incidents",
        "Open incidents", "Watched",
    )  # fmt: skip
    cells = [cell(row) for row in rows]
    return Block(
        Review(table("All versions, by week", headers, cells, 3, SHOWN)), queries=(REVIEW,)
    )


def cell(row: Row) -> tuple[str, ...]:
    return (
        last_day(row["week_end"]),
        SAID[str(row["recommendation"])],
        str(row["primary_metric"] or "labels not final").replace("_", " "),
        shown(row["primary_value"], figure, NOTHING),
        shown(row["primary_reference_value"], figure, NOTHING),
        str(row["worst_segment"] or NOTHING),
        shown(row["worst_segment_value"], figure, NOTHING),
        shown(row["calibration_ratio"], figure, NOTHING),
        shown(row["drifted_share"], percent, NOTHING),
        count(row["data_quality_incidents"]),
        count(row["open_incidents"]),
        shown(row["watched_share"], percent, NOTHING),
    )


SECTION = Section(
    "review", "Weekly review", "Keep the model, or recalibrate, retrain or roll back?", build
)
