"""One monitor on a log of forty days, and thirteen figures of it by the queries of a stranger.

Those who read the same figures by another door compare them with `by_sql`, digit by digit.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from .project_harness import ROOT, Project

DAYS, ROWS = 40, 120
AS_OF = "2026-03-13 06:00:00"
# From the 21st day on most rows are of v2, and from the 36th day on x is shifted. The time of a row is
# exact, its score is not.
LOG = f"""
select
    'p' || i as id,
    timestamp '2026-02-01' + i * interval '12 minutes' as scored_at,
    timestamp '2026-02-01' + i * interval '12 minutes' + interval '90 seconds' as loaded_at,
    case when i < 20 * {ROWS} or i % 5 = 0 then 'v1' else 'v2' end as version,
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


def built(folder: Path) -> Project:
    """The whole job on the log, then the exporters."""
    project = Project(folder / "shop", [MONITOR], {"log": LOG})
    command(
        project.folder, "run", "--as-of", AS_OF, "--fail-on", "none", "--prometheus", "run.prom"
    )
    files = ("--prometheus", "m.prom", "--otlp", "m.otlp.jsonl", "--openlineage", "m.ol.jsonl")
    command(project.folder, "export", *files)
    return project


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
