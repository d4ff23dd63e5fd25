"""The last run as OpenLineage events, with the gauges as a facet of the run."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from model_monitor import __version__
from model_monitor.findings.gauges import Gauge
from model_monitor.findings.last_run import LastRun
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.engine import Adapter
from model_monitor.warehouse.read import Readable

JOB = "model_monitor.run"
NAMESPACE = "model_monitor"
PRODUCER = f"urn:dbt-model-monitor:{__version__}"
SPEC = "https://openlineage.io/spec"
CORE = f"{SPEC}/2-0-2/OpenLineage.json#/$defs"
# ModelMonitorFiguresRunFacet.json in this folder is the schema of our own facet. If it changes,
# raise the version there and here.
FIGURES = "urn:dbt-model-monitor:openlineage:1-0-0:ModelMonitorFiguresRunFacet"
SCHEMAS = {
    "nominalTime": f"{SPEC}/facets/1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet",
    "processing_engine": f"{SPEC}/facets/1-1-1/ProcessingEngineRunFacet.json#/$defs/"
    "ProcessingEngineRunFacet",
    "errorMessage": f"{SPEC}/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet",
    "jobType": f"{SPEC}/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
    "modelMonitor_figures": f"{FIGURES}#/$defs/ModelMonitorFiguresRunFacet",
}
PART = re.compile(r'"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|(\w+)')


def text(project: Readable, gauges: Sequence[Gauge], run: LastRun, namespace: str) -> str:
    """One event per line: the start, and the end with all facets."""
    about = {"job": job(namespace), "producer": PRODUCER, "schemaURL": f"{CORE}/RunEvent"}
    started = {
        "eventType": "START",
        "eventTime": stamp(run.started_at),
        "run": {"runId": run_id(run), "facets": times(run)},
        **about,
    }
    completed = {
        "eventType": "COMPLETE",
        "eventTime": stamp(run.finished_at),
        "run": {"runId": run_id(run), "facets": {**times(run), **facets(gauges, run)}},
        **about,
        "inputs": [],
        "outputs": outputs(project),
    }
    return "".join(
        json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n"
        for event in (started, completed)
    )


def job(namespace: str) -> dict[str, Any]:
    kind = {"processingType": "BATCH", "integration": "MODEL_MONITOR", "jobType": "JOB"}
    return {"namespace": namespace, "name": JOB, "facets": {"jobType": facet("jobType", kind)}}


def times(run: LastRun) -> dict[str, Any]:
    return {"nominalTime": facet("nominalTime", {"nominalStartTime": stamp(run.as_of)})}


def facets(gauges: Sequence[Gauge], run: LastRun) -> dict[str, Any]:
    figures = [
        {"name": gauge.name, "labels": dict(sample.labels), "value": sample.value}
        for gauge in gauges
        for sample in gauge.samples
    ]
    engine = {"name": "model_monitor", "version": __version__}
    found: dict[str, dict[str, Any]] = {
        "processing_engine": engine,
        "modelMonitor_figures": {"runNumber": run.run_number, "figures": figures},
    }
    if run.not_evaluated:
        found["errorMessage"] = {
            "message": f"Not fully evaluated: {run.not_evaluated}",
            "programmingLanguage": "SQL",
        }
    return {name: facet(name, fields) for name, fields in found.items()}


def facet(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": SCHEMAS[name], **fields}


def run_id(run: LastRun) -> str:
    """A UUID, as OpenLineage requires: the id of the run, which dbt made as one."""
    try:
        return str(uuid.UUID(run.run_id))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, run.run_id))


def stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat(timespec="microseconds")


# ---- the tables, named as OpenLineage names those of dbt -----------------------------------------


def outputs(project: Readable) -> list[dict[str, Any]]:
    """The result tables."""
    namespace = dataset_namespace(project.warehouse)
    names = sorted(name for name in project.names if name.startswith("monitor_"))
    relations = [project.relation(name) for name in names]
    return [
        {"namespace": namespace, "name": dataset_name(relation)}
        for relation in relations
        if relation is not None
    ]


def dataset_namespace(warehouse: Warehouse) -> str:
    if warehouse.file is not None:
        return f"duckdb://{warehouse.file}"
    engine = warehouse.engine
    if isinstance(engine, Adapter):
        host, port = (getattr(engine.credentials, name, None) for name in ("host", "port"))
    else:
        arguments = getattr(engine, "arguments", {})
        host, port = arguments.get("host"), arguments.get("port")
    place = ":".join(str(part) for part in (host, port) if part)
    return f"{warehouse.adapter_type}://{place}"


def dataset_name(relation: str) -> str:
    """The parts of a relation, without quotes."""
    parts = [
        (double or backtick or plain).replace('""', '"').replace("``", "`")
        for double, backtick, plain in PART.findall(relation)
    ]
    return ".".join(parts)
