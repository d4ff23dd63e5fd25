"""A small picture of a series for mail, which shows no SVG: a PNG and, for plain text, blocks."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_monitor.delivery.notification import Series

# Twice the size that it is shown at, for sharp screens.
WIDTH, HEIGHT = 1120, 240
MARGIN = 16.0
# A line on white is readable whether the mail is shown light or dark.
WHITE, GRID, LINE = (255, 255, 255), (228, 231, 236), (29, 78, 216)
NORMAL, ONSET, SHADE = (120, 127, 138), (180, 35, 24), (253, 236, 234)
BLOCKS = "▁▂▃▄▅▆▇█"
Pixel = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass
class Canvas:
    """Pixels, with lines that are smooth at their edges."""

    pixels: NDArray[Any]

    def fill(self, left: float, right: float, colour: Colour) -> None:
        self.pixels[:, round(left) : round(right)] = colour

    def line(self, start: Pixel, end: Pixel, width: float, colour: Colour) -> None:
        (x0, y0), (x1, y1) = start, end
        reach = width / 2 + 1
        left, right = int(max(0, min(x0, x1) - reach)), int(min(WIDTH, max(x0, x1) + reach + 1))
        top, bottom = int(max(0, min(y0, y1) - reach)), int(min(HEIGHT, max(y0, y1) + reach + 1))
        ys, xs = np.mgrid[top:bottom, left:right]
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = ((xs - x0) * (x1 - x0) + (ys - y0) * (y1 - y0)) / length if length else 0.0 * xs
        along = np.clip(along, 0.0, 1.0)
        distance = np.hypot(xs - x0 - along * (x1 - x0), ys - y0 - along * (y1 - y0))
        cover = np.clip(width / 2 + 0.5 - distance, 0.0, 1.0)[..., None]
        region = self.pixels[top:bottom, left:right]
        region[:] = region * (1 - cover) + np.array(colour) * cover

    def png(self) -> bytes:
        rows = np.round(self.pixels).astype(np.uint8).reshape(HEIGHT, WIDTH * 3)
        content = b"".join(b"\x00" + row.tobytes() for row in rows)
        size = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", size), (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)


def chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def picture(series: Series, since: datetime | None) -> bytes | None:
    """The series as a line, its normal value dashed, and the time since the onset shaded.

    None if there are fewer than two values: that is no picture.
    """
    if len(values(series)) < 2:
        return None
    canvas = Canvas(np.full((HEIGHT, WIDTH, 3), WHITE, dtype=float))
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
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
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
