"""The first screen: is everything all right, what is not, since when, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.findings.coverage import NOT_WATCHED, WORDS
from model_monitor.findings.monitors import LEARNING_WINDOWS
from model_monitor.report import incidents
from model_monitor.report.section import View
from model_monitor.report.sections.actions import TRIGGERS, Retraining, retraining
from model_monitor.report.traced import counted, total
from model_monitor.report.wording import (
    count,
    last_day,
    moment,
    percent,
    plural,
    sentence,
)
from model_monitor.text import WHOLE, action

HEALTH = """
select
    monitor, model_version, as_of, evaluation, problems, window_name, window_end, row_count,
    traffic_share, history_windows, worst_open_severity, recommendation
from {monitor_health}
where {monitors}
order by monitor, coalesce(traffic_share, 0) desc, model_version
"""
COVERAGE = """
select monitor, resolution, count(*) as series_count
from {monitor_coverage}
where {monitors}
    and model_version = '(all)'
group by monitor, resolution
order by monitor, resolution
"""
SHOWN, SHOWN_VERSIONS = 3, 4
# Badge of each state, the most urgent first.
LABELS = {
    "critical": "Critical",
    "warn": "Warning",
    "info": "Notice",
    "unread": "Not fully evaluated",
    "unwatched": "Not watched",
    "stale": "Unresolved",
    "due": "Retraining due",
    "ok": "No open incident",
}
ORDER = tuple(LABELS)


@dataclass(frozen=True)
class Lead:
    """One open incident in the words of its lead alert."""

    severity: str
    sentence: str
    since: str
    action: str
    reason: str
    against: str
    command: str
    is_population_shift: bool
    moved: str


@dataclass(frozen=True)
class Part:
    """One stretch of the coverage bar."""

    name: str
    label: str
    count: str
    x: float
    width: float


@dataclass(frozen=True)
class Coverage:
    """How often the series of a monitor are evaluated."""

    parts: tuple[Part, ...]
    text: str
    is_watched: bool


@dataclass(frozen=True)
class Card:
    """One monitor on the first screen."""

    monitor: str
    anchor: str
    state: str
    label: str
    owner: str
    leads: tuple[Lead, ...]
    open: str
    more: int
    suppressed: str
    stale: tuple[str, ...]
    accepted: tuple[str, ...]
    retraining: Retraining | None
    problems: str
    warming_up: str
    versions: str
    evaluated: str
    coverage: Coverage | None
    queries: tuple[str, ...]
    sql: tuple[str, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether one line is enough."""
        return self.state == "ok" and not (self.warming_up or self.suppressed or self.accepted)


def card(view: View, anchor: str) -> Card:
    health = view.rows(HEALTH)
    whole = next((row for row in health if row["model_version"] == WHOLE), None)
    leads = incidents.leads(view)
    stale = incidents.stale(view)
    due = retraining(view.rows(TRIGGERS), view.monitor)
    problems = problem(view, whole)
    found = coverage(view.rows(COVERAGE))
    flags = {
        "unread": bool(problems),
        "unwatched": found is not None and not found.is_watched,
        "stale": bool(stale),
        "due": due is not None,
    }
    suppressed = incidents.suppressed(view)
    every = (HEALTH, COVERAGE, incidents.INCIDENTS, TRIGGERS)
    queries = tuple(query for query in every if view.has(query))
    state = state_of([str(each["severity"]) for each in leads], flags)
    owners = [each["owner"] for each in (*leads, *view.rows(incidents.INCIDENTS)) if each["owner"]]
    return Card(
        monitor=view.monitor,
        anchor=anchor,
        state=state,
        label=LABELS[state],
        owner=str(owners[0]) if owners else "",
        leads=tuple(lead(each, view.monitor) for each in leads[:SHOWN]),
        open=plural(counted(leads), "open incident") if len(leads) > 1 else "",
        more=max(0, len(leads) - SHOWN),
        suppressed=count(counted(suppressed)) if suppressed else "",
        stale=tuple(
            f"{sentence(each['message'], view.monitor)}; last seen {moment(each['last_seen_at'])}"
            for each in stale[:SHOWN]
        ),
        accepted=tuple(
            accepted(each, view.monitor) for each in incidents.recently_accepted(view)[:SHOWN]
        ),
        retraining=due,
        problems=problems,
        warming_up=warming_up(whole),
        versions=versions(health),
        evaluated="never" if whole is None else last_day(whole["window_end"]),
        coverage=found,
        queries=queries,
        sql=tuple(view.source.sql(query, view.monitor) for query in queries),
    )


def lead(incident: Mapping[str, Any], monitor: str) -> Lead:
    return Lead(
        str(incident["severity"]),
        incidents.text(incident, monitor),
        moment(incident["since"]),
        action(incident["recommended_action"]),
        str(incident["action_reason"] or ""),
        str(incident["action_against"] or ""),
        f"model-monitor explain {str(incident['incident_id'])[:8]}",
        bool(incident["is_population_shift"]),
        incidents.moved(incident),
    )


def accepted(incident: Mapping[str, Any], monitor: str) -> str:
    """That a level is the new normal, since when, and what had moved."""
    kind = "population shift " if incident["is_population_shift"] else ""
    with_it = incidents.moved(incident)
    found = f"{kind}{incidents.acceptance(incident)}: {incidents.text(incident, monitor)}"
    return f"{found}; moved together: {with_it}" if with_it else found


def problem(view: View, whole: Mapping[str, Any] | None) -> str:
    """Why not everything was evaluated; empty if it was."""
    unread = view.problem(incidents.INCIDENTS) or view.problem(HEALTH)
    if unread:
        return f"The results cannot be read: {unread}."
    if whole is None:
        return "This monitor has not been evaluated yet."
    if whole["problems"]:
        return str(whole["problems"])
    evaluation = str(whole["evaluation"])
    return (
        ""
        if evaluation == "evaluated"
        else evaluation.replace("_", " ").replace("judged", "evaluated")
    )


def state_of(severities: Sequence[str], flags: Mapping[str, bool]) -> str:
    """The most urgent state that applies."""
    found = {*severities, *(name for name, applies in flags.items() if applies)}
    return next((name for name in ORDER if name in found), "ok")


def warming_up(whole: Mapping[str, Any] | None) -> str:
    windows = None if whole is None else whole["history_windows"]
    if windows is None or windows >= LEARNING_WINDOWS:
        return ""
    return f"Baseline warming up: {count(windows)} of {LEARNING_WINDOWS} days"


def versions(health: Sequence[Mapping[str, Any]]) -> str:
    found = [row for row in health if row["model_version"] != WHOLE]
    names = [
        f"{row['model_version']} ({percent(row['traffic_share'])})"
        if len(found) > 1
        else str(row["model_version"])
        for row in found
    ]
    more = len(names) - SHOWN_VERSIONS
    return ", ".join(names[:SHOWN_VERSIONS]) + (f" and {more} more" if more > 0 else "")


def coverage(rows: Sequence[Mapping[str, Any]]) -> Coverage | None:
    counts = {str(row["resolution"]): row["series_count"] for row in rows}
    whole = total(counts.values())
    if not whole:
        return None
    words = {**WORDS, **NOT_WATCHED}
    parts, at = [], 0.0
    for name, word in words.items():
        if counts.get(name):
            wide = 100 * counts[name] / whole
            parts.append(Part(name, word, count(counts[name]), round(at, 2), round(wide, 2)))
            at += wide
    watched = [f"{part.count} {part.label}" for part in parts if part.name in WORDS]
    missed = [f"{part.count} not at all ({part.label})" for part in parts if part.name not in WORDS]
    text = f"{plural(whole, 'series', 'series')}: {', '.join([*watched, *missed])}"
    return Coverage(tuple(parts), text, bool(watched))
