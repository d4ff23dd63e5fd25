"""What a command of the harness says, and how it ends, is what the installed program says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..harness.small_project import small_project

REAL = Path(sys.executable).parent
CHANGES_EACH_TIME = re.compile(r"\d\d:\d\d:\d\d|\b\d+(\.\d+)?s\b|\b[\d.]+ seconds|in \d+ ")
BUILD = "dbt --no-use-colors build --no-partial-parse --models '*'"
FAILS = """
models:
  - name: monitor_drift
    columns:
      - name: status
        data_tests: [unique]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a test that fails, and a model that needs the environment."""
    folder = small_project(tmp_path_factory.mktemp("said") / "project")
    (folder / "models" / "fails.yml").write_text(FAILS, encoding="utf-8")
    (folder / "models" / "told.sql").write_text("select '{{ env_var('TOLD') }}' as told")
    return folder


def ended(programs: Path, folder: Path, command: str, **more: str) -> tuple[int, list[str], str]:
    path = os.pathsep.join([str(programs), str(REAL), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "DBT_PROFILES_DIR": str(folder), **more}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    lines = CHANGES_EACH_TIME.sub("…", done.stdout).splitlines()
    return done.returncode, sorted(lines), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (BUILD, 1, r"\[WARNING\]: Deprecated functionality"),
        ("dbt --no-use-colors show --quiet --inline \"select * from {{ ref('told') }}\"", 0, "it"),
        ("dbt --no-use-colors no-such-command", 2, None),
        ("model-monitor alerts", 1, "income p95"),
        ("model-monitor alerts --project-dir nowhere", 2, None),
    ],
)
def test_both_say_the_same(
    folder: Path, commands: Path, command: str, code: int, said: str | None
) -> None:
    real, quick = (ended(programs, folder, command, TOLD="it") for programs in (REAL, commands))
    assert real[0] == code
    assert quick == real
    assert said is None or re.search(said, "\n".join(quick[1]))


@pytest.mark.slow
def test_without_its_environment_it_fails(folder: Path, commands: Path) -> None:
    code, lines, _ = ended(commands, folder, "dbt --no-use-colors compile --select told")
    assert code == 2
    assert "TOLD" in "\n".join(lines)
