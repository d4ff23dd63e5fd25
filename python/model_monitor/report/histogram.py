"""Shares before and now as columns, or as bars if the values are categories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from model_monitor.report.figures import (
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    Tick,
    outline,
    share,
    value_axis,
)
from model_monitor.report.wording import number, percent

FLOOR = HEIGHT - 30
SHOWN_EDGES = 5


@dataclass(frozen=True)
class Bar:
    """One group of values: its share before and now, None for a group of too few rows.

    `upper` is the edge on its right. `reference` is its share in the reference, where the other
    two are compared with each other.
    """

    name: str
    before: float | None
    now: float | None
    upper: float | None = None
    is_special: bool = False
    reference: float | None = None
    x: float = 0.0
    width: float = 0.0

    @property
    def before_text(self) -> str:
        return text(self.before)

    @property
    def now_text(self) -> str:
        return text(self.now)

    @property
    def reference_text(self) -> str:
        return text(self.reference)

    @property
    def change(self) -> float:
        """How much it moved; 0 where one side is not known."""
        if self.before is None or self.now is None:
            return 0.0
        return abs(self.now - self.before)


def text(share_of_rows: float | None) -> str:
    return "too few rows" if share_of_rows is None else percent(share_of_rows)


@dataclass(frozen=True)
class Columns:
    """The columns of a number, in their order: a path for each side."""

    reference: str
    before: str
    now: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    floor: float = FLOOR


def columns(bars: Sequence[Bar]) -> Columns:
    """Columns of equal width; missing, invalid and unseen values stand on the left."""
    shares = [
        each for bar in bars for each in (bar.reference, bar.before, bar.now) if each is not None
    ]
    scale, y_ticks = value_axis([0.0, *shares], share, from_zero=True, floor=FLOOR)
    room = (WIDTH - LEFT - RIGHT) / max(1, len(bars))
    placed = [
        replace(bar, x=round(LEFT + index * room, 1), width=round(room, 1))
        for index, bar in enumerate(bars)
    ]

    def path(share_of_width: float, shares: Iterable[float | None]) -> str:
        tops = [scale(each or 0.0) for each in shares]
        sides = (inner(bar, share_of_width) for bar in placed)
        return outline([(*side, top) for side, top in zip(sides, tops, strict=True)], FLOOR)

    return Columns(
        path(1, (bar.reference for bar in placed)),
        path(0.92, (bar.before for bar in placed)),
        path(0.52, (bar.now for bar in placed)),
        edges(placed),
        y_ticks,
    )


def inner(bar: Bar, share_of_width: float) -> tuple[float, float]:
    """Left and right of a column in the middle of the width of its group."""
    margin = bar.width * (1 - share_of_width) / 2
    return bar.x + margin, bar.x + bar.width - margin


def edges(bars: Sequence[Bar]) -> tuple[Tick, ...]:
    """The edges between groups, as many as have room; special groups by name."""
    special = [Tick(bar.x + bar.width / 2, bar.name) for bar in bars if bar.is_special]
    numbers = [
        Tick(round(bar.x + bar.width, 1), number(bar.upper))
        for bar in bars[:-1]
        if bar.upper is not None
    ]
    every = max(1, -(-len(numbers) // SHOWN_EDGES))
    return (*special, *numbers[every - 1 :: every])
