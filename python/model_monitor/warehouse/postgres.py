"""What dbt's connection to Postgres does not do by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NUMERIC = 1700  # the number of that type in every Postgres


def prepare(handle: Any, alone: bool) -> None:
    """A statement belongs to a transaction here, unless it is said to stand alone."""
    from psycopg2.extensions import new_type, register_type

    handle.commit()  # dbt says COMMIT by itself, which the driver does not notice
    handle.autocommit = alone
    if not alone:
        return
    with handle.cursor() as cursor:
        # as in macros/adapters/postgres/replace.sql: a view is planned for whoever reads it
        cursor.execute("set enable_nestloop = off; set enable_mergejoin = off; set jit = off")
    # exact numbers as DuckDB's frames have them
    register_type(new_type((NUMERIC,), "number", as_float), handle)


def as_float(text: str | None, _: Any) -> float | None:
    return None if text is None else float(text)


def described(handle: Any, query: str) -> list[tuple[str, str]]:
    """The columns of a query: the driver knows types by number, the server knows their names."""
    with handle.cursor() as cursor:
        cursor.execute(f"select * from ({query}) as found where 1 = 0")
        found = [(str(column.name), int(column.type_code)) for column in cursor.description]
        numbers = ", ".join(str(number) for _, number in found) or "0"
        cursor.execute(f"select oid, format_type(oid, null) from pg_type where oid in ({numbers})")
        names = {int(number): str(name) for number, name in cursor.fetchall()}
    return [(name, names[number]) for name, number in found]


def copy(handle: Any, relation: str, path: Path) -> None:
    """Rows of a CSV file with a header into a table."""
    with handle.cursor() as cursor, path.open(encoding="utf-8") as file:
        cursor.copy_expert(f"copy {relation} from stdin (format csv, header true)", file)
