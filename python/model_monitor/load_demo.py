"""Writes the demo logs into the target warehouse, through dbt's connection."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from model_monitor.demo import Settings, write
from model_monitor.errors import UsageError
from model_monitor.output import Output, duration
from model_monitor.project import PACKAGE, Project
from model_monitor.warehouse import literal

SCHEMA = "demo_logs"
SETTINGS = "demo_settings"


def load(project: Project, output: Output, settings: Settings, schema: str = SCHEMA) -> int:
    """Replace the demo's tables, all of them or none; how many there are."""
    warehouse = project.warehouse
    if warehouse.adapter_type != "duckdb":
        raise UsageError(
            "demo: the demo logs are written to DuckDB. Valid: a target of type duckdb. "
            f"Got: {warehouse.adapter_type}."
        )
    started = time.monotonic()
    # The file must be ours before the long part begins, not after it.
    with warehouse.held(output.note), tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        output.note(
            f"Making {settings.days} days of logs until {settings.end}, "
            f"{settings.rows_per_day:,} rows a day …"
        )
        paths = write(Path(folder), settings)
        output.note(f"Writing {len(paths)} tables into schema {schema} …")
        inside = warehouse.quote(schema)
        with warehouse.transaction():
            warehouse.execute(f"create schema if not exists {inside}")
            for name, path in paths.items():
                warehouse.execute(
                    f"create or replace table {inside}.{warehouse.quote(name)} as "
                    f"select * from read_parquet({literal(str(path))})"
                )
                output.progress(f"  {name}  ({duration(time.monotonic() - started)})")
            if changed(project, settings, inside):
                forget_results(project, output)
    output.note(f"  {len(paths)} tables in {duration(time.monotonic() - started)}")
    return len(paths)


def changed(project: Project, settings: Settings, inside: str) -> bool:
    """Whether these logs are others than those that were there; remembers the new ones."""
    warehouse, table = project.warehouse, f"{inside}.{SETTINGS}"
    now = repr(settings)
    warehouse.execute(f"create table if not exists {table} (settings varchar)")
    before = warehouse.query(f"select settings from {table}")["settings"].tolist()
    warehouse.execute(f"delete from {table}")
    warehouse.execute(f"insert into {table} values (?)", [now])
    return before != [now]


def forget_results(project: Project, output: Output) -> None:
    """What was counted from other logs is of no use; somebody else's project is left alone.

    The logs of a real model only grow, and results are kept for good. The demo's are replaced.
    """
    if project.manifest.metadata.project_name != PACKAGE:
        return
    warehouse = project.warehouse
    ours = {
        (str(node.schema), str(node.alias))
        for node in project.manifest.nodes.values()
        if node.package_name == PACKAGE and node.resource_type in ("model", "seed")
    }
    found = warehouse.query(
        "select table_schema, table_name, table_type from information_schema.tables "
        "where table_catalog = current_database()"
    )
    there = [row for row in found.itertuples(index=False) if (row[0], row[1]) in ours]
    if there:
        output.note(f"Other logs than before: {len(there)} earlier results are dropped")
    for schema, name, kind in sorted(there, key=lambda row: row[2] != "VIEW"):
        what = "view" if kind == "VIEW" else "table"
        warehouse.execute(f"drop {what} {warehouse.quote(schema)}.{warehouse.quote(name)}")
