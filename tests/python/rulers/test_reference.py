"""A reference that does not describe production is one finding, from the first weeks on, and stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

DAYS = 36
PER_DAY = 400
START = pd.Timestamp("2026-03-02")
EARLY, LATE = (START + pd.Timedelta(days=days, hours=3) for days in (18, DAYS))
FEATURES = ("income", "debt", "age", "tenure", "rent", "savings")
UNLIKE = ("debt", "income")

MONITOR: dict[str, Any] = {
    "name": "loans",
    "owner": "credit",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "scored_at",
        "loaded_at": "loaded_at",
        "version": "model_version",
    },
    "scores": {"p_default": {}},
    "features": {name: {} for name in FEATURES},
    "slices": ["region"],
    "reference": {"source": ["logs", "training"]},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 5, "lateness": "2h"},
}


def rows(first: pd.Timestamp, days: int, seed: int, moved: float) -> pd.DataFrame:
    """`moved` by so many standard deviations: what the training rows were filtered by."""
    generator = np.random.default_rng(seed)
    count = days * PER_DAY
    frame = pd.DataFrame({name: generator.normal(size=count) for name in FEATURES})
    for name in UNLIKE:
        frame[name] += moved
    at = first + pd.to_timedelta(np.arange(count) * 86_400 / PER_DAY, unit="s")
    return frame.assign(
        scored_at=at,
        loaded_at=at + pd.Timedelta(minutes=5),
        model_version="v1",
        p_default=generator.beta(2, 8, count),
        region=generator.choice(["north", "south"], count),
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables = {
        "scores": rows(START, DAYS, 1, 0.0),
        "training": rows(START - pd.Timedelta(days=28), 28, 2, 1.0),
    }
    return Project(tmp_path_factory.mktemp("reference") / "project", [MONITOR], tables=tables)


def told(project: Project) -> pd.DataFrame:
    return project.frame("monitor_alerts", "inhibited_by is null and state = 'firing'")


def test_it_is_told_once_while_it_is_learned_what_is_usual(project: Project) -> None:
    project.build(as_of=EARLY.isoformat())
    found = project.frame("monitor_alerts")
    assert list(found["rule_id"]) == ["reference_mismatch"], found["message"].tolist()
    alert = found.iloc[0]
    assert (alert["state"], alert["severity"], alert["subject"]) == (
        "firing",
        "warn",
        "(reference)",
    )
    assert alert["message"].startswith(
        "loans: reference of predictions does not match production: 2 of "
    )
    learning = project.query("select bool_and(is_learning) as every from monitor_drift")
    assert learning["every"].iloc[0]


def test_it_stays_when_it_is_known_and_no_subject_is_told_beside_it(project: Project) -> None:
    project.build(as_of=EARLY.isoformat())
    before = told(project)["alert_id"].tolist()
    project.build(as_of=LATE.isoformat())
    after = told(project)
    assert after["alert_id"].tolist() == before
    assert project.frame("monitor_alerts", "family in ('drift', 'tail')").empty
    usual = project.query(
        "select subject, psi_usual from monitor_drift where baseline = 'reference' "
        "and window_name = '7d' and slice_name = '(all)' and model_version = '(all)' "
        "and window_end = (select max(window_end) from monitor_drift) and is_reference_mismatch "
        "order by subject"
    )
    assert tuple(usual["subject"]) == UNLIKE
    # one standard deviation is a PSI of about 0.9 over tenths
    assert usual["psi_usual"].between(0.6, 1.3).all()


def test_its_query_names_the_subjects(project: Project) -> None:
    project.build(as_of=LATE.isoformat())
    alert = told(project).iloc[0]
    with project.connect() as connection:
        found = connection.execute(alert["reproduce_sql"]).df()
    assert found["value"].iloc[0] == alert["current_value"] == len(UNLIKE)
    assert sorted(found["subject"].head(2)) == list(UNLIKE)
    assert found["is_reference_mismatch"].sum() == len(UNLIKE)
