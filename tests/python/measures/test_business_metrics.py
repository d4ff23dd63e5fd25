"""What a business asks, as docs/understand/metrics.md writes it down: each number, and what its rules tell."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[3] / "docs" / "understand" / "metrics.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(section: str, kind: str) -> str:
    """The first block of code of a section."""
    here = TEXT.split(f"## {section}\n")[1].split("\n## ")[0]
    return str(re.findall(rf"```{kind}\n(.*?)```", here, re.DOTALL)[0])


METRICS = yaml.safe_load(block("What a business asks", "yaml"))["metrics"]
RULES = pd.read_csv(io.StringIO(block("Better and target", "csv")), dtype=str)
START = pd.Timestamp("2026-03-02")
DAYS = 36
BROKEN = START + pd.Timedelta("33D")
AS_OF = START + pd.Timedelta(days=DAYS, hours=6)
REQUESTS, LENGTH = 700, 3


def cases() -> pd.DataFrame:
    random = np.random.default_rng(41)
    size = DAYS * REQUESTS * LENGTH
    request = np.arange(size) // LENGTH
    log = pd.DataFrame({"request_id": [f"r{number}" for number in request]})
    log["at"] = START + pd.to_timedelta(request * (86_400 // REQUESTS), unit="s")
    broken = (log["at"] >= BROKEN).to_numpy()
    log["region"] = random.choice(["north", "south"], size)

    def often(usual: float, now: float | None = None) -> np.ndarray:
        return random.random(size) < np.where(broken, usual if now is None else now, usual)

    log["purchased"] = often(0.2, 0.12)
    log["revenue"] = np.where(log["purchased"], random.gamma(2, 20, size).round(2), 0)
    log["was_fraud"] = often(0.3)
    log["was_blocked"] = np.where(log["was_fraud"], often(0.8), often(0.05))
    log["amount"] = random.gamma(2, 50, size).round(2)
    closed = often(0.6)
    log["minutes_to_close"] = np.where(closed, random.gamma(2, 20, size), np.nan)
    log["was_reopened"] = closed & often(0.1, 0.2)
    log["case_won"] = pd.Series(often(0.7)).where(closed)
    changed = often(0.06, 0.03)
    log["decided_by_person"] = (log["was_blocked"] ^ changed).where(often(0.5))
    return log


MEANT: dict[str, Callable[[pd.DataFrame], float]] = {
    "conversion": lambda rows: rows["purchased"].sum() / rows["request_id"].nunique(),
    "revenue_per_request": lambda rows: rows["revenue"].sum() / rows["request_id"].nunique(),
    "losses_prevented": lambda rows: rows.loc[
        rows["was_blocked"] & rows["was_fraud"], "amount"
    ].sum(),
    "rejection_rate": lambda rows: rows["was_blocked"].mean(),
    "case_success": lambda rows: rows["case_won"].dropna().astype(float).mean(),
    "sla_met": lambda rows: (rows["minutes_to_close"].dropna() <= 60).mean(),
    "rework": lambda rows: rows.loc[rows["minutes_to_close"].notna(), "was_reopened"].mean(),
    "override": lambda rows: (
        rows.loc[rows["decided_by_person"].notna(), "decided_by_person"]
        != rows.loc[rows["decided_by_person"].notna(), "was_blocked"]
    ).mean(),
}


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return cases()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, log: pd.DataFrame) -> Project:
    monitor = {
        "name": "desk",
        "predictions": {"source": ["logs", "cases"], "time": "at", "request": "request_id"},
        # met before, and missed since
        "metrics": {**METRICS, "conversion": {**METRICS["conversion"], "target": 0.5}},
        "slices": ["region"],
        "windows": ["day"],
        "limits": {"min_rows": 200},
    }
    project = Project(
        tmp_path_factory.mktemp("business") / "shop",
        [monitor],
        tables={"cases": log, "rules": RULES},
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )
    project.build(str(AS_OF))
    return project


def test_each_number_is_what_is_meant(project: Project, log: pd.DataFrame) -> None:
    assert set(METRICS) == set(MEANT)
    found = project.frame(
        "monitor_metrics", "window_name = 'day' and model_version = '(all)' and metric <> 'volume'"
    )
    assert (found["layer"] == "business").all()
    days = found["window_end"].nunique()
    assert days >= DAYS - 1
    assert len(found) == len(MEANT) * days * 3, "the whole and two regions"
    day = log["at"].dt.floor("D")
    for row in found.sample(200, random_state=3).itertuples():
        here = day == row.window_start
        if row.slice_name != "(all)":
            here &= log["region"] == row.slice_value
        assert row.value == pytest.approx(MEANT[row.metric](log[here])), row.metric


def test_its_rules_tell_of_what_broke_and_of_nothing_else(project: Project) -> None:
    assert project.frame("monitor_rule_runs", "problem is not null").empty
    found = project.frame("monitor_alerts", "family = 'metrics' and state <> 'pending'")
    whole = found[(found["slice_name"] == "(all)") & (found["model_version"] == "(all)")]
    severities = dict(zip(whole["rule_id"], whole["severity"], strict=True))
    assert severities == {
        "desk.conversion": "critical",
        "desk.conversion.target": "warn",
        "desk.revenue_per_request": "critical",
        "desk.rework": "critical",
        "business_rise": "warn",
    }, "override halved, and is better"
    assert set(found["subject"]) == {"conversion", "revenue_per_request", "rework"}
    # south needs a second day: a region that has never moved is as dispersed as all rows
    since = {"(all)": BROKEN, "north": BROKEN, "south": BROKEN + pd.Timedelta(days=1)}
    assert set(found["slice_value"]) == set(since)
    assert (found["since"] == found["slice_value"].map(since)).all()
    assert (found["layer"] == "business").all()
