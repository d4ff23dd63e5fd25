"""The warehouse, through the connection of dbt's profile: small reads, few writes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from model_monitor.errors import DatabaseLockedError, QueryError

CONNECTION = "model-monitor"
LOCK = re.compile(
    r'lock on file "(?P<file>[^"]+)"(?:.*?held in (?P<program>\S+) \(PID (?P<pid>\d+)\))?',
    re.DOTALL,
)
WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Column:
    """A column as the warehouse describes it."""

    name: str
    data_type: str


@dataclass(frozen=True)
class Table:
    """A table of ours, and how dbt writes its relation."""

    name: str
    schema: str
    relation: str


class Warehouse:
    """Statements over dbt's own adapter. dbt replaces the adapter on every command: look it up."""

    def __init__(self, adapter_type: str) -> None:
        self.adapter_type = adapter_type
        self._depth = 0

    @property
    def adapter(self) -> Any:
        from dbt.adapters.factory import get_adapter_by_type

        return get_adapter_by_type(self.adapter_type)

    @property
    def credentials(self) -> Any:
        return self.adapter.config.credentials

    @contextmanager
    def connected(self) -> Iterator[None]:
        """One connection for several statements; statements alone open one for themselves."""
        if self._depth:
            yield
            return
        self._depth += 1
        try:
            with self.adapter.connection_named(CONNECTION):
                yield
        finally:
            self._depth -= 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the statements inside, or none of them."""
        with self.connected():
            manager = self.adapter.connections
            manager.begin()
            try:
                yield
            except BaseException:
                manager.rollback_if_open()
                raise
            manager.commit_if_has_connection()

    def execute(self, sql: str, bindings: Sequence[Any] | None = None) -> None:
        with self.connected():
            self._cursor(sql, bindings)

    def query(self, sql: str, bindings: Sequence[Any] | None = None) -> pd.DataFrame:
        with self.connected():
            cursor = self._cursor(sql, bindings)
            if self.adapter_type == "duckdb":
                frame: pd.DataFrame = cursor.df()
                return frame
            names = [column[0] for column in cursor.description]
            return pd.DataFrame.from_records(cursor.fetchall(), columns=names)

    def _cursor(self, sql: str, bindings: Sequence[Any] | None) -> Any:
        with refused():
            return self.adapter.connections.add_query(sql, auto_begin=False, bindings=bindings)[1]

    def columns(self, relation: str) -> list[Column] | None:
        """The columns of a relation in their order; None when there is no such relation."""
        try:
            return self.columns_of(f"select * from {relation}")
        except QueryError as error:
            if is_missing(str(error)):
                return None
            raise

    def columns_of(self, query: str) -> list[Column]:
        """The columns that a query would give."""
        with self.connected(), refused():
            found = self.adapter.get_column_schema_from_query(query)
        return [Column(str(column.name), str(column.data_type).lower()) for column in found]

    def tables(self) -> list[str]:
        """All tables as schema.table, for suggestions; none where the warehouse keeps no list."""
        sql = (
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('information_schema', 'pg_catalog')"
        )
        try:
            found = self.query(sql)
        except QueryError:
            return []
        return [f"{schema}.{name}" for schema, name in found.itertuples(index=False)]

    def exists(self, relation: str) -> bool:
        return self.columns(relation) is not None

    def quote(self, name: str) -> str:
        return str(self.adapter.quote(name.replace('"', '""')))

    # ---- DuckDB: one file, one writing process -----------------------------------------------

    @property
    def file(self) -> Path | None:
        """The database file, where the warehouse is one."""
        path = getattr(self.credentials, "path", None) if self.adapter_type == "duckdb" else None
        if not path or str(path).startswith((":memory:", "md:", "motherduck:")):
            return None
        return Path(path).absolute()

    @contextmanager
    def held(self, say: Callable[[str], None], seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Keep the database file for us, also between dbt commands; wait for it at first.

        Without this, a reader that opens the file between two models would break the build.
        """
        if self.file is None:
            yield
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._wait(say, seconds)
        with self.connected():
            self.execute("select 1")
            handle = self.adapter.connections.env().handle()
        try:
            yield
        finally:
            handle.close()

    def _wait(self, say: Callable[[str], None], seconds: float) -> None:
        until, told = time.monotonic() + seconds, False
        while True:
            try:
                self.execute("select 1")
            except DatabaseLockedError as error:
                if time.monotonic() >= until:
                    raise
                if not told:
                    say(f"{error} Waiting up to {seconds:.0f} seconds for it.")
                    told = True
                time.sleep(0.5)
            else:
                return

    def publish(self, tables: Sequence[Table]) -> Path | None:
        """Copy tables into a file beside the database that readers may keep open.

        The file is replaced in one step, so that a reader sees the old one or the new one whole.
        """
        if self.file is None:
            return None
        folder = self.file.parent / "published"
        folder.mkdir(exist_ok=True)
        finished, unfinished = folder / self.file.name, folder / f".{self.file.name}.new"
        for leftover in (unfinished, Path(f"{unfinished}.wal")):
            leftover.unlink(missing_ok=True)
        with self.connected():
            self.execute(f"attach {literal(str(unfinished))} as monitor_published")
            try:
                for table in tables:
                    self._copy(table, f"monitor_published.{self.quote(table.schema)}")
            finally:
                self.execute("detach monitor_published")
        unfinished.replace(finished)
        return finished

    def _copy(self, table: Table, schema: str) -> None:
        if self.exists(table.relation):
            self.execute(f"create schema if not exists {schema}")
            copy = f"{schema}.{self.quote(table.name)}"
            self.execute(f"create table {copy} as select * from {table.relation}")


@contextmanager
def refused() -> Iterator[None]:
    """What the warehouse refuses, as an error of ours with the warehouse's own words."""
    try:
        yield
    except Exception as error:
        text = str(getattr(error, "msg", None) or error)
        raise as_lock(text) or QueryError(text.strip()) from error


def as_lock(text: str) -> DatabaseLockedError | None:
    """DuckDB's complaint about a locked file in plain words, if it is one."""
    found = LOCK.search(text)
    if found is None:
        return None
    file = Path(found["file"])
    by = f" by process {found['pid']} ({Path(found['program']).name})" if found["pid"] else ""
    return DatabaseLockedError(
        f"The database {file} is open{by}, and DuckDB lets one process at a time write. "
        f"Close it there; to read results while others write, open "
        f"{file.parent / 'published' / file.name}."
    )


def is_missing(text: str) -> bool:
    """Whether a warehouse complains that a relation does not exist (and not that a column does)."""
    return bool(
        re.search(
            r"(table|view|relation|schema|catalog)\b.*?(not exist|not found|cannot be found)"
            r"|no files found",
            text,
            re.IGNORECASE | re.DOTALL,
        )
    )


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
