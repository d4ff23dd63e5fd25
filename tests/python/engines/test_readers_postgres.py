"""Postgres with roles: the job has the rights of docs/start/daily.md and no others, and people who
read while a run goes on never find a table missing, nor half of one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2
import pytest

from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..ledger.test_kill import FIRST, MONITOR, the_tables

pytestmark = pytest.mark.slow

READ = {
    **{
        name: part
        for name, part in MONITOR.items()
        if name not in ("exposure", "costs", "labelling")
    },
    "windows": ["day", "7d"],
}
# over several tables, which a run replaces one after the other (docs/internals/engines.md): its rows of the windows
# that are touched may be of either for the seconds between
MIXED = {"main_model_monitor.monitor_distributions", "bi.my_monitor_distributions"}
# what is a table made anew, a view, added to
OURS = (
    "monitor_alerts",
    "monitor_health",
    "monitor_distributions",
    "monitor_runs",
    "monitor_drift",
)
# a view of one's own on each, one on such a view, and one on what is not public
VIEWS = {
    **{f"my_{name}": f"select * from main_model_monitor.{name}" for name in OURS},
    "my_own": "select monitor, count(*) as n from bi.my_monitor_alerts group by monitor",
    "my_bins": "select * from main_model_monitor.int_monitor__bin_labels",
}
# The rights of the job, as the page of the daily run grants them.
JOB = """
create role job login;
grant connect, temporary on database read to job;
grant usage on schema logs to job;
grant select on all tables in schema logs to job;
create schema main_model_monitor authorization job;
"""
Answers = dict[str, set[int]]


def end_of(day: int) -> str:
    return str(FIRST + pd.Timedelta(days=day, hours=6))


class Readers:
    """Sessions that ask for a count again and again, as somebody who has only been let read."""

    def __init__(self, connect: Any, relations: list[str]) -> None:
        self.connect, self.relations = connect, relations
        self.seen: Answers = {name: set() for name in relations}
        self.errors: list[str] = []
        self.asked = 0

    def ask(self, stop: threading.Event) -> None:
        connection = self.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("set role bi_reader")
            while not stop.is_set():
                for name in self.relations:
                    try:
                        cursor.execute(f"select count(*) from {name}")
                        self.seen[name].add(cursor.fetchone()[0])
                    except psycopg2.Error as error:
                        self.errors.append(f"{name}: {error}")
                    self.asked += 1
                stop.wait(0.005)
        connection.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        stop = threading.Event()
        threads = [threading.Thread(target=self.ask, args=(stop,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def counts(connection: Any, relations: list[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for name in relations:
            cursor.execute(f"select count(*) from {name}")
            found[name] = cursor.fetchone()[0]
    return found


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_there(
    tmp_path: Path, postgres: Server, here: Path
) -> None:
    tables = the_tables()
    # something to alert of
    tables["killed"].loc[tables["killed"]["happened_at"] > FIRST + pd.Timedelta("12D"), "x"] += 4
    project = PostgresProject(tmp_path / "read", postgres, "read", [READ], tables, user="job")
    project.send_all()
    owner = postgres.connect("read")
    with owner.cursor() as cursor:
        # everybody has these two by default, and some warehouses take them away
        cursor.execute("revoke connect, temporary on database read from public")
        cursor.execute(JOB)
    owner.commit()
    project.build(end_of(16))
    ours = [f"{project.schema}.{name}" for name in OURS]
    relations = [*ours, *(f"bi.{name}" for name in VIEWS)]

    def connect() -> Any:
        return postgres.connect("read")

    with owner.cursor() as cursor:
        cursor.execute("create role bi_reader")
        cursor.execute("create schema bi")
        for name, query in VIEWS.items():
            cursor.execute(f"create view bi.{name} as {query}")
        cursor.execute(f"grant usage on schema bi, {project.schema} to bi_reader")
        # by hand, not through dbt: it stays all the same
        cursor.execute("grant select on all tables in schema bi to bi_reader")
        for name in ours:
            cursor.execute(f"grant select on {name} to bi_reader")
    owner.commit()
    before = counts(owner, relations)
    owner.commit()
    assert min(before.values()) > 0, before

    # one who began before the run, and has asked for nothing yet
    early = connect()
    early.set_session(isolation_level="REPEATABLE READ")
    counts(early, ["pg_class"])
    readers = Readers(connect, relations)
    with readers.reading():
        project.build(end_of(18))
    assert readers.errors == []
    assert counts(early, relations) == before
    early.close()
    after = counts(owner, relations)
    owner.commit()
    assert readers.asked > 100
    changed = {name for name in relations if before[name] != after[name]}
    assert {
        f"{project.schema}.monitor_{name}" for name in ("distributions", "drift", "runs")
    } <= changed
    odd = {
        name: seen - {before[name], after[name]}
        for name, seen in readers.seen.items()
        if name not in MIXED and not seen <= {before[name], after[name]}
    }
    assert odd == {}
    for name in MIXED:
        assert min(readers.seen[name]) > 0.99 * before[name]
        assert max(readers.seen[name]) <= after[name]
