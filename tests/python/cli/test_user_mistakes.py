"""What a person can get wrong is told as what it is, and never as a bug in model-monitor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_monitor.cli.parser import main, unexpected
from model_monitor.errors import NOT_EVALUATED
from model_monitor.expectations.suites import SuiteError, load

from ..harness.small_project import write

DUCKDB: dict[str, Any] = {"type": "duckdb", "path": "one.duckdb", "threads": 1}
NOBODY: dict[str, Any] = {
    "type": "postgres", "host": "127.0.0.1", "port": 9, "user": "x", "password": "y",
    "dbname": "z", "schema": "s", "threads": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """A command goes into its project."""


@pytest.mark.parametrize(
    ("target", "command", "said"),
    [
        ({**DUCKDB, "path": "/proc/none/one.duckdb"}, ("doctor",), "/proc/none: No such file"),
        (NOBODY, ("init", "raw.log"), "port 9 failed: Connection refused"),
        ({**DUCKDB, "path": "no.duckdb"}, ("init", "raw.log"), "not a valid DuckDB database"),
    ],
)
def test_a_profile(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    target: dict[str, Any],
    command: tuple[str, ...],
    said: str,
) -> None:
    write(tmp_path / "profiles.yml", {"one": {"target": "dev", "outputs": {"dev": target}}})
    write(tmp_path / "dbt_project.yml", {"name": "one", "version": "1.0.0", "profile": "one"})
    (tmp_path / "no.duckdb").write_text("this is no database", encoding="utf-8")
    place = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    assert main([*command, *place]) == NOT_EVALUATED
    printed = capsys.readouterr()
    told = printed.out + printed.err
    assert said in told
    assert "bug in" not in told
    assert "Traceback" not in told


EXPECTATION = {"type": "expect_column_to_exist", "kwargs": {"column": "a"}}
SUITES: dict[str, str] = {
    "text.json": "[1, 2",
    "list.json": "[1, 2]",
    "number.json": json.dumps({"name": "x", "expectations": 3}),
    "unknown.json": json.dumps({"name": "x", "expectations": [{"type": "expect_magic"}]}),
    "meta.json": json.dumps({"name": "x", "expectations": [EXPECTATION], "meta": ["frame"]}),
    "no_frame.json": json.dumps({"name": "x", "expectations": [EXPECTATION]}),
    "syntax.py": "def suite(:",
    "none.py": "def suite():\n    return None",
    "exit.py": "import sys\nsys.exit(0)",
    "latin.json": "\udcff",
}


@pytest.mark.parametrize("name", SUITES)
def test_a_suite(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SUITES[name].encode(errors="surrogateescape"))
    with pytest.raises(SuiteError, match=name):
        load([tmp_path])


def test_what_is_ours_is_said_to_be() -> None:
    assert "bug in model-monitor" in unexpected(KeyError("x"))
    assert unexpected(PermissionError(13, "Permission denied", "/a/b")) == "/a/b: Permission denied"
