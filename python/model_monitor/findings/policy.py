"""Notes on rows of the tables under `policy` that have no effect."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from model_monitor.output import clip
from model_monitor.text import nearest
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

# Columns of a rule. Other columns belong to the user, unless they look like a misspelling.
RULE_COLUMNS = (
    "rule_id", "enabled", "monitor", "log", "family", "subject", "subject_kind", "importance",
    "metric", "baseline", "window_name", "model_version", "slice_name", "slice_value", "kind",
    "direction", "warn", "critical", "for_windows", "clear_windows", "min_rows", "clear_below",
    "false_alarms_per_monitor_28d", "owner", "runbook", "dashboard", "is_safety", "valid_from",
    "rule_version", "description", "error_budget", "short_window",
)  # fmt: skip
LIKENESS = 0.8


def misspelt(name: str, absent: Iterable[str]) -> str | None:
    """A note on a column that looks like a misspelt one, such as `warnn`."""
    similar = difflib.get_close_matches(name.lower(), list(absent), n=1, cutoff=LIKENESS)
    return f"there is no column {name}. Nearest: {similar[0]}" if similar else None


RULES_SQL = """
select
    rules.rule_id,
    rules.problem
from {table} as rules
where rules.problem is not null
    and rules.as_of = (select max(latest.as_of) from {table} as latest)
group by rules.rule_id, rules.problem
order by rules.rule_id
"""


NAMES_SQL = "select monitor from {table} order by monitor"
DEFAULTS_SQL = "select distinct rule_id from {table} where is_default order by rule_id"


def rule_problems(project: Project) -> list[str]:
    """Rules that are not applied because of a mistake in them."""
    found = records(read(project, "monitor_rule_runs", RULES_SQL))
    defaults = records(read(project, "int_monitor__rules", DEFAULTS_SQL))
    notes = []
    for row in found:
        problem = row["problem"]
        if problem.startswith("rule_id:"):
            known = [each["rule_id"] for each in defaults]
            problem = f"{problem} {nearest(row['rule_id'], known)}"
        notes.append(f"rule {row['rule_id']} is not applied: {problem}")
    return notes


SILENCES_SQL = """
select
    silence_id,
    monitor,
    until,
    coalesce(trim(author), '') = '' or coalesce(trim(reason), '') = '' as is_anonymous
from {table}
order by silence_id
"""


def silence_problems(project: Project) -> list[str]:
    """Silences without an end, without an author or reason, or for an unknown monitor."""
    found = records(read(project, "stg_monitor__silences", SILENCES_SQL))
    endless = [str(row["silence_id"]) for row in found if row["until"] is None]
    anonymous = [str(row["silence_id"]) for row in found if row["is_anonymous"]]
    notes = []
    if endless:
        notes.append(f"policy › silences: rows without until have no effect: {', '.join(endless)}")
    if anonymous:
        notes.append(f"policy › silences: rows need an author and a reason: {', '.join(anonymous)}")
    if found:
        notes.extend(unknown_monitors(project, found))
    return notes


def monitor_names(project: Project) -> list[str]:
    found = records(read(project, "int_monitor__monitors", NAMES_SQL))
    return [str(row["monitor"]) for row in found]


def unknown_monitors(project: Project, silences: list[dict[str, Any]]) -> list[str]:
    """Unknown monitors in silences that have not ended."""
    known = monitor_names(project)
    now = datetime.now(UTC).replace(tzinfo=None)
    notes: list[str] = []
    for row in silences:
        problem = unknown_name("monitor", row["monitor"], known)
        if problem and row["until"] is not None and row["until"] > now:
            notes.append(f"policy › silences › {row['silence_id']}: {problem}")
    return notes


CHANGES_SQL = """
select change_id, monitor, expected_effect, recurs,
    max(case when ended_at < started_at then 1 else 0 end) as ends_before,
    max(case when started_at is null then 1 else 0 end) as is_undated
from {table}
group by change_id, monitor, expected_effect, recurs
order by change_id, monitor
"""
VERSIONS_SQL = """
select monitor, model_version, stage, trained_from, trained_to
from {table}
order by monitor, model_version
"""
CONTACTS_SQL = """
select contact_id, monitor, owner, escalate_after_hours
from {table}
order by contact_id, monitor
"""
APPROVALS_SQL = """
select approval_id, monitor, problem
from {table}
order by approval_id, monitor
"""
ISSUES_SQL = """
select policy, mistake, row_name, column_name, said
from {table}
order by policy, mistake, row_name, column_name, said
"""
OWNERS_SQL = "select distinct owner from {table} where owner is not null"
EFFECTS = ("none", "annotate", "hold")
RECURRENCES = ("weekly", "monthly", "yearly")
STAGES = ("champion", "challenger", "shadow", "canary", "candidate", "retired")


def policy_problems(project: Project) -> list[str]:
    """Values in changes, versions and contacts that are unknown and have no effect."""
    known = monitor_names(project)
    notes: list[str] = []
    for row in records(read(project, "stg_monitor__changes", CHANGES_SQL)):
        problems = [
            unknown_word("expected_effect", row["expected_effect"], EFFECTS),
            unknown_word("recurs", row["recurs"], RECURRENCES),
            unknown_name("monitor", row["monitor"], known),
        ]
        if row["ends_before"]:
            problems.append("ended_at is before started_at, so the change has no effect")
        if row["is_undated"]:
            problems.append("started_at is missing, so the change has no effect")
        notes.extend(located(f"policy › changes › {row['change_id'] or '(no id)'}", problems))
    for row in records(read(project, "stg_monitor__versions", VERSIONS_SQL)):
        problems = [
            unknown_word("stage", row["stage"], STAGES),
            unknown_name("monitor", row["monitor"], known),
        ]
        if None not in (row["trained_from"], row["trained_to"]) and (
            row["trained_to"] < row["trained_from"]
        ):
            problems.append("trained_to is before trained_from")
        notes.extend(
            located(f"policy › versions › {row['model_version'] or '(no version)'}", problems)
        )
    contacts = records(read(project, "stg_monitor__contacts", CONTACTS_SQL))
    owners = owner_names(project) if any(row["owner"] for row in contacts) else []
    for row in contacts:
        hours = row["escalate_after_hours"]
        problems = [
            unknown_name("monitor", row["monitor"], known),
            unknown_name("owner", row["owner"], owners),
        ]
        if hours is not None and hours < 0:
            problems.append(f"escalate_after_hours: must be 0 hours or more. Got: {hours:g}")
        notes.extend(located(f"policy › contacts › {row['contact_id'] or '(no id)'}", problems))
    for row in records(read(project, "stg_monitor__approvals", APPROVALS_SQL)):
        problems = [row["problem"], unknown_name("monitor", row["monitor"], known)]
        notes.extend(located(f"policy › approvals › {row['approval_id'] or '(no id)'}", problems))
    for row in records(read(project, "stg_monitor__policy_issues", ISSUES_SQL)):
        where = f"policy › {row['policy']}"
        if row["mistake"] == "column":
            notes.extend(located(where, [misspelt(row["column_name"], row["said"].split(", "))]))
            continue
        wanted = "a number" if row["column_name"] in ("threshold", "value") else "a time in UTC"
        problem = f"{row['column_name']}: not {wanted}, so ignored. Got: {clip(row['said'], 40)}"
        notes.extend(located(f"{where} › {row['row_name'] or '(no id)'}", [problem]))
    # a change of all monitors is one row per monitor
    return list(dict.fromkeys(notes))


def located(where: str, problems: list[str | None]) -> list[str]:
    return [f"{where}: {problem}" for problem in problems if problem]


def unknown_word(column: str, word: str | None, valid: tuple[str, ...]) -> str | None:
    if not word or word in valid:
        return None
    return f"{column}: unknown value, so ignored. {nearest(word, list(valid))}"


def owner_names(project: Project) -> list[str]:
    """Owners of monitors and of rules."""
    return [
        str(row["owner"])
        for name in ("int_monitor__monitors", "int_monitor__rules")
        for row in records(read(project, name, OWNERS_SQL))
    ]


def unknown_name(kind: str, pattern: str | None, known: list[str]) -> str | None:
    """A note on an unknown name. A pattern may be meant for names to come."""
    words = [word.strip() for word in (pattern or "").split(",")]
    if any("*" in word or word.startswith("!") for word in words):
        return None
    missing = [word for word in words if word and word not in known]
    problems = [f"there is no {kind} {word}. {nearest(word, known)}" for word in missing]
    return "; ".join(problems) or None


SHOWN_UNROUTED = 5
UNROUTED_SQL = "select message from {table} order by severity, incident_id"


def unrouted(project: Project) -> list[str]:
    """Open incidents that no contact is notified of, if there are contacts at all."""
    found = [
        row["message"]
        for row in records(read(project, "int_monitor__unrouted_incidents", UNROUTED_SQL))
    ]
    notes = [
        f"No contact is notified of this incident: {message}" for message in found[:SHOWN_UNROUTED]
    ]
    if len(found) > SHOWN_UNROUTED:
        notes.append(
            f"… and {len(found) - SHOWN_UNROUTED} more incidents. To route them: policy › contacts"
        )
    return notes
