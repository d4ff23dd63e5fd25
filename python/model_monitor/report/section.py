"""A section of the report: one question about one monitor, its tables and its template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from model_monitor.report.source import Period, Row, Source
from model_monitor.text import section_anchor


@dataclass(frozen=True)
class View:
    """What a section may read: the rows of one monitor in the period of the report."""

    source: Source
    monitor: str
    period: Period
    asked: list[str] = field(default_factory=list, compare=False)

    def rows(self, query: str) -> list[dict[str, Any]]:
        self.asked.append(query)
        return self.source.rows(query, self.monitor)

    def alone(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query that names a series of this monitor."""
        return self.source.alone(query, self.monitor)

    def problem(self, query: str) -> str | None:
        return self.source.problem(query)

    def has(self, *queries: str) -> bool:
        return all(self.source.has(query) for query in queries)


@dataclass(frozen=True)
class Block:
    """What a section shows. Without content the note says why there is nothing."""

    content: Any = None
    note: str = ""
    queries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table; the columns from `numbers` on are numbers. Long ones say how many rows are left."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 99
    more: int = 0


def table(
    caption: str, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: int, most: int
) -> Table:
    return Table(caption, headers, tuple(rows[:most]), numbers, max(0, len(rows) - most))


def more(count: int, most: int, things: str = "") -> str:
    """What is left out of a list; empty if nothing is."""
    left = count - most
    return f"… and {left:,} more{things}: run the query below." if left > 0 else ""


Build = Callable[[View], Block | None]


@dataclass(frozen=True)
class Section:
    """A section is left out where `build` returns None: the monitor has no such data."""

    name: str
    title: str
    question: str
    build: Build


@dataclass(frozen=True)
class Printed:
    """A query beside a section. A chapter prints each text once: `place` says where else it is."""

    sql: str
    anchor: str
    place: str


@dataclass
class Prints:
    """The queries that a chapter prints, by their text."""

    anchor: str
    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, name: str, title: str, texts: Sequence[str]) -> tuple[Printed, ...]:
        """The queries of one section, in the order in which its numbers name them."""
        found = []
        for number, sql in enumerate(texts, start=1):
            anchor, place = self.known.get(sql, (f"{self.anchor}-{name}-q{number}", ""))
            self.known.setdefault(sql, (anchor, f"query {number} of {title}"))
            found.append(Printed(sql, anchor, place))
        return tuple(found)


@dataclass(frozen=True)
class Shown:
    """A section that is ready to be rendered."""

    section: Section
    block: Block
    anchor: str
    queries: tuple[Printed, ...]


def shown(sections: Sequence[Section], view: View, prints: Prints) -> tuple[Shown, ...]:
    found = []
    for section in sections:
        asking = replace(view, asked=[])
        block = section.build(asking)
        if block is None:
            # Without an answer a section cannot know that it has nothing to show.
            unread = tuple(filter(view.source.is_refused, dict.fromkeys(asking.asked)))
            block = Block(queries=unread) if unread else None
        refused = [query for query in (block.queries if block else ()) if view.problem(query)]
        if block is not None and refused:
            reason = f"Not everything could be read: {view.problem(refused[0])}."
            block = replace(block, note=f"{block.note} {reason}" if block.content else reason)
        if block is not None:
            texts = [view.source.sql(query, view.monitor) for query in block.queries]
            queries = prints.of(section.name, section.title, texts)
            found.append(
                Shown(section, block, section_anchor(prints.anchor, section.name), queries)
            )
    return tuple(found)


def latest(rows: Sequence[Row], key: str) -> list[Row]:
    """The rows with the largest value of a column."""
    newest = max((row[key] for row in rows if row[key] is not None), default=None)
    return [row for row in rows if newest is not None and row[key] == newest]
