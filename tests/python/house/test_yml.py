"""The yml of the package is what dbt's own JSON schemas allow, and a mistake in it is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PROJECT = (
    "name: shop\nmodel-paths: [queries]\nmodels:\n  shop:\n    +enabled: \"{{ var('on') }}\"\n"
)
MODELS = """\
version: 2
models:
  - name: scores
    description: what is scored
    columns:
      - name: score
        description: 2026-01-31
        data_tests:
          - not_null
          - accepted_values:
              arguments: {values: [0, 1]}
              config: {severity: Warn}
"""


def check(*folders: Path) -> tuple[int, list[str]]:
    command = [sys.executable, str(ROOT / "tools" / "check_yml.py"), *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "queries").mkdir()
    (tmp_path / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "queries" / "scores.yml").write_text(MODELS, encoding="utf-8")
    return tmp_path


def test_the_package_and_the_example_are_valid() -> None:
    code, lines = check()
    assert code == 0, lines
    assert int(lines[0].split()[0]) > 50


def accepted_by_dbt() -> dict[tuple[str, str], set[str]]:
    """The values that the ymls accept, by model and column."""
    found = {}
    for path in (ROOT / "models").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for column in model.get("columns", []):
                for test in column.get("data_tests", []):
                    if isinstance(test, dict) and "accepted_values" in test:
                        values = test["accepted_values"]["arguments"]["values"]
                        found[model["name"], column["name"]] = set(values)
    return found


def accepted_by_suites() -> Iterator[tuple[tuple[str, str], set[str]]]:
    for path in (ROOT / "python" / "expectations").glob("*.json"):
        suite: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        table = suite["meta"].get("table") or suite["meta"]["frame"]
        for each in suite["expectations"]:
            if each["type"] == "expect_column_values_to_be_in_set":
                arguments = each["kwargs"]
                yield (table, arguments["column"]), set(arguments["value_set"])


def test_suites_accept_what_the_yml_accepts() -> None:
    """A state that only one of them knows fails a check on sound results."""
    suites = dict(accepted_by_suites())
    assert ("monitor_alerts", "state") in suites
    by_dbt = accepted_by_dbt()
    assert suites == {key: by_dbt[key] for key in suites}


def test_a_valid_project_has_no_problem(project: Path) -> None:
    assert check(project) == (0, ["2 yml files, 0 problems"])


def test_every_mistake_is_named_with_its_line(project: Path) -> None:
    models = project / "queries" / "scores.yml"
    text = MODELS.replace("description: what", "descripton: what").replace("Warn", "Loud")
    models.write_text(text, encoding="utf-8")
    settings = project / "dbt_project.yml"
    settings.write_text(PROJECT + "    +materialised: view\n", encoding="utf-8")
    code, (summary, *problems) = check(project)
    assert (code, summary) == (1, "2 yml files, 3 problems")
    assert problems == [
        f"{settings}:6: models › shop › +materialised: unknown setting, or not a value of it",
        f"{models}:4: models[0] › descripton: unknown key; valid: description",
        f"{models}:12: models[0] › columns[0] › data_tests[1] › accepted_values › config › severity:"
        " 'Loud' is not one of ['Error', 'Warn']",
    ]


def test_what_is_no_yaml_is_named_and_so_is_a_folder_without_a_project(project: Path) -> None:
    models = project / "queries" / "scores.yml"
    models.write_text("models: [\n", encoding="utf-8")
    none = project / "queries"
    code, (summary, *problems) = check(project, none)
    assert (code, summary) == (1, "2 yml files, 2 problems")
    assert problems[0] == f"{none}: no dbt project"
    assert problems[1].startswith(f"{models}:2: not YAML: ")
