"""How many rows the result tables will have, before the first build.

The arithmetic of the tiers: which subjects are counted for which slices in which bins, times the
values that the log really has. A foretelling, meant to be right within a factor of two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FINE_BINS, PROBABILITY_BINS, GROUPS = 28, 100, 11
POINTS = 20
HOURS = 24
COMBINATION_HOUR_DAYS = 8
SPECIAL = 2  # missing, and other or unseen
JUDGED = {  # which baselines a window is judged against, unless the config names fewer
    "hour": ("seasonal",),
    "day": ("reference", "last_week", "champion", "control"),
    "7d": ("reference", "previous"),
    "30d": ("reference",),
}


@dataclass(frozen=True)
class LogStats:
    """What a log is like. Streams: the versions, roles and arms that are counted apart."""

    rows_per_day: float
    streams: int = 1
    slice_values: Mapping[str, int] = None  # type: ignore[assignment]
    distinct: Mapping[str, int] = None  # type: ignore[assignment]
    has_champion: bool = False
    has_control: bool = False


@dataclass(frozen=True)
class Expected:
    """One table: rows that a day adds, and rows when retention has set in."""

    table: str
    per_day: int
    in_the_end: int


def fine_bins(subject: Mapping[str, Any], distinct: int | None, categories: int) -> int:
    values = distinct if distinct is not None else categories
    if subject["type"] == "boolean":
        return 2
    if subject["type"] == "categorical":
        return min(values, categories)
    bins = FINE_BINS + (PROBABILITY_BINS if subject.get("probability") else 0)
    return bins if distinct is None or distinct > POINTS else distinct


def grouped_bins(subject: Mapping[str, Any], distinct: int | None, categories: int) -> int:
    return min(fine_bins(subject, distinct, categories), GROUPS + SPECIAL)


@dataclass(frozen=True)
class Tier:
    """Subjects counted for the same cells: how many cells, and what they hold."""

    cells: int
    subjects: int
    bins: int  # over all of the subjects, where no bin is empty
    rows_per_cell: float
    per_day: int
    kept: int

    @property
    def profiles(self) -> int:
        return self.cells * self.subjects * self.per_day

    @property
    def sketches(self) -> int:
        """A bin without a row is not written, so a small cell has as many as it has rows."""
        full = min(self.bins, self.subjects * self.rows_per_cell)
        return round(self.cells * full * self.per_day)


def tiers(monitor: Mapping[str, Any], log: Mapping[str, Any], stats: LogStats) -> list[Tier]:
    limits, retention = monitor["limits"], monitor["retention"]
    values = stats.slice_values or {}
    distinct = stats.distinct or {}
    singles = combinations = 0
    for entry in log["slices"]:
        if len(entry["columns"]) == 1:
            singles += min(
                values.get(entry["name"], limits["slice_values"]), limits["slice_values"] + 2
            )
        else:
            combinations += min(
                values.get(entry["name"], limits["combination_values"]),
                limits["combination_values"],
            )
    subjects = log["subjects"]
    watched = [subject for subject in subjects if subject["watch"]]
    others = [subject for subject in subjects if not subject["watch"]]
    hourly = [
        subject
        for subject in subjects
        if subject["kind"] in ("score", "operation") or subject["critical"]
    ]
    primary = [subject for subject in subjects if subject.get("primary")]

    def tier(
        chosen: Sequence[Mapping[str, Any]], cells: int, *, fine: bool, hours: bool, kept: int
    ) -> Tier:
        count = fine_bins if fine else grouped_bins
        bins = sum(
            count(subject, distinct.get(subject["name"]), limits["categories"])
            for subject in chosen
        )
        parts = (HOURS if hours else 1) * max(stats.streams, 1) * max(cells, 1)
        return Tier(
            cells * stats.streams, len(chosen), bins, stats.rows_per_day / parts,
            HOURS if hours else 1, kept,
        )  # fmt: skip

    found = [
        tier(subjects, 1, fine=True, hours=False, kept=retention["day"]),
        tier(watched, singles, fine=True, hours=False, kept=retention["day_sliced"]),
        tier(others, singles, fine=False, hours=False, kept=retention["day_sliced"]),
        tier(watched, combinations, fine=True, hours=False, kept=retention["day_sliced"]),
    ]
    if "hour" in monitor["windows"]:
        found += [
            tier(subjects, 1, fine=True, hours=True, kept=retention["hour"]),
            tier(hourly, singles, fine=True, hours=True, kept=retention["hour"]),
            tier(primary, combinations, fine=True, hours=True, kept=COMBINATION_HOUR_DAYS),
        ]
    return [each for each in found if each.cells and each.subjects]


def baselines(monitor: Mapping[str, Any], stats: LogStats, window: str) -> int:
    there = {"champion": stats.has_champion, "control": stats.has_control}
    return sum(
        name in monitor["baselines"] and there.get(name, True) for name in JUDGED.get(window, ())
    )


def expected_rows(
    config: Mapping[str, Any], stats: Mapping[str, Mapping[str, LogStats]]
) -> list[Expected]:
    """Rows per result table over all monitors; `stats` by monitor and log."""
    added: dict[str, list[int]] = {}
    for monitor in config["monitors"]:
        for log in monitor["logs"]:
            known = stats.get(monitor["name"], {}).get(log["name"])
            if known is None:
                continue
            longer = [window for window in monitor["windows"] if window != "hour"]
            for each in tiers(monitor, log, known):
                windows = ["hour"] if each.per_day == HOURS else longer
                judged = sum(baselines(monitor, known, window) for window in windows)
                for table, rows in (
                    ("sketches", each.sketches),
                    ("monitor_profiles", each.profiles * len(windows)),
                    ("monitor_distributions", each.sketches * len(windows)),
                    ("monitor_drift", each.profiles * judged),
                ):
                    total = added.setdefault(table, [0, 0])
                    total[0] += rows
                    total[1] += rows * each.kept
    return [Expected(table, *counts) for table, counts in added.items()]
