"""One alert in full: its text, its number recomputed from the log, and its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from model_monitor.alerting.headline import headline
from model_monitor.alerting.series import Point, read_series
from model_monitor.alerting.show import show_alert
from model_monitor.errors import MonitorError, QueryError, UsageError
from model_monitor.findings.incidents import as_incidents
from model_monitor.output import Output, clean, shown
from model_monitor.severity import severity_rank_sql
from model_monitor.warehouse.read import Readable, read, records
from model_monitor.warehouse.read_only import answer

SHOWN_JUDGEMENTS = 20
SHOWN_REPRESENTED = 5
HISTORY = (
    "window_end", "as_of", "outcome", "held_level", "severity", "value", "baseline_value",
    "threshold", "z",
)  # fmt: skip


# Results of sequential detectors on the series of the alert, from a week before to a week after.
DETECTIONS = ("detector", "window_start", "onset_at", "nature", "statistic", "control_limit")
SERIES = (
    "monitor", "log", "model_version", "slice_name", "slice_value", "family", "subject", "metric",
    "baseline",
)  # fmt: skip


@dataclass(frozen=True)
class Explained:
    """An alert with its history, its recomputed number and the alerts that it represents."""

    alert: dict[str, Any]
    history: list[dict[str, Any]]
    counted: list[dict[str, Any]] = field(default_factory=list)
    problem: str | None = None
    represented: list[dict[str, Any]] = field(default_factory=list)
    detections: list[dict[str, Any]] = field(default_factory=list)
    series: list[Point] = field(default_factory=list)


def explain(project: Readable, output: Output, alert_id: str) -> Explained:
    with project.warehouse.held(output.note):
        alert = find(project, alert_id)
        [shown_alert] = as_incidents(project, [alert])
        history = records(read(project, "monitor_judgements", history_sql(project, alert)))
        represented = records(read(project, "monitor_alerts", represented_sql(project, alert)))
        detections = records(read(project, "monitor_detections", detections_sql(project, alert)))
        counted, problem = recompute(project, output, alert)
        [series] = read_series(project, [alert])
    return Explained(shown_alert, history, counted, problem, represented, detections, series)


def find(project: Readable, wanted: str, command: str = "explain") -> dict[str, Any]:
    """The alert with this id, or the lead alert of the incident with this id.

    The first characters are enough if they are unique.
    """
    beginning = wanted.strip().lower()
    meant = named(project, "monitor_alerts", "alert_id", beginning)
    if meant is None:
        raise MonitorError(
            "The table monitor_alerts does not exist yet. To build it: model-monitor run"
        )
    meant |= named(project, "monitor_incidents", "incident_id", beginning) or set()
    # late rows may merge two alerts: the former id of one finds the other
    meant = meant or named(project, "int_monitor__alert_aliases", "known_as", beginning) or set()
    if len(meant) != 1 or not beginning:
        problem = "unknown id" if not meant else f"ambiguous id, {len(meant)} alerts match"
        raise UsageError(
            f"{command}: {problem}. Valid: an alert_id of monitor_alerts, an incident_id of "
            f"monitor_incidents, or its first characters. Got: {wanted}"
        )
    sql = f"select * from {{table}} where alert_id = {braced(project, meant.pop())}"
    return records(read(project, "monitor_alerts", sql))[0]


def named(project: Readable, table: str, column: str, beginning: str) -> set[str] | None:
    """Alerts whose name in this column starts so; None if the table does not exist."""
    found = read(
        project,
        table,
        "select distinct alert_id from {table} "
        f"where substr({column}, 1, {len(beginning)}) = {braced(project, beginning)}",
    )
    return None if found is None else {row["alert_id"] for row in found}


def history_sql(project: Readable, alert: dict[str, Any]) -> str:
    return (
        f"select * from {{table}} where fingerprint = {braced(project, str(alert['fingerprint']))} "
        "order by window_end, as_of"
    )


def represented_sql(project: Readable, alert: dict[str, Any]) -> str:
    return (
        f"select * from {{table}} where inhibited_by = {braced(project, str(alert['alert_id']))} "
        f"order by {severity_rank_sql('severity')} desc, message, alert_id"
    )


def detections_sql(project: Readable, alert: dict[str, Any]) -> str:
    same = " and ".join(f"{name} = {braced(project, str(alert.get(name)))}" for name in SERIES)
    around = " and ".join(
        f"window_start {sign} cast('{alert[name]}' as timestamp) {step} interval '7 days'"
        for name, sign, step in (("since", ">=", "-"), ("last_seen_at", "<=", "+"))
        if alert.get(name) is not None
    )
    return (
        f"select {', '.join(DETECTIONS)} from {{table}} "
        f"where {' and '.join(part for part in (same, around) if part)} "
        "order by window_start, detector"
    )


def braced(project: Readable, text: str) -> str:
    """A literal for a query that is formatted once more."""
    return project.warehouse.literal(text).replace("{", "{{").replace("}", "}}")


def recompute(
    project: Readable, output: Output, alert: dict[str, Any]
) -> tuple[list[dict[str, Any]], str | None]:
    query = alert.get("reproduce_sql")
    if not query:
        return [], "this alert has no query"
    output.note("Recomputing the number from the log …")
    try:
        return answer(project.warehouse, str(query)), None
    except QueryError as error:
        return [], str(error)


def show(found: Explained, output: Output) -> None:
    show_alert(found.alert, output, query=True, series=found.series)
    output.title("Recomputed from the log")
    if found.problem is not None:
        output.say(f"  not possible: {clean(found.problem)}")
    for row in found.counted:
        values = ", ".join(f"{name} {shown(value)}" for name, value in row.items())
        output.say(f"  {clean(values)}")
    output.title(f"History (evaluated windows: {len(found.history)})")
    rows = [[row.get(name) for name in HISTORY] for row in found.history[-SHOWN_JUDGEMENTS:]]
    if rows:
        output.table(HISTORY, rows)
    if found.detections:
        output.title("Sequential detectors on the same series")
        output.table(DETECTIONS, [[row[name] for name in DETECTIONS] for row in found.detections])
    if found.represented:
        output.title(f"Alerts that it represents: {len(found.represented)}")
        for alert in found.represented[:SHOWN_REPRESENTED]:
            output.say(f"  {clean(headline(alert))}")
        if len(found.represented) > SHOWN_REPRESENTED:
            output.say(f"  … and {len(found.represented) - SHOWN_REPRESENTED} more")


def as_json(found: Explained) -> dict[str, Any]:
    return {
        "alert": found.alert,
        "counted_again": found.counted,
        "problem": found.problem,
        "history": found.history,
        "detections": found.detections,
        "series": [{"window_end": each.window_end, "value": each.value} for each in found.series],
        "speaks_for": [alert["alert_id"] for alert in found.represented],
    }
