"""The alert that speaks for an incident says what is known of the whole of it."""

from __future__ import annotations

import pandas as pd

from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read

# What of an incident takes the place of what its alert says for itself, and what is said beside it.
INSTEAD = (
    "message", "since", "nature", "likely_cause", "top_contributors", "recommended_action",
)  # fmt: skip
BESIDE = ("action_reason", "action_against", "fix", "alert_count", "subject_count")


def in_words(project: Project, alerts: pd.DataFrame) -> pd.DataFrame:
    """Alerts in the words of their incidents, where they are the ones that speak for them."""
    names = ", ".join(("alert_id", *INSTEAD, *BESIDE))
    incidents = read(project, "monitor_incidents", f"select {names} from {{table}}")
    if incidents is None:
        return alerts
    told = incidents.rename(columns={name: f"told_{name}" for name in INSTEAD})
    worded = alerts.merge(told, how="left", on="alert_id")
    is_told = worded["told_message"].notna()
    for name in INSTEAD:
        worded[name] = worded[f"told_{name}"].where(is_told, worded[name])
    return worded.drop(columns=[f"told_{name}" for name in INSTEAD])
