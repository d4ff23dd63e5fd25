"""Models with few rows: their configuration, and logs with a fault that begins on a day.

test_small_models asks what is found of them, benchmarks/small_models.py how soon.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .project_harness import SCHEMA

START, DAYS, FAULT = pd.Timestamp("2026-01-05"), 120, 85


def monitor(name: str, **kind: float) -> dict[str, Any]:
    """A binary score, three features and a slice; `kind` completes the categorical one."""
    return {
        "name": name,
        "problem": "binary",
        "predictions": {
            "source": [SCHEMA, name], "time": "scored_at", "id": "id",
            "version": "model_version", "label": "label",
        },
        "scores": {"p": {"outcome": "label", "threshold": 0.5}},
        "features": {
            "x": {"importance": 0.5}, "amount": {"importance": 0.3},
            "kind": {"type": "categorical", **kind},
        },
        "slices": ["region"],
    }  # fmt: skip


def days_of(generator: np.random.Generator, rows: int, days: int, weekend: float) -> Any:
    """The day of each row: about so many on a weekday."""
    counts = generator.poisson(rows * np.where(np.arange(days) % 7 < 5, 1.0, weekend))
    return np.repeat(np.arange(days), counts)


def with_fault(
    generator: np.random.Generator, fault: str, day: Any, logit: Any, values: dict[str, Any]
) -> pd.DataFrame:
    """The log of these values; labels follow the score, until the fault begins."""
    size, late = len(day), day >= FAULT
    p = 1 / (1 + np.exp(-1.6 * logit))
    label = generator.random(size) < p
    x, amount, kind = values["x"], values["amount"], values["kind"]
    if fault == "missing":
        x = np.where(late & (generator.random(size) < 0.6), np.nan, x)
    elif fault == "scaled":
        amount = np.where(late, amount * 1000, amount)
    elif fault == "renamed":
        kind = np.where(late & (kind == "b"), "z", kind)
    elif fault == "worse":
        is_random = late & (generator.random(size) < 0.6)
        label = np.where(is_random, generator.random(size) < 0.5, label)
    seconds = generator.integers(0, 86_400, size)
    return pd.DataFrame({
        "id": np.arange(size).astype(str),
        "scored_at": START + pd.to_timedelta(day * 86_400 + seconds, unit="s"),
        "model_version": "v1",
        "p": p, "x": x, "amount": amount, "kind": kind,
        "region": generator.choice(["north", "south"], size),
        "label": label,
    }).sort_values("scored_at")  # fmt: skip
