"""Functions that dbt's connection to Postgres lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NUMERIC = 1700  # the oid of numeric in every Postgres
# As in macros/adapters/postgres/replace.sql: the reader plans the query of a view.
PLANS_OF_VIEWS = "set enable_nestloop = off; set enable_mergejoin = off; set jit = off"


def prepare(handle: Any, alone: bool) -> None:
    """Set whether each statement is its own transaction (`alone`) or part of one."""
    from psycopg2.extensions import new_type, register_type

    handle.commit()  # dbt sends COMMIT itself, unknown to the driver
    handle.autocommit = alone
    if not alone:
        return
    with handle.cursor() as cursor:
        cursor.execute(PLANS_OF_VIEWS)
    # read exact numbers as floats, like the frames of DuckDB
    register_type(new_type((NUMERIC,), "number", as_float), handle)


def as_float(text: str | None, _: Any) -> float | None:
    return None if text is None else float(text)


def described(handle: Any, query: str) -> list[tuple[str, str]]:
    """The columns of a query. The driver has type numbers; the server has their names."""
    with handle.cursor() as cursor:
        cursor.execute(f"select * from ({query}) as found where 1 = 0")
        found = [(str(column.name), int(column.type_code)) for column in cursor.description]
        numbers = ", ".join(str(number) for _, number in found) or "0"
        cursor.execute(f"select oid, format_type(oid, null) from pg_type where oid in ({numbers})")
        names = {int(number): str(name) for number, name in cursor.fetchall()}
    return [(name, names[number]) for name, number in found]


def copy(handle: Any, relation: str, path: Path) -> None:
    """Load the rows of a CSV file with a header into a table."""
    with handle.cursor() as cursor, path.open(encoding="utf-8") as file:
        cursor.copy_expert(f"copy {relation} from stdin (format csv, header true)", file)
