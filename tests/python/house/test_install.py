"""docs/start/install.md, followed word by word in a project with names, schemas and habits of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ..harness.postgres_server import Server
from ..harness.project_harness import commit_before, package_at, package_copy

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/start/install.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) (install\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AS_OF = "2026-02-03 06:00:00"
THEIRS = {"sales": {"contacts", "changes", "alert_rules", "drifted_features", "churn_scores"},
          "raw": {"stores"}}  # fmt: skip
# dbt's deprecations are errors here; what is only said at the level of a warning is looked for.
STRICT = ("--warn-error-options", '{"error": ["Deprecations"]}', "--no-version-check")
# the tests of dbt left out
MODELS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
REAL = Path(sys.executable).parent  # the programs as they are installed
pytestmark = pytest.mark.apart  # two dozen commands of dbt


class Shop:
    """The example's folder, beside a copy of the package, and what its commands say.

    Its `dbt` and `model-monitor` are those in the folder `commands`.
    """

    # which views on results go with them once when these have other columns (docs/internals/engines.md)
    gone: frozenset[str] = frozenset()

    def __init__(self, folder: Path, commands: Path) -> None:
        self.commands = commands
        self.place: dict[str, str] = {}  # what its commands know besides
        self.folder = folder / "shop"
        shutil.copytree(ROOT / "examples" / "shop", self.folder)
        package_copy(folder / "model_monitor")
        self.file = self.folder / "shop.duckdb"

    def run(self, command: str, **environment: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, check=False,
            env={
                **os.environ,
                "PATH": os.pathsep.join([str(self.commands), str(REAL), os.environ["PATH"]]),
                **self.place,
                **environment,
            },
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def dbt(self, *arguments: str, **environment: str) -> str:
        """A command of dbt that has nothing to complain of."""
        quoted = " ".join(f"'{each}'" for each in (*STRICT, *arguments))
        said = self.run(f"dbt --no-use-colors {quoted} --vars '{{as_of: {AS_OF}}}'", **environment)
        assert "[WARNING]" not in said, said
        return said

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file)) as connection:
            return connection.execute(sql).fetchall()

    def counts(self, *tables: str) -> tuple[int, ...]:
        """How many rows these results have."""
        each = ", ".join(f"(select count(*) from model_monitor.{table})" for table in tables)
        [found] = self.query(f"select {each}")
        return found

    def tables(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for schema, name in self.query(
            "select table_schema, table_name from information_schema.tables"
        ):
            found.setdefault(schema, set()).add(name)
        return found

    def another(self, folder: Path) -> Shop:
        """On the same engine, with nothing in it."""
        return Shop(folder, self.commands)

    @contextmanager
    def as_typed(self) -> Iterator[None]:
        """Each command is a process of its own, as for a user; nobody reads its log."""
        quick, self.commands = self.commands, REAL
        self.place["DBT_LOG_LEVEL_FILE"] = "none"
        try:
            yield
        finally:
            self.commands = quick
            del self.place["DBT_LOG_LEVEL_FILE"]


class Warehouse(Shop):
    """The same with its other target: a database of its own on Postgres."""

    gone = frozenset({"incidents"})

    def __init__(self, folder: Path, commands: Path, server: Server, database: str) -> None:
        super().__init__(folder, commands)
        self.server, self.connect = server, partial(server.connect, database)
        self.place = {"SHOP_TARGET": "warehouse", **server.environment(database)}
        server.create(database)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def another(self, folder: Path) -> Shop:
        return Warehouse(folder, self.commands, self.server, "another")


def follow(shop: Shop, kinds: tuple[str, ...]) -> None:
    """The files of the page, as it says they are written."""
    for _, where, text in BLOCK.findall(PAGE):
        sign, name = where[len("install") :][:1], where[len("install") + 1 :]
        if sign == ":" and ":" in kinds:
            (shop.folder / name).write_text(text, encoding="utf-8")
        elif sign == "+" and "+" in kinds:
            with (shop.folder / name).open("a", encoding="utf-8") as file:
                file.write("\n" + text)


def commands_of_page(language: str) -> list[str]:
    return [
        text for kind, where, text in BLOCK.findall(PAGE) if (kind, where) == (language, "install")
    ]


def install(shop: Shop) -> None:
    follow(shop, (":", "+"))
    deps, _ = commands_of_page("bash")
    shop.run(deps)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> Shop:
    """Installed, and first built empty: that must leave nothing behind that a build would find."""
    shop = Shop(tmp_path_factory.mktemp("install"), commands)
    with shop.as_typed():
        install(shop)
    shop.dbt("build", "--empty", *MODELS)
    assert shop.query("select count(*) from model_monitor.monitor_runs") == [(0,)]
    assert shop.query("select count(*) from model_monitor.int_monitor__reference_facts") == [(0,)]
    with shop.as_typed():
        shop.dbt("build")
    return shop


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, commands: Path, postgres: Server) -> Shop:
    """Where a role may read some of the results."""
    shop = Warehouse(tmp_path_factory.mktemp("warehouse"), commands, postgres, "installed")
    install(shop)
    path = shop.folder / "dbt_project.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    grants = {"+grants": {"select": ["analyst"]}}
    settings["models"]["model_monitor"] = {
        "measures": grants,
        "alerts": {"monitor_alerts": grants},
    }
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    shop.query("create role analyst")
    shop.dbt("build", *MODELS)
    return shop


@pytest.fixture(scope="module", params=["shop", "warehouse"])
def installed(request: pytest.FixtureRequest) -> Shop:
    """On DuckDB and on Postgres."""
    found: Shop = request.getfixturevalue(request.param)
    return found


def test_the_commands_of_the_page_are_those_that_are_run_here() -> None:
    assert commands_of_page("bash") == [
        "dbt deps\n",
        "dbt build\ndbt build --select model_monitor\n",
    ]


def test_their_tables_and_ours_are_beside_each_other(shop: Shop) -> None:
    tables = shop.tables()
    assert set(tables) == {*THEIRS, "model_monitor"}
    for schema, names in THEIRS.items():
        assert tables[schema] == names
    ours = tables["model_monitor"]
    assert ours >= {"monitor_drift", "monitor_health", "monitor_runs", "monitor_alert_rules"}
    assert not [name for name in ours if not re.match("(int_|stg_)?monitor_", name)]
    assert not [name for name in ours if "demo" in name]
    assert shop.query("select count(*) from sales.contacts") == [(1,)]


def test_reserved_words_are_columns_like_others(shop: Shop) -> None:
    found = shop.query(
        "select subject, sum(row_count) from model_monitor.monitor_profiles where log = 'predictions'"
        " and window_name = 'day' and slice_name = '(all)' and model_version = '(all)' group by all"
    )
    counts = dict(found)
    assert counts["basket"] == counts["place"] == counts["churn_probability"] > 3000
    assert shop.query("select evaluation from model_monitor.monitor_health") == [("evaluated",)] * 2


def test_names_are_quoted_as_they_like(shop: Shop, tmp_path: Path) -> None:
    """A project that quotes nothing: the same numbers, in a first run and in one that goes on."""
    other = shop.another(tmp_path)
    install(other)
    with (other.folder / "dbt_project.yml").open("a", encoding="utf-8") as file:
        file.write("\nquoting: {database: false, schema: false, identifier: false}\n")
    for _ in range(2):
        other.dbt("build", *MODELS)
        for table in ("monitor_profiles", "monitor_drift", "monitor_dataset", "monitor_rulers"):
            rows = f"select * from model_monitor.{table}"
            assert set(map(str, other.query(rows))) == set(map(str, shop.query(rows))), table
        assert other.query("select count(*) > 100 from model_monitor.monitor_drift") == [(True,)]


def test_an_empty_build_froze_nothing(shop: Shop) -> None:
    (runs,) = shop.query("select count(*), min(run_number) from model_monitor.monitor_runs")
    assert runs[1] == 1
    frozen = shop.query(
        "select min(valid_row_count) from model_monitor.int_monitor__ruler_subjects "
        "where subject in ('basket', 'churn_probability')"
    )
    assert frozen[0][0] > 1000


def test_an_empty_build_of_full_tables_takes_nothing_away(shop: Shop) -> None:
    """And the next build goes on with all of it (test_a_new_column_appears_without_a_full_refresh)."""
    names = ("monitor_drift", "monitor_profiles", "int_monitor__bins", "monitor_watermarks")
    before = shop.counts(*names)
    shop.dbt("build", "--empty", "--select", "model_monitor", *MODELS)
    assert shop.counts(*names) == before


def test_a_new_column_appears_without_a_full_refresh(installed: Shop) -> None:
    """The schema of an earlier version: tables and columns that are new are not there."""
    new = {
        "monitor_watermarks": ("finished_at", "evaluation", "problems"),
        "monitor_incidents": ("recommended_action",),
        "int_monitor__distances": ("is_type_changed",),
    }
    kept = ("monitor_drift", "monitor_profiles", "int_monitor__bins")
    before = installed.counts(*kept)
    installed.query("drop view model_monitor.monitor_runs cascade")
    for table in ("monitor_health", "int_monitor__evaluations", "int_monitor__run_starts"):
        installed.query(f"drop table model_monitor.{table} cascade")
    for table, columns in new.items():
        for column in columns:
            installed.query(f"alter table model_monitor.{table} drop column {column} cascade")
    installed.query("create schema bi")
    for table in ("alerts", "drift", "incidents", "watermarks"):
        installed.query(
            f"create view bi.{table} as select monitor from model_monitor.monitor_{table}"
        )
    # their tests come in test_docs_tests_and_samples
    installed.dbt("build", "--select", "model_monitor", *MODELS)
    for table, columns in new.items():
        for column in columns:
            installed.query(f"select {column} from model_monitor.{table} limit 1")
    assert installed.counts(*kept) == before
    runs = installed.query("select status, config_hash is null from model_monitor.monitor_runs")
    assert set(runs) == {("finished", True), ("finished", False)}, "those of before, and this one"
    # docs/internals/engines.md: what is made anew, and has other columns now, takes the views on it along
    assert (
        installed.tables()["bi"] == {"alerts", "drift", "incidents", "watermarks"} - installed.gone
    )
    assert installed.query("select count(*) from bi.drift") == [before[:1]]
    installed.query("drop schema bi cascade")


def stored_shape(commit: str) -> str:
    """What the macro of that name said at that commit; nothing before there was one."""
    shown = subprocess.run(
        ["git", "grep", "-h", "", commit, "--", "macros/*/stored_shape.sql"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    return "".join(re.findall(r"return\((\d+)\)", shown.stdout.decode()))


def test_upgraded_from_the_commit_before(warehouse: Shop, tmp_path: Path) -> None:
    """What the package was before its last change built, this one goes on with.

    On DuckDB: test_upgrade, for more commits.
    """
    old = warehouse.another(tmp_path)
    commit = commit_before()
    if commit is None:
        pytest.skip("no history here (a download, or a shallow clone): nothing to upgrade from")
    package_at(tmp_path / "model_monitor", commit)
    install(old)
    # what it says of itself is not asked
    old.dbt("build", *MODELS)
    kept = "select run_number, as_of, status from model_monitor.monitor_runs order by 1, 2, 3"
    before = old.query(kept)
    shutil.rmtree(tmp_path / "model_monitor")
    package_copy(tmp_path / "model_monitor")
    old.run("dbt deps")
    if stored_shape(commit) == stored_shape("HEAD"):
        old.dbt("build", *MODELS)
        expected = [*before, (2, before[-1][1], "finished")]
    else:
        # rows of another shape are not continued: the command that the error names counts them again
        with pytest.raises(AssertionError, match="model-monitor rebuild --all"):
            old.dbt("build", *MODELS)
        old.run(f"model-monitor rebuild --all --no-check --no-publish --as-of '{AS_OF}'")
        expected = [(1, before[-1][1], "finished")]
        expected += [(None, as_of, "superseded") for _, as_of, _ in before]
    # on Postgres a column that is added is a text where one of a new table is a varchar: the same
    columns = (
        "select table_name, column_name, replace(data_type, 'character varying', 'text')"
        " from information_schema.columns where table_schema = 'model_monitor'"
    )
    missing = set(warehouse.query(columns)) - set(old.query(columns))
    assert missing == set(), f"not there after an upgrade from {commit}"
    # a refused run has begun nothing
    assert sorted(old.query(kept), key=str) == sorted(expected, key=str)


def test_a_materialization_for_every_package_is_refused(shop: Shop, tmp_path: Path) -> None:
    """dbt lets the project that runs win over a package's models, and what is kept would be lost."""
    path = shop.folder / "dbt_project.yml"
    before = path.read_text(encoding="utf-8")
    counted = "select count(*) from model_monitor.monitor_watermarks"
    rows = shop.query(counted)
    path.write_text(before.replace("models:\n", "models:\n  +materialized: table\n", 1))
    # what dbt read of the project before is kept for the next command
    apart = ("--target-path", str(tmp_path / "target"))
    try:
        with pytest.raises(AssertionError) as caught:
            shop.dbt("build", "--select", "model_monitor", *apart)
    finally:
        path.write_text(before, encoding="utf-8")
    assert "Valid: models: {shop: {+materialized: table}}" in str(caught.value)
    assert shop.query(counted) == rows


def test_a_model_on_what_is_behind_the_results_is_refused(shop: Shop) -> None:
    """The results are anybody's; what `int_monitor__` is may change."""
    peeks = shop.folder / "models" / "people" / "peeks.sql"
    try:
        peeks.write_text("select * from {{ ref('model_monitor', 'monitor_profiles') }}")
        shop.dbt("parse")
        peeks.write_text("select * from {{ ref('model_monitor', 'int_monitor__bins') }}")
        with pytest.raises(AssertionError, match="protected"):
            shop.dbt("parse")
    finally:
        peeks.unlink()


def test_docs_tests_and_samples(shop: Shop) -> None:
    shop.dbt("test")
    shop.dbt("docs", "generate")
    catalog = json.loads((shop.folder / "target" / "catalog.json").read_text(encoding="utf-8"))
    assert "model.model_monitor.monitor_drift" in catalog["nodes"]
    assert "model.shop.contacts" in catalog["nodes"]
    manifest = json.loads((shop.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    parents = manifest["parent_map"]["model.model_monitor.int_monitor__arrivals"]
    assert "model.shop.churn_scores" in parents
    # hooks that run at the start or the end of every command of theirs
    assert not [name for name in manifest["nodes"] if name.startswith("operation.")]
    own = manifest["nodes"]["model.shop.contacts"]["config"]
    assert not own["pre-hook"]
    assert not own["post-hook"]
    shop.dbt("build", "--sample", "3 days", "--select", "model_monitor", *MODELS)


def test_with_production_behind_it(shop: Shop, tmp_path: Path) -> None:
    """Deferred: the logs of production, the results in a file of one's own."""
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(shop.folder / "target" / "manifest.json", state)
    own = tmp_path / "own.duckdb"
    with duckdb.connect(str(own)) as connection:
        connection.execute("create schema sales")
        connection.execute(f"attach '{shop.file}' as shop (read_only)")
        connection.execute("create table sales.churn_scores as from shop.sales.churn_scores")
    manifest = json.loads((state / "manifest.json").read_text(encoding="utf-8"))
    scores = manifest["nodes"]["model.shop.churn_scores"]
    scores["database"] = "own"
    scores["relation_name"] = '"own"."sales"."churn_scores"'
    (state / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = shop.dbt(
        "build", "--select", "package:model_monitor", "--defer", "--state", str(state), *MODELS,
        "--target-path", str(tmp_path / "target"), SHOP_DUCKDB=str(own),
    )  # fmt: skip
    assert "Completed successfully" in said


def test_who_may_see_what_is_the_warehouses_own(warehouse: Shop) -> None:
    """On Postgres: a role may read one folder and one table more, and nothing behind them."""
    # a second build finds the tables there, and grants again
    if warehouse.query("select max(run_number) from model_monitor.monitor_runs") == [(1,)]:
        warehouse.dbt("build", *MODELS)
    granted = dict(
        warehouse.query(
            "select table_name, has_table_privilege('analyst', format('%I.%I', table_schema, "
            "table_name), 'select') from information_schema.tables "
            "where table_schema = 'model_monitor'"
        )
    )
    assert len(granted) > 60
    measures = {file.stem for file in (ROOT / "models/measures").glob("*.sql")}
    assert len(measures) > 20
    assert {name for name, may in granted.items() if may} == {*measures, "monitor_alerts"}


def test_uninstalled_it_leaves_nothing_but_its_schema(shop: Shop) -> None:
    (shop.folder / "packages.yml").unlink()
    shutil.rmtree(shop.folder / "dbt_packages")
    settings = yaml.safe_load((shop.folder / "dbt_project.yml").read_text(encoding="utf-8"))
    del settings["vars"]
    (shop.folder / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (shop.folder / "models" / "people" / "drifted_features.sql").unlink()
    people = shop.folder / "models" / "people" / "_people.yml"
    described = yaml.safe_load(people.read_text(encoding="utf-8"))
    described["models"] = [
        each for each in described["models"] if each["name"] != "drifted_features"
    ]
    people.write_text(yaml.safe_dump(described), encoding="utf-8")
    (drop,) = commands_of_page("sql")
    shop.query(drop)
    shop.dbt("build")
    assert shop.tables() == THEIRS
