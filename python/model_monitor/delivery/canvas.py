"""Pixels of a picture, with lines that are smooth at their edges, as a PNG."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixel = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass
class Canvas:
    """Rows of pixels."""

    pixels: NDArray[Any]

    @classmethod
    def filled(cls, width: int, height: int, colour: Colour) -> Canvas:
        return cls(np.full((height, width, 3), colour, dtype=float))

    def fill(self, left: float, right: float, colour: Colour) -> None:
        self.pixels[:, round(left) : round(right)] = colour

    def line(self, start: Pixel, end: Pixel, width: float, colour: Colour) -> None:
        bottom_edge, right_edge, _ = self.pixels.shape
        (x0, y0), (x1, y1) = start, end
        reach = width / 2 + 1
        left, top = (int(max(0, min(ends) - reach)) for ends in ((x0, x1), (y0, y1)))
        right = int(min(right_edge, max(x0, x1) + reach + 1))
        bottom = int(min(bottom_edge, max(y0, y1) + reach + 1))
        ys, xs = np.mgrid[top:bottom, left:right]
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = ((xs - x0) * (x1 - x0) + (ys - y0) * (y1 - y0)) / length if length else 0.0 * xs
        along = np.clip(along, 0.0, 1.0)
        distance = np.hypot(xs - x0 - along * (x1 - x0), ys - y0 - along * (y1 - y0))
        cover = np.clip(width / 2 + 0.5 - distance, 0.0, 1.0)[..., None]
        region = self.pixels[top:bottom, left:right]
        region[:] = region * (1 - cover) + np.array(colour) * cover

    def png(self) -> bytes:
        height, width, _ = self.pixels.shape
        rows = np.round(self.pixels).astype(np.uint8).reshape(height, width * 3)
        content = b"".join(b"\x00" + row.tobytes() for row in rows)
        size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", size), (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)


def chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check
