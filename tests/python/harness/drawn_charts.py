"""Reads the charts of a report: what is drawn, in pixels, and the scales of its axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

SVG = re.compile(r"<svg\b.*?</svg>", re.S)
STEP = re.compile(r"([MLHVhvlZz])([^MLHVhvlZz]*)")
TICK = re.compile(r'<span class="t\d" style="left:([\d.]+)%">([^<]+)</span>')
UNITS = {"%": 0.01, "k": 1e3, "M": 1e6, "B": 1e9}
# Charts round each place to a tenth of a pixel.
ROUNDING = 0.11
Place = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Maps a value to its pixel, through the first and the last tick of an axis."""

    ticks: tuple[tuple[float, float], ...]

    def __call__(self, value: float) -> float:
        (low, start), (high, end) = self.ticks[0], self.ticks[-1]
        return start + (value - low) / (high - low) * (end - start)

    def clipped(self, value: float) -> float:
        """The pixel of a value that the axis does not hold is at its end."""
        ends = sorted(value for value, _ in (self.ticks[0], self.ticks[-1]))
        return self(min(max(value, ends[0]), ends[1]))


@dataclass(frozen=True)
class Figure:
    """One drawing, by its label."""

    label: str
    root: ElementTree.Element

    def texts(self, kind: str) -> list[ElementTree.Element]:
        return [each for each in self.root.iter("text") if each.get("class") == kind]

    @property
    def across(self) -> Scale:
        """The scale of dates."""
        return Scale(tuple((date(text_of(each)), at(each, "x")) for each in self.texts("tick")))

    @property
    def up(self) -> Scale:
        """The scale of values. The text of a tick stands 3.5 pixels below its line."""
        ticks = ((value(text_of(each)), at(each, "y") - 3.5) for each in self.texts("tick end"))
        return Scale(tuple(ticks))

    def paths(self, kind: str) -> list[list[list[Place]]]:
        """The places of each path of this class, by its unbroken parts."""
        found = (each for each in self.root.iter("path") if each.get("class") == kind)
        return [parts(each.get("d", "")) for each in found]

    def path(self, kind: str) -> list[list[Place]]:
        found = self.paths(kind)
        assert len(found) == 1, f"{self.label}: {len(found)} × {kind}"
        return found[0]

    def rectangles(self, kind: str) -> list[tuple[float, float, float, float]]:
        """Left, top, width and height of each rectangle of this class."""
        found = (each for each in self.root.iter("rect") if each.get("class") == kind)
        names = ("x", "y", "width", "height")
        return [
            (at(each, names[0]), at(each, names[1]), at(each, names[2]), at(each, names[3]))
            for each in found
        ]


def figures(part: str) -> list[Figure]:
    roots = (ElementTree.fromstring(found) for found in SVG.findall(part))
    return [Figure(root.get("aria-label", ""), root) for root in roots]


def section(page: str, monitor: str, name: str) -> str:
    """The part of the page with this section of a monitor."""
    chapters = page.split('<section class="chapter"')[1:]
    [chapter] = [each for each in chapters if f'<bdi class="name">{monitor}</bdi>' in each]
    [found] = re.findall(rf'<section class="block" id="[^"]*-{name}">.*?</section>', chapter, re.S)
    return str(found)


def time_ticks(part: str) -> Scale:
    """The scale of dates that stands under a list of rows, in hundredths of their width."""
    [axis] = re.findall(r'<div class="ticks".*?</div>', part, re.S)
    return Scale(tuple((date(label), float(left)) for left, label in TICK.findall(axis)))


def text_of(element: ElementTree.Element) -> str:
    return element.text or ""


def at(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def value(label: str) -> float:
    """The number of a tick."""
    unit = UNITS.get(label[-1])
    return float(label.replace(",", "")) if unit is None else unit * value(label[:-1])


def date(label: str) -> float:
    return day_of(datetime.strptime(f"{label} 2026", "%d %b %Y"))  # noqa: DTZ007


def day_of(moment: datetime) -> float:
    """A time as a number of days."""
    return (moment - datetime(2026, 1, 1)).total_seconds() / 86400  # noqa: DTZ001


def parts(text: str) -> list[list[Place]]:
    """The places of an SVG path: one list for each part that starts with M."""
    found: list[list[Place]] = []
    for letter, rest in STEP.findall(text):
        numbers = [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", rest)]
        if letter == "M":
            found.append([(numbers[0], numbers[1])])
            continue
        if letter in "Zz":
            continue
        x, y = found[-1][-1]
        start = (x, y) if letter.islower() else (0.0, 0.0)
        to_x = start[0] + numbers[0] if letter in "LlHh" else x
        to_y = start[1] + numbers[-1] if letter in "LlVv" else y
        found[-1].append((to_x, to_y))
    return found


def box(part: Sequence[Place]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a rectangle that a path draws."""
    across, up = [x for x, _ in part], [y for _, y in part]
    return min(across), min(up), max(across), max(up)


def is_near(found: Sequence[float], expected: Sequence[float], within: float = ROUNDING) -> bool:
    return len(found) == len(expected) and all(
        abs(one - other) <= within for one, other in zip(found, expected, strict=True)
    )
