"""The command `report`, on a small project whose results stand in for a build."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from model_monitor import job
from model_monitor.cli.parser import main
from model_monitor.errors import MonitorError
from model_monitor.output import Output
from model_monitor.report.sections import SECTIONS
from model_monitor.warehouse.project import Build, Failure, Project
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


def read_after(folder: Path, *failures: str) -> tuple[str, job.Steps, Path | None]:
    """First line of the page after a build in which these models failed, and what else there is."""
    steps = job.Steps()
    built = Build(tuple(Failure(name, "model", "no <such> column") for name in failures), 1, 0)
    wanted = job.JobOptions(publish=False, check=False)
    *_, page = job.read(Project(Settings(folder)), Output(), wanted, built, steps)
    file = folder / "target" / "report.html"
    if not file.exists():
        return "", steps, page
    body = file.read_text(encoding="utf-8").split("<body>\n")[1]
    return re.sub(r"<[^>]+>", "", body.splitlines()[0]), steps, page


FIRST_LINE = re.compile(
    r"The build of \d\d \w{3} \d{4}, \d\d:\d\d UTC failed: (.*?)\. "
    r"The figures on this page are of the last complete run\."
)


def test_after_a_failed_build_the_page_says_that_it_is_of_an_earlier_run(folder: Path) -> None:
    file = folder / "target" / "report.html"
    assert read_after(folder)[0] == "Skip to the content"
    complete = file.read_text(encoding="utf-8")
    line, steps, page = read_after(folder, "monitor_drift", "monitor_gates")
    found = FIRST_LINE.fullmatch(line)
    assert found
    assert found[1] == "monitor_drift, monitor_gates"
    assert steps.broken == {}
    assert page == file
    # the figures are untouched, and a later failure replaces the line
    marked = file.read_text(encoding="utf-8")
    assert re.sub(r'<p role="alert".*?</p>\n', "", marked) == complete
    line, _, _ = read_after(folder, "a", "b", "c", "d", "e<")
    found = FIRST_LINE.fullmatch(line)
    assert found
    assert found[1] == "a, b, c and 2 more"
    assert file.read_text(encoding="utf-8").count('role="alert"') == 1
    # the next complete run writes its own page
    assert read_after(folder)[0] == "Skip to the content"
    assert file.read_text(encoding="utf-8") == complete


def test_a_first_page_after_a_failed_build_is_not_of_one_run(folder: Path) -> None:
    file = folder / "target" / "report.html"
    file.unlink(missing_ok=True)
    for name in ("monitor_drift", "<b>"):
        line, steps, page = read_after(folder, name)
        assert f"failed: {html.escape(name)}. Figures of these models" in line
        assert "of an earlier run." in line
        assert "complete run" not in line
        assert steps.broken == {}
        assert page == file
    read_after(folder)


def test_without_tables_or_a_page_there_is_nothing_to_mark(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "project")
    line, steps, page = read_after(folder, "monitor_alerts")
    assert (line, page) == ("", None)
    assert "report" not in steps.broken
    file = folder / "target" / "report.html"
    file.write_text("<body>\nold\n</body>", encoding="utf-8")
    assert FIRST_LINE.fullmatch(read_after(folder, "monitor_alerts")[0])
    assert file.read_text(encoding="utf-8").endswith("\nold\n</body>")


def test_a_page_that_could_not_be_replaced_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_after(folder)
    monkeypatch.setattr(job, "write_report", full_disk)
    line, steps, page = read_after(folder)
    assert "The report of the run of " in line
    assert "could not be written. The figures on this page are of the last complete run." in line
    assert steps.broken == {"report": "OSError: the disk is full"}
    assert page is None


def test_a_build_that_stops_marks_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_after(folder)

    def stop(*_: object) -> Build:
        raise MonitorError("no such model")

    monkeypatch.setattr(job, "build", stop)
    project = Project(Settings(folder))
    with pytest.raises(MonitorError, match="no such model"):
        job.run(project, Output(), job.JobOptions(publish=False, check=False, send=False))
    page = (folder / "target" / "report.html").read_text(encoding="utf-8")
    assert "UTC stopped with an error. The figures on this page are of the last" in page
    read_after(folder)


def test_a_page_made_by_hand_after_an_unfinished_build_says_so(
    full: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = full / "target" / "report.html"
    pages = {}
    for status in ("finished", "started", "unfinished", "nothing_to_do"):
        execute(full, f"update main_results.monitor_runs set status = '{status}'")
        assert main(["report", "--project-dir", str(full)]) == 0
        pages[status] = file.read_text(encoding="utf-8")
    execute(full, "update main_results.monitor_runs set status = 'finished'")
    said = {status for status, page in pages.items() if "The last build did not finish." in page}
    assert said == {"started", "unfinished"}
    assert all(pages[status].count('role="alert"') == 1 for status in said)
    assert "Wrote target/report.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "is_last_unfinished"),
    [
        # killed as of a later time; the last run, as of an earlier one, finished
        ("('a', '2026-06-25 06:00', 'unfinished', 1), ('b', '2026-06-21 06:00', 'finished', 2)", 0),
        ("('a', '2026-06-25 06:00', 'finished', 1), ('b', '2026-06-21 06:00', 'started', 2)", 1),
        # a run without anything to build changed no table
        ("('a', '2026-06-21 06:00', 'started', 1), ('b', '2026-06-22', 'nothing_to_do', 2)", 1),
    ],
)
def test_the_last_run_is_the_one_that_began_last(
    full: Path, rows: str, is_last_unfinished: int
) -> None:
    execute(full, "create table main_results.kept as select * from main_results.monitor_runs")
    execute(
        full,
        "create or replace table main_results.monitor_runs as "
        "select run_id, cast(as_of as timestamp) as as_of, status, "
        f"to_timestamp(place)::timestamp as started_at from (values {rows}) "
        "as runs (run_id, as_of, status, place)",
    )
    assert main(["report", "--project-dir", str(full)]) == 0
    page = (full / "target" / "report.html").read_text(encoding="utf-8")
    execute(full, "create or replace table main_results.monitor_runs as from main_results.kept")
    execute(full, "drop table main_results.kept")
    assert ("The last build did not finish." in page) == bool(is_last_unfinished)


def full_disk(*_: object) -> Path:
    raise OSError("the disk is full")


def test_a_run_can_leave_it_out(folder: Path) -> None:
    file = folder / "target" / "report.html"
    file.unlink(missing_ok=True)
    wanted = job.JobOptions(publish=False, check=False, report=False)
    job.read(Project(Settings(folder)), Output(), wanted, Build((), 1, 0), job.Steps())
    assert not file.exists()
