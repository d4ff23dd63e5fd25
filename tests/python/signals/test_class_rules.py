"""A rule that names one class is judged by that class alone, and the defaults by all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import recall_score

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS, PER_DAY = 40, 1_500
MISSED = (START + pd.Timedelta("30D"), START + pd.Timedelta("33D"))
CLASSES = ["A", "B", "C", "D"]
SHARES = [0.45, 0.3, 0.2, 0.05]
# a third of what is C is taken for A, 7% of all rows: accuracy falls by less than a tenth
RULES = [
    {
        "rule_id": "c_is_found", "family": "performance", "subject": "grade_said.C",
        "metric": "recall", "kind": "relative", "direction": "below", "baseline": "history",
        "window_name": "day", "warn": "0.1", "critical": "0.2",
    },
    # a floor that each class stays above
    {
        "rule_id": "any_is_found", "family": "performance", "subject": "grade_said.*",
        "metric": "recall", "direction": "below", "baseline": "history", "window_name": "day",
        "warn": "0.4", "critical": "0.3",
    },
]  # fmt: skip
LOANS: dict[str, Any] = {
    "name": "loans",
    "predictions": {"source": ["logs", "scores"], "time": "at", "id": "id", "version": "version"},
    "scores": {
        "grade_said": {
            "kind": "multiclass",
            "probabilities": {name: f"p_{name}" for name in CLASSES},
            "outcome": "grade",
        },
    },
    "outcomes": {
        "source": ["logs", "events"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {"grade": {"matures_after": "1d"}},
    },
    "windows": ["day"],
    "limits": {"min_rows": 200, "lateness": "0h"},
}


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(7)
    size = DAYS * PER_DAY
    at = pd.Series(START + pd.to_timedelta(np.arange(size) * 86_400 / PER_DAY, unit="s"))
    actual = random.choice(4, size, p=SHARES)
    seen = np.where(random.random(size) < 0.1, random.choice(4, size), actual)
    is_missed = (at >= MISSED[0]) & (at < MISSED[1]) & (actual == 2) & (random.random(size) < 0.35)
    seen = np.where(is_missed, 0, seen)
    said = random.dirichlet([1.0] * 4, size) * 0.4
    said[np.arange(size), seen] += 0.6
    log = pd.DataFrame({"id": [f"l{number}" for number in range(size)], "at": at, "version": "v1"})
    for place, name in enumerate(CLASSES):
        log[f"p_{name}"] = said[:, place]
    labels = pd.DataFrame(
        {
            "id": log["id"],
            "outcome": "grade",
            "value": np.array(CLASSES)[actual],
            "at": at + pd.Timedelta("1h"),
        }
    )
    return log, labels


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    rules = pd.DataFrame(RULES)
    project = Project(
        tmp_path_factory.mktemp("class_rules") / "bank",
        [LOANS],
        tables={"alert_rules": rules},
        policy={"alert_rules": {"source": ["logs", "alert_rules"]}},
    )
    for name, table in zip(("scores", "events"), logs(), strict=True):
        project.load(name, table)
    project.build(str(START + pd.Timedelta(f"{DAYS}D") + pd.Timedelta("6h")))
    return project


def test_one_class_is_judged_where_a_rule_names_it(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "model_version = '(all)'")
    (alert,) = alerts[alerts["rule_id"].isin([rule["rule_id"] for rule in RULES])].to_dict(
        "records"
    )
    assert (alert["rule_id"], alert["subject"]) == ("c_is_found", "grade_said.C")
    assert (alert["since"], alert["last_seen_at"]) == MISSED
    assert (alert["severity"], alert["state"]) == ("critical", "resolved")
    assert "grade_said.C recall fell to" in alert["message"]
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"], abs=1e-9)


def test_the_defaults_judge_all_classes_together(project: Project) -> None:
    scopes = project.frame("int_monitor__rule_scopes", "family = 'performance'")
    own = scopes["rule_id"].isin([rule["rule_id"] for rule in RULES])
    assert set(scopes.loc[~own, "subject"]) == {"grade_said"}
    assert set(scopes.loc[own, "metric"]) == {"recall"}


def test_the_numbers_are_those_of_the_rows(project: Project) -> None:
    log, labels = logs()
    log["actual"] = labels["value"]
    log["said"] = log[[f"p_{name}" for name in CLASSES]].idxmax(axis=1).str[2:]
    log["day"] = log["at"].dt.floor("D")
    signals = project.frame(
        "monitor_signals",
        "family = 'performance' and subject like 'grade_said.%' and model_version = '(all)'",
    )
    assert set(signals["metric"]) == {"recall"}
    # of D a day has some 75 labels
    assert set(signals["subject"]) == {f"grade_said.{name}" for name in CLASSES}
    for row in signals.itertuples():
        day = log[log["day"] == row.window_start]
        name = row.subject[-1]
        found = recall_score(day["actual"] == name, day["said"] == name)
        assert row.value == pytest.approx(found, abs=1e-12)
        count = (day["actual"] == name).sum()
        pulled = (found * count + 4.77) / (count + 9.55)
        error = np.sqrt(pulled * (1 - pulled) / (count + 9.55))
        assert row.noise_floor == pytest.approx(3.09 * error, rel=1e-6)
