"""Notices: what needs attention but is not an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Block, Section, Table, View, table
from model_monitor.report.wording import moment, sentence

# Mistakes in the tables under policy belong to no monitor.
NOTICES = """
select monitor, severity, kind, log, subject, since, evidence, suggested_command
from {monitor_notices}
where {monitors}
    or monitor is null
order by
    case when monitor is null then 1 else 0 end, monitor,
    case when severity = 'warn' then 0 else 1 end, kind, log, subject, evidence, suggested_command
"""
NOBODY = ""
SHOWN = 16


@dataclass(frozen=True)
class Notices:
    """The content of the section."""

    table: Table


def build(view: View) -> Block | None:
    if not view.has(NOTICES):
        return None
    cells = [cell(row, view.monitor) for row in view.rows(NOTICES)]
    if not cells:
        note = "Nothing: all logs, settings and labels are in order."
        return Block(note=note, queries=(NOTICES,))
    headers = ("Notice", "Severity", "Since", "Next")
    return Block(Notices(table("Notices of the last run", headers, cells, 99, SHOWN)),
                 queries=(NOTICES,))  # fmt: skip


def cell(row: Mapping[str, Any], monitor: str) -> tuple[str, ...]:
    return (
        sentence(row["evidence"], monitor),
        str(row["severity"]),
        "–" if row["since"] is None else moment(row["since"]),
        str(row["suggested_command"] or "–"),
    )


SECTION = Section(
    "notices", "Notices", "What needs attention but is not an alert?", build
)  # fmt: skip
