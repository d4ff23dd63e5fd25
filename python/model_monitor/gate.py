"""The gate of a pipeline: the checks pass and no breach is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model_monitor.alerting.headline import SHOWN_ALERTS, counted, headline
from model_monitor.errors import BREACH, NOT_EVALUATED
from model_monitor.expectations import result_checks
from model_monitor.expectations.result_checks import CheckOptions, Trust
from model_monitor.findings import evaluations
from model_monitor.findings.tables import breaches, open_alerts
from model_monitor.output import Output, clean
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import records


@dataclass(frozen=True)
class Gate:
    """The checks, and the open alerts that are severe enough to stop a pipeline."""

    trust: Trust
    breaches: tuple[dict[str, Any], ...]
    fail_on: str
    not_evaluated: tuple[dict[str, Any], ...] = ()

    @property
    def exit_code(self) -> int:
        if self.not_evaluated:
            return NOT_EVALUATED
        return self.trust.exit_code() or (BREACH if self.breaches else 0)


def gate(project: Project, output: Output, chosen: CheckOptions, fail_on: str) -> Gate:
    _ = project.manifest
    with project.warehouse.held(output.note):
        found = result_checks.check(project, output, chosen)
        alerts = records(open_alerts(project))
        unread = evaluations.unread(project)
    return Gate(found, tuple(breaches(alerts, fail_on)), fail_on, tuple(unread))


def show(found: Gate, output: Output) -> None:
    evaluations.show(found.not_evaluated, output)
    result_checks.show(found.trust, output)
    if found.fail_on == "none":
        return
    severe = list(found.breaches)
    output.title(f"Open incidents at or above {found.fail_on}: {counted(severe)}")
    for alert in severe[:SHOWN_ALERTS]:
        output.say(
            f"  {output.paint(alert['severity'], alert['severity'])}  {clean(headline(alert))}"
        )
    if len(severe) > SHOWN_ALERTS:
        output.say(f"  … and {len(severe) - SHOWN_ALERTS} more. To list them: model-monitor alerts")


def as_json(found: Gate) -> dict[str, Any]:
    return {
        **result_checks.as_json(found.trust),
        "fail_on": found.fail_on,
        "breaches": list(found.breaches),
        "not_evaluated": list(found.not_evaluated),
        "exit_code": found.exit_code,
    }
