"""Which seven days a log without a reference is measured by: the first whole ones."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from model_monitor.doctor.checks import first_full_day

from ..harness.project_harness import Project

MONDAY = pd.Timestamp("2026-03-02")
DAYS = 20
# The hour at which each day begins, by log, and the hour of the very first one.
BEGINS = {
    "from_midnight": (0.1, 0.1),
    "in_the_midst": (0.1, 14.0),
    "opens_at_nine": (9.0, 9.0),
    "opens_at_nine_on_weekdays": (9.0, 9.0),
    "at_noon_after_a_stray_row": (9.0, 12.0),
}
FIRST_DAYS = {
    "from_midnight": MONDAY,
    "in_the_midst": MONDAY + timedelta(days=1),
    "opens_at_nine": MONDAY + timedelta(days=1),
    "opens_at_nine_on_weekdays": MONDAY + timedelta(days=1),
    "at_noon_after_a_stray_row": MONDAY + timedelta(days=1),
}


def log(name: str) -> pd.DataFrame:
    usual, first = BEGINS[name]
    hours = []
    for day in range(DAYS):
        if day % 7 < 5 or not name.endswith("weekdays"):
            begin = first if day == 0 else usual
            hours += [24 * day + hour for hour in np.linspace(begin, 18, 30)]
    if "stray" in name:
        hours.append(-30 * 24)
    values = np.random.default_rng(len(name)).normal(size=len(hours))
    at = [MONDAY + timedelta(hours=float(hour)) for hour in hours]
    return pd.DataFrame({"served_at": at, "income": values})


def monitor(name: str) -> dict[str, object]:
    return {
        "name": name,
        "predictions": {"source": ["logs", name], "time": "served_at"},
        "features": {"income": {}},
        "windows": ["day"],
        "limits": {"min_rows": 5, "min_cell": 5},
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(
        tmp_path_factory.mktemp("first_days") / "project",
        [monitor(name) for name in BEGINS],
        {name: log(name) for name in BEGINS},
    )
    project.build(as_of=f"{MONDAY + timedelta(days=DAYS)}")
    return project


@pytest.mark.parametrize("name", BEGINS)
def test_a_log_is_measured_by_its_first_whole_days(project: Project, name: str) -> None:
    windows = project.frame("int_monitor__reference_windows", f"monitor = '{name}'")
    assert windows["reference_from"].iloc[0] == FIRST_DAYS[name]
    assert windows["is_ready"].iloc[0]
    drift = project.frame("monitor_drift", f"monitor = '{name}' and baseline = 'reference'")
    days = drift["window_start"][drift["window_start"] >= FIRST_DAYS[name]]
    assert days.min() == FIRST_DAYS[name] + timedelta(days=7)


@pytest.mark.parametrize("name", [name for name in BEGINS if "stray" not in name])
def test_the_doctor_foretells_them(name: str) -> None:
    assert first_full_day(log(name)["served_at"].min().to_pydatetime()) == FIRST_DAYS[name]
