"""The gauges as OTLP/JSON: one line of MetricsData, as an OpenTelemetry collector reads files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor import __version__
from model_monitor.findings.gauges import Gauge, Sample, seconds
from model_monitor.findings.last_run import LastRun

NAME = "model_monitor"


def text(gauges: Sequence[Gauge], run: LastRun) -> str:
    """All points have the end of the run as their time, so equal tables give equal bytes."""
    return json.dumps(metrics_data(gauges, run), ensure_ascii=False, allow_nan=False) + "\n"


def metrics_data(gauges: Sequence[Gauge], run: LastRun) -> dict[str, Any]:
    # 64-bit integers are texts in the JSON of protobuf
    moment = str(round(seconds(run.finished_at) * 1_000_000) * 1_000)
    metrics = [
        {
            "name": gauge.name,
            "description": gauge.text,
            "unit": gauge.unit,
            "gauge": {"dataPoints": [point(sample, moment) for sample in gauge.samples]},
        }
        for gauge in gauges
        if gauge.problem is None and gauge.samples
    ]
    about = {"service.name": NAME, "service.version": __version__, f"{NAME}.run_id": run.run_id}
    scope = {"name": NAME, "version": __version__}
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": attributes(about)},
                "scopeMetrics": [{"scope": scope, "metrics": metrics}],
            }
        ]
    }


def point(sample: Sample, moment: str) -> dict[str, Any]:
    value = sample.value
    is_whole = isinstance(value, int)
    shown: dict[str, Any] = {"asInt": str(value)} if is_whole else {"asDouble": value}
    return {"attributes": attributes(sample.labels), "timeUnixNano": moment, **shown}


def attributes(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in labels.items()]
