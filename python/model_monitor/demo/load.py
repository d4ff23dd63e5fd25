"""Writes the demo logs into the target warehouse, through dbt's connection."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from model_monitor.demo import Settings
from model_monitor.demo.schema import TABLES
from model_monitor.errors import MonitorError, UsageError
from model_monitor.output import Output, duration
from model_monitor.warehouse import spark
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.settings import PACKAGE
from model_monitor.warehouse.sql_errors import literal

SCHEMA = "demo_logs"
SETTINGS = "demo_settings"
ADAPTERS = ("duckdb", "postgres", "spark")
TYPES = {"double": "double precision"}

Made = Callable[[], dict[str, Path]]


@contextmanager
def making(settings: Settings, output: Output) -> Iterator[Made]:
    """Generate the logs in another process, as files by table name."""
    output.note(
        f"Generating {settings.days} days of logs until {settings.shown_end}, "
        f"{settings.rows_per_day:,} rows per day …"
    )
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        given = {"out": folder, **vars(settings)}
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        with subprocess.Popen(  # noqa: S603  # this interpreter, numbers and a folder of ours
            [sys.executable, "-m", "model_monitor.demo", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield lambda: made(process, Path(folder), settings)
            finally:
                process.kill()


def made(process: subprocess.Popen[str], folder: Path, settings: Settings) -> dict[str, Path]:
    """Wait for the files and return them."""
    problem = process.communicate()[1]
    if process.returncode:
        raise MonitorError(f"demo: the logs could not be generated.\n{problem.strip()}")
    names = [table.name + settings.suffix for table in TABLES]
    return {name: folder / f"{name}.parquet" for name in names}


def load(
    project: Project, output: Output, settings: Settings, made: Made, schema: str = SCHEMA
) -> int:
    """Replace all tables of the demo or none; return their number."""
    warehouse = project.warehouse
    if warehouse.adapter_type not in ADAPTERS:
        raise UsageError(
            "demo: the demo logs are written to DuckDB, Postgres or Spark. "
            f"Valid: a target of type {' or '.join(ADAPTERS)}. Got: {warehouse.adapter_type}."
        )
    with warehouse.held(output.note):
        paths = made()
        output.note(f"Writing {len(paths)} tables to schema {schema} …")
        started = time.monotonic()
        inside = warehouse.quote(schema)
        with warehouse.transaction():
            warehouse.execute(f"create schema if not exists {inside}")
            for name, path in paths.items():
                table = f"{inside}.{warehouse.quote(name)}"
                fill(warehouse, table, path, columns_of(name, settings))
                output.progress(f"  {name}  ({duration(time.monotonic() - started)})")
            if changed(project, settings, inside):
                forget_results(project, output)
    output.note(f"  {len(paths)} tables in {duration(time.monotonic() - started)}")
    return len(paths)


def columns_of(name: str, settings: Settings) -> dict[str, str]:
    """The columns of a table of the demo and their types."""
    spec = next(spec for spec in TABLES if spec.name + settings.suffix == name)
    return {column.name: column.type for column in spec.columns}


def fill(warehouse: Warehouse, table: str, path: Path, columns: dict[str, str]) -> None:
    """Replace the rows of the table by those of the file."""
    if warehouse.adapter_type == "duckdb":
        rows = f"select * from read_parquet({literal(str(path))})"
        warehouse.execute(f"create or replace table {table} as {rows}")
    elif warehouse.adapter_type == "spark":
        warehouse.execute(f"drop table if exists {table}")
        rows = spark.loaded(path, columns)
        warehouse.execute(f"create table {table} using parquet as {rows}")
    else:
        typed = {name: TYPES.get(kind, kind) for name, kind in columns.items()}
        warehouse.copy(table, typed, as_csv(path))


def as_csv(path: Path) -> Path:
    """The same rows as a CSV file for Postgres."""
    csv = path.with_suffix(".csv")
    with duckdb.connect() as connection:
        rows = f"from read_parquet({literal(str(path))})"
        connection.execute(f"copy ({rows}) to {literal(str(csv))} (format csv, header true)")
    return csv


def changed(project: Project, settings: Settings, inside: str) -> bool:
    """Whether these logs differ from the earlier ones. Stores the new settings."""
    warehouse, table = project.warehouse, f"{inside}.{SETTINGS}"
    now = repr(settings)
    # Spark has no delete, and another name for a text
    is_spark = warehouse.adapter_type == "spark"
    kind = "(settings string) using parquet" if is_spark else "(settings varchar)"
    warehouse.execute(f"create table if not exists {table} {kind}")
    before: list[str] = warehouse.query(f"select settings from {table}")["settings"].tolist()
    if is_spark:
        warehouse.execute(f"insert overwrite table {table} values ({warehouse.literal(now)})")
    else:
        warehouse.execute(f"delete from {table}")
        warehouse.execute(f"insert into {table} values ({literal(now)})")
    return before != [now]


def forget_results(project: Project, output: Output) -> None:
    """Drop the results of earlier demo logs. Projects of users are left unchanged.

    The logs of a real model only grow, so their results stay valid. The demo replaces its logs.
    """
    if project.manifest.metadata.project_name != PACKAGE:
        return
    warehouse = project.warehouse
    ours = {
        (node.database, str(node.schema), str(node.alias))
        for node in project.manifest.nodes.values()
        if node.package_name == PACKAGE and node.resource_type in ("model", "seed")
    }
    adapter = warehouse.adapter
    with warehouse.connected():
        existing = [
            relation
            for database, schema in {(where[0], where[1]) for where in ours}
            for relation in adapter.list_relations(database, schema)
            if (database, schema, relation.identifier) in ours
        ]
        if existing:
            output.note(f"The demo logs changed. Dropping {len(existing)} earlier results …")
        # views first, because Spark needs the tables that they read
        for relation in sorted(existing, key=lambda relation: not relation.is_view):
            adapter.drop_relation(relation)
