"""The scheduled job: build, deliver, check, publish a copy for readers, say what was found.

What must be sent is sent right after the build: whatever goes wrong later is named at the end, and
has kept nobody from being told.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from model_monitor.alerting import audit_trail
from model_monitor.alerting.headline import SHOWN_ALERTS, counted, headline
from model_monitor.delivery import prometheus
from model_monitor.delivery.deliver import Delivered, deliver
from model_monitor.delivery.deliver import show as show_told
from model_monitor.delivery.outbox import has_outbox
from model_monitor.errors import BREACH, NOT_DELIVERED, NOT_EVALUATED, OK, MonitorError
from model_monitor.expectations.result_checks import Trust, check
from model_monitor.expectations.result_checks import as_json as trust_json
from model_monitor.expectations.result_checks import show as show_trust
from model_monitor.findings import evaluations, retraining
from model_monitor.findings.tables import Findings, breaches, findings, is_suppressed
from model_monitor.output import Output, clean
from model_monitor.progress import Progress
from model_monitor.warehouse.locks import WAIT_SECONDS
from model_monitor.warehouse.project import Build, Project
from model_monitor.warehouse.publish import publishing

SHOWN_FAILURES = 5
DELIVERY = "delivery"
NOTHING_READ = Findings(has_alerts=False)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Run:
    """A finished run: what was built, what was found, where readers find it."""

    build: Build
    findings: Findings
    published: Path | None
    schema: str
    trust: Trust | None = None  # none where it was not asked for, or the build failed
    told: Delivered | None = None  # likewise
    broken: dict[str, str] = field(default_factory=dict)  # steps that did not come to their end

    def exit_code(self, fail_on: str) -> int:
        if self.build.failures or set(self.broken) - {DELIVERY}:
            return NOT_EVALUATED
        if self.trust is not None and self.trust.exit_code(grave_only=True) != OK:
            return self.trust.exit_code(grave_only=True)
        if self.findings.not_evaluated:
            return NOT_EVALUATED
        if self.broken or (self.told is not None and self.told.failed):
            return NOT_DELIVERED
        return BREACH if breaches(self.findings.alerts, fail_on) else OK


@dataclass(frozen=True)
class Wanted:
    """What the job does beside the build."""

    publish: bool = True
    parquet: bool = False
    check: bool = True
    tell: bool = True
    wait: float = WAIT_SECONDS
    prometheus: Path | None = None


class Steps:
    """One step after the other, each also when another has failed."""

    def __init__(self) -> None:
        self.broken: dict[str, str] = {}

    def attempt(self, name: str, step: Callable[[], Found]) -> Found | None:
        try:
            return step()
        except MonitorError as error:
            self.broken[name] = str(error)
        except Exception as error:  # noqa: BLE001  the later steps do not depend on it
            if os.environ.get("MODEL_MONITOR_DEBUG"):
                traceback.print_exc()
            self.broken[name] = f"{type(error).__name__}: {error}"
        return None


def run(project: Project, output: Output, wanted: Wanted, arguments: tuple[str, ...] = ()) -> Run:
    progress = Progress(output)
    project.listener = progress
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
            except Exception as error:  # noqa: BLE001  it is raised when what waits was sent
                failure = error
            # what an earlier run has put down is told also when this one failed
            is_due = wanted.tell and steps.attempt(DELIVERY, lambda: has_outbox(project))
        delivered = None
        if is_due:
            delivered = steps.attempt(DELIVERY, lambda: deliver(project, output, wanted.wait))
        if failure is not None:
            if delivered is not None:
                show_told(delivered, output)
            show_broken(steps.broken, output)
            raise failure
        done = steps.attempt("results", lambda: read(project, output, wanted, built, steps))
    found, published, trust = done or (NOTHING_READ, None, None)
    return Run(built, found, published, schema, trust, delivered, steps.broken)


def build(
    project: Project, output: Output, progress: Progress, arguments: tuple[str, ...]
) -> Build:
    output.note("Building …")
    progress.begun = project.warehouse.runs
    try:
        built = project.build(*arguments)
    finally:
        project.listener = None
    for warning in progress.warnings:
        for line in warning.splitlines():
            output.note(clean(line))
    summary = f"{built.built} built, {len(built.failures)} failed, {built.skipped} skipped"
    output.note(f"  {summary} in {progress.elapsed()}")
    return built


Read = tuple[Findings, Path | None, Trust | None]


def read(project: Project, output: Output, wanted: Wanted, built: Build, steps: Steps) -> Read:
    """What was found, whether it can be believed, and a copy of it for readers."""
    tables = project.results()
    # half a run is not for readers: they keep the copy of the last whole one
    whole = tables if wanted.publish and not built.failures else []
    with project.warehouse.held(output.note, wanted.wait):
        if not built.failures:
            steps.attempt("audit", lambda: audit_trail.put_down(project))
        with ExitStack() as beside:
            copy = publishing(project.warehouse, whole, parquet=wanted.parquet)
            published = steps.attempt("publishing", lambda: beside.enter_context(copy))
            found = steps.attempt("findings", lambda: findings(project))
            trust = None
            if wanted.check and not built.failures:
                trust = steps.attempt("checks", lambda: check(project, output))
        file = published and steps.attempt("publishing", published.result)
    if wanted.prometheus is not None and found is not None:
        steps.attempt("prometheus", lambda: expose(found, wanted.prometheus))
    return found or NOTHING_READ, file or None, trust


def expose(found: Findings, file: Path | None) -> None:
    if file is not None:
        names = [str(monitor["monitor"]) for monitor in found.monitors]
        prometheus.write(file, prometheus.text(found.alerts, names, found.triggers))


def show(done: Run, output: Output, *, ended: int = SHOWN_ALERTS) -> None:
    show_failures(done.build, output)
    show_broken(done.broken, output)
    evaluations.show(done.findings.not_evaluated, output)
    if done.trust is not None:
        show_trust(done.trust, output)
    if done.findings.has_alerts:
        show_alerts(done.findings.alerts, output)
        show_closed(done.findings.closed, output, ended)
    if done.told is not None:
        show_told(done.told, output)
    show_monitors(done.findings, output)
    retraining.show(done.findings.triggers, output)
    for note in done.findings.notes:
        output.say()
        for line in note.splitlines():
            output.say(clean(line))
    show_next(done, output)


def show_failures(build: Build, output: Output) -> None:
    """Each message once, with what it stopped: one cause often fails many models."""
    if not build.failures:
        return
    by_message: dict[str, list[str]] = {}
    for failure in build.failures:
        by_message.setdefault(failure.message, []).append(failure.name)
    output.title(f"Not built or not passed: {len(build.failures)} (skipped: {build.skipped})")
    for message, names in list(by_message.items())[:SHOWN_FAILURES]:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        output.say(f"  {output.paint('error', 'error')}  {', '.join(names[:3])}{more}")
        for line in message.splitlines():
            output.say(f"         {clean(line)}")
    if len(by_message) > SHOWN_FAILURES:
        output.say(f"  … and {len(by_message) - SHOWN_FAILURES} more messages: logs/dbt.log")


def show_broken(broken: dict[str, str], output: Output) -> None:
    if broken:
        output.title(f"Not finished: {', '.join(broken)}")
    for step, problem in broken.items():
        for number, line in enumerate(problem.splitlines() or [""]):
            said = f"{output.paint('error', 'error')}  {step}: " if number == 0 else "       "
            output.say(f"  {said}{clean(line)}")


def show_alerts(alerts: list[dict[str, Any]], output: Output) -> None:
    active = [alert for alert in alerts if not is_suppressed(alert)]
    output.title(f"Open incidents: {counted(active)}")
    rows = [
        (alert["severity"], alert.get("since") or alert.get("opened_at"), headline(alert))
        for alert in active[:SHOWN_ALERTS]
    ]
    if rows:
        output.table(("severity", "since", "what"), rows)
    if len(active) > SHOWN_ALERTS:
        output.say(f"  … and {counted(active[SHOWN_ALERTS:])} more: model-monitor alerts")
    if len(active) < len(alerts):
        output.say(f"  Held back by a silence or by another alert: {len(alerts) - len(active)}")


def show_closed(alerts: list[dict[str, Any]], output: Output, limit: int) -> None:
    if not alerts:
        return
    latest = f", the latest {limit} of them" if len(alerts) > limit else ""
    output.title(f"Ended: {counted(alerts)}{latest}")
    rows = [
        (alert["severity"], alert.get("since"), alert.get("last_seen_at"), headline(alert))
        for alert in alerts[:limit]
    ]
    output.table(("severity", "since", "until", "what"), rows)


def show_monitors(found: Findings, output: Output) -> None:
    if not found.monitors:
        return
    output.title("Monitors, at their latest judged window")
    headers = ("monitor", "window", "until", "rows", "subjects", "drifted", "in slices")
    rows = [
        (
            monitor["monitor"],
            monitor["window_name"],
            monitor["window_end"],
            monitor["row_count"],
            monitor["judged_subjects"],
            monitor["drifted_subjects"],
            monitor["drifted_in_slices"],
            verdict_of(monitor),
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
    output.table((*headers, "drift verdict", "open incidents"), rows)


def verdict_of(monitor: dict[str, Any]) -> str | None:
    """Its verdict, or why there is none."""
    if monitor["judged_subjects"]:
        verdict: str | None = monitor.get("verdict")
        return verdict
    reason = monitor.get("other_status")
    return str(reason).replace("_", " ") if reason else "not judged yet"


def show_next(done: Run, output: Output) -> None:
    output.title("Where to look next")
    rows = [("model-monitor alerts", "every open alert in full")]
    if done.published is not None:
        file = done.published
        shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
        rows.append((str(shown), f"the result tables for BI, in schema {done.schema}"))
    rows += [
        ("model-monitor doctor", "is the configuration sound, are the logs fresh"),
        ("dbt docs generate --static", "what every table and column means"),
    ]
    for where, what in rows:
        output.say(f"  {where:<40}  {what}")


def as_json(done: Run) -> dict[str, Any]:
    return {
        "built": done.build.built,
        "skipped": done.build.skipped,
        "failures": [vars(failure) for failure in done.build.failures],
        "alerts": done.findings.alerts,
        "monitors": done.findings.monitors,
        "triggers": done.findings.triggers,
        "notes": done.findings.notes,
        "not_evaluated": done.findings.not_evaluated,
        "trust": None if done.trust is None else trust_json(done.trust),
        "broken": done.broken,
        "delivery": None if done.told is None else done.told.as_json(),
        "published": str(done.published) if done.published else None,
    }
