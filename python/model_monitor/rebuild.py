"""What `model-monitor rebuild` is about to count again, or why there is nothing to count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from model_monitor.errors import UsageError
from model_monitor.output import Output
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

PERIODS_SQL = """
select
    monitor,
    log,
    cast(min(period_start) as date) as first_day,
    cast(max(period_start) as date) as last_day,
    count(case when period_start >= cast('{start}' as timestamp) then 1 end) as days
from {{table}}
group by monitor, log
order by monitor, log
"""


# `rebuild --all` keeps what people did, what was sent, and when runs began.
KEPT = frozenset({"monitor_audit", "monitor_deliveries", "int_monitor__run_starts"})
INTERNAL = ("int_monitor__", "stg_monitor__")
# The newest of its rows says which shape is stored: it goes last, so that a rebuild that dies
# before leaves a schema which no run continues.
LAST = "monitor_watermarks"


@dataclass(frozen=True)
class Plan:
    """The logs whose days are counted again, rulers frozen anew, and slices that are widened."""

    start: date
    logs: list[dict[str, Any]]
    subjects: list[str]
    slices: list[str]

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.start,
            "logs": self.logs,
            "subjects": self.subjects,
            "slices": self.slices,
        }


def plan(
    project: Project,
    start: date,
    monitor: str | None,
    subjects: Sequence[str],
    slices: Sequence[str],
) -> Plan:
    """Raises when the request names a monitor, subject or day that is not there."""
    config = project.config()  # which checks the request with the rest
    periods = read(project, "int_monitor__periods", PERIODS_SQL.format(start=start))
    known = {each["name"] for each in config["monitors"] if monitor in (None, each["name"])}
    logs = [each for each in records(periods) if each["monitor"] in known]
    if not logs:
        raise UsageError("rebuild: nothing was counted yet. First: model-monitor run")
    there = [each for each in logs if each["days"]]
    if not there:
        counted = "; ".join(
            f"{each['monitor']} › {each['log']} {each['first_day']:%Y-%m-%d}"
            f" to {each['last_day']:%Y-%m-%d}"
            for each in logs
        )
        raise UsageError(f"rebuild --from: no day was counted from {start} on. Valid: {counted}")
    counted_logs = [
        (f"{each['name']} › {log['name']}", log)
        for each in config["monitors"]
        if each["name"] in known
        for log in each["logs"]
    ]
    named = [
        f"{where} › {subject['name']}"
        for where, log in counted_logs
        for subject in log["subjects"]
        if subject["name"] in subjects
    ]
    widened = [
        f"{where} › {each['name']}"
        for where, log in counted_logs
        for each in log["slices"]
        if set(each["columns"]) & set(slices)
    ]
    return Plan(start, there, named, widened)


def show(found: Plan, output: Output) -> None:
    output.title(f"Would be counted again, from {found.start} on")
    rows = [(each["monitor"], each["log"], each["days"], each["last_day"]) for each in found.logs]
    output.table(("monitor", "log", "days", "until"), rows)
    if found.subjects:
        output.title("Rulers that would be frozen anew, and their baselines with them")
        for subject in found.subjects:
            output.say(f"  {subject}")
        first = min(f"{each['first_day']:%Y-%m-%d}" for each in found.logs)
        if first < str(found.start):
            output.say(
                f"  Not judged for them: windows that reach back before {found.start}, or are"
                f" compared with such days. To count all days: --from {first}"
            )
    if found.slices:
        output.title(f"Slices that would report what is frequent since {found.start}")
        for each in found.slices:
            output.say(f"  {each}")


def forget(project: Project) -> list[str]:
    """Drops all results but what cannot be counted again. Answers with what is dropped."""
    adapter = project.warehouse.adapter
    found = []
    for database, schema in sorted(project.places()):
        place = adapter.Relation.create(database=database, schema=schema)
        with project.warehouse.connected():
            found += adapter.list_relations_without_caching(place)
    known = project.aliases()
    ours = [
        one
        for one in found
        if one.identifier not in KEPT
        and (one.identifier in known or str(one.identifier).startswith(INTERNAL))
    ]
    ours.sort(key=lambda one: (one.identifier == LAST, not one.is_view, str(one.identifier)))
    cascade = "" if project.warehouse.adapter_type == "spark" else " cascade"
    for one in ours:
        kind = "view" if one.is_view else "table"
        project.warehouse.execute(f"drop {kind} if exists {one.render()}{cascade}")
    return [str(one.identifier) for one in ours]
