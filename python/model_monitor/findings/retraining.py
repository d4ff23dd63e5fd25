"""Which models are to be trained anew, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_monitor.output import Output
from model_monitor.text import WHOLE
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

SQL = """
select
    monitor,
    model_version,
    kind,
    fired_at,
    blocked_by,
    candidate_version,
    recommended_action
from {table}
where action = 'retrain'
    and state in ('fired', 'blocked')
order by monitor, fired_at, kind
"""
# Of a monitor that several kinds ask of, not all of them answered, the first that there is is said.
FIRST = ("mend_data", "retrain", "validate", "hold", "promote")
SHOWN = 10


def triggers(project: Project) -> list[dict[str, Any]]:
    """What asks for training now, a row per monitor and kind."""
    return records(read(project, "monitor_triggers", SQL))


def by_monitor(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """A row per monitor: since when, which version, what asks, what to do."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["monitor"]), []).append(row)
    return [
        (
            monitor,
            asked[0]["fired_at"],
            # of all versions one asks where none is known to serve
            None if asked[0]["model_version"] == WHOLE else asked[0]["model_version"],
            ", ".join(str(row["kind"]).replace("_", " ") for row in asked),
            what_to_do(asked),
        )
        for monitor, asked in found.items()
    ]


def what_to_do(asked: Sequence[dict[str, Any]]) -> str:
    row = min(asked, key=lambda each: FIRST.index(each["recommended_action"]))
    candidate = row["candidate_version"]
    return {
        "mend_data": f"mend the data first: {row['blocked_by']}",
        "retrain": "train a new version",
        "validate": f"validate {candidate}: not every gate is known to hold",
        "hold": f"do not promote {candidate}: a gate fails",
        "promote": f"promote {candidate}: every gate holds",
    }[str(row["recommended_action"])]


def show(rows: Sequence[dict[str, Any]], output: Output) -> None:
    if not rows:
        return
    told = by_monitor(rows)
    output.title(f"To be trained anew: {len(told)}")
    output.table(("monitor", "since", "serves", "asked for by", "do"), told[:SHOWN])
    if len(told) > SHOWN:
        output.say(f"  … and {len(told) - SHOWN} more: monitor_triggers")
