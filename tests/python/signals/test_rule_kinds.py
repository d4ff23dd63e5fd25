"""Control charts, the usual of a weekday or an hour of the week, budgets over two windows: each finds
what it is for, where the default rules cannot, and nothing else in eight weeks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..engines.test_engines import IGNORED
from ..harness.engine_tables import all_differences
from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")  # a Monday
DAYS, PER_DAY = 56, 4_800
STEP = pd.Timedelta("18s")
AS_OF = START + pd.Timedelta(f"{DAYS}D") + pd.Timedelta("6h")
MORE_REFUSED = START + pd.Timedelta("45D")  # 3.6 instead of 2% for a day
LIKE_A_SUNDAY = START + pd.Timedelta("44D")  # a Wednesday
LIKE_A_MONDAY = START + pd.Timedelta("50D 9h")  # a Tuesday
BURNT = START + pd.Timedelta("46D")  # 12% fail for a day
LEARNT = START + pd.Timedelta("15D")
WHOLE = "model_version = '(all)'"

MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {"source": ["logs", "scores"], "time": "at", "id": "id"},
    "scores": {"p": {}},
    "features": {"income": {"importance": 0.8}},
    "metrics": {
        "refused": {"numerator": "refused", "denominator": 1},
        "batch": {"numerator": "batch", "denominator": 1},
        "failures": {"numerator": "failed", "denominator": 1},
        "revenue": {"numerator": "revenue", "expected": "seasonal"},
    },
    "windows": ["hour", "day", "7d"],
    "limits": {"min_rows": 100},
}
KINDS: list[dict[str, Any]] = [
    {
        "rule_id": "refused_chart", "family": "metrics", "subject": "refused", "metric": "value",
        "kind": "control_chart", "direction": "both", "warn": "4", "critical": "6",
    },
    {
        "rule_id": "income_season", "family": "quality", "subject": "income",
        "metric": "missing_rate", "kind": "seasonal", "warn": "0.5", "critical": "2",
    },
    {
        "rule_id": "income_points", "family": "quality", "subject": "income",
        "metric": "missing_rate", "kind": "delta", "baseline": "seasonal", "warn": "0.1",
        "critical": "0.5",
    },
    {
        "rule_id": "batch_hour", "family": "metrics", "subject": "batch", "metric": "value",
        "window_name": "hour", "kind": "seasonal", "warn": "1", "critical": "100",
    },
    {
        "rule_id": "failures_burn", "family": "metrics", "subject": "failures", "metric": "value",
        "window_name": "7d", "short_window": "day", "error_budget": "0.01", "kind": "burn_rate",
        "warn": "1.3", "critical": "6",
    },
    {
        "rule_id": "revenue_season", "family": "volume", "subject": "revenue", "metric": "value",
        "kind": "seasonal", "direction": "both", "warn": "0.5",
    },
    {
        "rule_id": "rows_chart", "family": "volume", "subject": "volume", "metric": "row_count",
        "kind": "control_chart", "direction": "both", "warn": "4",
    },
]  # fmt: skip
BURN: dict[str, Any] = KINDS[4]
SLIPS: list[dict[str, Any]] = [
    {"rule_id": "chart_of_drift", "family": "drift", "metric": "psi", "kind": "control_chart", "warn": "3"},
    {"rule_id": "season_of_gini", "family": "concentration", "metric": "gini", "kind": "seasonal", "warn": "1"},
    {**BURN, "rule_id": "no_budget", "error_budget": None},
    {**BURN, "rule_id": "whole_budget", "error_budget": "1"},
    {**BURN, "rule_id": "much_budget", "error_budget": "much"},
    {**BURN, "rule_id": "no_short", "short_window": None},
    {**BURN, "rule_id": "longer", "window_name": "day", "short_window": "7d"},
    {**BURN, "rule_id": "burns_below", "direction": "below"},
    {**KINDS[0], "rule_id": "idle_budget", "error_budget": "0.01"},
    {**KINDS[1], "rule_id": "season_of_weeks", "window_name": "7d"},
    {**BURN, "rule_id": "no_window", "window_name": "30d"},
]  # fmt: skip


def log() -> pd.DataFrame:
    random = np.random.default_rng(31)
    size = DAYS * PER_DAY
    rows = pd.DataFrame({"id": [f"s{number}" for number in range(size)]})
    rows["at"] = START + np.arange(size) * STEP
    day, weekend = rows["at"].dt.normalize(), rows["at"].dt.day_of_week >= 5
    rows["p"] = random.beta(2, 5, size)
    missing = np.where(weekend | (day == LIKE_A_SUNDAY), 0.3, 0.05)
    rows["income"] = np.where(random.random(size) < missing, np.nan, random.lognormal(8, 0.5, size))
    rows["refused"] = random.random(size) < np.where(day == MORE_REFUSED, 0.036, 0.02)
    monday = (rows["at"].dt.day_of_week == 0) & (rows["at"].dt.hour == 9)
    tuesday = rows["at"].dt.floor("h") == LIKE_A_MONDAY
    rows["batch"] = random.random(size) < np.where(monday | tuesday, 0.6, 0.1)
    rows["failed"] = random.random(size) < np.where(day == BURNT, 0.12, 0.003)
    rows["revenue"] = random.gamma(2, 5, size) * np.where(weekend, 4, 1)
    return rows


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return log()


POLICY = {"alert_rules": {"source": ["logs", "rules"]}}


def tables(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"scores": rows, "rules": pd.DataFrame([*KINDS, *SLIPS])}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame) -> Project:
    folder = tmp_path_factory.mktemp("kinds") / "shop"
    project = Project(folder, [MONITOR], tables(rows), POLICY)
    project.build(str(AS_OF))
    return project


def told(project: Project, rule_id: str) -> pd.Series:
    """The one alert that the rule has, of the whole."""
    found = project.frame("monitor_alerts", f"rule_id = '{rule_id}' and {WHOLE}")
    assert len(found) == 1, found[["subject", "opened_at", "message"]].to_string()
    alert = found.iloc[0]
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"])
    return alert


def judged(project: Project, rule_id: str, end: pd.Timestamp) -> pd.Series:
    found = project.frame(
        "monitor_judgements", f"rule_id = '{rule_id}' and {WHOLE} and window_end = '{end}'"
    )
    assert len(found) == 1
    return found.iloc[0]


def signal(project: Project, of: str, end: pd.Timestamp) -> pd.Series:
    found = project.frame("monitor_signals", f"{of} and {WHOLE} and window_end = '{end}'")
    assert len(found) == 1
    return found.iloc[0]


def daily(values: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return values.groupby(rows["at"].dt.normalize()).mean()


def test_a_control_chart_measures_in_deviations(project: Project, rows: pd.DataFrame) -> None:
    alert = told(project, "refused_chart")
    assert alert["opened_at"] == MORE_REFUSED + pd.Timedelta("1D")
    assert alert["since"].normalize() == MORE_REFUSED
    assert "refused rose to 3." in alert["message"]
    assert "normally 2." in alert["message"] or "normally 1.9" in alert["message"]
    shares = daily(rows["refused"].astype(float), rows)
    past = shares[MORE_REFUSED - pd.Timedelta("28D") : MORE_REFUSED - pd.Timedelta("1D")]
    spread = (past.quantile(0.75) - past.quantile(0.25)) / 1.349
    end = MORE_REFUSED + pd.Timedelta("1D")
    noise = signal(project, "subject = 'refused' and window_name = 'day'", end)["noise_floor"]
    # what chance makes of a share of so many independent rows, about
    assert noise == pytest.approx(3.09 * np.sqrt(0.036 * 0.964 / PER_DAY), rel=0.2)
    z = (shares[MORE_REFUSED] - past.median()) / max(spread, noise / 3.09)
    assert z > 4
    breach = judged(project, "refused_chart", end)
    assert breach["effect"] == pytest.approx(z)
    assert breach["severity"] == ("critical" if z >= 6 else "warn")


def of_the_weekday(values: pd.Series, at: pd.Timestamp) -> tuple[float, float]:
    """What is usual at the same time of the week, and one deviation of it: values by start."""
    week = pd.Timedelta("7D")
    usual = float(np.median([values[at - number * week] for number in range(1, 5)]))
    steps = [
        abs(
            values[at - pd.Timedelta(f"{number}D")] - values[at - pd.Timedelta(f"{number}D") - week]
        )
        for number in range(1, 29)
        if at - pd.Timedelta(f"{number}D") - week >= START
    ]
    return usual, float(np.median(steps)) / 0.6745 / np.sqrt(2) * np.sqrt(1 + 1.5708 / 4)


def test_a_sunday_that_is_as_sundays_are_is_nothing_unusual(
    project: Project, rows: pd.DataFrame
) -> None:
    found = project.frame(
        "monitor_signals",
        "family = 'quality' and metric = 'missing_rate' and subject = 'income'"
        f" and baseline = 'history' and window_name = 'day' and history_windows >= 14 and {WHOLE}",
    )
    shares = daily(rows["income"].isna().astype(float), rows)
    day = pd.Timedelta("1D")
    sundays = 0
    for signal in found.to_dict("records"):
        at = signal["window_end"] - day
        past = shares[at - 28 * day : at - day]
        spread = (past.quantile(0.75) - past.quantile(0.25)) / 1.349
        chance = signal["dispersion"] * past.median() * (1 - past.median()) / signal["sample_size"]
        scale = max(spread, 0.005, np.sqrt(chance))
        same = past[past.index.day_of_week == at.day_of_week]
        usual = sorted([past.median(), same.median()])
        # what lies beyond both counts, from the farther one on
        nearest = min(max(shares[at], usual[0]), usual[1])
        assert signal["z"] == pytest.approx((shares[at] - nearest) / scale, abs=1e-9), at
        if at.day_of_week == 6:
            sundays += 1
            assert abs(signal["z"]) < 1, at
    assert sundays >= 5


def test_a_wednesday_like_a_sunday(project: Project, rows: pd.DataFrame) -> None:
    of = "family = 'quality' and metric = 'missing_rate' and subject = 'income' and window_name = 'day'"
    end = LIKE_A_SUNDAY + pd.Timedelta("1D")
    shares = daily(rows["income"].isna().astype(float), rows)
    usual, deviation = of_the_weekday(shares, LIKE_A_SUNDAY)
    found = signal(project, f"{of} and baseline = 'seasonal'", end)
    assert found["value"] == pytest.approx(shares[LIKE_A_SUNDAY])
    assert found["baseline_value"] == pytest.approx(usual)
    assert found["history_deviation"] == pytest.approx(deviation)
    assert found["history_windows"] == 28
    assert found["z"] == pytest.approx((shares[LIKE_A_SUNDAY] - usual) / found["history_scale"])

    alert = told(project, "income_season")
    assert (alert["opened_at"], alert["severity"]) == (end, "critical")
    assert "income missing in 30% of rows (normally 5." in alert["message"] or (
        "income missing in 30% of rows (normally 4.9" in alert["message"]
    )
    effect = judged(project, "income_season", end)["effect"]
    assert effect == pytest.approx(shares[LIKE_A_SUNDAY] / usual - 1 - found["noise_floor"] / usual)
    points = told(project, "income_points")
    assert points["opened_at"] == end
    assert judged(project, "income_points", end)["effect"] == pytest.approx(
        shares[LIKE_A_SUNDAY] - usual - found["noise_floor"]
    )
    # the default knows no weekdays: it takes Saturdays for news, and a Wednesday among them for none
    default = project.frame("monitor_alerts", "rule_id = 'critical_feature_missing'")
    assert set(default["opened_at"].dt.day_name()) == {"Sunday"}


def test_an_hour_like_that_of_monday(project: Project, rows: pd.DataFrame) -> None:
    alert = told(project, "batch_hour")
    end = LIKE_A_MONDAY + pd.Timedelta("1h")
    assert (alert["opened_at"], alert["since"]) == (end, LIKE_A_MONDAY)
    assert "at this hour of the week)" in alert["message"]
    hours = rows["batch"].astype(float).groupby(rows["at"].dt.floor("h")).mean()
    usual, deviation = of_the_weekday(hours, LIKE_A_MONDAY)
    of = "subject = 'batch' and window_name = 'hour' and baseline = 'seasonal'"
    found = signal(project, of, end)
    assert found["baseline_value"] == pytest.approx(usual)
    assert found["history_deviation"] == pytest.approx(deviation)


def test_a_budget_that_burns_over_both_windows(project: Project, rows: pd.DataFrame) -> None:
    alert = told(project, "failures_burn")
    end = BURNT + pd.Timedelta("1D")
    assert alert["opened_at"] == end
    assert alert["state"] == "resolved"
    assert alert["resolved_at"] == end + pd.Timedelta("2D"), "the day is quiet, the week is not yet"
    assert "error budget of 1.00% burns 2." in alert["message"] or "burns 1.9 ×" in alert["message"]
    assert "× as fast as allowed (over 7d and day)" in alert["message"]
    failed = daily(rows["failed"].astype(float), rows)
    week = signal(project, "subject = 'failures' and window_name = '7d'", end)
    day = signal(project, "subject = 'failures' and window_name = 'day'", end)
    assert week["value"] == pytest.approx(failed[end - pd.Timedelta("7D") : BURNT].mean())
    effect = judged(project, "failures_burn", end)["effect"]
    assert effect == pytest.approx(
        min(week["value"] - week["noise_floor"], day["value"] - day["noise_floor"]) / 0.01
    )
    assert judged(project, "failures_burn", end + pd.Timedelta("1D"))["outcome"] == "clear"


def test_volumes_know_their_weekdays(project: Project) -> None:
    for rule_id in ("revenue_season", "rows_chart"):
        runs = project.frame("monitor_rule_runs", f"rule_id = '{rule_id}'")
        assert runs["judged"].sum() > 0
        assert project.frame("monitor_alerts", f"rule_id = '{rule_id}'").empty


def test_what_is_usual_is_learnt_first(project: Project) -> None:
    kinds = ", ".join(f"'{rule['rule_id']}'" for rule in KINDS if rule is not BURN)
    assert project.frame(
        "monitor_judgements",
        f"rule_id in ({kinds}) and family <> 'volume' and window_end < '{LEARNT}'",
    ).empty


def test_nobody_gets_a_season_unasked(project: Project) -> None:
    seasonal = project.frame("monitor_judgements", "baseline = 'seasonal'")
    assert set(seasonal["rule_id"]) <= {"income_season", "income_points", "batch_hour"}
    signals = project.query(
        "select distinct family, subject, metric, window_name from monitor_signals "
        "where baseline = 'seasonal' and family in ('quality', 'metrics')"
    )
    assert set(signals.itertuples(index=False, name=None)) == {
        ("quality", "income", "missing_rate", "day"),
        ("metrics", "batch", "value", "hour"),
    }


def test_slips_stop_no_other(project: Project) -> None:
    runs = project.frame("monitor_rule_runs").set_index("rule_id")
    for rule in KINDS:
        assert runs.loc[rule["rule_id"], "status"] == "ok", runs.loc[rule["rule_id"], "problem"]
    problems = runs["problem"].dropna()
    assert set(problems.index) == {slip["rule_id"] for slip in SLIPS}
    expected = {
        "chart_of_drift": "kind: control_chart is for quality, metrics, volume, concentration, ",
        "season_of_gini": "kind: seasonal is for quality, metrics, volume. Got: concentration.",
        "no_budget": "error_budget: the share of rows that may be bad, above 0 and below 1. Got: nothing.",
        "whole_budget": "above 0 and below 1. Got: 1.",
        "much_budget": "above 0 and below 1. Got: much.",
        "no_short": "Got: 7d, nothing.",
        "longer": "Got: day, 7d.",
        "burns_below": "direction: kind burn_rate needs above.",
        "idle_budget": "error_budget, short_window: only for kind burn_rate. Got: control_chart.",
    }  # fmt: skip
    for rule_id, words in expected.items():
        assert words in problems[rule_id]
    for rule_id in ("season_of_weeks", "no_window"):
        assert runs.loc[rule_id, "status"] == "matches_nothing"


def test_a_rule_without_a_budget_is_the_one_it_was(project: Project) -> None:
    rules = project.frame("int_monitor__rules").set_index("rule_id")
    # as it was before rules could have budgets
    assert rules.loc["slow_drift", "rule_version"] == "b1945e6e"
    versions = rules.loc[[rule["rule_id"] for rule in KINDS], "rule_version"]
    assert versions.is_unique


def test_postgres_judges_alike(
    project: Project, rows: pd.DataFrame, postgres: Server, tmp_path: Path
) -> None:
    other = PostgresProject(tmp_path / "shop", postgres, "kinds", [MONITOR], tables(rows), POLICY)
    other.build(str(AS_OF))
    connection, names = other.beside(project)
    assert all_differences(connection, names, IGNORED) == []
