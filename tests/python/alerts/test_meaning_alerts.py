"""A feature that says the opposite for three days, lists in a poor order, a proxy that is worth less,
decisions that do not pay: each is said once, and neither what is quiet nor the way back is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 44
BROKEN = START + pd.Timedelta("28D")
REPAIRED = BROKEN + pd.Timedelta("3D")
AS_OF = START + pd.Timedelta(f"{DAYS}D") + pd.Timedelta("6h")
PER_DAY = 2_000
REQUESTS, LENGTH = 700, 6

LOANS: dict[str, Any] = {
    "name": "loans",
    "predictions": {"source": ["logs", "scores"], "time": "at", "id": "id", "version": "version"},
    "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": 0.5}},
    "features": {"age": {"importance": 0.5}, "city": {"type": "categorical", "importance": 0.5}},
    "outcomes": {
        "source": ["logs", "events"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {
            "reply": {"matures_after": "1h", "otherwise": 0},
            "repaid": {"matures_after": "1d", "otherwise": 0, "proxy": "reply"},
        },
    },
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200},
}
OFFERS: dict[str, Any] = {
    "name": "offers",
    "predictions": {"source": ["logs", "offered"], "time": "at", "id": "id"},
    "scores": {
        "p": {"kind": "binary", "outcome": "sold", "threshold": 0.5},
        "price": {"kind": "regression", "outcome": "paid"},
    },
    "outcomes": {
        "source": ["logs", "sales"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {
            "sold": {"matures_after": "1h", "otherwise": 0},
            "paid": {"matures_after": "1h"},
        },
    },
    "costs": {"true_positive": 10, "false_positive": -10},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200},
}
# the default rule judges lists as deep as any: this one at the top
RULES = [
    *(
        {
            "rule_id": f"worth_{metric}", "family": "worth", "metric": metric, "kind": "relative",
            "direction": "below", "baseline": "history", "window_name": "day", "warn": 0.1,
            "critical": 0.3,
        }
        for metric in ("value_per_decision", "roi", "gain_share")
    ),
    {
        "rule_id": "biased", "family": "performance", "metric": "bias", "kind": "delta",
        "direction": "both", "baseline": "history", "window_name": "day", "warn": 2,
        "critical": 10,
    },
    {
        "rule_id": "top_of_lists", "family": "ranking", "metric": "ndcg@3", "kind": "relative",
        "direction": "below", "baseline": "history", "window_name": "day", "warn": 0.05,
        "critical": 0.1,
    },
]  # fmt: skip
FEED: dict[str, Any] = {
    "name": "feed",
    "problem": "ranking",
    "predictions": {"source": ["logs", "shown"], "time": "at", "id": "id", "request": "request"},
    "scores": {"p_click": {"outcome": "click"}},
    "ranking": {"order_by": "p_click", "ks": [3, 5]},
    "outcomes": {
        "source": ["logs", "clicks"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "kinds": {"click": {"matures_after": "1h", "otherwise": 0}},
    },
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200},
}


def happened(ids: pd.Series, at: pd.Series, which: np.ndarray, name: str) -> pd.DataFrame:
    when = at[which] + pd.Timedelta("5min")
    return pd.DataFrame({"id": ids[which], "outcome": name, "value": 1, "at": when})


def loans() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(21)
    size = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(size) * 86_400 // PER_DAY, unit="s")
    log = pd.DataFrame({"id": [f"l{number}" for number in range(size)], "at": at, "version": "v1"})
    log["age"] = random.normal(40, 10, size)
    log["city"] = random.choice(["a", "b", "c"], size)
    log["p"] = random.beta(2, 6, size)
    broken = (log["at"] >= BROKEN) & (log["at"] < REPAIRED)
    effect = 0.2 * np.tanh((log["age"] - 40) / 10) * np.where(broken, -1, 1)
    repaid = random.random(size) < np.clip(log["p"] + effect, 0.01, 0.99)
    replied = random.random(size) < np.where(repaid, 0.8, 0.3)
    return log, pd.concat(
        [
            happened(log["id"], log["at"], replied, "reply"),
            happened(log["id"], log["at"], repaid, "repaid"),
        ]
    )


def feed() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(22)
    size = DAYS * REQUESTS * LENGTH
    request = np.arange(size) // LENGTH
    at = START + pd.to_timedelta(request * (86_400 // REQUESTS), unit="s")
    log = pd.DataFrame({"id": [f"f{number}" for number in range(size)], "at": at})
    log["request"] = [f"r{number}" for number in request]
    true = random.beta(1, 4, size)
    broken = (log["at"] >= BROKEN) & (log["at"] < REPAIRED)
    log["p_click"] = np.where(broken, random.permutation(true), true)
    clicked = random.random(size) < true
    return log, happened(log["id"], log["at"], clicked, "click").drop(columns="outcome")


def offers() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(23)
    size = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(size) * 86_400 // PER_DAY, unit="s")
    log = pd.DataFrame({"id": [f"o{number}" for number in range(size)], "at": at})
    broken = (log["at"] >= BROKEN) & (log["at"] < REPAIRED)
    log["p"] = random.beta(2, 2, size)
    sold = random.random(size) < log["p"] * np.where(broken, 0.5, 1)
    paid = random.normal(40, 8, size)
    log["price"] = paid + random.normal(0, 5, size) + np.where(broken, 4, 0)
    prices = happened(log["id"], log["at"], np.full(size, True), "paid").assign(value=paid)
    return log, pd.concat([happened(log["id"], log["at"], sold, "sold"), prices])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(
        tmp_path_factory.mktemp("meaning") / "shop",
        [LOANS, FEED, OFFERS],
        tables={"rules": pd.DataFrame(RULES)},
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )
    for names, tables in (
        (("scores", "events"), loans()),
        (("shown", "clicks"), feed()),
        (("offered", "sales"), offers()),
    ):
        for name, table in zip(names, tables, strict=True):
            project.load(name, table)
    project.build(str(AS_OF))
    return project


def test_a_feature_that_says_the_opposite(project: Project) -> None:
    found = project.frame(
        "monitor_alerts", "family = 'concept' and state <> 'pending' and model_version = '(all)'"
    )
    assert set(found["subject"]) >= {"age"}
    day = found[(found["subject"] == "age") & (found["window_name"] == "day")]
    assert len(day) == 1, "and none on the way back, a week later"
    alert = day.iloc[0]
    assert (alert["severity"], alert["state"]) == ("critical", "resolved")
    assert alert["since"] == BROKEN
    assert alert["last_seen_at"] <= REPAIRED + pd.Timedelta("1D")
    assert "relationship between age and repaid changed: repaid differs by" in alert["message"]
    assert alert["recommended_action"] == "retrain"
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"])
    assert not (found["subject"] == "city").any()
    assert (found["since"] >= BROKEN).all()
    assert (found["since"] < REPAIRED + pd.Timedelta("7D")).all()


def test_lists_in_a_poor_order(project: Project) -> None:
    found = project.frame(
        "monitor_alerts", "rule_id = 'ranking' and state <> 'pending' and model_version = '(all)'"
    )
    day = found[found["window_name"] == "day"]
    assert len(day) == 1
    alert = day.iloc[0]
    assert (alert["subject"], alert["metric"], alert["severity"]) == ("p_click", "ndcg", "critical")
    assert alert["since"] == BROKEN
    assert "ranking by p_click: ndcg fell to" in alert["message"]
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"])
    assert again["k"].iloc[0] == 5
    signals = project.frame("monitor_signals", "family = 'ranking' and metric = 'ndcg'")
    table = project.frame("monitor_ranking", "k = 5").set_index("window_end")
    for row in signals[signals["window_name"] == "day"].itertuples():
        of_day = table[table["window_name"] == "day"].loc[[row.window_end]]
        assert row.value in list(of_day["ndcg"])


def test_lists_at_another_depth(project: Project) -> None:
    found = project.frame(
        "monitor_alerts",
        "rule_id = 'top_of_lists' and state <> 'pending' and model_version = '(all)'",
    )
    assert len(found) == 1
    alert = found.iloc[0]
    assert (alert["subject"], alert["metric"], alert["severity"]) == (
        "p_click", "ndcg@3", "critical",
    )  # fmt: skip
    assert alert["since"] == BROKEN
    assert "ranking by p_click: ndcg@3 fell to" in alert["message"]
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"])
    assert again["k"].iloc[0] == 3
    told = project.frame("monitor_signals", "family = 'ranking'")
    assert set(told["metric"]) == {"ndcg", "ndcg@3"}, "what no rule names is no signal"


def test_a_proxy_that_goes_on_as_it_was_is_quiet(project: Project) -> None:
    signals = project.frame("monitor_signals", "family = 'proxies'")
    assert set(signals["metric"]) == {"outcome_given_proxy"}, "what no rule names is no signal"
    assert signals["history_windows"].max() >= 14
    assert project.frame("monitor_alerts", "family = 'proxies'").empty


def test_decisions_that_do_not_pay(project: Project) -> None:
    """Half of what was sold is not: each of the three ways to count it is told, with what it follows from."""
    found = project.frame(
        "monitor_alerts", "family = 'worth' and state <> 'pending' and model_version = '(all)'"
    )
    assert sorted(found["metric"]) == ["gain_share", "roi", "value_per_decision"]
    assert (found["since"] == BROKEN).all()
    assert (found["severity"] == "critical").all()
    assert (found["state"] == "resolved").all()
    assert (found["layer"] == "business").all()
    incidents = project.frame("monitor_incidents", "monitor = 'offers'")
    assert (found["recommended_action"] == "adjust_policy").all()
    assert found["incident_id"].nunique() == 1
    incident = incidents[incidents["incident_id"] == found["incident_id"].iloc[0]].iloc[0]
    assert incident["family"] != "worth", "what follows does not speak"
    whole = project.frame("monitor_value", "window_name = 'day' and model_version = '(all)'")
    table = whole.set_index("window_end")
    for alert in found.to_dict("records"):
        again = project.query(alert["reproduce_sql"])
        assert again["value"].iloc[0] == pytest.approx(alert["current_value"])
        assert alert["current_value"] == table.loc[alert["last_seen_at"], alert["metric"]]
    messages = found.set_index("metric")["message"]
    assert "value per decision by p is " in messages["value_per_decision"]
    assert "return on cost of decisions by p fell to " in messages["roi"]
    assert "share of the possible gain that decisions by p reach fell to " in messages["gain_share"]


def test_numbers_that_are_too_high(project: Project) -> None:
    found = project.frame(
        "monitor_alerts", "rule_id = 'biased' and state <> 'pending' and model_version = '(all)'"
    )
    assert len(found) == 1
    alert = found.iloc[0]
    assert (alert["subject"], alert["severity"], alert["since"]) == ("price", "warn", BROKEN)
    assert alert["current_value"] == pytest.approx(4, abs=0.5)
    assert "price bias rose to " in alert["message"]
    again = project.query(alert["reproduce_sql"])
    assert again["value"].iloc[0] == pytest.approx(alert["current_value"])
