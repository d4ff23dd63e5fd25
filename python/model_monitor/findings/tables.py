"""Reads the small result tables. A note names each table that does not exist yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.findings.evaluations import unread
from model_monitor.findings.incidents import as_incidents
from model_monitor.findings.monitors import monitors
from model_monitor.findings.notices import notices
from model_monitor.findings.retraining import mandatory_rollbacks, triggers
from model_monitor.severity import SEVERITIES, severity_rank
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import Readable, read, records
from model_monitor.warehouse.rows import Row

OPEN_STATES = ("firing", "acknowledged")
CLOSED_STATES = ("resolved", "accepted")
LASTING_STATES = (*OPEN_STATES, "stale")
LATEST_FIRST = ("opened_at", "last_seen_at", "window_end", "alert_id")


@dataclass(frozen=True)
class Findings:
    """The findings of a run, ready to be printed or written as JSON."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    monitors: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_alerts: bool = True
    closed: list[dict[str, Any]] = field(default_factory=list)
    not_evaluated: list[dict[str, Any]] = field(default_factory=list)
    triggers: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)


def findings(project: Project) -> Findings:
    notes: list[str] = []
    found_alerts = open_alerts(project)
    if found_alerts is None:
        notes.append("The table monitor_alerts does not exist yet.")
    found_monitors = monitors(project)
    if found_monitors is None:
        notes.append("The table monitor_drift does not exist yet.")
    notes.extend(mandatory_rollbacks(project))
    return Findings(
        records(found_alerts),
        records(found_monitors),
        notes,
        found_alerts is not None,
        records(closed_alerts(project)),
        unread(project),
        triggers(project),
        notices(project),
    )


def closed_alerts(project: Readable) -> list[Row] | None:
    """Resolved and accepted alerts, latest first, without those of an incident that is open."""
    everything = read(project, "monitor_alerts", "select * from {table}")
    if everything is None:
        return None
    # an alert that another one represents does not keep an incident open
    lasting = {
        alert["incident_id"]
        for alert in everything
        if alert["state"] in LASTING_STATES
        and alert.get("inhibited_by") is None
        and alert.get("incident_id") is not None
    }
    closed = [
        alert
        for alert in everything
        if alert["state"] in CLOSED_STATES
        and alert.get("incident_id") not in lasting
        and alert.get("silenced_by") is None
        and alert.get("inhibited_by") is None
    ]
    return latest_first(as_incidents(project, closed), ("last_seen_at", "since", "alert_id"))


def open_alerts(project: Readable) -> list[Row] | None:
    """Open alerts, most severe and newest first, including suppressed ones."""
    alerts = read(project, "monitor_alerts", "select * from {table}")
    if alerts is None:
        return None
    found = [alert for alert in alerts if alert.get("state", OPEN_STATES[0]) in OPEN_STATES]
    ordered = latest_first(as_incidents(project, found), LATEST_FIRST)
    return sorted(ordered, key=lambda alert: -severity_rank(alert["severity"]))


def latest_first(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Rows in descending order of these columns, missing values last."""

    def key(row: Row) -> list[tuple[bool, Any]]:
        return [(row.get(name) is not None, row.get(name)) for name in names]

    return sorted(rows, key=key, reverse=True)


def is_suppressed(alert: dict[str, Any]) -> bool:
    """Whether nobody is notified: silenced, represented by another alert, or expected."""
    if alert.get("nature") == "expected" and not alert.get("is_safety"):
        return True
    return any(alert.get(name) for name in ("silenced_by", "inhibited_by"))


def breaches(alerts: list[dict[str, Any]], fail_on: str) -> list[dict[str, Any]]:
    """Open alerts at or above a severity, without suppressed ones; `none` gives no alert."""
    if fail_on == "none":
        return []
    counted = SEVERITIES[SEVERITIES.index(fail_on) :]
    return [alert for alert in alerts if alert["severity"] in counted and not is_suppressed(alert)]
