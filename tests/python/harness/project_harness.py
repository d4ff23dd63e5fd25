"""Somebody's dbt project with the package installed: tables in, one build, tables out.

    project = Project(tmp_path, monitors=[{…}], tables={"scores": frame})
    project.build(as_of="2026-02-01")
    bins = project.frame("int_monitor__bins")

The package is copied to where `dbt deps` would put it, the tables are sources of the project, the
monitors are its vars. dbt runs in this process and parses once per configuration: what changes
from build to build (as_of, rebuild) is read when models are compiled.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import yaml

from model_monitor.garbage import without_collection

from . import quick_dbt, shared_parse
from .forked import Forks
from .rare_collection import collect_what_piled_up

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "model_monitor"
SCHEMA = "logs"
REPLAY = "replay"
# Without the demo's sources, a part of the package that nobody else sees: a third of the parse.
PARTS = ("macros", "models", "seeds", "analyses", "tests/trust")
# What alerts name, and dbt does not read.
PAGES = "docs/use/playbooks"
QUIET = (
    "--no-send-anonymous-usage-stats", "--no-version-check", "--quiet", "--no-print",
    "--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-use-colors",
)  # fmt: skip
# Of a build, without the tests of dbt.
MODELS = ("--exclude-resource-types", "test", "unit_test")
# What a run has read, and that it is finished. `+monitor_watermarks` would be nearly every model: the
# last table of a run waits for all others, but reads these alone.
LEDGER = (
    "+int_monitor__watermarks", "+int_monitor__outcome_watermarks", "+int_monitor__evaluations",
    "monitor_watermarks",
)  # fmt: skip
# What tells one run from another, and not one result from another.
OF_A_RUN = frozenset(
    {
        "run_id", "run_number", "frozen_as_of", "frozen_run", "revised_run", "started_at",
        "finished_at", "as_of", "previous_run_number",
    }
)  # fmt: skip
# One row per run, or a history of judgements: the same at the same sequence of as_ofs only.
ABOUT_RUNS = frozenset(
    f"monitor_{name}"
    for name in (
        "watermarks", "runs", "rule_runs", "judgements", "alerts", "incidents", "triggers", "outbox",
        "deliveries", "audit", "effectiveness", "health", "notices", "quality_report",
    )
)  # fmt: skip

Table = pd.DataFrame | str


@dataclass(frozen=True)
class Result:
    """What came of one dbt invocation."""

    success: bool
    seconds: float
    failures: Mapping[str, str] = field(default_factory=dict)  # node name -> what dbt said
    timings: Mapping[str, float] = field(default_factory=dict)  # node name -> seconds
    error: str = ""  # what stopped dbt before any node ran


class BuildError(AssertionError):
    """A build that was expected to succeed."""


def package_copy(folder: Path) -> Path:
    """The package as `dbt deps` leaves it: no tests of ours, no demo."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "dbt_project.yml", folder)
    for part in (*PARTS, PAGES):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
    return folder


def commit_before() -> str | None:
    """The commit before the last change of the package; none in a download or a shallow clone."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
        return done.stdout.decode().strip()

    last = git("rev-list", "--max-count=1", "HEAD", "--", *PARTS, "dbt_project.yml")
    return f"{last}^" if last and git("rev-parse", "--verify", f"{last}^") else None


def package_at(folder: Path, commit: str) -> None:
    """The package as it was at that commit, instead of what is in this folder."""
    # what had not been there yet is left out
    listed = ["git", "ls-tree", "--name-only", commit, *PARTS, "dbt_project.yml"]
    parts = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    archive = ["git", "archive", "--format=tar", commit, *parts.split()]
    packed = subprocess.run(archive, cwd=ROOT, capture_output=True, check=True).stdout
    shutil.rmtree(folder)
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")


class Project:
    """A throw-away dbt project with model_monitor installed, on a DuckDB file of its own."""

    def __init__(
        self,
        folder: Path,
        monitors: Sequence[Mapping[str, Any]],
        tables: Mapping[str, Table] | None = None,
        policy: Mapping[str, Any] | None = None,
        threads: int = 2,
        checkpoint_threshold: str = "4GB",
    ) -> None:
        self.folder = folder
        self.file = folder / "target" / "shop.duckdb"
        (folder / "target").mkdir(parents=True)
        (folder / "models").mkdir()
        package_copy(folder / "dbt_packages" / PACKAGE)
        # dbt 1.12 counts the packages that are asked for
        self._write("packages.yml", {"packages": [{"local": f"dbt_packages/{PACKAGE}"}]})
        profile = {
            "type": "duckdb",
            "path": str(self.file),
            "schema": "main",
            "threads": threads,
            "keep_open": False,
            # Tables are small: to share one among threads takes longer than to count it. Under
            # `settings`, the limit would be set again before each model, which frees all memory.
            # No file of a test outlasts its machine; a run commits 200 times, 5 ms each on a disk.
            "config_options": {
                "threads": 1,
                "memory_limit": "8GB",
                "fsync_mode": "none",
                # A checkpoint only saves work after a crash: without them a build takes 4% less.
                "checkpoint_threshold": checkpoint_threshold,
            },
        }
        self._targets("dev", profile)
        shared_parse.lend(ROOT, parse_every_family)
        quick_dbt.make_dbt_quick()
        self._manifest: Any = None
        # the SQL of each node that dbt has run in this process, as it was the last time
        self.compiled: dict[str, str] = {}
        self._tables: set[str] = set()
        self._settings: dict[str, Any] = {}
        with self.connect() as connection:
            connection.execute(f"create schema if not exists {SCHEMA}")
        self._tables.update(tables or {})
        self.configure(monitors, policy)
        for name, table in (tables or {}).items():
            self.load(name, table)

    def _targets(self, name: str, profile: Mapping[str, Any]) -> None:
        """The target that runs go to, and one with a schema of its own for a past day."""
        self.target, self._profile = name, dict(profile)
        outputs = {name: dict(profile), REPLAY: {**profile, "schema": REPLAY}}
        self._write("profiles.yml", {"shop": {"target": name, "outputs": outputs}})

    # -- what goes in

    def configure(
        self, monitors: Sequence[Mapping[str, Any]], policy: Mapping[str, Any] | None = None
    ) -> None:
        """The monitors from now on; every source that they name is declared, there or not."""
        self._settings = {"monitors": list(monitors)}
        if policy:
            self._settings["policy"] = dict(policy)
        self._write(
            "dbt_project.yml",
            {
                "name": "shop",
                "version": "1.0.0",
                "profile": "shop",
                "flags": {"send_anonymous_usage_stats": False},
                "vars": {PACKAGE: self._settings},
            },
        )
        self._declare()

    def load(self, table: str, rows: Table, types: Mapping[str, str] | None = None) -> None:
        """This table and nothing else, from a frame or a query.

        DuckDB reads a NaN of a frame as a null. A column with one of the `types` travels as text
        and is cast: NaN and infinities, decimals, big integers arrive as they are.
        """
        with self.connect() as connection:
            self._rows(connection, rows, types)
            connection.execute(f"create or replace table {_quoted(table)} as select * from rows")
        if table not in self._tables:
            self._tables.add(table)
            self._declare()

    def append(self, table: str, rows: Table, types: Mapping[str, str] | None = None) -> None:
        with self.connect() as connection:
            self._rows(connection, rows, types)
            connection.execute(f"insert into {_quoted(table)} by name select * from rows")

    def drop(self, table: str) -> None:
        self.execute(f"drop table if exists {_quoted(table)}")

    def execute(self, sql: str) -> None:
        with self.connect() as connection:
            connection.execute(sql)

    def send_all(self) -> None:
        """The tables as they are now, to where runs read them: they are there."""

    # -- dbt

    def build(
        self,
        as_of: str | None = None,
        select: str | Sequence[str] | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        expect_success: bool = True,
        tests: bool = False,
    ) -> Result:
        """`dbt build` of the models (and, with `tests`, of their tests)."""
        arguments = ["build"]
        if select is not None:
            arguments += ["--select", *([select] if isinstance(select, str) else select)]
        if not tests:
            arguments += MODELS
        result = self.dbt(*arguments, variables=self._variables(as_of, variables))
        if expect_success and not result.success:
            raise BuildError(result.error or json.dumps(dict(result.failures), indent=1))
        return result

    def dbt(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> Result:
        """dbt in this process, with the manifest of this configuration."""
        from dbt.cli.main import dbtRunner

        started = time.monotonic()
        try:
            manifest = self.manifest
        except BuildError as error:
            return Result(success=False, seconds=time.monotonic() - started, error=str(error))
        with (
            _in(self.folder),
            without_collection(),
            shared_parse.one_opening(),
            quick_dbt.without_files(),
        ):
            done = dbtRunner(manifest=manifest).invoke(
                [*arguments, *self._arguments(), "--vars", json.dumps(dict(variables or {}))]
            )
        collect_what_piled_up()
        failures, timings = {}, {}
        for ran in getattr(done.result, "results", None) or []:
            self.compiled[ran.node.name] = getattr(ran.node, "compiled_code", None) or ""
            timings[ran.node.name] = ran.execution_time
            if ran.status not in ("success", "pass", "warn"):
                failures[ran.node.name] = f"{ran.status}: {ran.message or ''}"
        return Result(
            success=done.success,
            seconds=time.monotonic() - started,
            failures=failures,
            timings=timings,
            error="" if done.exception is None else str(done.exception),
        )

    @property
    def manifest(self) -> Any:
        """What dbt read of this configuration: parsed when first asked for."""
        if self._manifest is None:
            self._manifest = self._parse()
        return self._manifest

    @contextmanager
    def asked_for(self, kind: str, settings: Mapping[str, Any]) -> Iterator[None]:
        """With tests of the package that are off in a consumer's project, as its settings say."""
        file = self.folder / "dbt_project.yml"
        before = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._write(file.name, {**before, kind: {PACKAGE: dict(settings)}})
        self._manifest = None
        try:
            yield
        finally:
            self._write(file.name, before)
            self._manifest = None

    def parse_whole(self) -> Any:
        """What dbt reads of this project when it reads every file."""
        return self._parse("--no-partial-parse")

    def _parse(self, *extra: str) -> Any:
        from dbt.cli.main import dbtRunner

        with _in(self.folder), without_collection():
            done = dbtRunner().invoke(["parse", *self._arguments(), *extra])
        if not done.success:
            raise BuildError(str(done.exception))
        return done.result

    def place(self) -> list[str]:
        """How a command of model-monitor is told of this project and of where its runs go."""
        folder = str(self.folder)
        return ["--project-dir", folder, "--profiles-dir", folder, "--target", self.target]

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """Into a schema in which nothing was ever built: the target of docs/use/tables.md."""
        before = self.target, self._manifest
        self.target, self._manifest = REPLAY, None
        try:
            self.reset()
            yield
        finally:
            self.target, self._manifest = before

    def forks(self, command: str = "dbt") -> Forks:
        """Runs of `dbt`, or of `model-monitor`, in processes that can be killed."""
        _ = self.manifest  # what dbt saves of it, the other process reads
        place = self._arguments() if command == "dbt" else self.place()
        return Forks(place, command, self.folder / "run.log")

    # -- what comes out

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.file)) as connection:
            # by `config`, it would refuse the file while another connection has it
            connection.execute("set fsync_mode = 'none'")
            yield connection

    @contextmanager
    def reading(self, _text: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that knows each result by its name: of those that a text names, if given."""
        with self.connect() as connection:
            connection.execute(f"set search_path = '{self.schema}'")
            yield connection

    def query(self, sql: str) -> pd.DataFrame:
        """A query over the results (and, as logs.…, the tables)."""
        with self.reading(sql) as connection:
            return connection.sql(sql).df()

    @property
    def schema(self) -> str:
        return str(self.manifest.nodes[f"model.{PACKAGE}.int_monitor__bins"].schema)

    def models(self, prefix: str = "monitor_") -> list[str]:
        """The models of the package whose names begin so."""
        return [node.name for node in self.nodes() if node.name.startswith(prefix)]

    def nodes(self) -> list[Any]:
        """The models of the package as dbt knows them, by name."""
        ours = (
            node
            for node in self.manifest.nodes.values()
            if node.resource_type == "model" and node.package_name == PACKAGE
        )
        return sorted(ours, key=lambda node: str(node.name))

    def results(self) -> list[str]:
        """The result tables that follow from the logs alone, whatever runs there were."""
        return [name for name in self.models() if name not in ABOUT_RUNS]

    def lasting(self) -> list[str]:
        """The result tables, and those that are added to: not the work of one run alone."""
        return [
            node.name
            for node in self.nodes()
            if node.name.startswith("monitor_") or node.config.materialized == "monitor_history"
        ]

    def frame(self, model: str, where: str = "true") -> pd.DataFrame:
        return self.query(f'select * from "{model}" where {where}')

    def frames(self, models: Iterable[str]) -> dict[str, pd.DataFrame]:
        """These models as they are at one moment."""
        models = list(models)
        with self.reading(" ".join(models)) as connection:
            return {model: connection.sql(f'select * from "{model}"').df() for model in models}

    def reset(self) -> None:
        """Nothing was ever built: the tables stay, the results go."""
        self.execute(f'drop schema if exists "{self.schema}" cascade')

    def dump(
        self, models: Iterable[str], where: Mapping[str, str] | None = None
    ) -> dict[str, pd.DataFrame]:
        """Models without what tells runs apart, their rows in an order of their own."""
        dumped, models = {}, list(models)
        with self.reading(" ".join([*models, *(where or {}).values()])) as connection:
            for model in models:
                relation = connection.sql(f'select * from "{model}"')
                types = {
                    name: str(kind)
                    for name, kind in zip(relation.columns, relation.types, strict=True)
                    if name not in OF_A_RUN
                }
                # doubles as they are, everything else as text (a frame has no decimals and no
                # integers with nulls). Doubles order last: two results that differ in a last
                # digit only must stand in the same order.
                columns = ", ".join(
                    _ident(name)
                    if kind == "DOUBLE"
                    else f"{_ident(name)}::varchar as {_ident(name)}"
                    for name, kind in types.items()
                )
                by = ", ".join(
                    _ident(name) for name in sorted(types, key=lambda n: types[n] == "DOUBLE")
                )
                dumped[model] = _each_text_once(
                    connection.sql(
                        f'select {columns} from "{model}" '
                        f"where {(where or {}).get(model, 'true')} order by {by}"
                    ).df()
                )
        return dumped

    def believed(self) -> list[str]:
        """The models whose rows change with what DuckDB believes of its tables before it reads them.

        DuckDB 2.0.0 takes a sum of whole numbers for 0 after a left join with what its zone maps know
        to be empty, and folds what is compared with it. Numbers that are given anew are left out.
        """
        apart = []
        with self.connect() as connection:
            connection.execute(f"use {self.schema}")
            connection.execute("set threads = 1")  # as in a build: tables are small
            for name in self.models(""):
                if name not in self.compiled:  # a build may have selected some of them
                    continue
                sql = self.compiled[name]
                said = []
                for disabled in ("", "statistics_propagation"):
                    connection.execute(f"set disabled_optimizers = '{disabled}'")
                    rows = connection.sql(sql)
                    kept = [_ident(name) for name in rows.columns if name != "comparison_id"]
                    said.append(
                        rows.query(
                            "model",
                            f"select count(*), sum(hash({', '.join(kept)})::hugeint) from model",
                        ).fetchall()
                    )
                if said[0] != said[1]:
                    apart.append(name)
        return apart

    # -- inside

    def _variables(self, as_of: str | None, more: Mapping[str, Any] | None) -> dict[str, Any]:
        return {**({"as_of": as_of} if as_of else {}), **(more or {})}

    def _arguments(self) -> list[str]:
        folder = str(self.folder)
        return [
            "--project-dir", folder, "--profiles-dir", folder,
            "--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs"),
            "--target", self.target, *QUIET,
        ]  # fmt: skip

    def _declared(self) -> set[str]:
        return self._tables | {
            name for source, name in _sources(self._settings) if source == SCHEMA
        }

    def _declare(self) -> None:
        tables = [
            {"name": name, "quoting": {"identifier": True}} for name in sorted(self._declared())
        ]
        source = {"name": SCHEMA, "schema": SCHEMA, "tables": tables}
        self._write("models/sources.yml", {"version": 2, "sources": [source]} if tables else {})
        self._manifest = None

    def _write(self, name: str, value: Any) -> None:
        text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    @staticmethod
    def _rows(
        connection: duckdb.DuckDBPyConnection, rows: Table, types: Mapping[str, str] | None = None
    ) -> None:
        if isinstance(rows, str):
            connection.execute(f"create or replace temp view rows as {rows}")
            return
        texts = {name: [_text(value) for value in rows[name]] for name in types or {}}
        frame = rows.assign(**{name: pd.array(values, "str") for name, values in texts.items()})
        connection.register("frame", frame)
        columns = ", ".join(
            f"cast({_ident(name)} as {(types or {}).get(name)}) as {_ident(name)}"
            if name in texts
            else _ident(name)
            for name in rows.columns
        )
        connection.execute(f"create or replace temp view rows as select {columns} from frame")


def _each_text_once(frame: pd.DataFrame) -> pd.DataFrame:
    """Equal texts are one object: the dumps of long histories took 12 GB."""
    if len(frame) < 100_000:
        return frame
    for name in frame.columns[frame.dtypes == "str"]:
        places, texts = pd.factorize(frame[name])
        frame[name] = pd.array(texts, dtype="str").take(places, allow_fill=True)
    return frame


def assert_same(
    left: Mapping[str, pd.DataFrame], right: Mapping[str, pd.DataFrame], relative: float = 1e-9
) -> None:
    """Two dumps are equal: integers, texts and times exactly, doubles to nine digits."""
    assert sorted(left) == sorted(right)
    problems = [
        text
        for name in sorted(left)
        if (text := difference(name, left[name], right[name], relative))
    ]
    assert not problems, "\n".join(problems)


def difference(name: str, left: pd.DataFrame, right: pd.DataFrame, relative: float = 1e-9) -> str:
    """Where two frames of one model differ, in a few lines; nothing where they do not."""
    if list(left.columns) != list(right.columns):
        return f"{name}: columns {list(left.columns)} and {list(right.columns)}"
    doubles = [column for column in left.columns if left[column].dtype == np.float64]
    keys = [column for column in left.columns if column not in doubles]
    if len(left) != len(right) or not left[keys].equals(right[keys]):
        return f"{name}: {len(left)} and {len(right)} rows\n{_odd_rows(left, right, keys)}"
    for column in doubles:
        a, b = left[column].to_numpy(), right[column].to_numpy()
        with np.errstate(invalid="ignore"):
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            same |= np.abs(a - b) <= relative * np.maximum(np.abs(a), np.abs(b))
        if not same.all():
            rows = left.assign(other=right[column])[~same].head(5)
            return f"{name}: {column} differs in {(~same).sum()} rows\n{rows.to_string()}"
    return ""


def _odd_rows(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> str:
    """The rows that only one side has; two that are nearly equal are shown as one change."""
    sides = [frame[keys].astype("str").fillna("null").value_counts() for frame in (left, right)]
    both = pd.concat(sides, axis=1, keys=["left", "right"]).fillna(0).astype(int)
    odd = both[both["left"] != both["right"]]
    ours = [list(row) for row in odd.index[odd["left"] > odd["right"]]]
    theirs = [list(row) for row in odd.index[odd["left"] < odd["right"]]]
    lines = [f"{len(ours)} only left, {len(theirs)} only right"]
    for row in ours[:8]:
        near = max(theirs, key=lambda other: _alike(row, other), default=[])
        if _alike(row, near) * 2 <= len(row):
            lines.append("only left: " + ", ".join(row))
            continue
        changes = [f"{k}: {a} -> {b}" for k, a, b in zip(keys, row, near, strict=True) if a != b]
        lines.append(", ".join(changes) + "  of  " + ", ".join(row[:12]))
    if not ours:
        lines += ["only right: " + ", ".join(row) for row in theirs[:8]]
    return "\n".join(lines)


def _alike(row: list[str], other: list[str]) -> int:
    return sum(a == b for a, b in zip(row, other, strict=False))


def parse_every_family(to: Any) -> bytes:
    """What dbt saves of the package with the demo's monitors, for the target of this project."""
    every = shared_parse.every_family(ROOT)
    demo = sorted({name for _, name in _sources([every["monitors"], every["policy"]])})
    sources = [{"name": "demo_logs", "tables": [{"name": name} for name in demo]}]
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "shop", every["monitors"], policy=every["policy"])
        project._write("models/sources.yml", {"version": 2, "sources": sources})
        credentials = to.credentials
        profile = {"type": credentials.type, "schema": credentials.schema, "threads": 1}
        if credentials.type == "duckdb":
            profile["path"] = str(project.file)
        else:
            profile |= {"host": "", "user": "", "password": "", "port": 1, "dbname": "any"}
        outputs = {to.target_name: profile}
        project._write("profiles.yml", {"shop": {"target": to.target_name, "outputs": outputs}})
        program = str(Path(sys.executable).parent / "dbt")
        project.target = to.target_name
        command = [program, "parse", *project._arguments()]
        done = subprocess.run(command, cwd=project.folder, capture_output=True, check=False)
        if done.returncode:
            raise BuildError(done.stdout.decode() + done.stderr.decode())
        return (project.folder / "target" / "partial_parse.msgpack").read_bytes()


def _sources(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "source" and isinstance(item, Sequence) and len(item) == 2:
                yield item[0], item[1]
            else:
                yield from _sources(item)
    elif isinstance(value, list):
        for item in value:
            yield from _sources(item)


def _text(value: Any) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return repr(float(value)) if isinstance(value, float) else str(value)


def _ident(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(table: str) -> str:
    return f"{SCHEMA}.{_ident(table)}"


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    # dbt goes into the project's folder and stays there
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
