"""A project of artifacts alone: its manifest, its profile, and the tables that dbt would build."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from .small_project import MODELS, write

AUDIT = """
create table {schema}.monitor_audit (
    act_id varchar, act varchar, acted_at timestamp, author varchar, reason varchar,
    alert_id varchar, monitor varchar, subject varchar, slice_name varchar, slice_value varchar,
    until timestamp, decision varchar, action varchar,
    root_cause varchar, prevention varchar
);
create table {schema}.int_monitor__monitors as select 'loans' as monitor;
create table {schema}.int_monitor__slices as select 'loans' as monitor, 'region' as slice_name;
"""
NAMES = (*MODELS, "monitor_audit", "int_monitor__monitors", "int_monitor__slices")
DBTS = {"macro.dbt.generate_schema_name": {}, "macro.dbt.default__generate_alias_name": {}}


def artifacts_project(folder: Path, *schemas: str) -> Path:
    """Results in each schema, and a target for each; the first one is the default."""
    (folder / "target").mkdir(parents=True)
    schemas = schemas or ("main",)
    write(folder / "dbt_project.yml", {"name": "shop", "profile": "shop"})
    outputs = {
        schema: {"type": "duckdb", "path": "target/shop.duckdb", "schema": schema}
        for schema in schemas
    }
    write(folder / "profiles.yml", {"shop": {"target": schemas[0], "outputs": outputs}})
    for schema in schemas:
        build(folder / "target" / "shop.duckdb", f'"{schema}_results"')
    save(folder, manifest(schemas[0]))
    return folder


def build(file: Path, schema: str) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create schema {schema}")
        for name, sql in MODELS.items():
            connection.execute(f"create table {schema}.{name} as {sql}")
        connection.execute(AUDIT.format(schema=schema))


def manifest(schema: str, database: str = "shop", kind: str = "duckdb") -> dict[str, Any]:
    """As dbt writes it, as far as a reader looks."""
    place = f"{schema}_results"
    nodes = {
        f"model.model_monitor.{name}": {
            "name": name,
            "schema": place,
            "database": database,
            "relation_name": f'"{database}"."{place}"."{name}"',
            "config": {"schema": "results", "database": None, "materialized": "table"},
        }
        for name in NAMES
    }
    other = {"model.shop.monitor_alerts": {"name": "monitor_alerts", "relation_name": "nothing"}}
    metadata = {
        "adapter_type": kind,
        "project_name": "shop",
        "generated_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    return {"metadata": metadata, "nodes": {**other, **nodes}, "macros": dict(DBTS)}


def save(folder: Path, content: Any, name: str = "target/manifest.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(content), encoding="utf-8")
    return file
