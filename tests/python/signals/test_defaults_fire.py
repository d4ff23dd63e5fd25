"""Each default rule on what it is there for: told of what is broken, since when it is, and of nothing else.

What other tests break by itself is not repeated here: versions against the champion, their training and
their first weeks (test_performance_baselines), lists and concepts (test_meaning_alerts, test_concept), the
cadence of a log (test_late_logs).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..config.test_default_rules import RULES
from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 43
BROKEN = START + pd.Timedelta("35D")
AS_OF = START + pd.Timedelta(days=DAYS, hours=6)
PER_DAY = 1_000

DATA: dict[str, Any] = {
    "name": "data",
    "predictions": {"source": ["logs", "data"], "time": "at", "id": "id"},
    "scores": {
        "half_missing": {"kind": "value"},
        "all_equal": {"kind": "value"},
        "at_bottom": {"kind": "binary"},
        "at_top": {"kind": "binary"},
        "sure": {"kind": "binary"},
        "unsure": {"kind": "binary", "low_confidence": 0.4},
        "long_tail": {"kind": "value"},
    },
    "features": {
        "age": {"critical": True},
        "income": {},
        "plan": {"type": "categorical", "critical": True},
        "city": {"type": "categorical"},
        "size": {"type": "numeric"},
        "height": {"min": 0, "max": 250},
        "hours_old": {"stale_above": 48},
        "visits": {},
        "weight": {"critical": True},
        "tempo": {},
        "speed": {},
        "slow": {},
        "calm": {},
        "calm_kind": {"type": "categorical"},
    },
    "operations": {
        "latency_ms": {},
        "wait": {"sla": {"p95": 120}},
        "free_share": {"sla": {"min": 0.1}},
    },
    "metrics": {
        name: {"numerator": name}
        for name in ("error_rate", "timeout_rate", "fallback_rate", "empty_rate")
    },
    "slices": ["region"],
    "exposure": {"item": "item_id"},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200},
}
JUDGED: dict[str, Any] = {
    "name": "judged",
    "predictions": {"source": ["logs", "judged"], "time": "at", "id": "id"},
    "scores": {
        "p": {"kind": "binary", "outcome": "click", "threshold": 0.5},
        "q": {"kind": "binary", "outcome": "buy"},
        "e": {"kind": "binary", "outcome": "open", "threshold": 0.5},
        "r": {"kind": "regression", "outcome": "amount"},
    },
    "outcomes": {
        "source": ["logs", "labels"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {
            "view": {"matures_after": "1h", "otherwise": 0},
            "open": {"matures_after": "1d", "otherwise": 0},
            "click": {"matures_after": "1d", "otherwise": 0},
            "buy": {"matures_after": "1d", "otherwise": 0, "proxy": "view"},
            "amount": {"matures_after": "1d"},
            "answer": {"matures_after": "1d"},
        },
    },
    "protected_slices": {"sex": {"reference": "m"}},
    "windows": ["day", "7d"],
}
TRAFFIC: dict[str, Any] = {
    "name": "traffic",
    "predictions": {"source": ["logs", "traffic"], "time": "at"},
    "features": {"x": {}},
    "slices": ["device"],
    "windows": ["day"],
    "limits": {"min_rows": 200},
}
LATE: dict[str, Any] = {
    **TRAFFIC,
    "name": "late",
    "predictions": {"source": ["logs", "late"], "time": "at"},
}
GONE: dict[str, Any] = {
    **TRAFFIC,
    "name": "gone",
    "predictions": {"source": ["logs", "no_such_table"], "time": "at"},
}
UNLIKE: dict[str, Any] = {
    "name": "unlike",
    "predictions": {"source": ["logs", "traffic"], "time": "at"},
    "features": {"x": {}, "y": {}, "z": {}},
    "reference": {"source": ["logs", "elsewhere"]},
    "windows": ["day", "7d"],
}
# three hours of a day, of which the day itself shows little
HOURLY: dict[str, Any] = {
    "name": "hourly",
    "predictions": {"source": ["logs", "hourly"], "time": "at"},
    "scores": {"some_missing": {"kind": "value"}, "stuck": {"kind": "value"}},
    "features": {"age": {"critical": True}},
    "metrics": {name: {"numerator": name} for name in ("error_rate", "empty_rate")},
    "windows": ["hour", "day"],
    "limits": {"min_rows": 200},
}
HOURS = pd.Timedelta("10h"), pd.Timedelta("13h")

# by rule: the monitor and what it is told of, at least
TOLD = {
    "critical_feature_missing": ("data", "age"),
    "feature_missing": ("data", "income"),
    "predictions_missing": ("data", "half_missing"),
    "critical_feature_unseen": ("data", "plan"),
    "feature_unseen": ("data", "city"),
    "values_invalid": ("data", "size"),
    "values_out_of_range": ("data", "height"),
    "values_stale": ("data", "hours_old"),
    "values_zero": ("data", "visits"),
    "predictions_equal": ("data", "all_equal"),
    "scores_at_minimum": ("data", "at_bottom"),
    "scores_at_maximum": ("data", "at_top"),
    "scores_extreme": ("data", "sure"),
    "scores_unsure": ("data", "unsure"),
    "critical_drift": ("data", "weight"),
    "drift": ("data", "tempo"),
    "slice_drift": ("data", "speed"),
    "slow_drift": ("data", "slow"),
    "score_tail": ("data", "long_tail"),
    "latency": ("data", "latency_ms"),
    "error_rate": ("data", "error_rate"),
    "timeout_rate": ("data", "timeout_rate"),
    "fallback_rate": ("data", "fallback_rate"),
    "empty_rate": ("data", "empty_rate"),
    "dataset_drift": ("data", "(dataset)"),
    "sla": ("data", "wait"),
    "sla_minimum": ("data", "free_share"),
    "concentration": ("data", "item"),
    "concentration_rise": ("data", "item"),
    "coverage": ("data", "item"),
    "feedback_loop": ("data", "item"),
    "duplicates": ("data", "duplicate_share"),
    "volume": ("traffic", "volume"),
    "slice_volume": ("traffic", "volume"),
    "hour_feature_missing": ("hourly", "age"),
    "hour_predictions_missing": ("hourly", "some_missing"),
    "hour_predictions_equal": ("hourly", "stuck"),
    "hour_error_rate": ("hourly", "error_rate"),
    "hour_empty_rate": ("hourly", "empty_rate"),
    "hour_volume": ("hourly", "volume"),
    "reference_mismatch": ("unlike", "(reference)"),
    "freshness": ("late", "(log)"),
    "not_evaluated": ("gone", "(log)"),
    "auc": ("judged", "p"),
    "accuracy": ("judged", "p"),
    "precision": ("judged", "p"),
    "recall": ("judged", "p"),
    "f1": ("judged", "p"),
    "regression_error": ("judged", "r"),
    "degradation_error": ("judged", "r"),
    "calibration": ("judged", "q"),
    "calibration_error": ("judged", "q"),
    "label_coverage": ("judged", "answer"),
    "base_rate": ("judged", "buy"),
    "label_mean": ("judged", "amount"),
    "fairness": ("judged", "p"),
    "equal_opportunity": ("judged", "p"),
    "estimated_auc": ("judged", "e"),
    "proxy_gap": ("judged", "buy"),
}
ELSEWHERE = {
    "training_gap", "training_gap_accuracy", "champion_gap", "degradation", "estimate_error",
    "concept", "ranking", "late",
}  # fmt: skip
# what no day begins: a log, a reference, a group, a week, what moves slowly
UNDATED = {
    "freshness", "not_evaluated", "reference_mismatch", "fairness", "equal_opportunity", "slow_drift",
    "calibration_error", "degradation_error", "coverage", "feedback_loop",
}  # fmt: skip


def moments(per_day: int) -> pd.Series:
    count = DAYS * per_day
    return pd.Series(START + pd.to_timedelta(np.arange(count) * 86_400 / per_day, unit="s"))


def data() -> pd.DataFrame:
    random = np.random.default_rng(31)
    at = moments(PER_DAY)
    size = len(at)
    broken = (at >= BROKEN).to_numpy()
    day = ((at - START) // pd.Timedelta("1D")).to_numpy()

    def some(share: float) -> np.ndarray:
        return broken & (random.random(size) < share)

    log = pd.DataFrame({"id": [f"d{number}" for number in range(size)], "at": at})
    log["region"] = random.choice(["north", "south"], size)
    log["half_missing"] = np.where(some(0.5), np.nan, random.normal(0, 1, size))
    log["all_equal"] = np.where(broken, 0.25, random.normal(0, 1, size))
    log["at_bottom"] = np.where(some(0.1), 0.0, random.uniform(0.05, 0.9, size))
    log["at_top"] = np.where(some(0.1), 1.0, random.uniform(0.1, 0.95, size))
    log["sure"] = np.where(
        some(0.4), random.uniform(0.9995, 1, size), random.uniform(0.1, 0.9, size)
    )
    log["long_tail"] = random.gamma(2, 10, size) * np.where(some(0.15), 4, 1)
    log["age"] = np.where(some(0.3), np.nan, random.normal(40, 10, size))
    log["income"] = np.where(some(0.4), np.nan, random.gamma(3, 10, size))
    log["plan"] = np.where(some(0.3), "trial", random.choice(["free", "paid"], size))
    log["city"] = np.where(some(0.3), "rome", random.choice(["bonn", "oslo", "york"], size))
    log["size"] = np.where(some(0.2), "n/a", random.normal(10, 2, size).round(3).astype(str))
    log["height"] = np.where(some(0.2), 400, random.normal(170, 9, size))
    log["hours_old"] = random.uniform(0, 24, size) + np.where(some(0.3), 60, 0)
    log["visits"] = random.poisson(6, size) * np.where(some(0.5), 0, 1)
    log["weight"] = random.normal(70, 10, size) + np.where(broken, 12, 0)
    log["tempo"] = random.normal(0, 1, size) + np.where(broken, 1.2, 0)
    log["speed"] = random.normal(0, 1, size) + np.where(broken & (log["region"] == "south"), 1.5, 0)
    log["slow"] = random.normal(0, 1, size) + 0.12 * np.maximum(0, day - 34)
    log["calm"] = random.normal(0, 1, size)
    log["calm_kind"] = random.choice(["a", "b", "c"], size)
    log["latency_ms"] = random.lognormal(3, 0.4, size) * np.where(some(0.2), 6, 1)
    log["wait"] = random.uniform(20, 100, size) + np.where(some(0.3), 100, 0)
    log["free_share"] = random.uniform(0.2, 0.9, size) * np.where(some(0.3), 0.05, 1)
    for name in DATA["metrics"]:
        log[name] = some(0.4).astype(int)
    log["id"] = log["id"].shift(1).where(some(0.1), log["id"])
    # what is shown gathers in few items, and most of the others are shown no more
    few = np.where(random.random(size) < 0.8, 0, random.integers(1, 25, size))
    log["item_id"] = np.where(broken, few, random.integers(0, 400, size))
    log["unsure"] = np.where(
        some(0.4), random.uniform(0.3, 0.4, size), random.uniform(0.3, 0.9, size)
    )
    return log


def judged() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(32)
    at = moments(2 * PER_DAY)
    size = len(at)
    broken = (at >= BROKEN).to_numpy()
    log = pd.DataFrame({"id": [f"j{number}" for number in range(size)], "at": at})
    log["sex"] = random.choice(["f", "m"], size)
    true = random.beta(2, 2, size)
    clicked = random.random(size) < true
    # less is said of some than is true of them, all the time
    said = true - np.where(log["sex"] == "f", 0.2, 0)
    log["p"] = np.where(broken, random.permutation(said), said).clip(0, 1)
    log["q"] = random.beta(3, 3, size)
    bought = random.random(size) < log["q"] * np.where(broken, 0.4, 1)
    viewed = random.random(size) < np.where(random.random(size) < 0.5, 0.7, log["q"])
    log["e"] = np.where(broken, 0.5 + 0.15 * (true - 0.5), true)
    opened = random.random(size) < log["e"]
    amount = random.normal(40, 8, size)
    log["r"] = amount + random.normal(0, 5, size)
    amount = amount * np.where(broken, 1.6, 1)
    answered = random.random(size) < np.where(broken, 0.3, 0.9)
    labels = [
        pd.DataFrame(
            {"id": log["id"][which], "outcome": name, "value": values[which], "at": at[which]}
        )
        for name, which, values in (
            ("view", viewed, np.ones(size)),
            ("open", opened, np.ones(size)),
            ("click", clicked, np.ones(size)),
            ("buy", bought, np.ones(size)),
            ("amount", np.full(size, True), amount),
            ("answer", answered, np.ones(size)),
        )
    ]
    told = pd.concat(labels)
    told["at"] += pd.Timedelta("10min")
    return log, told


def traffic() -> pd.DataFrame:
    random = np.random.default_rng(33)
    at = moments(PER_DAY)
    size = len(at)
    log = pd.DataFrame({"at": at, "device": random.choice(["phone", "tv"], size, p=[0.7, 0.3])})
    for name in "xyz":
        log[name] = random.normal(0, 1, size)
    day = at.dt.floor("D")
    lost = (log["device"] == "tv") | (random.random(size) < 0.8)
    return log[(day != BROKEN) | ~lost]


def hourly() -> pd.DataFrame:
    random = np.random.default_rng(34)
    at = moments(2 * PER_DAY)
    size = len(at)
    begins, ends = (BROKEN + hours for hours in HOURS)
    broken = ((at >= begins) & (at < ends)).to_numpy()

    def most() -> np.ndarray:
        return broken & (random.random(size) < 0.9)

    log = pd.DataFrame({"at": at})
    log["age"] = np.where(most(), np.nan, random.normal(40, 10, size))
    log["some_missing"] = np.where(most(), np.nan, random.normal(0, 1, size))
    log["stuck"] = np.where(broken, 0.5, random.normal(0, 1, size))
    log["error_rate"] = most().astype(int)
    log["empty_rate"] = most().astype(int)
    return log[~broken | (random.random(size) < 0.42)]


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    log, labels = judged()
    rows = traffic()
    project = Project(
        tmp_path_factory.mktemp("defaults") / "shop",
        [DATA, JUDGED, TRAFFIC, LATE, GONE, UNLIKE, HOURLY],
        tables={
            "data": data(),
            "judged": log,
            "labels": labels,
            "traffic": rows,
            "hourly": hourly(),
            "late": rows[rows["at"] < AS_OF - pd.Timedelta("3D")],
            "elsewhere": rows.assign(**{name: rows[name] + 3 for name in "xyz"}),
        },
    )
    built = project.build(str(AS_OF), expect_success=False)
    assert built.success, dict(built.failures) or built.error
    return project.frame("monitor_alerts", "state <> 'pending'")


def test_each_default_is_tried() -> None:
    assert set(TOLD) | ELSEWHERE == set(RULES)


@pytest.mark.parametrize("rule_id", TOLD)
def test_a_default_tells_what_it_is_there_for(alerts: pd.DataFrame, rule_id: str) -> None:
    monitor, subject = TOLD[rule_id]
    found = alerts[(alerts["rule_id"] == rule_id) & (alerts["monitor"] == monitor)]
    assert subject in set(found["subject"]), sorted(set(found["subject"]))
    if monitor == "hourly":
        of_hours = found[(found["subject"] == subject) & (found["window_name"] == "hour")]
        assert of_hours["since"].min() == BROKEN + HOURS[0]
        assert (of_hours["state"] == "resolved").all()
    elif rule_id not in UNDATED:
        of_days = found[(found["subject"] == subject) & (found["window_name"] == "day")]
        assert of_days["since"].min() == BROKEN


def test_nothing_is_told_before_anything_is_broken(alerts: pd.DataFrame) -> None:
    dated = alerts[~alerts["rule_id"].isin(UNDATED)]
    early = dated[dated["opened_at"] <= BROKEN]
    assert early["message"].tolist() == []


def test_what_is_calm_is_told_of_by_nobody(alerts: pd.DataFrame) -> None:
    assert not alerts["subject"].isin(["calm", "calm_kind"]).any()
