"""How far each subject is from its reference, day by day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from model_monitor.report.figures import Tick, seconds, time_axis
from model_monitor.report.section import Block, Section, View
from model_monitor.report.traced import as_number, counted, ratio
from model_monitor.report.wording import count, last_day, number, times, window

DRIFT = """
select
    monitor, log, subject, window_name, window_end, status, is_reference_mismatch,
    psi_valid - psi_noise_limit as effect
from {monitor_drift}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and baseline = 'reference'
    and window_name in ('day', '7d', '30d')
    and window_end > {since}
order by monitor, log, subject, window_name, window_end
"""
RESOLUTIONS = """
select monitor, log, subject, resolution, reason
from {monitor_coverage}
where {monitors}
    and family = 'drift'
    and model_version = '(all)'
    and slice_name = '(all)'
order by monitor, log, subject
"""
# The smallest distance beyond chance that the default rules report.
RULES = """
select rule_id, warn
from {monitor_alert_rules}
where metric = 'psi'
    and slice_name = '(all)'
    and enabled = 'true'
order by rule_id
"""
SHOWN = 40
EVALUATED = ("ok", "drifted")
# Up to which multiple of the threshold a colour goes: not drifted, then drifted.
NEAR = ((0.0, 0), (0.5, 1))
DRIFTED = ((2.0, 3), (5.0, 4))
DRIFTED_COLOURS = (3, 4, 5)


@dataclass(frozen=True)
class Row:
    """One subject: a path per colour, in days from the start of the period. The first path is
    below the others: all evaluated days, in the colour of most days without drift.
    """

    name: str
    paths: tuple[tuple[int, str], ...]
    drifted_count: int
    drifted: str
    evaluated: str
    peak: str
    window: str
    note: str


@dataclass(frozen=True)
class HeatMap:
    """The content of the section."""

    affected: tuple[Row, ...]
    others: tuple[Row, ...]
    more: int
    days: int
    ticks: tuple[Tick, ...]
    threshold: str


def build(view: View) -> Block | None:
    if not view.has(DRIFT):
        return None
    by_subject: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in view.rows(DRIFT):
        by_subject.setdefault((str(row["log"]), str(row["subject"])), []).append(row)
    queries = tuple(query for query in (DRIFT, RESOLUTIONS, RULES) if view.has(query))
    if not by_subject:
        note = "No distribution has been compared with its reference in this period."
        return Block(note=note, queries=queries)
    coverage = {(str(row["log"]), str(row["subject"])): row for row in view.rows(RESOLUTIONS)}
    limit = threshold(view.source.everything(RULES))
    rows = [
        subject_row(view, key, rows, coverage.get(key, {}), limit)
        for key, rows in by_subject.items()
    ]
    ordered = sorted(rows, key=lambda row: (-row.drifted_count, row.name))[:SHOWN]
    _, ticks = time_axis(view.period.since, view.period.until, 0, 100, most=6)
    content = HeatMap(
        tuple(row for row in ordered if row.drifted_count),
        tuple(row for row in ordered if not row.drifted_count),
        max(0, len(rows) - SHOWN),
        max(1, (view.period.until - view.period.since).days),
        ticks,
        number(limit),
    )
    return Block(content, queries=queries)


def threshold(rules: Sequence[Mapping[str, Any]]) -> float:
    limits = [as_number(rule, "warn") for rule in rules if rule["warn"]]
    return min(limits, default=1.0)


def subject_row(
    view: View,
    key: tuple[str, str],
    rows: Sequence[Mapping[str, Any]],
    coverage: Mapping[str, Any],
    limit: float,
) -> Row:
    log, subject = key
    resolution = str(coverage.get("resolution") or "day")
    chosen = [row for row in rows if row["window_name"] == resolution]
    start = seconds(view.period.since)
    cells: dict[int, list[int]] = {}
    coloured = []
    for row in chosen:
        colour = colour_of(row, limit)
        if colour is not None:
            coloured.append(row)
            end = row["window_end"] - timedelta(days=1)
            cells.setdefault(colour, []).append(round((seconds(end) - start) / 86400))
    drifted = [row for row in chosen if row["status"] == "drifted" and row["effect"] is not None]
    evaluated = counted(coloured, chosen, "effect")
    peak = max(drifted, key=lambda row: float(row["effect"]), default=None)
    name = subject if log == "predictions" else f"{log} › {subject}"
    most = "" if peak is None else times(ratio(peak["effect"], limit))
    on = "" if peak is None else last_day(peak["window_end"])
    note = "" if evaluated else not_evaluated(coverage, chosen)
    drifted_days = count(counted(drifted, chosen, "status")) if drifted else ""
    return Row(
        name,
        paths(cells),
        len(drifted),
        drifted_days,
        count(evaluated),
        f"{most} on {on}" if most else "",
        "" if resolution == "day" else window(resolution),
        note,
    )


def colour_of(row: Mapping[str, Any], limit: float) -> int | None:
    """A step of the legend; None where the subject was not evaluated."""
    if row["status"] not in EVALUATED or row["effect"] is None or row["is_reference_mismatch"]:
        return None
    ratio = float(row["effect"]) / limit
    steps, last = (DRIFTED, 5) if row["status"] == "drifted" else (NEAR, 2)
    return next((colour for below, colour in steps if ratio <= below), last)


def paths(cells: Mapping[int, Sequence[int]]) -> tuple[tuple[int, str], ...]:
    """A path per colour. Later paths cover earlier ones, which saves gaps in the earlier ones."""
    calm = [colour for colour in cells if colour not in DRIFTED_COLOURS]
    below = max(calm, key=lambda colour: len(cells[colour]), default=0)
    evaluated = [day for days in cells.values() for day in days]
    drifted = {day for colour in DRIFTED_COLOURS for day in cells.get(colour, ())}
    above = [
        (colour, path(days, set() if colour in DRIFTED_COLOURS else drifted))
        for colour, days in sorted(cells.items())
        if colour != below
    ]
    return ((below, path(evaluated)), *above) if evaluated else ()


def path(days: Sequence[int], covered: Collection[int] = ()) -> str:
    """One line per run of days, as wide as a cell is high. It may pass below `covered` days."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and all(between in covered for between in range(runs[-1][1], day)):
            runs[-1][1] = day + 1
        else:
            runs.append([day, day + 1])
    steps = [f"h{end - start}" for start, end in runs]
    for index in range(1, len(runs)):
        steps[index] = f"m{runs[index][0] - runs[index - 1][1]} 0{steps[index]}"
    return f"M{runs[0][0]} .5{''.join(steps)}" if runs else ""


def not_evaluated(coverage: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    if coverage.get("resolution") in ("too_small", "unlabelled") and coverage.get("reason"):
        return f"not evaluated: {coverage['reason']}"
    if any(row["is_reference_mismatch"] for row in rows):
        return "not evaluated: the reference does not describe production"
    statuses = sorted({str(row["status"]).replace("_", " ") for row in rows})
    return f"not evaluated: {', '.join(statuses) or 'no window yet'}"


SECTION = Section(
    "heatmap", "What drifts, day by day",
    "Which inputs and scores are far from their reference, and since when?", build,
)  # fmt: skip
