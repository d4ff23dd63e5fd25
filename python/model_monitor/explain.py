"""One alert in full: what it says, its number counted again from the log, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from model_monitor.alerts import show_alert
from model_monitor.errors import MonitorError, QueryError, UsageError
from model_monitor.job import headline
from model_monitor.output import Output, clean, shown
from model_monitor.project import Project
from model_monitor.reading import read, records
from model_monitor.refusals import literal

SHOWN_JUDGEMENTS = 20
SHOWN_HELD = 5
HISTORY = (
    "window_end", "as_of", "outcome", "held_level", "severity", "value", "baseline_value",
    "threshold", "z",
)  # fmt: skip


@dataclass(frozen=True)
class Explained:
    """An alert with what can be said about it."""

    alert: dict[str, Any]
    history: list[dict[str, Any]]
    counted: list[dict[str, Any]] = field(default_factory=list)
    problem: str | None = None
    held_back: list[dict[str, Any]] = field(default_factory=list)


def explain(project: Project, output: Output, alert_id: str) -> Explained:
    _ = project.manifest
    with project.warehouse.held(output.note):
        alert = find(project, alert_id)
        history = records(read(project, "monitor_judgements", history_sql(alert)))
        held = records(read(project, "monitor_alerts", held_sql(alert)))
        counted, problem = count_again(project, output, alert)
    return Explained(alert, history, counted, problem, held)


def find(project: Project, alert_id: str, asked: str = "explain") -> dict[str, Any]:
    """The alert of that id; its first characters will do when no other begins so."""
    wanted = alert_id.strip().lower()
    sql = f"select * from {{table}} where substr(alert_id, 1, {len(wanted)}) = {braced(wanted)}"
    frame = read(project, "monitor_alerts", sql)
    if frame is None:
        raise MonitorError("There is no table monitor_alerts yet. First: model-monitor run")
    found = records(frame) or renamed(project, wanted)
    if len(found) != 1 or not wanted:
        said = "no alert begins so" if not found else f"{len(found)} alerts begin so"
        raise UsageError(
            f"{asked}: {said}. Valid: an alert_id of monitor_alerts, or its first characters. "
            f"Got: {alert_id}"
        )
    return found[0]


def renamed(project: Project, wanted: str) -> list[dict[str, Any]]:
    """Of two alerts that late rows made one, the one that is left, by the name of the other."""
    names = read(
        project,
        "int_monitor__alert_names",
        "select distinct alert_id from {table} "
        f"where substr(known_as, 1, {len(wanted)}) = {braced(wanted)}",
    )
    if names is None or names.empty:
        return []
    listed = ", ".join(braced(str(name)) for name in names["alert_id"])
    alerts = read(
        project, "monitor_alerts", f"select * from {{table}} where alert_id in ({listed})"
    )
    return [] if alerts is None else records(alerts)


def history_sql(alert: dict[str, Any]) -> str:
    return (
        f"select * from {{table}} where fingerprint = {braced(str(alert['fingerprint']))} "
        "order by window_end, as_of"
    )


def held_sql(alert: dict[str, Any]) -> str:
    return (
        f"select * from {{table}} where inhibited_by = {braced(str(alert['alert_id']))} "
        "order by severity, message, alert_id"
    )


def braced(text: str) -> str:
    """A literal inside of a query that is formatted once more."""
    return literal(text).replace("{", "{{").replace("}", "}}")


def count_again(
    project: Project, output: Output, alert: dict[str, Any]
) -> tuple[list[dict[str, Any]], str | None]:
    query = alert.get("reproduce_sql")
    if not query:
        return [], "There is no query for it."
    output.note("Counting it again from the log …")
    try:
        return records(project.warehouse.query(str(query))), None
    except QueryError as error:
        return [], str(error)


def show(found: Explained, output: Output) -> None:
    show_alert(found.alert, output, query=True)
    output.title("Counted again from the log")
    if found.problem is not None:
        output.say(f"  not possible: {clean(found.problem)}")
    for row in found.counted:
        told = ", ".join(f"{name} {shown(value)}" for name, value in row.items())
        output.say(f"  {clean(told)}")
    output.title(f"Its history: {len(found.history)} judgements")
    rows = [[row.get(name) for name in HISTORY] for row in found.history[-SHOWN_JUDGEMENTS:]]
    if rows:
        output.table(HISTORY, rows)
    if found.held_back:
        output.title(f"It speaks for {len(found.held_back)} others")
        for alert in found.held_back[:SHOWN_HELD]:
            output.say(f"  {clean(headline(alert))}")
        if len(found.held_back) > SHOWN_HELD:
            output.say(f"  … and {len(found.held_back) - SHOWN_HELD} more")


def as_json(found: Explained) -> dict[str, Any]:
    return {
        "alert": found.alert,
        "counted_again": found.counted,
        "problem": found.problem,
        "history": found.history,
        "speaks_for": [alert["alert_id"] for alert in found.held_back],
    }
