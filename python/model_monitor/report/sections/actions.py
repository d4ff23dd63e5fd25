"""What to do: open incidents with their recommended action, and retraining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.findings.retraining import by_monitor
from model_monitor.report import incidents
from model_monitor.report.section import Block, Section, View
from model_monitor.report.wording import count, moment, sentence
from model_monitor.text import action

TRIGGERS = """
select
    monitor, model_version, action, kind, state, due, fired_at, reasons, blocked_by,
    candidate_version, recommended_action, approvers, is_mandatory
from {monitor_triggers}
where {monitors}
    and state in ('fired', 'blocked')
order by monitor, fired_at, kind, model_version, action
"""
GATES = """
select monitor, candidate_version, gate, state, reason
from {monitor_gates}
where {monitors}
    and state <> 'no_candidate'
order by monitor, candidate_version, gate
"""
SHOWN = 12
MOVED, MOVED_TOGETHER = "top_contributors", "Moved together"
# Facts of an incident, in the order of a reader's questions.
FACTS = (
    ("Affected", "affected"),
    ("Why", "action_reason"),
    ("Unless", "action_against"),
    ("Likely cause", "likely_cause"),
    ("Root cause", "root_cause"),
    ("Prevention", "prevention"),
    ("What moved", "top_bins"),
    ("Where", "top_segments"),
    ("Also moved", MOVED),
    ("Owner", "owner"),
    ("Runbook", "runbook"),
)


@dataclass(frozen=True)
class Action:
    """One open incident."""

    severity: str
    sentence: str
    action: str
    facts: tuple[tuple[str, str], ...]
    command: str
    is_population_shift: bool


@dataclass(frozen=True)
class Retraining:
    """A request for another version."""

    action: str
    kinds: str
    since: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Rollback:
    """A rollback that the policy demands."""

    version: str
    approvers: str
    reason: str


@dataclass(frozen=True)
class Actions:
    """The content of the section."""

    mandatory: tuple[Rollback, ...]
    open: tuple[Action, ...]
    more: int
    stale: tuple[Action, ...]
    retraining: Retraining | None
    gates: tuple[Mapping[str, Any], ...]


def build(view: View) -> Block | None:
    leads = incidents.leads(view)
    triggers = view.rows(TRIGGERS)
    content = Actions(
        tuple(rollback(row, view.monitor) for row in triggers if row["is_mandatory"]),
        tuple(as_action(each, view.monitor) for each in leads[:SHOWN]),
        max(0, len(leads) - SHOWN),
        tuple(as_action(each, view.monitor) for each in incidents.stale(view)[:SHOWN]),
        retraining(triggers, view.monitor),
        tuple(view.rows(GATES)),
    )
    queries = tuple(query for query in (incidents.INCIDENTS, TRIGGERS, GATES) if view.has(query))
    shown = (content.mandatory, content.open, content.stale, content.retraining, content.gates)
    if not any(shown):
        note = "Nothing to do: no incident is open and no retraining is due."
        return Block(note=note, queries=queries)
    return Block(content, queries=queries)


def as_action(incident: Mapping[str, Any], monitor: str) -> Action:
    facts = [
        (MOVED_TOGETHER if name == MOVED and incident["is_population_shift"] else label, found)
        for label, name in FACTS
        if (found := str(incident[name] or ""))
    ]
    if incident["alert_count"] and incident["alert_count"] > 1:
        facts.append(("Alerts", f"{count(incident['alert_count'])} in this incident"))
    return Action(
        str(incident["severity"]),
        incidents.text(incident, monitor),
        action(incident["recommended_action"]),
        tuple(facts),
        f"model-monitor explain {str(incident['incident_id'])[:8]}",
        bool(incident["is_population_shift"]),
    )


def rollback(row: Mapping[str, Any], monitor: str) -> Rollback:
    version = str(row["model_version"])
    return Rollback(
        "the version" if version == "(all)" else version,
        str(row["approvers"] or ""),
        sentence(row["reasons"], monitor),
    )


def retraining(rows: Sequence[dict[str, Any]], monitor: str) -> Retraining | None:
    """What requests a new version, in the words of the command line."""
    due = [row for row in rows if row["action"] == "retrain"]
    if not due:
        return None
    [(_, since, _, kinds, what)] = by_monitor(due)
    reasons = dict.fromkeys(
        f"{str(row['kind']).replace('_', ' ')}: {sentence(row['reasons'], monitor)}"
        for row in due
        if row["reasons"]
    )
    text = sentence(what, monitor).replace(f": {monitor}: ", ": ").replace(f": {monitor} ", ": ")
    return Retraining(text, kinds, moment(since), tuple(reasons))


SECTION = Section("actions", "What to do", "Which actions are recommended, and why?", build)
