"""Runs a stored query: one read-only statement, within a time limit.

The query of an alert is text in a table. Running it must change nothing, whatever it holds.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from model_monitor.errors import QueryError
from model_monitor.warehouse import spark
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.rows import Row
from model_monitor.warehouse.sql_errors import literal, refused

SECONDS = 300.0
NOT_ONE_SELECT = "The query was not run, because it is not a single SELECT statement."


def answer(warehouse: Warehouse, sql: str, seconds: float = SECONDS) -> list[Row]:
    """The rows of a query, or a QueryError with the reason."""
    engines = {"duckdb": _of_duckdb, "postgres": _of_postgres, "spark": _of_spark}
    started = time.monotonic()
    try:
        with warehouse.connected():
            return engines[warehouse.adapter_type](warehouse, sql, seconds)
    except QueryError as error:
        if time.monotonic() - started >= seconds:
            raise QueryError(f"The query was stopped after {seconds:g} seconds.") from error
        raise


def _of_duckdb(warehouse: Warehouse, sql: str, seconds: float) -> list[Row]:
    import duckdb

    with refused():
        kinds = [statement.type for statement in duckdb.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise QueryError(NOT_ONE_SELECT)
    # a WITH clause of a SELECT may write
    warehouse.execute("begin transaction read only")
    try:
        with _stopped_after(seconds, warehouse.engine.stop()):
            return warehouse.rows(sql)
    finally:
        # an error may already have ended the transaction
        with contextlib.suppress(QueryError):
            warehouse.execute("rollback")


def _of_postgres(warehouse: Warehouse, sql: str, seconds: float) -> list[Row]:
    with warehouse.transaction():
        warehouse.execute("set transaction read only")
        warehouse.execute(f"set local statement_timeout = {round(seconds * 1000)}")
        warehouse.execute("set local standard_conforming_strings = on")
        try:
            warehouse.execute(_cursor_check(sql))
        except QueryError as error:
            if "as cursor" in str(error):
                raise QueryError(NOT_ONE_SELECT) from error
            raise
        return warehouse.rows(sql)


def _cursor_check(sql: str) -> str:
    """A statement that fails unless the text is one query, as parsed by the server.

    A cursor opens only for a single statement that returns rows. Nothing is read from it here.
    """
    opened = f"open asked for execute {literal(sql)}; close asked;"
    return f"do {literal(f'declare asked refcursor; begin {opened} end')}"


def _of_spark(warehouse: Warehouse, sql: str, seconds: float) -> list[Row]:
    try:
        # the grammar of Spark allows only a query here
        warehouse.execute(f"describe query\n{sql}")
    except QueryError as error:
        if "PARSE_SYNTAX_ERROR" in str(error):
            raise QueryError(f"{NOT_ONE_SELECT} {error}") from error
        raise
    with spark.job_group() as cancel, _stopped_after(seconds, cancel):
        return warehouse.rows(sql)


@contextmanager
def _stopped_after(seconds: float, stop: Callable[[], Any]) -> Iterator[None]:
    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
