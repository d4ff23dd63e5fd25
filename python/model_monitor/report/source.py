"""Reads the result tables for the report. Each query runs once, for all monitors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model_monitor.errors import QueryError
from model_monitor.report.error_queries import ByMonitor
from model_monitor.report.traced import Found, key_of
from model_monitor.warehouse.read import Readable

Row = Mapping[str, Any]
# Doubled braces are braces of a value.
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\w+)\}")
VALUES = ("monitors", "since", "until")


@dataclass(frozen=True)
class Period:
    """The days that the report shows: from `since` up to the last run."""

    since: datetime
    until: datetime


@dataclass
class Source:
    """The rows of the report. The text of a query names its tables and values in braces.

    `{monitor_drift}` is a relation, `{monitors}` a condition on the column monitor, and `{since}`
    and `{until}` are the ends of the period.
    """

    project: Readable
    monitors: Sequence[str] = ()
    period: Period | None = None
    relations: dict[str, str | None] = field(default_factory=dict)
    errors: ByMonitor = field(default_factory=dict)  # empty unless the user asks for them
    _refused: dict[str, str] = field(default_factory=dict)
    _found: dict[str, dict[str, list[dict[str, Any]]] | None] = field(default_factory=dict)

    def text(self, value: str) -> str:
        """A value as a literal of a query, whatever braces it has."""
        return self.project.warehouse.literal(value).replace("{", "{{").replace("}", "}}")

    def has(self, query: str) -> bool:
        """Whether every table of the query exists."""
        return all(self._relation(name) is not None for name in named(query))

    def sql(self, query: str, monitor: str | None = None) -> str:
        """The query for one monitor, as it can be run in the warehouse."""
        wanted = self.monitors if monitor is None else [monitor]

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name is None:
                return found[0][0]
            if name == "monitors":
                return self._condition(wanted)
            if name in VALUES and self.period is not None:
                return f"timestamp '{getattr(self.period, name):%Y-%m-%d %H:%M:%S}'"
            return str(self._relation(name))

        return PLACEHOLDER.sub(value, query).strip()

    def everything(self, query: str) -> list[dict[str, Any]]:
        """The rows of all monitors; none if a table does not exist."""
        found = self._all(query)
        return [] if found is None else [row for rows in found.values() for row in rows]

    def rows(self, query: str, monitor: str) -> list[dict[str, Any]]:
        """The rows of one monitor, in the order of the query."""
        return (self._all(query) or {}).get(monitor, [])

    def alone(self, query: str, monitor: str) -> list[dict[str, Any]]:
        """The rows of a query that is about one monitor only."""
        key = f"{monitor}\n{query}"
        if key not in self._found:
            self._found[key] = self._answer(query, monitor) if self.has(query) else None
        return (self._found[key] or {}).get(monitor, [])

    def problem(self, query: str) -> str | None:
        """Why the query has no answer: a table is missing, or the warehouse refused it."""
        missing = [name for name in named(query) if self._relation(name) is None]
        if missing:
            return f"the table {missing[0]} does not exist yet"
        return self._refused.get(query)

    def is_refused(self, query: str) -> bool:
        """Whether the warehouse refused it: its tables exist, but have another shape."""
        return query in self._refused

    def _all(self, query: str) -> dict[str, list[dict[str, Any]]] | None:
        if query not in self._found:
            self._found[query] = self._answer(query) if self.has(query) else None
        return self._found[query]

    def _answer(
        self, query: str, monitor: str | None = None
    ) -> dict[str, list[dict[str, Any]]] | None:
        """A query that the warehouse refuses concerns its section alone."""
        try:
            return by_monitor(self.project.warehouse.rows(self.sql(query, monitor)), query)
        except QueryError as error:
            self._refused[query] = str(error).splitlines()[0].rstrip(".!")
            return None

    def _relation(self, name: str) -> str | None:
        """The relation of a result table; None if it does not exist."""
        if name not in self.relations:
            found = self.project.relation(name)
            exists = found is not None and self.project.warehouse.exists(found)
            self.relations[name] = found if exists else None
        return self.relations[name]

    def _condition(self, monitors: Sequence[str]) -> str:
        names = [self.project.warehouse.literal(name) for name in monitors]
        if not names:
            return "1 = 1"
        return f"monitor = {names[0]}" if len(names) == 1 else f"monitor in ({', '.join(names)})"


def named(query: str) -> list[str]:
    """The tables that a query reads."""
    return [name for name in PLACEHOLDER.findall(query) if name and name not in VALUES]


def by_monitor(rows: Sequence[dict[str, Any]], query: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of each monitor, numbered as the query for that monitor returns them."""
    key = key_of(query)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        of_monitor = found.setdefault(str(row.get("monitor") or ""), [])
        of_monitor.append(Found(row, key, len(of_monitor)))
    return found
