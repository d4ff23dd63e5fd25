"""Generated predictions with labels of every kind, and a plain reading of what came of them.

Each case is one value of the slice `case`: 300 predictions or so of one character (ties, one class,
perfect, scores of exactly 0 and 1, …), so that one build measures them all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-03-02")
DAYS = 10
CLASSES = ("buy", "browse", "leave")
HOUR = pd.Timedelta("1h")
LATENESS = pd.Timedelta("2h")
MATURES = {"click": pd.Timedelta("1D"), "amount": pd.Timedelta("2D"), "intent": pd.Timedelta("6h")}
OTHERWISE = {"click": "0"}
# that of v1 is the configuration's, those of v2 come from the registry, each with when it was noted
THRESHOLD = 0.3
NOTED = [
    (0.6, START + pd.Timedelta("1D")),
    (0.6, START + pd.Timedelta("2D")),
    (0.2, START + pd.Timedelta("3D 5h")),
    (0.7, START + pd.Timedelta("7D 12h")),
]
CHARACTERS = (
    "calibrated", "ties", "all_positive", "all_negative", "perfect", "random", "extreme", "missing",
    "unlabelled", "few", "one_row", "constant", "inverted", "skewed", "decisive",
)  # fmt: skip

MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {
        "source": ["logs", "predictions"],
        "time": "at",
        "loaded_at": "loaded",
        "id": "id",
        "version": "version",
        "role": "role",
    },
    "scores": {
        "p": {"kind": "binary", "outcome": "click", "threshold": THRESHOLD},
        "v": {"kind": "regression", "outcome": "amount"},
        "c": {
            "kind": "multiclass",
            "outcome": "intent",
            "predicted": "said",
            "probabilities": {name: f"c_{name}" for name in CLASSES},
        },
        # nobody says which: the most probable one, where that is known
        "d": {
            "kind": "multiclass",
            "outcome": "intent",
            "probabilities": {name: f"d_{name}" for name in CLASSES},
        },
    },
    "outcomes": {
        "source": ["logs", "labels"],
        "prediction": "prediction",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "loaded_at": "loaded",
        "kinds": {
            "click": {"matures_after": "1d", "otherwise": 0},
            "amount": {"matures_after": "2d"},
            "intent": {"matures_after": "6h"},
        },
    },
    "costs": {
        "true_positive": "paid * 0.9",
        "false_positive": "-4",
        "false_negative": "-paid",
        "true_negative": "fee",
    },
    "slices": ["case"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 1, "slice_values": 1000},
}
# None and NaN are two values in these columns.
TYPES = {"p": "double", "paid": "double"}
VERSIONS = pd.DataFrame(
    {
        "monitor": "shop",
        "model_version": "v2",
        "stage": "champion",
        "threshold": [threshold for threshold, _ in NOTED],
        "valid_from": [noted for _, noted in NOTED],
    }
)


def thresholds(rows: pd.DataFrame) -> pd.Series:
    """What was in force when each was made; what was first noted counts for what was before it."""
    registered = pd.Series(NOTED[0][0], rows.index)
    for threshold, noted in NOTED[1:]:
        registered = registered.where(rows["at"] < noted, threshold)
    return registered.where(rows["version"] == "v2", THRESHOLD)


def predictions(cases: int, seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    parts = []
    for number in range(cases):
        character = CHARACTERS[number % len(CHARACTERS)]
        size = {"few": 12, "one_row": 1}.get(character, int(random.integers(120, 320)))
        parts.append(_case(random, f"{character}_{number:03}", character, size))
    log = pd.concat(parts, ignore_index=True).sort_values("at", ignore_index=True)
    log.insert(0, "id", [f"p{number}" for number in range(len(log))])
    return log


def _case(random: np.random.Generator, name: str, character: str, size: int) -> pd.DataFrame:
    p = random.beta(1.2, 3.0, size)
    if character == "ties":
        p = random.choice([0.1, 0.3, 0.6, 0.9], size)
    elif character == "extreme":
        p = random.choice([0.0, 1.0, 0.2, 0.7], size, p=[0.3, 0.2, 0.3, 0.2])
    elif character == "constant":
        p = np.full(size, 0.25)
    elif character == "skewed":
        p = random.beta(0.3, 12.0, size)
    true = random.random(size) < p
    if character == "perfect":
        true = p > np.median(p)
    elif character in ("random", "extreme"):
        true = random.random(size) < 0.4
    elif character == "inverted":
        true = random.random(size) < 1 - p
    elif character in ("all_positive", "all_negative"):
        true = np.full(size, character == "all_positive")
    score = p.astype(object)
    if character == "missing":
        odd = random.random(size)
        score = np.select(
            [odd < 0.2, odd < 0.3, odd < 0.35, odd < 0.4], [None, float("nan"), -0.2, 1.3], score
        )
    value = random.lognormal(4.0, 1.0, size)
    spoken = random.dirichlet([1.0, 1.5, 0.7], size)
    actual = np.array([random.choice(3, p=row) for row in spoken])
    return pd.DataFrame(
        {
            "at": START + pd.to_timedelta(random.integers(0, DAYS * 86_400, size), unit="s"),
            "version": random.choice(["v1", "v2"], size, p=[0.7, 0.3]),
            "role": random.choice(["live", "shadow"], size, p=[0.9, 0.1]),
            "case": name,
            "p": score,
            "v": value * random.lognormal(0.0, 0.3, size),
            **{f"c_{label}": spoken[:, i] for i, label in enumerate(CLASSES)},
            **{
                f"d_{label}": np.select(
                    [np.arange(size) % 7 == i, np.arange(size) % 11 == i],
                    [np.nan, 1.7],
                    spoken[:, i],
                )
                for i, label in enumerate(CLASSES)
            },
            # nobody said anything of a few
            "said": np.where(
                np.arange(size) % 13 == 5, None, np.array(CLASSES)[spoken.argmax(axis=1)]
            ),
            "true_click": true,
            "true_amount": np.where(random.random(size) < 0.02, 0.0, value),
            "true_intent": np.where(
                random.random(size) < 0.02, "reload", np.array(CLASSES)[actual]
            ),
            "is_labelled": random.random(size) < (0.3 if character == "unlabelled" else 0.97),
        }
    ).assign(
        loaded=lambda frame: frame["at"] + pd.Timedelta("3min"),
        **_amounts(character, size),
        **_worths(name, character, size),
    )


def _worths(name: str, character: str, size: int) -> dict[str, Any]:
    """What a decision may cost; the numbers do not depend on those of the other columns."""
    random = np.random.default_rng([len(name), int(name[-3:])])
    paid = random.lognormal(4.0, 1.0, size).round(2)
    odd = [None, float("nan"), float("inf"), float("-inf"), 0.0, -25.5]
    paid = {
        "ties": random.choice([10.0, 50.0, 50.25], size),
        "all_positive": paid * 1e10,
        "all_negative": -paid,
        "perfect": np.full(size, 42.5),
        "random": np.where(random.random(size) < 0.3, random.choice(odd, size), paid),
        "extreme": random.choice([1e12, 3e15, -2e15, 1e-9, 0.0, 1e99, -7.125], size),
        "missing": np.where(random.random(size) < 0.9, None, paid),
        "constant": np.full(size, 123_456_789.125),
        "inverted": random.normal(0.0, 100.0, size),
        "skewed": random.pareto(0.7, size),
        "decisive": random.integers(-3, 4, size).astype(float),
    }.get(character, paid)
    fee = random.exponential(2.0, size)
    has_gaps = character in ("few", "decisive", "calibrated")
    return {
        "paid": np.asarray(paid, object),
        "fee": np.where(random.random(size) < 0.1, np.nan, fee) if has_gaps else fee,
    }


def _amounts(character: str, size: int) -> dict[str, Any]:
    """Numbers of the same character: what was foretold (v), and what came of it."""
    rare = np.arange(size) % 50 == 7
    return {
        "ties": {
            "v": lambda rows: rows["v"].round(-1),
            "true_amount": lambda rows: rows["true_amount"].round(-1),
        },
        "all_positive": {"true_amount": 42.0},
        "all_negative": {
            "v": lambda rows: -rows["v"],
            "true_amount": lambda rows: -rows["true_amount"],
        },
        "perfect": {"v": lambda rows: rows["true_amount"]},
        "random": {"v": lambda rows: rows["v"].to_numpy()[::-1]},
        "extreme": {"v": lambda rows: rows["v"] * np.where(rare, 300, 1)},
        "constant": {"v": 50.0},
        "inverted": {"true_amount": lambda rows: 200 - rows["true_amount"]},
        "skewed": {"true_amount": lambda rows: rows["true_amount"] * np.where(rare, 1000, 0.01)},
    }.get(character, {})


def labels(log: pd.DataFrame, seed: int = 4) -> pd.DataFrame:
    """One row per outcome, and what goes wrong: late, early, corrected, sent twice, unknown, no value at all."""
    random = np.random.default_rng(seed)
    parts = []
    for outcome, column in (
        ("click", "true_click"),
        ("amount", "true_amount"),
        ("intent", "true_intent"),
    ):
        rows = log[log["is_labelled"]]
        if outcome == "click":  # what did not happen has no row, but for a few
            rows = rows[rows["true_click"] | (random.random(len(rows)) < 0.1)]
        value = rows[column].map({True: "1", False: "0"} if outcome == "click" else str)
        window = MATURES[outcome] / pd.Timedelta("1s")
        delay = random.uniform(-0.01, 1.1, len(rows)) * window
        delay = np.where(random.random(len(rows)) < 0.01, window, delay)
        part = pd.DataFrame(
            {
                "prediction": rows["id"].to_numpy(),
                "outcome": outcome,
                "value": value.to_numpy(),
                "at": rows["at"].to_numpy() + pd.to_timedelta(delay.round(), unit="s"),
            }
        )
        part["loaded"] = part["at"] + pd.to_timedelta(
            random.integers(60, 7_000, len(part)), unit="s"
        )
        parts.append(part)
    rows = pd.concat(parts, ignore_index=True)
    odd = random.random(len(rows))
    bad = {"click": "2", "amount": "nan", "intent": None}
    rows.loc[odd < 0.01, "value"] = rows.loc[odd < 0.01, "outcome"].map(bad)
    again = rows[(odd > 0.9)].copy()
    again["loaded"] += pd.to_timedelta(random.integers(1, 300_000, len(again)), unit="s")
    taken_back = {"click": "0", "amount": "7.5", "intent": "leave"}
    is_same = odd[odd > 0.9] > 0.98
    again["value"] = again["value"].where(is_same, again["outcome"].map(taken_back))
    unknown = rows.head(20).assign(prediction=[f"nobody{i}" for i in range(20)])
    return pd.concat([rows, again, unknown], ignore_index=True).sort_values(
        "loaded", ignore_index=True
    )


def observed(
    log: pd.DataFrame, known: pd.DataFrame, outcome: str, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Every prediction with what is known of it at as_of: a plain reading of the contract."""
    rows = log[log["loaded"] <= as_of].copy()
    seen = known[(known["loaded"] <= as_of) & (known["outcome"] == outcome)].copy()
    if outcome == "intent":
        seen["label"] = seen["value"]
    else:
        number = pd.to_numeric(seen["value"], errors="coerce")
        seen["label"] = number.where(number.isin([0, 1])) if outcome == "click" else number
    seen["has_label"] = seen["label"].notna()
    order = ["loaded", "at", "has_label", "label"]
    last = seen.sort_values(order).groupby("prediction").tail(1).set_index("prediction")
    found = rows["id"].map(last["label"])
    when = rows["id"].map(last["at"])
    rows["matured"] = rows["at"] + MATURES[outcome] + LATENESS <= as_of
    in_time = found.notna() & (when <= rows["at"] + MATURES[outcome])
    rows["observed"] = rows["matured"] & in_time
    rows["late"] = rows["matured"] & found.notna() & ~in_time
    rows["early"] = rows["matured"] & (when < rows["at"])
    rows["invalid"] = rows["matured"] & rows["id"].map(last["value"]).notna() & found.isna()
    told = seen.groupby("prediction")["label"]
    rows["repeated"] = rows["matured"] & (rows["id"].map(told.size()) > 1)
    rows["corrected"] = rows["matured"] & (rows["id"].map(told.nunique(dropna=False)) > 1)
    rows["delay"] = (when - rows["at"]) / HOUR
    otherwise = {"click": 0.0}.get(outcome)
    rows["y"] = found.where(in_time)
    if otherwise is not None:
        rows["y"] = rows["y"].fillna(otherwise)
    rows["y"] = rows["y"].where(rows["matured"])
    return rows
