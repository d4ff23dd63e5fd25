"""The last values of an alert's series as one line, with its onset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_monitor.output import Output, shown
from model_monitor.warehouse.read import Readable, read, records

# What identifies the series of an alert in monitor_signals.
KEYS = (
    "monitor", "log", "role", "model_version", "window_name", "slice_name", "slice_value", "family",
    "subject", "metric", "baseline",
)  # fmt: skip
BARS, BOUNDARY = "▁▂▃▄▅▆▇█", "│"
ASCII_BARS, ASCII_BOUNDARY = "_.-=+*%#", "|"
MOST_WINDOWS, LEAST_WINDOWS, LEAST_VALUES = 40, 16, 3
# A narrower terminal shows no series in a list of alerts.
WIDE = 100
# Columns on the left of the line: its label.
INDENT = 17


@dataclass(frozen=True)
class Point:
    """The value of a window; None where the window was not evaluated."""

    window_end: datetime
    value: float | None


Series = Sequence[Point]


def read_series(project: Readable, alerts: Sequence[Mapping[str, Any]]) -> list[list[Point]]:
    """The values of each alert's series, the oldest first. One query reads all of them."""
    named = [alert for alert in alerts if all(alert.get(name) is not None for name in KEYS)]
    if not named:
        return [[] for _ in alerts]
    literal = project.warehouse.literal
    wanted = dict.fromkeys(
        " and ".join(f"{name} = {literal(str(alert[name]))}" for name in KEYS) for alert in named
    )
    condition = " or ".join(f"({each})" for each in wanted)
    columns = ", ".join((*KEYS, "window_end", "value"))
    condition = condition.replace("{", "{{").replace("}", "}}")
    sql = f"select {columns} from {{table}} where {condition} order by window_end"
    found: dict[tuple[str, ...], list[Point]] = {}
    for row in records(read(project, "monitor_signals", sql)):
        value = None if row["value"] is None else float(row["value"])
        known = value is not None and math.isfinite(value)
        found.setdefault(key(row), []).append(Point(row["window_end"], value if known else None))
    return [found.get(key(alert), []) for alert in alerts]


def key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in KEYS)


def is_wide(output: Output) -> bool:
    """Whether a list of alerts has room for series: on a wide terminal, and nowhere else."""
    room = output.room()
    return room is not None and room >= WIDE


def line(series: Series, since: Any, output: Output) -> str:
    """One line of bars between the smallest and the largest value; empty for few values."""
    if sum(point.value is not None for point in series) < LEAST_VALUES:
        return ""
    columns = output.room()
    if columns is None:
        return drawn(series[-MOST_WINDOWS:], since, output, has_text=True)
    room = columns - INDENT
    most = min(MOST_WINDOWS, len(series))
    for has_text, least in ((True, min(LEAST_WINDOWS, most)), (False, 1)):
        for count in range(most, least - 1, -1):
            found = drawn(series[-count:], since, output, has_text=has_text)
            if len(found) <= room:
                return found
    return ""


def drawn(series: Series, since: Any, output: Output, *, has_text: bool) -> str:
    can_draw = output.can_print(BARS + BOUNDARY)
    bars, boundary = (BARS, BOUNDARY) if can_draw else (ASCII_BARS, ASCII_BOUNDARY)
    values = [point.value for point in series if point.value is not None]
    if not values:
        return ""
    low, high = min(values), max(values)
    onset = first_affected(series, since)
    parts = []
    for index, point in enumerate(series):
        if index == onset:
            parts.append(boundary)
        parts.append(" " if point.value is None else bar(point.value, low, high, bars))
    if not has_text:
        return "".join(parts)
    first, last = series[0].window_end, series[-1].window_end
    note = f"; {boundary} onset" if onset else ""
    spread = shown(low) if low == high else f"{shown(low)} to {shown(high)}"
    return f"{''.join(parts)}  {spread}, {first:%Y-%m-%d} to {last:%Y-%m-%d}{note}"


def first_affected(series: Series, since: Any) -> int | None:
    """The first window that ends after the onset; None if it is the first or not shown."""
    if not isinstance(since, datetime):
        return None
    start = since.replace(tzinfo=None)
    ends = [point.window_end.replace(tzinfo=None) for point in series]
    index = next((index for index, end in enumerate(ends) if end > start), None)
    return index or None


def bar(value: float, low: float, high: float, bars: str) -> str:
    if high == low:
        return bars[0]
    # Halves, because the difference of two large numbers is infinite.
    return bars[round((value / 2 - low / 2) / (high / 2 - low / 2) * (len(bars) - 1))]
