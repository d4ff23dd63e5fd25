"""Errors of a warehouse, with its own text; locks with a clearer one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model_monitor.errors import DatabaseLockedError, LockedError, MonitorError, QueryError
from model_monitor.warehouse.spark import readable

LOCK = re.compile(
    r'lock on file "(?P<file>[^"]+)"(?:.*?held in (?P<program>\S+) \(PID (?P<pid>\d+)\))?',
    re.DOTALL,
)


@contextmanager
def refused() -> Iterator[None]:
    """Raise an error of the warehouse as one of ours, with the same text."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as error:
        text = str(getattr(error, "msg", None) or error)
        raise as_lock(text) or QueryError(readable(text).strip()) from error


def as_lock(text: str) -> LockedError | None:
    """A clear error for a locked file or catalogue, if the text is about one."""
    if "Another instance of Derby" in text:
        return LockedError(
            "Another process has the catalogue of this Spark open (Derby, which allows one process "
            "at a time). Close it there, or give Spark a shared metastore."
        )
    found = LOCK.search(text)
    if found is None:
        return None
    pid, program = found["pid"], found["program"]
    return DatabaseLockedError(
        Path(found["file"]), int(pid) if pid else None, Path(program).name if program else None
    )


def is_missing(text: str) -> bool:
    """Whether the error says that a relation (not a column) does not exist."""
    return bool(
        re.search(
            r"(table|view|relation|schema|catalog)\b.*?(not exist|not found|cannot be found)"
            r"|no files found",
            text,
            re.IGNORECASE | re.DOTALL,
        )
    )


def missing_column(text: str) -> str | None:
    """The column that a query names and its tables do not have, if the error is about one."""
    found = re.search(
        r"Referenced column \"(?P<duckdb>[^\"]+)\" not found"
        r"|column \"?(?P<postgres>[^\"\s]+)\"? does not exist"
        r"|UNRESOLVED_COLUMN.*?with name `(?P<spark>.+?)` cannot be resolved"
        r"|does not have a column named \"(?P<other>[^\"]+)\"",
        text,
        re.DOTALL,
    )
    return found and next(filter(None, found.groups())).rpartition("`.`")[2]


def literal(text: str, *, escapes: bool = False) -> str:
    """A text as a SQL literal; `escapes` if a backslash and ${name} have a meaning."""
    if escapes:
        written = text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "$\\{")
        return f"'{written}'"
    return "'" + text.replace("'", "''") + "'"
