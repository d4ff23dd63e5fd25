"""Logs with outcomes in which nothing happens, row by row: what the rules of outcomes say of them.

Three kinds of models in turn: yes or no, a ranking, a number. A user has several rows a day; they
share a level of the features and, besides, luck: the outcomes of one user go together more than
their probabilities do, and each probability is still the share that comes true. The week has a
season. How long a request takes and whether it fails is the user's too, and keeps clear of what is
agreed by a few percent.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from bench import SCHEMA, Build, install
from scipy.special import expit
from scipy.stats import norm
from simulated_job import Rules

FIRST = pd.Timestamp("2026-03-02")  # a Monday
KINDS = ("binary", "ranking", "regression")
ROWS = (1_500, 4_000, 800, 2_500)
ROWS_PER_USER = (5, 2, 10)
FEATURES = tuple(f"f{number}" for number in range(4))
REGIONS = np.array(["north", "south", "east", "west"])
DEVICES = np.array(["mobile", "web"])
SEASON = np.array([1.0, 1.05, 1.1, 1.05, 1.0, 0.8, 0.75])
LEVELS = 0.25 * (SEASON - 1.0)
# logarithms of milliseconds stray by this, and so many requests fail
SPREAD, FAILS = 0.3, 0.004
MIDDLE = 100.0
SLAS = {
    "latency_ms": {"sla": {
        "p50": 1.05 * MIDDLE,
        "p95": 1.05 * MIDDLE * float(np.exp(SPREAD * norm.ppf(0.95))),
        "p99": 1.1 * MIDDLE * float(np.exp(SPREAD * norm.ppf(0.99))),
        "min": 0.05 * MIDDLE,
        "mean": 1.03 * MIDDLE * float(np.exp(SPREAD**2 / 2)),
    }},
    "is_error": {"type": "boolean", "sla": {"rate": 2.5 * FAILS}},
    "is_timeout": {"type": "boolean"},
    "is_fallback": {"type": "boolean"},
    "is_empty": {"type": "boolean"},
}  # fmt: skip
# What a row says beside what the model reads: how old it is, and of which plan a user is.
STALE_ABOVE = 24.0
PLANS = np.array(["free", "basic", "pro", "team"])
INPUTS = {
    **{name: {"importance": 0.25, "min": -2.5, "max": 2.5} for name in FEATURES},
    "age_hours": {"importance": 0.25, "stale_above": STALE_ABOVE},
    "plan": {"importance": 0.9, "type": "categorical"},
}
# What versions are said to have reached in training, which is what they reach.
REACHED = {"binary": {"roc_auc": 0.75, "accuracy": 0.72}, "ranking": {"p.roc_auc": 0.72}}


def monitor(name: str, kind: str) -> dict[str, object]:
    outcomes: dict[str, object] = {
        "binary": {"bought": {"matures_after": "3d", "otherwise": 0}},
        "ranking": {
            "click": {"matures_after": "1h", "otherwise": 0},
            "order": {"matures_after": "5d", "otherwise": 0, "horizon": "long_term",
                      "proxy": "click"},
        },
        "regression": {"price": {"matures_after": "7d"}},
    }  # fmt: skip
    scores: dict[str, object] = {
        "binary": {"p": {"outcome": "bought", "threshold": 0.3}},
        "ranking": {"p": {"outcome": "click", "threshold": 0.3}, "p_order": {"outcome": "order"}},
        "regression": {"p": {"kind": "regression", "outcome": "price"}},
    }
    columns = {"time": "at", "version": "version", "id": "id", "user": "user_id"}
    ranking: dict[str, object] = {
        "ranking": {"order_by": "p", "ks": [5]},
        "exposure": {"item": "item_id"},
    }
    return {
        "name": name,
        "problem": kind,
        "owner": "nobody",
        "predictions": {
            "source": ["logs", f"{name}_rows"],
            **columns,
            **({"request": "request_id", "item": "item_id", "position": "position"}
               if kind == "ranking" else {}),
        },
        "scores": scores[kind],
        **(ranking if kind == "ranking" else {}),
        "outcomes": {
            "source": ["logs", f"{name}_outcomes"],
            "prediction": "id", "name": "outcome", "value": "value", "time": "at",
            "kinds": outcomes[kind],
        },
        "features": INPUTS,
        "operations": SLAS,
        "slices": ["region", "device"],
        "protected_slices": ["region"],
        "champion": "v1",
        "windows": ["day", "7d", "30d"],
    }  # fmt: skip


def day_of(
    kind: str, day: int, rows: int, per_user: int, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The predictions of a day and what came of them."""
    count = int(random.poisson(rows * SEASON[day % 7]))
    # a request is one user's
    user = random.integers(0, max(count // per_user, 1), count)
    user = np.arange(count) // 10 if kind == "ranking" else user
    level = random.normal(size=user.max(initial=0) + 1)[user]
    luck = random.normal(size=user.max(initial=0) + 1)[user]
    at = FIRST + pd.Timedelta(days=day) + pd.to_timedelta(random.uniform(0, 86399, count), "s")
    features = 0.6 * level[:, None] + 0.8 * random.normal(size=(count, len(FEATURES)))
    linear = features @ np.array([0.9, 0.5, -0.4, 0.2]) + LEVELS[day % 7]
    frame = pd.DataFrame(features, columns=list(FEATURES))
    frame["id"] = [f"{day}-{number}" for number in range(count)]
    frame["at"] = at
    frame["version"] = np.where(random.random(count) < 0.5, "v1", "v2")
    frame["user_id"] = [f"u{day}-{number}" for number in user]
    frame["region"] = REGIONS[random.choice(4, count, p=[0.5, 0.3, 0.15, 0.05])]
    frame["device"] = DEVICES[random.choice(2, count, p=[0.7, 0.3])]
    # one draw for what is seen of a row, from its user's luck and its own
    drawn = norm.cdf(np.sqrt(0.2) * luck + np.sqrt(0.8) * random.normal(size=count))
    if kind == "regression":
        frame["p"] = 100.0 + 20.0 * linear
        value = frame.p + 12.0 * norm.ppf(drawn)
        is_told = random.random(count) < 0.8
        return frame, told(frame, value, "price", 72.0, is_told, random)
    if kind == "binary":
        frame["p"] = expit(linear - 0.8)
        return frame, told(frame, np.ones(count), "bought", 20.0, drawn < frame.p, random)
    frame["p"] = expit(linear - 1.5)
    frame["p_order"] = 0.3 * frame.p
    frame["item_id"] = [f"i{number}" for number in random.zipf(1.6, count) % 400]
    # ten a request: as they come, in the order of the score
    frame["request_id"] = [f"{day}-{number // 10}" for number in range(count)]
    frame = frame.assign(at=frame.groupby("request_id")["at"].transform("min"))
    order = frame.groupby("request_id")["p"].rank(method="first", ascending=False)
    frame["position"] = order.astype(int)
    ones = np.ones(count)
    clicks = told(frame, ones, "click", 0.1, drawn < frame.p, random)
    orders = told(frame, ones, "order", 24.0, drawn < frame.p_order, random)
    return frame, pd.concat([clicks, orders], ignore_index=True)


def served(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """How long each took and whether it failed: half of it is who asked."""
    codes, users = pd.factorize(frame["user_id"])
    drawn = [
        np.sqrt(0.5) * random.normal(size=len(users))[codes]
        + np.sqrt(0.5) * random.normal(size=len(frame))
        for _ in range(2)
    ]
    return frame.assign(
        latency_ms=MIDDLE * np.exp(SPREAD * drawn[0]), is_error=norm.cdf(drawn[1]) < FAILS
    )


def beside(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """What happens to requests now and then, and what a row says of itself."""
    count = len(frame)
    return frame.assign(
        is_timeout=random.random(count) < 0.002,
        is_fallback=random.random(count) < 0.05,
        is_empty=random.random(count) < 0.002,
        age_hours=random.exponential(STALE_ABOVE / 4, count),
        plan=PLANS[random.choice(4, count, p=[0.5, 0.3, 0.15, 0.05])],
    )


def told(
    frame: pd.DataFrame,
    value: np.ndarray | pd.Series,
    name: str,
    hours: float,
    is_told: np.ndarray | pd.Series,
    random: np.random.Generator,
) -> pd.DataFrame:
    """The outcomes that are told, a while after their predictions."""
    wait = pd.to_timedelta(random.exponential(hours / 3, len(frame)), "h")
    found = pd.DataFrame(
        {"id": frame.id, "outcome": name, "value": value, "at": frame["at"] + wait}
    )
    return found[np.asarray(is_told)]


class Outcomes:
    """Monitors in builds of three, one of each kind, and what they said."""

    def __init__(self, folder: Path, days: int, seed: int) -> None:
        self.folder, self.days, self.seed = folder, days, seed
        self.rules = Rules()

    def batches(self, monitors: int) -> Iterator[pd.DataFrame]:
        for first in range(0, monitors, len(KINDS)):
            alerts = self.run(range(first, min(first + len(KINDS), monitors)))
            print(f"monitors {first} to {first + len(KINDS) - 1}: {len(alerts)} alerts", flush=True)
            yield alerts

    def run(self, numbers: range) -> pd.DataFrame:
        folder = self.folder / f"batch{numbers.start}"
        folder.mkdir()
        database = folder / "log.duckdb"
        monitors, sources = [], []
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema logs")
            for number in numbers:
                kind = KINDS[number % len(KINDS)]
                random = np.random.default_rng([self.seed, number])
                rows = ROWS[number // len(KINDS) % len(ROWS)]
                per_user = ROWS_PER_USER[number // len(KINDS) % len(ROWS_PER_USER)]
                days = [day_of(kind, day, rows, per_user, random) for day in range(self.days)]
                # what is drawn for it leaves the rest as it was
                random = np.random.default_rng([self.seed, number, 1])
                days = [(served(frame, random), outcomes) for frame, outcomes in days]
                random = np.random.default_rng([self.seed, number, 2])
                days = [(beside(frame, random), outcomes) for frame, outcomes in days]
                for name, parts in zip(("rows", "outcomes"), zip(*days, strict=True), strict=True):
                    frame = pd.concat(parts, ignore_index=True)
                    table = f"logs.m{number}_{name}"
                    connection.register("frame", frame)
                    connection.execute(f"create table {table} as select * from frame")
                    sources.append(table)
                monitors.append(monitor(f"m{number}", kind))
            reached = pd.DataFrame(
                [
                    (f"m{number}", version, metric, value)
                    for number in numbers
                    for version in ("v1", "v2")
                    for metric, value in REACHED.get(KINDS[number % len(KINDS)], {}).items()
                ],
                columns=["monitor", "model_version", "metric", "value"],
            )
            connection.register("reached", reached)
            connection.execute("create table logs.version_metrics as select * from reached")
        policy = {"version_metrics": {"source": ["logs", "version_metrics"]}}
        install(folder, database, monitors, policy, (*sources, "logs.version_metrics"))
        Build(folder, str(FIRST + pd.Timedelta(days=self.days, hours=8)))
        with duckdb.connect(str(database), read_only=True) as connection:
            alerts = connection.execute(f"select * from {SCHEMA}.monitor_alerts").df()
            self.rules.add(connection, [f"m{number}" for number in numbers])
        shutil.rmtree(folder)
        alerts["day"] = (alerts.opened_at - FIRST).dt.total_seconds() / 86400
        alerts["is_shown"] = alerts.inhibited_by.isna() & (alerts.nature != "expected")
        return alerts[alerts.state != "pending"]
