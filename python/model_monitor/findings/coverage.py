"""What is watched daily, weekly, monthly and not at all, from monitor_coverage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from model_monitor.errors import UsageError
from model_monitor.output import Output
from model_monitor.text import WHOLE, nearest
from model_monitor.warehouse.read import Readable, read, records

SHOWN_GAPS = 6
WORDS = {"day": "daily", "7d": "weekly", "30d": "monthly"}
NOT_WATCHED = {"too_small": "too small", "unlabelled": "without labels"}

COUNTS_SQL = """
select
    monitor,
    resolution,
    count(*) as series_count
from {table}
where model_version = '(all)'
group by monitor, resolution
order by monitor, resolution
"""
# one line per family and slice: its subjects mostly have equally many rows
GAPS_SQL = """
select
    monitor,
    family,
    slice_name,
    resolution,
    count(*) as series_count,
    min(reason) as reason
from {table}
where model_version = '(all)'
    and reason is not null
group by monitor, family, slice_name, resolution
order by monitor, resolution, family, slice_name
"""
ROWS_SQL = """
select *
from {table}
order by monitor, log, family, subject, model_version, slice_name, slice_value
"""

Row = Mapping[str, Any]


def rows(project: Readable, monitor: str | None) -> list[dict[str, Any]]:
    """Every row of the table, or of one monitor."""
    found = records(read(project, "monitor_coverage", ROWS_SQL))
    check_name(monitor, {row["monitor"] for row in found})
    return [row for row in found if monitor in (None, row["monitor"])]


def check_name(monitor: str | None, names: Collection[str]) -> None:
    if monitor is not None and monitor not in names:
        raise UsageError(
            f"--monitor: no results. {nearest(monitor, sorted(names))}. Got: {monitor}"
        )


def summaries(project: Readable) -> dict[str, str]:
    """What is evaluated of each monitor, in a sentence."""
    counts: dict[str, dict[str, int]] = {}
    for row in records(read(project, "monitor_coverage", COUNTS_SQL)):
        counts.setdefault(row["monitor"], {})[row["resolution"]] = int(row["series_count"])
    return {monitor: sentence(monitor, found) for monitor, found in counts.items()}


def sentence(monitor: str, counts: Mapping[str, int]) -> str:
    watched = [f"{counts[name]:,} {word}" for name, word in WORDS.items() if counts.get(name)]
    missed = [f"{counts[name]:,} {word}" for name, word in NOT_WATCHED.items() if counts.get(name)]
    text = f"{monitor}: series evaluated: {', '.join(watched) or 'none yet'}"
    return f"{text}; not evaluated: {', '.join(missed)}" if missed else text


def show(project: Readable, output: Output, monitor: str | None) -> None:
    """Per monitor a sentence, then what is not watched daily and why."""
    found = summaries(project)
    gaps = records(read(project, "monitor_coverage", GAPS_SQL))
    check_name(monitor, found)
    for name, summary in found.items():
        if monitor in (None, name):
            output.say(summary)
            for line in gap_lines([gap for gap in gaps if gap["monitor"] == name]):
                output.say(f"  {line}")
    if not found:
        output.say("No windows have been evaluated yet. Next: model-monitor run")


def gap_lines(gaps: Sequence[Row]) -> list[str]:
    """The gaps of one monitor: what is not watched first."""
    ordered = sorted(gaps, key=lambda gap: (gap["resolution"] in WORDS, gap["slice_name"] != WHOLE))
    lines = [gap_line(gap) for gap in ordered[:SHOWN_GAPS]]
    more = len(ordered) - len(lines)
    return [*lines, f"and {more} more (--json lists every series)"] if more > 0 else lines


def where(gaps: Sequence[Row]) -> str:
    names = [str(gap["slice_name"]) for gap in gaps]
    slices = ", ".join(name for name in names if name != WHOLE)
    parts = ["all rows"] if WHOLE in names else []
    return "; ".join([*parts, f"slices by {slices}"] if slices else parts)


def gap_line(gap: Row) -> str:
    word = WORDS.get(gap["resolution"]) or NOT_WATCHED[gap["resolution"]]
    counted = f"{gap['family']} in {where([gap])} ({gap['series_count']})"
    return f"{word}: {counted}, because {gap['reason']}"
