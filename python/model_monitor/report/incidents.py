"""Incidents of the period, as the overview and several sections read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from model_monitor.findings.tables import OPEN_STATES, is_suppressed
from model_monitor.report.section import View
from model_monitor.report.wording import is_missing, moment, naive, sentence

INCIDENTS = """
select
    monitor, incident_id, alert_id, state, severity, nature, message, log, model_version, family,
    subject, metric, slice_name, slice_value, since, last_seen_at, resolved_at, alert_count,
    subject_count, affected, likely_cause, cause_started_at, top_contributors, top_segments,
    top_bins, recommended_action, fix, action_reason, action_against, is_population_shift,
    accepted_at, accepted_by, root_cause, prevention, inhibited_by, silenced_by, is_learning,
    is_safety, owner, runbook, dashboard
from {monitor_incidents}
where {monitors}
    and (state in ('firing', 'acknowledged') or last_seen_at > {since})
order by monitor, since, incident_id
"""
NEW_NORMAL = "accepted as the new normal"
# How long a card says that a new level was accepted.
RECENTLY = timedelta(days=28)
RANK = {"critical": 0, "warn": 1, "info": 2}
Incident = Mapping[str, Any]


def is_open(incident: Incident) -> bool:
    return incident["state"] in OPEN_STATES


def is_lead(incident: Incident) -> bool:
    """Whether people are notified of it."""
    return not is_suppressed(dict(incident))


def most_severe_first(incidents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_time = sorted(incidents, key=lambda each: str(each["incident_id"]))
    by_time = sorted(by_time, key=lambda each: str(each["since"]), reverse=True)
    return sorted(by_time, key=lambda each: RANK.get(str(each["severity"]), 3))


def leads(view: View) -> list[dict[str, Any]]:
    """Open incidents that nothing suppresses, most severe and newest first."""
    found = view.rows(INCIDENTS)
    return most_severe_first([each for each in found if is_open(each) and is_lead(each)])


def stale(view: View) -> list[dict[str, Any]]:
    """Incidents that were open when their data stopped."""
    found = view.rows(INCIDENTS)
    return most_severe_first([each for each in found if each["state"] == "stale" and is_lead(each)])


def suppressed(view: View) -> list[dict[str, Any]]:
    return [each for each in view.rows(INCIDENTS) if is_open(each) and not is_lead(each)]


def is_accepted(incident: Incident) -> bool:
    """Whether it goes on at a level that is the new normal: neither open nor resolved."""
    return bool(incident["state"] == "accepted")


def recently_accepted(view: View) -> list[dict[str, Any]]:
    """Incidents whose level became the new normal in the last four weeks, the newest first."""
    found = [
        each
        for each in view.rows(INCIDENTS)
        if is_accepted(each)
        and is_lead(each)
        and not is_missing(each["accepted_at"])
        and naive(each["accepted_at"]) > view.period.until - RECENTLY
    ]
    by_name = sorted(found, key=lambda each: str(each["incident_id"]))
    return sorted(by_name, key=lambda each: naive(each["accepted_at"]), reverse=True)


def acceptance(incident: Incident) -> str:
    """Since when its level is the new normal, and by whom."""
    if is_missing(incident["accepted_at"]):
        return NEW_NORMAL
    on = f"{NEW_NORMAL} on {moment(incident['accepted_at'])}"
    return f"{on} by {incident['accepted_by']}" if incident["accepted_by"] else on


def text(incident: Incident, monitor: str) -> str:
    """Its message without what the report says beside it: the monitor, and the acceptance."""
    return sentence(incident["message"], monitor).removesuffix(f" ({NEW_NORMAL})")


def moved(incident: Incident) -> str:
    """What moved together in a population shift; empty for other incidents."""
    return str(incident["top_contributors"] or "") if incident["is_population_shift"] else ""
