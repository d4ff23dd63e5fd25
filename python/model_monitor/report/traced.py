"""Ties each number of the report to the query that counts it again.

Rows of a query hand out numbers that know their query, row and column. The functions of
`wording` write such a number between marks, and `annotate` turns the marks into an element
that names the place: `<data value="0.2013" title="Query 2, row 17: selection_rate">20%</data>`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from markupsafe import Markup

# Noncharacters of Unicode: no text needs them, and text of the warehouse loses them.
START, MIDDLE, END = "\ufdd0", "\ufdd1", "\ufdd2"
# Where a table or a figure links the queries of its numbers, and where a section links the rest.
SOURCES, REST = "\ufdd3", "\ufdd4"
MARKS = str.maketrans(dict.fromkeys((START, MIDDLE, END, SOURCES, REST), "\ufffd"))
MARKED = f"{START}([^{MIDDLE}]*){MIDDLE}([^{END}]*){END}"
# A figure and a tag have no room for another element. Escaped text has no angle bracket.
PARTS = re.compile(f"<svg\\b.*?</svg>|<title>.*?</title>|<[^>]*>|{MARKED}|[{SOURCES}{REST}]", re.S)
KEY = re.compile("[0-9a-f]{8}(?=,)")
COUNT, SUM, VALUE = "count", "sum of ", ""


@dataclass(frozen=True)
class Cells:
    """Cells of one column of a query's answer: one, or several that are counted or summed."""

    query: str
    rows: tuple[int, ...]
    what: str

    def __str__(self) -> str:
        return f"{self.query},{ranges(self.rows)}: {self.what}"


# A number is one group of cells, or the ratio of two.
Origin = tuple[Cells, ...]


class Whole(int):
    """An integer that knows its cells, or its row and column."""

    origin: Origin | tuple[Found, str]


class Real(float):
    """A number that knows its cells, or its row and column."""

    origin: Origin | tuple[Found, str]


def traced(value: float, origin: Origin | tuple[Found, str]) -> Any:
    found: Whole | Real = Whole(value) if type(value) is int else Real(value)
    found.origin = origin
    return found


def origin_of(value: Any) -> Origin:
    """The cells of a number; none for a number that no query returned."""
    origin = getattr(value, "origin", ())
    # Most numbers are drawn, not written: only these need the cell that they come from.
    if origin and isinstance(origin[0], Found):
        row, name = origin
        return (row.cell(name),)
    return cast(Origin, origin)


class Found(dict[str, Any]):
    """A row of a query's answer, whose numbers know their cell."""

    def __init__(self, values: Mapping[str, Any], query: str, row: int) -> None:
        super().__init__(values)
        for name, value in values.items():
            if isinstance(value, str) and not value.isascii():
                self[name] = value.translate(MARKS)
        self.query = query
        self.row = row

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        kind = type(value)
        if kind is float or kind is int:
            return traced(value, (self, name))
        return traced(float(value), (self, name)) if kind is Decimal else value

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def cell(self, name: str) -> Cells:
        return Cells(self.query, (self.row,), name)


def key_of(query: str) -> str:
    """A short name of a query, until its place in a section is known."""
    return hashlib.sha256(query.encode()).hexdigest()[:8]


def as_number(row: Mapping[str, Any], name: str) -> Any:
    """The number in a column of text."""
    value = float(row[name])
    return traced(value, (row.cell(name),)) if isinstance(row, Found) else value


def counted(
    rows: Sequence[Mapping[str, Any]], among: Sequence[Mapping[str, Any]] = (), column: str = ""
) -> Any:
    """How many rows these are. A `column` that tells them from the rows `among` them may name them:
    "rows 1–90: count of status = drifted" instead of 30 row numbers.
    """
    found = [row for row in rows if isinstance(row, Found)]
    if not found:
        return len(rows)
    query = found[0].query
    places = Cells(query, tuple(row.row for row in found), COUNT)
    whole = tuple(row.row for row in among if isinstance(row, Found))
    named = [Cells(query, whole, what) for what in told_apart(found, among, column)]
    return traced(len(rows), (min((places, *named), key=lambda each: len(str(each))),))


def told_apart(
    rows: Sequence[Found], among: Sequence[Mapping[str, Any]], column: str
) -> Iterator[str]:
    """What counts exactly these rows: the rows with a value in the column, or with this value."""
    known = [row for row in among if column and row[column] is not None]
    if known and len(known) == len(rows):
        yield f"{COUNT} of {column}"
    value = rows[0][column] if column else None
    if isinstance(value, str) and len(rows) == sum(row[column] == value for row in known):
        yield f"{COUNT} of {column} = {value}"


def total(values: Iterable[Any]) -> Any:
    """The sum of values of one column."""
    listed = list(values)
    cells = [cell for value in listed for cell in origin_of(value)]
    result = sum(listed)
    if not cells:
        return result
    places = tuple(row for cell in cells for row in cell.rows)
    return traced(result, (Cells(cells[0].query, places, SUM + cells[0].what.removeprefix(SUM)),))


def ratio(value: Any, limit: Any) -> Any:
    """One number as a multiple of another."""
    found = float(value) / float(limit)
    both = (*origin_of(value), *origin_of(limit))
    return traced(found, both) if len(both) == 2 else found


def marked(text: str, value: Any) -> str:
    """The text of a number, between marks that name its cells."""
    origin = origin_of(value)
    if not origin:
        return text
    return f"{START}{value!r}|{' ÷ '.join(map(str, origin))}{MIDDLE}{text}{END}"


def annotate(html: str, queries: Sequence[str], anchors: Sequence[str]) -> Markup:
    """The page with an element instead of each mark, and links to the queries of the numbers.

    `queries` are those that stand beside it, and `anchors` are the ids of their texts.
    """
    places = {key_of(query): index for index, query in enumerate(queries)}
    used: set[int] = set()
    linked: set[int] = set()

    def name(found: re.Match[str]) -> str:
        if found[0] not in places:
            return found[0]
        used.add(places[found[0]])
        return f"Query {places[found[0]] + 1}"

    def links() -> str:
        texts = [f'<a href="#{anchors[index]}">query {index + 1}</a>' for index in sorted(used)]
        linked.update(used)
        used.clear()
        return f'<small class="from">from {", ".join(texts)}</small>' if texts else ""

    def element(found: re.Match[str]) -> str:
        if found[0] == REST and not (used or linked):
            used.update(range(len(queries)))
        if found[0] in (SOURCES, REST):
            return links()
        if found[1] is None:
            KEY.sub(name, found[0])
            return without_marks(found[0])
        value, origin = found[1].split("|", maxsplit=1)
        named = KEY.sub(name, origin)
        return f'<data value="{value}" title="{named}">{found[2]}</data>'

    return Markup(PARTS.sub(element, html))  # noqa: S704  the page itself, escaped already


def without_marks(text: str) -> str:
    return re.sub(MARKED, r"\2", text)


def ranges(rows: Sequence[int]) -> str:
    """Row numbers from 1 on: row 3, or rows 3–5, 9."""
    ordered = sorted(rows)
    parts: list[list[int]] = []
    for row in ordered:
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    texts = [
        f"{first + 1}" if first == last else f"{first + 1}–{last + 1}" for first, last in parts
    ]
    return f" {'row' if len(rows) == 1 else 'rows'} {', '.join(texts)}"
