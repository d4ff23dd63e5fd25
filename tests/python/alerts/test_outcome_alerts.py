"""A model that stops telling yes from no: said once its labels have matured, and not before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

DAYS = 40
PER_DAY = 900
START = pd.Timestamp("2026-03-02")
BROKEN = START + pd.Timedelta(days=30)  # two days on which the score says nothing
REPAIRED = BROKEN + pd.Timedelta(days=2)
MATURES = pd.Timedelta(days=3)

MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "scored_at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "model_version",
    },
    "scores": {"p_default": {"kind": "binary", "outcome": "default", "threshold": 0.3}},
    "outcomes": {
        "source": ["logs", "defaults"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "loaded_at": "loaded_at",
        "kinds": {"default": {"matures_after": "3d", "otherwise": 0}},
    },
    "slices": ["region"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200, "min_cell": 20},
}


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(6)
    count = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(count) * 86_400 / PER_DAY, unit="s")
    p = random.beta(1.0, 4.0, count)
    broken = (at >= BROKEN) & (at < REPAIRED)
    rate = np.where(broken, 0.2, p)
    scores = pd.DataFrame(
        {
            "id": [f"p{number}" for number in range(count)],
            "scored_at": at,
            "loaded_at": at + pd.Timedelta("1min"),
            "model_version": "v1",
            "region": random.choice(["north", "south", "islands"], count, p=[0.5, 0.4, 0.1]),
            "p_default": p,
        }
    )
    true = np.flatnonzero(random.random(count) < rate)
    when = at[true] + pd.to_timedelta(random.uniform(0, 2.9 * 86_400, len(true)), unit="s")
    defaults = pd.DataFrame(
        {"id": scores["id"].to_numpy()[true], "value": 1, "at": when, "loaded_at": when}
    )
    return scores, defaults


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    scores, defaults = logs()
    project = Project(tmp_path_factory.mktemp("outcome_alerts") / "shop", [MONITOR])
    project.load("scores", scores)
    project.load("defaults", defaults)
    return project


def shown(project: Project) -> pd.DataFrame:
    frame = project.frame("monitor_alerts", "state <> 'pending' and log = 'predictions.default'")
    return frame[frame["inhibited_by"].isna()]


def test_an_alert_comes_with_the_labels_and_goes_with_the_cause(project: Project) -> None:
    seeds = project.build(str(BROKEN + MATURES + pd.Timedelta("23h")))
    assert seeds.success
    # the first broken day ends in three days and two hours less: nothing is final of it
    assert shown(project).empty
    labels = project.frame("monitor_labels", f"window_start = '{BROKEN}' and window_name = 'day'")
    assert (labels["matured_count"] > 0).any()
    assert not labels["is_final"].any()

    project.build(str(BROKEN + MATURES + pd.Timedelta(days=1, hours=5)))
    found = shown(project)
    assert len(found) == 1
    alert = found.iloc[0]
    assert (alert["subject"], alert["slice_name"], alert["severity"]) == (
        "p_default", "(all)", "critical",
    )  # fmt: skip
    assert alert["opened_at"] == BROKEN + pd.Timedelta(days=1)
    assert alert["since"] == BROKEN
    assert alert["family"] in ("performance", "calibration")
    # at once no better than chance: labels or values no longer belong to their rows
    assert alert["recommended_action"] == "investigate_data"
    assert "normally" in alert["message"]
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"], abs=0.02)
    every = project.frame("monitor_alerts", "log = 'predictions.default' and slice_name = '(all)'")
    assert {"auc", "calibration_error"} & set(every["rule_id"])

    project.build(str(START + pd.Timedelta(days=DAYS, hours=3)))
    after = project.frame("monitor_alerts", f"alert_id = '{alert['alert_id']}'").iloc[0]
    assert after["state"] == "resolved"
    wrong = shown(project)
    assert (wrong["since"] >= BROKEN).all()
    assert (wrong["since"] < REPAIRED + pd.Timedelta(days=7)).all()


def test_the_health_of_a_monitor_knows_its_outcomes(project: Project) -> None:
    health = project.frame("monitor_health", "model_version = '(all)'").iloc[0]
    assert health["outcome_status"] == "measured"
    assert 0.5 < health["performance"] < 1
    assert 0.5 < health["baseline_performance"] < 1
    assert 0.7 < health["calibration_ratio"] < 1.3


def test_an_outcome_that_nobody_writes_any_more_is_no_worse_model(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The log goes on with the other outcome, so that it has been read: all of this one are zeros."""
    scores, defaults = logs()
    called = scores.assign(
        at=scores["scored_at"] + pd.Timedelta("2h"),
        value=(np.random.default_rng(8).random(len(scores)) < 0.7 * scores["p_default"] + 0.1),
    )
    called = called[called["value"] & (called["at"] < BROKEN + pd.Timedelta(days=3))]
    labels = pd.concat([
        defaults.assign(outcome="default"),
        called.assign(outcome="call", value=1, loaded_at=called["at"])[
            ["id", "value", "at", "loaded_at", "outcome"]
        ],
    ])  # fmt: skip
    monitor = {
        **MONITOR,
        "scores": {
            **MONITOR["scores"],
            "p_call": {"kind": "binary", "outcome": "call", "threshold": 0.3},
        },
        "outcomes": {
            **MONITOR["outcomes"],
            "name": "outcome",
            "kinds": {
                name: {"matures_after": "3d", "otherwise": 0} for name in ("default", "call")
            },
        },
    }
    project = Project(tmp_path_factory.mktemp("unwritten") / "shop", [monitor])
    project.load("scores", scores.assign(p_call=0.7 * scores["p_default"] + 0.1))
    project.load("defaults", labels)
    assert project.build(str(START + pd.Timedelta(days=DAYS, hours=3))).success
    incidents = project.frame("monitor_incidents", "log = 'predictions.call'")
    assert len(incidents) == 1, incidents["message"].tolist()
    incident = incidents.iloc[0]
    assert incident["what"].startswith("call rate 0.0%")
    assert incident["since"] == BROKEN + pd.Timedelta(days=3)
    assert (incident["recommended_action"], incident["fix"]) == ("investigate_data", "pipeline")
    # and nothing is trained on it
    triggers = project.frame("monitor_triggers", "action = 'retrain' and state = 'fired'")
    assert triggers.empty
