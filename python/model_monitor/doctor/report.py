"""`model-monitor doctor`: checks the configuration and logs, and estimates the cost.

One broken monitor does not hide the others, and all problems are reported at once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from model_monitor.delivery.channels import PREFIXES, unreachable
from model_monitor.delivery.channels import notices as channel_notices
from model_monitor.doctor import checks
from model_monitor.doctor.checks import ERROR, NOTE, WARN, Finding
from model_monitor.doctor.examine_log import examine_monitor
from model_monitor.doctor.log_report import LogReport
from model_monitor.doctor.sizes import Expected, LogStats, expected_rows
from model_monitor.doctor.sizes_outcomes import expected_outcomes
from model_monitor.errors import NOT_EVALUATED, OK, MonitorError
from model_monitor.findings.notices import notices, policy_notices
from model_monitor.output import Output
from model_monitor.severity import SEVERITIES
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.rows import as_utc
from model_monitor.warehouse.settings import Settings

SHOWN = 12
ADVICE = {
    "policy_mistake": "For valid values, see docs/start/configuration.md.",
    "rule_not_applied": "The other rules are applied. For valid rules, see docs/use/alerts.md.",
}


@dataclass
class Report:
    """The findings, in the order of the configuration."""

    findings: list[Finding] = field(default_factory=list)
    connection: str = ""
    monitors: int = 0
    logs: list[LogReport] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return NOT_EVALUATED if any(each.level == ERROR for each in self.findings) else OK


def examine(settings: Settings, output: Output) -> Report:
    report = Report()
    with noted(report, "project"):
        project = Project(settings)
        output.note("Reading the project …")
        _ = project.manifest
        with noted(report, "connection"), project.warehouse.held(output.note):
            report.connection = described(project)
            report.findings += checks.profile_settings(project.warehouse.credentials)
            with noted(report, "configuration"):
                examine_config(project, project.config(), report, output)
    return report


def examine_config(
    project: Project, config: Mapping[str, Any], report: Report, output: Output
) -> None:
    now = as_of(config)
    report.monitors = len(config["monitors"])
    if not config["monitors"]:
        advice = "To propose the first one: model-monitor init SCHEMA.TABLE"
        report.findings.append(Finding(NOTE, "configuration", "there are no monitors", advice))
    for name, keys in config.get("unused_keys", {}).items():
        text = f"without effect in this version: {', '.join(keys)}"
        advice = "See docs/start/configuration.md, Checked now, used later."
        report.findings.append(Finding(NOTE, name, text, advice))
    stats: dict[str, dict[str, LogStats]] = {}
    for monitor in config["monitors"]:
        output.note(f"Checking {monitor['name']} …")
        with noted(report, monitor["name"]):
            for log in examine_monitor(project, monitor, now):
                report.logs.append(log)
                report.findings += log.findings
                if log.stats is not None:
                    stats.setdefault(monitor["name"], {})[log.name] = log.stats
    for name, spec in (config.get("policy") or {}).items():
        if spec:
            with noted(report, f"policy › {name}"):
                examine_policy(project, name, spec, report, now, config["address_prefixes"])
    report.findings += of_results(project)
    report.expected = expected_rows(config, stats) + expected_outcomes(config, stats)


def of_results(project: Project) -> list[Finding]:
    """Mistakes that are in the result tables. Contacts and logs are examined as they are now."""
    found = [
        Finding(WARN, row["place"], row["problem"], ADVICE[row["kind"]])
        for row in policy_notices(project)
        if row["kind"] in ADVICE
    ]
    groups = [row for row in notices(project) if row["kind"] == "unknown_group"]
    for row in groups:
        where, _, what = row["evidence"].partition(": ")
        found.append(Finding(WARN, where, what, "See docs/understand/fairness.md."))
    return found


def examine_policy(
    project: Project,
    name: str,
    spec: Mapping[str, Any],
    report: Report,
    now: datetime,
    prefixes: Sequence[str],
) -> None:
    relation = project.relation_of(spec)
    if relation is None or not project.warehouse.exists(relation):
        text = f"{'.'.join(next(iter(spec.values())))} does not exist"
        report.findings.append(Finding(ERROR, f"policy › {name}", text, "Build or declare it."))
    elif name == "contacts":
        contacts = project.warehouse.rows(f"select * from {relation}")
        report.findings.extend(examine_contacts(contacts, now, prefixes))


def examine_contacts(
    contacts: Sequence[Mapping[str, Any]],
    now: datetime,
    prefixes: Sequence[str] = PREFIXES,
    environment: Mapping[str, str] = os.environ,
) -> list[Finding]:
    """Contacts that cannot be notified, found before a notification is due."""
    findings = []
    rows = [{name.lower(): value for name, value in row.items()} for row in contacts]
    for row in not_superseded(rows, now):
        given = {name: "" if value is None else str(value).strip() for name, value in row.items()}
        severity = given.get("severity", "").lower() or "warn"
        problem: str | None
        if not given.get("contact_id"):
            problem = "contact_id: missing"
        elif severity not in SEVERITIES:
            problem = f"severity: unknown. Valid: {', '.join(SEVERITIES)}. Got: {severity}"
        elif not is_number(given.get("escalate_after_hours", "")):
            problem = "escalate_after_hours: not a number of hours"
        else:
            channel, variable = given.get("channel", "").lower(), given.get("address_variable", "")
            problem = unreachable(channel, variable, environment, prefixes)
            if problem is None:
                for notice in channel_notices(channel, variable, environment):
                    text = f"{given['contact_id']}: {notice}"
                    findings.append(Finding(NOTE, "policy › contacts", text))
        if problem is not None:
            text = f"{given.get('contact_id', '')}: {problem}"
            advice = (
                "This contact gets no notifications. If one is due, `run` ends with exit code 3."
            )
            findings.append(Finding(WARN, "policy › contacts", text, advice))
    return findings


def is_number(text: str) -> bool:
    try:
        return not text or math.isfinite(float(text))
    except ValueError:
        return False


def not_superseded(contacts: Sequence[Mapping[str, Any]], now: datetime) -> list[Mapping[str, Any]]:
    """The rows of contacts that no later row of the same contact replaces."""
    begins = [begin(row.get("valid_from")) for row in contacts]
    newest: dict[Any, datetime] = {}
    for row, begun in zip(contacts, begins, strict=True):
        name = row.get("contact_id")
        if name is not None and begun <= now:
            newest[name] = max(begun, newest.get(name, begun))
    return [
        row
        for row, begun in zip(contacts, begins, strict=True)
        if begun >= newest.get(row.get("contact_id"), begun)
    ]


def begin(value: Any) -> datetime:
    """Since when a row is valid, in UTC: always if that is no time."""
    try:
        return as_utc(datetime.fromisoformat(str(value).strip()))
    except ValueError:
        return datetime(1970, 1, 1)  # noqa: DTZ001  (times of the results have no zone)


@contextmanager
def noted(report: Report, where: str) -> Iterator[None]:
    """An error inside becomes a finding."""
    try:
        yield
    except MonitorError as error:
        report.findings.append(Finding(ERROR, where, str(error)))


def as_of(config: Mapping[str, Any]) -> datetime:
    given = config.get("as_of")
    if not given:
        return as_utc(datetime.now(UTC))
    return as_utc(datetime.fromisoformat(str(given)))


def described(project: Project) -> str:
    """The connection in short, without secrets."""
    warehouse = project.warehouse
    warehouse.rows("select 1 as one")
    database = getattr(warehouse.credentials, "database", "")
    place = database if warehouse.file is None else warehouse.file
    return f"{warehouse.adapter_type}, {place}"


# ---- what is printed ---------------------------------------------------------------------------


def show(report: Report, output: Output, *, rulers: bool = False) -> None:
    if report.connection:
        output.say(f"Connection: {report.connection}")
        output.say(f"Monitors: {report.monitors}")
    show_logs(report, output)
    if rulers:
        show_rulers(report, output)
    show_expected(report, output)
    for level, title in ((ERROR, "Errors"), (WARN, "Warnings"), (NOTE, "Notes")):
        show_findings([each for each in report.findings if each.level == level], title, output)
    output.say()
    output.say(verdict(report))


def show_logs(report: Report, output: Output) -> None:
    if not report.logs:
        return
    output.title("Logs")
    headers = (
        "monitor",
        "log",
        "rows",
        "from",
        "to",
        "rows per day",
        "versions",
        "subjects",
        "rulers frozen from",
    )
    rows = [
        (
            log.monitor,
            log.name,
            log.rows,
            f"{log.first:%Y-%m-%d}" if log.first else None,
            f"{log.last:%Y-%m-%d %H:%M}" if log.last else None,
            round(log.stats.rows_per_day) if log.stats else None,
            log.stats.versions if log.stats else None,
            log.subjects,
            log.frozen_from,
        )
        for log in report.logs
    ]
    output.table(headers, rows)


def show_rulers(report: Report, output: Output) -> None:
    output.title("Rulers that would be frozen")
    headers = (
        "monitor",
        "log",
        "subject",
        "rows",
        "missing or invalid",
        "values",
        "lowest",
        "highest",
    )
    rows = [
        (
            log.monitor,
            log.name,
            subject,
            values.rows,
            f"{values.missing:.1%}",
            values.distinct,
            *(
                None if value is None else checks.show(value)
                for value in (values.lowest, values.highest)
            ),
        )
        for log in report.logs
        for subject, values in log.frozen.items()
    ]
    output.table(headers, rows)


def show_expected(report: Report, output: Output) -> None:
    if not report.expected:
        return
    output.title("Estimated rows per table (now; per day; at full retention)")
    rows = [(each.table, each.now, each.per_day, each.in_the_end) for each in report.expected]
    output.table(("table", "now", "per day", "at full retention"), rows)


def show_findings(findings: list[Finding], title: str, output: Output) -> None:
    if not findings:
        return
    output.title(f"{title}: {len(findings)}")
    limit = len(findings) if findings[0].level == ERROR else SHOWN
    for finding in findings[:limit]:
        first, *rest = finding.problem.splitlines() or [""]
        output.say(f"  {output.paint(finding.where, finding.level)}: {first}")
        for line in rest:
            output.say(f"    {line}")
        if finding.advice:
            output.say(f"    {finding.advice}")
    if len(findings) > limit:
        output.say(f"  … and {len(findings) - limit} more. To list all: --json")


def verdict(report: Report) -> str:
    levels = [each.level for each in report.findings]
    if ERROR in levels:
        return "Fix the errors above and run again: model-monitor doctor"
    if WARN in levels:
        return "Ready to run; check the warnings above first. Next: model-monitor run"
    return "No problems found. Next: model-monitor run"


def as_json(report: Report) -> dict[str, Any]:
    return {
        "connection": report.connection,
        "findings": [vars(finding) for finding in report.findings],
        "logs": [log.as_json() for log in report.logs],
        "expected_rows": [vars(each) for each in report.expected],
        "exit_code": report.exit_code,
    }
