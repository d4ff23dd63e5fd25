"""Examines one monitor: every log, its columns, its expressions and its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from model_monitor.doctor import checks
from model_monitor.doctor.cells import count_cells
from model_monitor.doctor.checks import ERROR, WARN
from model_monitor.doctor.examine_outcomes import examine_joined
from model_monitor.doctor.examine_rulers import freeze
from model_monitor.doctor.log_report import Case, LogReport, read_source, short
from model_monitor.doctor.sizes import LogStats
from model_monitor.errors import MonitorError, QueryError
from model_monitor.inspect import queries
from model_monitor.inspect.datatypes import NUMBER, family
from model_monitor.inspect.queries import SAMPLE_DAYS, Bounds, Source
from model_monitor.inspect.samples import Sample, sample
from model_monitor.warehouse.project import Project


def examine_monitor(
    project: Project, monitor: Mapping[str, Any], now: datetime
) -> Iterator[LogReport]:
    for log in monitor["logs"]:
        report = LogReport(monitor["name"], log["name"], len(log["subjects"]))
        case = Case(project, monitor, log, now, report)
        try:
            examine_log(case)
        except MonitorError as error:
            report.note(ERROR, case.path, str(error))
        yield report
    for name in ("outcomes", "recomputed"):
        if monitor.get(name):
            report = LogReport(monitor["name"], name)
            try:
                examine_joined(project, monitor, name, now, report)
            except MonitorError as error:
                report.note(ERROR, f"{monitor['name']} › {name}", str(error))
            yield report


def examine_log(case: Case) -> None:
    """Step by step; a later step skips whatever an earlier one found broken."""
    log, report = case.log, case.report
    table = read_source(case.project, log["relation"], case.path, report)
    if table is None:
        return
    columns = log["columns"]
    rows = replace(table, where=log["where"], time=columns["time"], loaded_at=columns["loaded_at"])
    check_columns(case, rows)
    if not filter_works(case, rows):
        return
    if case.project.config().get("as_of"):
        rows = queries.as_it_was(case.warehouse, rows, case.now)
    found = queries.bounds(case.warehouse, rows, case.now)
    report.rows, report.first, report.last = found.rows, found.first, found.last
    if not case.is_derived:
        has_loaded_at = queries.is_time(rows, rows.loaded_at)
        report.findings += checks.log_bounds(
            case.path, found, case.now, case.lateness, has_loaded_at=has_loaded_at
        )
        check_ids(case, rows, found)
    if log["per"] is not None and not rows.has(log["per"]):
        return
    source = replace(rows, per=log["per"])
    types = subject_types(case, source)
    check_metrics(case, source, found)
    sampled = look_at_values(case, source, types, found)
    freeze(case, source, types, sampled, found)
    report.stats = measure(case, rows, sampled, found)
    if log["name"] == "predictions":
        limits = case.monitor["limits"]
        report.findings += checks.few_rows(case.path, report.stats.rows_per_day, limits)


def named_columns(case: Case) -> list[tuple[str, str]]:
    """Every column that the configuration names for this log, and the place."""
    log, monitor = case.log, case.monitor["name"]
    named = [(f"{case.path} › {role}", name) for role, name in log["columns"].items() if name]
    if log["name"] == "predictions":
        exposure = case.monitor.get("exposure") or {}
        named += [(f"{monitor} › exposure", name) for name in exposure.values()]
    if case.is_derived:
        named = [(f"{case.path} › per", log["per"])]  # its parent covers the other columns
    slices = f"{monitor if log['name'] == 'predictions' else case.path} › slices"
    named += [(slices, column) for entry in log["slices"] for column in entry["columns"]]
    named += [
        (case.path_of(subject), subject["column"])
        for subject in log["subjects"]
        if subject["column"] and subject["kind"] != "context"
    ]
    return list(dict.fromkeys(named))


def check_columns(case: Case, source: Source) -> None:
    names = [column.name for column in source.columns.values()]
    findings = checks.missing_columns(named_columns(case), names, source.relation)
    for role in () if case.is_derived else ("time", "loaded_at"):
        name = case.log["columns"][role]
        if source.has(name):
            where = f"{case.path} › {role}"
            findings += checks.time_type(where, name, source.data_type(name))
    case.report.findings += findings


def filter_works(case: Case, source: Source) -> bool:
    try:
        queries.value_types(case.warehouse, source, {"one": "1"})
    except QueryError as error:
        case.report.note(ERROR, f"{case.path} › where", short(error))
        return False
    return True


def subject_types(case: Case, source: Source) -> dict[str, str]:
    """Types by subject. A subject that cannot be evaluated becomes a finding."""
    subjects = {
        subject["name"]: subject
        for subject in case.log["subjects"]
        if subject["column"] is None or source.has(subject["column"])
    }
    expressions = {name: subject["sql"] for name, subject in subjects.items()}
    types = case.evaluate(source, expressions, lambda name: case.path_of(subjects[name]))
    for name, data_type in types.items():
        if subjects[name]["kind"] != "context":
            where = case.path_of(subjects[name])
            case.report.findings += checks.subject_type(where, subjects[name], data_type)
    return types


def check_metrics(case: Case, source: Source, found: Bounds) -> None:
    expressions = {
        f"{metric['name']} › {part}": metric[part]
        for metric in case.log["metrics"]
        for part in ("numerator", "denominator", "where")
        if metric.get(part) and not metric["counts_repeats"]
    }
    above = case.monitor["name"] if case.log["name"] == "predictions" else case.path
    asked = {f"{above} › metrics › {name}": sql for name, sql in expressions.items()}
    asked |= {f"{above} › costs › {kind}": sql for kind, sql in case.log["costs"].items()}
    types = case.evaluate(source, asked, str)
    numbers = {
        where: asked[where]
        for where, data_type in types.items()
        if family(data_type) == NUMBER and not where.endswith(" › where")
    }
    label = case.log["columns"].get("label")
    if label and source.has(label) and family(source.data_type(label)) == NUMBER:
        numbers[f"{case.path} › label"] = case.warehouse.quote(label)
    for where, count in queries.beyond(case.warehouse, source, numbers, found.last).items():
        case.report.findings.append(checks.too_large(where, count))


def check_ids(case: Case, source: Source, found: Bounds) -> None:
    column = case.log["columns"]["id"]
    full = [day for day, count in found.days[:-1] if count]
    if not source.has(column) or not full:
        return
    count = queries.duplicates(case.warehouse, source, column, full[-1])
    if count:
        text = f"{count:,} rows of {full[-1]} repeat the {column} of another row"
        case.report.note(WARN, f"{case.path} › id", text, "Every row counts.")


def look_at_values(case: Case, source: Source, types: Mapping[str, str], found: Bounds) -> Sample:
    subjects = {
        subject["name"]: subject for subject in case.log["subjects"] if subject["name"] in types
    }
    if not found.rows or not subjects:
        return Sample()
    singles = [
        entry["columns"][0]
        for entry in case.log["slices"]
        if len(entry["columns"]) == 1 and source.has(entry["columns"][0])
    ]
    asked = {name: (subject["sql"], types[name]) for name, subject in subjects.items()}
    recent = queries.newest(case.warehouse, source, found.last)
    sampled = sample(case.warehouse, source, asked, singles, recent)
    for name, values in sampled.subjects.items():
        where = case.path_of(subjects[name])
        case.report.findings += checks.subject_values(where, subjects[name], values)
    for column in () if case.is_derived else singles:
        limit = case.monitor["limits"]["slice_values"]
        case.report.findings += checks.slice_values(f"{case.path} › slices", column, sampled, limit)
    return sampled


def measure(case: Case, source: Source, sampled: Sample, found: Bounds) -> LogStats:
    """The figures for the estimate of table sizes."""
    log = case.log
    share = 1.0
    counts = [count for _, count in found.days[:-1] if count] or [found.rows]
    if log["per"] and found.rows:
        groups = queries.groups(case.warehouse, source, [log["per"]], found.last)
        share = min(1.0, groups / max(1, sum(counts[-SAMPLE_DAYS:])))
    cells = {}
    if found.last is not None:
        cells = count_cells(case.warehouse, source, log, case.monitor["limits"], found.last, share)
    named = log["columns"]["version"]
    versions = [named] if source.has(named) else []
    known = sampled.subjects.items()
    return LogStats(
        cells=cells,
        distinct={name: each.distinct for name, each in known if each.distinct is not None},
        missing={name: each.missing for name, each in known},
        rows_per_day=share * sum(counts) / len(counts),
        days=0.0 if found.first is None or found.last is None else span(found.first, found.last),
        frozen_days=frozen_days(case),
        versions=max(1, queries.groups(case.warehouse, source, versions, found.last)),
        has_control=source.has(log["columns"]["variant"]),
        entities={
            name: queries.frequencies(case.warehouse, source, column, found.last)
            for name, column in exposed(case).items()
            if source.has(column)
        },
    )


def exposed(case: Case) -> Mapping[str, str]:
    is_shown = case.log["name"] == "predictions"
    return (case.monitor.get("exposure") or {}) if is_shown else {}


def frozen_days(case: Case) -> float:
    """The days of the log that its rulers are frozen from; 0 with training data."""
    reference = case.monitor.get("reference") or {}
    if reference.get("relation") and case.log["name"] == "predictions":
        return 0
    if reference.get("from") and not reference.get("relation"):
        start, end = (datetime.fromisoformat(reference[name]) for name in ("from", "to"))
        return (end - start).total_seconds() / 86400
    return checks.RULER_DAYS


def span(first: datetime, last: datetime) -> float:
    """Days from the midnight before the first row to the last one."""
    return (last - datetime.combine(first.date(), datetime.min.time())).total_seconds() / 86400
