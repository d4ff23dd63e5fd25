"""Statements in the warehouse, for small reads and writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_monitor.errors import QueryError
from model_monitor.warehouse import postgres, spark
from model_monitor.warehouse.engine import Adapter, Engine
from model_monitor.warehouse.rows import Row, rows_of
from model_monitor.warehouse.sql_errors import is_missing, literal, refused

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """A column as the warehouse describes it."""

    name: str
    data_type: str


class Statements:
    """Runs statements on one engine, each alone or several in a transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._depth = 0

    @property
    def adapter_type(self) -> str:
        return self.engine.name

    @property
    def dbt(self) -> Adapter:
        """dbt's connection, for work that only dbt's adapter does."""
        if not isinstance(self.engine, Adapter):
            raise TypeError("this command does not start dbt")
        return self.engine

    @property
    def adapter(self) -> Any:
        return self.dbt.adapter

    @property
    def credentials(self) -> Any:
        return self.dbt.credentials

    @property
    def handle(self) -> Any:
        """The connection of the driver."""
        return self.engine.handle

    @contextmanager
    def connected(self) -> Iterator[None]:
        """One connection for several statements. A single statement opens its own."""
        if self._depth:
            yield
            return
        self._depth += 1
        try:
            with ExitStack() as stack:
                with refused():
                    stack.enter_context(self.engine.connection())
                self._autocommit(True)
                yield
        finally:
            self._depth -= 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run all statements inside, or none of them."""
        with self.connected():
            self._autocommit(False)
            self.engine.begin()
            try:
                yield
                self.engine.commit()
            except BaseException:
                self.engine.rollback()
                raise
            finally:
                self._autocommit(True)

    def execute(self, sql: str, bindings: Sequence[Any] | None = None) -> None:
        with self.connected():
            self._cursor(sql, bindings)

    def rows(self, sql: str, bindings: Sequence[Any] | None = None) -> list[Row]:
        """The rows of a query, with plain values."""
        with self.connected():
            cursor = self._cursor(sql, bindings)
            names = [str(column[0]) for column in cursor.description]
            with refused():
                return rows_of(names, cursor.fetchall())

    def query(self, sql: str, bindings: Sequence[Any] | None = None) -> pd.DataFrame:
        """The rows of a query as a frame. Its import takes a second, so readers use `rows`."""
        with self.connected():
            cursor = self._cursor(sql, bindings)
            if self.adapter_type == "duckdb":
                frame: pd.DataFrame = cursor.df()
                return frame
            names = [column[0] for column in cursor.description]
            if self.adapter_type == "spark":
                with refused():
                    return spark.frame(cursor.fetchall(), names)
            import pandas as pd

            return pd.DataFrame.from_records(cursor.fetchall(), columns=names)

    def _autocommit(self, alone: bool) -> None:
        """Whether each later statement is its own transaction."""
        if self.adapter_type == "postgres":
            # this opens the connection, which the server may refuse
            with refused():
                postgres.prepare(self.handle, alone)

    def _cursor(self, sql: str, bindings: Sequence[Any] | None = None) -> Any:
        with refused():
            return self.engine.run(sql, bindings)

    def copy(self, relation: str, columns: Mapping[str, str], path: Path) -> None:
        """Load a CSV file with a header into a new table, by sending it to the warehouse."""
        listed = ", ".join(f"{self.quote(name)} {kind}" for name, kind in columns.items())
        with self.connected():
            self.execute(f"drop table if exists {relation} cascade")
            self.execute(f"create table {relation} ({listed})")
            with refused():
                postgres.copy(self.handle, relation, path)

    def columns(self, relation: str) -> list[Column] | None:
        """The columns of a relation in order; None if it does not exist."""
        try:
            return self.columns_of(f"select * from {relation}")
        except QueryError as error:
            if is_missing(str(error)):
                return None
            raise

    def columns_of(self, query: str) -> list[Column]:
        """The columns of a query."""
        with self.connected(), refused():
            if self.adapter_type == "postgres":
                described = postgres.described(self.handle, query)
                return [Column(name, data_type) for name, data_type in described]
            if self.adapter_type == "duckdb":
                # dbt's adapter would replace a struct by its fields
                described = self._cursor(f"describe {query}").fetchall()
                return [Column(name, data_type.lower()) for name, data_type, *_ in described]
            found = self.adapter.get_column_schema_from_query(query)
        return [Column(str(column.name), str(column.data_type).lower()) for column in found]

    def tables(self) -> list[str]:
        """All tables as schema.table, for suggestions; none if the warehouse has no list."""
        sql = (
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('information_schema', 'pg_catalog')"
        )
        try:
            found = self.rows(sql)
        except QueryError:
            return []
        return [f"{row['table_schema']}.{row['table_name']}" for row in found]

    def exists(self, relation: str) -> bool:
        return self.columns(relation) is not None

    def quote(self, name: str) -> str:
        return self.engine.quote(name)

    def literal(self, text: str) -> str:
        """A text as a SQL literal; a backslash begins an escape in Spark."""
        return literal(text, escapes=self.adapter_type == "spark")
