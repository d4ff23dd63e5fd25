"""From logs to alerts in a small project: rules of one's own, what vanishes, what is late."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

DAYS = 34
PER_DAY = 700
START = pd.Timestamp("2026-03-02")
BROKEN = START + pd.Timedelta(
    days=30, hours=9
)  # income is missing in half of the south (a value with a +) from then
VANISHED = START + pd.Timedelta(days=31)  # no row of the islands from then
CLIPPED = START + pd.Timedelta(days=32)  # no score above 0.42 from then
SURE = START + pd.Timedelta(days=32)  # what was low or high of another score is nearly 0 or 1
AS_OF = START + pd.Timedelta(days=DAYS, hours=3)

MONITOR: dict[str, Any] = {
    "name": "loans",
    "owner": "credit",
    "runbook": "https://runbooks.example.com/loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "scored_at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "model_version",
    },
    "scores": {"p_default": {}, "p_fraud": {"kind": "binary"}},
    "features": {
        "income": {"importance": 0.8, "min": 0},
        "purpose": {"type": "categorical", "importance": 0.1},
    },
    "operations": {"is_error": {"type": "boolean"}},
    "slices": ["region"],
    "windows": ["hour", "day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 5, "lateness": "2h"},
}

RULES = [
    {"rule_id": "slow_drift", "enabled": "false"},
    {"rule_id": "slice_volume", "critical": "0.6", "owner": "data-platform"},
    {"rule_id": "no_metric", "family": "quality", "metric": "mising_rate", "warn": "0.1"},
    {"rule_id": "no_monitor", "monitor": "lones", "family": "drift", "metric": "psi", "warn": "1"},
    {"rule_id": "no_subject", "subject": "incme*", "family": "drift", "metric": "psi", "warn": "1"},
    {"rule_id": "backwards", "family": "drift", "metric": "psi", "warn": "0.5", "critical": "0.1"},
    {"rule_id": "no_number", "family": "drift", "metric": "psi", "warn": "much"},
    {"rule_id": "no_distance", "family": "drift", "metric": "psi", "warn": "0"},
    {"rule_id": "scores_at_maximum", "critical": "0.9", "valid_from": "2026-13-01"},
    {"rule_id": "no_word", "family": "drift", "metric": "psi", "warn": "1", "enabled": "perhaps"},
    {"rule_id": "no_count", "family": "drift", "metric": "psi", "warn": "1", "min_rows": "many"},
    {
        "rule_id": "no_floor", "family": "performance", "metric": "recall", "kind": "static",
        "direction": "below", "warn": "0.5", "critical": "0.8",
    },
    {
        "rule_id": "no_sense", "monitor": "lones", "family": "drift", "metric": "psy",
        "kind": "burn_rate", "direction": "up", "warn": "2", "critical": "1", "error_budget": "some",
        "short_window": "hour", "for_windows": "0", "clear_windows": "few", "clear_below": "3",
        "is_safety": "perhaps", "valid_from": "soon",
    },
    {
        "rule_id": "later", "family": "quality", "metric": "missing_rate", "kind": "delta",
        "warn": "0.01", "subject": "income", "valid_from": "2027-01-01",
    },
]  # fmt: skip


def log() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    count = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.sort(generator.uniform(0, DAYS * 86_400, count)), unit="s")
    region = generator.choice(["north", "south+", "isles"], count, p=[0.5, 0.35, 0.15])
    income = generator.lognormal(8, 0.5, count)
    broken = (at >= BROKEN) & (region == "south+") & (generator.random(count) < 0.5)
    score = generator.beta(2, 8, count)
    rank = np.random.default_rng(6).random(count)
    sure = np.select([rank < 0.1, rank > 0.9], [0.1 * rank, 0.9 + 0.1 * rank], 0.02 + 0.96 * rank)
    rows = pd.DataFrame({
        "id": [f"p{number}" for number in range(count)],
        "scored_at": at,
        "loaded_at": at + pd.Timedelta(minutes=5),
        "model_version": "v1",
        "p_default": np.where(at >= CLIPPED, np.minimum(score, 0.42), score),
        "p_fraud": np.where(at >= SURE, sure, 0.02 + 0.96 * rank),
        "income": np.where(broken, np.nan, income),
        "purpose": generator.choice(["car", "home", "study"], count),
        "is_error": generator.random(count) < 0.002,
        "region": region,
    })  # fmt: skip
    return rows[(rows["region"] != "isles") | (rows["scored_at"] < VANISHED)]


def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(
        tmp_path_factory.mktemp("alerting") / "project",
        monitors=[MONITOR],
        tables={"scores": log(), "rules": pd.DataFrame(RULES)},
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = made(tmp_path_factory)
    project.build(as_of=AS_OF.isoformat())
    return project


def alerts(project: Project, where: str = "true") -> pd.DataFrame:
    return project.query(f"select * from monitor_alerts where {where} order by opened_at, alert_id")


def test_rules_of_ones_own_change_the_defaults_and_mistakes_stop_no_other(project: Project) -> None:
    runs = project.frame("monitor_rule_runs").set_index("rule_id")
    assert runs.loc["slow_drift", "status"] == "disabled"
    assert runs.loc["timeout_rate", "status"] == "nothing_to_judge"
    assert runs.loc["critical_feature_missing", "judged"] > 0
    assert runs.loc["later", "status"] == "ok"
    assert runs.loc["later", "judged"] == 0, "not valid yet"
    problems = runs["problem"].dropna()
    assert set(problems.index) == {
        "no_metric", "no_monitor", "no_subject", "backwards", "no_number", "no_word", "no_count",
        "no_floor", "no_distance", "scores_at_maximum", "no_sense",
    }  # fmt: skip
    assert "Valid: missing_rate, unseen_share" in problems["no_metric"]
    assert "Got: mising_rate." in problems["no_metric"]
    assert "Valid: loans. Got: lones." in problems["no_monitor"]
    assert runs.loc["no_subject", "status"] == "matches_nothing"
    assert "Got: 0.5 and 0.1." in problems["backwards"]
    assert "Got: much" in problems["no_number"]
    assert "above 0 (for a floor: 0 or more). Got: 0, nothing." in problems["no_distance"]
    assert problems["scores_at_maximum"] == "valid_from: not a date or time. Got: 2026-13-01."
    assert runs.loc["scores_at_maximum", "judged"] > 0, "the default goes on"
    assert problems["no_word"] == "enabled: true or false. Got: perhaps."
    assert problems["no_count"] == "min_rows: a number is expected. Got: many."
    assert "Got: 0.5 and 0.8." in problems["no_floor"], "a floor is the graver the lower it is"
    for slip in (
        "metric: not one of drift.", "kind: burn_rate is for", "direction: kind burn_rate needs",
        "error_budget: the share", "warn lies beyond critical", "clear_windows: a number",
        "is_safety: true or false", "for_windows, clear_windows: at least 1", "clear_below: a share",
        "valid_from: not a date or time", "monitor: unknown",
    ):  # fmt: skip
        assert problems["no_sense"].count(slip) == 1, (slip, problems["no_sense"])


def test_the_budget_of_all_default_rules_is_one(project: Project) -> None:
    rules = project.frame("monitor_alert_rules")
    total = rules["false_alarms_per_monitor_28d"].astype(float).sum()
    assert total == pytest.approx(1.0)
    assert total <= 1.0 + 1e-9


def test_a_broken_slice_is_found_dated_and_told_in_a_sentence(project: Project) -> None:
    found = alerts(project, "subject = 'income' and inhibited_by is null")
    assert len(found) == 1, found[["rule_id", "slice_value", "message"]].to_string()
    alert = found.iloc[0]
    assert (alert["family"], alert["slice_value"]) == ("quality", "south+")
    assert alert["state"] == "firing"
    assert alert["severity"] == "critical"
    assert alert["owner"] == "credit"
    assert alert["message"].startswith("loans: income missing in 49% of rows")
    assert "(normally 0.0%) in south+ since 2026-04-01" in alert["message"]
    held = alerts(project, f"inhibited_by = '{alert['alert_id']}'")
    assert "(all)" in set(held["slice_value"]), "the whole is but an echo of it"


def test_a_vanished_slice_is_zero_and_not_absent(project: Project) -> None:
    signals = project.query(
        "select value, baseline_value from monitor_signals where family = 'volume' "
        f"and slice_value = 'isles' and window_start >= '{VANISHED}' order by window_end"
    )
    assert list(signals["value"]) == [0.0, 0.0]
    assert (signals["baseline_value"] > 80).all()
    alert = alerts(project, "family = 'volume'").iloc[0]
    assert alert["severity"] == "critical", "the rule of one's own is stricter"
    assert alert["owner"] == "data-platform"
    assert "volume down 100% in isles" in alert["message"]


def test_scores_that_are_clipped_pile_up(project: Project) -> None:
    """Three rows in a hundred: no distance over tenths of the rows sees it."""
    alert = alerts(project, "metric = 'at_max_share'").iloc[0]
    assert alert["rule_id"] == "scores_at_maximum"
    assert alert["since"] == CLIPPED
    assert pd.isna(alert["inhibited_by"])
    assert "p_default piled up at its maximum in" in alert["message"]
    assert alerts(project, "subject = 'p_default' and family = 'drift'").empty


def test_a_model_that_is_too_sure_of_itself(project: Project) -> None:
    alert = alerts(project, "metric = 'extreme_share'").iloc[0]
    assert (alert["rule_id"], alert["subject"]) == ("scores_extreme", "p_fraud")
    assert alert["since"] == SURE
    assert "p_fraud nearly 0 or nearly 1 in" in alert["message"]
    assert alerts(project, "subject = 'p_fraud' and family = 'drift'").empty, "no group has moved"
    rows = log()
    day = rows[(rows["scored_at"] >= SURE) & (rows["scored_at"] < SURE + pd.Timedelta("1D"))]
    day = day["p_fraud"]
    assert alert["current_value"] == pytest.approx(((day <= 0.01) | (day > 0.99)).mean())


def test_every_alert_counts_again_from_the_raw_log(project: Project) -> None:
    found = alerts(project)
    assert set(found["family"]) >= {"quality", "volume"}
    for alert in found.to_dict("records"):
        with project.connect() as connection:
            row = connection.execute(alert["reproduce_sql"]).fetchall()[0]
        if alert["family"] != "tail":
            assert float(row[0]) == pytest.approx(alert["current_value"], abs=1e-9), alert


def test_a_run_again_changes_nothing(project: Project) -> None:
    tables = ["monitor_alerts", "monitor_judgements", "monitor_signals"]
    before = project.dump(tables)
    project.build(as_of=AS_OF.isoformat())
    after = project.dump(tables)
    for name in tables:
        pd.testing.assert_frame_equal(before[name], after[name])


@pytest.mark.slow
def test_day_by_day_gives_the_alerts_of_a_catch_up(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same ids, states and speakers; only when each was noticed, and noticed to be critical, differs."""
    steps = made(tmp_path_factory)
    for days in (3, 2, 1, 0):
        steps.build(as_of=(AS_OF - pd.Timedelta(days=days)).isoformat())
    columns = "* exclude (detected_at, critical_at, reproduce_sql)"
    told = [
        each.query(f"select {columns} from monitor_alerts where family <> 'freshness' order by 1")
        for each in (project, steps)
    ]
    assert len(told[0]) > 3
    pd.testing.assert_frame_equal(*told)
    noticed = steps.query("select count(distinct detected_at) as n from monitor_alerts")
    assert noticed["n"].iloc[0] > 1


def test_a_log_that_is_late_fires_and_is_resolved_when_it_comes(project: Project) -> None:
    assert alerts(project, "family = 'freshness'").empty
    late = AS_OF + pd.Timedelta(hours=26)
    project.build(as_of=late.isoformat())
    found = alerts(project, "family = 'freshness'")
    assert list(found["state"]) == ["firing"]
    assert list(found["severity"]) == ["warn"]
    assert "predictions has had no new rows for 2" in found["message"].iloc[0]
    project.append("scores", log().tail(50).assign(
        id=[f"late{number}" for number in range(50)], scored_at=late, loaded_at=late,
    ))  # fmt: skip
    project.build(as_of=(late + pd.Timedelta(hours=1)).isoformat())
    again = alerts(project, "family = 'freshness'")
    assert list(again["state"]) == ["resolved"]
    assert list(again["alert_id"]) == list(found["alert_id"])


def test_what_duckdb_believes_changes_nothing(project: Project) -> None:
    assert project.believed() == []
