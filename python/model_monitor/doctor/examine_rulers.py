"""Examines rulers: the rows they would be frozen from, and problems of these rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from model_monitor.doctor import checks
from model_monitor.doctor.checks import NOTE, WARN
from model_monitor.doctor.log_report import Case, read_source
from model_monitor.inspect import queries
from model_monitor.inspect.queries import Bounds, Source
from model_monitor.inspect.samples import Sample, sample

MOST_WEEKS = 4


def freeze(
    case: Case, source: Source, types: Mapping[str, str], sampled: Sample, found: Bounds
) -> None:
    """Use the relation of the reference for predictions, else a period of the log."""
    reference = case.monitor.get("reference") or {}
    of_predictions = "predictions" in (case.log["name"], case.log["from"])
    if reference.get("relation") and of_predictions:
        table = read_source(case.project, reference["relation"], where_is(case), case.report)
        if table is None:
            return
        if case.log["per"] is None or table.has(case.log["per"]):
            freeze_training(case, table, reference, types, sampled)
            return
    if reference.get("from") and not reference.get("relation"):
        start, end = (datetime.fromisoformat(reference[name]) for name in ("from", "to"))
        if not case.is_derived and (found.first is None or found.first.date() > start.date()):
            text = f"{case.path} has no rows as early as {reference['from']}"
            advice = "Rulers freeze from the rows that exist."
            case.report.note(WARN, where_is(case), text, advice)
    elif found.first is None:
        return
    else:
        start = checks.first_full_day(found.first)
        end = start + timedelta(days=7 * first_weeks(case, source, start))
        if not case.is_derived:
            case.report.findings += checks.first_days(
                case.path, start, end, case.now, case.lateness
            )
    freeze_period(case, source, types, sampled, (start, end))


def first_weeks(case: Case, source: Source, start: datetime) -> int:
    """The weeks of the reference: until they have min_rows rows, at most four."""
    need = case.monitor["limits"]["min_rows"]
    for weeks in (1, 2, 3):
        end = start + timedelta(days=7 * weeks)
        within = queries.between(case.warehouse, source, start, end)
        if queries.count(case.warehouse, source, *within) >= need:
            return weeks
    return MOST_WEEKS


def where_is(case: Case) -> str:
    return f"{case.monitor['name']} › reference"


def freeze_period(
    case: Case,
    source: Source,
    types: Mapping[str, str],
    sampled: Sample,
    period: tuple[datetime, datetime],
) -> None:
    subjects = {s["name"]: s for s in case.log["subjects"] if s["name"] in types}
    asked = {name: (subject["sql"], types[name]) for name, subject in subjects.items()}
    within = queries.between(case.warehouse, source, *period)
    frozen = sample(case.warehouse, source, asked, [], within)
    label = f"{period[0]:%Y-%m-%d} to {period[1]:%Y-%m-%d}"
    conclude(case, subjects, frozen, sampled, f"{label}, {frozen.rows:,} rows")


def freeze_training(
    case: Case,
    table: Source,
    reference: Mapping[str, Any],
    types: Mapping[str, str],
    sampled: Sample,
) -> None:
    subjects = {
        subject["name"]: subject
        for subject in case.log["subjects"]
        if subject["name"] in types and (subject["column"] is None or table.has(subject["column"]))
    }
    where = where_is(case)
    if not case.is_derived:
        check_columns(case, table, reference, subjects, where)
    training = replace(table, where=reference.get("where"), per=case.log["per"])
    expressions = {name: subject["sql"] for name, subject in subjects.items()}
    known = case.evaluate(training, expressions, lambda name: f"{where}: {name}")
    asked = {name: (expressions[name], data_type) for name, data_type in known.items()}
    frozen = sample(case.warehouse, training, asked, [])
    if known and not frozen.rows:
        case.report.note(WARN, where, f"{table.relation} is empty, so no ruler can be frozen")
    conclude(case, subjects, frozen, sampled, f"reference, {frozen.rows:,} rows")


def conclude(
    case: Case, subjects: Mapping[str, Any], frozen: Sample, sampled: Sample, label: str
) -> None:
    case.report.frozen_from, case.report.frozen = label, frozen.subjects
    for name, values in frozen.subjects.items():
        at, recent = case.path_of(subjects[name]), sampled.subjects.get(name)
        case.report.findings += checks.reference_values(at, subjects[name], values, recent)


def check_columns(
    case: Case,
    table: Source,
    reference: Mapping[str, Any],
    subjects: Mapping[str, Any],
    where: str,
) -> None:
    names = [column.name for column in table.columns.values()]
    labels = (reference.get("outcomes") or {}).items()
    named = [(f"{where} › outcomes › {name}", column) for name, column in labels]
    named += [(f"{where} › time", reference["time"])] if reference.get("time") else []
    case.report.findings += checks.missing_columns(named, names, table.relation)
    lacking = [
        subject["column"]
        for subject in case.log["subjects"]
        if subject["column"] and subject["name"] not in subjects
    ]
    if lacking:
        text = f"{table.relation} lacks {', '.join(dict.fromkeys(lacking))}"
        case.report.note(NOTE, where, text, "These columns have no reference to compare with.")
