"""Reads the charts of a report: what is seen of them, in pixels, and the scales of their axes.

Where a place is written does not matter: in a rectangle or in a path, once or per column, in pixels
or in the units of a group. Shapes are read with the transforms of the groups around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from xml.etree import ElementTree

SVG = re.compile(r"<svg\b.*?</svg>", re.S)
FIGURE = re.compile(r"<figure\b.*?</figure>", re.S)
TITLE = re.compile(r"<h4>(?:<bdi>)?(.*?)(?:</bdi>)?(?: <span.*)?</h4>", re.S)
STEP = re.compile(r"([MmLlHhVvZz])([^MmLlHhVvZz]*)")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
TRANSFORM = re.compile(r"(translate|scale)\(([^)]*)\)")
# A class of the style sheet that scales.
SCALED = re.compile(r"\.([\w-]+) \{ transform: scale\(([\d.]+)\); \}")
TICK = re.compile(r'<span class="t\d" style="left:([\d.]+)%">([^<]+)</span>')
UNITS = {"%": 0.01, "k": 1e3, "M": 1e6, "B": 1e9}
# Charts round a place to a tenth or a quarter of a pixel, and so do their ticks.
ROUNDING = 0.18
# A line may leave out a point that is on the way between its neighbours.
STRAIGHT = 0.45
Place = tuple[float, float]
Box = tuple[float, float, float, float]


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

    def holds(self, value: float) -> bool:
        return self.ticks[0][0] <= value <= self.ticks[-1][0]


@dataclass(frozen=True)
class Frame:
    """Where the units of an element are in the drawing."""

    scale: Place = (1.0, 1.0)
    shift: Place = (0.0, 0.0)

    def place(self, x: float, y: float) -> Place:
        return (self.shift[0] + self.scale[0] * x, self.shift[1] + self.scale[1] * y)

    def inside(self, transform: str) -> Frame:
        """The frame of an element with this transform."""
        found = self
        for kind, text in TRANSFORM.findall(transform):
            numbers = [float(each) for each in NUMBER.findall(text)]
            if kind == "translate":
                shift = found.place(numbers[0], numbers[1] if len(numbers) > 1 else 0.0)
                found = Frame(found.scale, shift)
            else:
                scale = (found.scale[0] * numbers[0], found.scale[1] * numbers[-1])
                found = Frame(scale, found.shift)
        return found


@dataclass(frozen=True)
class Shape:
    """One element: its classes and those of its groups, its text, and its unbroken parts."""

    kinds: frozenset[str]
    text: str
    parts: list[list[Place]]


@dataclass(frozen=True)
class Figure:
    """One drawing, with the title above it."""

    title: str
    shapes: list[Shape] = field(repr=False)

    def of(self, kind: str) -> list[Shape]:
        return [each for each in self.shapes if kind in each.kinds]

    def parts(self, kind: str, without: str = "") -> list[list[Place]]:
        """The unbroken parts of all shapes of this class."""
        chosen = [each for each in self.of(kind) if without not in each.kinds]
        return [part for each in chosen for part in each.parts]

    def boxes(self, kind: str) -> list[Box]:
        return [box(part) for part in self.parts(kind)]

    def ticks(self, *, up: bool) -> list[Shape]:
        texts = [each for each in self.shapes if each.text and "axis-name" not in each.kinds]
        return [each for each in texts if ("end" in each.kinds) == up]

    def axis(self, read: Callable[[str], float]) -> Scale:
        """The horizontal scale."""
        ticks = self.ticks(up=False)
        return Scale(tuple((read(each.text), each.parts[0][0][0]) for each in ticks))

    @property
    def across(self) -> Scale:
        """The horizontal scale of dates."""
        return self.axis(date)

    @property
    def up(self) -> Scale:
        """The vertical scale. The text of a tick stands 3.5 pixels below its line."""
        ticks = self.ticks(up=True)
        return Scale(tuple((value(each.text), each.parts[0][0][1] - 3.5) for each in ticks))

    def top(self, kind: str, x: float) -> float:
        """The highest pixel of the areas of this class at a place."""
        return min(y for part in self.parts(kind) for y in edges(part, x))

    def seen(self, x: float, y: float, kinds: Sequence[str]) -> str:
        """Which of these classes is painted last at a place; empty if none is."""
        found = ""
        for shape in self.shapes:
            for kind in kinds:
                if kind in shape.kinds and any(covers(part, x, y) for part in shape.parts):
                    found = kind
        return found


def figures(part: str, page: str) -> list[Figure]:
    """The charts of a part of the page, in the order in which they stand there."""
    scaled = dict(SCALED.findall(page.split("</style>", maxsplit=1)[0]))
    return [drawing(found, scaled, title_of(part)) for part in FIGURE.findall(part)
            for found in SVG.findall(part)]  # fmt: skip


def drawings(part: str, page: str) -> list[Figure]:
    """Each drawing of a part of the page, whatever stands around it."""
    scaled = dict(SCALED.findall(page.split("</style>", maxsplit=1)[0]))
    return [drawing(found, scaled, "") for found in SVG.findall(part)]


def drawing(text: str, scaled: dict[str, str], title: str) -> Figure:
    root = ElementTree.fromstring(text)
    return Figure(title, list(shapes(root, frozenset(), Frame(), scaled)))


def title_of(part: str) -> str:
    found = TITLE.search(part)
    return re.sub("<[^>]*>", "", found[1]) if found else ""


def shapes(
    element: ElementTree.Element, kinds: frozenset[str], frame: Frame, scaled: dict[str, str]
) -> Iterator[Shape]:
    own = (element.get("class") or "").split()
    kinds = kinds | {*own}
    frame = frame.inside(element.get("transform", ""))
    for name in own:
        if name in scaled:
            frame = frame.inside(f"scale({scaled[name]})")
    if element.get("display") != "none":
        if element.tag in ("text", "path", "rect", "circle"):
            found = [[frame.place(*each) for each in part] for part in outline(element)]
            yield Shape(kinds, element.text or "" if element.tag == "text" else "", found)
        for each in element:
            yield from shapes(each, kinds, frame, scaled)


def outline(element: ElementTree.Element) -> list[list[Place]]:
    if element.tag == "path":
        return places(element.get("d", ""))
    if element.tag == "circle":
        return [[(at(element, "cx"), at(element, "cy"))]]
    x, y = at(element, "x"), at(element, "y")
    if element.tag == "text":
        return [[(x, y)]]
    width, height = at(element, "width"), at(element, "height")
    return [[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]]


def at(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "0"))


def places(text: str) -> list[list[Place]]:
    """The places of a path: one list for each of its unbroken parts."""
    found: list[list[Place]] = []
    x = y = 0.0
    for letter, rest in STEP.findall(text):
        numbers = [float(each) for each in NUMBER.findall(rest)]
        if letter in "Zz":
            x, y = found[-1][0]
        size = 1 if letter in "HhVv" else 2
        for index in range(0, len(numbers), size):
            from_x, from_y = (x, y) if letter.islower() else (0.0, 0.0)
            x = from_x + numbers[index] if letter not in "Vv" else x
            y = from_y + numbers[index + size - 1] if letter not in "Hh" else y
            if letter in "Mm" and index == 0:
                found.append([])
            found[-1].append((x, y))
    return found


def edges(part: Sequence[Place], x: float) -> list[float]:
    """Where the outline of an area crosses a vertical line."""
    found = []
    for (x1, y1), (x2, y2) in pairwise([*part, part[0]]):
        if min(x1, x2) <= x < max(x1, x2):
            found.append(y1 + (x - x1) / (x2 - x1) * (y2 - y1))
    return found


def span(part: Sequence[Place], x: float) -> Place:
    """The highest and the lowest pixel of a line or an area at a place."""
    found = []
    for (x1, y1), (x2, y2) in pairwise(part):
        if min(x1, x2) - ROUNDING <= x <= max(x1, x2) + ROUNDING:
            share = (x - x1) / (x2 - x1) if abs(x2 - x1) > ROUNDING else 0.0
            found.append(y1 + min(max(share, 0.0), 1.0) * (y2 - y1))
    return min(found), max(found)


def covers(part: Sequence[Place], x: float, y: float) -> bool:
    """Whether an area holds a place. A line without a height covers all that is above and below."""
    left, top, right, bottom = box(part)
    if top == bottom:
        return left <= x < right
    return sum(each < y for each in edges(part, x)) % 2 == 1


def box(part: Sequence[Place]) -> Box:
    """Left, top, right and bottom."""
    across, up = [x for x, _ in part], [y for _, y in part]
    return min(across), min(up), max(across), max(up)


def middle(part: Sequence[Place]) -> Place:
    left, top, right, bottom = box(part)
    return (left + right) / 2, (top + bottom) / 2


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


def value(label: str) -> float:
    """The number of a tick."""
    unit = UNITS.get(label[-1])
    return float(label.replace(",", "")) if unit is None else unit * value(label[:-1])


def date(label: str) -> float:
    return day_of(datetime.strptime(f"{label} 2026", "%d %b %Y"))  # noqa: DTZ007


def day_of(moment: datetime) -> float:
    """A time as a number of days."""
    return (moment - datetime(2026, 1, 1)).total_seconds() / 86400  # noqa: DTZ001


def is_near(found: Sequence[float], expected: Sequence[float], within: float = ROUNDING) -> bool:
    return len(found) == len(expected) and all(
        abs(one - other) <= within for one, other in zip(found, expected, strict=True)
    )
