"""Parts of a whole over time, stacked: rows per day by version, shares by category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_monitor.report.figures import FLOOR, Tick, outline, plain, seconds, time_axis, value_axis
from model_monitor.report.line_chart import Written
from model_monitor.report.source import Period

COLOURS = 8


@dataclass(frozen=True)
class Part:
    """One part in one window."""

    start: datetime
    end: datetime
    value: Any


@dataclass(frozen=True)
class Stack:
    """One part over time. Its columns start at the floor: those of the parts below cover it."""

    name: str
    note: str
    colour: int
    path: str


@dataclass(frozen=True)
class Stacks:
    """The figure."""

    title: str
    subtitle: str
    label: str
    stacks: tuple[Stack, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    floor: float = FLOOR


def stacked(
    period: Period,
    texts: tuple[str, str, str],
    parts: Mapping[str, Sequence[Part]],
    notes: Mapping[str, str],
    written: Written = plain,
    whole: float | None = None,
) -> Stacks:
    """A column per window. `whole` is the height of a full column; without it, the largest."""
    totals: dict[datetime, float] = {}
    for found in parts.values():
        for part in found:
            totals[part.end] = totals.get(part.end, 0.0) + float(part.value or 0)
    x_scale, x_ticks = time_axis(period.since, period.until)
    highest = list(totals.values()) if whole is None else [whole]
    y_scale, y_ticks = value_axis(highest, written, from_zero=True)
    gap = 0.6 if whole is None else 0.0
    below: dict[datetime, float] = {}
    stacks = []
    for index, (name, found) in enumerate(parts.items()):
        columns = []
        for part in found:
            low = below.get(part.end, 0.0)
            below[part.end] = low + float(part.value or 0)
            left, right = x_scale(seconds(part.start)), x_scale(seconds(part.end)) - gap
            columns.append((left, max(left + 0.5, right), y_scale(below[part.end])))
        path = outline(columns, FLOOR)
        stacks.append(Stack(name, notes.get(name, ""), index % COLOURS, path))
    title, subtitle, label = texts
    return Stacks(title, subtitle, label, tuple(stacks), x_ticks, y_ticks)
