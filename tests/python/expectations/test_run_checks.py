"""Which checks a `run` makes: of what it changed, or of the whole history."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_monitor import job
from model_monitor.cli.parser import main
from model_monitor.errors import MonitorError
from model_monitor.warehouse.project import WHOLE_HISTORY, Project

from ..harness.small_project import small_project

LEAVES_OUT = ("--exclude", WHOLE_HISTORY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("checks") / "project")


def asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str, lacking: str = ""
) -> tuple[tuple[str, ...], bool]:
    """The arguments of `dbt build`, and whether the suites read every window."""
    found: list[tuple[tuple[str, ...], bool]] = []

    def build(project: Project, _output: object, _progress: object, given: tuple[str, ...]) -> None:
        found.append((given, project.settings.variables.get("check") == "all"))
        raise MonitorError("enough")

    monkeypatch.setattr(job, "build", build)
    monkeypatch.setattr(job, "missing", lambda _: lacking)
    assert main(["run", *options, "--project-dir", str(folder)]) != 0
    [only] = found
    return only


@pytest.mark.parametrize(
    ("options", "lacking", "expected"),
    [
        ((), "", (LEAVES_OUT, False)),
        (("--full-refresh",), "", (("--full-refresh", *LEAVES_OUT), False)),
        (("--checks", "full"), "", ((), True)),
        # without the suites, nothing else asks what these tests ask
        (("--no-check",), "", ((), False)),
        ((), "Great Expectations is not installed.", ((), False)),
    ],
)
def test_tests_of_the_whole_history_run_on_request_or_without_the_suites(
    folder: Path,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    lacking: str,
    expected: tuple[tuple[str, ...], bool],
) -> None:
    assert asked(folder, monkeypatch, *options, lacking=lacking) == expected


def test_another_word_for_checks_is_refused(
    folder: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--checks", "all", "--project-dir", str(folder)])
    assert stopped.value.code == 64
    assert "--checks" in capsys.readouterr().err
