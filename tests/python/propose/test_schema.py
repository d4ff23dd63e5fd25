"""The JSON Schema of the vars: the committed file, what it accepts, and what it does not."""

from __future__ import annotations

import copy
import json
import random
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from model_monitor.cli.parser import main
from model_monitor.propose import schema as module
from model_monitor.propose.dbt_package import dbt_package

from ..harness import config_examples, config_mistakes
from ..harness.config_harness import macros, problems

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / module.FILE).read_text(encoding="utf-8"))
BLOCK = re.compile(r"^ *```yaml[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
EXAMPLE = yaml.safe_load(config_examples.VALID)
# What a person can write into a yml: text, numbers, booleans, lists, mappings, nothing.
VALUES: list[Any] = [
    *[None, True, 0, 7, -1, 1.5, 10**40, "", "x", "{{ x }}", "7d", "no", [], {}, [None], [[]]],
    *[{"no": 1}, "ü -- x", {"a": None}, ["a", "a"], [True], [1.5], {"x": {"y": 1}}, "lower(x)"],
    *["2026-01-01", ["a", "b"], "a b", "A_", "+", "a+b", ["a", ["b", "c"]], {"top": 3}, " "],
]


def mistakes(variables: Any) -> list[str]:
    """What the schema says of the vars of a project."""
    found = as_json({"vars": {"model_monitor": variables}})
    errors = Draft7Validator(SCHEMA).iter_errors(found)
    return [f"{best_match([error]).json_path}: {best_match([error]).message}" for error in errors]


def as_json(value: Any) -> Any:
    """An editor reads YAML 1.2: dates are text, and so is `on`."""
    if isinstance(value, dict):
        return {"on" if key is True else str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def blocks(page: Path) -> list[Any]:
    texts = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [yaml.safe_load(text) for text in texts]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return [path]
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *[each for key, item in inside for each in places(item, (*path, key))]]


PLACES = [path for path in places(EXAMPLE) if len(path) > 1 and path[0] != "as_of"]


def test_the_committed_file_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert printed == (ROOT / module.FILE).read_text(encoding="utf-8"), "run: make schema"
    Draft7Validator.check_schema(SCHEMA)


def test_every_example_names_the_file() -> None:
    named = re.compile(r"^# yaml-language-server: \$schema=(\S+)$", re.MULTILINE)
    files = sorted((ROOT / "examples").rglob("dbt_project.yml"))
    assert files
    for file in files:
        line = named.match(file.read_text(encoding="utf-8"))
        assert line, file
        assert (file.parent / line[1]).resolve() == ROOT / module.FILE


def test_the_demo_and_the_example_are_valid() -> None:
    demo = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    ours = demo["vars"]["model_monitor"]
    assert len(ours["demo_monitors"]) == 3
    assert mistakes({"monitors": ours["demo_monitors"], "policy": ours["demo_policy"]}) == []
    assert mistakes(EXAMPLE) == []
    shop = yaml.safe_load((ROOT / "examples/shop/dbt_project.yml").read_text(encoding="utf-8"))
    assert list(Draft7Validator(SCHEMA).iter_errors(shop)) == []


def test_the_configurations_of_the_pages_are_valid() -> None:
    monitor_keys = SCHEMA["definitions"]["monitor"]["properties"]
    whole, parts = 0, 0
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for block in blocks(page):
            if isinstance(block, dict) and "vars" in block:
                whole += 1
                errors = list(Draft7Validator(SCHEMA).iter_errors(as_json(block)))
                assert errors == [], (page, errors)
            elif isinstance(block, dict) and block.keys() <= monitor_keys.keys():
                parts += 1
                minimal = {"name": "m", "predictions": {"source": ["a", "b"], "time": "t"}}
                assert mistakes({"monitors": [{**minimal, **block}]}) == [], page
    assert whole >= 4
    assert parts >= 5


def changed(path: tuple[Any, ...]) -> tuple[dict[str, Any], Any]:
    """The example to change at a place, with one monitor, which is quicker; what holds the place."""
    variables = copy.deepcopy(EXAMPLE)
    above = variables
    for key in path[:-1]:
        above = above[key]
    index = path[1] if path[0] == "monitors" else 1
    variables["monitors"] = [variables["monitors"][index]]
    return variables, above


def said_of(variables: dict[str, Any]) -> list[str]:
    return problems(variables["monitors"], policy=variables["policy"])


def test_a_misspelt_key_is_not_valid_wherever_it_is() -> None:
    for name, shape in SCHEMA["definitions"].items():
        assert name == "column_name" or shape["additionalProperties"] is False
    misspelt = 0
    for path in random.Random(7).sample(PLACES, 100):
        variables, above = changed(path)
        if not isinstance(above, dict):
            continue
        above[f"{path[-1]}_"] = above.pop(path[-1])
        if any("an unknown key" in line for line in said_of(variables)):
            misspelt += 1
            assert mistakes(variables), path
    assert misspelt > 40
    assert mistakes({"monitor": []})
    full = {"vars": {"model_monitor_monitors": [{"name": "m"}], "theirs": 1}}
    (error,) = Draft7Validator(SCHEMA).iter_errors(full)
    assert error.message == "'predictions' is a required property"
    assert mistakes({"rebuild": {"from": "2026-01-01", "until": "2026-01-02"}})
    assert not mistakes({"rebuild": {"from": "2026-01-01", "monitor": "m", "subject": ["a", "b"]}})


def test_nothing_that_the_package_accepts_is_called_a_mistake() -> None:
    chance = random.Random(7)
    accepted = refused = missed = 0
    for path in chance.sample(PLACES, 150):
        variables, above = changed(path)
        above[path[-1]] = chance.choice(VALUES)
        found, said = mistakes(variables), said_of(variables)
        assert said or not found, (path, above[path[-1]], found)
        accepted += not said
        refused += bool(found)
        missed += bool(said) and not found
    # what only the package knows: names that are declared elsewhere, and what goes with what
    assert accepted > 10
    assert refused > 5 * missed


@pytest.mark.parametrize("kind", sorted({*module.SCALARS} - {"names", "instant"}))
def test_a_scalar_is_valid_to_both(kind: str) -> None:
    check = macros({})["_config_scalar"]
    samples = [*VALUES, "1h", "30m", "0d", "48h", 0.5, 1, 10**9, 10**9 + 1, "fraud", "ALERTS_"]
    samples += [["a", "b", "c"], [["a", "b"]], [["a", "a"]], [["a", "b", "c", "d"]], "a\nb", "a;b"]
    missed = 0
    for value in samples:
        said: list[str] = []
        check(value, kind, "here", said)
        valid = Draft7Validator(module.SCALARS[kind]).is_valid(value)
        assert valid or said, (value, "is valid, and the schema says no")
        missed += valid and bool(said)
    # whole days, days of the calendar, blank names and doubles are beyond a schema
    assert missed <= 5, kind


def test_every_key_that_the_page_describes_has_its_description() -> None:
    described = {
        (name, key): spec.get("description")
        for name, shape in SCHEMA["definitions"].items()
        for key, spec in shape.get("properties", {}).items()
    }
    assert described["limits", "min_rows"].startswith("Independent rows that a distribution needs")
    assert described["limits", "min_rows"].endswith("; default: 500")
    assert described["outcome", "matures_after"].startswith("Label window")
    assert described["monitor", "correlations"].endswith("; not used yet")
    for name in ("monitor", "predictions", "score", "feature", "metric", "outcomes", "gates"):
        keys = [key for (of, key), text in described.items() if of == name and not text]
        assert set(keys) <= {"limits", "retention", "where"}, name
    assert not [text for text in described.values() if text and "](" in text]


def test_a_type_that_the_schema_does_not_know_is_an_error() -> None:
    with pytest.raises(KeyError, match="colour"):
        module.type_schema({"list": "colour"}, {})
    shapes = module.returned(dbt_package() / module.SHAPES, "_config_shapes")
    assert set(SCHEMA["definitions"]) == {*shapes, "vars", "rebuild", "column_name"}


def test_the_mistakes_of_the_configuration_that_a_schema_can_know() -> None:
    unknown = [text for text, said in config_mistakes.MONITOR if "an unknown key" in said]
    assert len(unknown) >= 3
    minimal = {"name": "m", "predictions": {"source": ["a", "b"], "time": "t"}}
    for text in unknown:
        assert mistakes({"monitors": [{**minimal, **yaml.safe_load(text)}]}), text
