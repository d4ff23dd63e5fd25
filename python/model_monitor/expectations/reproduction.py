"""The queries that open alerts carry, run again: does the number come out?"""

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
# Below this a difference is one of rounding, whatever it is a share of.
SMALL = 1e-9
# What is interpolated within bins, or taken over them, and what that may hide of it.
BINNED = {"tail": 0.1, "sla": 0.1, "performance": 0.03}


def reproduce(project: Project, *, run: bool) -> pd.DataFrame:
    """One row per open alert; none unless asked for, because every query may read a log."""
    alerts = records(open_alerts(project)) if run else []
    rows = [rerun(project, alert) for alert in alerts]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["value", "current_value", "relative_difference"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def rerun(project: Project, alert: dict[str, Any]) -> dict[str, Any]:
    told = {"alert_id": alert.get("alert_id"), "monitor": alert.get("monitor"), "problem": None}
    sql = str(alert.get("reproduce_sql") or "")
    if not sql:
        return {**told, "problem": "it has no query"}
    try:
        found = records(answer(project.warehouse, sql))
    except QueryError as error:
        return {**told, "problem": str(error)}
    if not found:
        return {**told, "problem": "its query gives no row"}
    value, expected = found[0].get("value"), alert.get("current_value")
    if value is None and expected is not None and "value" in found[0]:
        return {**told, "current_value": expected, "problem": "its query gives no number"}
    if value is None or expected is None:
        return {**told, "value": value, "current_value": expected}
    size = max(abs(float(value)), abs(float(expected)), SMALL)
    hidden = BINNED.get(str(alert.get("family")), 0.0) * max(1.0, abs(float(expected)))
    difference = max(abs(float(value) - float(expected)) - hidden, 0.0) / size
    return {
        **told,
        "value": value,
        "current_value": expected,
        "relative_difference": difference,
    }
