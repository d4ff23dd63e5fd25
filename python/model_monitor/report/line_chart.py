"""One measure over time, as a line with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_monitor.report.figures import (
    FLOOR,
    Tick,
    band,
    line,
    plain,
    quarters,
    seconds,
    time_axis,
    value_axis,
)
from model_monitor.report.source import Period

DAY = 86400
Written = Callable[[float, float], str]


@dataclass(frozen=True)
class Point:
    """The value of a window, with its interval and what was estimated for it."""

    at: datetime
    value: Any
    lower: Any = None
    upper: Any = None
    estimate: Any = None
    is_final: bool = True


@dataclass(frozen=True)
class LineChart:
    """One measure over time: paths across days, and down in quarters of a pixel."""

    title: str
    subtitle: str
    latest: str
    day_width: float
    line: str
    band: str
    estimate: str
    provisional: tuple[float, float] | None
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    floor: float = FLOOR


@dataclass(frozen=True)
class Texts:
    """What a chart says beside its line."""

    title: str
    subtitle: str
    latest: str


def line_chart(
    period: Period,
    texts: Texts,
    points: Sequence[Point],
    written: Written = plain,
    *,
    axis: Sequence[float] = (),
    from_zero: bool = False,
) -> LineChart:
    """The chart of these points. `axis` holds values that the axis has to show."""
    y_scale, y_ticks = value_axis([*axis, *extent(points)], written, from_zero=from_zero)
    x_scale, x_ticks = time_axis(period.since, period.until)

    def x(point: Point) -> int:
        return round((seconds(point.at) - x_scale.low) / DAY)

    def y(value: Any) -> int | None:
        if value is None:
            return None
        return quarters(y_scale(min(max(float(value), y_scale.low), y_scale.high)))

    provisional = [x_scale(seconds(point.at)) for point in points if not point.is_final]
    return LineChart(
        texts.title,
        texts.subtitle,
        texts.latest,
        round((x_scale.end - x_scale.start) * DAY / (x_scale.high - x_scale.low), 3),
        line([(x(point), y(point.value)) for point in points]),
        band([(x(point), y(point.lower), y(point.upper)) for point in points]),
        line([(x(point), y(point.estimate)) for point in points]),
        (min(provisional), x_scale.end) if provisional else None,
        x_ticks,
        y_ticks,
    )


def extent(points: Sequence[Point]) -> list[float]:
    """The values that the axis spans. The interval of few labels would flatten the line."""
    values = [
        float(value)
        for point in points
        for value in (point.value, point.estimate)
        if value is not None
    ]
    if not values:
        return []
    low, high = min(values), max(values)
    room = (high - low) or abs(high) * 0.1
    ends = [
        min(max(float(end), low - room), high + room)
        for point in points
        for end in (point.lower, point.upper)
        if end is not None
    ]
    return [low, high, *ends]
