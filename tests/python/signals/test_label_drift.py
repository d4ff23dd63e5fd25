"""A class that becomes more frequent for three days and a number that grows for two: each is said
once, of the day on which it began, and nothing is said of the classes that lose a little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 44
PER_DAY = 1_000
MORE_C = (START + pd.Timedelta("28D"), START + pd.Timedelta("31D"))
DEARER = (START + pd.Timedelta("36D"), START + pd.Timedelta("38D"))
CLASSES = ["A", "B", "C"]
USUAL = [0.5, 0.35, 0.15]
UNUSUAL = [0.42, 0.28, 0.3]

LOANS: dict[str, Any] = {
    "name": "loans",
    "predictions": {"source": ["logs", "scores"], "time": "at", "id": "id", "version": "version"},
    "scores": {
        "amount_said": {"kind": "regression", "outcome": "amount"},
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
        "kinds": {"grade": {"matures_after": "1d"}, "amount": {"matures_after": "1d"}},
    },
    "windows": ["day"],
    "limits": {"min_rows": 200, "lateness": "0h"},
}


def within(at: pd.Series, span: tuple[pd.Timestamp, pd.Timestamp]) -> np.ndarray:
    return ((at >= span[0]) & (at < span[1])).to_numpy()


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(31)
    size = DAYS * PER_DAY
    at = pd.Series(START + pd.to_timedelta(np.arange(size) * 86_400 / PER_DAY, unit="s"))
    usual = random.choice(3, size, p=USUAL)
    grade = np.where(within(at, MORE_C), random.choice(3, size, p=UNUSUAL), usual)
    amount = random.lognormal(3.0, 0.5, size) * np.where(within(at, DEARER), 1.6, 1.0)
    # what is predicted does not move: labels alone do
    said = random.dirichlet([2.0, 1.4, 0.6], size)
    log = pd.DataFrame({"id": [f"l{number}" for number in range(size)], "at": at, "version": "v1"})
    for place, name in enumerate(CLASSES):
        log[f"p_{name}"] = said[:, place]
    log["amount_said"] = random.lognormal(3.0, 0.3, size)
    values = {"grade": np.array(CLASSES)[grade], "amount": amount.astype(str)}
    labels = [
        pd.DataFrame(
            {"id": log["id"], "outcome": name, "value": value, "at": at + pd.Timedelta("1h")}
        )
        for name, value in values.items()
    ]
    return log, pd.concat(labels)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("label_drift") / "bank", [LOANS])
    for name, table in zip(("scores", "events"), logs(), strict=True):
        project.load(name, table)
    project.build(str(START + pd.Timedelta(f"{DAYS}D") + pd.Timedelta("6h")))
    return project


@pytest.fixture(scope="module")
def found(project: Project) -> pd.DataFrame:
    return project.frame("monitor_alerts", "family = 'labels' and model_version = '(all)'")


def test_a_class_that_becomes_more_frequent(found: pd.DataFrame) -> None:
    alert = found[found["metric"] == "mean_outcome"]
    assert alert["subject"].tolist() == ["grade.C"], "A and B lose a fifth each"
    alert = alert.iloc[0]
    assert (alert["rule_id"], alert["severity"]) == ("base_rate", "critical")
    assert (alert["since"], alert["state"]) == (MORE_C[0], "resolved")
    assert alert["last_seen_at"] == MORE_C[1]
    assert "grade.C rate " in alert["message"]


def test_a_number_that_grows(found: pd.DataFrame) -> None:
    alert = found[found["metric"] == "mean_value"]
    assert alert["subject"].tolist() == ["amount"]
    alert = alert.iloc[0]
    assert alert["rule_id"] == "label_mean"
    assert (alert["since"], alert["last_seen_at"]) == DEARER
    assert "amount averages " in alert["message"]


def test_the_numbers_are_those_of_the_labels(project: Project, found: pd.DataFrame) -> None:
    log, labels = logs()
    rows = log.merge(labels.drop(columns="at"), on="id")
    signals = project.frame(
        "monitor_signals",
        "family = 'labels' and metric <> 'unlabelled_share' and model_version = '(all)'",
    )
    assert set(signals["subject"]) == {"grade.A", "grade.B", "grade.C", "amount"}
    for row in signals.itertuples():
        day = rows[(rows["at"] >= row.window_start) & (rows["at"] < row.window_end)]
        if row.subject == "amount":
            amounts = day.loc[day["outcome"] == "amount", "value"].astype(float)
            assert row.value == pytest.approx(amounts.mean(), abs=1e-5)
            error = amounts.std(ddof=0) / np.sqrt(len(amounts))
            assert row.noise_floor == pytest.approx(3.09 * error, rel=1e-4)
        else:
            grades = day.loc[day["outcome"] == "grade", "value"]
            assert row.value == pytest.approx((grades == row.subject[-1]).mean(), abs=1e-12)
        assert row.sample_size == PER_DAY
    for alert in found.to_dict("records"):
        again = project.query(alert["reproduce_sql"])
        assert again["value"].iloc[0] == pytest.approx(alert["current_value"], abs=1e-5)
