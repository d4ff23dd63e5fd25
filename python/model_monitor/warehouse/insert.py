"""Inserts rows into the append-only tables: user actions and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.warehouse.read import Readable

MANY = 500  # rows in one statement


def insert(project: Readable, name: str, *rows: Mapping[str, Any]) -> None:
    """Insert all of these rows or none. The table must exist."""
    relation = project.relation(name)
    if relation is None or not project.warehouse.exists(relation):
        raise MonitorError(f"The table {name} does not exist yet. To build it: model-monitor run")
    by_columns: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        values = ", ".join(literal(project, value) for value in row.values())
        by_columns.setdefault(tuple(row), []).append(f"({values})")
    with project.warehouse.transaction():
        for columns, values_of in by_columns.items():
            for start in range(0, len(values_of), MANY):
                values = ", ".join(values_of[start : start + MANY])
                project.warehouse.execute(
                    f"insert into {relation} ({', '.join(columns)}) values {values}"
                )


def literal(project: Readable, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"cast('{value.isoformat(sep=' ')}' as timestamp)"
    if isinstance(value, int):
        return str(value)
    return project.warehouse.literal(str(value))
