"""`demo`, `run` and `rebuild` on Spark, as they are typed in this repository; the same on DuckDB."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from model_monitor.demo.schema import TABLES

from ..harness.engine_tables import all_differences, attach_duckdb, attach_spark
from ..harness.project_harness import ROOT
from ..harness.spark_session import environment, python, surroundings
from .test_engines import IGNORED

# most of it is planning, which takes minutes whatever the logs hold
pytestmark = pytest.mark.apart

DEMO = ("demo", "--days", "20", "--rows-per-day", "100", "--end", "2026-06-30")
AS_OF = "2026-07-01 06:00:00"
# first the monitor with the fewest subjects
JOB = ("--monitor", "house_price", "--as-of", AS_OF, "--no-check", "--no-send", "--fail-on", "none")
REBUILT = "2026-06-25"


@dataclass(frozen=True)
class Engine:
    """One target of the project's own profile, and where its results lie."""

    target: str
    environment: dict[str, str]
    schema: str
    python: str = sys.executable

    def monitor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.python, "-m", "model_monitor", "--target", self.target, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=surroundings(self.environment),
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    """The demo logs in both."""
    folder = tmp_path_factory.mktemp("demo")
    on_duckdb = {
        "MODEL_MONITOR_DUCKDB": str(folder / "demo.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
    }
    on_spark = environment(folder / "spark")
    both = (
        Engine("duckdb", on_duckdb, "main_model_monitor"),
        Engine("spark", on_spark, "default_model_monitor", python()),
    )
    typed(both, DEMO)
    return both


def typed(engines: tuple[Engine, Engine], command: Sequence[str]) -> None:
    """This command on one and then on the other."""
    for engine in engines:
        done = engine.monitor(*command)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def beside(
    engines: tuple[Engine, Engine], schema: tuple[str, str]
) -> tuple[duckdb.DuckDBPyConnection, set[str], set[str]]:
    """The tables of a schema of either, side by side, and which there are."""
    one, other = engines
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    file = Path(one.environment["MODEL_MONITOR_DUCKDB"])
    names = attach_duckdb(connection, file, schema[0])
    warehouse = Path(other.environment["MODEL_MONITOR_SPARK_HOME"]) / "warehouse"
    return connection, names, attach_spark(connection, warehouse / f"{schema[1]}.db")


def results(engines: tuple[Engine, Engine]) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """The results of both, and what is not the same in them."""
    connection, names, found = beside(engines, (engines[0].schema, engines[1].schema))
    assert found <= names
    assert len(names - found) < 10  # views have no files
    return connection, all_differences(connection, found, IGNORED)


def periods(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int]]:
    """Of which monitor the last run counted days, since when, and how many."""
    rows = connection.execute(
        "select monitor, cast(cast(min(period_start) as date) as varchar), count(*) "
        "from other.int_monitor__touched_periods where log = 'predictions' group by monitor"
    ).fetchall()
    return {monitor: (since, days) for monitor, since, days in rows}


@pytest.fixture(scope="module")
def first(engines: tuple[Engine, Engine]) -> Iterator[duckdb.DuckDBPyConnection]:
    typed(engines, ("run", *JOB))
    connection, apart = results(engines)
    assert apart == []
    yield connection
    connection.close()


def test_the_logs_of_the_demo_are_the_same(engines: tuple[Engine, Engine]) -> None:
    connection, names, found = beside(engines, ("demo_logs", "demo_logs"))
    assert names == found == {*(table.name for table in TABLES), "demo_settings"}
    for name in sorted(names):
        count = connection.execute(f'select count(*) from other."{name}"').fetchone()
        assert count is not None
        assert count[0] > 0, name
    assert all_differences(connection, names, frozenset()) == []
    connection.close()


def test_the_job_on_the_demo_is_the_same(first: duckdb.DuckDBPyConnection) -> None:
    ((monitor, (_, days)),) = periods(first).items()
    assert monitor == "house_price"
    assert days >= 20
    drift = first.execute("select count(*) from other.monitor_drift").fetchone()
    assert drift is not None
    assert drift[0] > 100


def test_a_rebuild_is_the_same(
    engines: tuple[Engine, Engine], first: duckdb.DuckDBPyConnection
) -> None:
    typed(engines, ("rebuild", "--from", REBUILT, *JOB))
    connection, apart = results(engines)
    assert apart == []
    counted = periods(connection)
    assert counted["house_price"] == (REBUILT, 6)
    # the job behind it is about all monitors: the others are counted for the first time
    assert counted["fraud"] == counted["home_feed"] == ("2026-06-10", 21)
    connection.close()
