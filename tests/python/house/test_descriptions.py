"""Every model and every column is described, in the folder it is in; only `monitor_` is public."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from ..harness.project_harness import Project

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT / "models"


def described() -> dict[str, tuple[Path, dict[str, Any]]]:
    """By model: the folder that describes it, and how."""
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text()).get("models") or []:
            assert model["name"] not in found, f"{model['name']} is described twice"
            found[model["name"]] = path.parent, model
    return found


DESCRIBED = described()
PERSIST_DOCS = {"+persist_docs": {"relation": True, "columns": True}}


def public() -> dict[str, dict[str, Any]]:
    return {name: model for name, (_, model) in DESCRIBED.items() if name.startswith("monitor_")}


def table_comments() -> dict[tuple[str, ...], str]:
    """What a warehouse says of each public table if the project persists descriptions."""
    return {(name,): str(model["description"]).strip() for name, model in public().items()}


def column_comments() -> dict[tuple[str, ...], str]:
    return {
        (name, column["name"]): str(column["description"]).strip()
        for name, model in public().items()
        for column in model["columns"]
    }


def commented(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, ...], str]:
    """The comments of public tables in a warehouse: names first, the comment last."""
    return {row[:-1]: str(row[-1] or "").strip() for row in rows if (row[0],) in table_comments()}


FILES = {path.stem: path for path in sorted(MODELS.rglob("*.sql"))}


def test_no_description_is_left_of_a_model_that_is_gone() -> None:
    assert set(DESCRIBED) <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_model_is_described_where_it_is(name: str) -> None:
    assert name in DESCRIBED
    folder, model = DESCRIBED[name]
    assert folder == FILES[name].parent
    assert model.get("description", "").strip()
    is_public = name.startswith("monitor_")
    assert model["config"]["access"] == ("public" if is_public else "protected")
    assert bool(model.get("config", {}).get("contract", {}).get("enforced")) >= is_public
    assert all(column.get("description", "").strip() for column in model["columns"])


@pytest.mark.parametrize("name", ["monitor_signals", "monitor_judgements", "monitor_alerts"])
def test_every_family_of_rules_is_named(name: str) -> None:
    with (ROOT / "seeds" / "monitor_alert_rules.csv").open(encoding="utf-8", newline="") as file:
        # how much less a decision may be worth is the user's to say, and so are plugins
        families = {row["family"] for row in csv.DictReader(file)} | {"worth", "plugin"}
    columns = {column["name"]: column["description"] for column in DESCRIBED[name][1]["columns"]}
    assert set(columns["family"].rstrip(".\n").split(", ")) == families


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Without a monitor every table is there, typed and empty; descriptions are comments."""
    project = Project(tmp_path_factory.mktemp("described") / "empty", [])
    with project.asked_for("models", PERSIST_DOCS):
        project.build()
    return project


def test_descriptions_are_comments_if_a_project_wants_them(project: Project) -> None:
    with project.connect() as connection:
        tables = connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = ? "
            "union all select view_name, comment from duckdb_views() where schema_name = ?",
            [project.schema, project.schema],
        ).fetchall()
        columns = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() where schema_name = ?",
            [project.schema],
        ).fetchall()
    assert commented(tables) == table_comments()
    assert commented(columns) == column_comments()


def test_the_columns_that_are_described_are_those_there_are(project: Project) -> None:
    with project.connect() as connection:
        rows = connection.execute(
            "select table_name, column_name from information_schema.columns "
            f"where table_schema = '{project.schema}' order by ordinal_position"
        ).fetchall()
    built: dict[str, list[str]] = {}
    for table, column in rows:
        built.setdefault(table, []).append(column)
    wrong = {}
    for name, (_, model) in DESCRIBED.items():
        named = [column["name"] for column in model["columns"]]
        if name in built and set(named) ^ set(built[name]):
            wrong[name] = sorted(set(named) ^ set(built[name]))
    assert not wrong
    materialized = {
        node.name: node.config.materialized
        for node in project.manifest.nodes.values()
        if node.resource_type in ("model", "seed") and node.package_name == "model_monitor"
    }
    assert set(built) == {name for name, kind in materialized.items() if kind != "ephemeral"}


def test_a_key_is_the_same_to_who_checks_it_and_who_promises_it() -> None:
    """The suite of grains counts copies by the keys that the tables' own tests state."""
    text = (ROOT / "macros/trust/grains.sql").read_text(encoding="utf-8")
    names = text.split("%}\n", 1)[1].split("with changed")[0]
    stated = jinja2.Environment(autoescape=False).from_string(names)
    checked = {name: set(keys) for name, keys, _ in vars(stated.module)["tables"]}
    files = sorted(MODELS.rglob("_*.yml"))
    texts = "\n".join(file.read_text(encoding="utf-8") for file in files)
    grain = re.compile(r"name: (\w+)_grain\n.*?concat_ws\('\|',\s*(.*?)\)\)", re.DOTALL)
    promised = {
        name: {column.strip() for column in columns.split(",")}
        for name, columns in grain.findall(texts)
    }
    assert len(checked) > 15
    assert {name: promised[name] for name in checked} == checked
    # and `run` leaves out the dbt tests of these tables, and of no other
    tag = r"config:(?: \{|\n +)tags: \[whole_history\]"
    tagged = re.findall(rf"name: (\w+)_grain\n +{tag}", texts)
    assert sorted(tagged) == sorted(checked)
    assert texts.count("whole_history") == len(tagged)


def test_the_page_on_engines_lists_what_a_fourth_one_may_say_differently() -> None:
    macros = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.glob("macros/**/*.sql"))
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)'", macros))
    page = (ROOT / "docs/internals/engines.md").read_text(encoding="utf-8")
    assert len(dispatched) > 25
    assert [name for name in sorted(dispatched) if not re.search(rf"`{name}\b", page)] == []
