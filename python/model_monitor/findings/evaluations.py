"""Logs that could not be fully evaluated. They are reported and do not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_monitor.output import Output, clean
from model_monitor.warehouse.read import Readable, read, records

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


def evaluations(project: Readable) -> list[dict[str, Any]]:
    """Every configured log, in the state its last run left it."""
    known = {
        (log["monitor"], log["log"])
        for model in ("int_monitor__logs", "int_monitor__outcomes")
        for log in records(read(project, model, "select monitor, log from {table}"))
    }
    logs = records(read(project, "int_monitor__evaluations", SQL))
    return [log for log in logs if (log["monitor"], log["log"]) in known]


def is_complete(log: dict[str, Any]) -> bool:
    """Whether the whole log was evaluated. A gap in training data only does not matter."""
    return bool(log["evaluation"] == "evaluated")


def unread(project: Readable) -> list[dict[str, Any]]:
    """Logs that could not be read, or only in part."""
    return [log for log in evaluations(project) if not is_complete(log)]


def describe(log: dict[str, Any]) -> str:
    nothing = " No row of this log is read." if log["evaluation"] == "not_evaluated" else ""
    return f"{log['monitor']} › {log['log']}: {log['problems']}.{nothing}"


def show(logs: Sequence[dict[str, Any]], output: Output) -> None:
    """Name the monitors that are not fully evaluated, and why."""
    if not logs:
        return
    names = sorted({str(log["monitor"]) for log in logs})
    output.title(f"Not fully evaluated: {', '.join(names)} (exit code 2)")
    for log in logs[:SHOWN]:
        output.say(f"  {output.paint('error', 'error')}  {clean(describe(log))}")
    if len(logs) > SHOWN:
        output.say(f"  … and {len(logs) - SHOWN} more: see monitor_runs and monitor_health")
