"""The gauges of `model-monitor run --prometheus`, for whoever has no access to the warehouse."""

from __future__ import annotations

from parts import (
    GREEN,
    NONE_IS_GREEN,
    ORANGE,
    PROMETHEUS,
    RED,
    SEVERITY,
    Dashboard,
    Json,
    Panel,
    Row,
    coloured,
    expressed,
    limits,
    lines,
    source,
    stat,
    table,
)

MONITOR = 'monitor=~"$monitor"'


def on(gauge: str, more: str = "") -> str:
    """The series of a gauge for the chosen monitors."""
    return f"model_monitor_{gauge}{{{MONITOR}{more}}}"


def number(title: str, text: str, expression: str, colours: Json, unit: str = "none") -> Panel:
    return stat(title, text, expressed(expression, now=True), colours, unit)


def drawn(
    title: str, text: str, expression: str, legend: str, unit: str = "short", width: int = 12
) -> Panel:
    return lines(title, text, [expressed(expression, legend)], unit, width)


def listed(title: str, text: str, expression: str, hidden: tuple[str, ...]) -> Panel:
    """The labels of series as columns, without those that say where they were scraped."""
    unwanted = dict.fromkeys(("Time", "Value", "__name__", "instance", "job", *hidden), True)
    organized = {
        "id": "organize",
        "options": {"excludeByName": unwanted, "indexByName": {}, "renameByName": {}},
    }
    overrides = [coloured("severity", SEVERITY)]
    return table(title, text, expressed(expression, now=True), 12, 8, overrides, [organized])


CRITICAL = on("open_incidents", ',severity="critical"')
OTHERS = on("open_incidents", ',severity!="critical"')
RETRAIN = on("retraining", ',recommended_action="retrain"')
FROM_REFERENCE = on("psi", ',baseline="reference"')
NOW = [
    number(
        "Critical incidents",
        "Open critical incidents.",
        f"sum({CRITICAL})",
        NONE_IS_GREEN,
    ),
    number(
        "Other open incidents",
        "Open incidents below critical.",
        f"sum({OTHERS})",
        limits((None, GREEN), (1, ORANGE)),
    ),
    number(
        "Oldest complete run",
        "Time since the last run that evaluated every log, for the monitor that waits longest.",
        f"time() - min({on('last_success_timestamp_seconds')})",
        limits((None, GREEN), (26 * 3600, ORANGE), (50 * 3600, RED)),
        "s",
    ),
    number(
        "Largest delay of a log",
        "How far the latest row of a log was behind the last run.",
        f"max({on('watermark_lag_seconds')})",
        limits((None, GREEN), (6 * 3600, ORANGE), (26 * 3600, RED)),
        "s",
    ),
    number(
        "Notifications not delivered",
        "Those that failed and are not delivered yet, or that the receiver refused.",
        f"sum({on('delivery_failures')})",
        NONE_IS_GREEN,
    ),
    number(
        "Retraining due",
        "Models that are due. 0 if none is.",
        f"count({RETRAIN}) or vector(0)",
        limits((None, GREEN), (1, ORANGE)),
    ),
    listed("Open incidents", "One row per incident.", on("incident"), ("incident_id",)),
    listed("Retraining", "One row per model that is due.", on("retraining"), ()),
]
DRIFT = [
    drawn(
        "Subjects that are farthest from their reference",
        "PSI of the latest window, the ten largest.",
        f"topk(10, {FROM_REFERENCE})",
        "{{monitor}} {{log}} {{subject}}",
    ),
    drawn(
        "Subjects that have drifted",
        "Large, real and unusual, by log and baseline.",
        f"sum by (monitor, log, baseline) ({on('drifted')})",
        "{{monitor}} {{log}} {{baseline}}",
    ),
    drawn(
        "Share of drifted subjects",
        "In the latest window.",
        on("drifted_share"),
        "{{monitor}} {{log}} {{baseline}}",
        "percentunit",
    ),
    drawn("Scores", "Mean of a score.", on("score_mean"), "{{monitor}} {{subject}}"),
]
SERVICE = [
    drawn("Predictions", "Rows of the latest window.", on("rows"), "{{monitor}}"),
    drawn(
        "Performance",
        "The primary figure, once its labels are final.",
        on("performance"),
        "{{monitor}}",
    ),
    drawn(
        "Latency and other operations",
        "95th percentile, in its own unit.",
        on("operation_p95"),
        "{{monitor}} {{subject}}",
    ),
    drawn(
        "Errors, timeouts, fallbacks",
        "Share of rows for which the operation is true.",
        on("operation_rate"),
        "{{monitor}} {{subject}}",
        "percentunit",
    ),
    drawn(
        "Metrics",
        "Metrics of the configuration.",
        on("metric", ',metric!="volume"'),
        "{{monitor}} {{log}} {{metric}}",
    ),
    drawn(
        "End of the latest window",
        "Time since its end: it grows while no newer window is complete.",
        f"time() - {on('window_end_timestamp_seconds')}",
        "{{monitor}}",
        "s",
    ),
    drawn(
        "Delay of the logs",
        "How far the latest row of a log was behind the last run.",
        on("watermark_lag_seconds"),
        "{{monitor}} {{log}}",
        "s",
    ),
    drawn(
        "Series that are not shown",
        "A gauge has 200 series per monitor. Empty if none is left out.",
        on("left_out_series"),
        "{{monitor}} {{gauge}}",
    ),
]
VARIABLE = {
    "name": "monitor", "label": "Monitor", "type": "query", "datasource": source(PROMETHEUS),
    "query": "label_values(model_monitor_open_incidents, monitor)",
    "refresh": 2, "sort": 1, "hide": 0, "regex": "", "multi": True, "includeAll": True,
    "options": [], "current": {"text": ["All"], "value": ["$__all"]},
}  # fmt: skip

DASHBOARD = Dashboard(
    "model-monitor-prometheus",
    "model_monitor: gauges",
    "The gauges of model-monitor run --prometheus: incidents, drift, performance, operations.",
    "now-30d",
    PROMETHEUS,
    [VARIABLE],
    [
        Row("Now", NOW),
        Row("Drift", DRIFT),
        Row("Models and what surrounds them", SERVICE),
    ],
)
