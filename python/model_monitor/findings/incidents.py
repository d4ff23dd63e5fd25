"""The lead alert of an incident describes the whole incident."""

from __future__ import annotations

from collections.abc import Sequence

from model_monitor.warehouse.read import Readable, read
from model_monitor.warehouse.rows import Row

# Columns of the incident that replace those of its lead alert, and columns that are added.
REPLACED = (
    "message", "since", "nature", "likely_cause", "top_contributors", "recommended_action",
)  # fmt: skip
ADDED = (
    "action_reason", "action_against", "fix", "alert_count", "subject_count", "affected",
)  # fmt: skip


def as_incidents(project: Readable, alerts: Sequence[Row]) -> list[Row]:
    """Lead alerts with the texts of their incidents; other alerts unchanged."""
    names = ", ".join(("alert_id", *REPLACED, *ADDED))
    incidents = read(project, "monitor_incidents", f"select {names} from {{table}}")
    if incidents is None:
        return list(alerts)
    by_alert = {incident["alert_id"]: incident for incident in incidents}
    return [as_incident(alert, by_alert.get(alert["alert_id"])) for alert in alerts]


def as_incident(alert: Row, incident: Row | None) -> Row:
    found = {**alert, **{name: None for name in ADDED if name not in alert}}
    if incident is None:
        return found
    names = (*REPLACED, *ADDED) if incident["message"] is not None else ADDED
    return found | {name: incident[name] for name in names}
