"""The command `export`: OTLP/JSON and OpenLineage, checked with their published schemas."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.protobuf.json_format import MessageToDict, Parse
from jsonschema import Draft202012Validator
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData

from model_monitor import __version__
from model_monitor.cli.parser import main
from model_monitor.delivery.openlineage import SCHEMAS as EMITTED
from model_monitor.delivery.openlineage import dataset_name, dataset_namespace
from model_monitor.findings.gauges import Gauge, gauges
from model_monitor.warehouse.artifacts import artifacts
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.postgres_driver import Postgres
from model_monitor.warehouse.settings import Settings, entered

from ..harness.observed_project import HOSTILE, SCHEMA, observed_project
from ..harness.openlineage_schemas import CORE, FACETS, RUN_EVENT, SCHEMAS, formats, mistakes

MISSING = object()
FIGURE = "run.facets.modelMonitor_figures.figures.0"
OTHER_FACET = {"_producer": "urn:x:y", "_schemaURL": "urn:x:y"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return observed_project(tmp_path_factory.mktemp("exports") / "project")


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


@pytest.fixture
def found(folder: Path) -> list[Gauge]:
    return gauges(artifacts(entered(Settings(folder)), writes=False))


def exported(folder: Path, kind: str, *more: str) -> list[Any]:
    file = folder / "out" / f"{kind}.jsonl"
    assert main(["export", f"--{kind}", str(file), "--project-dir", str(folder), *more]) == 0
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


# ---- OTLP ----------------------------------------------------------------------------------------


def test_otlp_is_what_its_schema_says(folder: Path, found: list[Gauge]) -> None:
    [content] = exported(folder, "otlp")
    # an unknown field, a wrong type or a wrong number is an error of the parser
    parsed = Parse(json.dumps(content), MetricsData())
    [resource] = parsed.resource_metrics
    about = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert about == {
        "service.name": "model_monitor",
        "service.version": __version__,
        "model_monitor.run_id": "5a5e2f0e-7a52-4c66-9d3a-9a3f1c8f2b22",
    }
    [scope] = resource.scope_metrics
    assert scope.scope.name == "model_monitor"
    assert [metric.name for metric in scope.metrics] == [
        each.name for each in found if each.samples
    ]
    for metric, gauge in zip(scope.metrics, [each for each in found if each.samples], strict=True):
        assert (metric.description, metric.unit) == (gauge.text, gauge.unit)
        shown = [
            (
                {each.key: each.value.string_value for each in point.attributes},
                getattr(point, point.WhichOneof("value")),
            )
            for point in metric.gauge.data_points
        ]
        assert shown == [(dict(sample.labels), sample.value) for sample in gauge.samples]
        # the end of the last run that finished
        assert {point.time_unix_nano for point in metric.gauge.data_points} == {
            1781938950 * 1_000_000_000
        }
    # nothing is lost on the way back
    assert json.loads(json.dumps(content)) == MessageToDict(parsed)


def test_the_parser_of_otlp_refuses_other_fields(folder: Path) -> None:
    [content] = exported(folder, "otlp")
    metric = content["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]
    for mistake in ({"labels": []}, {"gauge": {"dataPoints": [{"asDouble": "x"}]}}):
        changed = json.loads(json.dumps(content))
        changed["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0] = {**metric, **mistake}
        with pytest.raises(Exception, match=r"labels|asDouble|x"):
            Parse(json.dumps(changed), MetricsData())


# ---- OpenLineage ---------------------------------------------------------------------------------


def test_every_schema_is_valid_and_every_format_is_checked() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
    named = {name for schema in SCHEMAS.values() for name in format_names(schema)}
    assert named == {"uuid", "date-time", "uri"} == set(formats.checkers)


def format_names(schema: Any) -> set[str]:
    """The values of `format` in a schema."""
    if isinstance(schema, list):
        return {name for each in schema for name in format_names(each)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["format"]} if isinstance(schema.get("format"), str) else set()
    return own | format_names(list(schema.values()))


def test_events_name_the_schemas_that_check_them() -> None:
    assert EMITTED == FACETS


def test_openlineage_is_what_its_schema_says(folder: Path, found: list[Gauge]) -> None:
    started, completed = exported(folder, "openlineage", "--namespace", "shop")
    for event in (started, completed):
        assert mistakes(event) == []
        assert event["run"]["runId"] == "5a5e2f0e-7a52-4c66-9d3a-9a3f1c8f2b22"
        assert event["job"]["namespace"] == "shop"
        nominal = event["run"]["facets"]["nominalTime"]["nominalStartTime"]
        assert datetime.fromisoformat(nominal).isoformat() == "2026-06-20T07:00:00+00:00"
    assert [event["eventType"] for event in (started, completed)] == ["START", "COMPLETE"]
    assert started["eventTime"] < completed["eventTime"] == "2026-06-20T07:02:30.000000+00:00"
    facet = completed["run"]["facets"]["modelMonitor_figures"]
    assert facet["runNumber"] == 2
    assert facet["figures"] == [
        {"name": gauge.name, "labels": dict(sample.labels), "value": sample.value}
        for gauge in found
        for sample in gauge.samples
    ]
    assert HOSTILE in {figure["labels"]["monitor"] for figure in facet["figures"]}
    assert completed["run"]["facets"]["errorMessage"]["message"] == (
        "Not fully evaluated: loans › predictions: x cannot be read"
    )
    names = {each["name"] for each in completed["outputs"]}
    assert f"shop.{SCHEMA}.monitor_drift" in names
    assert {each["namespace"] for each in completed["outputs"]} == {
        f"duckdb://{folder / 'target' / 'shop.duckdb'}"
    }


@pytest.mark.parametrize(
    ("place", "value", "mistake"),
    [
        ("run.runId", "1", "'1' is not a 'uuid'"),
        ("run", MISSING, "'run' is a required property"),
        ("producer", MISSING, "'producer' is a required property"),
        ("producer", "model monitor", "'model monitor' is not a 'uri'"),
        ("producer", "model_monitor", "'model_monitor' is not a 'uri'"),
        ("schemaURL", f"{CORE}/JobEvent", f"schemaURL: {CORE}/JobEvent is not {RUN_EVENT}"),
        ("eventType", "DONE", "'DONE' is not one of"),
        ("eventTime", "2026-06-20T07:02:30", "is not a 'date-time'"),
        ("eventTime", "2026-06-31T07:02:30Z", "is not a 'date-time'"),
        ("finishedAt", "2026-06-20T07:02:30Z", "event: unknown field finishedAt"),
        ("job.name", MISSING, "'name' is a required property"),
        ("job.facets.jobType.integration", MISSING, "'integration' is a required property"),
        ("job.facets.nominalTime", OTHER_FACET, "no schema of a JobFacet"),
        ("outputs.0.namespace", None, "None is not of type 'string'"),
        ("run.facets.nominalTime._schemaURL", MISSING, "'_schemaURL' is a required property"),
        ("run.facets.nominalTime._schemaURL", f"{CORE}/RunFacet", "/$defs/RunFacet is not "),
        ("run.facets.nominalTime.nominalStartTime", "yesterday", "is not a 'date-time'"),
        ("run.facets.processing_engine.version", 1, "1 is not of type 'string'"),
        ("run.facets.processing_engine.engine", "x", "processing_engine: unknown field engine"),
        ("run.facets.errorMessage.message", MISSING, "'message' is a required property"),
        ("run.facets.modelMonitor_figures.runNumber", 0, "0 is less than the minimum of 1"),
        (f"{FIGURE}.value", "0.5", "'0.5' is not of type 'number'"),
        (f"{FIGURE}.labels.monitor", MISSING, "'monitor' is a required property"),
        (f"{FIGURE}.unit", "s", "('unit' was unexpected)"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_event_is_found(folder: Path, place: str, value: Any, mistake: str) -> None:
    _, completed = exported(folder, "openlineage")
    *parents, last = place.split(".")
    part: Any = completed
    for name in parents:
        part = part[int(name)] if isinstance(part, list) else part[name]
    if value is MISSING:
        del part[last]
    else:
        part[last] = value
    [found] = mistakes(completed)
    assert mistake in found


def test_a_run_without_a_uuid_gets_one(folder: Path, tmp_path: Path) -> None:
    other = observed_project(tmp_path / "project")
    with duckdb.connect(str(other / "target" / "shop.duckdb")) as connection:
        connection.execute(f"update {SCHEMA}.monitor_runs set run_id = 'r2', not_evaluated = null")
    for event in exported(other, "openlineage"):
        assert mistakes(event) == []
        assert event["run"]["runId"] == str(uuid.uuid5(uuid.NAMESPACE_URL, "r2"))
        assert "errorMessage" not in event["run"]["facets"]


def test_tables_are_named_as_those_of_dbt() -> None:
    assert dataset_name('"shop"."my ""odd"" schema"."t"') == 'shop.my "odd" schema.t'
    assert dataset_name("`results`.`a``b`") == "results.a`b"
    assert dataset_name("results.t") == "results.t"
    target = {
        "type": "postgres", "host": "db.example.com", "port": 5433, "user": "u", "password": "secret",
        "dbname": "d", "schema": "s",
    }  # fmt: skip
    assert dataset_namespace(Warehouse(Postgres(target))) == "postgres://db.example.com:5433"


# ---- the command ---------------------------------------------------------------------------------


def test_equal_tables_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    def written(name: str) -> list[bytes]:
        files = {
            kind: tmp_path / f"{name}.{kind}" for kind in ("prometheus", "otlp", "openlineage")
        }
        asked = [part for kind, file in files.items() for part in (f"--{kind}", str(file))]
        assert main(["export", *asked, "--project-dir", str(folder)]) == 0
        return [file.read_bytes() for file in files.values()]

    assert written("a") == written("b")


def test_files_are_named_from_here_and_counted(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    found: list[Gauge],
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [
        "export",
        "--otlp",
        "new/m.jsonl",
        "--prometheus",
        "m.prom",
        "--project-dir",
        str(folder),
    ]
    assert main([*asked, "--json"]) == 0
    monkeypatch.chdir(tmp_path)
    shown = json.loads(capsys.readouterr().out)
    assert shown == {
        "prometheus": str(tmp_path / "m.prom"),
        "otlp": str(tmp_path / "new" / "m.jsonl"),
        "series_count": sum(len(gauge.samples) for gauge in found),
        "left_out": {},
        "problems": {},
    }
    assert (tmp_path / "m.prom").is_file()
    assert main(asked) == 0
    assert f"({shown['series_count']} series)" in capsys.readouterr().out


def test_what_is_left_out_is_noted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = observed_project(tmp_path / "project")
    with duckdb.connect(str(other / "target" / "shop.duckdb")) as connection:
        connection.execute(f"alter table {SCHEMA}.monitor_profiles drop column p95")
        connection.execute(
            f"insert into {SCHEMA}.monitor_metrics by name select 'loans' as monitor, 'predictions' as log,"
            " 'live' as role, '(all)' as model_version, '(all)' as slice_name, '(all)' as slice_value,"
            " 'day' as window_name, timestamp '2026-06-20' as window_end, 'm' || i as metric, 0.5 as value"
            " from range(250) as n (i)"
        )
    [content] = exported(other, "otlp")
    noted = capsys.readouterr().err
    assert "model_monitor_metric: 51 series are left out" in noted
    assert "model_monitor_operation_p95 is left out: " in noted
    metrics = content["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    by_name = {metric["name"]: metric["gauge"]["dataPoints"] for metric in metrics}
    assert len(by_name["model_monitor_metric"]) == 200
    assert "model_monitor_operation_p95" not in by_name
    [left] = by_name["model_monitor_left_out_series"]
    assert left["asInt"] == "51"


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ([], 64, "export: no file is named. Valid: --prometheus FILE, --otlp FILE"),
        (["--otlp", "a", "--openlineage", "./a"], 64, "each format needs a file of its own"),
    ],
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], asked: list[str], code: int, said: str
) -> None:
    assert main(["export", *asked, "--project-dir", str(folder)]) == code
    assert said in capsys.readouterr().err


def test_before_the_first_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = observed_project(tmp_path / "project")
    with duckdb.connect(str(other / "target" / "shop.duckdb")) as connection:
        connection.execute(f"update {SCHEMA}.monitor_runs set finished_at = null")
    file = tmp_path / "m.jsonl"
    assert main(["export", "--otlp", str(file), "--project-dir", str(other)]) == 2
    assert "No run has finished yet. Next: model-monitor run" in capsys.readouterr().err
    assert not file.exists()
