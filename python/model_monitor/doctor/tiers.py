"""The tiers of a log: which subjects are counted for which slices, in how many bins.

The models have the same rules: see docs/understand/concepts.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.text import WHOLE

# the shares between the percentiles 0.1, 0.5, 1, 2.5, 5, 10 … 99.9 of a numeric ruler
FINE = (0.001, 0.004, 0.005, 0.015, 0.025, *(0.05,) * 18, 0.025, 0.015, 0.005, 0.004, 0.001)
GROUPS = (0.1,) * 10
# a probability also has a hundred bins of equal width, many of them empty
SCORES = tuple(share for each in FINE for share in ((each / 3,) * 3 if each > 0.02 else (each,)))
POINTS = 20
Subject = Mapping[str, Any]


@dataclass(frozen=True)
class Tier:
    """Subjects that share slices and windows. `fine` names those with fine bins."""

    subjects: Sequence[Subject]
    slices: Sequence[Mapping[str, Any]]
    windows: Sequence[str]
    kept: int
    fine: str = "all"  # all, scores, primary


def tiers(monitor: Mapping[str, Any], log: Mapping[str, Any]) -> list[Tier]:
    subjects: Sequence[Subject] = log["subjects"]
    watched = [subject for subject in subjects if subject["watch"]]
    whole = [{"name": WHOLE, "columns": []}]
    singles = [entry for entry in log["slices"] if len(entry["columns"]) == 1]
    combined = [entry for entry in log["slices"] if len(entry["columns"]) > 1]
    longer = [window for window in monitor["windows"] if window != "hour"]
    keep = monitor["retention"]
    found = [
        Tier(subjects, whole, longer, keep["day"]),
        Tier(subjects, singles, longer, keep["day_sliced"], "scores"),
        # a combination has daily windows only
        Tier(watched, combined, [w for w in longer if w == "day"], keep["day_sliced"], "scores"),
    ]
    if "hour" in monitor["windows"]:
        hourly = [s for s in subjects if s["kind"] in ("score", "operation") or s["critical"]]
        primary = [subject for subject in subjects if subject.get("primary")]
        found += [
            Tier(subjects, whole, ["hour"], keep["hour"], "scores"),
            Tier(hourly, singles, ["hour"], keep["hour"], "primary"),
            Tier(primary, combined, ["hour"], keep["hour"], "primary"),
        ]
    return [tier for tier in found if tier.subjects and tier.slices and tier.windows]


def is_fine(subject: Subject, fine: str) -> bool:
    return (
        fine == "all"
        or (fine == "scores" and subject["kind"] in ("score", "operation"))
        or (fine == "primary" and bool(subject.get("primary")))
    )


def shares(
    subject: Subject, distinct: int | None, categories: int, *, fine: bool
) -> tuple[float, ...]:
    """The expected share of the rows in each bin of a subject."""
    if subject["type"] == "boolean":
        return (0.5,) * 2
    if subject["type"] == "categorical":
        return falling(min(categories if distinct is None else distinct, categories))
    if distinct is not None and distinct <= POINTS:
        return falling(distinct)
    if not fine:
        return GROUPS
    if not subject.get("probability"):
        return FINE
    return SCORES


def falling(count: int) -> tuple[float, ...]:
    """Zipf shares, as values are rarely equally frequent: 1, 1/2, 1/3 … of the first."""
    total = sum(1 / rank for rank in range(1, count + 1))
    return tuple(1 / rank / total for rank in range(1, count + 1))


def occupied(bins: Sequence[float], rows: float) -> float:
    """The expected number of bins that are not empty."""
    if rows <= 0:
        return 0.0
    return sum(1.0 if share >= 1 else 1 - (1 - share) ** rows for share in bins)
