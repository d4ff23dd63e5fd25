"""The throw-away project on a Postgres database: tables are made in DuckDB and sent there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from .engine_tables import attach_duckdb, attach_postgres
from .postgres_server import Server
from .project_harness import SCHEMA, Project, Result, Table

# for a fixture that is made by `on_engine`, whole or for one test alone: Postgres takes its time
ENGINES = ("duckdb", pytest.param("postgres", marks=pytest.mark.slow))
ON_BOTH = pytest.mark.parametrize("project", ENGINES, indirect=True, scope="module")


class PostgresProject(Project):
    """As it is on DuckDB; what it counts lies in a database of its own on this server."""

    server: Server
    database: str

    def __init__(
        self, folder: Path, server: Server, database: str,
        monitors: Sequence[Mapping[str, Any]], tables: Mapping[str, Table],
        policy: Mapping[str, Any] | None = None, user: str = "postgres",
    ) -> None:  # fmt: skip
        self.server, self.database = server, database
        server.create(database)
        super().__init__(folder, monitors, tables, policy)
        profile = {
            "type": "postgres", "host": str(server.folder), "user": user, "password": "",
            "port": 5432, "dbname": database, "schema": "main", "threads": 2,
        }  # fmt: skip
        self._targets("postgres", profile)

    def send(self, table: str) -> None:
        """This table as it is in DuckDB now."""
        file = self.folder / "sent.csv"
        with self.connect() as source:
            columns = source.execute(f'describe {SCHEMA}."{table}"').fetchall()
            source.execute(f"copy {SCHEMA}.\"{table}\" to '{file}' (format csv, header true)")
        self.server.load(self.database, SCHEMA, table, columns, file)

    def send_all(self) -> None:
        """Every table as it is in DuckDB now."""
        for table in sorted(self._tables):
            self.send(table)

    def build(
        self,
        as_of: str | None = None,
        select: str | Sequence[str] | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        expect_success: bool = True,
        tests: bool = False,
    ) -> Result:
        """`dbt build` of what the tables hold now."""
        self.send_all()
        return super().build(as_of, select, variables, expect_success=expect_success, tests=tests)

    def beside(self, one: Project) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
        """The tables of that project as `one`, its own as `other`, and their names: the same."""
        connection = duckdb.connect()
        names = attach_duckdb(connection, one.file, one.schema)
        server = self.server.connect(self.database)
        try:
            assert names == attach_postgres(connection, server, self.schema, self.folder)
        finally:
            server.close()
        return connection, names

    @contextmanager
    def reading(self, text: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """The results as they are now, in a DuckDB of their own: all, or those that a text names."""
        with duckdb.connect() as connection:
            server = self.server.connect(self.database)
            try:
                attach_postgres(connection, server, self.schema, self.folder, text)
            finally:
                server.close()
            connection.execute("set search_path = 'other'")
            yield connection

    def reset(self) -> None:
        connection = self.server.connect(self.database)
        with connection.cursor() as cursor:
            cursor.execute(f'drop schema if exists "{self.schema}" cascade')
        connection.commit()
        connection.close()

    def is_writing(self, since: float) -> bool:
        """Whether a session of this database that began since then has written anything yet."""
        connection = self.server.connect("postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select count(*) from pg_stat_activity "
                    "where datname = %s and backend_xid is not null "
                    "and backend_start > to_timestamp(%s)",
                    (self.database, since),
                )
                return bool(cursor.fetchone()[0])
        finally:
            connection.close()


def on_engine(
    request: pytest.FixtureRequest, name: str, monitors: Sequence[Mapping[str, Any]],
    tables: Mapping[str, Table], policy: Mapping[str, Any] | None = None,
) -> Project:  # fmt: skip
    """The project on the engine that a fixture is asked for; a server is begun for Postgres alone."""
    folder = request.getfixturevalue("tmp_path_factory").mktemp(name) / "shop"
    if request.param == "duckdb":
        return Project(folder, monitors, tables, policy)
    server = request.getfixturevalue("postgres")
    return PostgresProject(folder, server, name, monitors, tables, policy)
