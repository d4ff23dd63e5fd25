"""The weekly review: keep, recalibrate, retrain, roll back or investigate, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Block, Section, Table, View, table
from model_monitor.report.wording import (
    count,
    day,
    figure,
    is_missing,
    last_day,
    percent,
    sentence,
    shown,
)
from model_monitor.text import WHOLE

REVIEW = """
select
    monitor, week_end, model_version, recommendation, reasons, traffic_share, model_age_days,
    trained_from, trained_to, primary_metric, primary_value, primary_reference_value,
    calibration_ratio, drifted_share, worst_segment, worst_segment_value, data_quality_incidents,
    open_incidents, watched_share
from {monitor_quality_report}
where {monitors}
    and week_end > {since}
order by monitor, week_end desc, traffic_share desc, model_version
"""
SAID = {
    "keep": "Keep",
    "recalibrate": "Recalibrate",
    "retrain": "Retrain",
    "roll_back": "Roll back",
    "investigate": "Investigate",
}
WEEKS = (
    "Week to", "Recommendation", "Why", "Drifted", "Data-quality incidents", "Open incidents",
    "Watched",
)  # fmt: skip
MODELS = (
    "Week to", "Main version", "Trained on", "Primary metric", "Worst segment", "Age in days",
    "Value", "Reference", "Its value", "Observed / predicted",
)  # fmt: skip
SHOWN = 8
NOTHING = "–"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Review:
    """The content of the section. On paper, one table of all its columns would be too wide."""

    weeks: Table
    models: Table


def build(view: View) -> Block | None:
    if not view.has(REVIEW):
        return None
    rows = view.rows(REVIEW)
    weeks = [row for row in rows if row["model_version"] == WHOLE]
    if not weeks:
        return None
    said = [of_week(row, view.monitor) for row in weeks]
    models = [of_model(row, main_version(rows, row["week_end"])) for row in weeks]
    return Block(
        Review(
            table("All versions, by week", WEEKS, said, WEEKS.index("Drifted"), SHOWN),
            table(
                "Model and performance, by week", MODELS, models, MODELS.index("Age in days"), SHOWN
            ),
        ),
        queries=(REVIEW,),
    )


def main_version(rows: Sequence[Row], week_end: Any) -> Row | None:
    """The version with most rows of the week, which the query lists first."""
    versions = (row for row in rows if row["model_version"] != WHOLE)
    return next((row for row in versions if row["week_end"] == week_end), None)


def of_week(row: Row, monitor: str) -> tuple[str, ...]:
    return (
        last_day(row["week_end"]),
        SAID[str(row["recommendation"])],
        sentence(row["reasons"], monitor).replace(f": {monitor}: ", ": "),
        shown(row["drifted_share"], percent, NOTHING),
        count(row["data_quality_incidents"]),
        count(row["open_incidents"]),
        shown(row["watched_share"], percent, NOTHING),
    )


def of_model(row: Row, version: Row | None) -> tuple[str, ...]:
    return (
        last_day(row["week_end"]),
        NOTHING if version is None else served(version),
        NOTHING if version is None else trained(version),
        str(row["primary_metric"] or "no final labels").replace("_", " "),
        str(row["worst_segment"] or NOTHING),
        NOTHING if version is None else shown(version["model_age_days"], count, NOTHING),
        shown(row["primary_value"], figure, NOTHING),
        shown(row["primary_reference_value"], figure, NOTHING),
        shown(row["worst_segment_value"], figure, NOTHING),
        shown(row["calibration_ratio"], figure, NOTHING),
    )


def served(version: Row) -> str:
    """v3, or v3 (80% of rows) beside others."""
    name, share = str(version["model_version"]), version["traffic_share"]
    return name if is_missing(share) or share >= 1 else f"{name} ({percent(share)} of rows)"


def trained(version: Row) -> str:
    """1 Jan 2026 – 31 Mar 2026, as far as the registry says."""
    since, until = version["trained_from"], version["trained_to"]
    if is_missing(until):
        return NOTHING
    if is_missing(since):
        return f"until {day(until, year=True)}"
    return f"{day(since, year=True)} – {day(until, year=True)}"


SECTION = Section(
    "review", "Weekly review", "Keep the model, or recalibrate, retrain or roll back?", build
)
