"""What is not judged yet is said, with what to do; and it helps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model_monitor.findings.tables import findings
from model_monitor.warehouse.project import Project as Command
from model_monitor.warehouse.project import Settings

from ..harness.project_harness import Project

MONDAY = pd.Timestamp("2026-03-02")
DAYS = 40
# Rows a day, the weekdays that have any, and the days that there are.
LOGS = {
    "ample": (600, range(7), DAYS),
    "few": (28, range(7), DAYS),
    "obeys": (28, range(7), DAYS),
    "tiny": (9, range(7), DAYS),
    "weekdays": (600, range(5), 17),
    "young": (600, range(7), 5),
    "sparse": (600, (0, 2, 4), DAYS),
}


def log(rows: int, weekdays: range | tuple[int, ...], days: int) -> pd.DataFrame:
    generator = np.random.default_rng(rows)
    hours = np.concatenate([
        24 * day + np.linspace(0.1, 20, rows if day % 7 in weekdays else 3)
        for day in range(days)
        if day % 7 in weekdays or len(weekdays) == 5
    ])  # fmt: skip
    at = MONDAY + pd.to_timedelta(hours, unit="h")
    # at the end all is another
    moved = np.where(hours >= 24 * (DAYS - 7), 3.0, 0.0)
    return pd.DataFrame({"served_at": at, "income": generator.normal(size=len(at)) + moved})


def monitor(name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": name,
        "predictions": {"source": ["logs", name], "time": "served_at"},
        "features": {"income": {}},
    }
    return {**entry, "limits": {"min_rows": 20}} if name == "obeys" else entry


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("waiting") / "project"
    return Project(
        folder, [monitor(name) for name in LOGS], {name: log(*LOGS[name]) for name in LOGS}
    )


@pytest.fixture(scope="module")
def notes(project: Project) -> dict[str, str]:
    """By monitor: what a run says."""
    project.build(as_of=(MONDAY + pd.Timedelta(days=DAYS, hours=6)).isoformat())
    before = Path.cwd()
    try:
        said = findings(Command(Settings(project.folder, project.folder))).notices
    finally:
        os.chdir(before)
    return {notice["monitor"]: notice["evidence"] for notice in said}


def test_a_monitor_with_rows_enough_is_silent(notes: dict[str, str]) -> None:
    assert "ample" not in notes


def test_few_rows_are_evaluated_over_a_month_and_not_called_learning(
    notes: dict[str, str],
) -> None:
    """28 rows a day: a month has the 500 that a distribution needs, a week the 50 of a rate."""
    assert notes["few"] == "few: series evaluated: 1 weekly, 3 monthly."
    assert notes["tiny"] == "tiny: series evaluated: 1 weekly; not evaluated: 3 too small."


def test_lower_limits_evaluate_days(project: Project, notes: dict[str, str]) -> None:
    assert "obeys" not in notes
    # all rows are three deviations higher in the last week
    alerts = project.frame("monitor_alerts", "family = 'drift'")
    assert {"ample", "obeys"} <= set(alerts["monitor"])


def test_a_weekend_without_rows_enough_is_no_shortage(notes: dict[str, str]) -> None:
    assert notes["weekdays"].startswith("weekdays: baseline warming up: ")


def test_a_log_without_a_ruler_says_what_it_waits_for(notes: dict[str, str]) -> None:
    assert notes["young"].startswith(
        "young › predictions is not evaluated yet."
        " Its rulers will be frozen from its rows of 2026-03-02 to 2026-03-09."
    )
    assert "no week has rows on at least five days yet" in notes["sparse"]
