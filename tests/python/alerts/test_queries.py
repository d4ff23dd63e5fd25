"""Whatever a rule may judge of outcomes, estimates, groups and exposure: its query gives its number.

Rules that anything breaks, so that every metric has alerts; each query is run as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 31
PER_DAY = 1_300
CLASSES = ("buy", "browse", "leave")
FIGURES = ("p01", "p05", "p25", "p50", "p75", "p95", "p99", "mean", "min", "max")
MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "id": "id",
        "version": "version",
    },
    "scores": {
        "p": {"kind": "binary", "outcome": "click", "threshold": 0.4},
        "v": {"kind": "regression", "outcome": "amount"},
        # called like its outcome
        "intent": {
            "kind": "multiclass",
            "outcome": "intent",
            "predicted": "said",
            "probabilities": {name: f"c_{name}" for name in CLASSES},
        },
        # what it says is what it holds most probable
        "d": {
            "kind": "multiclass",
            "outcome": "intent",
            "probabilities": {name: f"d_{name}" for name in CLASSES},
        },
    },
    "outcomes": {
        "source": ["logs", "labels"],
        "prediction": "prediction",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {
            "click": {"matures_after": "1d"},
            "amount": {"matures_after": "1d"},
            "intent": {"matures_after": "1d"},
        },
    },
    "operations": {
        "wait": {"sla": dict.fromkeys(FIGURES, 1e-3)},
        "is_error": {"type": "boolean", "sla": {"rate": 1e-3}},
    },
    "costs": {"true_positive": "wait * 10", "false_positive": -2, "false_negative": "-paid"},
    "exposure": {"item": "item_id"},
    "protected_slices": {"sex": {"reference": "m"}},
    "slices": ["region"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 50, "min_cell": 5, "lateness": "2h"},
}
JUDGED = {
    "performance": (
        "roc_auc", "pr_auc", "accuracy", "precision", "recall", "f1", "specificity",
        "balanced_accuracy", "log_loss", "brier", "mae", "rmse", "mape", "r2", "bias",
    ),
    "worth": ("value_per_decision", "roi", "gain_share"),
    "calibration": ("calibration_ratio", "ece_debiased"),
    "labels": ("unlabelled_share", "mean_outcome", "mean_value"),
    "estimates": ("roc_auc", "accuracy", "precision", "recall", "f1", "roc_auc_error"),
    "fairness": (
        "selection_disadvantage", "opportunity_gap", "false_positive_gap", "predictive_gap",
    ),
    "concentration": (
        "gini", "hhi", "top_1pct_share", "top_10pct_share", "uncovered_share",
        "feedback_loop_index",
    ),
    "sla": (*FIGURES, "rate"),
}  # fmt: skip
# a curve is taken over bins, the query's over rows; the bin of 99 to 99.5% is 0.16 wide
TOLERANCE = {"roc_auc": 0.01, "pr_auc": 0.02, **dict.fromkeys(FIGURES[:6], 0.05), "p99": 0.17}
# what the default rules do not let a chance pass: here it must
RULES = [
    {
        "rule_id": f"any_{family}_{metric}", "family": family, "metric": metric, "kind": "static",
        "direction": "both" if family in ("fairness", "worth") else "above", "warn": "0.0001", "window_name": "day,7d", "for_windows": "1", "min_rows": "20",
    }
    for family, metrics in JUDGED.items()
    for metric in metrics
]  # fmt: skip


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(8)
    count = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(count) * 86_400 / PER_DAY, unit="s")
    day = np.arange(count) // PER_DAY
    sex = random.choice(["f", "m"], count)
    p = np.where(sex == "m", random.beta(2.5, 2.5, count), random.beta(1.6, 3.0, count))
    # from the twentieth day on the truth is another one than the scores say, of each sex
    truth = 0.5 * p + np.where(sex == "m", 0.4, 0.1)
    true = random.random(count) < np.where(day < 20, p, truth)
    amount = random.lognormal(3.0, 0.6, count)
    spoken = random.dirichlet([1.0, 1.5, 0.7], count)
    actual = np.array([random.choice(3, p=row) for row in spoken])
    guessed = random.dirichlet([1.0, 1.2, 0.9], count)
    guessed[random.random(count) < 0.02, 0] = np.nan
    # exposure gathers in fewer and fewer items
    item = (random.random(count) ** (1.0 + 0.15 * day) * 900).astype(int)
    scores = pd.DataFrame(
        {
            "id": [f"r{number}" for number in range(count)],
            "at": at,
            "version": "v1",
            "region": random.choice(["north", "south"], count, p=[0.7, 0.3]),
            "sex": sex,
            "p": p,
            "v": amount * random.lognormal(0.0, 0.4, count),
            **{f"c_{name}": spoken[:, place] for place, name in enumerate(CLASSES)},
            **{f"d_{name}": guessed[:, place] for place, name in enumerate(CLASSES)},
            "said": np.array(CLASSES)[spoken.argmax(axis=1)],
            "item_id": [f"i{number}" for number in item],
            "wait": random.lognormal(0.0, 0.3, count),
            "paid": np.where(random.random(count) < 0.1, np.nan, random.gamma(2.0, 2.5, count)),
            "is_error": random.random(count) < 0.05,
        }
    )
    values = {
        "click": np.where(true, "1", "0"),
        "amount": amount.astype(str),
        "intent": np.array(CLASSES)[actual],
    }
    labels = pd.concat(
        [
            pd.DataFrame({"prediction": scores["id"], "outcome": name, "value": value, "at": at})[
                random.random(count) < 0.8
            ]
            for name, value in values.items()
        ]
    )
    labels["at"] += pd.Timedelta("3h")
    return scores, labels


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    scores, labels = logs()
    project = Project(
        tmp_path_factory.mktemp("queries") / "shop",
        [MONITOR],
        tables={"scores": scores, "labels": labels, "rules": pd.DataFrame(RULES)},
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )
    project.build(str(START + pd.Timedelta(days=DAYS, hours=3)))
    return project


def test_every_number_is_found_again(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "rule_id like 'any_%'")
    with project.connect() as connection:
        every_number_is_found_again(
            alerts, lambda query: connection.execute(query).fetchall()[0][0]
        )


@pytest.mark.apart
def test_and_so_it_is_on_postgres(tmp_path: Path, postgres: Server, here: Path) -> None:
    scores, labels = logs()
    project = PostgresProject(
        tmp_path / "shop",
        postgres,
        "queries",
        [MONITOR],
        {"scores": scores, "labels": labels, "rules": pd.DataFrame(RULES)},
        {"alert_rules": {"source": ["logs", "rules"]}},
    )
    built = project.build(str(START + pd.Timedelta(days=DAYS, hours=3)))
    assert built.success, here
    connection = postgres.connect("queries")
    try:
        connection.cursor().execute(f"set search_path to {project.schema}")
        alerts = pd.read_sql_query(
            "select * from monitor_alerts where rule_id like 'any\\_%'", connection
        )
        # a second each: one of a kind will do
        alerts = alerts.drop_duplicates(["log", "family", "subject", "metric"])

        def ask(query: str) -> Any:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchone()[0]

        every_number_is_found_again(alerts, ask)
    finally:
        connection.close()


def every_number_is_found_again(alerts: pd.DataFrame, ask: Callable[[str], Any]) -> None:
    found = {(row["family"], row["metric"]) for row in alerts.to_dict("records")}
    assert found == {(family, metric) for family, metrics in JUDGED.items() for metric in metrics}
    classes = alerts[alerts["family"].isin(["performance", "labels", "worth"])]
    of_labels = {f"intent.{name}" for name in CLASSES}
    assert set(classes["subject"]) == {"p", "v", "d", "click", "amount", "intent", *of_labels}
    of_both = classes[classes["subject"] == "intent"]
    assert set(of_both["family"]) == {"performance", "labels"}
    calibrated = alerts[alerts["family"] == "calibration"]
    by_class = {f"{score}.{name}" for score in ("intent", "d") for name in CLASSES}
    ratios = calibrated[calibrated["metric"] == "calibration_ratio"]
    assert set(ratios["subject"]) == {"p", *by_class}, "of all classes together it is 1"
    errors = calibrated[calibrated["metric"] == "ece_debiased"]
    assert {"p", "d", *(f"d.{name}" for name in CLASSES)} <= set(errors["subject"])
    assert alerts["alert_id"].is_unique
    # of the log, and of no table of results
    assert not classes["reproduce_sql"].str.contains("monitor_(?:performance|labels|value)").any()
    wrong = []
    for alert in alerts.to_dict("records"):
        value = ask(alert["reproduce_sql"])
        tolerance = TOLERANCE.get(alert["metric"], 1e-6)
        if value is None or abs(float(value) - alert["current_value"]) > tolerance:
            wrong.append(
                [alert[name] for name in ("log", "family", "subject", "metric", "slice_value")]
                + [alert["current_value"], value]
            )
    assert wrong == [], wrong


def test_what_duckdb_believes_changes_nothing(project: Project) -> None:
    """Here the maps of the estimates are empty, and there is no policy."""
    assert project.believed() == []
