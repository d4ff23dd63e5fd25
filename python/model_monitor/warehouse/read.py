"""Small reads of the result tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from model_monitor.errors import OtherVersionError, QueryError
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.rows import Row
from model_monitor.warehouse.sql_errors import missing_column


class Result(Row):
    """A row of a result table; another version did not write the columns that it lacks."""

    def __missing__(self, name: str) -> Any:
        raise OtherVersionError(name)


class Readable(Protocol):
    """A project whose results can be read: where its tables are, and their warehouse."""

    @property
    def warehouse(self) -> Warehouse: ...

    @property
    def names(self) -> tuple[str, ...]:
        """The models and seeds of the package."""

    def relation(self, name: str) -> str | None:
        """The relation of a model or seed of the package; None if unknown."""


def read(project: Readable, name: str, sql: str) -> list[Row] | None:
    """Run a query on one of our tables, written as {table}; None if it does not exist."""
    relation = project.relation(name)
    if relation is None or not project.warehouse.exists(relation):
        return None
    with of_this_version():
        return [Result(row) for row in project.warehouse.rows(sql.format(table=relation))]


@contextmanager
def of_this_version() -> Iterator[None]:
    """Say so if a query of ours names a column that the results do not have."""
    try:
        yield
    except QueryError as error:
        column = missing_column(str(error))
        if column is None:
            raise
        raise OtherVersionError(column) from error


def records(rows: list[Row] | None) -> list[Row]:
    """The rows, or no row of a table that does not exist."""
    return rows or []
