"""One truth: ten figures of a built project by SQL, Prometheus, OTLP, OpenLineage and Python.

They are compared as they are written, digit by digit, after the whole job on a real log.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import model_monitor as mm
from model_monitor.results import Results

from ..harness.notebooks import executed
from ..harness.project_harness import ROOT, Project

DAYS, ROWS = 40, 120
AS_OF = "2026-03-13 06:00:00"
# from the 36th day on x is shifted; the time of a row is exact, its score is not
LOG = f"""
select
    'p' || i as id,
    timestamp '2026-02-01' + i * interval '12 minutes' as scored_at,
    timestamp '2026-02-01' + i * interval '12 minutes' + interval '90 seconds' as loaded_at,
    'v1' as version,
    0.02 + 0.9 * (hash(i) % 1000) / 1000.0 as p,
    (hash(i + 7) % 10007) / 1009.0 + case when i >= 35 * {ROWS} then 4 else 0 end as x,
    ['a', 'b', 'c'][1 + cast(hash(i + 3) % 3 as bigint)] as c,
    20 + (hash(i + 11) % 4001) / 37.0 as latency_ms,
    i % 61 = 0 as is_error,
    (hash(i + 13) % 1000) / 1000.0 < 0.02 + 0.9 * (hash(i) % 1000) / 1000.0 as bought
from range({DAYS * ROWS}) as rows (i)
"""
MONITOR: dict[str, Any] = {
    "name": "offers",
    "problem": "binary",
    "owner": "growth",
    "predictions": {
        "source": ["logs", "log"], "time": "scored_at", "loaded_at": "loaded_at", "id": "id",
        "version": "version", "label": "bought",
    },
    "scores": {"p": {"outcome": "label", "threshold": 0.5}},
    "features": {"x": {"importance": 0.6}, "c": {"type": "categorical"}},
    "operations": {"latency_ms": {}, "is_error": {"type": "boolean"}},
    "metrics": {"error_rate": {"numerator": "is_error", "layer": "operations"}},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 50, "min_cell": 5},
}  # fmt: skip

# name, labels besides the monitor, and the query of somebody who has never seen the exporters
DAY = "window_name = 'day' and model_version = '(all)' and slice_name = '(all)' and role = 'live'"
LAST = f"{DAY} and window_end = (select max(window_end) from monitor_health)"
X = {"log": "predictions", "subject": "x", "baseline": "last_week", "window": "day"}
FIGURES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("psi", X, f"select psi from monitor_drift where {LAST} and subject = 'x' and baseline = 'last_week'"),
    ("drifted", X, f"select (status = 'drifted')::int from monitor_drift where {LAST} and subject = 'x' and baseline = 'last_week'"),
    ("drifted_share", {"log": "predictions", "baseline": "last_week"},
        f"select drifted_share from monitor_dataset where {LAST} and baseline = 'last_week'"),
    ("rows", {}, "select row_count from monitor_health where model_version = '(all)'"),
    ("performance", {}, "select performance from monitor_health where model_version = '(all)'"),
    ("score_mean", {"log": "predictions", "subject": "p"},
        f"select mean from monitor_profiles where {LAST} and subject = 'p'"),
    ("operation_p95", {"log": "predictions", "subject": "latency_ms"},
        f"select p95 from monitor_profiles where {LAST} and subject = 'latency_ms'"),
    ("operation_rate", {"log": "predictions", "subject": "is_error"},
        f"select mean from monitor_profiles where {LAST} and subject = 'is_error'"),
    ("metric", {"log": "predictions", "metric": "error_rate"},
        f"select value from monitor_metrics where {LAST} and metric = 'error_rate'"),
    ("open_incidents", {"severity": "warn"},
        "select count(*) from monitor_incidents where state in ('firing', 'acknowledged') and severity = 'warn'"
        " and inhibited_by is null and silenced_by is null and nature <> 'expected'"),
    ("open_incidents", {"severity": "critical"},
        "select count(*) from monitor_incidents where state in ('firing', 'acknowledged') and severity = 'critical'"
        " and inhibited_by is null and silenced_by is null and nature <> 'expected'"),
    ("last_success_timestamp_seconds", {}, "select epoch(max(finished_at)) from monitor_runs where status = 'finished'"),
    ("watermark_lag_seconds", {"log": "predictions"},
        "select epoch(as_of - loaded_through) from monitor_watermarks where log = 'predictions'"),
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole job on a log, then the exporters."""
    project = Project(tmp_path_factory.mktemp("figures") / "shop", [MONITOR], {"log": LOG})
    folder = project.folder
    command(folder, "run", "--as-of", AS_OF, "--fail-on", "none", "--prometheus", "run.prom")
    files = ("--prometheus", "m.prom", "--otlp", "m.otlp.jsonl", "--openlineage", "m.ol.jsonl")
    command(folder, "export", *files)
    return folder


def command(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "model_monitor", *arguments], cwd=folder, capture_output=True,
        text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), "DBT_PROFILES_DIR": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    # of objects that are still there when Python ends
    assert "leaked" not in done.stderr


def by_sql(folder: Path) -> list[str]:
    with duckdb.connect(str(folder / "target" / "shop.duckdb"), read_only=True) as connection:
        connection.execute("set schema 'main_model_monitor'")
        found = [connection.execute(sql).fetchall() for _, _, sql in FIGURES]
    for (name, _, sql), rows in zip(FIGURES, found, strict=True):
        assert len(rows) == 1, (name, sql, rows)
    return [digits(rows[0][0]) for rows in found]


def digits(value: Any) -> str:
    """All of them: two numbers that differ in the last bit differ here."""
    assert value is not None
    return repr(float(value))


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
    _, completed = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
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
