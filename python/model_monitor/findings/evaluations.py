"""What could not be evaluated, log by log: said, never silent, and no reason to stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_monitor.output import Output, clean
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

SQL = """
select
    monitor,
    log,
    evaluation,
    problems
from {table}
order by monitor, log
"""
SHOWN = 10


def evaluations(project: Project) -> list[dict[str, Any]]:
    """Every log that is configured, as the last run that was about it left it."""
    known = {
        (log["monitor"], log["log"])
        for model in ("int_monitor__logs", "int_monitor__outcomes")
        for log in records(read(project, model, "select monitor, log from {table}"))
    }
    logs = records(read(project, "int_monitor__evaluations", SQL))
    return [log for log in logs if (log["monitor"], log["log"]) in known]


def is_whole(log: dict[str, Any]) -> bool:
    """Whether all of it was evaluated: what only the training data lack does no harm."""
    return bool(log["evaluation"] == "evaluated")


def unread(project: Project) -> list[dict[str, Any]]:
    """The logs that could not be read, or not all of."""
    return [log for log in evaluations(project) if not is_whole(log)]


def told(log: dict[str, Any]) -> str:
    nothing = " Nothing of it is read." if log["evaluation"] == "not_evaluated" else ""
    return f"{log['monitor']} › {log['log']}: {log['problems']}.{nothing}"


def show(logs: Sequence[dict[str, Any]], output: Output) -> None:
    """Which monitors are not whole, and why; the others are."""
    if not logs:
        return
    names = sorted({str(log["monitor"]) for log in logs})
    output.title(f"Not evaluated, or not all of it: {', '.join(names)} (exit code 2)")
    for log in logs[:SHOWN]:
        output.say(f"  {output.paint('error', 'error')}  {clean(told(log))}")
    if len(logs) > SHOWN:
        output.say(f"  … and {len(logs) - SHOWN} more: monitor_runs, monitor_health")
