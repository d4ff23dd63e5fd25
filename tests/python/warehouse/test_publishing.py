"""Readers of the published copy while runs replace it: never blocked, never half a run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from model_monitor.cli.parser import main
from model_monitor.warehouse.project import Project, Settings
from model_monitor.warehouse.publish import publishing

from ..harness.small_project import small_project

RUNS = 12
# Opens the copy again and again. Every table says which run it is of: all must say the same.
READER = """
import duckdb, pathlib, sys, time
file, parquet, stop = (pathlib.Path(name) for name in sys.argv[1:])
seen, slowest, rounds = set(), 0.0, 0
print("reading", flush=True)
while not stop.exists():
    began = time.monotonic()
    with duckdb.connect(str(file), read_only=True) as copy:
        tables = [name for (name,) in copy.execute(
            "select table_name from information_schema.tables").fetchall()]
        runs = {copy.execute(f"select max(run) from main_results.{name}").fetchone()[0]
                for name in tables}
    assert len(tables) == 3 and len(runs) == 1, (tables, runs)
    folder = parquet.resolve()
    found = {duckdb.execute(f"select max(run) from '{each}'").fetchone()[0]
             for each in sorted(folder.iterdir())}
    assert len(found) == 1, found
    seen |= runs
    slowest, rounds = max(slowest, time.monotonic() - began), rounds + 1
print(rounds, len(seen), slowest)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of three tables that say which run they are of."""
    folder = small_project(tmp_path / "small")
    for path in (folder / "models").glob("*.sql"):
        path.unlink()
    for name in ("monitor_a", "monitor_b", "monitor_c"):
        sql = "select {{ var('run', 0) }} as run, i from range(20000) as r (i)"
        (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return folder


def test_a_reader_in_a_loop(folder: Path, tmp_path: Path, here: Path) -> None:
    published, stop = folder / "target" / "published", tmp_path / "stop"
    project = Project(Settings(folder, folder))
    assert not project.build().failures
    tables = project.results()
    for run in range(RUNS):
        with project.warehouse.held(print):
            for table in tables:
                project.warehouse.execute(f"update {table.relation} set run = {run}")
            # as checks do meanwhile: a command of dbt closes the connections that it knows
            with publishing(project.warehouse, tables, parquet=True) as copied:
                project.compiled("--select", "monitor_a")
            assert copied.result() == published / "small.duckdb"
        if run == 0:
            names = [str(published / "small.duckdb"), str(published / "parquet"), str(stop)]
            reader = subprocess.Popen(
                [sys.executable, "-c", READER, *names], text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            assert reader.stdout is not None
            assert reader.stdout.readline() == "reading\n"
        time.sleep(0.5)
    stop.touch()
    said, error = reader.communicate(timeout=60)
    assert reader.returncode == 0, error
    rounds, runs, slowest = said.split()
    assert int(rounds) > RUNS
    assert int(runs) > RUNS // 2, "it saw the copies change"
    assert float(slowest) < 30
    assert sorted(path.name for path in published.iterdir()) == [
        ".parquet-a", ".parquet-b", "parquet", "small.duckdb",
    ]  # fmt: skip


def test_half_a_run_is_not_published(folder: Path, here: Path) -> None:
    place = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    asked = ["run", *place, "--no-check", "--parquet", "--fail-on", "none"]
    assert main(asked) == 0
    broken = "select 1 as run, error('no') as i"
    (folder / "models" / "monitor_b.sql").write_text(broken, encoding="utf-8")
    assert main([*asked, "--vars", "{run: 7}"]) == 2
    copy = folder / "target" / "published" / "small.duckdb"
    with duckdb.connect(str(copy), read_only=True) as reader:
        assert reader.execute("select max(run) from main_results.monitor_a").fetchone() == (0,)
    files = folder / "target" / "published" / "parquet"
    assert duckdb.execute(f"select max(run) from '{files}/monitor_a.parquet'").fetchall() == [(0,)]
