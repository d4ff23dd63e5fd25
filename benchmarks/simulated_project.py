"""The project under a simulation: its monitors, their training set, rules for hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from simulated_logs import Subject, World, subjects, values

FIRST = pd.Timestamp("2026-03-02")  # a Monday; the reference is the four weeks before
REFERENCE = range(-28, 0)
# Rules for hours beside the six default ones, with budgets of their own.
HOUR_RULES = (
    ("hour_drift", "drift", "psi", "seasonal", "(all)", "", "drift", 0.1, 0.25, 0.12),
    ("hour_slice_drift", "drift", "psi", "seasonal", "!(all)", "", "drift", 0.2, 0.4, 0.14),
    ("hour_score_tail", "tail", "p95_shift", "seasonal", "", "score", "tail", 0.2, 0.4, 0.1),
    ("hour_missing", "quality", "missing_rate", "", "", "feature", "delta", 0.1, 0.5, 0.08),
    ("hour_errors", "metrics", "value", "", "", "operation", "static", 0.01, 0.05, 0.03),
)
# No default rule is of these kinds either.
KIND_RULES = (
    ("missing_chart", "quality", "missing_rate", "", "", "feature", "control_chart", 4, 6, 0.05),
    ("error_chart", "metrics", "value", "", "", "operation", "control_chart", 4, 6, 0.05),
    ("rows_chart", "volume", "row_count", "", "(all)", "metric", "control_chart", 4, 6, 0.05),
    ("missing_season", "quality", "missing_rate", "", "", "feature", "seasonal", 0.5, 2, 0.05),
    ("error_season", "metrics", "value", "", "", "operation", "seasonal", 0.5, 2, 0.05),
    ("error_burn", "metrics", "value", "", "", "operation", "burn_rate", 1, 6, 0.01),
)
RULE_COLUMNS = (
    "rule_id", "family", "metric", "baseline", "slice_name", "subject_kind", "kind", "warn",
    "critical", "false_alarms_per_monitor_28d",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large a simulation is."""

    days: int
    subjects: int
    slices: int  # over two columns
    together: int  # monitors per build
    columns: tuple[str, ...] = ("s1", "s2")  # what is sliced by
    has_hours: bool = False
    has_kinds: bool = False  # rules of the kinds that no default rule is of

    @property
    def as_of(self) -> str:
        return str(FIRST + pd.Timedelta(days=self.days, hours=8))


def monitor(name: str, everything: Sequence[Subject], size: Size) -> dict[str, object]:
    features = {
        subject.name: {
            "type": subject.shape if not subject.is_numeric else "numeric",
            "critical": subject.is_critical,
        }
        for subject in everything
        if subject.kind == "feature"
    }
    return {
        "name": name,
        "problem": "binary",
        "owner": "nobody",
        "predictions": {"source": ["logs", "predictions"], "time": "served_at"},
        "scores": {subject.name: {} for subject in everything if subject.kind == "score"},
        "features": features,
        "operations": {"latency_ms": {}, "is_error": {"type": "boolean"}},
        "slices": list(size.columns),
        "windows": [*(["hour"] if size.has_hours else []), "day", "7d", "30d"],
        "reference": {"source": ["logs", "training"]},
    }


def rules(size: Size) -> pd.DataFrame:
    """The rules beside the defaults."""
    columns = list(RULE_COLUMNS)
    hours = pd.DataFrame(HOUR_RULES if size.has_hours else (), columns=columns)
    kinds = pd.DataFrame(KIND_RULES if size.has_kinds else (), columns=columns)
    burns = kinds["kind"] == "burn_rate"
    kinds["window_name"] = np.where(burns, "7d", "day")
    kinds["short_window"] = np.where(burns, "day", "")
    kinds["error_budget"] = np.where(burns, "0.01", "")
    return pd.concat([hours.assign(window_name="hour"), kinds], ignore_index=True)


def write_logs(database: Path, size: Size) -> None:
    """A training set that rulers may be frozen from, and a few rows of it for each day of a log."""
    random = np.random.default_rng(1)
    world = World(
        subjects(size.subjects), 1_000, 2, random, size.slices // 2, has_hours=size.has_hours
    )
    parts = [values(world, day).assign(day=day) for day in REFERENCE]
    training = pd.concat(parts, ignore_index=True)
    training["served_at"] = FIRST + pd.to_timedelta(training.pop("day"), unit="D")
    training["served_at"] += pd.to_timedelta(np.arange(len(training)) % 24, unit="h")
    few = training.sample(5 * (size.days + 1), random_state=1).reset_index(drop=True)
    few["served_at"] = FIRST + pd.to_timedelta(np.arange(len(few)) // 5, unit="D")
    few["served_at"] += pd.Timedelta(hours=3)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema logs")
        tables = {"training": training, "predictions": few, "rules": rules(size)}
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"create table logs.{name} as select * from frame")
