"""What tables under `policy` say that nothing understands, and so does nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from model_monitor.output import clip
from model_monitor.text import nearest
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

# What a rule may say. Other columns are the user's own, but for one that is nearly one of these.
RULE_COLUMNS = (
    "rule_id", "enabled", "monitor", "log", "family", "subject", "subject_kind", "importance",
    "metric", "baseline", "window_name", "model_version", "slice_name", "slice_value", "kind",
    "direction", "warn", "critical", "for_windows", "clear_windows", "min_rows", "clear_below",
    "false_alarms_per_monitor_28d", "owner", "runbook", "dashboard", "is_safety", "valid_from",
    "rule_version", "description", "error_budget", "short_window",
)  # fmt: skip
LIKENESS = 0.8


def misspelt(name: str, absent: Iterable[str]) -> str | None:
    """A column that is nearly one that may be said, and is not: `warnn` says nothing."""
    meant = difflib.get_close_matches(name.lower(), list(absent), n=1, cutoff=LIKENESS)
    return f"there is no column {name}. Nearest: {meant[0]}" if meant else None


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
    """Rules that judge nothing because something in them is wrong."""
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
    coalesce(trim(author), '') = '' or coalesce(trim(reason), '') = '' as is_unsaid
from {table}
order by silence_id
"""


def silence_problems(project: Project) -> list[str]:
    """Silences of the policy that end never, of nobody for no reason, or of no monitor."""
    found = records(read(project, "stg_monitor__silences", SILENCES_SQL))
    endless = [str(row["silence_id"]) for row in found if row["until"] is None]
    unsaid = [str(row["silence_id"]) for row in found if row["is_unsaid"]]
    notes = []
    if endless:
        notes.append(
            f"policy › silences: without until a row silences nothing: {', '.join(endless)}"
        )
    if unsaid:
        notes.append(
            "policy › silences: who silences, and why, is expected (author, reason): "
            f"{', '.join(unsaid)}"
        )
    if found:
        notes.extend(unknown_monitors(project, found))
    return notes


def monitor_names(project: Project) -> list[str]:
    found = records(read(project, "int_monitor__monitors", NAMES_SQL))
    return [str(row["monitor"]) for row in found]


def unknown_monitors(project: Project, silences: list[dict[str, Any]]) -> list[str]:
    """What silences that have not ended say is silent, and is no monitor."""
    known = monitor_names(project)
    now = datetime.now(UTC).replace(tzinfo=None)
    notes: list[str] = []
    for row in silences:
        slip = unknown_name("monitor", row["monitor"], known)
        if slip and row["until"] is not None and row["until"] > now:
            notes.append(f"policy › silences › {row['silence_id']}: {slip}")
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
SLIPS_SQL = """
select policy, mistake, row_name, column_name, said
from {table}
order by policy, mistake, row_name, column_name, said
"""
OWNERS_SQL = "select distinct owner from {table} where owner is not null"
EFFECTS = ("none", "annotate", "hold")
RECURRENCES = ("weekly", "monthly", "yearly")
STAGES = ("champion", "challenger", "shadow", "canary", "candidate", "retired")


def policy_problems(project: Project) -> list[str]:
    """What changes, versions and contacts say that nothing understands, and so does nothing."""
    known = monitor_names(project)
    notes: list[str] = []
    for row in records(read(project, "stg_monitor__changes", CHANGES_SQL)):
        slips = [
            unknown_word("expected_effect", row["expected_effect"], EFFECTS),
            unknown_word("recurs", row["recurs"], RECURRENCES),
            unknown_name("monitor", row["monitor"], known),
        ]
        if row["ends_before"]:
            slips.append("ended_at lies before started_at, so that it has no effect")
        if row["is_undated"]:
            slips.append("started_at is missing, so that it never began")
        notes.extend(said(f"policy › changes › {row['change_id'] or '(no id)'}", slips))
    for row in records(read(project, "stg_monitor__versions", VERSIONS_SQL)):
        slips = [
            unknown_word("stage", row["stage"], STAGES),
            unknown_name("monitor", row["monitor"], known),
        ]
        if None not in (row["trained_from"], row["trained_to"]) and (
            row["trained_to"] < row["trained_from"]
        ):
            slips.append("trained_to lies before trained_from")
        notes.extend(said(f"policy › versions › {row['model_version'] or '(no version)'}", slips))
    contacts = records(read(project, "stg_monitor__contacts", CONTACTS_SQL))
    owners = owner_names(project) if any(row["owner"] for row in contacts) else []
    for row in contacts:
        hours = row["escalate_after_hours"]
        slips = [
            unknown_name("monitor", row["monitor"], known),
            unknown_name("owner", row["owner"], owners),
        ]
        if hours is not None and hours < 0:
            slips.append(f"escalate_after_hours: hours from 0 on are expected. Got: {hours:g}")
        notes.extend(said(f"policy › contacts › {row['contact_id'] or '(no id)'}", slips))
    for row in records(read(project, "stg_monitor__policy_issues", SLIPS_SQL)):
        where = f"policy › {row['policy']}"
        if row["mistake"] == "column":
            notes.extend(said(where, [misspelt(row["column_name"], row["said"].split(", "))]))
            continue
        wanted = "a number" if row["column_name"] in ("threshold", "value") else "a time in UTC"
        slip = f"{row['column_name']}: not {wanted}, and passed over. Got: {clip(row['said'], 40)}"
        notes.extend(said(f"{where} › {row['row_name'] or '(no id)'}", [slip]))
    # a change of every monitor is a row of each
    return list(dict.fromkeys(notes))


def said(where: str, slips: list[str | None]) -> list[str]:
    return [f"{where}: {slip}" for slip in slips if slip]


def unknown_word(column: str, word: str | None, valid: tuple[str, ...]) -> str | None:
    if not word or word in valid:
        return None
    return f"{column}: not understood, and passed over. {nearest(word, list(valid))}"


def owner_names(project: Project) -> list[str]:
    """Of monitors, and of rules that say another."""
    return [
        str(row["owner"])
        for name in ("int_monitor__monitors", "int_monitor__rules")
        for row in records(read(project, name, OWNERS_SQL))
    ]


def unknown_name(kind: str, pattern: str | None, known: list[str]) -> str | None:
    """A name that there is not; a pattern may be for those to come."""
    words = [word.strip() for word in (pattern or "").split(",")]
    if any("*" in word or word.startswith("!") for word in words):
        return None
    missing = [word for word in words if word and word not in known]
    slips = [f"there is no {kind} {word}. {nearest(word, known)}" for word in missing]
    return "; ".join(slips) or None


SHOWN_UNROUTED = 5
UNROUTED_SQL = "select message from {table} order by severity, incident_id"


def unrouted(project: Project) -> list[str]:
    """Open incidents that no contact is told of, where there are contacts at all."""
    found = [
        row["message"]
        for row in records(read(project, "int_monitor__unrouted_incidents", UNROUTED_SQL))
    ]
    notes = [f"No contact is told of it: {message}" for message in found[:SHOWN_UNROUTED]]
    if len(found) > SHOWN_UNROUTED:
        notes.append(f"… and {len(found) - SHOWN_UNROUTED} more so: policy › contacts")
    return notes
