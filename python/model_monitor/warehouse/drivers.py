"""The driver for a target, for commands that do not start dbt.

A target with a setting that no driver here knows is left to dbt.
"""

from __future__ import annotations

from pathlib import Path

from model_monitor.warehouse.duckdb_driver import DuckDB
from model_monitor.warehouse.engine import Engine
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.postgres_driver import Postgres, with_first_names
from model_monitor.warehouse.target import Target


def engine(target: Target, *, writes: bool) -> Engine:
    """The driver for a target of profiles.yml."""
    if target.get("type") == "duckdb":
        return DuckDB(target, writes=writes)
    if target.get("type") == "postgres":
        return Postgres(target)
    raise NeedsDbtError(f"there is no driver for a target of type {target.get('type')}")


def database(target: Target) -> str:
    """The database of a target, as dbt names it."""
    if target.get("type") == "postgres":
        return str(with_first_names(target)["dbname"])
    if target.get("database"):
        return str(target["database"])
    # DuckDB names a database after the first part of its file
    return Path(str(target.get("path"))).name.lstrip(".").partition(".")[0]
