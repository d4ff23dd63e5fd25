"""How many rows the tables will have, before the first build.

The arithmetic of the tiers: which subjects are counted for which slices in how many bins, over the
cells (versions × values of a slice) that the newest days of the log really have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FINE_BINS, PROBABILITY_BINS, GROUPS = 28, 40, 11
POINTS = 20
COMBINATION_HOUR_DAYS = 8
WHOLE = "(all)"
PUBLISHED = ("monitor_profiles", "monitor_distributions", "monitor_drift")
JUDGED = {  # which baselines a window is judged against, unless the config names fewer
    "hour": ("seasonal",),
    "day": ("reference", "last_week", "champion", "control"),
    "7d": ("reference", "previous"),
    "30d": ("reference",),
}
Subjects = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Cells:
    """How many cells a slice has in a window, and how many rows they hold together."""

    counted: float = 0  # every version, role and arm apart: what sketches hold
    published: float = 0  # live, all versions together too, from min_cell rows on
    rows: float = 0


@dataclass(frozen=True)
class LogStats:
    """What a log is like: rows a day, versions, cells by slice and window, values per subject."""

    rows_per_day: float
    streams: int = 1
    cells: Mapping[tuple[str, str], Cells] = field(default_factory=dict)
    distinct: Mapping[str, int] = field(default_factory=dict)
    has_champion: bool = False
    has_control: bool = False


@dataclass(frozen=True)
class Expected:
    """One table: rows that a day adds, and rows when retention has set in."""

    table: str
    per_day: int
    in_the_end: int


@dataclass(frozen=True)
class Tier:
    """Subjects that are counted in the same bins for the same slices and windows."""

    subjects: Subjects
    slices: Sequence[str]
    windows: Sequence[str]
    kept: int
    is_fine: bool = True
    is_published: bool = True


def tiers(monitor: Mapping[str, Any], log: Mapping[str, Any]) -> list[Tier]:
    subjects: Subjects = log["subjects"]
    watched = [subject for subject in subjects if subject["watch"]]
    others = [subject for subject in subjects if not subject["watch"]]
    singles = [entry["name"] for entry in log["slices"] if len(entry["columns"]) == 1]
    combined = [entry["name"] for entry in log["slices"] if len(entry["columns"]) > 1]
    longer = [window for window in monitor["windows"] if window != "hour"]
    keep = monitor["retention"]
    found = [
        Tier(subjects, [WHOLE], longer, keep["day"]),
        Tier(watched, singles, longer, keep["day_sliced"]),
        Tier(others, singles, longer, keep["day_sliced"], is_fine=False),
        Tier(watched, combined, longer, keep["day_sliced"]),
    ]
    if "hour" in monitor["windows"]:
        hourly = [
            subject
            for subject in subjects
            if subject["kind"] in ("score", "operation") or subject["critical"]
        ]
        primary = [subject for subject in subjects if subject.get("primary")]
        found += [
            Tier(subjects, [WHOLE], ["hour"], keep["hour"]),
            Tier(hourly, singles, ["hour"], keep["hour"]),
            Tier(primary, combined, ["hour"], COMBINATION_HOUR_DAYS, is_published=False),
        ]
    return [tier for tier in found if tier.subjects and tier.slices and tier.windows]


def bins(
    subject: Mapping[str, Any], distinct: int | None, categories: int, *, is_fine: bool
) -> int:
    """How many bins of a subject have a row, where there are rows enough."""
    if subject["type"] == "boolean":
        return 2
    if subject["type"] == "categorical":
        return min(categories if distinct is None else distinct, categories)
    fine = FINE_BINS + (PROBABILITY_BINS if subject.get("probability") else 0)
    most = fine if is_fine else GROUPS
    return most if distinct is None or distinct > POINTS else min(distinct, most)


def occupied(bins_there: int, rows: float) -> float:
    """Bins that a few rows fall into: one without a row is not written."""
    return bins_there * (1 - (1 - 1 / bins_there) ** rows) if bins_there > 1 else min(1.0, rows)


def tier_rows(monitor: Mapping[str, Any], stats: LogStats, tier: Tier) -> dict[str, int]:
    """Rows that a day adds to each table for one tier."""
    categories = monitor["limits"]["categories"]
    most = [
        bins(subject, stats.distinct.get(subject["name"]), categories, is_fine=tier.is_fine)
        for subject in tier.subjects
    ]
    added = dict.fromkeys(("sketches", *PUBLISHED), 0.0)
    for name in tier.slices:
        for window in tier.windows:
            cells = stats.cells.get((name, window), Cells())
            if not cells.counted:
                continue
            held = sum(occupied(each, cells.rows / cells.counted) for each in most)
            if window in ("hour", "day"):
                added["sketches"] += cells.counted * held
            if tier.is_published:
                profiles = cells.published * len(tier.subjects)
                added["monitor_profiles"] += profiles
                added["monitor_distributions"] += cells.published * held
                added["monitor_drift"] += profiles * baselines(monitor, stats, window)
    return {table: round(rows) for table, rows in added.items()}


def baselines(monitor: Mapping[str, Any], stats: LogStats, window: str) -> int:
    there = {"champion": stats.has_champion, "control": stats.has_control}
    return sum(
        name in monitor["baselines"] and there.get(name, True) for name in JUDGED.get(window, ())
    )


def expected_rows(
    config: Mapping[str, Any], stats: Mapping[str, Mapping[str, LogStats]]
) -> list[Expected]:
    """Rows per table over all monitors; `stats` by monitor and log."""
    per_day: dict[str, int] = {}
    in_the_end: dict[str, int] = {}
    for monitor in config["monitors"]:
        for log in monitor["logs"]:
            known = stats.get(monitor["name"], {}).get(log["name"])
            if known is None:
                continue
            for tier in tiers(monitor, log):
                for table, rows in tier_rows(monitor, known, tier).items():
                    per_day[table] = per_day.get(table, 0) + rows
                    in_the_end[table] = in_the_end.get(table, 0) + rows * tier.kept
    return [Expected(table, rows, in_the_end[table]) for table, rows in per_day.items()]
