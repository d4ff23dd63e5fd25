"""The alerts on the demo of several seeds in one build: does each seed pass the same bar?

    python benchmarks/demo_seeds.py                    # seeds 1 to 4, 90 days x 12,000 rows
    python benchmarks/demo_seeds.py --seeds 5 --keep target/seeds

The bar, for every seed: each incident that these tables can see has an alert at its place no later
than the second window that is judged after it began (a gradual one: within seven judged days after
its true effect has passed the threshold), and at most one alert per monitor and 28 days is wrong;
and each is told as exactly one incident (incident_scores.py).

The job runs twice, as a schedule would: while the late load lasts, and after the last day. Between
the two nothing tells a run that reads everything at once that the log had ever been late.

The demo's monitors are the ones of dbt_project.yml but for their windows: hours, days and
weeks, without months. Exit code 1 if a seed misses the bar.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml
from alerts_on_demo import told
from bench import ROOT, SCHEMA, Build, install
from demo_incidents import Score, scored
from incident_scores import Told, table
from incident_scores import told as incidents_told

sys.path.insert(0, str(ROOT / "python"))

from model_monitor.demo import TABLES, Settings, write

MERGED = ("changes", "versions", "version_metrics", "demo_incidents")
DURING_LATE_LOAD = "2026-06-29 06:00:00"
AFTER_LAST_DAY = "2026-07-01 06:00:00"


def renamed(value: Any, suffix: str) -> Any:
    """A part of the configuration with the tables of one seed."""
    if isinstance(value, dict):
        return {key: renamed(part, suffix) for key, part in value.items()}
    if isinstance(value, list):
        if len(value) == 2 and value[0] == "demo_logs":
            return ["demo_logs", value[1] + suffix]
        return [renamed(part, suffix) for part in value]
    return value


def monitors(seeds: Sequence[int]) -> list[dict[str, Any]]:
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["model_monitor"]
    return [
        {
            **renamed({**monitor, **settings["demo_beyond"][monitor["name"]]}, f"_s{seed}"),
            "name": f"{monitor['name']}_s{seed}",
            "windows": ["hour", "day", "7d"],
        }
        for seed in seeds
        for monitor in settings["demo_monitors"]
    ]


def load(database: Path, seeds: Sequence[int], rows_per_day: int) -> None:
    """The logs of every seed under names of their own; what all share, in one table."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema demo_logs")
        for seed in seeds:
            suffix = f"_s{seed}"
            with tempfile.TemporaryDirectory() as name:
                settings = Settings(seed=seed, rows_per_day=rows_per_day, suffix=suffix)
                for table, path in write(Path(name), settings).items():
                    connection.execute(
                        f"create table demo_logs.{table} as select * from read_parquet('{path}')"
                    )
            print(f"seed {seed}: {rows_per_day:,} rows a day are there", flush=True)
        for table in MERGED:
            parts = [
                f"select * replace (monitor || '_s{seed}' as monitor)"
                f" from demo_logs.{table}_s{seed}"
                for seed in seeds
            ]
            connection.execute(f"create table demo_logs.{table} as " + " union all ".join(parts))


def prepared(folder: Path, seeds: Sequence[int], rows_per_day: int) -> Path:
    database = folder / "log.duckdb"
    load(database, seeds, rows_per_day)
    names = [f"demo_logs.{table.name}_s{seed}" for table in TABLES for seed in seeds]
    policy = {
        name: {"source": ["demo_logs", name]} for name in ("changes", "versions", "version_metrics")
    }
    shared = [f"demo_logs.{name}" for name in MERGED]
    # twelve monitors at once: one demo is content with the 8 GB of profiles.yml
    install(folder, database, monitors(seeds), policy, (*names, *shared), memory="10GB")
    return database


def judged(folder: Path, database: Path, seeds: Sequence[int]) -> tuple[list[Score], list[Told]]:
    for as_of in (DURING_LATE_LOAD, AFTER_LAST_DAY):
        build = Build(folder, as_of)
        print(
            f"built as of {as_of}: {build.seconds:.0f} s, {build.cpu_seconds:.0f} s of processor"
            f" time, {build.peak_gib:.1f} GiB",
            flush=True,
        )
    with duckdb.connect(str(database), read_only=True) as connection:
        scores = [scored(connection, SCHEMA, f"_s{seed}") for seed in seeds]
        return scores, [incidents_told(connection, SCHEMA, f"_s{seed}") for seed in seeds]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--rows-per-day", type=int, default=12_000)
    parser.add_argument("--keep", type=Path, help="an empty folder for the project")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (options.keep or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        database = prepared(folder, options.seeds, options.rows_per_day)
        scores, tales = judged(folder, database, options.seeds)
    problems = []
    for seed, score, tale in zip(options.seeds, scores, tales, strict=True):
        print(f"\nseed {seed}\n{told(score)}\n{table(tale)}")
        problems += [f"seed {seed}: {problem}" for problem in (*score.problems, *tale.problems)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
