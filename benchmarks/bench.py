"""What monitoring costs, beside the floor: the best hand-written scan of the same log.

    make bench                                # the full table: 5 million rows, 20 features
    make bench BENCH="--rows 500000 --runs 1" # a quick look

Everything is measured in one run on one machine; the page says ratios, for seconds differ by
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[1]
THREADS = 2
START = "2026-01-01"
SLICES = {"s1": 3, "s2": 10, "s3": 20}  # how many values each has: s1 has s10, s11 and s12
SCHEMA = "main_model_monitor"
# folders of models, from signals to retraining
ALERTING = {"signals", "judgements", "alerts", "delivery", "retraining"}
SEGMENTS = {
    "int_monitor__comparisons_to_segment", "int_monitor__segment_bins",
    "int_monitor__segment_values",
    "int_monitor__segment_effects", "monitor_segments",
}  # fmt: skip
# the same for dbt, with what else reads alerts
WITHOUT_ALERTING = (
    *(f"model_monitor.{folder}" for folder in sorted(ALERTING)), *sorted(SEGMENTS),
    "monitor_health",
)  # fmt: skip
SIZED = ("int_monitor__bins", "int_monitor__window_bins", "monitor_drift", "monitor_profiles")


def features(count: int) -> list[str]:
    return [f"f{number}" for number in range(count)]


def slices() -> str:
    """The value of each slice column in the row `i`."""
    return ", ".join(
        f"'{name}' || (hash(i + {k}) % {values}) as {name}"
        for k, (name, values) in enumerate(SLICES.items(), start=1)
    )


def slice_values() -> list[tuple[str, str]]:
    return [(name, f"{name}{n}") for name, values in SLICES.items() for n in range(values)]


def write_log(database: Path, rows: int, days: int, count: int) -> None:
    """`rows` rows over `days` days in order of time, two versions, slices of 3, 10, 20 values."""
    columns = ", ".join(
        f"(hash(i * {k + 1} + {k}) % 1000003) / 1000003.0"
        f" + (hash(i * {k + 1} + {k + 7}) % 1000003) / 1000003.0 as {name}"
        for k, name in enumerate(features(count))
    )
    keys = "case when hash(i) % 3 = 0 then 'v1' else 'v2' end as version, " + slices()
    step = days * 86_400_000_000 // max(rows, 1)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute("create schema logs")
        connection.execute(
            "create table logs.predictions as select"
            f" timestamp '{START}' + to_microseconds(i * {step}) as served_at,"
            f" {keys}, {columns} from range({rows}) as r(i)"
        )
        connection.execute(
            f"create table logs.training as select {keys}, {columns} from range(50000) as r(i)"
        )


def floor_query(count: int) -> str:
    """One scan: what any histogram by day and version has to read and count."""
    edges = "[" + ", ".join(str(number * 0.05) for number in range(1, 40)) + "]"
    parts = ", ".join(
        f"histogram({name}, {edges}), sum({name}), sum({name} * {name})" for name in features(count)
    )
    return (
        "create or replace temp table scanned as select date_trunc('day', served_at) as day,"
        f" version, count(*), {parts} from logs.predictions group by day, version"
    )


def write_project(folder: Path, database: Path, count: int) -> None:
    monitor: dict[str, Any] = {
        "name": "bench",
        "problem": "regression",
        "predictions": {
            "source": ["logs", "predictions"],
            "time": "served_at",
            "version": "version",
        },
        "features": features(count),
        "slices": ["s1", "s2", "s3", ["s1", "s2"]],
        "windows": ["hour", "day", "7d", "30d"],
        "reference": {"source": ["logs", "training"]},
    }
    install(folder, database, [monitor])


def install(
    folder: Path,
    database: Path,
    monitors: list[dict[str, Any]],
    policy: dict[str, Any] | None = None,
    sources: tuple[str, ...] = ("logs.predictions", "logs.training"),
    memory: str = "5GB",
    models_at_once: int = THREADS,
) -> None:
    """A project with the package and these monitors, on tables that are there: schema.table."""
    schemas = {source.split(".")[0] for source in sources}
    declared = [
        {
            "name": schema,
            "tables": [{"name": s.split(".")[1]} for s in sources if s.startswith(f"{schema}.")],
        }
        for schema in sorted(schemas)
    ]
    files: dict[str, Any] = {
        "dbt_project.yml": {
            "name": "bench",
            "profile": "bench",
            "vars": {
                "model_monitor": {"monitors": monitors, **({"policy": policy} if policy else {})}
            },
            "flags": {"send_anonymous_usage_stats": False},
        },
        "profiles.yml": {
            "bench": {
                "target": "duckdb",
                "outputs": {
                    "duckdb": {
                        "type": "duckdb",
                        "path": str(database),
                        "threads": models_at_once,
                        "config_options": {
                            "memory_limit": memory,
                            "threads": THREADS,
                            "preserve_insertion_order": False,
                        },
                    }
                },
            }
        },
        "models/sources.yml": {"version": 2, "sources": declared},
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False))
    package = folder / "dbt_packages" / "model_monitor"
    package.mkdir(parents=True)
    for name in ("macros", "models", "seeds", "analyses"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, package / name)
    shutil.copy(ROOT / "dbt_project.yml", package)


# The program of dbt to use instead of the installed one.
OTHER_DBT = "MODEL_MONITOR_BENCH_DBT"
# Starts a command and writes how it ended and what it took. On Linux a process begins with the peak
# memory of the one that starts it, here of one that has written a log: so something small does.
STARTER = """
import os, sys
told, *command = sys.argv[1:]
_, status, usage = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
with open(told, "w") as file:
    print(status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2, file=file)
"""


def started(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> tuple[int, float, float]:
    """The status in which a command ended, its seconds of CPU and its peak memory in GiB."""
    with tempfile.NamedTemporaryFile("r") as told:
        starter = [sys.executable, "-I", "-S", "-c", STARTER, told.name, *command]
        subprocess.run(starter, cwd=folder, env=environment, check=True)
        status, cpu_seconds, peak_gib = told.read().split()
    return int(status), float(cpu_seconds), float(peak_gib)


class Dbt:
    """One command of dbt in a process of its own: seconds, seconds of CPU, peak memory."""

    def __init__(
        self,
        folder: Path,
        *command: str,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # importing dbt.cli imports dbt.cli.main: Python says so each time
        installed = [python, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main"]
        other = os.environ.get(OTHER_DBT)
        asked = [
            *(installed if other is None else [other]),
            "--quiet", "--log-format-file", "json", *command,
            "--project-dir", str(folder), "--profiles-dir", str(folder),
        ]  # fmt: skip
        own = {**os.environ, "DO_NOT_TRACK": "1", **(environment or {})}
        before = time.perf_counter()
        status, self.cpu_seconds, self.peak_gib = started(asked, folder, own)
        self.seconds = time.perf_counter() - before
        if status:
            raise SystemExit(f"dbt {command[0]} failed: {folder}")


def judged_at(as_of: str) -> tuple[str, str]:
    return ("--vars", json.dumps({"as_of": as_of}))


class Build(Dbt):
    """One `dbt build`, and seconds per model."""

    def __init__(
        self,
        folder: Path,
        as_of: str = "2026-03-01",
        selection: tuple[str, ...] = (),
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
        without: tuple[str, ...] = (),
    ) -> None:
        tests = ("--exclude", "resource_type:test", "resource_type:unit_test", *without)
        asked = ("build", *tests, *selection, *judged_at(as_of))
        super().__init__(folder, *asked, python=python, environment=environment)
        results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
        self.models = {
            result["unique_id"].rsplit(".", 1)[-1]: float(result["execution_time"])
            for result in results
        }
        nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"]
        self.alerting = {
            result["unique_id"].rsplit(".", 1)[-1]: float(result["execution_time"])
            for result in results
            if nodes[result["unique_id"]]["name"] in SEGMENTS
            or ALERTING & set(Path(nodes[result["unique_id"]]["original_file_path"]).parts)
        }
        self.alerting_share = sum(self.alerting.values()) / sum(self.models.values())


def fresh(work: Path, template: Path, count: int) -> Path:
    folder = Path(tempfile.mkdtemp(dir=work))
    shutil.copy(template, folder / "log.duckdb")
    write_project(folder, folder / "log.duckdb", count)
    return folder


def timed(action: Callable[[], object]) -> float:
    before = time.perf_counter()
    action()
    return time.perf_counter() - before


def measure(rows: int, days: int, count: int, runs: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        log, empty = work / "log.duckdb", work / "empty.duckdb"
        write_log(log, rows, days, count)
        write_log(empty, 0, days, count)
        floors, builds, idle, silent = [], [], [], []
        for number in range(runs):
            print(
                f"run {number + 1} of {runs}: floor, build, empty build, build without alerting",
                flush=True,
            )
            with duckdb.connect(str(log), read_only=True) as connection:
                connection.execute(f"set threads = {THREADS}")
                floors.append(timed(lambda c=connection: c.execute(floor_query(count))))
            folder = fresh(work, log, count)
            builds.append(Build(folder))
            if number < runs - 1:
                shutil.rmtree(folder)
            idle.append(Build(fresh(work, empty, count)))
            without = fresh(work, log, count)
            silent.append(Build(without, without=WITHOUT_ALERTING))
            shutil.rmtree(without)
        floor = statistics.median(floors)
        sketch = statistics.median(
            build.models["int_monitor__bins"] - rest.models["int_monitor__bins"]
            for build, rest in zip(builds, idle, strict=True)
        )
        whole = statistics.median(
            build.seconds - rest.seconds for build, rest in zip(builds, idle, strict=True)
        )
        with duckdb.connect(str(folder / "log.duckdb"), read_only=True) as connection:
            sizes = {
                table: connection.execute(f"select count(*) from {SCHEMA}.{table}").fetchone()[0]
                for table in SIZED
            }
        last = builds[-1]
        slowest = [
            item
            for timings in (last.models, last.alerting)
            for item in sorted(timings.items(), key=lambda item: -item[1])[:8]
        ]
        return {
            "floor_s": floor,
            "sketches_x_floor": sketch / floor,
            "whole_x_floor": whole / floor,
            "empty_build_s": statistics.median(build.seconds for build in idle),
            "peak_gib": max(build.peak_gib for build in builds),
            "alerting_share of the build": statistics.median(
                1 - rest.seconds / build.seconds for build, rest in zip(builds, silent, strict=True)
            ),
            "alerting_share of models' seconds": statistics.median(
                build.alerting_share for build in builds
            ),
            **{f"rows {table}": size for table, size in sizes.items()},
            **{f"seconds {model}": seconds for model, seconds in slowest},
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--features", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    results = measure(options.rows, options.days, options.features, options.runs)
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, DuckDB {duckdb.__version__}, {THREADS} threads")
    print(f"{options.rows:,} rows x {options.features} features x {options.days} days x 2 versions")
    for name, value in results.items():
        print(f"{name:40} {value:,.2f}")


if __name__ == "__main__":
    main()
