"""The command `report`, on a small project whose results stand in for a build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from model_monitor import job
from model_monitor.cli.parser import main
from model_monitor.output import Output
from model_monitor.report.sections import SECTIONS
from model_monitor.warehouse.project import Build, Project
from model_monitor.warehouse.settings import Settings

from ..harness import report_tables
from ..harness.small_project import MODELS, execute, small_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = small_project(tmp_path_factory.mktemp("report") / "project")
    execute(found, "create schema main_results")
    for name, sql in MODELS.items():
        execute(found, f"create table main_results.{name} as {sql}")
    return found


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


def test_the_report_is_one_file_in_the_project(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--project-dir", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Wrote target/report.html (")
    assert printed.endswith("kB). Open it in a browser.\n")
    page = (folder / "target" / "report.html").read_text(encoding="utf-8")
    # the stand-ins have no incidents: the report must not call that in order
    assert "loans could not be fully evaluated" in page


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with results for every section, and with incidents."""
    found = small_project(tmp_path_factory.mktemp("full") / "project")
    for name in (report_tables.INCIDENTS, *report_tables.TABLES, *report_tables.DAILY):
        (found / "models" / f"{name}.sql").write_text("select 1 as nothing", encoding="utf-8")
    with duckdb.connect(str(found / "target" / "small.duckdb")) as connection:
        report_tables.fill(connection, "main_results")
    return found


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(full: Path, tmp_path: Path) -> None:
    """Whatever order Python gives to the members of a set."""
    written = set()
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.html"
        subprocess.run(
            [sys.executable, "-m", "model_monitor", "report", "--project-dir", str(full),
             "--output", str(file)],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True,
        )  # fmt: skip
        written.add(file.read_bytes())
    assert len(written) == 1
    page = written.pop().decode()
    # the error analysis is there only if asked for
    titles = [section.title for section in SECTIONS if section.name != "errors"]
    assert [title for title in titles if f"<h3>{title}</h3>" not in page] == []
    assert "2 of 3 models have a problem" in page
    assert page.count("Not everything could be read") == 0


def test_a_given_path_starts_where_the_command_is_run(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["--json", "report", "--output", "out/mine.html", "--project-dir", str(folder)]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    file = tmp_path / "out" / "mine.html"
    assert found == {"report": str(file), "bytes": file.stat().st_size}


def test_an_unknown_monitor_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--monitor", "loan", "--project-dir", str(folder)]) == 64
    assert "--monitor: no results. Nearest: loans. Got: loan" in capsys.readouterr().err


def test_without_results_the_next_command_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path / "project")
    assert main(["report", "--project-dir", str(folder)]) == 2
    assert "monitor_alerts does not exist yet. To build it: model-monitor run" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_writes_it_as_one_more_step(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    file = folder / "target" / "report.html"
    file.unlink(missing_ok=True)
    if fails:
        monkeypatch.setattr(job, "write_report", full_disk)
    steps = job.Steps()
    wanted = job.JobOptions(publish=False, check=False)
    project = Project(Settings(folder))
    found, _, _, page = job.read(project, Output(), wanted, Build((), 1, 0), steps)
    assert found.has_alerts, "the other steps are done"
    assert page == (None if fails else file)
    assert file.exists() == (not fails)
    assert steps.broken == ({"report": "OSError: the disk is full"} if fails else {})


def full_disk(*_: object) -> Path:
    raise OSError("the disk is full")


def test_a_run_can_leave_it_out(folder: Path) -> None:
    file = folder / "target" / "report.html"
    file.unlink(missing_ok=True)
    wanted = job.JobOptions(publish=False, check=False, report=False)
    job.read(Project(Settings(folder)), Output(), wanted, Build((), 1, 0), job.Steps())
    assert not file.exists()
