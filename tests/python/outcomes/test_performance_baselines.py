"""What performance is compared with: a past without treatment, the champion, first weeks, training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 50
PER_DAY = 800
AS_OF = pd.Timestamp("2026-04-21 06:00")
TREATED = (START + pd.Timedelta("30D"), START + pd.Timedelta("40D"))
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "version": "version",
        "id": "id",
        "label": "repaid",
        "experiment": {"variant": "arm", "control": "control"},
    },
    "scores": {"p": {"kind": "binary", "outcome": "label", "threshold": 0.5}},
    "champion": "v1",
    "windows": ["day", "7d"],
    "limits": {"min_rows": 100},
}
VERSION_METRICS = pd.DataFrame(
    [("loans", "v1", "roc_auc", 0.95), ("loans", "v1", "accuracy", 0.99)],
    columns=["monitor", "model_version", "metric", "value"],
)
# no default rule asks for the control: an experiment is judged by its own people
CONTROL_RULE = pd.DataFrame(
    [
        {
            "rule_id": "beside_the_control", "family": "performance", "metric": "roc_auc",
            "baseline": "control", "window_name": "day", "kind": "relative", "warn": 0.1,
            "for_windows": 2,
        }
    ]
)  # fmt: skip
WEEK = "window_name = '7d' and subject = 'p' and family = 'performance'"


def scores() -> pd.DataFrame:
    """v1 decays slowly from the start, v2 is worse throughout; the treatment makes both useless."""
    random = np.random.default_rng(2)
    size = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(size) * 86_400 // PER_DAY, unit="s")
    version = random.choice(["v1", "v2"], size, p=[0.7, 0.3])
    treated = (at >= TREATED[0]) & (at < TREATED[1]) & (random.random(size) < 0.5)
    in_control = (at >= TREATED[0]) & (at < TREATED[1]) & ~treated
    p = random.random(size)
    day = np.arange(size) / PER_DAY
    weight = np.where(version == "v1", 1.0 - day / 80, 0.5) * np.where(treated, 0.0, 1.0)
    return pd.DataFrame(
        {
            "id": np.arange(size),
            "at": at,
            "version": version,
            "arm": np.select([treated, in_control], ["treatment", "control"], None),
            "p": p,
            "repaid": random.random(size) < 0.5 + weight * (p - 0.5),
        }
    )


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return scores()


@pytest.fixture(scope="module")
def project(log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Project:
    policy = {
        "version_metrics": {"source": ["logs", "version_metrics"]},
        "alert_rules": {"source": ["logs", "rules"]},
    }
    project = Project(tmp_path_factory.mktemp("baselines") / "shop", [MONITOR], policy=policy)
    project.load("scores", log)
    project.load("version_metrics", VERSION_METRICS)
    project.load("rules", CONTROL_RULE)
    project.build(str(AS_OF))
    return project


def area(log: pd.DataFrame, end: pd.Timestamp, version: str, days: int = 7) -> float:
    rows = log[(log["at"] >= end - pd.Timedelta(days=days)) & (log["at"] < end)]
    rows = rows[rows["arm"] != "treatment"]
    if version != "(all)":
        rows = rows[rows["version"] == version]
    return float(roc_auc_score(rows["repaid"], rows["p"]))


def test_treatment_is_in_the_window_and_in_no_past(log: pd.DataFrame, project: Project) -> None:
    found = project.frame(
        "monitor_signals",
        "family = 'performance' and metric = 'roc_auc' and baseline = 'history' "
        "and window_name = 'day' and model_version = '(all)' and slice_name = '(all)'",
    ).sort_values("window_end")
    during = (found["window_end"] > TREATED[0]) & (found["window_end"] <= TREATED[1])
    assert during.sum() == 10
    assert found.loc[~during, "untreated_value"].isna().all()
    for row in found[during].itertuples():
        clean = area(log, row.window_end, "(all)", 1)
        assert row.untreated_value == pytest.approx(clean, abs=0.003)
        assert row.value < clean - 0.05
    past = found["untreated_value"].fillna(found["value"]).to_numpy()
    ends = found["window_end"].to_numpy()
    for row in found[found["window_end"] > START + pd.Timedelta("20D")].itertuples():
        inside = (ends < row.window_end) & (ends >= row.window_end - pd.Timedelta("28D"))
        assert row.baseline_value == pytest.approx(np.median(past[inside]), abs=1e-9)
    roles = project.frame("monitor_performance", "role = 'untreated' and window_name = 'day'")
    assert set(roles["window_end"]) == set(found.loc[during, "window_end"])


def test_first_weeks_see_a_slow_decay(log: pd.DataFrame, project: Project) -> None:
    found = project.frame("monitor_signals", f"{WEEK} and baseline = 'first_weeks'")
    found = found[(found["metric"] == "roc_auc") & (found["model_version"] == "v1")]
    first = START + pd.Timedelta("7D")
    weeks = [area(log, first + pd.Timedelta(days=days), "v1") for days in (0, 7, 14, 21)]
    assert found["window_start"].min() >= START + pd.Timedelta("28D")
    assert found["baseline_value"].unique() == pytest.approx([np.mean(weeks)], abs=0.003)
    alerts = project.frame("monitor_alerts", "rule_id = 'degradation' and model_version = 'v1'")
    assert len(alerts) == 1
    assert "in its first weeks" in alerts["message"].iloc[0]


def test_the_champion_of_the_same_week_and_training(log: pd.DataFrame, project: Project) -> None:
    found = project.frame("monitor_signals", f"{WEEK} and baseline = 'champion'")
    found = found[(found["metric"] == "roc_auc") & (found["slice_name"] == "(all)")]
    assert set(found["model_version"]) == {"v2"}
    for row in found.itertuples():
        assert row.baseline_value == pytest.approx(area(log, row.window_end, "v1"), abs=0.003)
    assert not project.frame("monitor_alerts", "rule_id = 'champion_gap'").empty
    gaps = project.frame("monitor_alerts", "rule_id like 'training_gap%'")
    assert set(gaps["model_version"]) == {"v1"}
    assert set(gaps["rule_id"]) == {"training_gap", "training_gap_accuracy"}


def test_the_treatment_is_seen_beside_the_control(log: pd.DataFrame, project: Project) -> None:
    """All rows against those without treatment, of the same window; no other window has such."""
    found = project.frame(
        "monitor_signals", "family = 'performance' and baseline = 'control' and metric = 'roc_auc'"
    )
    found = found[(found["model_version"] == "(all)") & (found["slice_name"] == "(all)")]
    days = pd.date_range(TREATED[0] + pd.Timedelta("1D"), TREATED[1], freq="D")
    assert set(found["window_end"]) == set(days)
    for row in found.itertuples():
        assert row.baseline_value == pytest.approx(area(log, row.window_end, "(all)", 1), abs=0.003)
        assert row.value < row.baseline_value - 0.05
    # a day of 800 rows proves nothing: less than its noise, and judged so
    judged = project.frame("monitor_rule_runs", "rule_id = 'beside_the_control'")
    assert list(judged["judged"]) == list(judged["clear"])
    assert (found["baseline_value"] - found["value"]).mean() < found["noise_floor"].min()
