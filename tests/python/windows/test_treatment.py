"""What an experiment treated is in the window and in no past: lists, proxies, estimates, metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS, REQUESTS, LENGTH = 31, 160, 5
TREATED = (START + pd.Timedelta("15D"), START + pd.Timedelta("23D"))
NOBODY_ELSE = START + pd.Timedelta("19D")  # a day of which nothing is left without the treatment
AS_OF = START + pd.Timedelta(days=DAYS, hours=9)
SOON = pd.Timedelta("5min")
MONITOR: dict[str, Any] = {
    "name": "feed",
    "problem": "ranking",
    "predictions": {
        "source": ["logs", "shown"],
        "time": "at",
        "id": "id",
        "request": "request",
        "experiment": {"variant": "arm", "control": "control"},
    },
    "scores": {"p": {"kind": "binary", "outcome": "click"}},
    "ranking": {"order_by": "p", "ks": [LENGTH]},
    "outcomes": {
        "source": ["logs", "events"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {
            "click": {"matures_after": "1h", "otherwise": 0},
            "buy": {"matures_after": "2h", "otherwise": 0, "proxy": "click"},
        },
    },
    "metrics": {"paid": {"numerator": "paid", "better": "higher"}},
    "windows": ["hour", "day"],
    "limits": {"min_rows": 100},
}
# of the same rows, where most of four weeks are an experiment's
LONG_TREATED = (START + pd.Timedelta("6D"), START + pd.Timedelta("27D"))
LONG: dict[str, Any] = {
    "name": "long",
    "predictions": {
        "source": ["logs", "shown"],
        "time": "at",
        "id": "id",
        "experiment": {"variant": "long_arm", "control": "control"},
    },
    "features": {"age": {}},
    "windows": ["day"],
    "limits": {"min_rows": 100},
}
SHORT: dict[str, Any] = {
    **LONG,
    "name": "short",
    "predictions": {
        **LONG["predictions"],
        "experiment": {"variant": "arm", "control": "control"},
    },
}
# no default rule asks for a metric of this name
RULES = pd.DataFrame(
    [
        {
            "rule_id": "paid_less", "family": "metrics", "metric": "value", "subject": "paid",
            "baseline": "history", "window_name": "day", "kind": "relative", "warn": 0.1,
        }
    ]
)  # fmt: skip


def rows() -> pd.DataFrame:
    """The treatment shows lists by a score that knows nothing, sells for more, and to fewer."""
    random = np.random.default_rng(4)
    size = DAYS * REQUESTS * LENGTH
    request = np.arange(size) // LENGTH
    log = pd.DataFrame({"id": [f"i{number}" for number in range(size)]})
    log["request"] = [f"r{number}" for number in request]
    log["at"] = START + pd.to_timedelta(request * 86_400 // REQUESTS, unit="s")
    during = (log["at"] >= TREATED[0]) & (log["at"] < TREATED[1])
    chosen = (random.random(DAYS * REQUESTS) < 0.6)[request]
    everybody = log["at"].dt.normalize() == NOBODY_ELSE
    treated = (during & (chosen | everybody)).to_numpy()
    log["arm"] = np.select([treated, during], ["treatment", "control"], None)
    true = random.beta(1, 3, size)
    log["p"] = np.where(treated, random.beta(50, 150, size), true)
    log["click"] = random.random(size) < true
    log["buy"] = random.random(size) < np.where(log["click"], np.where(treated, 0.1, 0.5), 0.05)
    log["paid"] = random.gamma(4, np.where(treated, 1.0, 0.25))
    day = (log["at"] - START).dt.days.to_numpy()
    missing = np.where(during, 0.4, 0.2) + 0.001 * day
    log["age"] = np.where(random.random(size) < missing, np.nan, random.normal(40, 9, size))
    long = (log["at"] >= LONG_TREATED[0]) & (log["at"] < LONG_TREATED[1])
    log["long_arm"] = np.select([long & (request % 2 == 0), long], ["treatment", "control"], None)
    return log


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return rows()


@pytest.fixture(scope="module")
def project(log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(
        tmp_path_factory.mktemp("treatment") / "shop",
        [MONITOR, SHORT, LONG],
        tables={"rules": RULES},
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )
    project.load("shown", log.drop(columns=["click", "buy"]))
    happened = [
        pd.DataFrame({"id": rows["id"], "outcome": name, "value": 1, "at": rows["at"] + SOON})
        for name in ("click", "buy")
        for rows in [log[log[name]]]
    ]
    project.load("events", pd.concat(happened, ignore_index=True))
    # the second run finds what it compares with in the table of the first
    project.build(str(TREATED[0] + pd.Timedelta("6D")))
    project.build(str(AS_OF))
    return project


def ndcg(rows: pd.DataFrame) -> float:
    lists = [group for _, group in rows.groupby("request") if group["click"].any()]
    return float(
        np.mean([ndcg_score([each["click"].astype(float)], [each["p"]]) for each in lists])
    )


def at_its_word(rows: pd.DataFrame) -> float:
    """The area that scores expect who are right about themselves."""
    p = rows["p"].to_numpy()
    yes, no = np.ones(len(p)), np.zeros(len(p))
    return float(roc_auc_score(np.r_[yes, no], np.r_[p, p], sample_weight=np.r_[p, 1 - p]))


MEASURES: dict[tuple[str, str, str], Any] = {
    ("ranking", "p", "ndcg"): ndcg,
    ("proxies", "buy", "outcome_given_proxy"): lambda rows: rows.loc[rows["click"], "buy"].mean(),
    ("estimates", "p", "roc_auc"): at_its_word,
    ("metrics", "paid", "value"): lambda rows: rows["paid"].mean(),
}


@pytest.mark.parametrize("family", sorted(key[0] for key in MEASURES))
def test_treatment_is_in_the_window_and_in_no_past(
    log: pd.DataFrame, project: Project, family: str
) -> None:
    (subject, metric), measure = next(
        (key[1:], measure) for key, measure in MEASURES.items() if key[0] == family
    )
    found = project.frame(
        "monitor_signals",
        f"family = '{family}' and subject = '{subject}' and metric = '{metric}' "
        "and baseline = 'history' and window_name = 'day' and model_version = '(all)'",
    ).sort_values("window_end")
    during = (found["window_end"] > TREATED[0]) & (found["window_end"] <= TREATED[1])
    assert during.sum() == 8
    assert found.loc[~during, "untreated_value"].isna().all()
    bound = 0.004 if family == "estimates" else 2e-6
    for row in found.itertuples():
        day = log[(log["at"] >= row.window_start) & (log["at"] < row.window_end)]
        clean = day[day["arm"] != "treatment"]
        assert row.value == pytest.approx(measure(day), abs=bound)
        if row.window_start == NOBODY_ELSE:
            assert pd.isna(row.untreated_value)
        elif len(clean) < len(day):
            assert row.untreated_value == pytest.approx(measure(clean), abs=bound)
            assert abs(row.value - row.untreated_value) > 5 * bound
    past = found["untreated_value"].fillna(found["value"])
    past = past.where(found["window_start"] != NOBODY_ELSE).to_numpy()
    ends = found["window_end"].to_numpy()
    later = found[found["window_end"] > TREATED[0] + pd.Timedelta("2D")]
    assert len(later) >= 12
    for row in later.itertuples():
        inside = (ends < row.window_end) & (ends >= row.window_end - pd.Timedelta("28D"))
        assert row.baseline_value == pytest.approx(np.nanmedian(past[inside]), abs=1e-9)


def test_a_part_of_a_sum_is_no_past(project: Project) -> None:
    """Rows without treatment are fewer: what a volume is compared with holds all of them."""
    found = project.frame("monitor_metrics", "role = 'untreated'")
    assert set(found["metric"]) == {"duplicate_share", "paid"}
    assert set(found["window_name"]) == {"hour", "day"}
    ends = found.groupby("monitor")["window_end"].max()
    assert ends["short"] <= TREATED[1] < ends["long"] <= LONG_TREATED[1]
    volumes = project.frame("monitor_signals", "family = 'volume'")
    assert volumes["untreated_value"].isna().all()
    assert project.frame("monitor_alerts", "family = 'volume'").empty


@pytest.mark.parametrize("monitor", ["short", "long"])
def test_a_share_has_its_past_in_windows_without_treatment(
    log: pd.DataFrame, project: Project, monitor: str
) -> None:
    """Unless more than a fortnight of the four weeks was treated: then it is all the past there is."""
    treated = TREATED if monitor == "short" else LONG_TREATED
    found = project.frame(
        "monitor_signals",
        f"monitor = '{monitor}' and family = 'quality' and subject = 'age' "
        "and metric = 'missing_rate' and baseline = 'history' and model_version = '(all)'",
    ).set_index("window_end")
    missing = log["age"].isna().groupby(log["at"].dt.normalize()).mean()
    long_ago = 0
    for end, row in found.iterrows():
        assert row["value"] == pytest.approx(missing[row["window_start"]], abs=1e-9)
        before = missing[missing.index < row["window_start"]].iloc[-28:]
        is_treated = (before.index >= treated[0]) & (before.index < treated[1])
        is_long = is_treated.sum() > 14
        long_ago += is_long
        past = before if is_long else before[~is_treated]
        if len(past) == 0:
            assert pd.isna(row["history_mean"])
        else:
            assert row["history_mean"] == pytest.approx(past.median(), abs=1e-9), end
            assert row["history_windows"] == len(past)
    # no row is later than the last day, which would say that it is over
    assert len(found) == DAYS - 1
    assert long_ago == (0 if monitor == "short" else 9)
