"""How statements reach the warehouse: through dbt's adapter, or through the engine's own driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

CONNECTION = "model-monitor"


class Engine(Protocol):
    """One connection of this thread. Its errors are those of the driver or of dbt."""

    @property
    def name(self) -> str:
        """duckdb, postgres or spark."""

    @property
    def file(self) -> Path | None:
        """The database file, if the warehouse is one."""

    @property
    def is_read_only(self) -> bool:
        """Whether the database file is opened for reading only."""

    @property
    def handle(self) -> Any:
        """The connection of the driver, while it is open."""

    def connection(self) -> AbstractContextManager[None]:
        """Open the connection for a block."""

    def kept(self) -> AbstractContextManager[None]:
        """Keep the database open for a block, also between connections."""

    def run(self, sql: str, bindings: Sequence[Any] | None) -> Any:
        """The cursor of a statement."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def quote(self, name: str) -> str:
        """A name as an identifier."""

    def stop(self) -> Callable[[], Any]:
        """A function that stops the running statement of DuckDB, for another thread."""


class Adapter:
    """dbt's adapter. Every dbt command replaces it, so look it up each time."""

    is_read_only = False

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def adapter(self) -> Any:
        from dbt.adapters.factory import get_adapter_by_type

        return get_adapter_by_type(self.name)

    @property
    def credentials(self) -> Any:
        return self.adapter.config.credentials

    @property
    def file(self) -> Path | None:
        path = getattr(self.credentials, "path", None) if self.name == "duckdb" else None
        if not path or str(path).startswith((":memory:", "md:", "motherduck:")):
            return None
        return Path(path).absolute()

    @property
    def handle(self) -> Any:
        return self.adapter.connections.get_thread_connection().handle

    @contextmanager
    def connection(self) -> Iterator[None]:
        with self.adapter.connection_named(CONNECTION):
            yield

    @contextmanager
    def kept(self) -> Iterator[None]:
        if self.file is None:
            yield
            return
        with self.connection():
            self.run("select 1", None)
            environment = self.adapter.connections.env()
            handle = environment.handle()
        try:
            yield
        finally:
            handle.close()
            # release the file, even if the profile has keep_open
            for each in (environment, getattr(self.adapter.connections, "_ENV", None)):
                if each is not None and getattr(each, "handle_count", None) == 0:
                    each.close()

    def run(self, sql: str, bindings: Sequence[Any] | None) -> Any:
        return self.adapter.connections.add_query(sql, auto_begin=False, bindings=bindings)[1]

    def begin(self) -> None:
        self.adapter.connections.begin()

    def commit(self) -> None:
        self.adapter.connections.commit_if_has_connection()

    def rollback(self) -> None:
        self.adapter.connections.rollback_if_open()

    def quote(self, name: str) -> str:
        mark = self.adapter.quote("")[0]
        return str(self.adapter.quote(name.replace(mark, mark * 2)))

    def stop(self) -> Callable[[], Any]:
        stop: Callable[[], Any] = self.handle.cursor().interrupt
        return stop
