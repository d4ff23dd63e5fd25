"""A slice of 300 rows a week is off by chance, and plain ECE calls that an error: no alarm comes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 44
BROKEN = START + pd.Timedelta("35D")
AS_OF = START + pd.Timedelta(days=DAYS, hours=6)
SLICES, PER_WEEK = 60, 300
BAD = {f"s{number:02}" for number in range(3)}
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {"source": ["logs", "scores"], "time": "at", "id": "id"},
    "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": 0.5}},
    "outcomes": {
        "source": ["logs", "labels"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "kinds": {"repaid": {"matures_after": "1h", "otherwise": 0}},
    },
    "slices": ["part"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 100, "slice_values": 100},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    random = np.random.default_rng(51)
    size = DAYS * SLICES * PER_WEEK // 7
    log = pd.DataFrame({"id": [f"l{number}" for number in range(size)]})
    log["at"] = START + pd.to_timedelta(np.arange(size) * DAYS * 86_400 / size, unit="s")
    log["part"] = [f"s{number:02}" for number in random.integers(0, SLICES, size)]
    log["p"] = random.beta(2, 3, size)
    bad = log["part"].isin(BAD) & (log["at"] >= BROKEN)
    repaid = random.random(size) < log["p"] * np.where(bad, 0.4, 1)
    labels = pd.DataFrame({"id": log["id"][repaid], "value": 1})
    labels["at"] = log["at"][repaid] + pd.Timedelta("10min")
    project = Project(
        tmp_path_factory.mktemp("small") / "shop", [MONITOR], {"scores": log, "labels": labels}
    )
    project.build(str(AS_OF))
    return project


def test_plain_ece_would_have_alarmed(project: Project) -> None:
    """Of good slices alone: in most of them it is above the threshold of the rule, debiased in hardly any."""
    found = project.frame(
        "monitor_calibration",
        "window_name = '7d' and slice_name = 'part' and model_version = '(all)' and is_final",
    )
    good = found[~found["slice_value"].isin(BAD)]
    assert good["row_count"].median() == pytest.approx(PER_WEEK, rel=0.1)
    assert len(good) > 1_000
    assert (good["ece"] > 0.05).mean() > 0.5
    assert (good["ece_debiased"] > 0.05).mean() < 0.25


def test_a_slice_that_is_right_alarms_nobody_and_one_that_is_wrong_does(project: Project) -> None:
    found = project.frame("monitor_alerts", "family = 'calibration' and state <> 'pending'")
    of_slices = found[found["slice_name"] == "part"]
    assert set(of_slices["slice_value"]) == BAD
    assert set(of_slices.loc[of_slices["rule_id"] == "calibration_error", "slice_value"]) == BAD
    judged = project.frame("monitor_signals", "metric = 'ece_debiased' and slice_name = 'part'")
    assert judged["slice_value"].nunique() == SLICES, "each is judged"
