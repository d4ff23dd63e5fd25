"""Golden tables: a small demo on Spark gives, row for row, what it gives on DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from model_monitor.demo.schema import TABLES

from ..harness.engine_tables import all_differences, attach_spark
from ..harness.small_demo import AS_OF, monitors, policy, tables
from ..harness.spark_session import SparkProject
from .test_engines import IGNORED

# most of it is planning, which takes minutes whatever the logs hold
pytestmark = pytest.mark.apart

NEXT = "2026-07-02 06:00:00"
# Views have no files: they are read into tables beside the results.
READ = "read_views"
# A day that the first run has counted, of which more rows come before the next.
LATE_LOG, LATE_DAY, ID, TIME = "fraud_transactions", "2026-06-24", "transaction_id", "scored_at"


@dataclass(frozen=True)
class Results:
    """The tables of both engines after a job, and what the jobs said."""

    tables: duckdb.DuckDBPyConnection
    names: list[str]
    said: Sequence[dict[str, Any]]

    def apart(self) -> list[str]:
        return all_differences(self.tables, self.names, IGNORED)


def job(project: SparkProject, as_of: str) -> Results:
    """The job on both, with tests and suites, and what it leaves."""
    done = project.on_both("run", "--as-of", as_of, "--json", "--no-publish")
    for one in done:
        assert one.returncode in (0, 1), one.stderr[-3000:] + one.stdout[-3000:]
    assert done[0].returncode == done[1].returncode
    return beside(project, [json.loads(one.stdout) for one in done])


def build(project: SparkProject, as_of: str) -> Results:
    """The models alone, on one after the other."""
    project.build(as_of)
    done = project.built_on_spark(as_of)
    assert done.returncode == 0, done.stdout[-3000:]
    return beside(project)


def beside(project: SparkProject, said: Sequence[dict[str, Any]] = ()) -> Results:
    """The tables of either, side by side."""
    found, names, there = project.beside()
    views = sorted(names - there)
    statements = [f"drop schema if exists {READ} cascade", f"create schema {READ}"]
    statements += [
        f"create table {READ}.{view} using parquet as select * from {project.tables.stem}.{view}"
        for view in views
    ]
    project.execute_there(statements)
    there |= attach_spark(found, project.tables.with_name(f"{READ}.db"))
    assert names == there
    return Results(found, sorted(names), said)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SparkProject:
    folder = tmp_path_factory.mktemp("spark")
    return SparkProject(folder / "shop", monitors(), tables(folder / "files"), policy())


@pytest.fixture(scope="module")
def first(project: SparkProject) -> Iterator[Results]:
    found = job(project, AS_OF)
    yield found
    found.tables.close()


def test_every_table_is_the_same(first: Results) -> None:
    assert len(first.names) > 60
    assert first.apart() == []


@pytest.mark.parametrize(
    "name",
    [
        "monitor_drift", "monitor_profiles", "monitor_metrics", "monitor_performance",
        "monitor_calibration", "monitor_ranking", "monitor_concept", "monitor_concentration",
        "monitor_proxies", "monitor_estimates", "monitor_fairness", "monitor_segments",
        "monitor_detections", "monitor_alerts", "monitor_incidents", "monitor_triggers",
        "monitor_labelling_queue", "monitor_value",
    ],
)  # fmt: skip
def test_the_table_holds_something(first: Results, name: str) -> None:
    count = first.tables.execute(f"select count(*) from other.{name}").fetchone()
    assert count is not None
    assert count[0] > 0


def test_the_job_says_the_same(first: Results) -> None:
    one, other = first.said
    kept = ("severity", "message", "monitor", "state")
    assert [[alert.get(key) for key in kept] for alert in one["alerts"]] == [
        [alert.get(key) for key in kept] for alert in other["alerts"]
    ]
    assert one["monitors"] == other["monitors"]
    assert one["built"] == other["built"]
    assert one["failures"] == other["failures"] == []


@pytest.mark.parametrize(
    "arguments",
    [("alerts",), ("check", "--as-of", AS_OF), ("doctor", "--as-of", AS_OF)],
    ids=["alerts", "check", "doctor"],
)
def test_the_commands_end_alike(
    project: SparkProject, first: Results, arguments: tuple[str, ...]
) -> None:
    one, other = project.on_both(*arguments, "--json")
    assert one.returncode == other.returncode, other.stderr[-3000:] + other.stdout[-3000:]
    said = [json.loads(done.stdout) for done in (one, other)]
    # of a list of alerts which they are, of all else the keys: words and queries are the engine's
    ids = [
        [alert["alert_id"] for alert in found] if isinstance(found, list) else found.keys()
        for found in said
    ]
    assert ids[0] == ids[1]


def test_a_backtest_says_the_same(project: SparkProject, first: Results) -> None:
    one, other = project.on_both("backtest", "--as-of", AS_OF, "--json")
    assert one.returncode == other.returncode == 0, other.stderr[-3000:] + other.stdout[-3000:]
    said = [json.loads(done.stdout) for done in (one, other)]
    assert sum(rule["alerts"] for rule in said[0]["rules"]) > 0
    assert said[0] == said[1]
    assert not list(project.tables.parent.glob("*backtest*")), "nothing is left behind"


def test_late_rows_restate_a_past_day_alike(project: SparkProject, first: Results) -> None:
    columns = next(spec for spec in TABLES if spec.name == LATE_LOG).columns
    values = {ID: f"{ID} || '-late'", "loaded_at": f"timestamp '{NEXT}' - interval 1 hour"}
    listed = ", ".join(values.get(column.name, column.name) for column in columns)
    with project.connect() as connection:
        connection.execute(
            f"insert into logs.{LATE_LOG} select {listed} from logs.{LATE_LOG} "
            f"where date_trunc('day', {TIME}) = timestamp '{LATE_DAY}'"
        )
    project.send(LATE_LOG)
    found = build(project, NEXT)
    assert found.apart() == []
    counts = [
        results.tables.execute(
            "select row_count from other.monitor_profiles where monitor = 'fraud' "
            "and window_name = 'day' and slice_name = '(all)' and model_version = '(all)' "
            f"and subject = 'device_risk' and window_start = '{LATE_DAY}'"
        ).fetchone()
        for results in (first, found)
    ]
    assert counts[0] is not None
    assert counts[1] is not None
    assert counts[1][0] == 2 * counts[0][0]
    found.tables.close()


def test_a_run_with_nothing_new_is_the_same(project: SparkProject, first: Results) -> None:
    found = build(project, NEXT)
    assert found.apart() == []
    found.tables.close()
