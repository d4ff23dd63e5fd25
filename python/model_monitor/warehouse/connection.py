"""The warehouse: small reads and writes, and the locks of runs and readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.errors import DatabaseLockedError, RunLockedError
from model_monitor.warehouse.engine import CONNECTION, Engine
from model_monitor.warehouse.locks import WAIT_SECONDS, Note, RunLock, Session, this_process, waited
from model_monitor.warehouse.sql_errors import refused
from model_monitor.warehouse.statements import Statements


@dataclass(frozen=True)
class Table:
    """One of our tables, and its relation as dbt writes it."""

    name: str
    schema: str
    relation: str


class Warehouse(Statements):
    """Statements in the warehouse, and its locks."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._run_lock: RunLock | None = None

    # ---- DuckDB: one file, one writing process -----------------------------------------------

    @property
    def file(self) -> Path | None:
        """The database file, if the warehouse is one."""
        return self.engine.file

    @contextmanager
    def held(self, say: Callable[[str], None], seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold the database file, also between dbt commands. Wait for it first.

        Otherwise a reader that opens the file between two models would break the build.
        """
        with ExitStack() as stack:
            note = None if self.file is None or self.engine.is_read_only else Note(self.file)
            if note is not None:
                note.path.parent.mkdir(parents=True, exist_ok=True)
            waited(lambda: self._open(stack), say, seconds)
            if note is not None:
                note.write(this_process())
                stack.callback(note.remove)
            yield

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

    def _open(self, stack: ExitStack) -> None:
        """Open the database until the stack is closed. The error names the holder of the file."""
        try:
            with refused():
                stack.enter_context(self.engine.kept())
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
        found = self.rows(f"{sql} limit 1", [since])
        return str(found[0]["run_id"]) if found else None

    def runs(self, run_id: str) -> None:
        """Name this run to processes that wait for us."""
        if self.file is not None:
            Note(self.file).write(this_process(run_id))
        if self._run_lock is not None:
            self._run_lock.write(this_process(run_id))
