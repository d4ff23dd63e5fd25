#!/usr/bin/env python3
"""Check every yml of a dbt project against the JSON schemas that dbt ships.

dbt itself checks them only for some warehouses, and DuckDB is none of those. Without arguments it
checks the package and examples/shop; with arguments the projects in those folders.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from dbt.jsonschemas.jsonschemas import project_schema, resources_schema
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = (ROOT, ROOT / "examples" / "shop")
KINDS = ("analysis", "macro", "model", "seed", "snapshot", "test")
Place = tuple[str | int, ...]


def main(arguments: list[str]) -> int:
    projects = [Path(name).resolve() for name in arguments] or list(PROJECTS)
    problems = [f"{path}: no dbt project" for path in projects if not settings_of(path).exists()]
    files = [file for path in projects if settings_of(path).exists() for file in files_of(path)]
    for file, validator in files:
        where = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
        problems += [f"{where}:{line}: {text}" for line, text in problems_of(file, validator)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(files)} yml files, {len(problems)} problems")
    return 1 if problems else 0


def settings_of(project: Path) -> Path:
    return project / "dbt_project.yml"


def files_of(project: Path) -> Iterator[tuple[Path, Any]]:
    """dbt_project.yml and the yml files in the folders that it names, each with its schema."""
    settings = yaml.safe_load(settings_of(project).read_text(encoding="utf-8"))
    yield settings_of(project), PROJECT
    defaults = {"analysis": "analyses"}
    folders = {
        project / name
        for kind in KINDS
        for name in settings.get(f"{kind}-paths", [defaults.get(kind, f"{kind}s")])
    }
    for folder in sorted(folders):
        found = (file for file in folder.rglob("*") if file.suffix in (".yml", ".yaml"))
        yield from ((file, RESOURCES) for file in sorted(found))


def problems_of(file: Path, validator: Any) -> list[tuple[int, str]]:
    text = file.read_text(encoding="utf-8")
    try:
        content = yaml.load(text, LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [(line, f"not YAML: {error.problem}")]
    errors = [deepest(error) for error in validator.iter_errors(content or {})]
    if not errors:
        return []
    tree = yaml.compose(text, LOADER)
    return sorted((line_of(tree, path), f"{shown(path)}: {said}") for path, said in errors)


def deepest(error: ValidationError) -> tuple[Place, str]:
    """The innermost cause: of several alternatives that of the one that was meant."""
    cause = max([error, *causes(error)], key=lambda each: (len(each.absolute_path), rank(each)))
    path = tuple(cause.absolute_path)
    if cause.validator == "type" and path and str(path[-1]).startswith("+"):
        return path, "unknown setting, or not a value of it"
    if cause.validator != "additionalProperties":
        return path, cause.message
    known = list(cause.schema.get("properties", {}))
    unknown = next(str(key) for key in cause.instance if key not in known)
    close = get_close_matches(unknown, known) or sorted(known)
    return (*path, unknown), f"unknown key; valid: {', '.join(close)}"


def causes(error: ValidationError) -> Iterator[ValidationError]:
    for each in error.context or ():
        yield each
        yield from causes(each)


def rank(error: ValidationError) -> int:
    """An alternative of another type was not meant, and a sum of alternatives says nothing."""
    return {"anyOf": 0, "oneOf": 0, "type": 1}.get(str(error.validator), 2)


def shown(path: Place) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f" › {part}" for part in path)
    return "".join(parts).removeprefix(" › ") or "the file"


def line_of(tree: Any, path: Place) -> int:
    """The line of what a path leads to: of a key, the line of the key."""
    line = 1
    for part in path:
        if isinstance(tree, yaml.MappingNode):
            found = [pair for pair in tree.value if pair[0].value == str(part)]
            if not found:
                break
            line, tree = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(tree, yaml.SequenceNode):
            tree = tree.value[int(part)]
            line = tree.start_mark.line + 1
    return line


def unless_unknown(keyword: str) -> Any:
    """A rule that lets pass what only dbt knows: the value of Jinja, and what YAML calls a date."""
    rule = Draft7Validator.VALIDATORS[keyword]

    def check(validator: Any, expected: Any, value: Any, schema: Any) -> Iterator[Any]:
        is_jinja = isinstance(value, str) and "{{" in value
        is_text = keyword == "type" and "string" in expected and isinstance(value, date)
        if not (is_jinja or is_text):
            yield from rule(validator, expected, value, schema) or ()

    return check


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VALIDATOR = extend(Draft7Validator, {name: unless_unknown(name) for name in ("type", "enum")})
PROJECT = VALIDATOR(project_schema())
RESOURCES = VALIDATOR(resources_schema())

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
