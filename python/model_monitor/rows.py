"""Rows that people's acts and receivers' answers add to the tables that only grow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.project import Project


def insert(project: Project, name: str, row: Mapping[str, Any]) -> None:
    """One row; the table must have been built."""
    relation = project.relation(name)
    if relation is None or not project.warehouse.exists(relation):
        raise MonitorError(f"There is no table {name} yet. First: model-monitor run")
    values = ", ".join(literal(project, value) for value in row.values())
    with project.warehouse.transaction():
        project.warehouse.execute(f"insert into {relation} ({', '.join(row)}) values ({values})")


def literal(project: Project, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"cast('{value.isoformat(sep=' ')}' as timestamp)"
    if isinstance(value, int):
        return str(value)
    return project.warehouse.literal(str(value))
