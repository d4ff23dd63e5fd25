"""A small project on Spark: with one monitor broken, killed and run again, on a cluster."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

from ..harness.engine_tables import all_differences, attach_duckdb, attach_spark
from ..harness.evidence import Note
from ..harness.project_harness import OF_A_RUN
from ..harness.spark_cluster import cluster
from ..harness.spark_session import QUICK_JAVA, SparkProject, kill
from ..judgements.test_broken_monitor import BECAME_TEXT
from ..ledger.test_kill import DAYS, FIRST, MONITOR, the_tables
from ..sketches.test_bad_input import LOG, REFERENCE, monitor
from .test_engine_inputs import WORDS, in_one_tongue
from .test_spark_inputs import QUOTED

# a run takes minutes, most of them for plans
pytestmark = pytest.mark.apart
KILLS = 5
SKETCHES = {
    "int_monitor__reference_facts", "int_monitor__vocabulary", "int_monitor__bins",
    "int_monitor__reference_bins", "int_monitor__metric_sums", "int_monitor__window_sums",
    "int_monitor__window_bins", "int_monitor__distances",
}  # fmt: skip
# What reads the rows of a log, with all before it. What comes after works on small tables.
COUNTED = ("int_monitor__bins", "int_monitor__reference_bins", "int_monitor__metric_sums")
# without hours: half the rows, the same models
KILLED = {**MONITOR, "windows": ["day", "7d"]}


def day(number: int) -> str:
    return str(FIRST + pd.Timedelta(days=number, hours=6))


def job(as_of: str) -> tuple[str, ...]:
    return ("run", "--as-of", as_of, "--no-check", "--fail-on", "none")


def run(project: SparkProject, as_of: str, *more: str) -> subprocess.CompletedProcess[str]:
    return project.run(*job(as_of), *more)


def rows(project: SparkProject, counted: str, table: str) -> int:
    """A number of a table of Spark, from its files."""
    query = f"select {counted} from '{project.tables}/{table}/*.parquet'"
    [(count,)] = duckdb.connect().execute(query).fetchall()
    return int(count)


def unfinished(project: SparkProject) -> int:
    """How many runs are in the ledger that did not come to their end."""
    started = rows(project, "count(distinct run_id)", "int_monitor__run_starts")
    ended = (project.tables / "monitor_watermarks").is_dir()
    return started - (rows(project, "count(distinct run_id)", "monitor_watermarks") if ended else 0)


def apart(project: SparkProject, as_of: str, *, of_results: bool = False) -> list[str]:
    """What is not the same on Spark, where it is built already, and on DuckDB, where it is built now.

    With `of_results` only what follows from the logs, whatever runs there were before.
    """
    project.build(as_of)
    tables, names, found = project.beside()
    assert found <= names
    in_one_tongue(tables, QUOTED)
    assert len(names - found) < 10  # views have no files
    # what fired is put down by the command, and DuckDB's side is a plain build
    compared = found & {*project.results(), *SKETCHES} if of_results else found - {"monitor_audit"}
    ignored = WORDS | (OF_A_RUN if of_results else frozenset())
    texts = all_differences(tables, compared, ignored)
    tables.close()
    return texts


@pytest.mark.promise(7)
def test_killed_anywhere_and_run_again_is_as_if_undisturbed(tmp_path: Path, evidence: Note) -> None:
    random = np.random.default_rng(5)
    tables = the_tables()
    project = SparkProject(tmp_path / "killed", [KILLED], tables)
    # an undisturbed run tells how long one takes; its results are thrown away
    began = time.monotonic()
    done = run(project, day(14))
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    lasts = time.monotonic() - began
    project.forget()
    moments: list[float] = []
    # in a row, nothing cleaned up between; each is a later day than what the one before left behind
    while len(moments) < KILLS:
        after = float(random.uniform(0.3, 0.95)) * lasts
        process = project.begin("spark", *job(day(14 + 3 * len(moments))))
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            kill(process)
            moments.append(round(after, 1))
            process.communicate()
        else:
            output = process.communicate()
            assert process.returncode == 0, output
            # a run that came through has mended what was left: the row begins anew
            lasts *= 0.8
            moments.clear()
            project.forget()
    # a kill may come before anything was written: not each of them is in the ledger
    assert unfinished(project) > 0
    done = run(project, day(DAYS))
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    print(f"killed {moments} s after the start; a run lasts {lasts:.1f} s")
    assert apart(project, day(DAYS), of_results=True) == []
    assert rows(project, "count(*)", "int_monitor__bins") > 5_000
    assert rows(project, "count(distinct is_final)", "monitor_labels") == 2
    evidence("kills of `run` on Spark at any moment, repaired by the next run", KILLS)


def test_a_broken_monitor_does_not_stop_the_others(tmp_path: Path) -> None:
    monitors = [monitor("sound", "log"), monitor("broken", "other"), monitor("absent", "none")]
    tables = {"log": LOG, "other": LOG, "reference": REFERENCE}
    project = SparkProject(tmp_path / "broken", monitors, tables)
    first, then = "2026-01-20T06:00:00Z", "2026-01-21T06:00:00Z"
    done = run(project, first)
    assert done.returncode == 2, done.stdout + done.stderr[-3000:]
    assert "Not fully evaluated: absent (exit code 2)" in done.stdout
    assert apart(project, first) == []
    project.load("other", BECAME_TEXT)
    project.send("other")
    # what a write that was killed leaves: a folder that no catalogue knows, where Spark refuses to write
    left = project.tables / "monitor_drift__next"
    left.mkdir()
    (left / "part-00000.parquet").write_bytes(b"half a file")
    done = run(project, then)
    assert done.returncode == 2, done.stdout + done.stderr[-3000:]
    assert not left.exists()
    assert "subject x: was number when its ruler froze, is text (" in done.stdout
    # one monitor alone: the others stay where they were
    done = run(project, "2026-01-22T06:00:00Z", "--monitor", "sound")
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    ends = dict(
        duckdb.connect()
        .execute(
            f"select monitor, max(window_end) from '{project.tables}/monitor_profiles/*.parquet' "
            "group by monitor"
        )
        .fetchall()
    )
    assert ends["sound"] > ends["broken"]


def test_another_file_format_and_a_past_day_again(tmp_path: Path) -> None:
    """In ORC: two runs are those of DuckDB, and a past day in an empty schema says what it said."""
    project = SparkProject(tmp_path / "orc", [KILLED], the_tables())
    settings = yaml.safe_load((project.folder / "dbt_project.yml").read_text(encoding="utf-8"))
    settings["models"] = settings["seeds"] = {"model_monitor": {"+file_format": "orc"}}
    (project.folder / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")

    def seen(as_of: str) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
        """The tables of the sketches and results after this run, beside those of DuckDB."""
        project.build(as_of)
        with project.in_one_session() as there:
            assert there.build(as_of) == []
            stored = there.query("describe extended default_model_monitor.monitor_labels")
            assert ["Provider", "orc"] in [row[:2] for row in stored]
            names = sorted(
                name
                for _, name, _ in there.query("show tables in default_model_monitor")
                if name in {*project.results(), *SKETCHES, "int_monitor__logs"} - {"monitor_audit"}
            )
            there.execute(
                ["drop schema if exists copies cascade", "create schema copies"]
                + [
                    f"create table copies.{name} using parquet as "
                    f"select * from default_model_monitor.{name}"
                    for name in names
                ]
            )
        found = duckdb.connect()
        found.execute("set timezone = 'UTC'")
        attach_duckdb(found, project.file, project.schema)
        assert set(names) == attach_spark(found, project.home / "warehouse" / "copies.db")
        in_one_tongue(found, QUOTED)
        assert all_differences(found, names, WORDS) == []
        return found, set(names)

    said, names = seen(day(20))
    seen(day(24))
    project.reset()
    project.forget()
    again, _ = seen(day(20))
    # which run it was, and when, is another
    for name in sorted(names - {"monitor_runs", "monitor_rule_runs", "monitor_watermarks"}):
        first, second = (
            tables.execute(f"select * from other.{name}")
            .fetch_df()
            .drop(columns=[*OF_A_RUN], errors="ignore")
            for tables in (said, again)
        )
        columns = list(first.columns)
        first, second = (frame.sort_values(columns, ignore_index=True) for frame in (first, second))
        pd.testing.assert_frame_equal(first, second, obj=name)


def test_the_job_on_a_cluster(tmp_path: Path) -> None:
    tables = {"log": LOG, "reference": REFERENCE}
    with cluster(tmp_path / "cluster") as running:
        own = {"MODEL_MONITOR_SPARK_MASTER": running.master}
        project = SparkProject(tmp_path / "shop", [monitor("sound", "log")], tables, own=own)
        before = running.executors()
        done = run(project, "2026-01-20T06:00:00Z")
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
        after = running.executors()
    assert all(late > early for early, late in zip(before, after, strict=True)), (before, after)
    assert apart(project, "2026-01-20T06:00:00Z") == []


def test_sketches_are_counted_on_a_cluster(tmp_path: Path) -> None:
    as_of = "2026-01-20T06:00:00Z"
    select = [f"+{name}" for name in COUNTED]
    with cluster(tmp_path / "cluster") as running:
        own = {"MODEL_MONITOR_SPARK_MASTER": running.master, **QUICK_JAVA}
        project = SparkProject(tmp_path / "shop", [monitor("sound", "log")], {}, own=own)
        project.load("log", LOG)
        project.load("reference", REFERENCE)
        with project.in_one_session() as there:
            project.send_all()
            assert there.build(as_of, select) == []
        assert running.executors() == [1, 1]
    project.build(as_of, select)
    tables, names, found = project.beside()
    assert {*COUNTED} <= found <= names
    for name in COUNTED:
        [(count,)] = tables.execute(f"select count(*) from other.{name}").fetchall()
        assert count > 0, name
    assert all_differences(tables, found, WORDS) == []
    tables.close()
