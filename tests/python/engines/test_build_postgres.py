"""How models replace each other on Postgres, beside what readers see (test_readers_postgres.py)."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..house.test_descriptions import PERSIST_DOCS, column_comments, commented, table_comments

pytestmark = pytest.mark.slow

COLUMNS = """
select table_name, table_type, array_agg(column_name || ' ' || data_type order by ordinal_position)
from information_schema.tables inner join information_schema.columns
using (table_schema, table_name) where table_schema = %s group by table_name, table_type
"""
# As an older or a newer version left them: a table for a view, a view for a table, other columns.
CHANGES = """
drop view monitor_runs cascade;
create table monitor_runs (run_id integer);
drop table monitor_notices cascade;
create view monitor_notices as select 1 as monitor;
drop view monitor_quality_report cascade;
create view monitor_quality_report as select 1 as former_column;
alter table monitor_incidents add column former_column integer;
alter table monitor_coverage alter column monitor type varchar(80);
drop table int_monitor__alert_groups cascade;
create table int_monitor__alert_groups (former_column integer);
"""
CHANGED = {"runs", "notices", "quality_report", "incidents", "coverage"}
UNCHANGED = {"alerts", "health", "drift", "distributions"}


class Warehouse(PostgresProject):
    """Without a monitor every table is there and empty; many threads build it."""

    def __init__(self, folder: Path, server: Server, database: str) -> None:
        super().__init__(folder, server, database, [], {})
        self._targets("postgres", {**self._profile, "threads": 6})

    def ask(self, query: str, *values: Any) -> list[Any]:
        connection = self.server.connect(self.database)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"set search_path to {self.schema}; {query}", values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def configure_models(self, settings: dict[str, Any]) -> None:
        path = self.folder / "dbt_project.yml"
        project = yaml.safe_load(path.read_text(encoding="utf-8"))
        project["models"] = {"model_monitor": settings}
        path.write_text(yaml.safe_dump(project), encoding="utf-8")
        self._manifest = None


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Warehouse:
    project = Warehouse(tmp_path_factory.mktemp("built") / "shop", postgres, "built")
    project.build()
    return project


@pytest.fixture
def project(warehouse: Warehouse) -> Iterator[Warehouse]:
    """Built, with a reader and a schema of theirs."""
    warehouse.ask("create schema bi; create role built_reader")
    yield warehouse
    warehouse.ask("drop schema bi cascade; drop owned by built_reader; drop role built_reader")


def views(project: Warehouse) -> set[str]:
    found = project.ask("select viewname from pg_views where schemaname = 'bi'")
    return {name for (name,) in found}


def test_a_build_sends_few_statements(project: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.adapters.postgres import PostgresConnectionManager

    sent: list[str] = []
    send = PostgresConnectionManager.add_query

    def counted(self: Any, sql: str, *arguments: Any, **options: Any) -> Any:
        sent.append(sql)
        return send(self, sql, *arguments, **options)

    monkeypatch.setattr(PostgresConnectionManager, "add_query", counted)
    project.build()
    # a view or a table and its commit, a history and its commit, and what the sketches ask
    assert len(sent) < 3 * len(project.nodes())


def test_what_changed_is_made_again_and_the_rest_stays(project: Warehouse) -> None:
    before = sorted(project.ask(COLUMNS, project.schema))
    assert len(before) > 200
    project.ask(CHANGES)
    assert sorted(project.ask(COLUMNS, project.schema)) != before
    project.ask(f"grant usage on schema {project.schema} to built_reader")
    for name in CHANGED | UNCHANGED:
        project.ask(f"create view bi.{name} as select * from monitor_{name}")
        project.ask(f"grant select on monitor_{name} to built_reader")
    kept = dict(project.ask("select relname, oid from pg_class where relname ~ '^(int_)?monitor_'"))
    project.build()
    # the same columns, and no second name is left
    assert sorted(project.ask(COLUMNS, project.schema)) == before
    # docs/internals/engines.md: other columns take the views on them along
    assert views(project) == UNCHANGED
    found = "select has_table_privilege('built_reader', 'monitor_' || %s, 'select')"
    assert {name for name in CHANGED | UNCHANGED if project.ask(found, name)[0][0]} == UNCHANGED
    now = dict(project.ask("select relname, oid from pg_class where relname ~ '^(int_)?monitor_'"))
    for name in CHANGED:
        assert now[f"monitor_{name}"] != kept[f"monitor_{name}"], name
    for name in UNCHANGED:
        assert now[f"monitor_{name}"] == kept[f"monitor_{name}"], name
    assert len(project.ask("select run_id from monitor_runs")) > 1


def test_a_column_added_to_a_view_keeps_its_readers(project: Warehouse) -> None:
    """As an upgrade does; only Postgres knows the columns of a view before it is replaced."""
    [(text,)] = project.ask("select pg_get_viewdef('monitor_runs'::regclass)")
    columns = [
        name
        for (name,) in project.ask(
            "select attname from pg_attribute where attrelid = 'monitor_runs'::regclass "
            "and attnum > 0 order by attnum"
        )
    ]
    listed = ", ".join(columns[:-1])
    project.ask(
        "drop view monitor_runs cascade; create view monitor_runs as "
        f"select {listed} from ({text.rstrip().rstrip(';')}) as newer; "
        "create view bi.runs as select * from monitor_runs"
    )
    project.build(select="monitor_runs")
    assert views(project) == {"runs"}
    assert project.ask(f"select {columns[-1]} from monitor_runs")


def test_what_a_project_configures_is_there_after_every_build(project: Warehouse) -> None:
    project.configure_models(
        {
            "alerts": {
                "+grants": {"select": ["built_reader"]},
                "+persist_docs": {"relation": True},
                "+post-hook": "insert into {{ this.schema }}.built_models values ('{{ this.identifier }}')",
                "monitor_alerts": {"+indexes": [{"columns": ["monitor"]}]},
                "int_monitor__alert_splits": {"+indexes": [{"columns": ["alert_id"]}]},
            }
        }
    )
    project.ask("create table built_models (name text)")
    # one that is there already stays, and gets no index (decision 33)
    project.ask(
        "drop table monitor_alerts cascade; grant insert on monitor_incidents to built_reader"
    )
    for build in (1, 2):
        project.build(select="model_monitor.alerts")
        indexes = project.ask(
            "select tablename from pg_indexes where schemaname = %s", project.schema
        )
        assert collections.Counter(indexes) == {
            ("monitor_alerts",): 1,
            ("int_monitor__alert_splits",): 1,
        }
        [(comment,)] = project.ask("select obj_description('monitor_alerts'::regclass)")
        assert comment.startswith("One row per alert"), comment
        assert project.ask("select count(*) from built_models where name = 'monitor_alerts'") == [
            (build,)
        ]
        granted = project.ask(
            "select distinct privilege_type from information_schema.role_table_grants "
            "where grantee = 'built_reader' and table_name in ('monitor_alerts', 'monitor_incidents')"
        )
        assert granted == [("SELECT",)]
    project.configure_models({})


def test_descriptions_are_comments_if_a_project_wants_them(project: Warehouse) -> None:
    project.configure_models(PERSIST_DOCS)
    project.build()
    tables = project.ask(
        "select relname, obj_description(oid) from pg_class "
        "where relnamespace = %s::regnamespace and relkind in ('r', 'v')",
        project.schema,
    )
    columns = project.ask(
        "select relname, attname, col_description(pg_class.oid, attnum) from pg_class "
        "inner join pg_attribute on pg_class.oid = attrelid "
        "where relnamespace = %s::regnamespace and relkind in ('r', 'v') "
        "and attnum > 0 and not attisdropped",
        project.schema,
    )
    assert commented(tables) == table_comments()
    assert commented(columns) == column_comments()
    project.configure_models({})


def test_a_contract_is_checked_where_a_table_is_made(project: Warehouse) -> None:
    def build(value: str, data_type: str) -> str:
        (project.folder / "models/own.sql").write_text(
            "{{ config(materialized='monitor_table', contract={'enforced': true}) }}\n"
            f"select {value} as a, 1 as b",
            encoding="utf-8",
        )
        columns = [
            {"name": "b", "data_type": "integer"},
            {"name": "a", "data_type": data_type, "constraints": [{"type": "not_null"}]},
        ]
        own = {"name": "own", "columns": columns}
        project._write("models/own.yml", {"version": 2, "models": [own]})
        project._manifest = None
        failures = project.build(select="own", expect_success=False).failures
        return str(failures.get("own", ""))

    found = "select b, a from main.own"
    assert "enforced contract" in build("cast('1' as text)", "integer")
    assert build("1", "integer") == ""
    assert project.ask(found) == [(1, 1)]
    # another type: the table is made again, and its contract is checked before
    assert "enforced contract" in build("1", "text")
    assert project.ask(found) == [(1, 1)]
    assert build("cast('2' as text)", "text") == ""
    assert project.ask(found) == [(1, "2")]
    assert "null value" in build("cast(null as text)", "text")
    assert project.ask(found) == [(1, "2")]
