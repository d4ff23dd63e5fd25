"""Rows of monitor_notices as the commands print them: what needs attention but is not an alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.findings.coverage import check_name
from model_monitor.output import Output, clean
from model_monitor.warehouse.read import Readable, read, records

# warnings first
SQL = """
select *
from {table}
order by severity desc, kind, monitor, log, subject, slice_name, slice_value, evidence
"""
# a view, so it has the tables under policy as they are now
POLICY_SQL = """
select kind, place, problem
from {table}
order by kind, place, problem
"""
NAMES_SQL = "select monitor from {table}"
UNREAD = ("log_problem", "warn")
SHOWN = 5

Row = Mapping[str, Any]


def notices(project: Readable) -> list[dict[str, Any]]:
    """Every notice of the last run."""
    return records(read(project, "monitor_notices", SQL))


def notices_about(project: Readable, monitor: str | None) -> list[dict[str, Any]]:
    """Every notice, or those about one monitor; an error before the first run."""
    found = read(project, "monitor_notices", SQL)
    if found is None:
        raise MonitorError(
            "The table monitor_notices does not exist yet. To build it: model-monitor run"
        )
    if monitor is None:
        return found
    configured = records(read(project, "int_monitor__monitors", NAMES_SQL))
    check_name(monitor, {row["monitor"] for row in (*configured, *found)} - {None})
    return [row for row in found if row["monitor"] == monitor]


def policy_notices(project: Readable) -> list[dict[str, Any]]:
    """Mistakes in the tables under policy, as they are now."""
    return records(read(project, "int_monitor__policy_notices", POLICY_SQL))


def counted(rows: Sequence[Row]) -> str:
    warnings = sum(row["severity"] == "warn" for row in rows)
    parts = ((warnings, "warn"), (len(rows) - warnings, "info"))
    return ", ".join(f"{number} {severity}" for number, severity in parts if number) or "none"


def show(rows: Sequence[Row], output: Output, shown: int | None = None) -> None:
    """The notices by kind, each with its command; with a limit the first few of each kind."""
    output.title(f"Notices: {counted(rows)}")
    for _, kind in groupby(rows, key=lambda row: (row["severity"], row["kind"])):
        every = list(kind)
        listed = every if shown is None else every[:shown]
        for command, same in groupby(listed, key=lambda row: row["suggested_command"]):
            for row in same:
                severity = output.paint(row["severity"], row["severity"])
                output.say(f"  {severity}  {clean(row['evidence'])}")
            if command:
                output.say(f"        Next: {clean(command)}")
        if len(every) > len(listed):
            output.say(f"        … and {len(every) - len(listed)} more: model-monitor notices")


def show_after_run(rows: Sequence[Row], output: Output) -> None:
    """The notices of a run, without the logs that its exit code is about: they are named above."""
    rest = [row for row in rows if (row["kind"], row["severity"]) != UNREAD]
    if rest:
        show(rest, output, SHOWN)
