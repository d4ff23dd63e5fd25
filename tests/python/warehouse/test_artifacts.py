"""Commands that only read: from the artifacts of dbt, and from dbt where these do not say enough."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor.cli import projects
from model_monitor.cli.parser import main
from model_monitor.errors import MonitorError, QueryError
from model_monitor.warehouse.artifacts import Artifacts, artifacts
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.profile import profile, render
from model_monitor.warehouse.settings import Settings, entered
from model_monitor.warehouse.sql_errors import missing_column

from ..harness.artifacts_project import artifacts_project, manifest, save
from ..harness.postgres_server import Server
from ..harness.project_harness import ROOT
from ..harness.small_project import small_project, write

REASON = ["--reason", "seen", "--author", "kim"]


@pytest.fixture
def folder(tmp_path: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TARGET", "PROFILE", "PROFILES_DIR", "TARGET_PATH"):
        monkeypatch.delenv(f"DBT_{name}", raising=False)
        monkeypatch.delenv(f"DBT_ENGINE_{name}", raising=False)
    return artifacts_project(tmp_path / "project", "main", "prod")


class StartedError(MonitorError):
    """dbt would have been started."""


@pytest.fixture
def no_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(_: Settings) -> None:
        raise StartedError("dbt was started")

    monkeypatch.setattr(projects, "Project", started)


def opened(folder: Path, *, writes: bool = False, **given: Any) -> Artifacts:
    return artifacts(entered(Settings(folder, **given)), writes=writes)


def refused(folder: Path, **given: Any) -> str:
    with pytest.raises(NeedsDbtError) as reason:
        opened(folder, **given)
    return str(reason.value)


def execute(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "target" / "shop.duckdb")) as connection:
        return connection.execute(sql).fetchall()


# ---- the profile ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("plain", "plain"),
        (5432, 5432),
        ("{{ env_var('MM_PORT') }}", "5433"),
        ('{{env_var( "MM_PORT" )}}', "5433"),
        ("{{ env_var('MM_NONE', 'target/it is.duckdb') }}", "target/it is.duckdb"),
        ("{{ env_var('MM_NONE', '') }}", ""),
        ("{{ env_var('MM_NONE', 'a') }}{{ env_var('MM_NONE', 'b') }}", "ab"),
        ("{{ env_var('MM_NONE', 'it\\'s') }}", "it's"),
        ("{{ env_var('MM_PORT') | int }}", 5433),
        ("{{ env_var('MM_PORT') | as_number }}", 5433),
        ("{{ env_var('MM_PORT') | as_native }}", 5433),
        ("{{ env_var('MM_PORT') | as_text }}", "5433"),
        ("{{ env_var('MM_NONE', 'True') | as_bool }}", True),
        ("{{ env_var('MM_NONE', env_var('MM_PORT')) }}", "5433"),
        ("{{ env_var('DBT_ENV_SECRET_MM') }}", "s3{{cret"),
        ("db_{{ env_var('MM_PORT') }}_{{ 1 + 1 }}", "db_5433_2"),
        ("{% if env_var('MM_PORT') == '5433' %}yes{% endif %}", "yes"),
        (["{{ env_var('MM_PORT') }}", {"a": "{{ 'b' }}"}], ["5433", {"a": "b"}]),
    ],
)
def test_templates_are_rendered_as_dbt_renders_them(
    monkeypatch: pytest.MonkeyPatch, written: Any, read: Any
) -> None:
    monkeypatch.setenv("MM_PORT", "5433")
    monkeypatch.setenv("DBT_ENV_SECRET_MM", "s3{{cret")
    found = render(written)
    assert (found, type(found)) == (read, type(read))
    assert by_dbt(written) == found


def by_dbt(written: Any) -> Any:
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    set_invocation_context(dict(os.environ))
    return ProfileRenderer({}).render_data({"it": written})["it"]


@pytest.mark.parametrize(
    "written",
    [
        "{{ env_var('MM_NONE') }}",
        "{{ var('x') }}",
        "{{ 'maybe' | as_bool }}",
        "{{ 'x' | as_number }}",
        "{{ ''.__class__.mro() }}",
        "{{ unclosed",
    ],
)
def test_a_template_that_dbt_alone_can_read_is_left_to_dbt(written: str) -> None:
    with pytest.raises(NeedsDbtError):
        render(written)
    if "var('x')" not in written:  # which --vars could give to dbt
        with pytest.raises(Exception, match=r".") as refusal:
            by_dbt(written)
        assert "dbt" in type(refusal.value).__module__


def test_the_target_is_the_one_that_dbt_takes(
    tmp_path: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = {name: {"type": "duckdb", "schema": name} for name in ("a", "b", "c", "d", "e")}
    content = {"target": "{{ env_var('MM_TARGET', 'a') }}", "outputs": outputs}
    for place, also in (("home/.dbt", "b"), ("project", "c"), ("named", "d"), ("given", "e")):
        (tmp_path / place).mkdir(parents=True)
        content["outputs"] = {**outputs, "place": {"type": also}}
        write(tmp_path / place / "profiles.yml", {"shop": content, "other": content})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    project = {"profile": "shop"}

    def kind(given: Path | None = None) -> Any:
        return profile(project, given, "place").settings["type"]

    assert kind() == "b", "the home folder"
    monkeypatch.chdir(tmp_path / "project")
    assert kind() == "c", "the project"
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path / "named"))
    assert kind() == "d", "the environment"
    assert kind(tmp_path / "given") == "e", "the option"

    assert profile(project).target == "a"
    monkeypatch.setenv("MM_TARGET", "b")
    assert profile(project).target == "b"
    monkeypatch.setenv("DBT_TARGET", "c")
    assert profile(project).target == "c"
    monkeypatch.setenv("DBT_ENGINE_TARGET", "d")
    assert profile(project).target == "d"
    assert profile(project, target="e").target == "e"
    for wrong in ({}, {"profile": "nobody"}):
        with pytest.raises(NeedsDbtError, match="does not have the profile"):
            profile(wrong)
    with pytest.raises(NeedsDbtError, match="does not have the target moon"):
        profile(project, target="moon")
    monkeypatch.setenv("DBT_PROFILE", "other")
    assert profile({"profile": "nobody"}).target == "d"


# ---- whether the manifest can be used -------------------------------------------------------------


def test_tables_are_where_the_manifest_says(folder: Path) -> None:
    project = opened(folder)
    assert project.relation("monitor_alerts") == '"shop"."main_results"."monitor_alerts"'
    assert project.relation("nothing_of_the_kind") is None
    assert project.warehouse.rows("select current_schema() as here") == [{"here": "main"}]


def test_the_schema_of_another_target_is_never_read(folder: Path) -> None:
    assert "is not of the target prod: the schema of" in refused(folder, target="prod")
    save(folder, manifest("prod"))
    assert opened(folder, target="prod").relation("monitor_drift") == (
        '"shop"."prod_results"."monitor_drift"'
    )
    assert "is not of the target main" in refused(folder)
    save(folder, manifest("main", database="other"))
    assert "other.main_results there, and shop.main_results in the target" in refused(folder)
    save(folder, manifest("main", kind="postgres"))
    assert "is for a target of type postgres" in refused(folder)
    # one table elsewhere is enough
    one = manifest("main")
    one["nodes"]["model.model_monitor.int_monitor__private"]["schema"] = "prod_results"
    save(folder, one)
    assert "int_monitor__private" in refused(folder)


@pytest.mark.parametrize(
    "macro", ["macro.shop.generate_schema_name", "macro.shop.default__generate_schema_name",
              "macro.shop.generate_database_name", "macro.shop.duckdb__generate_alias_name"],
)  # fmt: skip
def test_schemas_that_a_project_names_itself_are_left_to_dbt(folder: Path, macro: str) -> None:
    content = manifest("main")
    content["macros"] |= {"macro.dbt_duckdb.generate_schema_name": {}, "macro.shop.other": {}}
    save(folder, content)
    assert opened(folder)
    content["macros"][macro] = {}
    save(folder, content)
    assert macro.rpartition(".")[2] in refused(folder)


def test_a_schema_that_a_template_names_is_left_to_dbt(folder: Path) -> None:
    for models in (
        {"model_monitor": {"+schema": "{{ target.name }}"}},
        {"+database": "{{ env_var('X', 'y') }}"},
        {"model_monitor": {"alerts": {"schema": "{% if true %}a{% endif %}"}}},
    ):
        write(folder / "dbt_project.yml", {"name": "shop", "profile": "shop", "models": models})
        save(folder, manifest("main"))
        assert "dbt_project.yml has a template in" in refused(folder)
    models = {"model_monitor": {"+schema": "results", "+materialized": "{{ target.type }}"}}
    write(folder / "dbt_project.yml", {"name": "shop", "profile": "shop", "models": models})
    save(folder, manifest("main"))
    assert opened(folder)


def test_a_manifest_that_is_older_than_the_project_is_left_to_dbt(folder: Path) -> None:
    package = folder / "dbt_packages" / "model_monitor"
    package.mkdir(parents=True)
    for name in ("packages.yml", "dependencies.yml", "package-lock.yml"):
        write(folder / name, {})
    write(package / "dbt_project.yml", {"name": "model_monitor"})
    save(folder, manifest("main"))
    assert opened(folder)
    later = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
    for changed in (folder / "dbt_project.yml", folder / "packages.yml", package,
                    folder / "dependencies.yml", folder / "package-lock.yml",
                    package / "dbt_project.yml"):  # fmt: skip
        before = changed.stat().st_mtime
        os.utime(changed, (later, later))
        assert refused(folder) == (
            f"target/manifest.json is older than {changed.relative_to(folder)}"
        )
        os.utime(changed, (before, before))
    assert opened(folder)
    # a copy of an old file is new, and its content is old
    content = manifest("main")
    content["metadata"]["generated_at"] = "2026-01-01T00:00:00.000000Z"
    save(folder, content)
    assert "is older than dbt_project.yml" in refused(folder)


def test_what_is_no_manifest_of_the_package_is_left_to_dbt(folder: Path) -> None:
    file = folder / "target" / "manifest.json"
    for content in ("", "[]", "{}", '{"metadata": 1, "nodes": {}}', "{\x00"):
        file.write_text(content, encoding="utf-8")
        assert refused(folder) == "target/manifest.json is not a manifest of dbt"
    content = manifest("main")
    save(folder, {**content, "nodes": {"model.shop.monitor_alerts": {"name": "monitor_alerts"}}})
    assert "does not contain the package model_monitor" in refused(folder)
    file.unlink()
    assert refused(folder) == "target/manifest.json is missing"
    assert refused(folder, variables={"as_of": "2026-01-01"}).endswith("is missing")
    assert "--vars" in refused(folder, variables={"model_monitor": {}})


def test_a_relation_of_a_manifest_is_a_name_and_nothing_else(
    folder: Path, no_dbt: None, capsys: pytest.CaptureFixture[str]
) -> None:
    content = manifest("main")
    alerts = content["nodes"]["model.model_monitor.monitor_alerts"]
    for hostile in (
        "main_results.monitor_alerts; drop table main_results.monitor_audit",
        '"shop"."main_results"."monitor_alerts" where 1 = 0 --', "(select 1)", 'a."b"c"', "a.b.c.d",
        "read_csv('/etc/passwd')",
    ):  # fmt: skip
        alerts["relation_name"] = hostile
        save(folder, content)
        assert "no valid relation for monitor_alerts" in refused(folder)
        file = str(folder / "target" / "manifest.json")
        assert main(["alerts", "--project-dir", str(folder), "--manifest", file]) == 64
        assert "no valid relation for monitor_alerts" in capsys.readouterr().err
    for name in ("main_results.monitor_alerts", '"shop"."it\'s ""{odd}"" %s; --"."t"'):
        alerts["relation_name"] = name
        save(folder, content)
        assert opened(folder).relation("monitor_alerts") == name


def test_names_of_any_schema_are_read(
    tmp_path: Path, here: Path, no_dbt: None, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = "it's {odd}; drop table x; --"
    folder = artifacts_project(tmp_path / "project", schema)
    assert main(["alerts", "--project-dir", str(folder)]) == 1
    assert "Open incidents: 1 critical, 1 warn" in capsys.readouterr().out
    assert main(["ack", "a1", *REASON, "--project-dir", str(folder)]) == 0


def test_the_manifest_is_in_the_target_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "target" / "manifest.json").rename(folder / "elsewhere" / "manifest.json")
    assert "is missing" in refused(folder)
    monkeypatch.setenv("DBT_TARGET_PATH", "elsewhere")
    assert opened(folder)
    monkeypatch.delenv("DBT_TARGET_PATH")
    project = {"name": "shop", "profile": "shop", "target-path": "elsewhere"}
    write(folder / "dbt_project.yml", project)
    save(folder, manifest("main"), "elsewhere/manifest.json")
    assert opened(folder)


# ---- results of another version -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "command"),
    [
        ("monitor_alerts", "severity", "alerts"),
        ("monitor_notices", "evidence", "notices"),
        ("monitor_coverage", "resolution", "coverage"),
    ],
)
def test_results_that_lack_a_column_are_of_another_version(
    folder: Path, table: str, column: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(folder, f"alter table main_results.{table} drop column {column}")
    assert main([command, "--project-dir", str(folder)]) == 2
    said = capsys.readouterr().err
    assert f"no column {column}: another version of model-monitor wrote them" in said
    assert "run model-monitor run" in said


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('Binder Error: Referenced column "a b" not found in FROM clause!', "a b"),
        ('Binder Error: Table "t" does not have a column named "x"', "x"),
        ('column "x" does not exist\nLINE 1: select x', "x"),
        ("column alerts.x does not exist", "alerts.x"),
        ("[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name "
         "`alerts`.`x` cannot be resolved. Did you mean", "x"),
        ('relation "x" does not exist', None),
        ("Catalog Error: Table with name x does not exist!", None),
    ],
)  # fmt: skip
def test_a_missing_column_is_named(text: str, column: str | None) -> None:
    assert missing_column(text) == column


# ---- the connection -------------------------------------------------------------------------------


def with_target(folder: Path, **more: Any) -> Path:
    target = {"type": "duckdb", "path": "target/shop.duckdb", **more}
    write(folder / "profiles.yml", {"shop": {"target": "main", "outputs": {"main": target}}})
    return folder


@pytest.mark.parametrize(
    "more",
    [
        {"plugins": [{"module": "excel"}]},
        {"secrets": [{"type": "s3"}]},
        {"filesystems": [{"fs": "s3"}]},
        {"is_ducklake": True},
        {"something_new": 1},
        {"path": "md:shop"},
        {"path": ":memory:"},
        {"path": "ducklake:shop.ducklake"},
        {"extensions": [{"name": "h3", "repo": "community"}]},
        {"settings": {"threads = 1; drop table x; set a": 1}},
        {"attach": [{"path": "s3://bucket/x.duckdb"}]},
        {"attach": [{"path": "x.duckdb", "secret": "s"}]},
        {"attach": [{"path": "x.duckdb", "type": "duckdb); drop table x; --"}]},
        {"type": "spark"},
    ],
)
def test_a_target_that_no_driver_here_knows_is_left_to_dbt(folder: Path, more: Any) -> None:
    with_target(folder, **{"database": "shop", **more})
    content = manifest("main", kind=more.get("type", "duckdb"))
    save(folder, content)
    assert "the target" in refused(folder) or "no driver for a target of type spark" in refused(
        folder
    )


def test_duckdb_is_opened_as_dbt_opens_it(folder: Path) -> None:
    odd = folder / "target" / "it's.duckdb"
    with duckdb.connect(str(odd)) as connection:
        connection.execute("create table there as select 1 as x")
    with_target(
        folder,
        settings={"memory_limit": "123MiB", "errors_as_json": False},
        config_options={"threads": 3},
        plugins=None,
        threads=7,
        keep_open=True,
        attach=[{"path": str(odd), "alias": 'od"d'}],
    )
    warehouse = opened(folder).warehouse
    assert warehouse.file == folder / "target" / "shop.duckdb"
    with warehouse.held(print):
        [row] = warehouse.rows(
            "select current_setting('threads') as threads, x, "
            'current_setting(\'memory_limit\') as memory from "od""d".there'
        )
        assert row == {"threads": 3, "x": 1, "memory": "123.0 MiB"}
        for table in ("main_results.monitor_alerts", '"od""d".there'):
            with pytest.raises(QueryError, match="read-only"):
                warehouse.execute(f"delete from {table}")
    with pytest.raises(QueryError, match="no_such_column"):
        warehouse.rows("select no_such_column")
    assert warehouse.columns("main_results.nothing") is None
    assert warehouse.quote('a"b') == '"a""b"'


HOLD = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads")
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def holder(folder: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(folder / "target" / "shop.duckdb"), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_reader_waits_for_a_writer_and_not_for_a_reader(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("model_monitor.warehouse.locks.time.sleep", lambda _: None)
    command = ["alerts", "--project-dir", str(folder), "--fail-on", "none"]
    with holder(folder, "reads"):
        assert main(command) == 0
        assert "Waiting" not in capsys.readouterr().err
        assert not list((folder / "target").glob("*.holder"))
    with holder(folder, "writes") as process:
        started = time.monotonic()
        said: list[str] = []
        with pytest.raises(MonitorError) as error, opened(folder).warehouse.held(said.append, 0.2):
            pass
        assert time.monotonic() - started < 20
    assert f"is open in process {process.pid}" in str(error.value)
    assert said == [f"{error.value} Waiting up to 0 seconds for it."]


# ---- the commands ---------------------------------------------------------------------------------


def test_the_commands_read_and_write_without_dbt(
    folder: Path, no_dbt: None, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--project-dir", str(folder)]
    assert main(["alerts", *place]) == 1
    printed = capsys.readouterr()
    assert "Open incidents: 1 critical, 1 warn (and 1 suppressed)" in printed.out
    assert printed.err == ""
    assert main(["explain", "a1", "--json", *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counted_again"] == [{"value": 1450, "row_count": 360}]
    assert found["alert"]["opened_at"] == "2026-01-19T09:00:00"
    assert main(["coverage", *place]) == 0
    assert "2 daily, 1 weekly" in capsys.readouterr().out
    assert main(["notices", *place]) == 0
    assert "Notices: 8 warn, 1 info" in capsys.readouterr().out
    assert main(["report", *place]) == 0
    assert "Wrote target/report.html" in capsys.readouterr().out
    assert main(["ack", "a1", *REASON, *place]) == 0
    found_out = ["--cause", "the feed broke", "--prevention", "a contract"]
    assert main(["triage", "a2", "true", *found_out, *REASON, *place]) == 0
    assert ": true, cause: the feed broke. Takes effect on the next run." in capsys.readouterr().out
    assert main(["triage", "a2", "true", "--cause", " ", *REASON, *place]) == 64
    assert "--cause: it is empty. Valid: --cause TEXT" in capsys.readouterr().err
    silence = ["silence", "--until", "1d", *REASON, *place]
    assert main([*silence, "--monitor", "loans", "--slice", "region=north"]) == 0
    assert main([*silence, "--monitor", "lo*"]) == 0
    capsys.readouterr()
    for wrong, named in ((["--monitor", "lones"], "Valid: loans"), (["--slice", "x=1"], "region")):
        assert main([*silence, *wrong]) == 64
        assert named in capsys.readouterr().err
    rows = execute(folder, "select act, alert_id, monitor from main_results.monitor_audit")
    assert rows == [
        ("ack", "a1", None), ("triage", "a2", None), ("silence", None, "loans"),
        ("silence", None, "lo*"),
    ]  # fmt: skip
    said = execute(
        folder, "select root_cause, prevention from main_results.monitor_audit order by 1"
    )
    assert said[0] == ("the feed broke", "a contract")
    assert set(said[1:]) == {(None, None)}
    assert not list((folder / "target").glob("*.holder"))


def test_a_note_says_why_dbt_is_started(
    folder: Path, no_dbt: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "target" / "manifest.json").unlink()
    place = ["--project-dir", str(folder)]
    commands = (
        ["alerts"], ["explain", "a1"], ["coverage"], ["notices"], ["report"], ["ack", "a1", *REASON],
    )  # fmt: skip
    for command in commands:
        assert main([*command, *place]) == 2
        note, error = capsys.readouterr().err.splitlines()
        assert note == "Reading the project with dbt, because target/manifest.json is missing."
        assert error == "error: dbt was started"
    assert main(["alerts", *place, "--target", "prod", "--vars", "{a: 1}"]) == 2
    assert "because --vars may change" in capsys.readouterr().err


def test_a_manifest_that_is_named_is_read_wherever_its_tables_are(
    folder: Path, no_dbt: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = manifest("prod")
    content["metadata"]["generated_at"] = "2026-01-01T00:00:00Z"
    content["macros"]["macro.shop.generate_schema_name"] = {}
    save(folder.parent, content, "prod.json")
    execute(folder, "delete from prod_results.monitor_alerts where alert_id <> 'a2'")
    monkeypatch.chdir(folder.parent)
    command = ["alerts", "--project-dir", str(folder), "--manifest"]
    assert main([*command, "prod.json"]) == 0
    assert "Open incidents: 1 warn" in capsys.readouterr().out
    monkeypatch.chdir(folder.parent)
    (folder.parent / "text.json").write_text("text", encoding="utf-8")
    save(folder.parent, manifest("main", kind="spark"), "spark.json")
    for name, words in (
        ("nix.json", "nix.json is missing"), ("text.json", "is not a manifest of dbt"),
        ("spark.json", "is for a target of type spark"), (".", "cannot be read"),
    ):  # fmt: skip
        monkeypatch.chdir(folder.parent)
        assert main([*command, name]) == 64
        printed = capsys.readouterr().err
        assert printed.startswith("error: --manifest: ")
        assert words in printed
    with_target(folder, plugins=[{"module": "excel"}])
    monkeypatch.chdir(folder.parent)
    assert main([*command, "prod.json"]) == 64
    assert "the target has plugins" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "check", "notify", "doctor"])
def test_only_commands_that_read_take_a_manifest(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--manifest", "manifest.json"])
    assert ended.value.code == 64
    assert "--manifest is unknown" in capsys.readouterr().err


def test_without_a_database_there_are_no_results(
    folder: Path, no_dbt: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "target" / "shop.duckdb").unlink()
    for command in (["alerts"], ["ack", "a1", *REASON]):
        assert main([*command, "--project-dir", str(folder)]) == 2
        assert "does not exist yet. To build it: model-monitor run" in capsys.readouterr().err
    assert not (folder / "target" / "shop.duckdb").exists()


def test_readers_import_neither_dbt_nor_pandas(folder: Path) -> None:
    program = (
        "import sys; from model_monitor.cli.parser import main; code = main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    for command in (
        ["alerts"], ["explain", "a1"], ["coverage"], ["notices"], ["report"], ["ack", "a1", *REASON],
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", program, *command, "--project-dir", str(folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        loaded = {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}
        assert "duckdb" in loaded
        heavy = {"dbt", "dbt_common", "pandas", "numpy", "great_expectations", "pyarrow", "agate"}
        assert not heavy & loaded, command


@pytest.mark.slow
def test_dbt_and_its_artifacts_give_the_same_answers(
    tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command twice: from the artifacts of a run, and by dbt, which --vars starts."""
    folder = small_project(tmp_path / "project")
    place = ["--project-dir", str(folder)]
    assert main(["run", "--no-check", *place]) == 1
    capsys.readouterr()
    for command in (
        ["alerts"], ["alerts", "--all"], ["alerts", "--json"], ["explain", "a1"],
        ["explain", "a1", "--json"], ["coverage"], ["coverage", "--json"], ["explain", "zz"],
        ["notices"], ["notices", "--json"],
    ):  # fmt: skip
        code = main([*command, *place])
        quick = capsys.readouterr()
        assert "with dbt" not in quick.err
        assert main([*command, *place, "--vars", "{unused: 1}"]) == code
        by_dbt = capsys.readouterr()
        assert "with dbt, because --vars" in by_dbt.err
        assert quick.out == by_dbt.out, command


# ---- Postgres ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_on_postgres(
    folder: Path, postgres: Server, no_dbt: None, capsys: pytest.CaptureFixture[str]
) -> None:
    postgres.create("artifacts")
    server = postgres.connect("artifacts")
    with server.cursor() as cursor:
        cursor.execute("create role reader; create schema main_results")
        cursor.execute(
            "create table main_results.monitor_alerts as select 'a1'::text as alert_id, "
            "'f1'::text as fingerprint, 'firing'::text as state, 'warn'::text as severity, "
            "'shop was slow'::text as message, timestamp '2026-01-19 09:00' as opened_at, "
            "1.5::numeric as current_value, 'NaN'::float8 as baseline_value, null::text as "
            "inhibited_by, 'select 2 as value'::text as reproduce_sql"
        )
        cursor.execute("create table main_results.monitor_audit (act_id text, act text, "
                       "acted_at timestamp, author text, reason text, alert_id text)")  # fmt: skip
        cursor.execute("grant all on schema main_results to reader")
        cursor.execute("grant all on all tables in schema main_results to reader")
    server.commit()
    target: dict[str, Any] = {
        "type": "postgres", "host": str(postgres.folder), "user": "postgres", "pass": "",
        "port": "{{ env_var('MM_PORT', '5432') | int }}", "dbname": "artifacts", "schema": "main",
        "role": "reader", "search_path": "main_results, public", "keepalives_idle": 5,
    }  # fmt: skip

    def with_profile(**more: Any) -> None:
        outputs = {"main": {**target, **more}}
        write(folder / "profiles.yml", {"shop": {"target": "main", "outputs": outputs}})

    with_profile()
    save(folder, manifest("main", "artifacts", "postgres"))
    warehouse = opened(folder).warehouse
    with warehouse.held(print):
        [row] = warehouse.rows("select current_user as me, current_setting('search_path') as path")
        assert row == {"me": "reader", "path": "main_results, public"}
        # each statement is its own transaction, and a transaction is all or nothing
        with pytest.raises(QueryError, match="no_such_column"):
            warehouse.rows("select no_such_column")
        with pytest.raises(QueryError), warehouse.transaction():  # noqa: PT012
            warehouse.execute("create table main_results.half as select 1 as x")
            warehouse.execute("select no_such_column from main_results.half")
        assert not warehouse.exists("main_results.half")
    place = ["--project-dir", str(folder)]
    assert main(["alerts", *place]) == 0
    assert "value          1.5" in capsys.readouterr().out
    assert main(["explain", "a1", "--json", *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counted_again"] == [{"value": 2}]
    assert found["alert"]["baseline_value"] is None
    assert main(["ack", "a1", *REASON, *place]) == 0
    with server.cursor() as cursor:
        cursor.execute("select act, alert_id from main_results.monitor_audit")
        assert cursor.fetchall() == [("ack", "a1")]
    server.close()
    for more in ({"port": "5432"}, {"host": None}, {"sslpassword": "x"}):
        with_profile(**more)
        assert refused(folder)
    with_profile(dbname="nowhere")
    assert "is not of the target" in refused(folder)
    with_profile(host="/nowhere", retries=0)
    assert main(["alerts", *place]) == 2
    assert "/nowhere" in capsys.readouterr().err
