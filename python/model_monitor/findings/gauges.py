"""The figures that other monitoring systems read: Prometheus, OpenTelemetry and OpenLineage.

Every exporter shows these gauges, so a figure is the same everywhere. Each is a SELECT on public
tables: all rows of all live versions, in the latest window. Their number is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from model_monitor.errors import QueryError
from model_monitor.findings.measures import MEASURES, Measure
from model_monitor.findings.retraining import DUE
from model_monitor.findings.tables import is_suppressed, open_alerts
from model_monitor.severity import SEVERITIES
from model_monitor.warehouse.read import Readable, read, records
from model_monitor.warehouse.rows import Row

# The most series of one gauge and one monitor.
MOST_SERIES = 200
OPEN = "model_monitor_open_incidents"
EACH = "model_monitor_incident"
TRAINING = "model_monitor_retraining"
LEFT_OUT = "model_monitor_left_out_series"
INCIDENT_LABELS = (
    "monitor", "severity", "model_version", "log", "subject", "metric", "slice_name", "slice_value",
    "recommended_action", "owner", "incident_id",
)  # fmt: skip
TRAINING_LABELS = ("monitor", "model_version", "kind", "recommended_action")
DUE_SQL = f"select monitor, model_version, kind, recommended_action from {{table}}{DUE}"


@dataclass(frozen=True)
class Sample:
    """One series and its value."""

    labels: Mapping[str, str]
    value: int | float


@dataclass(frozen=True)
class Gauge:
    """A figure, with one sample per series."""

    name: str
    text: str
    unit: str  # in UCUM, as OpenTelemetry has it; 1 is a share or a plain number
    samples: Sequence[Sample] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)  # series beyond the limit, by monitor
    problem: str | None = None  # why the warehouse refused the query


def gauges(
    project: Readable,
    alerts: Sequence[Row] | None = None,
    monitors: Iterable[str] = (),
    due: Sequence[Row] | None = None,
) -> list[Gauge]:
    """Every gauge whose tables exist. Open alerts and due retraining are read if not given."""
    found = (open_alerts(project) or []) if alerts is None else alerts
    requested = records(read(project, "monitor_triggers", DUE_SQL)) if due is None else due
    known = Relations(project)
    shown = [gauge for gauge in (measured(known, each) for each in MEASURES) if gauge is not None]
    names = {sample.labels["monitor"] for gauge in shown for sample in gauge.samples}
    everything = [*incident_gauges(found, {*monitors, *names}, requested), *shown]
    return [*everything, *left_out(everything)]


class Relations:
    """The result tables that exist."""

    def __init__(self, project: Readable) -> None:
        self.project = project
        self._known: dict[str, str | None] = {}

    def of(self, names: Sequence[str]) -> dict[str, str] | None:
        """The relations of these tables; None if one is missing."""
        for name in names:
            if name not in self._known:
                relation = self.project.relation(name)
                exists = relation is not None and self.project.warehouse.exists(relation)
                self._known[name] = relation if exists else None
        found = {name: relation for name in names if (relation := self._known[name]) is not None}
        return found if len(found) == len(names) else None


def measured(known: Relations, measure: Measure) -> Gauge | None:
    """The gauge of a measure; None if one of its tables does not exist."""
    relations = known.of(measure.tables)
    if relations is None:
        return None
    about = (measure.name, measure.text, measure.unit)
    sql = measure.sql
    for name, relation in relations.items():
        sql = sql.replace("{" + name + "}", relation)
    try:
        rows = known.project.warehouse.rows(sql.strip())
    except QueryError as error:
        # tables of another version: the other gauges are still true
        return Gauge(*about, problem=str(error).splitlines()[0])
    return bounded(*about, [(labelled(row, measure.labels), number(row)) for row in rows])


def number(row: Mapping[str, Any]) -> int | float:
    """The value of a row: a number, a time in seconds, or the seconds between two times."""
    value, earlier = row["value"], row.get("earlier")
    if isinstance(value, datetime):
        return seconds(value) if earlier is None else (value - earlier).total_seconds()
    return value if isinstance(value, int | float) else float(value)


def seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


def labelled(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Those of these labels that are set; `window_name` is the label window."""
    return {
        name.removesuffix("_name") if name == "window_name" else name: str(row[name])
        for name in names
        if row.get(name) is not None
    }


def bounded(
    name: str, text: str, unit: str, rows: Sequence[tuple[dict[str, str], int | float]]
) -> Gauge:
    """At most so many series per monitor: the first ones, in a stable order."""
    kept: dict[tuple[tuple[str, str], ...], Sample] = {}
    counts: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for labels, value in rows:
        key = tuple(labels.items())
        monitor = labels["monitor"]
        if key in kept:
            continue
        if counts[monitor] == MOST_SERIES:
            left[monitor] += 1
            continue
        counts[monitor] += 1
        kept[key] = Sample(labels, value)
    return Gauge(name, text, unit, [kept[key] for key in sorted(kept)], dict(sorted(left.items())))


# ---- incidents and retraining --------------------------------------------------------------------


def incident_gauges(
    alerts: Sequence[Row], monitors: Iterable[str], requested: Sequence[Row]
) -> list[Gauge]:
    """Counts of open incidents that are not suppressed (0 included), each of these incidents, and
    the models that are due for retraining."""
    active = [alert for alert in alerts if not is_suppressed(dict(alert))]
    counts = Counter((str(alert["monitor"]), str(alert["severity"])) for alert in active)
    names = sorted({*monitors, *(monitor for monitor, _ in counts)})
    totals = [
        Sample({"monitor": name, "severity": severity}, counts[name, severity])
        for name in names
        for severity in SEVERITIES
    ]
    each = [(labelled(alert, INCIDENT_LABELS), 1) for alert in active]
    due = [(labelled(trigger, TRAINING_LABELS), 1) for trigger in requested]
    return [
        Gauge(OPEN, "Open incidents by severity.", "{incident}", totals),
        bounded(EACH, "An open incident: 1 while it is open.", "1", each),
        bounded(TRAINING, "A model that is due for retraining: 1 while it is due.", "1", due),
    ]


def left_out(found: Sequence[Gauge]) -> list[Gauge]:
    """How many series are not shown, if any."""
    samples = [
        Sample({"monitor": monitor, "gauge": gauge.name}, count)
        for gauge in found
        for monitor, count in gauge.left_out.items()
    ]
    text = f"Series that are not shown, because a gauge has {MOST_SERIES} series per monitor."
    return [Gauge(LEFT_OUT, text, "{series}", samples)] if samples else []
