"""The weekly review: the recommendation, why, and which version it is about."""

from __future__ import annotations

import html
import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from model_monitor.report.build import ReportOptions, render
from model_monitor.report.sections import review

from ..harness.report_tables import Results, write

at = datetime.fromisoformat
WEEK = at("2026-06-15")
EMPTY: dict[str, Any] = {
    "monitor": "prices", "week_end": WEEK, "model_version": "(all)", "recommendation": "keep",
    "reasons": "no open incident", "traffic_share": 1.0, "model_age_days": None,
    "trained_from": None, "trained_to": None, "primary_metric": None, "primary_value": None,
    "primary_reference_value": None, "calibration_ratio": None, "drifted_share": None,
    "worst_segment": None, "worst_segment_value": None, "data_quality_incidents": 0,
    "open_incidents": 0, "watched_share": None,
}  # fmt: skip


def shown(*rows: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of both tables, by their headers."""
    found = [{**EMPTY, **row} for row in rows]
    view = SimpleNamespace(has=lambda _: True, rows=lambda _: found, monitor="prices")
    block = review.build(view)  # type: ignore[arg-type]
    if block is None:
        return []
    weeks, models = (
        [dict(zip(table.headers, row, strict=True)) for row in table.rows]
        for table in (block.content.weeks, block.content.models)
    )
    assert [row["Week to"] for row in weeks] == [row["Week to"] for row in models]
    return [week | model for week, model in zip(weeks, models, strict=True)]


def test_the_reasons_stand_beside_the_recommendation() -> None:
    reasons = "retrain since 2026-06-10: prices: rooms moved since 2026-06-08; warn: rooms moved"
    [row] = shown({"recommendation": "retrain", "reasons": reasons})
    assert list(row)[1:3] == ["Recommendation", "Why"]
    assert row["Recommendation"] == "Retrain"
    assert row["Why"] == "retrain since 10 Jun: rooms moved since 8 Jun; warn: rooms moved"


def test_the_version_with_most_rows_of_the_week_is_named() -> None:
    earlier = at("2026-06-08")
    rows = shown(
        {},
        {"model_version": "v3", "traffic_share": 0.8, "model_age_days": 76,
         "trained_from": at("2026-01-01"), "trained_to": at("2026-03-31")},
        {"model_version": "v2", "traffic_share": 0.2, "model_age_days": 300},
        {"week_end": earlier},
        {"week_end": earlier, "model_version": "v2", "trained_to": at("2025-08-01")},
        {"week_end": at("2026-06-01")},
    )  # fmt: skip
    names = ("Week to", "Main version", "Trained on", "Age in days")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("14 Jun", "v3 (80% of rows)", "1 Jan 2026 – 31 Mar 2026", "76"),
        ("7 Jun", "v2", "until 1 Aug 2025", "–"),
        ("31 May", "–", "–", "–"),
    ]


def test_a_monitor_without_a_whole_week_has_no_review() -> None:
    assert shown() == []


@pytest.mark.parametrize("name", review.SAID)
def test_each_recommendation_has_words(name: str) -> None:
    [row] = shown({"recommendation": name})
    assert row["Recommendation"] == review.SAID[name]


def test_the_page_shows_why_and_which_version(tmp_path: Path) -> None:
    page = render(Results(write(tmp_path / "warehouse.duckdb")), ReportOptions())
    tables = page.split("All versions, by week", maxsplit=1)[1].split("</table>", maxsplit=2)[:2]
    part = " ".join(tables)
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())
    for found in ("Retrain distance_km shifted since 14 Jun", "1 Jan 2026 – 31 Mar 2026", " 76 "):
        assert found in text
    assert re.search(r"v3 \( 80% of rows\)", text)
