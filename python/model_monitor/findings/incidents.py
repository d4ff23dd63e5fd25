"""The lead alert of an incident describes the whole incident."""

from __future__ import annotations

import pandas as pd

from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read

# Columns of the incident that replace those of its lead alert, and columns that are added.
REPLACED = (
    "message", "since", "nature", "likely_cause", "top_contributors", "recommended_action",
)  # fmt: skip
ADDED = ("action_reason", "action_against", "fix", "alert_count", "subject_count")


def as_incidents(project: Project, alerts: pd.DataFrame) -> pd.DataFrame:
    """Lead alerts with the texts of their incidents; other alerts unchanged."""
    names = ", ".join(("alert_id", *REPLACED, *ADDED))
    incidents = read(project, "monitor_incidents", f"select {names} from {{table}}")
    if incidents is None:
        return alerts
    renamed = incidents.rename(columns={name: f"incident_{name}" for name in REPLACED})
    merged = alerts.merge(renamed, how="left", on="alert_id")
    is_lead = merged["incident_message"].notna()
    for name in REPLACED:
        merged[name] = merged[f"incident_{name}"].where(is_lead, merged[name])
    return merged.drop(columns=[f"incident_{name}" for name in REPLACED])
