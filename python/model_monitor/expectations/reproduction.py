"""Runs the queries of open alerts again and compares their numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from model_monitor.errors import QueryError
from model_monitor.findings.tables import open_alerts
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import records
from model_monitor.warehouse.read_only import answer

FRAME = "reproduction"
COLUMNS = ("alert_id", "monitor", "problem", "value", "current_value", "relative_difference")
# A smaller value is a rounding error.
SMALL = 1e-9
# Families whose numbers are interpolated in bins, and the error that this may cause.
BINNED = {"tail": 0.1, "sla": 0.1, "performance": 0.03}


def reproduce(project: Project, *, run: bool) -> pd.DataFrame:
    """One row per open alert. Only on request, because each query may read a log."""
    alerts = records(open_alerts(project)) if run else []
    rows = [rerun(project, alert) for alert in alerts]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["value", "current_value", "relative_difference"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def rerun(project: Project, alert: dict[str, Any]) -> dict[str, Any]:
    row = {"alert_id": alert.get("alert_id"), "monitor": alert.get("monitor"), "problem": None}
    sql = str(alert.get("reproduce_sql") or "")
    if not sql:
        return {**row, "problem": "the alert has no query"}
    try:
        found = answer(project.warehouse, sql)
    except QueryError as error:
        return {**row, "problem": str(error)}
    if not found:
        return {**row, "problem": "the query returns no row"}
    value, expected = found[0].get("value"), alert.get("current_value")
    if value is None and expected is not None and "value" in found[0]:
        return {**row, "current_value": expected, "problem": "the query returns no number"}
    if value is None or expected is None:
        return {**row, "value": value, "current_value": expected}
    size = max(abs(float(value)), abs(float(expected)), SMALL)
    tolerance = BINNED.get(str(alert.get("family")), 0.0) * max(1.0, abs(float(expected)))
    difference = max(abs(float(value) - float(expected)) - tolerance, 0.0) / size
    return {
        **row,
        "value": value,
        "current_value": expected,
        "relative_difference": difference,
    }
