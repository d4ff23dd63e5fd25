"""Golden tables: the demo on Postgres gives, row for row, what it gives on DuckDB."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ..alerts.test_playbooks import recipes
from ..harness.engine_tables import all_differences, attach_duckdb, attach_postgres
from ..harness.forked import Forks, Run
from ..harness.postgres_server import Server

ROOT = Path(__file__).resolve().parents[3]
DEMO = ("--days", "45", "--rows-per-day", "300", "--end", "2026-06-30")
AS_OF = "2026-07-01 06:00:00"
VIEWS_SINCE = "2026-06-24 00:00:00"
# what tells one run, or one database, from another
IGNORED = frozenset(
    {"started_at", "finished_at", "run_id", "relation", "comparison_id", "data_type"}
)


@dataclass(frozen=True)
class Engine:
    """One target of the project's own profile, and where its results lie."""

    environment: dict[str, str]
    schema: str
    forks: Forks

    def monitor(self, *arguments: str) -> Run:
        """A command of model-monitor, which has ended."""
        done = self.forks.start(*arguments)
        done.wait()
        return done

    def job(self, *arguments: str, as_of: str = AS_OF) -> dict[str, Any]:
        given = arguments or ("run",)
        # only `demo --run` has an address for the notifications
        given = (*given, "--no-send")
        done = self.monitor(*given, "--as-of", as_of, "--json", "--fail-on", "none")
        assert done.returncode in (0, 2), done.output()[-4000:]
        found: dict[str, Any] = json.loads(done.said())
        assert found["failures"] == []
        return found


@dataclass(frozen=True)
class Results:
    """The tables of both engines after a job, and what the jobs said."""

    tables: duckdb.DuckDBPyConnection
    names: list[str]
    said: tuple[dict[str, Any], dict[str, Any]]


def begin(target: str, own: dict[str, str], folder: Path, schema: str) -> Engine:
    """The process from which its commands are forked, with the demo logs."""
    project = ("--project-dir", str(ROOT), "--target", target)
    place = {**own, "DBT_TARGET_PATH": str(folder / target)}
    forks = Forks(project, "model-monitor", folder / f"{target}.log", place)
    engine = Engine(place, schema, forks)
    done = engine.monitor("demo", *DEMO)
    assert done.returncode == 0, done.output()[-2000:]
    return engine


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> Iterator[tuple[Engine, Engine]]:
    """The demo logs in both."""
    folder = tmp_path_factory.mktemp("engines")
    postgres.create("golden")
    on_duckdb = {"MODEL_MONITOR_DUCKDB": str(folder / "golden.duckdb")}
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(begin, "duckdb", on_duckdb, folder, "main_model_monitor")
        other = pool.submit(
            begin, "postgres", postgres.environment("golden"), folder, "public_model_monitor"
        )
    both = one.result(), other.result()
    yield both
    for engine in both:
        engine.forks.end()


def results(
    engines: tuple[Engine, Engine], server: Server, folder: Path, *arguments: str
) -> Results:
    one, other = engines
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(engine.job, *arguments) for engine in engines]
    said = (jobs[0].result(), jobs[1].result())
    # in memory they take 6 GB
    tables = duckdb.connect(str(folder / "both.duckdb"), config={"memory_limit": "2GB"})
    tables.execute("set timezone = 'UTC'")
    file = Path(one.environment["MODEL_MONITOR_DUCKDB"])
    names = attach_duckdb(tables, file, one.schema, VIEWS_SINCE)
    connection = server.connect(other.environment["PGDATABASE"])
    assert names == attach_postgres(
        tables, connection, other.schema, folder, views_since=VIEWS_SINCE
    )
    connection.close()
    return Results(tables, sorted(names), said)


@pytest.fixture(scope="module")
def first(
    engines: tuple[Engine, Engine], postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Results]:
    found = results(engines, postgres, tmp_path_factory.mktemp("tables"))
    yield found
    found.tables.close()


def apart(found: Results) -> list[str]:
    return all_differences(found.tables, found.names, IGNORED)


def test_every_table_is_the_same(first: Results) -> None:
    assert len(first.names) > 60
    assert apart(first) == []


def test_the_tables_hold_something(first: Results) -> None:
    for name in ("monitor_drift", "monitor_profiles", "monitor_metrics", "monitor_alerts"):
        count = first.tables.execute(f"select count(*) from one.{name}").fetchone()
        assert count is not None
        assert count[0] > 0, name


def test_the_job_says_the_same(first: Results) -> None:
    one, other = first.said
    kept = ("severity", "message", "monitor", "state")
    assert [[alert.get(key) for key in kept] for alert in one["alerts"]] == [
        [alert.get(key) for key in kept] for alert in other["alerts"]
    ]
    assert one["monitors"] == other["monitors"]
    assert one["built"] == other["built"]


def said_by(engines: tuple[Engine, Engine], *arguments: str) -> list[Any]:
    """What a command says on each engine; both must end alike."""
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda engine: engine.monitor(*arguments, "--json"), engines)
    assert one.returncode == other.returncode, other.output()[-4000:]
    return [json.loads(one.said()), json.loads(other.said())]


def test_open_alerts_are_the_same(engines: tuple[Engine, Engine], first: Results) -> None:
    one, other = said_by(engines, "alerts", "--fail-on", "none")
    assert [alert["alert_id"] for alert in one] == [alert["alert_id"] for alert in other]


@pytest.mark.apart
def test_a_replay_of_history_counts_the_same(
    engines: tuple[Engine, Engine], first: Results
) -> None:
    one, other = said_by(engines, "backtest", "--as-of", AS_OF)
    assert sum(rule["alerts"] for rule in one["rules"]) > 0
    assert one == other


@pytest.mark.apart
def test_every_alert_is_reproduced(engines: tuple[Engine, Engine], first: Results) -> None:
    given = ("check", "--reproduce", "--fail-on", "none", "--as-of", AS_OF)
    one, other = said_by(engines, *given)
    assert one.keys() == other.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("doctor", "--as-of", AS_OF), ("rebuild", "--from", "2026-06-25", "--dry-run")],
    ids=["doctor", "rebuild"],
)
def test_the_commands_say_the_same(
    engines: tuple[Engine, Engine], first: Results, arguments: tuple[str, ...]
) -> None:
    one, other = said_by(engines, *arguments)
    assert one.keys() == other.keys()


@pytest.mark.slow
def test_explain_runs_the_query_of_an_alert(engines: tuple[Engine, Engine], first: Results) -> None:
    row = first.tables.execute(
        "select alert_id from one.monitor_alerts where reproduce_sql is not null order by 1"
    ).fetchone()
    assert row is not None
    one, other = said_by(engines, "explain", row[0])
    assert one.keys() == other.keys()


def plain(value: Any) -> Any:
    """A value as both engines have it: a number to six digits, and no query, which has a dialect."""
    if isinstance(value, str) and "\nselect" in value:
        return "a query"
    return float(f"{float(value):.6g}") if isinstance(value, (float, Decimal)) else value


@pytest.mark.slow
def test_every_recipe_of_the_docs_says_the_same(
    engines: tuple[Engine, Engine], first: Results, postgres: Server
) -> None:
    """As somebody pastes it, on the schema of the results."""
    one, other = engines
    incident = first.tables.execute("select min(incident_id) from one.monitor_incidents").fetchone()
    assert incident is not None
    # without a limit, which picks among equal rows
    queries = {
        re.sub(r"\nlimit \d+\s*$", "", sql): heading
        for heading, found in recipes().items()
        for sql in found
    }
    answered, different = set(), []
    file = one.environment["MODEL_MONITOR_DUCKDB"]
    connection = postgres.connect(other.environment["PGDATABASE"])
    with duckdb.connect(file, read_only=True) as here, connection.cursor() as there:
        here.execute(f"set schema = '{one.schema}'")
        there.execute(f"set search_path to {other.schema}")
        for sql, heading in queries.items():
            asked = sql.replace("PASTE_AN_ID", str(incident[0]))
            there.execute(asked)
            rows = [
                sorted((tuple(map(plain, row)) for row in found), key=repr)
                for found in (here.execute(asked).fetchall(), there.fetchall())
            ]
            different += [] if rows[0] == rows[1] else [asked, *rows]
            answered |= {heading} if rows[0] else set()
    connection.close()
    assert different == []
    assert len(answered) > 10


@pytest.mark.apart
def test_a_rebuild_is_the_same(
    engines: tuple[Engine, Engine], first: Results, postgres: Server, tmp_path: Path
) -> None:
    """A second run, of which the last days are new."""
    found = results(engines, postgres, tmp_path, "rebuild", "--from", "2026-06-28", "--no-check")
    assert apart(found) == []
    found.tables.close()
