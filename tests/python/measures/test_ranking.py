"""Lists of requests against scikit-learn's NDCG and plain formulas, request by request."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import pytrec_eval
from scipy.stats import binomtest, norm
from sklearn.metrics import ndcg_score

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 9
REQUESTS = 1_200
AS_OF = pd.Timestamp("2026-03-11 09:00")
MATURES = pd.Timedelta("1D")
LATENESS = pd.Timedelta("2h")
WEEK = pd.Timestamp("2026-03-09")
KS = (3, 5)
SELECT = ["+monitor_ranking", *LEDGER]

MONITOR: dict[str, Any] = {
    "name": "feed",
    "problem": "ranking",
    "predictions": {
        "source": ["logs", "impressions"],
        "time": "at",
        "id": "id",
        "version": "version",
        "role": "role",
        "request": "request",
        "position": "position",
    },
    "scores": {
        "p_click": {"outcome": "click"},
        "stars": {"kind": "regression", "outcome": "rating"},
    },
    "ranking": {"order_by": "p_click", "ks": list(KS)},
    "outcomes": {
        "source": ["logs", "events"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "kinds": {
            "click": {"matures_after": "1d", "otherwise": 0},
            "rating": {"matures_after": "1d"},
        },
    },
    "slices": ["region", "device", ["region", "device"]],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 1},
}
# no ids, no positions, one time for a request: nothing orders what has the same score
BARE: dict[str, Any] = {
    "name": "bare",
    "problem": "ranking",
    "predictions": {
        **{name: MONITOR["predictions"][name] for name in ("source", "time", "role", "request")},
        "label": "was_clicked",
    },
    "scores": {"p_click": {"outcome": "label"}},
    "ranking": MONITOR["ranking"],
    "windows": ["day"],
    "limits": MONITOR["limits"],
}


def impressions() -> pd.DataFrame:
    random = np.random.default_rng(8)
    rows = []
    for request in range(REQUESTS):
        at = START + pd.Timedelta(seconds=int(random.integers(0, DAYS * 86_400)))
        size = int(random.integers(1, 14))
        scores = random.random(size).round(1).astype(object)  # with ties
        scores[random.random(size) < 0.03] = None
        for position, score in zip(random.permutation(size), scores, strict=True):
            rows.append(
                {
                    "at": at, "request": f"r{request}" if request % 50 else None,
                    "position": int(position) + 1, "p_click": score, "stars": random.random() * 5,
                    "region": ["north", "south"][request % 2], "device": ["ios", "web"][request % 3 % 2],
                    "version": ["v1", "v2"][request % 4 // 3],
                    "role": "shadow" if request % 11 == 0 else "live",
                    "clicked": random.random() < 0.15, "rating": random.integers(0, 6),
                    "is_rated": random.random() < 0.97,
                }
            )  # fmt: skip
    log = pd.DataFrame(rows)
    log.insert(0, "id", [f"i{number:05}" for number in range(len(log))])
    return log


def events(log: pd.DataFrame) -> pd.DataFrame:
    clicks = log[log["clicked"]]
    rated = log[log["is_rated"]]
    soon = pd.Timedelta("5min")
    return pd.concat(
        [
            pd.DataFrame(
                {"id": clicks["id"], "outcome": "click", "value": 1.0, "at": clicks["at"] + soon}
            ),
            pd.DataFrame(
                {
                    "id": rated["id"],
                    "outcome": "rating",
                    "value": rated["rating"],
                    "at": rated["at"] + soon,
                }
            ),
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return impressions()


@pytest.fixture(scope="module")
def found(log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    project = Project(tmp_path_factory.mktemp("ranking") / "shop", [MONITOR, BARE])
    project.load(
        "impressions",
        log.rename(columns={"clicked": "was_clicked"}).drop(columns=["rating", "is_rated"]),
        types={"p_click": "double"},
    )
    project.load("events", events(log))
    project.build(str(AS_OF), SELECT)
    frame = project.frame("monitor_ranking", "role = 'live'")
    keys = [
        "window_name", "window_end", "model_version", "slice_name", "slice_value", "outcome",
        "score", "k",
    ]  # fmt: skip
    return frame.set_index(keys).sort_index()


def in_order(rows: pd.DataFrame, outcome: str, score: str) -> np.ndarray | None:
    """What came of the items of one request, as it orders them; none where it does not count."""
    if rows["at"].max() + MATURES + LATENESS > AS_OF:
        return None
    if outcome == "rating" and not rows["is_rated"].all():
        return None
    y = (rows["clicked"] if outcome == "click" else rows["rating"]).to_numpy(float)
    if not (y > 0).any():
        return None
    value = pd.to_numeric(rows["p_click"]).astype(float)
    by = rows.assign(missing=value.isna(), down=-value) if score != "(served)" else rows
    order = ["missing", "down", "position", "id"] if score != "(served)" else ["position", "id"]
    places = by.sort_values(order).index
    return pd.Series(y, rows.index)[places].to_numpy()


def judged(rows: pd.DataFrame, outcome: str, score: str, k: int) -> dict[str, float] | None:
    """One request; none where it does not count."""
    y = in_order(rows, outcome, score)
    return None if y is None else measures_of(y, k)


def measures_of(y: np.ndarray, k: int) -> dict[str, float]:
    relevant = y > 0
    top = relevant[:k]
    ranks = np.arange(1, len(y) + 1)
    rates = np.cumsum(relevant) / ranks
    first = int(np.argmax(relevant)) + 1
    ndcg = (
        float(ndcg_score([y], [-ranks.astype(float)], k=k, ignore_ties=True)) if len(y) > 1 else 1.0
    )
    return {
        "ndcg": ndcg,
        "map": float((rates[:k] * top).sum() / min(k, relevant.sum())),
        "mrr": 1 / first if first <= k else 0.0,
        "precision": top.sum() / k,
        "recall": top.sum() / relevant.sum(),
        "hit_rate": float(top.any()),
    }


@pytest.mark.parametrize("outcome", ["click", "rating"])
@pytest.mark.parametrize("window", ["day", "7d"])
def test_every_measure(log: pd.DataFrame, found: pd.DataFrame, outcome: str, window: str) -> None:
    width = pd.Timedelta("1D" if window == "day" else "7D")
    live = log[(log["role"] == "live") & log["request"].notna()]
    live = live[(live["at"] >= WEEK - width) & (live["at"] < WEEK)]
    checked = 0
    for score in ("p_click", "(served)"):
        for k in KS:
            requests = live.groupby("request")
            each = {request: judged(rows, outcome, score, k) for request, rows in requests}
            first = requests.first()
            places = {
                ("(all)", "(all)"): first.index,
                **{("region", name): rows.index for name, rows in first.groupby("region")},
                **{
                    ("region+device", f"{a}+{b}"): rows.index
                    for (a, b), rows in first.groupby(["region", "device"])
                },
            }
            for (name, value), inside in places.items():
                for version in ("(all)", "v1"):
                    ids = (
                        inside
                        if version == "(all)"
                        else inside[first.loc[inside, "version"] == "v1"]
                    )
                    if window == "7d" and "+" in name:
                        continue
                    counting = [each[request] for request in ids if each[request] is not None]
                    row = found.loc[window, WEEK, version, name, value, outcome, score, k]
                    assert row["request_count"] == len(counting)
                    assert row["excluded_request_count"] == len(ids) - len(counting)
                    for column in ("ndcg", "map", "mrr", "precision", "recall", "hit_rate"):
                        mean = np.mean([one[column] for one in counting]) if counting else math.nan
                        assert row[column] == pytest.approx(mean, abs=2e-6, nan_ok=True), column
                    checked += 1
    assert checked > 20


@pytest.mark.parametrize("outcome", ["click", "rating"])
def test_trec_eval_says_the_same_of_each_request(log: pd.DataFrame, outcome: str) -> None:
    """The oracle has an oracle. trec_eval divides the average precision by all that is relevant."""
    live = log[(log["role"] == "live") & log["request"].notna()]
    orders = {
        request: y
        for request, rows in live.groupby("request")
        if (y := in_order(rows, outcome, "p_click")) is not None
    }
    assert len(orders) > 100
    cuts = ",".join(str(k) for k in KS)
    measures = {f"{name}.{cuts}" for name in ("ndcg_cut", "map_cut", "P", "recall", "success")}
    evaluator = pytrec_eval.RelevanceEvaluator(
        {
            str(request): {f"{place}": int(gain) for place, gain in enumerate(y)}
            for request, y in orders.items()
        },
        {*measures, "recip_rank"},
    )
    said = evaluator.evaluate(
        {
            str(request): {f"{place}": -float(place) for place in range(len(y))}
            for request, y in orders.items()
        }
    )
    for request, y in orders.items():
        one, relevant = said[str(request)], int((y > 0).sum())
        rows = live[live["request"] == request]
        for k in KS:
            assert judged(rows, outcome, "p_click", k) == pytest.approx(
                {
                    "ndcg": one[f"ndcg_cut_{k}"],
                    "map": one[f"map_cut_{k}"] * relevant / min(k, relevant),
                    "mrr": one["recip_rank"] if one["recip_rank"] >= 1 / k else 0.0,
                    "precision": one[f"P_{k}"],
                    "recall": one[f"recall_{k}"],
                    "hit_rate": one[f"success_{k}"],
                },
                abs=1e-9,
            )


def test_without_ids_what_came_true_comes_last_of_a_tie(
    log: pd.DataFrame, found: pd.DataFrame
) -> None:
    day = (log["at"] >= WEEK - pd.Timedelta("1D")) & (log["at"] < WEEK)
    live = log[(log["role"] == "live") & log["request"].notna() & day & log["clicked"].notna()]
    value = pd.to_numeric(live["p_click"]).astype(float)
    ordered = live.assign(missing=value.isna(), down=-value).sort_values(
        ["missing", "down", "clicked"]
    )
    lists = [rows["clicked"].to_numpy(float) for _, rows in ordered.groupby("request")]
    tied = ordered.groupby(["request", "missing", "down"], dropna=False)["clicked"].nunique()
    assert (tied > 1).sum() > 10
    for k in KS:
        each = [measures_of(y, k) for y in lists if y.any()]
        row = found.loc["day", WEEK, "(all)", "(all)", "(all)", "label", "p_click", k]
        assert row["request_count"] == len(each)
        for name in each[0]:
            assert row[name] == pytest.approx(np.mean([one[name] for one in each]), abs=2e-6), name


def test_intervals_hold_what_chance_does(found: pd.DataFrame) -> None:
    """Of a share of requests Wilson's, against scipy; of the others never narrower than their own."""
    some = found[found["request_count"] > 20]
    assert len(some) > 100
    for row in some.head(200).itertuples():
        n = row.request_count
        rate = binomtest(round(row.hit_rate * n), n).proportion_ci(method="wilson")
        ends = row.hit_rate_lower, row.hit_rate_upper
        assert ends == pytest.approx((rate.low, rate.high), abs=1e-6)
        for name in ("ndcg", "map", "mrr", "precision", "recall"):
            value, low, high = (getattr(row, name + end) for end in ("", "_lower", "_upper"))
            assert 0 <= low <= value <= high <= 1
            # what a share of as many that has this mean would have
            assert high - low == pytest.approx(2 * half_of_wilson(value, n), abs=1e-6)
    assert found.loc[found["request_count"] == 0, "ndcg_lower"].isna().all()


def half_of_wilson(share: float, n: int) -> float:
    z = norm.ppf(0.975)
    return z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))


def test_a_perfect_order_is_one(found: pd.DataFrame) -> None:
    measures = found[["ndcg", "map", "mrr", "precision", "recall", "hit_rate"]].dropna()
    assert ((measures >= 0) & (measures <= 1)).all().all()
    assert found["is_final"].any()
    assert not found["is_final"].all()
