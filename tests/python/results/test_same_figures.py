"""One truth: the figures of a built project by SQL, Prometheus, OTLP, OpenLineage and Python.

MetricFlow is in test_metricflow, on the same project. They are compared digit by digit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import model_monitor as mm
from model_monitor.results import Results

from ..harness import figures_project
from ..harness.figures_project import FIGURES, ROWS, by_sql, command, digits
from ..harness.notebooks import executed
from ..harness.openlineage_schemas import mistakes
from ..harness.project_harness import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return figures_project.built(tmp_path_factory.mktemp("figures")).folder


def series(name: str, labels: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"model_monitor_{name}", frozenset({"monitor": "offers", **labels}.items())


def in_order(found: Mapping[Any, str]) -> list[str]:
    return [found[series(name, labels)] for name, labels, _ in FIGURES]


def by_prometheus(file: Path) -> list[str]:
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line).groups()  # type: ignore[union-attr]
            found[name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels))] = digits(value)
    return in_order(found)


def by_otlp(file: Path) -> list[str]:
    found = {}
    content = json.loads(file.read_text(encoding="utf-8"))
    for metric in content["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]:
        for point in metric["gauge"]["dataPoints"]:
            labels = frozenset(
                (each["key"], each["value"]["stringValue"]) for each in point["attributes"]
            )
            found[metric["name"], labels] = digits(point.get("asDouble", point.get("asInt")))
    return in_order(found)


def by_openlineage(file: Path) -> list[str]:
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [mistakes(event) for event in events] == [[], []]
    completed = events[1]
    figures = completed["run"]["facets"]["modelMonitor_figures"]["figures"]
    return in_order(
        {
            (each["name"], frozenset(each["labels"].items())): digits(each["value"])
            for each in figures
        }
    )


def by_python(m: Results) -> list[str]:
    def overall(frame: pd.DataFrame) -> pd.DataFrame:
        last = m.table("monitor_health")["window_end"].max()
        keys = {
            "window_name": "day",
            "model_version": "(all)",
            "slice_name": "(all)",
            "window_end": last,
        }
        for name, value in keys.items():
            frame = frame[frame[name] == value]
        return frame

    def only(frame: pd.DataFrame, column: str) -> str:
        assert len(frame) == 1
        return digits(frame[column].iloc[0])

    x = overall(m.drift(monitor="offers", subject="x", baseline="last_week"))
    dataset = overall(m.table("monitor_dataset", monitor="offers"))
    health = m.table("monitor_health").query("model_version == '(all)'")
    profiles = {
        name: overall(m.table("monitor_profiles", monitor="offers", subject=name))
        for name in ("p", "latency_ms", "is_error")
    }
    metrics = overall(m.table("monitor_metrics", monitor="offers"))
    incidents = m.incidents(state="open")
    incidents = incidents[
        incidents["inhibited_by"].isna()
        & incidents["silenced_by"].isna()
        & (incidents["nature"] != "expected")
    ]
    finished = m.table("monitor_runs")["finished_at"].max()
    watermarks = m.table("monitor_watermarks").query("log == 'predictions'")
    lag = watermarks["as_of"].iloc[0] - watermarks["loaded_through"].iloc[0]
    return [
        only(x, "psi"),
        digits((x["status"] == "drifted").sum()),
        only(dataset[dataset["baseline"] == "last_week"], "drifted_share"),
        only(health, "row_count"),
        only(health, "performance"),
        only(profiles["p"], "mean"),
        only(profiles["latency_ms"], "p95"),
        only(profiles["is_error"], "mean"),
        only(metrics[metrics["metric"] == "error_rate"], "value"),
        digits((incidents["severity"] == "warn").sum()),
        digits((incidents["severity"] == "critical").sum()),
        digits(finished.timestamp()),
        digits(lag.total_seconds()),
    ]


@pytest.mark.slow
def test_the_same_figures_by_every_door(built: Path) -> None:
    figures = by_sql(built)
    assert by_prometheus(built / "run.prom") == figures
    assert by_prometheus(built / "m.prom") == figures
    assert by_otlp(built / "m.otlp.jsonl") == figures
    assert by_openlineage(built / "m.ol.jsonl") == figures
    with mm.open(built) as m:
        assert by_python(m) == figures
    # they are figures of something: drift was found, and most have many digits
    assert sum(len(each) > 8 for each in figures) >= 6
    named = {
        (name, *labels.values()): each
        for (name, labels, _), each in zip(FIGURES, figures, strict=True)
    }
    assert named["rows",] == f"{ROWS}.0"
    assert float(named["open_incidents", "warn"]) + float(named["open_incidents", "critical"]) > 0
    assert float(named["operation_rate", "predictions", "is_error"]) > 0


@pytest.mark.slow
def test_run_and_export_write_the_same_file(built: Path) -> None:
    assert (built / "run.prom").read_bytes() == (built / "m.prom").read_bytes()


@pytest.mark.slow
def test_the_notebook_on_a_built_project(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_MONITOR_PROJECT", str(built))
    shown = executed(ROOT / "examples" / "notebook" / "model_monitor.ipynb")
    monitors, *frames = shown
    assert monitors == ["offers"]
    assert all(isinstance(frame, pd.DataFrame) and len(frame) > 0 for frame in frames)
    incidents, by_subject = frames[:2]
    assert "offers: x" in " ".join(incidents["message"])
    assert by_subject["largest_psi"].idxmax() == "x"


@pytest.mark.slow
def test_with_dbt_the_figures_are_the_same(built: Path, here: Path) -> None:
    """Where the manifest does not say enough, dbt reads the project: for frames if asked to."""
    figures = by_sql(built)
    with mm.open(built, profiles_dir=built, start_dbt=True) as m:
        assert by_python(m) == figures
    (built / "target" / "manifest.json").rename(built / "kept.json")
    command(built, "export", "--openlineage", "dbt.jsonl", "--prometheus", "dbt.prom")
    assert (built / "dbt.prom").read_bytes() == (built / "m.prom").read_bytes()
    assert (built / "dbt.jsonl").read_bytes() == (built / "m.ol.jsonl").read_bytes()
