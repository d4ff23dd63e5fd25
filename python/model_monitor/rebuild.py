"""The plan of `model-monitor rebuild`, or why there is nothing to recompute."""

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


# `rebuild --all` keeps user actions, deliveries and run starts: they cannot be recomputed.
KEPT = frozenset({"monitor_audit", "monitor_deliveries", "int_monitor__run_starts"})
INTERNAL = ("int_monitor__", "stg_monitor__")
# Its newest row names the stored schema version. Dropped last, so that no run continues on the
# tables of a rebuild that was interrupted.
LAST = "monitor_watermarks"


@dataclass(frozen=True)
class Plan:
    """The logs to recompute, the rulers to freeze again, and the slices to widen."""

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
    """Raises when the request names an unknown monitor, subject or day."""
    config = project.config()  # also validates the request
    periods = read(project, "int_monitor__periods", PERIODS_SQL.format(start=start))
    known = {each["name"] for each in config["monitors"] if monitor in (None, each["name"])}
    logs = [each for each in records(periods) if each["monitor"] in known]
    if not logs:
        raise UsageError("rebuild: there are no results yet. To build them: model-monitor run")
    affected = [each for each in logs if each["days"]]
    if not affected:
        counted = "; ".join(
            f"{each['monitor']} › {each['log']} {each['first_day']:%Y-%m-%d}"
            f" to {each['last_day']:%Y-%m-%d}"
            for each in logs
        )
        raise UsageError(f"rebuild --from: there are no results from {start} on. Valid: {counted}")
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
    return Plan(start, affected, named, widened)


def show(found: Plan, output: Output) -> None:
    output.title(f"Would be recomputed from {found.start} on")
    rows = [(each["monitor"], each["log"], each["days"], each["last_day"]) for each in found.logs]
    output.table(("monitor", "log", "days", "until"), rows)
    if found.subjects:
        output.title("Rulers that would be frozen again, with their baselines")
        for subject in found.subjects:
            output.say(f"  {subject}")
        first = min(f"{each['first_day']:%Y-%m-%d}" for each in found.logs)
        if first < str(found.start):
            output.say(
                f"  Not evaluated for these subjects: windows that start before {found.start}, and"
                f" comparisons with such windows. To recompute all days: --from {first}"
            )
    if found.slices:
        output.title(f"Slices that would report the frequent values since {found.start}")
        for each in found.slices:
            output.say(f"  {each}")


def drop_results(project: Project) -> list[str]:
    """Drop all results that can be recomputed, and return their names."""
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
