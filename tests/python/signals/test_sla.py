"""What has been agreed on is judged as it was agreed: told when it is passed, where and since when; not by
chance, and not because it is unusual."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS, PER_DAY = 20, 9_600
SLOW = START + pd.Timedelta("16D 10h")  # in the south, for ten hours
FAILING = START + pd.Timedelta("18D")  # 3 instead of 0.6%
SHORT = START + pd.Timedelta("12D")  # a list of one
LIMIT, ERRORS = 120.0, 0.01
# as often above as below: by chance it is passed every other day
STEADY_P95 = float(np.exp(1.6448536269514722 * 0.4))

MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {"source": ["logs", "scores"], "time": "at", "id": "id", "version": "version"},
    "scores": {"p": {}},
    "operations": {
        "latency_ms": {"sla": {"p95": LIMIT, "mean": 200}},
        "steady": {"sla": {"p95": STEADY_P95}},
        "is_error": {"type": "boolean", "sla": {"rate": ERRORS}},
        "list_length": {"sla": {"min": 3}},
    },
    "slices": ["region"],
    "windows": ["hour", "day"],
    "limits": {"min_rows": 50, "min_cell": 5, "lateness": "1h"},
}
RULES = [{"rule_id": "of_means", "family": "sla", "metric": "mean,max", "kind": "relative",
          "warn": "0.1"},
         {"rule_id": "unheard_of", "family": "sla", "metric": "p42", "kind": "relative",
          "warn": "0.1"}]  # fmt: skip


def rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    count = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(count) * 86_400 / PER_DAY, unit="s")
    region = random.choice(["north", "south"], count, p=[0.6, 0.4])
    is_slow = (region == "south") & (at >= SLOW) & (at < SLOW + pd.Timedelta("10h"))
    length = random.integers(3, 30, count)
    length[np.flatnonzero(at >= SHORT)[7]] = 1
    failing = (at >= FAILING) & (at < FAILING + pd.Timedelta("1D"))
    return pd.DataFrame(
        {
            "id": [f"r{number}" for number in range(count)],
            "at": at,
            "version": "v1",
            "region": region,
            "p": random.beta(2, 5, count),
            # its p95 is 105, which is unlike 120
            "latency_ms": random.lognormal(np.log(60), 0.34, count) * np.where(is_slow, 1.9, 1.0),
            "steady": random.lognormal(0, 0.4, count),
            "is_error": random.random(count) < np.where(failing, 0.03, 0.006),
            "list_length": length,
        }
    )


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return rows()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, log: pd.DataFrame) -> Project:
    project = Project(
        tmp_path_factory.mktemp("sla") / "shop",
        [MONITOR],
        tables={"scores": log, "rules": pd.DataFrame(RULES)},
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )
    project.build(str(START + pd.Timedelta(days=DAYS, hours=2)))
    return project


def test_what_is_agreed_on_stands_beside_what_was(project: Project, log: pd.DataFrame) -> None:
    signals = project.frame(
        "monitor_signals",
        "family = 'sla' and window_name = 'day' and model_version = '(all)' and slice_name = '(all)'",
    ).set_index(["subject", "metric", "window_start"])
    days = log.groupby(log["at"].dt.floor("D"))
    figures = {
        ("latency_ms", "p95"): (days["latency_ms"].quantile(0.95), LIMIT, 0.02),
        ("latency_ms", "mean"): (days["latency_ms"].mean(), 200, 1e-6),
        ("steady", "p95"): (days["steady"].quantile(0.95), STEADY_P95, 0.02),
        ("is_error", "rate"): (days["is_error"].mean(), ERRORS, 1e-9),
        ("list_length", "min"): (days["list_length"].min(), 3, 0.0),
    }
    # the last day is not complete
    assert len(signals) == len(figures) * (DAYS - 1)
    for (subject, metric), (truth, agreed, tolerance) in figures.items():
        found = signals.loc[(subject, metric)]
        assert (found["baseline_value"] == agreed).all()
        error = (found["value"] / truth.reindex(found.index) - 1).abs()
        assert error.max() <= tolerance, (subject, metric)
    assert signals.loc[("steady", "p95")]["value"].gt(STEADY_P95).sum() > 3


def test_what_passes_it_is_told_and_nothing_else(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "family = 'sla' and state <> 'pending'")
    told = alerts[alerts["inhibited_by"].isna()].set_index("subject")
    # the errors of every place are those of the whole; steady is passed by chance alone
    assert set(alerts["subject"]) == set(told.index) == {"latency_ms", "is_error", "list_length"}
    slow = told.loc["latency_ms"]
    assert (slow["metric"], slow["rule_id"], slow["severity"]) == ("p95", "sla", "critical")
    assert (slow["slice_name"], slow["slice_value"]) == ("region", "south")
    assert abs(slow["since"] - SLOW) <= pd.Timedelta("1h")
    assert slow["message"].startswith("shop: latency_ms p95 is 1")
    assert "above the limit 120 (+" in slow["message"]
    failing = told.loc["is_error"]
    assert (failing["slice_name"], failing["since"].floor("D")) == ("(all)", FAILING)
    assert "above the limit 1.0% (+" in failing["message"]
    short = told.loc["list_length"]
    assert (short["rule_id"], short["metric"]) == ("sla_minimum", "min")
    assert "list_length min is 1, below the limit 3 (-67%)" in short["message"]
    assert short["since"].floor("D") == SHORT
    assert short["state"] == "resolved"


def test_its_query_counts_it_again(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "family = 'sla' and state <> 'pending'")
    with project.connect() as connection:
        for alert in alerts.to_dict("records"):
            [value, count] = connection.execute(alert["reproduce_sql"]).fetchone()
            assert value == pytest.approx(alert["current_value"], rel=0.02)
            assert count > 0


def test_a_rule_of_ones_own_names_figures_by_a_pattern(project: Project) -> None:
    counted = project.frame("monitor_rule_runs").set_index("rule_id")
    assert pd.isna(counted.loc["of_means", "problem"])
    assert counted.loc["of_means", "judged"] > 0
    assert "metric: not one of sla. Valid: p01, p05" in counted.loc["unheard_of", "problem"]
