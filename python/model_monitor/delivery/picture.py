"""A small picture of a series for mail, which shows no SVG: a PNG and, for plain text, blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from model_monitor.delivery.notification import Series
from model_monitor.extras import missing

if TYPE_CHECKING:
    from model_monitor.delivery.canvas import Pixel

# Twice the size that it is shown at, for sharp screens.
WIDTH, HEIGHT = 1120, 240
MARGIN = 16.0
# A line on white is readable whether the mail is shown light or dark.
WHITE, GRID, LINE = (255, 255, 255), (228, 231, 236), (29, 78, 216)
NORMAL, ONSET, SHADE = (120, 127, 138), (180, 35, 24), (253, 236, 234)
BLOCKS = "▁▂▃▄▅▆▇█"


def picture(series: Series, since: datetime | None) -> bytes | None:
    """The series as a line, its normal value dashed, and the time since the onset shaded.

    None if there are fewer than two values, or without numpy, which comes with the extra `notify`.
    """
    if len(values(series)) < 2 or missing("numpy"):
        return None
    from model_monitor.delivery.canvas import Canvas

    canvas = Canvas.filled(WIDTH, HEIGHT, WHITE)
    first, last = series[0].at.timestamp(), series[-1].at.timestamp()
    low, high = extent(series)

    def x(moment: datetime) -> float:
        share = (moment.timestamp() - first) / ((last - first) or 1.0)
        return MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * MARGIN)

    def y(value: float) -> float:
        return MARGIN + (high - value) / (high - low) * (HEIGHT - 2 * MARGIN)

    if since is not None and since.timestamp() <= last:
        canvas.fill(x(since), WIDTH, SHADE)
    for place in (MARGIN, HEIGHT / 2, HEIGHT - MARGIN):
        canvas.line((MARGIN, place), (WIDTH - MARGIN, place), 1.5, GRID)
    for start, end in strokes([(x(each.at), each.normal) for each in series]):
        for dash, gap in dashes((start[0], y(start[1])), (end[0], y(end[1]))):
            canvas.line(dash, gap, 3.0, NORMAL)
    if since is not None and first <= since.timestamp() <= last:
        canvas.line((x(since), MARGIN), (x(since), HEIGHT - MARGIN), 2.5, ONSET)
    for start, end in strokes([(x(each.at), each.value) for each in series]):
        canvas.line((start[0], y(start[1])), (end[0], y(end[1])), 5.0, LINE)
    return canvas.png()


def values(series: Series) -> list[float]:
    return [each.value for each in series if each.value is not None]


def extent(series: Series) -> tuple[float, float]:
    """The lowest and highest value. A series that never moves is in the middle."""
    found = values(series) + [each.normal for each in series if each.normal is not None]
    low, high = min(found), max(found)
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def strokes(points: Sequence[tuple[float, float | None]]) -> Iterator[tuple[Pixel, Pixel]]:
    """The parts of a line. A window without a value interrupts it, and a lone value is a dot."""
    for index, (at, value) in enumerate(points):
        if value is None:
            continue
        following = points[index + 1] if index + 1 < len(points) else (at, None)
        before = points[index - 1][1] if index else None
        if following[1] is not None:
            yield (at, value), (following[0], following[1])
        elif before is None:
            yield (at, value), (at, value)


def dashes(start: Pixel, end: Pixel, each: float = 14.0) -> Iterator[tuple[Pixel, Pixel]]:
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    count = max(1, round(length / each))
    for number in range(count):
        shares = (number / count, (number + 0.5) / count)
        here, there = (
            (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            for share in shares
        )
        yield here, there


def sparkline(series: Series) -> str:
    """The series in one line of text; a window without a value is a gap."""
    known = values(series)
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    steps = (len(BLOCKS) - 1) / ((high - low) or 1.0)
    return "".join(
        " " if each.value is None else BLOCKS[round((each.value - low) * steps)] for each in series
    )
