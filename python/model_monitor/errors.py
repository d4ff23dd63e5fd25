"""What can go wrong and be put right by the person who reads about it."""

from __future__ import annotations

from pathlib import Path

OK, BREACH, NOT_EVALUATED, NOT_DELIVERED = 0, 1, 2, 3


class MonitorError(Exception):
    """The root of all errors of this package; its text says what to do."""

    exit_code = NOT_EVALUATED


class LockedError(MonitorError):
    """Another process has what this one needs alone."""


class DatabaseLockedError(LockedError):
    """Another process holds the database file."""

    def __init__(self, file: Path, pid: int | None = None, program: str | None = None) -> None:
        self.file, self.pid = file, pid
        self.holder = f"process {pid} ({program})" if pid else None
        super().__init__(file, pid, program)

    def by(self, holder: str) -> DatabaseLockedError:
        """The same, by somebody who is known better."""
        self.holder = holder
        return self

    def __str__(self) -> str:
        by = f" by {self.holder}" if self.holder else ""
        return (
            f"The database {self.file} is open{by}, and DuckDB lets one process at a time write. "
            f"Close it there; to read results while others write, open "
            f"{self.file.parent / 'published' / self.file.name}."
        )


class RunLockedError(LockedError):
    """Another run writes to the same schema."""


class NotWrittenDownError(MonitorError):
    """Something was sent, and that it was could not be put down."""

    exit_code = NOT_DELIVERED


class QueryError(MonitorError):
    """The warehouse refused a statement; the text is the warehouse's own."""


class NotAProjectError(MonitorError):
    """There is no dbt project where one was looked for."""


class UsageError(MonitorError):
    """The command line asks for something that cannot be."""
