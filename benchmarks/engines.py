"""What the sketches cost on each engine: the same rows, the same models, one after the other.

    make bench-engines                                  # 1 million rows, 20 features
    make bench-engines BENCH="--rows 50000 --runs 1"    # a quick look

Time is that of `int_monitor__bins` in a build of it and of what it needs, less that of the same
build with an empty log. Spark runs with its session in dbt's process (two threads), and on a
cluster of a master and one or two workers of one core each on this machine; Postgres is the
server that the tests start, with their settings.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import yaml
from bench import ROOT, START, THREADS, Build, write_log, write_project

sys.path.insert(0, str(ROOT))
from tests.python.harness import spark_session
from tests.python.harness.postgres_server import server
from tests.python.harness.spark_cluster import cluster

SKETCH = "int_monitor__bins"
TABLES = ("predictions", "training")
LOGS = ("log", "empty")


@dataclass(frozen=True)
class Engine:
    """Where dbt finds a target: for each of the logs a database of its own."""

    target: str
    environments: Mapping[str, Mapping[str, str]]
    python: str = sys.executable
    seconds: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)


def project(folder: Path, database: Path, target: str, features: int) -> None:
    """The project of `make bench` on a target of our profiles."""
    write_project(folder, database, features)
    written = yaml.safe_load((folder / "profiles.yml").read_text())
    ours = yaml.safe_load((ROOT / "profiles.yml").read_text())["model_monitor"]["outputs"]
    written["bench"]["outputs"].update({name: ours[name] for name in ("postgres", "spark")})
    written["bench"]["target"] = target
    (folder / "profiles.yml").write_text(yaml.safe_dump(written))


def as_files(work: Path) -> None:
    """The rows for those who cannot read DuckDB's file."""
    for log in LOGS:
        with duckdb.connect(str(work / f"{log}.duckdb"), read_only=True) as connection:
            for table in TABLES:
                for kind in ("parquet", "csv"):
                    file = work / f"{log}_{table}.{kind}"
                    connection.execute(f"copy logs.{table} to '{file}' (format {kind})")


@contextmanager
def postgres(work: Path) -> Iterator[Engine]:
    with server() as running:
        for log in LOGS:
            running.create(log)
            with duckdb.connect(str(work / f"{log}.duckdb"), read_only=True) as source:
                for table in TABLES:
                    columns = source.execute(f"describe logs.{table}").fetchall()
                    running.load(log, "logs", table, columns, work / f"{log}_{table}.csv")
            connection = running.connect(log)
            with connection.cursor() as cursor:
                cursor.execute("analyze")
            connection.commit()
            connection.close()
        yield Engine("postgres", {log: running.environment(log) for log in LOGS})


def spark(work: Path, name: str, more: Mapping[str, str] | None = None) -> Engine:
    """Spark's tables of both logs, in a folder for each."""
    environments = {}
    for log in LOGS:
        own = spark_session.environment(work / f"{name}_{log}", more)
        statements = ["create schema if not exists logs"]
        for table in TABLES:
            file = work / f"{log}_{table}.parquet"
            statements.append(
                f"create table logs.{table} using parquet as select * from parquet.`file://{file}`"
            )
        spark_session.execute(statements, own)
        environments[log] = {**own, "PYTHONPATH": str(ROOT / "python")}
        # the folder that dbt writes to is that of the build
        environments[log].pop("DBT_TARGET_PATH")
    return Engine("spark", environments, spark_session.python())


def sketched(work: Path, engine: Engine, log: str, features: int) -> float:
    folder = Path(tempfile.mkdtemp(dir=work))
    database = folder / "log.duckdb"
    if engine.target == "duckdb":
        shutil.copy(work / f"{log}.duckdb", database)
    project(folder, database, engine.target, features)
    build = Build(
        folder,
        selection=("--select", f"+{SKETCH}"),
        python=engine.python,
        environment=engine.environments[log],
    )
    shutil.rmtree(folder)
    return build.models[SKETCH]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--features", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    took: dict[str, Engine] = {}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_log(work / "log.duckdb", options.rows, options.days, options.features)
        write_log(work / "empty.duckdb", 0, options.days, options.features)
        as_files(work)

        def measure(name: str, engine: Engine) -> None:
            took[name] = engine
            for number in range(options.runs):
                print(f"{name}, run {number + 1} of {options.runs}", flush=True)
                engine.seconds.append(sketched(work, engine, "log", options.features))
                engine.empty.append(sketched(work, engine, "empty", options.features))
                print(f"{engine.seconds[-1]:.2f} s, empty {engine.empty[-1]:.2f} s", flush=True)

        measure("DuckDB", Engine("duckdb", {log: {} for log in LOGS}))
        with postgres(work) as engine:
            measure("Postgres", engine)
        measure("Spark, in one process", spark(work, "session"))
        for workers in (1, 2):
            with cluster(work / f"cluster{workers}", workers) as running:
                place = {"MODEL_MONITOR_SPARK_MASTER": running.master}
                measure(f"Spark, workers: {workers}", spark(work, f"workers{workers}", place))
    print(f"{platform.machine()}, DuckDB {duckdb.__version__}, {THREADS} threads")
    print(f"{options.rows:,} rows x {options.features} features x {options.days} days from {START}")
    print(f"{'':24} {'seconds':>9} {'x DuckDB':>9} {'empty log':>10} {'values/s':>12}")
    first = None
    for name, engine in took.items():
        empty = statistics.median(engine.empty)
        seconds = statistics.median(engine.seconds) - empty
        first = first or seconds
        print(
            f"{name:24} {seconds:9.2f} {seconds / first:9.2f} {empty:10.2f}"
            f" {options.rows * options.features / seconds:12,.0f}"
        )


if __name__ == "__main__":
    main()
