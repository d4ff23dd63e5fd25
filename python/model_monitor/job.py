"""The scheduled job: build, deliver, check, publish a copy for readers, print a summary.

Notifications are sent right after the build, so a later failure cannot hold them back. Failed
steps are named at the end.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from model_monitor.alerting import audit_trail
from model_monitor.alerting.headline import SHOWN_ALERTS, counted, headline
from model_monitor.delivery import prometheus
from model_monitor.delivery.deliver import Delivered, deliver
from model_monitor.delivery.deliver import show as show_delivered
from model_monitor.delivery.outbox import has_outbox
from model_monitor.errors import BREACH, NOT_DELIVERED, NOT_EVALUATED, OK, MonitorError
from model_monitor.expectations.result_checks import Trust, check
from model_monitor.expectations.result_checks import as_json as trust_json
from model_monitor.expectations.result_checks import show as show_trust
from model_monitor.extras import missing
from model_monitor.findings import evaluations, notices, retraining
from model_monitor.findings.gauges import Gauge, gauges
from model_monitor.findings.tables import Findings, breaches, findings, is_suppressed
from model_monitor.output import Output, clean
from model_monitor.progress import Progress
from model_monitor.report import outdated
from model_monitor.report.build import ReportOptions
from model_monitor.report.build import write as write_report
from model_monitor.warehouse.artifacts import keep_seconds, seconds_of_last_build
from model_monitor.warehouse.locks import WAIT_SECONDS
from model_monitor.warehouse.project import WHOLE_HISTORY, Build, Project
from model_monitor.warehouse.publish import publishing

SHOWN_FAILURES = 5
DELIVERY = "delivery"
# The second sentence on top of a report whose figures are not those of this run.
EARLIER = "The figures on this page are of the last complete run."
MIXED = "Figures of these models, and of those that read them, are missing or of an earlier run."
NOTHING_READ = Findings(has_alerts=False)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Run:
    """A finished run: its build, its findings, and the copy for readers."""

    build: Build
    findings: Findings
    published: Path | None
    schema: str
    trust: Trust | None = None  # None if checks were not requested or the build failed
    delivered: Delivered | None = None  # None if delivery was not requested or not due
    broken: dict[str, str] = field(default_factory=dict)  # failed steps, with the problem
    report: Path | None = None  # None if it was not requested, or could not be written

    def exit_code(self, fail_on: str) -> int:
        if self.build.failures or set(self.broken) - {DELIVERY}:
            return NOT_EVALUATED
        if self.trust is not None and self.trust.exit_code(critical_only=True) != OK:
            return self.trust.exit_code(critical_only=True)
        if self.findings.not_evaluated:
            return NOT_EVALUATED
        if self.broken or (self.delivered is not None and self.delivered.failed):
            return NOT_DELIVERED
        return BREACH if breaches(self.findings.alerts, fail_on) else OK


@dataclass(frozen=True)
class JobOptions:
    """The optional steps of the job."""

    publish: bool = True
    parquet: bool = False
    check: bool = True
    check_everything: bool = False
    send: bool = True
    report: bool = True
    wait: float = WAIT_SECONDS
    prometheus: Path | None = None


class Steps:
    """Runs steps one after the other; a failed step does not stop the next."""

    def __init__(self) -> None:
        self.broken: dict[str, str] = {}

    def attempt(self, name: str, step: Callable[[], Found]) -> Found | None:
        try:
            return step()
        except MonitorError as error:
            self.broken[name] = str(error)
        except Exception as error:  # noqa: BLE001  later steps do not depend on this one
            if os.environ.get("MODEL_MONITOR_DEBUG"):
                traceback.print_exc()
            self.broken[name] = f"{type(error).__name__}: {error}"
        return None


def run(
    project: Project, output: Output, wanted: JobOptions, arguments: tuple[str, ...] = ()
) -> Run:
    progress = Progress(output, seconds_of_last_build())
    project.listener = progress
    if wanted.check and not wanted.check_everything and not missing("great_expectations"):
        arguments = (*arguments, "--exclude", WHOLE_HISTORY)
    if not project.is_read:
        output.note("Reading the project …")
    schema, starts = project.schema, project.relation("int_monitor__run_starts")
    steps = Steps()
    with project.warehouse.reserved(output.note, schema, starts, wanted.wait):
        failure: Exception | None = None
        built = Build((), 0, 0)
        with project.warehouse.held(output.note, wanted.wait):
            try:
                built = build(project, output, progress, arguments)
            except Exception as error:  # noqa: BLE001  raised after delivery
                failure = error
            # notifications of an earlier run are sent even if this build failed
            is_due = wanted.send and steps.attempt(DELIVERY, lambda: has_outbox(project))
        delivered = None
        if is_due:
            delivered = steps.attempt(DELIVERY, lambda: deliver(project, output, wanted.wait))
        if failure is not None:
            if wanted.report:
                problem = f"The build of {now()} stopped with an error. {EARLIER}"
                steps.attempt("report", lambda: outdated.mark(ReportOptions().output, problem))
            if delivered is not None:
                show_delivered(delivered, output)
            show_broken(steps.broken, output)
            raise failure
        done = steps.attempt("results", lambda: read(project, output, wanted, built, steps))
    found, published, trust, page = done or (NOTHING_READ, None, None, None)
    return Run(built, found, published, schema, trust, delivered, steps.broken, page)


def build(
    project: Project, output: Output, progress: Progress, arguments: tuple[str, ...]
) -> Build:
    output.note("Building …")
    progress.begun = project.warehouse.runs
    try:
        built = project.build(*arguments)
    finally:
        project.listener = None
    keep_seconds(built.seconds)
    for warning in progress.warnings:
        for line in warning.splitlines():
            output.note(clean(line))
    summary = f"{built.built} built, {len(built.failures)} failed, {built.skipped} skipped"
    output.note(f"  {summary} in {progress.elapsed()}")
    return built


Read = tuple[Findings, Path | None, Trust | None, Path | None]


def read(project: Project, output: Output, wanted: JobOptions, built: Build, steps: Steps) -> Read:
    """The findings, the published copy, the checks and the report."""
    tables = project.results()
    # after a failed build readers keep the copy of the last complete run
    published_tables = tables if wanted.publish and not built.failures else []
    with project.warehouse.held(output.note, wanted.wait):
        if not built.failures:
            steps.attempt("audit", lambda: audit_trail.record(project))
        with ExitStack() as stack:
            copy = publishing(project.warehouse, published_tables, parquet=wanted.parquet)
            published = steps.attempt("publishing", lambda: stack.enter_context(copy))
            found = steps.attempt("findings", lambda: findings(project))
            trust = None
            if wanted.check and not built.failures:
                if lacking := missing("great_expectations"):
                    output.note(f"The results are not checked. {lacking}")
                else:
                    trust = steps.attempt("checks", lambda: check(project, output))
            measured = None
            if wanted.prometheus is not None and found is not None:
                measured = steps.attempt("prometheus", lambda: gauges_of(project, found))
            page = report_page(project, built, found, steps) if wanted.report else None
        file = published and steps.attempt("publishing", published.result)
    if wanted.prometheus is not None and measured is not None:
        file_for_prometheus, content = wanted.prometheus, prometheus.text(measured)
        steps.attempt("prometheus", lambda: prometheus.write(file_for_prometheus, content))
    return found or NOTHING_READ, file or None, trust, page


def report_page(
    project: Project, built: Build, found: Findings | None, steps: Steps
) -> Path | None:
    """The report. A page of an earlier run says so, because it looks like a current one."""
    options = ReportOptions()
    has_tables = found is not None and found.has_alerts
    if not built.failures:
        if not has_tables:
            return None
        page = steps.attempt("report", lambda: write_report(project, options))
        if page is None:
            problem = f"The report of the run of {now()} could not be written."
            steps.attempt("report", lambda: outdated.mark(options.output, f"{problem} {EARLIER}"))
        return page
    problem = f"The build of {now()} failed: {failed_names(built)}."
    if has_tables and not outdated.is_of_one_run(options.output):
        page = steps.attempt("report", lambda: write_report(project, options))
        if page is not None:
            outdated.mark(page, f"{problem} {MIXED}", mixed=True)
        return page
    return steps.attempt("report", lambda: outdated.mark(options.output, f"{problem} {EARLIER}"))


def failed_names(built: Build) -> str:
    names = [failure.name for failure in built.failures]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def now() -> str:
    return f"{datetime.now(UTC):%d %b %Y, %H:%M} UTC"


def gauges_of(project: Project, found: Findings) -> list[Gauge]:
    names = [str(monitor["monitor"]) for monitor in found.monitors]
    return gauges(project, found.alerts, names, found.triggers)


def show(done: Run, output: Output, *, resolved: int = SHOWN_ALERTS) -> None:
    show_failures(done.build, output)
    show_broken(done.broken, output)
    evaluations.show(done.findings.not_evaluated, output)
    if done.trust is not None:
        show_trust(done.trust, output)
    if done.findings.has_alerts:
        show_alerts(done.findings.alerts, output)
        show_closed(done.findings.closed, output, resolved)
    if done.delivered is not None:
        show_delivered(done.delivered, output)
    show_monitors(done.findings, output)
    retraining.show(done.findings.triggers, output)
    for note in done.findings.notes:
        output.say()
        for line in note.splitlines():
            output.say(clean(line))
    notices.show_after_run(done.findings.notices, output)
    show_next(done, output)


def show_failures(build: Build, output: Output) -> None:
    """Each message once, with the models it failed: one cause often fails many models."""
    if not build.failures:
        return
    by_message: dict[str, list[str]] = {}
    for failure in build.failures:
        by_message.setdefault(failure.message, []).append(failure.name)
    output.title(f"Failed models and tests: {len(build.failures)} (skipped: {build.skipped})")
    for message, names in list(by_message.items())[:SHOWN_FAILURES]:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        output.say(f"  {output.paint('error', 'error')}  {', '.join(names[:3])}{more}")
        for line in message.splitlines():
            output.say(f"         {clean(line)}")
    if len(by_message) > SHOWN_FAILURES:
        output.say(f"  … and {len(by_message) - SHOWN_FAILURES} more errors: see logs/dbt.log")


def show_broken(broken: dict[str, str], output: Output) -> None:
    if broken:
        output.title(f"Failed steps: {', '.join(broken)}")
    for step, problem in broken.items():
        for number, line in enumerate(problem.splitlines() or [""]):
            prefix = f"{output.paint('error', 'error')}  {step}: " if number == 0 else "       "
            output.say(f"  {prefix}{clean(line)}")


def show_alerts(alerts: list[dict[str, Any]], output: Output) -> None:
    active = [alert for alert in alerts if not is_suppressed(alert)]
    output.title(f"Open incidents: {counted(active)}")
    rows = [
        (alert["severity"], alert.get("since") or alert.get("opened_at"), headline(alert))
        for alert in active[:SHOWN_ALERTS]
    ]
    if rows:
        output.table(("severity", "since", "incident"), rows)
    if len(active) > SHOWN_ALERTS:
        output.say(
            f"  … and {counted(active[SHOWN_ALERTS:])} more. List: model-monitor alerts --all"
        )
    held = len(alerts) - len(active)
    if held:
        output.say(f"  Suppressed (silenced, expected or represented by another alert): {held}")


def show_closed(alerts: list[dict[str, Any]], output: Output, limit: int) -> None:
    if not alerts:
        return
    latest = f" (latest {limit} shown)" if len(alerts) > limit else ""
    is_accepted = any(alert.get("state") == "accepted" for alert in alerts)
    closed = "Resolved and accepted" if is_accepted else "Resolved"
    output.title(f"{closed} incidents: {counted(alerts)}{latest}")
    rows = [
        (alert["severity"], alert.get("since"), alert.get("last_seen_at"), headline(alert))
        for alert in alerts[:limit]
    ]
    output.table(("severity", "since", "until", "incident"), rows)


def show_monitors(found: Findings, output: Output) -> None:
    if not found.monitors:
        return
    output.title("Monitors, at their latest evaluated window")
    headers = ("monitor", "window", "until", "rows", "evaluated", "drifted", "in slices")
    rows = [
        (
            monitor["monitor"],
            monitor["window_name"],
            monitor["window_end"],
            monitor["row_count"],
            monitor["judged_subjects"],
            monitor["drifted_subjects"],
            monitor["drifted_in_slices"],
            drifted_share(monitor),
            counted(
                [
                    alert
                    for alert in found.alerts
                    if alert.get("monitor") == monitor["monitor"] and not is_suppressed(alert)
                ]
            ),
        )
        for monitor in found.monitors
    ]
    output.table((*headers, "max drifted share", "open incidents"), rows)


def drifted_share(monitor: dict[str, Any]) -> str | None:
    """The largest share of drifted subjects of any log, version and baseline.

    Its verdict is added unless it is ok. Without evaluated subjects the reason is shown.
    """
    if monitor["judged_subjects"]:
        share, verdict = monitor.get("drifted_share"), monitor.get("verdict")
        if share is None:
            return None
        return f"{share:.0%}" if verdict in (None, "ok") else f"{share:.0%} ({verdict})"
    reason = monitor.get("other_status")
    return str(reason).replace("_", " ") if reason else "not evaluated yet"


def show_next(done: Run, output: Output) -> None:
    output.title("Next steps")
    rows = [("model-monitor alerts", "show the open alerts")]
    if done.report is not None:
        rows.append((from_here(done.report), "open it in a browser"))
    if done.published is not None:
        rows.append((from_here(done.published), f"result tables for BI, in schema {done.schema}"))
    rows += [
        ("model-monitor doctor", "check the configuration and the logs"),
        ("dbt docs generate --static", "describe every table and column"),
    ]
    for where, what in rows:
        output.say(f"  {where:<40}  {what}")


def from_here(file: Path) -> str:
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


def as_json(done: Run) -> dict[str, Any]:
    return {
        "built": done.build.built,
        "skipped": done.build.skipped,
        "failures": [vars(failure) for failure in done.build.failures],
        "alerts": done.findings.alerts,
        "monitors": done.findings.monitors,
        "triggers": done.findings.triggers,
        "notes": done.findings.notes,
        "notices": done.findings.notices,
        "not_evaluated": done.findings.not_evaluated,
        "trust": None if done.trust is None else trust_json(done.trust),
        "broken": done.broken,
        "delivery": None if done.delivered is None else done.delivered.as_json(),
        "published": str(done.published) if done.published else None,
        "report": str(done.report) if done.report else None,
    }
