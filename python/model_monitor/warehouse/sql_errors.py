"""What a warehouse refuses, in its own words; a locked file in plainer ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model_monitor.errors import DatabaseLockedError, LockedError, QueryError
from model_monitor.warehouse.spark import readable

LOCK = re.compile(
    r'lock on file "(?P<file>[^"]+)"(?:.*?held in (?P<program>\S+) \(PID (?P<pid>\d+)\))?',
    re.DOTALL,
)


@contextmanager
def refused() -> Iterator[None]:
    """What the warehouse refuses, as an error of ours with the warehouse's own words."""
    try:
        yield
    except Exception as error:
        text = str(getattr(error, "msg", None) or error)
        raise as_lock(text) or QueryError(readable(text).strip()) from error


def as_lock(text: str) -> LockedError | None:
    """A complaint about a locked file or catalogue in plain words, if it is one."""
    if "Another instance of Derby" in text:
        return LockedError(
            "Another process has the catalogue of this Spark open (Derby, which lets in one at a "
            "time). Close it there, or give Spark a shared metastore."
        )
    found = LOCK.search(text)
    if found is None:
        return None
    pid, program = found["pid"], found["program"]
    return DatabaseLockedError(
        Path(found["file"]), int(pid) if pid else None, Path(program).name if program else None
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


def literal(text: str, *, escapes: bool = False) -> str:
    """A text as a SQL literal; `escapes` where a backslash and ${name} mean more than they say."""
    if escapes:
        written = text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "$\\{")
        return f"'{written}'"
    return "'" + text.replace("'", "''") + "'"
