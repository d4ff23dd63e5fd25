"""Outcomes of every kind, late, corrected and odd: on Postgres as on DuckDB, run after run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.engine_tables import all_differences
from ..harness.outcome_cases import MONITOR, TYPES, VERSIONS, labels, predictions
from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..harness.project_harness import Project
from .test_engines import IGNORED

pytestmark = pytest.mark.apart

CASES = 30
TRUTH = ["true_click", "true_amount", "true_intent", "is_labelled"]
# what came of the training data too, so that estimates have maps of yes and no and of each class
SHOP: dict[str, Any] = {
    **MONITOR,
    # two groups, and one that is too small to be told of
    "protected_slices": {"age": {"reference": "old"}},
    "reference": {
        "source": ["logs", "training"],
        "outcomes": {"click": "clicked", "intent": "intent"},
    },
}
POLICY = {"versions": {"source": ["logs", "versions"]}}
RUNS = ("2026-03-07 09:40", "2026-03-10 15:20")
HOLD = (
    "performance", "calibration", "calibration_buckets", "confusion", "labels", "estimates",
    "rulers", "signals", "fairness",
)  # fmt: skip


def with_ages(rows: pd.DataFrame) -> pd.DataFrame:
    number = np.arange(len(rows))
    ages = np.where(number % 300 == 0, "oldest", np.where(number % 3 == 0, "young", "old"))
    return rows.assign(age=ages)


def test_postgres_counts_outcomes_of_every_kind_alike(
    tmp_path: Path, here: Path, postgres: Server
) -> None:
    log = with_ages(predictions(CASES))
    training = with_ages(predictions(CASES, seed=9)).assign(
        clicked=lambda rows: rows["true_click"].astype(int), intent=lambda rows: rows["true_intent"]
    )
    one = Project(tmp_path / "one", [SHOP], policy=POLICY)
    other = PostgresProject(tmp_path / "other", postgres, "outcomes", [SHOP], {}, POLICY)
    for project in (one, other):
        project.load("predictions", log.drop(columns=TRUTH), types=TYPES)
        project.load("training", training.drop(columns=TRUTH), types=TYPES)
        project.load("labels", labels(log))
        project.load("versions", VERSIONS)
    for as_of in RUNS:
        for project in (one, other):
            project.build(as_of)
        connection, names = other.beside(one)
        assert all_differences(connection, sorted(names), IGNORED) == [], as_of
        for table in HOLD:
            [(count,)] = connection.execute(f"select count(*) from one.monitor_{table}").fetchall()
            assert count > 0, table
        classes = connection.execute(
            "select distinct score, class from one.monitor_estimates "
            "where estimated_accuracy is not null"
        ).fetchall()
        of_each = {(score, name) for score in "cd" for name in ("buy", "browse", "leave")}
        assert set(classes) == {("p", "(binary)"), *of_each, ("c", "(micro)"), ("d", "(micro)")}
        connection.close()
