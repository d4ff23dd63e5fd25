"""What comes with an extra: a command without it says what to install, and does the rest."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from model_monitor import extras
from model_monitor.cli.parser import main
from model_monitor.delivery.channels import apprise
from model_monitor.delivery.http import NotSentError

from ..harness.small_project import ROOT, small_project

CHECKS = "To install it: pip install 'dbt-model-monitor[checks]'"
NOTIFY = "Apprise is not installed. To install it: pip install 'dbt-model-monitor[notify]'"


@pytest.fixture
def core_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("extras") / "project")


@pytest.mark.usefixtures("core_alone", "here")
def test_a_run_without_the_checks_says_so_and_does_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--project-dir", str(folder), "--fail-on", "none"]) == 0
    printed = capsys.readouterr()
    assert f"The results are not checked. Great Expectations is not installed. {CHECKS}" in (
        printed.err.splitlines()
    )
    assert "Open incidents: 1 critical, 1 warn" in printed.out.splitlines()
    assert main(["check", "--project-dir", str(folder)]) == 2
    said = f"The results cannot be checked. Great Expectations is not installed. {CHECKS}"
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("core_alone")
def test_a_receiver_of_apprise_names_its_extra() -> None:
    nothing: Any = None
    with pytest.raises(NotSentError, match=r"^" + NOTIFY.replace("[", r"\[") + "$") as refused:
        apprise(nothing, "mailto://nobody", nothing, {})
    assert not refused.value.is_final


@pytest.mark.usefixtures("core_alone")
def test_the_demo_names_its_extra(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 2
    assert "pandas is not installed. To install it: pip install 'dbt-model-monitor[demo]'" in (
        capsys.readouterr().err
    )


ALONE = """
import sys
sys.modules.update({"pandas": None, "numpy": None})  # as if they were not installed
from model_monitor.cli.parser import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        "run --no-check --fail-on none", "doctor --rulers", "init raw.loan_scores",
        "alerts --fail-on none", "notices", "coverage", "report",
    ],
)  # fmt: skip
def test_the_core_needs_no_pandas(folder: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *command.split(), "--project-dir", str(folder)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_extra_is_declared_and_not_in_the_core() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package, (_, extra) in extras.EXTRAS.items():
        name = package.replace("_", "-")
        assert [one for one in project["optional-dependencies"][extra] if one.startswith(name)]
        assert not [one for one in project["dependencies"] if one.startswith(name)]
        assert extra in project["optional-dependencies"]["all"][0]


def test_what_is_there_is_not_missing() -> None:
    assert extras.missing("great_expectations") is None
