"""Open alerts: ten in full, the rest as counts."""

from __future__ import annotations

from typing import Any

from model_monitor.alerting.headline import SHOWN_ALERTS, counted, headline
from model_monitor.errors import BREACH, NOT_EVALUATED, OK, MonitorError
from model_monitor.findings.evaluations import unread
from model_monitor.findings.tables import breaches, is_suppressed, open_alerts
from model_monitor.output import Output, clean, shown
from model_monitor.text import WHOLE
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import records

# What an alert says, in the order in which it is asked.
LINES = (
    ("where", ("monitor", "model_version", "location", "slice_name", "slice_value")),
    ("what", ("log", "subject", "metric", "baseline", "window_name")),
    ("since", ("since",)),
    ("seen", ("opened_at", "last_seen_at")),
    ("nature", ("nature",)),
    ("cause", ("likely_cause",)),
    ("contributors", ("top_contributors",)),
    ("shift", ("shift_kind", "shift_dimension")),
    ("segments", ("top_segments",)),
    ("values", ("top_bins",)),
    ("do", ("recommended_action", "runbook", "dashboard")),
    ("decided", ("decision", "decided_action", "decided_by")),
    ("because", ("action_reason",)),
    ("unless", ("action_against",)),
    ("owner", ("owner",)),
    ("rule", ("rule_id", "rule_version")),
    ("held back by", ("silenced_by", "inhibited_by")),
    ("id", ("alert_id", "incident_id")),
)


def read(project: Project, output: Output) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Open alerts, and the logs that could not be read."""
    _ = project.manifest
    with project.warehouse.held(output.note):
        found = open_alerts(project)
        if found is None:
            raise MonitorError("There is no table monitor_alerts yet. First: model-monitor run")
        return records(found), unread(project)


def exit_code(
    alerts: list[dict[str, Any]], not_evaluated: list[dict[str, Any]], fail_on: str
) -> int:
    if not_evaluated:
        return NOT_EVALUATED
    return BREACH if breaches(alerts, fail_on) else OK


def show(alerts: list[dict[str, Any]], output: Output, *, everything: bool = False) -> None:
    """The gravest and newest ten that nothing holds back, or all there are; then how many."""
    active = [alert for alert in alerts if not is_suppressed(alert)]
    listed = alerts if everything else active[:SHOWN_ALERTS]
    for alert in listed:
        show_alert(alert, output)
        output.say()
    rest = active[SHOWN_ALERTS:]
    if rest and not everything:
        output.say(f"… and {counted(rest)} more: model-monitor alerts --all")
    held = len(alerts) - len(active)
    besides = f" ({held} alerts held back)" if held else ""
    output.say(f"Open incidents: {counted(active)}{besides}")
    if listed and listed[0].get("reproduce_sql"):
        output.say("The numbers behind one, and its history: model-monitor explain ALERT_ID")


def show_alert(alert: dict[str, Any], output: Output, *, query: bool = False) -> None:
    output.say(f"{output.paint(alert['severity'], alert['severity'])}  {clean(headline(alert))}")
    value, baseline = alert.get("current_value"), alert.get("baseline_value")
    if value is not None:
        beside = "" if baseline is None else f", baseline {shown(baseline)}"
        output.say(f"  {'value':<12}  {shown(value)}{beside}")
    for label, names in LINES:
        told = [shown(alert[name]) for name in names if alert.get(name) is not None]
        parts = [part for part in dict.fromkeys(told) if part != WHOLE]
        if parts:
            output.say(f"  {label:<12}  {clean(' · '.join(parts))}")
    if query and alert.get("reproduce_sql"):
        output.say("  the query that reproduces it:")
        for line in str(alert["reproduce_sql"]).splitlines():
            output.say(f"    {clean(line)}")
