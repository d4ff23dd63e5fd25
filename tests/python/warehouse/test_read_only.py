"""Whatever text is run as the query of an alert: it changes nothing, and it ends."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from model_monitor.alerting.explain import recompute
from model_monitor.errors import QueryError
from model_monitor.expectations.reproduction import rerun
from model_monitor.output import Output
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.drivers import engine
from model_monitor.warehouse.project import Project, Settings
from model_monitor.warehouse.read import Readable
from model_monitor.warehouse.read_only import NOT_ONE_SELECT, answer

from ..harness.evidence import Note
from ..harness.postgres_server import Server
from ..harness.small_project import write

# through dbt's adapter, and through the driver alone
ENGINES = (
    "duckdb", "duckdb driver",
    pytest.param("postgres", marks=pytest.mark.slow),
    pytest.param("postgres driver", marks=pytest.mark.slow),
)  # fmt: skip
QUERIES = (
    "select 1 as value",
    "select 1 as value;",
    "-- why\nselect 1 as value -- ; drop table kept",
    "with one as (select 1 as value) select * from one",
    "select 1 as value where '; drop table kept; --' <> '%s {0} $$ $check$'",
)
# of each the tables that are there afterwards are those from before
REFUSED = (
    "",
    "select 1; create table pwned (x int)",
    "select 1; commit; create table pwned (x int)",
    "rollback; create table pwned (x int); select 1",
    "create table pwned as select 1 as x",
    "create table pwned (x int); select 1 as value",
    "drop table kept",
    "delete from kept",
    "insert into kept values (2) returning x",
    "with gone as (delete from kept returning x) select * from gone",
    "with gone as (insert into kept values (2) returning x) select * from gone",
    "truncate kept",
    "commit",
    "$check$; create table pwned (x int); --",
)
ENDLESS = "select count(*) as value from (select 1 from {rows}) as found"
ROWS = {"duckdb": "range(40000000000) as r (i) where i % 7 = 3", "postgres": "pg_sleep(60)"}

pytestmark = pytest.mark.promise(1)


@dataclass(frozen=True)
class Bare:
    """A project of a warehouse alone."""

    warehouse: Warehouse

    def relation(self, name: str) -> str:
        return name


@pytest.fixture(params=ENGINES, scope="module")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Readable:
    folder = tmp_path_factory.mktemp("read_only")
    name, _, is_driver = request.param.partition(" ")
    file = folder / "one.duckdb"
    duckdb.connect(file).close()
    target: dict[str, Any] = {"type": "duckdb", "path": str(file), "threads": 1}
    if name == "postgres":
        server: Server = request.getfixturevalue("postgres")
        database = f"read_only_{is_driver}"
        server.create(database)
        target = {
            "type": "postgres", "host": str(server.folder), "user": "postgres", "password": "",
            "port": 5432, "dbname": database, "schema": "public", "threads": 1,
        }  # fmt: skip
    if is_driver:
        bare = Bare(Warehouse(engine(target, writes=True)))
        bare.warehouse.execute("create table kept as select 1 as x")
        return bare
    write(folder / "profiles.yml", {"one": {"target": "dev", "outputs": {"dev": target}}})
    write(folder / "dbt_project.yml", {"name": "one", "version": "1.0.0", "profile": "one"})
    made = Project(Settings(folder, folder))
    made.warehouse.execute("create table kept as select 1 as x")
    return made


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """A project goes into its folder."""


def untouched(warehouse: Warehouse) -> bool:
    return list(warehouse.query("select * from kept")["x"]) == [1] and not warehouse.exists("pwned")


def test_a_query_is_answered(project: Readable) -> None:
    for query in QUERIES:
        assert answer(project.warehouse, query) == [{"value": 1}], query


def test_nothing_else_is_run(project: Readable, evidence: Note) -> None:
    warehouse = project.warehouse
    # a connection that is already open, and one for each: the next statement finds it as it was
    for query in REFUSED:
        with pytest.raises(QueryError):
            answer(warehouse, query)
        assert untouched(warehouse), query
    with warehouse.connected():
        for query in REFUSED:
            with pytest.raises(QueryError):
                answer(warehouse, query)
            assert answer(warehouse, "select 1 as value") == [{"value": 1}], query
        warehouse.execute("create table later as select 1 as x")
    assert untouched(warehouse)
    assert warehouse.exists("later"), "writing is possible again"
    by = " by its driver" if isinstance(project, Bare) else ""
    refused = f"statements refused on {warehouse.adapter_type}{by} that are no single SELECT"
    evidence(refused, len(REFUSED))
    with pytest.raises(QueryError, match=NOT_ONE_SELECT):
        answer(warehouse, "select 1; create table pwned (x int)")
    with pytest.raises(QueryError, match="no_such_column"):
        answer(warehouse, "select no_such_column from kept")


def test_a_query_ends(project: Readable) -> None:
    warehouse = project.warehouse
    started = time.monotonic()
    with pytest.raises(QueryError, match=r"was stopped after 0\.5 seconds"):
        answer(warehouse, ENDLESS.format(rows=ROWS[warehouse.adapter_type]), 0.5)
    assert time.monotonic() - started < 20
    assert answer(warehouse, "select 1 as value") == [{"value": 1}]


def test_commands_run_the_query_of_an_alert_so(project: Readable) -> None:
    alert = {"alert_id": "a", "reproduce_sql": REFUSED[2], "current_value": 1.0}
    assert recompute(project, Output(), alert) == ([], NOT_ONE_SELECT)
    assert rerun(cast("Any", project), alert)["problem"] == NOT_ONE_SELECT
    assert untouched(project.warehouse)
