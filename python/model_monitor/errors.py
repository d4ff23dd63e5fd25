"""Errors that their reader can fix."""

from __future__ import annotations

from pathlib import Path

OK, BREACH, NOT_EVALUATED, NOT_DELIVERED = 0, 1, 2, 3
USAGE = 64  # EX_USAGE of sysexits.h


class MonitorError(Exception):
    """The base of all errors of this package; its text says how to fix it."""

    exit_code = NOT_EVALUATED


class LockedError(MonitorError):
    """Another process holds a resource that only one process may hold."""


class DatabaseLockedError(LockedError):
    """Another process holds the database file."""

    def __init__(self, file: Path, pid: int | None = None, program: str | None = None) -> None:
        self.file, self.pid = file, pid
        self.holder = f"process {pid} ({program})" if pid else None
        super().__init__(file, pid, program)

    def by(self, holder: str) -> DatabaseLockedError:
        """Name the holder, when more than its process id is known."""
        self.holder = holder
        return self

    def __str__(self) -> str:
        holder = self.holder or "another process"
        return (
            f"The database {self.file} is open in {holder}, and DuckDB allows only one writer. "
            f"Close it there. To read results during a run, open "
            f"{self.file.parent / 'published' / self.file.name}."
        )


class RunLockedError(LockedError):
    """Another run writes to the same schema."""


class NotRecordedError(MonitorError):
    """A notification was sent, but the delivery could not be recorded."""

    exit_code = NOT_DELIVERED


class QueryError(MonitorError):
    """The warehouse refused a statement; the text is the warehouse's own."""


class OtherVersionError(QueryError):
    """The results lack a column, because another version of this package wrote them."""

    def __init__(self, column: str) -> None:
        super().__init__(
            f"The results have no column {column}: another version of model-monitor wrote them. "
            "To update them, run model-monitor run."
        )


class NotAProjectError(MonitorError):
    """The folder is not a dbt project."""


class UsageError(MonitorError):
    """The command line is invalid."""

    exit_code = USAGE
