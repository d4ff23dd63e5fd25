"""The warehouse, through the connection of dbt's profile, for small reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_monitor.errors import DatabaseLockedError, QueryError, RunLockedError
from model_monitor.warehouse import postgres, spark
from model_monitor.warehouse.locks import WAIT_SECONDS, Note, RunLock, Session, this_process, waited
from model_monitor.warehouse.sql_errors import is_missing, literal, refused

if TYPE_CHECKING:
    import pandas as pd

CONNECTION = "model-monitor"


@dataclass(frozen=True)
class Column:
    """A column as the warehouse describes it."""

    name: str
    data_type: str


@dataclass(frozen=True)
class Table:
    """One of our tables, and its relation as dbt writes it."""

    name: str
    schema: str
    relation: str


class Warehouse:
    """Runs statements on dbt's adapter. Every dbt command replaces it, so look it up each time."""

    def __init__(self, adapter_type: str) -> None:
        self.adapter_type = adapter_type
        self._depth = 0
        self._run_lock: RunLock | None = None

    @property
    def adapter(self) -> Any:
        from dbt.adapters.factory import get_adapter_by_type

        return get_adapter_by_type(self.adapter_type)

    @property
    def credentials(self) -> Any:
        return self.adapter.config.credentials

    @contextmanager
    def connected(self) -> Iterator[None]:
        """One connection for several statements. A single statement opens its own."""
        if self._depth:
            yield
            return
        self._depth += 1
        try:
            with self.adapter.connection_named(CONNECTION):
                self._autocommit(True)
                yield
        finally:
            self._depth -= 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run all statements inside, or none of them."""
        with self.connected():
            manager = self.adapter.connections
            self._autocommit(False)
            manager.begin()
            try:
                yield
                manager.commit_if_has_connection()
            except BaseException:
                manager.rollback_if_open()
                raise
            finally:
                self._autocommit(True)

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

    @property
    def handle(self) -> Any:
        """The connection of the driver."""
        return self.adapter.connections.get_thread_connection().handle

    def _cursor(self, sql: str, bindings: Sequence[Any] | None = None) -> Any:
        with refused():
            return self.adapter.connections.add_query(sql, auto_begin=False, bindings=bindings)[1]

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
            found = self.query(sql)
        except QueryError:
            return []
        return [f"{schema}.{name}" for schema, name in found.itertuples(index=False)]

    def exists(self, relation: str) -> bool:
        return self.columns(relation) is not None

    def quote(self, name: str) -> str:
        mark = self.adapter.quote("")[0]
        return str(self.adapter.quote(name.replace(mark, mark * 2)))

    def literal(self, text: str) -> str:
        """A text as a SQL literal; a backslash begins an escape in Spark."""
        return literal(text, escapes=self.adapter_type == "spark")

    # ---- DuckDB: one file, one writing process -----------------------------------------------

    @property
    def file(self) -> Path | None:
        """The database file, if the warehouse is one."""
        path = getattr(self.credentials, "path", None) if self.adapter_type == "duckdb" else None
        if not path or str(path).startswith((":memory:", "md:", "motherduck:")):
            return None
        return Path(path).absolute()

    @contextmanager
    def held(self, say: Callable[[str], None], seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold the database file, also between dbt commands. Wait for it first.

        Otherwise a reader that opens the file between two models would break the build.
        """
        if self.file is None:
            yield
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        note = Note(self.file)
        waited(self._opened, say, seconds)
        with self.connected():
            self.execute("select 1")
            environment = self.adapter.connections.env()
            handle = environment.handle()
        note.write(this_process())
        try:
            yield
        finally:
            note.remove()
            handle.close()
            # release the file, even if the profile has keep_open
            for each in (environment, getattr(self.adapter.connections, "_ENV", None)):
                if each is not None and getattr(each, "handle_count", None) == 0:
                    each.close()

    @contextmanager
    def side_connection(self) -> Iterator[Callable[[str], None]]:
        """A connection for another thread, which dbt's commands do not close."""
        handle = self.adapter.connections.env().handle()

        def execute(sql: str) -> None:
            with refused():
                handle.cursor().execute(sql)

        try:
            yield execute
        finally:
            handle.close()

    def _opened(self) -> None:
        try:
            self.execute("select 1")
        except DatabaseLockedError as error:
            holder = None if self.file is None else Note(self.file).read(error.pid)
            raise (error if holder is None else error.by(str(holder))) from error

    @contextmanager
    def reserved(
        self, say: Callable[[str], None], schema: str, starts: str | None, seconds: float
    ) -> Iterator[None]:
        """Be the only run that writes to this schema, until the end of the block.

        On DuckDB others can use the file meanwhile, unless it is `held`. `starts` is the relation
        of run starts, which names the run that holds the lock.
        """
        if self.adapter_type != "postgres":
            with self._alone_on_file(say, seconds):
                yield
            return
        session = Session(self._own_handle(), schema)

        def taken() -> None:
            if not session.taken():
                holder = session.holder(lambda since: self._run_since(starts, since))
                raise RunLockedError(
                    f"Another run is writing to the schema {schema}: {holder or 'unknown holder'}."
                )

        try:
            waited(taken, say, seconds)
            yield
        finally:
            session.close()

    @contextmanager
    def _alone_on_file(self, say: Callable[[str], None], seconds: float) -> Iterator[None]:
        if self.file is None:
            yield
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        mine = RunLock(self.file)

        def taken() -> None:
            if not mine.taken():
                raise RunLockedError(
                    f"Another run is writing to {self.file}: {mine.holder() or 'unknown holder'}."
                )

        waited(taken, say, seconds)
        self._run_lock = mine
        try:
            yield
        finally:
            self._run_lock = None
            mine.close()

    def _own_handle(self) -> Any:
        """A connection that dbt opens and then forgets, so it outlives dbt's commands."""
        self.adapter.acquire_connection(f"{CONNECTION}-lock")
        handle = self.handle
        self.adapter.connections.clear_thread_connection()
        return handle

    def _run_since(self, starts: str | None, since: str) -> str | None:
        """The newest run in the ledger, if it began after that time."""
        if starts is None or not self.exists(starts):
            return None
        sql = f"select run_id from {starts} where started_at >= %s order by start_number desc"
        found = self.query(f"{sql} limit 1", [since])["run_id"]
        return None if found.empty else str(found[0])

    def runs(self, run_id: str) -> None:
        """Name this run to processes that wait for us."""
        if self.file is not None:
            Note(self.file).write(this_process(run_id))
        if self._run_lock is not None:
            self._run_lock.write(this_process(run_id))
