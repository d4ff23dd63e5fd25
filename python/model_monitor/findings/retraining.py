"""Models that are due for retraining, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_monitor.output import Output
from model_monitor.text import WHOLE
from model_monitor.warehouse.read import Readable, read, records

# triggers that ask for retraining now
DUE = """
where action = 'retrain'
    and state in ('fired', 'blocked')
order by monitor, fired_at, kind
"""
SQL = f"""
select
    monitor,
    model_version,
    kind,
    fired_at,
    blocked_by,
    candidate_version,
    recommended_action,
    approvers
from {{table}}{DUE}"""
MANDATORY_SQL = """
select monitor, model_version, reasons, approvers
from {table}
where is_mandatory
    and state = 'fired'
order by monitor, model_version
"""
# If several triggers of a monitor recommend different actions, the first one here is shown.
FIRST = ("fix_data", "retrain", "validate", "hold", "promote")
SHOWN = 10


def triggers(project: Readable) -> list[dict[str, Any]]:
    """Triggers that ask for retraining now, one row per monitor and kind."""
    return records(read(project, "monitor_triggers", SQL))


def by_monitor(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """One row per monitor: since, version, triggers, action."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["monitor"]), []).append(row)
    return [
        (
            monitor,
            due[0]["fired_at"],
            # a trigger covers all versions when the serving version is unknown
            None if due[0]["model_version"] == WHOLE else due[0]["model_version"],
            ", ".join(str(row["kind"]).replace("_", " ") for row in due),
            action(due),
        )
        for monitor, due in found.items()
    ]


def action(due: Sequence[dict[str, Any]]) -> str:
    row = min(due, key=lambda each: FIRST.index(each["recommended_action"]))
    candidate = row["candidate_version"]
    found = {
        "fix_data": f"fix the data first: {row['blocked_by']}",
        "retrain": "train a new version",
        "validate": f"validate {candidate}: some gates lack data",
        "hold": f"do not promote {candidate}: a gate fails",
        "promote": f"promote {candidate}: every gate passes",
    }[str(row["recommended_action"])]
    return f"{found} (approval: {row['approvers']})" if row.get("approvers") else found


def mandatory_rollbacks(project: Readable) -> list[str]:
    """One line per rollback that the policy demands."""
    return [
        f"A rollback is mandatory for {row['monitor']}"
        f"{'' if row['model_version'] == WHOLE else ' ' + str(row['model_version'])}"
        f" (approval: {row['approvers']}): {row['reasons']}"
        for row in records(read(project, "monitor_triggers", MANDATORY_SQL))
    ]


def show(rows: Sequence[dict[str, Any]], output: Output) -> None:
    if not rows:
        return
    due = by_monitor(rows)
    output.title(f"Retraining due: {len(due)}")
    output.table(("monitor", "since", "serving", "triggered by", "action"), due[:SHOWN])
    if len(due) > SHOWN:
        output.say(f"  … and {len(due) - SHOWN} more: see monitor_triggers")
