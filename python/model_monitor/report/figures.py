"""Geometry of the figures: scales, ticks and paths. Templates draw them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model_monitor.report.wording import day

WIDTH, HEIGHT = 360.0, 196.0
LEFT, RIGHT, TOP = 46.0, 8.0, 10.0
FLOOR = HEIGHT - 24


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


def line(points: Sequence[tuple[float, float | None]]) -> str:
    """A path through the points; a point without a value interrupts it."""
    parts: list[str] = []
    is_drawing = False
    for index, (x, y) in enumerate(points):
        if y is None:
            is_drawing = False
            continue
        parts.append(f"{'L' if is_drawing else 'M'}{x:g} {y:g}")
        following = points[index + 1][1] if index + 1 < len(points) else None
        if not is_drawing and following is None:
            parts.append("h.1")
        is_drawing = True
    return "".join(parts)


def band(points: Sequence[tuple[float, float | None, float | None]]) -> str:
    """A closed path between lower and upper values, one per stretch without a gap."""
    parts: list[str] = []
    stretch: list[tuple[float, float, float]] = []
    for x, lower, upper in [*points, (0.0, None, None)]:
        if lower is not None and upper is not None:
            stretch.append((x, lower, upper))
            continue
        if len(stretch) > 1:
            there = "L".join(f"{at:g} {high:g}" for at, _, high in stretch)
            back = "L".join(f"{at:g} {low:g}" for at, low, _ in reversed(stretch))
            parts.append(f"M{there}L{back}Z")
        stretch = []
    return "".join(parts)
