"""Examines the relations that are joined to the predictions: outcomes, recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from model_monitor.doctor import checks
from model_monitor.doctor.checks import NOTE, WARN
from model_monitor.doctor.log_report import LogReport, read_source
from model_monitor.inspect import queries
from model_monitor.inspect.datatypes import NUMBER, family
from model_monitor.inspect.queries import Source
from model_monitor.text import nearest
from model_monitor.warehouse.project import Project

ROLES = ("prediction", "name", "value", "time", "loaded_at")


def examine_joined(
    project: Project, monitor: Mapping[str, Any], name: str, now: datetime, report: LogReport
) -> None:
    spec, path = monitor[name], f"{monitor['name']} › {name}"
    table = read_source(project, spec["relation"], path, report)
    if table is None:
        return
    named = [(f"{path} › {role}", spec[role]) for role in ROLES if spec.get(role)]
    names = [column.name for column in table.columns.values()]
    report.findings += checks.missing_columns(named, names, table.relation)
    source = replace(
        table, where=spec.get("where"), time=spec.get("time"), loaded_at=spec.get("loaded_at")
    )
    for role in ("time", "loaded_at"):
        column = spec.get(role)
        if column is not None and source.has(column):
            where = f"{path} › {role}"
            report.findings += checks.time_type(where, column, source.data_type(column))
    if project.config().get("as_of"):
        source = queries.as_it_was(project.warehouse, source, now)
    found = queries.bounds(project.warehouse, source, now)
    report.rows, report.first, report.last = found.rows, found.first, found.last
    if name == "outcomes":
        lateness = timedelta(seconds=monitor["limits"]["lateness"])
        report.findings += checks.log_bounds(
            path, found, now, lateness, has_loaded_at=queries.is_time(source, source.loaded_at)
        )
        value = spec["value"]
        if source.has(value) and family(source.data_type(value)) == NUMBER:
            numbers = {f"{path} › value": project.warehouse.quote(value)}
            for where, count in queries.beyond(
                project.warehouse, source, numbers, found.last
            ).items():
                report.findings.append(checks.too_large(where, count))
        outcome_names(project, spec, path, source, report)


def outcome_names(
    project: Project, spec: Mapping[str, Any], path: str, source: Source, report: LogReport
) -> None:
    """Outcomes that are declared but never logged, or logged but not declared."""
    if not source.has(spec.get("name")):
        return
    column = project.warehouse.quote(source.columns[spec["name"].lower()].name)
    found = project.warehouse.rows(
        f"select {column} as name {queries.from_where(source)} group by {column}"
    )
    logged = [str(row["name"]) for row in found if row["name"] is not None]
    for name in spec["kinds"]:
        if name not in logged:
            advice = nearest(name, logged)
            report.note(WARN, f"{path} › kinds › {name}", "no row has this outcome", advice)
    others = [name for name in logged if name not in spec["kinds"]]
    if others:
        text = f"logged, but not declared: {', '.join(others[:8])}"
        report.note(NOTE, f"{path} › kinds", text, "Their rows are ignored.")
