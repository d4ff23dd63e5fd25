"""How far each subject is from its reference, day by day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from model_monitor.report.figures import Tick, seconds, time_axis
from model_monitor.report.section import Block, Section, View
from model_monitor.report.traced import as_number, counted, ratio
from model_monitor.report.wording import count, last_day, naive, number, times, window

DRIFT = """
select
    monitor, log, subject, window_name, window_end, status, is_learning, is_reference_mismatch,
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
# The limits of the rules that evaluate each subject, and of the default rules for other subjects.
LIMITS = """
select monitor, log, subject, window_name, rule_id, warn, critical, valid_from, valid_to
from {int_monitor__rule_scopes}
where {monitors}
    and metric = 'psi'
    and kind = 'drift'
    and baseline = 'reference'
    and (at_resolution or is_named)
    and (coalesce(slice_pattern, '') in ('', '*') or slice_pattern like '%(all)%')
    and coalesce(slice_pattern, '') not like '!%'
    and (coalesce(version_pattern, '') in ('', '*') or version_pattern like '%(all)%')
    and coalesce(version_pattern, '') not like '!%'
order by monitor, log, subject, window_name, rule_id, valid_from
"""
RULES = """
select rule_id, warn
from {monitor_alert_rules}
where metric = 'psi'
    and slice_name = '(all)'
    and enabled = 'true'
order by rule_id
"""
SHOWN = 40
DRIFTED_FROM = 0.1
EVALUATED = ("ok", "drifted")
# Up to which multiple of the threshold a colour goes: not drifted, then drifted.
NEAR = ((0.0, 0), (0.5, 1))
DRIFTED = ((2.0, 3), (5.0, 4))
DRIFTED_COLOURS = (3, 4, 5)


# A log, a subject and a window.
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Window:
    """One comparison with the reference, and the limit for it."""

    row: Mapping[str, Any]
    limit: Any


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
    every = (DRIFT, RESOLUTIONS, RULES, LIMITS)
    queries = tuple(query for query in every if view.has(query))
    if not by_subject:
        note = "No distribution has been compared with its reference in this period."
        return Block(note=note, queries=queries)
    coverage = {(str(row["log"]), str(row["subject"])): row for row in view.rows(RESOLUTIONS)}
    default = threshold(view.source.everything(RULES))
    rules: dict[Key, list[dict[str, Any]]] = {}
    for rule in view.rows(LIMITS):
        rules.setdefault(key_of(rule), []).append(rule)
    rows, limits = [], []
    for key, found in by_subject.items():
        windows = [Window(row, limit_of(row, rules.get(key_of(row), ()), default)) for row in found]
        rows.append(subject_row(view, key, windows, coverage.get(key, {})))
        limits += [window.limit for window in windows]
    ordered = sorted(rows, key=lambda row: (-row.drifted_count, row.name))[:SHOWN]
    _, ticks = time_axis(view.period.since, view.period.until, 0, 100, most=6)
    content = HeatMap(
        tuple(row for row in ordered if row.drifted_count),
        tuple(row for row in ordered if not row.drifted_count),
        max(0, len(rows) - SHOWN),
        max(1, (view.period.until - view.period.since).days),
        ticks,
        limits_text(min(limits), max(limits)),
    )
    return Block(content, queries=queries)


def threshold(rules: Sequence[Mapping[str, Any]]) -> Any:
    """The smallest limit of the default rules; without them, where `drifted` begins."""
    limits = [as_number(rule, "warn") for rule in rules if rule["warn"]]
    return min(limits, default=DRIFTED_FROM)


def key_of(row: Mapping[str, Any]) -> Key:
    return str(row["log"]), str(row["subject"]), str(row["window_name"])


def limit_of(row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], default: Any) -> Any:
    """What an alert of this window must reach: critical while its baseline warms up, else warn."""
    end = naive(row["window_end"])
    names = ("critical", "warn") if row["is_learning"] else ("warn", "critical")
    limits = [
        next((rule[name] for name in names if rule[name] is not None), None)
        for rule in rules
        if naive(rule["valid_from"]) <= end < naive(rule["valid_to"])
    ]
    return min((limit for limit in limits if limit), default=default)


def limits_text(low: Any, high: Any) -> str:
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def subject_row(
    view: View,
    key: tuple[str, str],
    windows: Sequence[Window],
    coverage: Mapping[str, Any],
) -> Row:
    log, subject = key
    resolution = str(coverage.get("resolution") or "day")
    chosen = [each for each in windows if each.row["window_name"] == resolution]
    every = [each.row for each in chosen]
    start = seconds(view.period.since)
    cells: dict[int, list[int]] = {}
    coloured = []
    for each in chosen:
        colour = colour_of(each)
        if colour is not None:
            coloured.append(each.row)
            end = each.row["window_end"] - timedelta(days=1)
            cells.setdefault(colour, []).append(round((seconds(end) - start) / 86400))
    drifted = [
        each
        for each in chosen
        if each.row["status"] == "drifted" and each.row["effect"] is not None
    ]
    evaluated = counted(coloured, every, "effect")
    peak = max(drifted, key=lambda each: float(each.row["effect"]) / each.limit, default=None)
    name = subject if log == "predictions" else f"{log} › {subject}"
    drifted_rows = [each.row for each in drifted]
    most = "" if peak is None else times(ratio(peak.row["effect"], peak.limit))
    on = "" if peak is None else last_day(peak.row["window_end"])
    return Row(
        name,
        paths(cells),
        len(drifted),
        count(counted(drifted_rows, every, "status")) if drifted else "",
        count(evaluated),
        f"{most} on {on}" if most else "",
        "" if resolution == "day" else window(resolution),
        "" if evaluated else not_evaluated(coverage, every),
    )


def colour_of(window: Window) -> int | None:
    """A step of the legend; None where the subject was not evaluated."""
    row = window.row
    if row["status"] not in EVALUATED or row["effect"] is None or row["is_reference_mismatch"]:
        return None
    ratio = float(row["effect"]) / window.limit
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
