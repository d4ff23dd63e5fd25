"""Estimates the rows of the tables of outcomes and exposure, from the same cells.

The bins of a score are those of its ruler. The delay and the share of labels are not examined, so
the estimates are upper bounds when labels are few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.doctor.sizes import Cells, Expected, LogStats, Sizes, add
from model_monitor.doctor.tiers import occupied, shares
from model_monitor.text import WHOLE

BINS, LABELS, PERFORMANCE = "int_monitor__outcome_bins", "monitor_labels", "monitor_performance"
BUCKETS, CONCEPT = "monitor_calibration_buckets", "monitor_concept"
ENTITIES, CONCENTRATION = "int_monitor__entity_counts", "monitor_concentration"
ENTITY_DAYS = 35
DELAYS = (1 / 40,) * 40  # delays in steps of 0.1 on the log scale of seconds, from minutes to weeks
TENTHS = (0.1,) * 10
DECISIONS = (0.25,) * 4  # what decisions of each kind were worth, where costs depend on the row


@dataclass(frozen=True)
class Outcome:
    """One outcome, with the bins of each score that it evaluates."""

    matures: float  # days
    bins: Sequence[Sequence[float]]  # per score or class; one bin for a regression; the costs
    probabilities: int
    classes: int  # rows of monitor_performance: multiclass adds three averages
    is_binary: bool


def expected_outcomes(
    config: Mapping[str, Any], stats: Mapping[str, Mapping[str, LogStats]]
) -> list[Expected]:
    """Rows per table over all monitors that have outcomes or exposure."""
    totals: dict[str, list[float]] = {}
    for monitor in config["monitors"]:
        known = stats.get(monitor["name"], {}).get("predictions")
        if known is not None:
            for table, rows in outcome_sizes(monitor, known).items():
                before = totals.get(table, [0.0, 0.0, 0.0])
                totals[table] = [a + b for a, b in zip(before, rows, strict=True)]
    return [Expected(table, *(round(each) for each in rows)) for table, rows in totals.items()]


def outcome_sizes(monitor: Mapping[str, Any], stats: LogStats) -> dict[str, list[float]]:
    """Rows in each table: so far, per day, at full retention."""
    found: dict[str, list[float]] = {}
    for outcome in outcomes(monitor, stats):
        for name, window, cells, kept in places(monitor, stats):
            is_whole = name == WHOLE
            if window == "day":
                held = sum(n * sketched(outcome, each, is_whole) for each, n in cells.counted)
                grow(found, BINS, held + 1, stats.days, kept, window)
            published = large_enough(cells, monitor, is_whole=is_whole)
            days = stats.days - outcome.matures
            count = sum(n for _, n in published)
            grow(found, LABELS, count, stats.days, kept, window)
            if outcome.bins:
                grow(found, PERFORMANCE, count * outcome.classes, days, kept, window)
            if outcome.probabilities:
                rows = sum(2 * n * occupied(TENTHS, each) for each, n in published)
                grow(found, BUCKETS, rows * outcome.probabilities, days, kept, window)
            if outcome.is_binary and is_whole and window in ("day", "7d"):
                # a day is compared with the day a week before, a week with earlier weeks
                before = 7 if window == "day" else 1
                grow(found, CONCEPT, count * watched(monitor), days - before, kept, window)
    for shown in stats.entities.values():
        for name, window, cells, kept in places(monitor, stats, has_combinations=False):
            if window == "day":
                rows = sum(n * distinct(shown, each) for each, n in cells.by_version)
                grow(found, ENTITIES, rows + 1, stats.days, min(kept, ENTITY_DAYS), window)
            if window != "30d" or name == WHOLE:
                rows = sum(n for _, n in large_enough(cells, monitor, is_whole=name == WHOLE))
                grow(found, CONCENTRATION, rows, stats.days, kept, window)
    return found


def outcomes(monitor: Mapping[str, Any], stats: LogStats) -> Iterator[Outcome]:
    log = monitor["logs"][0]
    kinds = dict((monitor.get("outcomes") or {}).get("kinds") or {})
    if log["columns"].get("label"):
        kinds["label"] = {"matures_after": 0}
    subjects = {subject["name"]: subject for subject in log["subjects"]}
    limit = monitor["limits"]["categories"]
    costed = costed_score(monitor)
    for name, kind in kinds.items():
        scored = {
            score: spec
            for score, spec in (monitor.get("scores") or {}).items()
            if spec.get("outcome") == name
        }
        names: list[str] = []
        rows = 0
        for score, spec in scored.items():
            classes = list(spec.get("probabilities") or {})
            names += [f"{score}.{each}" for each in classes] or [score]
            rows += len(classes) + 3 if classes else 1
        known = [subjects[each] for each in names if each in subjects]
        bins = [
            shares(each, stats.distinct.get(each["name"]), limit, fine=True)
            if each.get("probability")
            else (1.0,)
            for each in known
        ]
        yield Outcome(
            matures=kind["matures_after"] / 86_400,
            bins=[*bins, DECISIONS] if costed in scored else bins,
            probabilities=sum(bool(each.get("probability")) for each in known),
            classes=rows,
            is_binary=any(spec.get("kind") == "binary" for spec in scored.values()),
        )


def costed_score(monitor: Mapping[str, Any]) -> str | None:
    """The score whose decisions have amounts from columns: the first binary one."""
    if not monitor["logs"][0].get("costs"):
        return None
    for name, spec in (monitor.get("scores") or {}).items():
        if spec.get("kind") == "binary" and spec.get("outcome"):
            return str(name)
    return None


def places(
    monitor: Mapping[str, Any], stats: LogStats, *, has_combinations: bool = True
) -> Iterator[tuple[str, str, Cells, int]]:
    """Slices and windows of outcomes: days, and longer ones except for combinations."""
    keep = monitor["retention"]
    for entry in [{"name": WHOLE, "columns": []}, *monitor["logs"][0]["slices"]]:
        is_combination = len(entry["columns"]) > 1
        for window in monitor["windows"]:
            if window == "hour" or (is_combination and (window != "day" or not has_combinations)):
                continue
            cells = stats.cells.get((entry["name"], window), Cells())
            kept = keep["day_sliced" if entry["columns"] else "day"]
            yield entry["name"], window, cells, kept


def large_enough(cells: Cells, monitor: Mapping[str, Any], *, is_whole: bool) -> Sizes:
    """Cells of single versions and of all live versions, large enough to be published."""
    least = 0 if is_whole else monitor["limits"]["min_cell"]
    return [each for each in (*cells.by_version, *cells.together) if each[0] >= least]


def sketched(outcome: Outcome, rows: float, is_whole: bool) -> float:
    """Rows of a cell: those of the label, and one per bin of each score that is not empty."""
    label = 1 + occupied(DELAYS, rows) if is_whole else 1
    return label + sum(occupied(bins, rows) for bins in outcome.bins)


def distinct(entities: Sizes, rows: float) -> float:
    """The expected number of entities in these rows."""
    return sum(times * occupied((share,), rows) for share, times in entities)


def watched(monitor: Mapping[str, Any]) -> int:
    subjects = monitor["logs"][0]["subjects"]
    return sum(each["watch"] and each["kind"] in ("score", "feature") for each in subjects)


def grow(
    found: dict[str, list[float]], table: str, rows: float, days: float, kept: int, window: str
) -> None:
    is_sketch = table in (BINS, ENTITIES)
    add(found.setdefault(table, [0.0, 0.0, 0.0]), rows, days, kept, window, is_sketch)
