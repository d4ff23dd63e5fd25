"""Estimates the rows of the tables before the first build.

The tiers define which subjects are counted for which slices in how many bins. The cells (versions ×
values of a slice) come from the newest days of the log. A bin without a row is not written, so a
cell with few rows has few bins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.doctor.tiers import Subject, Tier, is_fine, occupied, shares, tiers
from model_monitor.findings.monitors import LEARNING_WINDOWS
from model_monitor.text import WHOLE

SKETCHES, WINDOWS = "int_monitor__bins", "int_monitor__window_bins"
SUMS = "int_monitor__window_sums"
PROFILES, DRIFT = "monitor_profiles", "monitor_drift"
TABLES = (SKETCHES, SUMS, WINDOWS, PROFILES, DRIFT)
BASELINES = {  # baselines of each window, unless the configuration names fewer
    "hour": ("seasonal",),
    "day": ("reference", "last_week", "champion", "control"),
    "7d": ("reference", "previous"),
    "30d": ("reference",),
}
DAYS = {"hour": 0, "day": 1, "7d": 7, "30d": 30}
# what a comparison needs on each side, of min_rows: the macro thin_share
THIN = 0.7
# Days before a slice is evaluated: a week before there is a week to compare with, and the windows
# that make a normal range.
WARM_UP = 7 + LEARNING_WINDOWS
Sizes = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Cells:
    """The cells of a slice in the windows of a day: (rows of a cell, number of such cells)."""

    counted: Sizes = ()  # each version, role and arm separately, as in sketches
    by_version: Sizes = ()  # each version and role separately
    together: Sizes = ()  # all live versions together


@dataclass(frozen=True)
class LogStats:
    """Statistics of a log: cells by slice and window, values per subject, days so far."""

    cells: Mapping[tuple[str, str], Cells] = field(default_factory=dict)
    distinct: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, float] = field(default_factory=dict)
    rows_per_day: float = 0.0
    days: float = 0.0
    frozen_days: float = 0.0  # the reference is not compared with itself
    versions: int = 1
    has_control: bool = False
    entities: Mapping[str, Sizes] = field(default_factory=dict)  # (share of the rows, number)


@dataclass(frozen=True)
class Expected:
    """One table: rows of the log so far, per day, and at full retention."""

    table: str
    now: int
    per_day: int
    in_the_end: int


@dataclass(frozen=True)
class Measure:
    """Sketch rows of a cell, by its number of log rows."""

    bins: tuple[tuple[float, ...], ...]
    missing: tuple[float, ...]
    numbers: int  # subjects whose minimum and maximum are stored too

    def held(self, rows: float) -> float:
        """One row per bin that is not empty, and one for missing values."""
        special = occupied(self.missing, rows)
        return sum(occupied(each, rows) for each in self.bins) + special

    def sketched(self, rows: float, *, is_whole_day: bool) -> float:
        """One more row per subject for its total, and two for its extremes."""
        return self.held(rows) + len(self.bins) + (2 * self.numbers if is_whole_day else 0)


def measure(
    monitor: Mapping[str, Any], stats: LogStats, tier: Tier, entry: Mapping[str, Any]
) -> Measure:
    categories = monitor["limits"]["categories"]

    def bins(subject: Subject) -> tuple[float, ...]:
        # the column of a slice has one value within that slice
        own = subject["kind"] == "context" and subject["name"] in entry["columns"]
        distinct = 1 if own else stats.distinct.get(subject["name"])
        return shares(subject, distinct, categories, fine=is_fine(subject, tier.fine))

    return Measure(
        tuple(bins(subject) for subject in tier.subjects),
        tuple(stats.missing.get(subject["name"], 0.0) for subject in tier.subjects),
        sum(subject["type"] == "numeric" for subject in tier.subjects),
    )


def tier_rows(monitor: Mapping[str, Any], stats: LogStats, tier: Tier) -> dict[str, list[float]]:
    """Rows of one tier in each table: so far, per day, at full retention."""
    found = {table: [0.0, 0.0, 0.0] for table in TABLES}
    least, thin = monitor["limits"]["min_cell"], THIN * monitor["limits"]["min_rows"]
    for entry in tier.slices:
        measured = measure(monitor, stats, tier, entry)
        for window in tier.windows:
            cells = stats.cells.get((entry["name"], window), Cells())
            is_whole = entry["name"] == WHOLE
            added = dict.fromkeys(TABLES, 0.0)
            if window in ("hour", "day"):
                added[SKETCHES] = sum(
                    count * measured.sketched(rows, is_whole_day=is_whole and window == "day")
                    for rows, count in cells.counted
                )
            # hours of a combination only date an onset, which uses the sketch alone
            if window == "hour" and len(entry["columns"]) > 1:
                cells = Cells()
            published, evaluated = {}, {}
            for name, sizes in (("versions", cells.by_version), ("together", cells.together)):
                added[WINDOWS] += sum(count * measured.held(rows) for rows, count in sizes)
                added[SUMS] += sum(count * len(tier.subjects) for _, count in sizes)
                published[name] = sum(count for rows, count in sizes if is_whole or rows >= least)
                # a gap is listed of all rows
                is_listed = is_whole and window != "hour"
                evaluated[name] = sum(
                    count for rows, count in sizes if is_listed or rows >= max(least, thin)
                )
            added[PROFILES] = len(tier.subjects) * sum(published.values())
            for table, rows in added.items():
                add(found[table], rows, stats.days, tier.kept, window, table == SKETCHES)
            for baseline, compared in comparisons(monitor, stats, window, **evaluated).items():
                days = stats.days - (stats.frozen_days if baseline == "reference" else 0)
                if not is_whole:
                    days -= WARM_UP + (7 if baseline == "previous" else 0)
                elif window == "hour":
                    days -= 7
                add(found[DRIFT], len(tier.subjects) * compared, days, tier.kept, window)
    return found


def add(
    total: list[float], rows: float, days: float, kept: int, window: str, is_sketch: bool = False
) -> None:
    """Add the rows per day times the days so far, one day, and the retained days."""
    now = ends(min(max(0.0, days), kept), window, is_sketch=is_sketch)
    for index, times in enumerate((now, 1.0, ends(kept, window, is_sketch=is_sketch))):
        total[index] += rows * times


def ends(days: float, window: str, *, is_sketch: bool) -> float:
    """The number of windows in a period: the first must be full, the last complete."""
    if window == "hour":
        return days
    return math.ceil(days) if is_sketch else max(0.0, math.floor(days) + 1.0 - DAYS[window])


def comparisons(
    monitor: Mapping[str, Any], stats: LogStats, window: str, versions: float, together: float
) -> dict[str, float]:
    """Cells that are compared with each baseline; a champion is not its own baseline."""
    found = {
        name: versions + together
        for name in BASELINES.get(window, ())
        if name in monitor["baselines"]
    }
    if stats.versions < 2 or not monitor.get("has_champion"):
        found.pop("champion", None)
    elif "champion" in found:
        found["champion"] = versions * (stats.versions - 1) / stats.versions
    if not stats.has_control:
        found.pop("control", None)
    return found


def expected_rows(
    config: Mapping[str, Any], stats: Mapping[str, Mapping[str, LogStats]]
) -> list[Expected]:
    """Rows per table over all monitors; `stats` by monitor and log."""
    totals: dict[str, list[float]] = {}
    has_registry = bool((config.get("policy") or {}).get("versions"))
    for monitor in config["monitors"]:
        named = monitor.get("champion", "registry") != "registry"
        known_as = {**monitor, "has_champion": named or has_registry}
        for log in monitor["logs"]:
            known = stats.get(monitor["name"], {}).get(log["name"])
            if known is None:
                continue
            for tier in tiers(monitor, log):
                for table, rows in tier_rows(known_as, known, tier).items():
                    before = totals.get(table, [0.0, 0.0, 0.0])
                    totals[table] = [a + b for a, b in zip(before, rows, strict=True)]
    return [Expected(table, *(round(each) for each in rows)) for table, rows in totals.items()]
