"""`exposures`: a file that dbt parses, with one entry per model and per dashboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_monitor.cli.parser import main
from model_monitor.errors import UsageError
from model_monitor.propose.exposures import (
    DASHBOARDS,
    MODEL_TABLES,
    TOOLS,
    exposures,
    slug,
    text,
)

from ..harness.grafana import dashboard, targets
from ..harness.project_harness import ROOT, Project
from ..harness.small_project import MONITOR, small_project

ADDRESSES = {
    "grafana": "https://grafana.example.com",
    "superset": "https://bi.example.com",
    "streamlit": "https://example.com/models",
}
OPTIONS = [word for tool, address in ADDRESSES.items() for word in (f"--{tool}", address)]
BOARDS = ROOT / "examples" / "grafana"
SUPERSET = ROOT / "examples" / "superset" / "model_monitor"


def everything(_: str) -> bool:
    return True


def named(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["exposures"]}


def test_a_model_and_its_owner() -> None:
    monitors = [
        {"name": "fraud", "owner": "risk@example.com", "dashboard": "https://bi.example.com/fraud"},
        {"name": "home feed", "owner": "growth", "runbook": "https://wiki.example.com/feed"},
        {"name": "home-feed", "owner": None, "dashboard": "folder/page.html"},
    ]
    found = named(exposures(monitors, everything, {}))
    assert list(found) == ["fraud_model", "home_feed_model", "home_feed_model_2"]
    assert {each["type"] for each in found.values()} == {"ml"}
    assert [each["owner"] for each in found.values()] == [
        {"email": "risk@example.com"}, {"name": "growth"}, {"name": "no owner configured"},
    ]  # fmt: skip
    assert [each.get("url") for each in found.values()] == [
        "https://bi.example.com/fraud", "https://wiki.example.com/feed", None,
    ]  # fmt: skip
    assert found["fraud_model"]["depends_on"] == [
        f"ref('model_monitor', '{table}')" for table in MODEL_TABLES
    ]


def test_a_table_that_the_project_lacks_is_left_out() -> None:
    found = exposures([{"name": "a"}], lambda name: name == "monitor_health", ADDRESSES)
    assert len(found["exposures"]) == 1 + len(DASHBOARDS)
    for each in found["exposures"]:
        assert set(each["depends_on"]) <= {"ref('model_monitor', 'monitor_health')"}


def test_dashboards_have_the_address_that_they_are_imported_under() -> None:
    addresses = {tool: f"{address}/" for tool, address in ADDRESSES.items()}
    found = named(exposures([{"name": "a", "owner": "us"}, {"name": "b"}], everything, addresses))
    boards = sorted(BOARDS.glob("*.json"))
    of_grafana = [each for each in boards if "${schema}" in each.read_text(encoding="utf-8")]
    places = {
        f"model_monitor_{board.stem}": f"{ADDRESSES['grafana']}/d/{dashboard(board)['uid']}"
        for board in of_grafana
    }
    [board] = SUPERSET.glob("dashboards/*.yaml")
    slug = yaml.safe_load(board.read_text(encoding="utf-8"))["slug"]
    places["model_monitor_superset"] = f"{ADDRESSES['superset']}/superset/dashboard/{slug}/"
    places["model_monitor_streamlit"] = ADDRESSES["streamlit"]
    del found["a_model"], found["b_model"]
    assert {name: each["url"] for name, each in found.items()} == places
    assert {each["type"] for each in found.values()} == {"dashboard"}
    assert all(each["owner"] == {"name": "us"} for each in found.values())


def tables_of_grafana(name: str) -> set[str]:
    board = dashboard(BOARDS / f"{name.removeprefix('model_monitor_')}.json")
    queries = [target["rawSql"] for _, target in targets(board)]
    queries += [each["query"] for each in board["templating"]["list"] if each["type"] == "query"]
    return set(re.findall(r'"\$\{schema\}"\.(\w+)', "\n".join(queries)))


def tables_of_superset(_: str) -> set[str]:
    files = SUPERSET.glob("datasets/**/*.yaml")
    queries = [yaml.safe_load(file.read_text(encoding="utf-8"))["sql"] for file in files]
    return set(re.findall(r"main_model_monitor\.(\w+)", "\n".join(queries)))


def tables_of_streamlit(_: str) -> set[str]:
    """`m.drift(…)` reads monitor_drift."""
    page = (ROOT / "examples" / "streamlit" / "app.py").read_text(encoding="utf-8")
    asked = re.findall(r'\bm\.(?:table\("(\w+)"\)|(\w+)\()', page)
    return {table or f"monitor_{name}" for table, name in asked}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_depend_on_the_tables_of_their_queries(name: str) -> None:
    tables = {
        "grafana": tables_of_grafana,
        "superset": tables_of_superset,
        "streamlit": tables_of_streamlit,
    }
    assert set(tables) == set(TOOLS)
    assert sorted(DASHBOARDS[name].tables) == sorted(tables[DASHBOARDS[name].tool](name))


def test_only_tools_with_an_address_have_dashboards() -> None:
    found = named(exposures([], everything, {"superset": "https://bi"}))
    assert set(found) == {"model_monitor_superset"}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("address", ["grafana.example.com", "https://", "", "https://a b", "https://g/{{ 1 }}"])  # fmt: skip
def test_a_wrong_address_is_refused(tool: str, address: str) -> None:
    with pytest.raises(UsageError, match=f"--{tool}: not an address"):
        exposures([], everything, {tool: address})


def test_names_are_those_that_dbt_allows() -> None:
    assert slug("größe-1 a") == "gr__e_1_a"


def test_the_file_says_how_it_was_written() -> None:
    content = exposures([{"name": "a"}], everything, ADDRESSES)
    written = text(content, ADDRESSES)
    chosen = " ".join(OPTIONS)
    assert f"model-monitor exposures {chosen} > models/exposures.yml\n" in written
    assert yaml.safe_load(written) == content


def test_the_command_prints_yaml_or_json(
    tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path / "project")
    assert main(["exposures", "--project-dir", str(folder)]) == 0
    written = yaml.safe_load(capsys.readouterr().out)
    assert main(["exposures", "--json", "--project-dir", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out) == written
    [model] = written["exposures"]
    assert model["name"] == "loans_model"
    assert model["owner"] == {"name": "credit"}
    # of the stand-ins, only these are there
    assert model["depends_on"] == ["ref('model_monitor', 'monitor_drift')"]


@pytest.mark.slow
def test_dbt_parses_it(tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monitors = [{**MONITOR, "predictions": {**MONITOR["predictions"], "source": ["logs", "log"]}}]
    project = Project(tmp_path / "shop", monitors, {"log": "select 1 as id"})
    assert main(["exposures", *OPTIONS, *project.place()]) == 0
    file = project.folder / "models" / "exposures.yml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    manifest = project._parse()
    found = {each.name: each for each in manifest.exposures.values()}
    assert set(found) == {"loans_model", *DASHBOARDS}
    assert str(found["loans_model"].type) == "ml"
    assert found["loans_model"].owner.name == "credit"
    read = {"loans_model": MODEL_TABLES} | {name: each.tables for name, each in DASHBOARDS.items()}
    for name, tables in read.items():
        depends = found[name].depends_on.nodes
        assert {node.rpartition(".")[2] for node in depends} == set(tables)
    # a second run reads the project with the file in it, and writes the same
    assert main(["exposures", *OPTIONS, *project.place()]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
