"""Geometry of the figures: scales, ticks and paths. Templates draw them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from model_monitor.report.wording import day

WIDTH, HEIGHT = 360.0, 196.0
LEFT, RIGHT, TOP = 46.0, 8.0, 10.0
FLOOR = HEIGHT - 24
# A point of a path, in whole units: they take fewer characters than fractions of a pixel.
Place = tuple[int, int]


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Scale:
    """Maps a range of values to a range of pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return round(self.start + (value - self.low) / span * (self.end - self.start), 1)


def step(span: float, wanted: int = 4) -> float:
    """The round step that gives about so many ticks."""
    rough = span / wanted if span > 0 else 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= rough * 0.999)


def decimals(of_step: float) -> int:
    """How many decimals it takes to write multiples of this step."""
    return next((n for n in range(7) if abs(round(of_step, n) - of_step) < 1e-6 * of_step), 6)


def plain(value: float, of_step: float) -> str:
    """A tick in few characters: 0.25, 1,500, 20k, 3.5M."""
    if abs(value) >= 1e12 or of_step < 1e-5:
        return f"{value:.1e}" if value else "0"
    for size, letter, least in ((1e9, "B", 1e9), (1e6, "M", 1e6), (1e3, "k", 1e4)):
        if value and (abs(value) >= least or of_step >= size):
            return f"{value / size:,.{decimals(of_step / size)}f}{letter}"
    return f"{value:,.{decimals(of_step)}f}"


def share(value: float, of_step: float) -> str:
    return f"{100 * value:,.{decimals(100 * of_step)}f}%"


def value_axis(
    values: Sequence[float],
    written: Callable[[float, float], str] = plain,
    *,
    from_zero: bool = False,
    floor: float = FLOOR,
) -> tuple[Scale, tuple[Tick, ...]]:
    """The vertical axis of a figure: round ticks around all values."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low = min(low, 0.0) if from_zero else low
    if high - low < 1e-9 * max(1.0, abs(high)):
        high, low = high + (abs(high) or 10.0) * 0.1, low - (0.0 if from_zero else abs(low) * 0.1)
    each = step(high - low)
    low, high = math.floor(low / each + 1e-9) * each, math.ceil(high / each - 1e-9) * each
    scale = Scale(low, high, floor, TOP)
    count = round((high - low) / each)
    ticks = [low + index * each for index in range(count + 1)]
    return scale, tuple(Tick(scale(tick), written(tick, each)) for tick in ticks)


def seconds(moment: datetime) -> float:
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001


def time_axis(
    first: datetime, last: datetime, start: float = LEFT, end: float = WIDTH - RIGHT, most: int = 4
) -> tuple[Scale, tuple[Tick, ...]]:
    """The horizontal axis of a figure: dates at a round number of days."""
    scale = Scale(seconds(first), seconds(last), start, end)
    days = max(1, round((last - first).total_seconds() / 86400))
    each = next((size for size in (1, 2, 7, 14, 28, 56, 91, 182, 364) if days / size <= most), 728)
    # A label needs room on its right: six hundredths of a wide axis, or 40 pixels.
    room = days * max(0.06, 40 / (end - start) if end > 100 else 0.06)
    ticks = []
    moment = first.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = moment if moment >= first else moment + timedelta(days=1)
    while moment <= last - timedelta(days=room):
        ticks.append(Tick(scale(seconds(moment)), day(moment)))
        moment += timedelta(days=each)
    return scale, tuple(ticks)


def line(points: Sequence[tuple[int, int | None]]) -> str:
    """A path through the points; a point without a value interrupts it."""
    parts: list[str] = []
    stretch: list[Place] = []
    for x, y in [*points, (0, None)]:
        if y is not None:
            stretch.append((x, y))
            continue
        if stretch:
            parts.append(through(straightened(stretch)) + ("h.1" if len(stretch) == 1 else ""))
        stretch = []
    return "".join(parts)


def band(points: Sequence[tuple[int, int | None, int | None]]) -> str:
    """A closed path between lower and upper values, one per stretch without a gap."""
    parts: list[str] = []
    stretch: list[tuple[int, int, int]] = []
    for x, lower, upper in [*points, (0, None, None)]:
        if lower is not None and upper is not None:
            stretch.append((x, lower, upper))
            continue
        if len(stretch) > 1:
            there = straightened([(at, high) for at, _, high in stretch])
            back = straightened([(at, low) for at, low, _ in reversed(stretch)])
            parts.append(through([*there, *back]) + "z")
        stretch = []
    return "".join(parts)


def straightened(points: Sequence[Place]) -> list[Place]:
    """The points without those that are on the straight line between others, or next to it."""
    kept = [points[0]]
    first = 0
    for last in range(2, len(points)):
        if any(is_beside(points[first], each, points[last]) for each in points[first + 1 : last]):
            first = last - 1
            kept.append(points[first])
    return [*kept, points[-1]] if len(points) > 1 else kept


def is_beside(start: Place, point: Place, end: Place) -> bool:
    """Whether a point is more than one unit above or below the line from start to end."""
    (left, low), (x, y), (right, high) = start, point, end
    return abs((y - low) * (right - left) - (high - low) * (x - left)) > abs(right - left)


def through(points: Sequence[Place]) -> str:
    """A path through these points."""
    steps = [f"{to_x - x} {to_y - y}" for (x, y), (to_x, to_y) in pairwise(points)]
    path = f"M{points[0][0]} {points[0][1]}" + (f"l{' '.join(steps)}" if steps else "")
    return path.replace(" -", "-")


def outline(columns: Sequence[tuple[float, float, float]], floor: float) -> str:
    """A path around columns, given by left, right and top; neighbours share one outline."""
    ground = quarters(floor)
    path, end, height = "", None, ground
    for column in columns:
        left, right, top = (quarters(each) for each in column)
        if top == ground:
            continue
        if end is None:
            path = f"M{left} {ground}"
        elif left != end:
            path += f"v{ground - height}m{left - end} 0"
            height = ground
        path += f"v{top - height}h{right - left}"
        end, height = right, top
    return path + (f"v{ground - height}" if path else "")


def quarters(value: float) -> int:
    """A coordinate in quarters of a pixel."""
    return round(4 * value)
