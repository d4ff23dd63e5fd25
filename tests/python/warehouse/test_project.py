"""dbt in process: configuration, relations, reads and writes, the lock, the published copy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from model_monitor.errors import DatabaseLockedError, MonitorError, NotAProjectError, QueryError
from model_monitor.warehouse.project import Build, Project, Settings
from model_monitor.warehouse.publish import publishing

from ..harness.small_project import MODELS, configure, small_project

HOLD = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1], read_only=True)
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("small") / "project")


@pytest.fixture(scope="module")
def built(folder: Path) -> tuple[Project, Build]:
    before = Path.cwd()
    project = Project(Settings(folder))
    build = project.build()
    os.chdir(before)
    return project, build


@pytest.fixture
def project(built: tuple[Project, Build], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(folder)
    return built[0]


@contextmanager
def reader(file: Path, seconds: float) -> Iterator[int]:
    command = [sys.executable, "-c", HOLD, str(file), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


def test_a_build_is_what_it_says(built: tuple[Project, Build]) -> None:
    assert built[1] == Build(failures=(), built=len(MODELS), skipped=0)


def test_the_configuration_comes_in_its_normal_form(project: Project) -> None:
    (monitor,) = project.config()["monitors"]
    assert monitor["name"] == "loans"
    assert monitor["limits"]["lateness"] == 7200
    assert [log["name"] for log in monitor["logs"]] == ["predictions"]


def test_relations_come_from_the_manifest(project: Project) -> None:
    assert project.relation("monitor_drift") == '"small"."main_results"."monitor_drift"'
    assert project.relation("nothing_of_the_kind") is None
    assert project.relation_of({"source": ["raw", "loan_scores"]}) == '"small"."raw"."loan_scores"'
    assert project.relation_of({"ref": ["model_monitor", "monitor_drift"]}) is not None
    assert project.relation_of({"source": ["raw", "nix"]}) is None
    assert {table.name for table in project.results()} == {
        "monitor_alerts", "monitor_coverage", "monitor_dataset", "monitor_drift",
        "monitor_judgements", "monitor_notices", "monitor_rule_runs",
    }  # fmt: skip


def test_reads_with_bindings(project: Project) -> None:
    frame = project.warehouse.query(
        "select region, count(*) as n from raw.loan_scores where region = ? group by region",
        ["south"],
    )
    assert frame.to_dict("records") == [{"region": "south", "n": 3450}]


def test_columns_of_what_is_there_and_of_what_is_not(project: Project) -> None:
    columns = {
        column.name: column.data_type
        for column in project.warehouse.columns("raw.loan_scores") or []
    }
    assert columns["scored_at"] == "timestamp"
    assert columns["is_employed"] == "boolean"
    assert project.warehouse.columns("raw.nix") is None
    assert project.warehouse.columns("nix.nix") is None


def test_a_refused_statement_is_an_error_of_ours(project: Project) -> None:
    with pytest.raises(QueryError, match="no_such_column"):
        project.warehouse.query("select no_such_column from raw.loan_scores")


def test_a_transaction_is_all_or_nothing(project: Project) -> None:
    warehouse = project.warehouse
    with pytest.raises(QueryError), warehouse.transaction():  # noqa: PT012
        warehouse.execute("create table raw.half as select 1 as x")
        warehouse.execute("select no_such_column from raw.half")
    assert not warehouse.exists("raw.half")
    with warehouse.transaction():
        warehouse.execute("create table raw.whole as select 1 as x")
    assert warehouse.exists("raw.whole")
    warehouse.execute("drop table raw.whole")


def test_the_database_is_ours_while_held(project: Project) -> None:
    file = project.warehouse.file
    assert file is not None
    with project.warehouse.held(print):
        project.invoke("compile", "--select", "monitor_drift")
        done = subprocess.run(
            [sys.executable, "-c", HOLD, str(file), "0"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "lock" in done.stderr
    with reader(file, 0):
        pass


def test_a_reader_is_waited_for(project: Project) -> None:
    said: list[str] = []
    file = project.warehouse.file
    assert file is not None
    with reader(file, 1.5) as pid, project.warehouse.held(said.append, seconds=20):
        assert project.warehouse.query("select 1 as x")["x"].tolist() == [1]
    assert len(said) == 1
    assert f"process {pid}" in said[0]


def test_a_reader_that_stays_is_named(project: Project) -> None:
    file = project.warehouse.file
    assert file is not None
    started = time.monotonic()
    with reader(file, 60) as pid:  # noqa: SIM117
        with pytest.raises(DatabaseLockedError) as caught, project.warehouse.held(print, seconds=1):
            pass
    assert time.monotonic() - started < 20
    assert f"process {pid}" in str(caught.value)
    assert str(file.parent / "published" / file.name) in str(caught.value)


def test_readers_have_a_copy_that_is_replaced_in_one_step(project: Project) -> None:
    def copied() -> Path | None:
        with publishing(project.warehouse, project.results()) as copy:
            return copy.result()

    first = copied()
    assert first is not None
    with reader(first, 60), duckdb.connect(str(first), read_only=True) as before:
        assert copied() == first
        assert before.execute("select count(*) from main_results.monitor_drift").fetchone() == (5,)
    with duckdb.connect(str(first), read_only=True) as after:
        tables = after.execute("select table_name from information_schema.tables").fetchall()
    assert {name for (name,) in tables} == {
        "monitor_alerts", "monitor_coverage", "monitor_dataset", "monitor_drift",
        "monitor_judgements", "monitor_notices", "monitor_rule_runs",
    }  # fmt: skip
    assert [path.name for path in first.parent.iterdir()] == ["small.duckdb"]


def test_what_is_wrong_with_the_project_is_said_in_dbts_words(tmp_path: Path, here: Path) -> None:
    with pytest.raises(NotAProjectError, match=r"no dbt_project\.yml"):
        Project(Settings(tmp_path))
    folder = small_project(tmp_path / "project")
    with pytest.raises(MonitorError, match="does not have a target named 'moon'"):
        _ = Project(Settings(folder, target="moon")).manifest
    configure(folder, [{"name": "loans", "predictions": {"sauce": ["raw", "loan_scores"]}}])
    with pytest.raises(MonitorError) as caught:
        Project(Settings(folder)).config()
    text = str(caught.value)
    assert "sauce" in text
    assert "source" in text
    assert "> in macro" not in text
    assert "Traceback" not in text


def test_another_instant_is_no_reason_to_parse_again(folder: Path, here: Path) -> None:
    def read(as_of: str) -> list[str]:
        names: list[str] = []
        project = Project(
            Settings(folder, variables={"as_of": as_of}),
            lambda event: names.append(event.info.name),
        )
        assert project.manifest.nodes
        assert project.config()["as_of"] == f"{as_of} 00:00:00.000000"
        return names

    read("2026-01-20")
    assert "UnableToPartialParse" not in read("2026-01-21")
