"""Grafana's part in a query: its variables and macros, filled in as the Postgres data source does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Rows = list[tuple[Any, ...]]
VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
FILTER = re.compile(r"\$__timeFilter\(([^()]+)\)")


@dataclass(frozen=True)
class Filler:
    """The time range of a dashboard, and what its variables are set to."""

    since: datetime
    until: datetime
    values: Mapping[str, Sequence[str]]

    def filled(self, sql: str) -> str:
        sql = VARIABLE.sub(self._value, sql)
        since, until = (f"'{each:%Y-%m-%dT%H:%M:%SZ}'" for each in (self.since, self.until))
        sql = FILTER.sub(rf"\1 BETWEEN {since} AND {until}", sql)
        sql = sql.replace("$__timeFrom()", since).replace("$__timeTo()", until)
        assert "$" not in sql, sql
        return sql

    def _value(self, found: re.Match[str]) -> str:
        values = self.values[found[1]]
        if found[2] == "sqlstring":
            return ",".join("'" + value.replace("'", "''") + "'" for value in values)
        # names of schemas alone are put in as they are
        assert found[2] is None, found[0]
        assert found[1] == "schema", found[0]
        [value] = values
        return value


def dashboard(file: Path) -> Json:
    read: Json = json.loads(file.read_text(encoding="utf-8"))
    return read


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def targets(board: Json) -> Iterator[tuple[str, Json]]:
    """Every query of a dashboard and the title of what it is for."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield panel["title"], target
    for mark in board["annotations"]["list"]:
        yield mark["name"], mark["target"]


def variables(
    board: Json, since: datetime, until: datetime, ask: Callable[[str], Rows]
) -> Iterator[tuple[str, list[str], Filler]]:
    """Each variable in order with its values, and the filler with the default of each so far."""
    known: dict[str, Sequence[str]] = {}
    for variable in board["templating"]["list"]:
        name = variable["name"]
        if variable["type"] == "query":
            rows = ask(Filler(since, until, known).filled(variable["query"]))
            values = [str(value) for (value,) in rows]
        elif variable["type"] == "custom":
            values = [option["value"] for option in variable["options"]]
        else:
            assert variable["type"] == "datasource"
            continue
        known[name] = values if variable["multi"] else values[:1]
        yield name, values, Filler(since, until, dict(known))
