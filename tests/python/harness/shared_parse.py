"""One parse of the package for all projects of a worker: a parse takes as long as a small build.

A parse depends on the files of a project and on its target. The configuration of the monitors adds
sources, and nothing else: it is read again when models are compiled. So the package is parsed once with
a configuration that uses every family, and each project gets a copy with its own sources and its own
database. A project with files or refs of its own is parsed by itself.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# The harness writes these, differently in each project; the rest of a parse does not depend on them.
OWN_FILES = frozenset({"dbt_project.yml", "packages.yml", "profiles.yml", "models/sources.yml"})
NOT_READ = frozenset({"target", "logs"})

_parsed: dict[tuple[str, ...], Any] = {}


def files_of(folder: Path) -> dict[str, str]:
    """What dbt reads of a folder, by name, as hashes."""
    return {
        name.as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if (name := file.relative_to(folder)).parts[0] not in NOT_READ
        and name.as_posix() not in OWN_FILES
        and file.is_file()
    }


@cache
def every_family(root: Path) -> Mapping[str, Any]:
    """The demo's configuration as that of any project: it uses every family of the package."""
    read = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))
    demo = read["vars"]["model_monitor"]
    return {"monitors": demo["demo_monitors"], "policy": demo["demo_policy"]}


def shared(
    place: tuple[str, ...], parse: Callable[[], Any], folder: Path, database: str, schema: str,
    tables: Iterable[str],
) -> Any:  # fmt: skip
    """A copy of the one parse for this target, with these tables as the sources of the project."""
    if place not in _parsed:
        _parsed[place] = parse()
    manifest = _parsed[place]
    derived = copy.copy(manifest)
    derived.nodes = {name: _moved(node, folder, database) for name, node in manifest.nodes.items()}
    pattern = manifest.sources[f"source.shop.{schema}.any_table"]
    derived.sources = {}
    for table in sorted(tables):
        source = copy.copy(pattern)
        source.name = source.identifier = table
        source.unique_id = f"source.shop.{schema}.{table}"
        source.fqn = [*pattern.fqn[:-1], table]
        source.database = database
        quoted = table.replace('"', '""')
        source.relation_name = f'"{database}"."{schema}"."{quoted}"'
        derived.sources[source.unique_id] = source
    for name in vars(derived):
        if name.endswith("_lookup"):
            setattr(derived, name, None)
    derived.build_parent_and_child_maps()
    return derived


def _moved(node: Any, folder: Path, database: str) -> Any:
    """This node in another project; what a build notes about it stays with that project."""
    own = copy.copy(node)
    if getattr(node, "root_path", None):  # a seed
        own.root_path = str(folder / "dbt_packages" / node.package_name)
    if hasattr(node.depends_on, "nodes"):
        own.depends_on = copy.copy(node.depends_on)
        own.depends_on.nodes = [
            name for name in node.depends_on.nodes if not name.startswith("source.shop.")
        ]
    if node.relation_name:
        own.relation_name = str(node.relation_name).replace(
            f'"{node.database}"', f'"{database}"', 1
        )
    own.database = database
    return own


@contextmanager
def one_opening() -> Iterator[None]:
    """DuckDB's file is opened once for a whole command: each opening takes as long as a model."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.duckdb.environments.local import LocalEnvironment

    original = LocalEnvironment.notify_closed

    def stay_open(environment: Any) -> None:
        with environment.lock:
            environment.handle_count -= 1

    LocalEnvironment.notify_closed = stay_open
    try:
        yield
    finally:
        LocalEnvironment.notify_closed = original
        environment = DuckDBConnectionManager._ENV
        if environment is not None and getattr(environment, "handle_count", 1) == 0:
            environment.close()
