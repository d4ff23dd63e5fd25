"""Open alerts: ten in full, the others as counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.alerting import series as charts
from model_monitor.alerting.headline import SHOWN_ALERTS, counted, headline
from model_monitor.alerting.series import Series
from model_monitor.errors import BREACH, NOT_EVALUATED, OK, MonitorError
from model_monitor.findings import notices
from model_monitor.findings.evaluations import unread
from model_monitor.findings.tables import breaches, is_suppressed, open_alerts
from model_monitor.output import Output, clean, shown
from model_monitor.text import WHOLE
from model_monitor.warehouse.read import Readable

# The lines of an alert, in the order of a reader's questions.
LINES = (
    ("where", ("monitor", "model_version", "location", "slice_name", "slice_value")),
    ("what", ("log", "subject", "metric", "baseline", "window_name")),
    ("since", ("since",)),
    ("seen", ("opened_at", "last_seen_at")),
    ("onset type", ("nature",)),
    ("affected", ("affected",)),
    ("likely cause", ("likely_cause",)),
    ("contributors", ("top_contributors",)),
    ("shift", ("shift_kind", "shift_dimension")),
    ("segments", ("top_segments",)),
    ("values", ("top_bins",)),
    ("action", ("recommended_action", "runbook", "dashboard")),
    ("triaged", ("decision", "decided_action", "decided_by")),
    ("root cause", ("root_cause",)),
    ("prevention", ("prevention",)),
    ("why", ("action_reason",)),
    ("unless", ("action_against",)),
    ("owner", ("owner",)),
    ("rule", ("rule_id", "rule_version")),
    ("suppressed by", ("silenced_by", "inhibited_by")),
    ("id", ("alert_id", "incident_id")),
)


def read(project: Readable, output: Output) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Open alerts, and the logs that could not be read."""
    with project.warehouse.held(output.note):
        found = open_alerts(project)
        if found is None:
            raise MonitorError(
                "The table monitor_alerts does not exist yet. To build it: model-monitor run"
            )
        return found, unread(project)


def exit_code(
    alerts: list[dict[str, Any]], not_evaluated: list[dict[str, Any]], fail_on: str
) -> int:
    if not_evaluated:
        return NOT_EVALUATED
    return BREACH if breaches(alerts, fail_on) else OK


def in_full(alerts: list[dict[str, Any]], *, everything: bool = False) -> list[dict[str, Any]]:
    """The ten most severe and newest active alerts, or all alerts."""
    active = [alert for alert in alerts if not is_suppressed(alert)]
    return alerts if everything else active[:SHOWN_ALERTS]


def series_of(
    project: Readable, alerts: list[dict[str, Any]], output: Output, *, everything: bool = False
) -> dict[str, Series]:
    """The series of the first ten alerts that are shown, by alert; none without a wide terminal."""
    listed = in_full(alerts, everything=everything)[:SHOWN_ALERTS]
    if not listed or not charts.is_wide(output):
        return {}
    found = charts.read_series(project, listed)
    return {alert["alert_id"]: each for alert, each in zip(listed, found, strict=True)}


def show(
    alerts: list[dict[str, Any]],
    output: Output,
    *,
    everything: bool = False,
    series: Mapping[str, Series] | None = None,
) -> None:
    """Alerts in full, then the counts."""
    active = [alert for alert in alerts if not is_suppressed(alert)]
    listed = in_full(alerts, everything=everything)
    for alert in listed:
        show_alert(alert, output, series=(series or {}).get(alert["alert_id"], ()))
        output.say()
    rest = active[SHOWN_ALERTS:]
    if rest and not everything:
        output.say(f"… and {counted(rest)} more. To list them: model-monitor alerts --all")
    suppressed = len(alerts) - len(active)
    more = f" (and {suppressed} suppressed)" if suppressed else ""
    output.say(f"Open incidents: {counted(active)}{more}")
    if listed and listed[0].get("reproduce_sql"):
        output.say("To see the numbers and history of an alert: model-monitor explain ALERT_ID")


def show_notices(project: Readable, output: Output) -> None:
    """How many things need attention but are not alerts."""
    with project.warehouse.held(output.note):
        found = notices.notices(project)
    if found:
        output.say(f"Notices: {notices.counted(found)}. To list them: model-monitor notices")


def show_alert(
    alert: dict[str, Any], output: Output, *, query: bool = False, series: Series = ()
) -> None:
    output.say(f"{output.paint(alert['severity'], alert['severity'])}  {clean(headline(alert))}")
    value, baseline = alert.get("current_value"), alert.get("baseline_value")
    if value is not None:
        normally = "" if baseline is None else f", baseline {shown(baseline)}"
        output.say(f"  {'value':<13}  {shown(value)}{normally}")
    bars = charts.line(series, alert.get("since"), output)
    if bars:
        output.say(f"  {'series':<13}  {bars}")
    for label, names in LINES:
        values = [shown(alert[name]) for name in names if alert.get(name) is not None]
        parts = [part for part in dict.fromkeys(values) if part != WHOLE]
        if parts:
            output.say(f"  {label:<13}  {clean(' · '.join(parts))}")
    if query and alert.get("reproduce_sql"):
        output.say("  query that reproduces the value:")
        for line in str(alert["reproduce_sql"]).splitlines():
            output.say(f"    {clean(line)}")
