"""`model-monitor init-project`: the entry of the dbt package in a project's packages.yml.

The file is changed as text, so comments and layout stay. What comes out is read again before it is
written: everything that was there must still be there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model_monitor.errors import MonitorError
from model_monitor.output import Output
from model_monitor.warehouse.settings import PACKAGE, needs_project

FILES = ("packages.yml", "dependencies.yml")
# The rest of a line, and a key without packages.
REST = re.compile(r"[^\n]*(?:\n|$)")
EMPTY = re.compile(r"packages:[ \t]*(?:\[\s*\])?[ \t]*(#[^\r\n]*)?(?:\r?\n|$)")
PLAIN = re.compile(r"[\w./@~][\w./:@~+-]*")
Entry = dict[str, str]


@dataclass(frozen=True)
class Written:
    """What was done to which file."""

    file: Path
    entry: Entry
    done: str  # added, replaced or unchanged

    def as_json(self) -> dict[str, Any]:
        return {"file": str(self.file), "entry": self.entry, "done": self.done}


def local_entry(project: Path, package: Path) -> Entry:
    """The package as a folder: relative inside the project and beside it, absolute elsewhere."""
    project, package = project.resolve(), package.resolve()
    is_near = package.is_relative_to(project.parent)
    return {"local": Path(os.path.relpath(package, project) if is_near else package).as_posix()}


def write(project: Path, entry: Entry) -> Written:
    needs_project(project)
    file = file_of(project)
    before = read(file)
    edited, done = edit(before, entry, project, file.name)
    if done != "unchanged":
        with file.open("w", encoding="utf-8", newline="") as out:
            out.write(edited)
    return Written(file, entry, done)


def show(found: Written, output: Output) -> None:
    text = flow(found.entry).strip("{}")
    if found.done == "unchanged":
        output.say(f"{found.file.name} has this entry already: {text}")
    else:
        output.say(f"{found.done.capitalize()} in {found.file.name}: {text}")
    folder = Path(found.entry.get("local", ""))
    if folder.is_absolute() or "site-packages" in folder.parts:
        output.say(
            "Others may have this folder elsewhere. To share the project: "
            "model-monitor init-project --git URL"
        )
    output.say("Next: dbt deps, then model-monitor init SCHEMA.TABLE")


def read(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open(encoding="utf-8", newline="") as text:
        return text.read()


def file_of(project: Path) -> Path:
    """Where the project names its packages: dbt allows one of two files."""
    packages, dependencies = (project / name for name in FILES)
    if not packages.exists() and "packages" in contents(read(dependencies), dependencies.name):
        return dependencies
    return packages


def contents(text: str, name: str) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise MonitorError(f"{name} is not YAML, and was not changed: {error}") from error
    packages = found.get("packages") if isinstance(found, Mapping) else None
    is_list = packages is None or isinstance(packages, list)
    if not isinstance(found, Mapping) or not is_list:
        raise MonitorError(f"{name} has no list of packages, and was not changed.")
    return found


def edit(text: str, entry: Entry, project: Path, name: str) -> tuple[str, str]:
    """The text with the entry, and what was done: added, replaced or unchanged."""
    there = contents(text, name)
    packages = list(there.get("packages") or [])
    ours = [index for index, each in enumerate(packages) if is_ours(each, project)]
    if len(ours) > 1:
        raise MonitorError(f"{name} names {PACKAGE} {len(ours)} times. Leave one entry.")
    if not ours:
        edited, wanted, done = added(text, entry), [*packages, entry], "added"
    else:
        (index,) = ours
        if packages[index] == entry:
            return text, "unchanged"
        if packages[index].keys() != entry.keys():
            raise MonitorError(
                f"{name} names {PACKAGE} in another way: {packages[index]}. "
                f"Remove that entry, or replace it with: {entry}"
            )
        edited = replaced(text, index, entry)
        wanted = [*packages[:index], entry, *packages[index + 1 :]]
        done = "replaced"
    try:
        is_as_wanted = yaml.safe_load(edited) == {**there, "packages": wanted}
    except yaml.YAMLError:
        is_as_wanted = False
    if not is_as_wanted:
        raise MonitorError(
            f"{name} has a layout that cannot be changed safely, and was not changed. "
            f"Add this entry to it: {entry}"
        )
    return edited, done


def is_ours(entry: Any, project: Path) -> bool:
    """Whether an entry leads to this package: by its address, or by the folder's own name."""
    if not isinstance(entry, Mapping):
        return False
    place = next((str(entry[key]) for key in ("git", "local", "package") if key in entry), "")
    last = place.rstrip("/").removesuffix(".git").rpartition("/")[2]
    settings = project / place / "dbt_project.yml"
    if "local" in entry and settings.is_file():
        own = re.search(r"^name:\s*['\"]?(\w+)", settings.read_text(encoding="utf-8"), re.MULTILINE)
        return own is not None and own[1] == PACKAGE
    return last == PACKAGE or place.endswith(f"{PACKAGE}/package")


def added(text: str, entry: Entry) -> str:
    line_end = "\r\n" if "\r\n" in text else "\n"
    found = node_of(text)
    if found is None:
        gap = "" if not text or text.endswith("\n") else line_end
        return f"{text}{gap}packages:{line_end}{block(entry, 2, line_end)}"
    key, value = found
    if isinstance(value, yaml.SequenceNode) and value.value and not value.flow_style:
        end = end_of(value.value[-1], text)
        gap = "" if text[:end].endswith("\n") else line_end
        indent = value.start_mark.column
        return f"{text[:end]}{gap}{block(entry, indent, line_end)}{text[end:]}"
    if isinstance(value, yaml.SequenceNode) and value.value:
        end = value.value[-1].end_mark.index
        return f"{text[:end]}, {flow(entry)}{text[end:]}"
    empty = EMPTY.match(text, key.start_mark.index)
    if empty is None:
        return text
    comment = f"  {empty[1]}" if empty[1] else ""
    before, after = text[: empty.start()], text[empty.end() :]
    return f"{before}packages:{comment}{line_end}{block(entry, 2, line_end)}{after}"


def replaced(text: str, index: int, entry: Entry) -> str:
    """The values of an entry, from the last to the first, so that places stay right."""
    found = node_of(text)
    if found is None:
        return text
    pairs = [(key.value, value) for key, value in found[1].value[index].value]
    for key, value in sorted(pairs, key=lambda pair: -pair[1].start_mark.index):
        start, end = value.start_mark.index, value.end_mark.index
        text = f"{text[:start]}{quoted(entry[key])}{text[end:]}"
    return text


def node_of(text: str) -> tuple[Any, Any] | None:
    """The key `packages` and its value."""
    tree = yaml.compose(text, yaml.SafeLoader)
    pairs = tree.value if isinstance(tree, yaml.MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == "packages"), None)


def end_of(node: Any, text: str) -> int:
    """Where the line ends on which a node does: a block's own end is behind later comments."""
    while not isinstance(node, yaml.ScalarNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = int(node.end_mark.index)
    line = REST.match(text, end)
    return end if text[:end].endswith("\n") or line is None else line.end()


def block(entry: Entry, indent: int, line_end: str) -> str:
    lines = [f"{key}: {quoted(value)}{line_end}" for key, value in entry.items()]
    return f"{' ' * indent}- " + f"{' ' * indent}  ".join(lines)


def flow(entry: Entry) -> str:
    return "{" + ", ".join(f"{key}: {quoted(value)}" for key, value in entry.items()) + "}"


def quoted(value: str) -> str:
    """The value as YAML, in quotes where it needs them."""
    if PLAIN.fullmatch(value) and yaml.safe_load(f"[{value}]") == [value]:
        return value
    return json.dumps(value, ensure_ascii=False)
