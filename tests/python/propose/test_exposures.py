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
from model_monitor.propose.exposures import DASHBOARDS, MODEL_TABLES, exposures, slug, text

from ..harness.grafana import dashboard, targets
from ..harness.project_harness import ROOT, Project
from ..harness.small_project import MONITOR, small_project

GRAFANA = "https://grafana.example.com"
BOARDS = ROOT / "examples" / "grafana"


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
    found = named(exposures(monitors, everything, None))
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
    found = exposures([{"name": "a"}], lambda name: name == "monitor_health", GRAFANA)
    for each in found["exposures"]:
        assert set(each["depends_on"]) <= {"ref('model_monitor', 'monitor_health')"}


def test_dashboards_have_the_address_that_they_are_imported_under() -> None:
    found = named(
        exposures([{"name": "a", "owner": "us"}, {"name": "b"}], everything, f"{GRAFANA}/")
    )
    for name in DASHBOARDS:
        each = found[f"model_monitor_{name}"]
        assert each["type"] == "dashboard"
        assert each["url"] == f"{GRAFANA}/d/{dashboard(BOARDS / f'{name}.json')['uid']}"
        assert each["owner"] == {"name": "us"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_depend_on_the_tables_of_their_queries(name: str) -> None:
    board = dashboard(BOARDS / f"{name}.json")
    queries = [target["rawSql"] for _, target in targets(board)]
    queries += [each["query"] for each in board["templating"]["list"] if each["type"] == "query"]
    read = set(re.findall(r'"\$\{schema\}"\.(\w+)', "\n".join(queries)))
    assert sorted(DASHBOARDS[name][2]) == sorted(read)


@pytest.mark.parametrize("address", ["grafana.example.com", "https://", "", "https://a b", "https://g/{{ 1 }}"])  # fmt: skip
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="--grafana: not an address"):
        exposures([], everything, address)


def test_names_are_those_that_dbt_allows() -> None:
    assert slug("größe-1 a") == "gr__e_1_a"


def test_the_file_says_how_it_was_written() -> None:
    content = exposures([{"name": "a"}], everything, GRAFANA)
    written = text(content, GRAFANA)
    assert f"model-monitor exposures --grafana {GRAFANA} > models/exposures.yml\n" in written
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
    assert main(["exposures", "--grafana", GRAFANA, *project.place()]) == 0
    file = project.folder / "models" / "exposures.yml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    manifest = project._parse()
    found = {each.name: each for each in manifest.exposures.values()}
    assert set(found) == {"loans_model", *(f"model_monitor_{name}" for name in DASHBOARDS)}
    assert str(found["loans_model"].type) == "ml"
    assert found["loans_model"].owner.name == "credit"
    for name, (_, _, tables) in {**DASHBOARDS, "": ("", "", MODEL_TABLES)}.items():
        depends = found[f"model_monitor_{name}" if name else "loans_model"].depends_on.nodes
        assert {node.rpartition(".")[2] for node in depends} == set(tables)
    # a second run reads the project with the file in it, and writes the same
    assert main(["exposures", "--grafana", GRAFANA, *project.place()]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
