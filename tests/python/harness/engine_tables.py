"""The result tables of two engines side by side in one DuckDB, and how they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from model_monitor.warehouse.postgres import PLANS_OF_VIEWS

RELATIVE = 1e-9
# Sums of logarithms are held to twelve or fifteen digits after the point, and two engines' ln may
# differ in the last of their digits: what is next to nothing agrees to these digits. Of the cube
# root of a PSI it is the cube that does.
ABSOLUTE = 1e-11
CUBE = 1e-14
DOUBLE = "DOUBLE"
TYPES = {"double precision": DOUBLE, "timestamp without time zone": "TIMESTAMP", "text": "VARCHAR"}
# each relation, and whether it is a view of windows
NAMES = (
    "select table_name, "
    "coalesce(max(case when table_type = 'VIEW' and column_name = 'window_end' then 1 end), 0) "
    "from information_schema.tables "
    "join information_schema.columns using (table_catalog, table_schema, table_name)"
)
NOTHING = "~nothing~"  # an empty text is no null
# Keyed by comparison_id, a number that is given anew in each run: what they hold is in
# int_monitor__distances by the names of the things compared. They are large and not compared.
NUMBERED = {
    f"int_monitor__{name}"
    for name in ("aligned_bins", "fine_distances", "group_distances", "segment_bins")
}


def attach_duckdb(
    connection: duckdb.DuckDBPyConnection, file: Path, schema: str, views_since: str | None = None
) -> set[str]:
    """The tables of a database file, as tables of the schema `one`; of views the later windows.

    All are named, and those that are not compared are left out.
    """
    connection.execute(f"attach '{file}' as source (read_only)")
    connection.execute("create schema one")
    names = connection.execute(
        f"{NAMES} where table_catalog = 'source' and table_schema = '{schema}' group by table_name"
    ).fetchall()
    for name, has_later in names:
        if name in NUMBERED:
            continue
        where = later(views_since) if has_later else ""
        connection.execute(
            f'create table one."{name}" as select * from source.{schema}."{name}"{where}'
        )
    connection.execute("detach source")
    return {name for name, _ in names}


def later(since: str | None) -> str:
    """A view is computed from tables that are compared whole: on Postgres that takes minutes."""
    return f" where window_end > timestamp '{since}'" if since else ""


def attach_postgres(
    connection: duckdb.DuckDBPyConnection, server: Any, schema: str, folder: Path,
    text: str | None = None, views_since: str | None = None,
) -> set[str]:  # fmt: skip
    """The tables of a Postgres schema that a text names, or all, as tables of the schema `other`."""
    connection.execute("create schema other")
    found: dict[str, list[tuple[str, str]]] = {}
    with server.cursor() as cursor:
        cursor.execute(PLANS_OF_VIEWS)
        cursor.execute("set work_mem = '64MB'")
        cursor.execute(
            "select table_name, column_name, data_type, coalesce(numeric_scale, 0) "
            "from information_schema.columns where table_schema = %s "
            "order by table_name, ordinal_position",
            (schema,),
        )
        for table, column, data_type, scale in cursor.fetchall():
            if text is not None and not re.search(rf"\b{table}\b", text):
                continue
            known = f"DECIMAL(38, {scale})" if data_type == "numeric" else data_type
            found.setdefault(table, []).append((column, known))
        cursor.execute(f"{NAMES} where table_schema = %s group by table_name", (schema,))
        have_later = {name for name, has_later in cursor.fetchall() if has_later}
        for table, columns in found.items():
            if text is None and table in NUMBERED:
                continue
            where = later(views_since) if table in have_later else ""
            file = folder / f"{table}.csv"
            with file.open("wb") as target:
                cursor.copy_expert(
                    f'copy (select * from {schema}."{table}"{where}) to stdout '
                    f"(format csv, header true, null '{NOTHING}')",
                    target,
                )
            typed = ", ".join(
                f'cast("{name}" as {TYPES.get(data_type, data_type)}) as "{name}"'
                for name, data_type in columns
            )
            connection.execute(
                f"create table other.\"{table}\" as select {typed} from read_csv('{file}', "
                f"all_varchar = true, header = true, quote = '\"', escape = '\"', "
                f"delim = ',', max_line_size = 10000000, nullstr = '{NOTHING}')"
            )
            file.unlink()
    return set(found)


def attach_spark(connection: duckdb.DuckDBPyConnection, folder: Path) -> set[str]:
    """The tables of a schema of Spark, as tables of the schema `other`; its views are no files."""
    connection.execute("create schema if not exists other")
    found = sorted(path for path in folder.iterdir() if path.is_dir())
    for table in found:
        rows = f"read_parquet('{table}/*.parquet', union_by_name = true)"
        columns = ", ".join(
            # Spark writes instants; the zone of its session and of this connection is UTC
            f'cast("{name}" as timestamp) as "{name}"' if "TIMESTAMP" in kind else f'"{name}"'
            for name, kind, *_ in connection.execute(f"describe select * from {rows}").fetchall()
        )
        connection.execute(f'create table other."{table.name}" as select {columns} from {rows}')
    return {table.name for table in found}


def all_differences(
    connection: duckdb.DuckDBPyConnection, names: Iterable[str], ignored: frozenset[str]
) -> list[str]:
    """What is not the same in any of these tables, but for those that have numbers given anew."""
    return [
        text
        for name in sorted(names)
        if name not in NUMBERED
        for text in differences(connection, name, ignored)
    ]


def columns_of(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> list[tuple[str, str]]:
    # information_schema goes through every table, for each of them
    described = connection.execute(f'describe {schema}."{table}"').fetchall()
    return [(name, kind) for name, kind, *_ in described]


def same_to_the_bit(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str]
) -> bool:
    """Whether the rows are the same in any order, by their hashes: to pair them takes far longer."""
    listed = ", ".join(f'"{name}"' for name in columns)
    one, other = (
        connection.execute(
            f'select count(*), sum(hash({listed})::hugeint) from {schema}."{table}"'
        ).fetchone()
        for schema in ("one", "other")
    )
    return one == other


def differences(
    connection: duckdb.DuckDBPyConnection, table: str, ignored: frozenset[str] = frozenset()
) -> list[str]:
    """In words, what is not the same; rows are told apart by all that is no double.

    SQL that a table holds is in the words of its engine: it is run, not compared.
    """
    one, other = (columns_of(connection, schema, table) for schema in ("one", "other"))
    if [name for name, _ in one] != [name for name, _ in other]:
        return [f"{table}: columns {one} and {other}"]
    kept, against = (
        [(name, kind) for name, kind in columns if name not in ignored and name[-4:] != "_sql"]
        for columns in (one, other)
    )
    doubles = [name for name, kind in kept if kind == DOUBLE]
    if doubles != [name for name, kind in against if kind == DOUBLE]:
        return [f"{table}: doubles are other columns"]
    if same_to_the_bit(connection, table, [name for name, _ in kept]):
        return []
    exact = [name for name, _ in kept if name not in doubles]
    keys, numbers = ([f'"{name}"' for name in names] for names in (exact, doubles))
    partition = f"partition by {', '.join(keys)}" if keys else ""
    order = f"order by {', '.join(numbers)}" if numbers else ""
    for schema in ("one", "other"):
        connection.execute(
            f"create or replace temp table {schema}_rows as "
            f"select {', '.join([*keys, *numbers])}, "
            f'row_number() over ({partition} {order}) as "#" from {schema}."{table}"'
        )
    same = " and ".join(f"a.{key} is not distinct from b.{key}" for key in [*keys, '"#"'])
    found = []
    for schema, facing in (("one", "other"), ("other", "one")):
        alone = connection.execute(
            f"select count(*) over () as rows, {', '.join(keys) or 1} from {schema}_rows as a "
            f"anti join {facing}_rows as b on {same} limit 2"
        ).fetchall()
        if alone:
            rows, examples = alone[0][0], [row[1:] for row in alone]
            found.append(f"{table}: {rows} rows of {schema} alone, such as {examples}")
    for number in numbers:
        nearly = (
            f"abs(x * x * x - y * y * y) <= {CUBE}"
            if "_root" in number
            else f"abs(x - y) <= {ABSOLUTE}"
        )
        apart = connection.execute(
            f"select count(*), any_value(x), any_value(y) from (select a.{number} as x, "
            f"b.{number} as y from one_rows as a join other_rows as b on {same}) as pairs "
            "where x is distinct from y and not coalesce("
            f"abs(x - y) <= {RELATIVE} * greatest(abs(x), abs(y)) or {nearly}, false)"
        ).fetchone()
        if apart and apart[0]:
            found.append(f"{table}.{number}: {apart[0]} apart, such as {apart[1]!r}, {apart[2]!r}")
    return found
