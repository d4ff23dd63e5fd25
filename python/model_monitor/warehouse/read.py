"""Small reads of the result tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_monitor.warehouse.project import Project

if TYPE_CHECKING:
    import pandas as pd


def read(project: Project, name: str, sql: str) -> pd.DataFrame | None:
    """Run a query on one of our tables, written as {table}; None if it does not exist."""
    relation = project.relation(name)
    if relation is None or not project.warehouse.exists(relation):
        return None
    return project.warehouse.query(sql.format(table=relation))


def records(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows as dictionaries, with None for missing values."""
    if frame is None:
        return []
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
