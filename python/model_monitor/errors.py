"""What can go wrong and be put right by the person who reads about it."""

from __future__ import annotations

OK, BREACH, NOT_EVALUATED, NOT_DELIVERED = 0, 1, 2, 3


class MonitorError(Exception):
    """The root of all errors of this package; its text says what to do."""

    exit_code = NOT_EVALUATED


class DatabaseLockedError(MonitorError):
    """Another process holds the database file."""


class QueryError(MonitorError):
    """The warehouse refused a statement; the text is the warehouse's own."""


class NotAProjectError(MonitorError):
    """There is no dbt project where one was looked for."""


class UsageError(MonitorError):
    """The command line asks for something that cannot be."""
