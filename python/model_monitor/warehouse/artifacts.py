"""Reads a project from the artifacts of dbt, without starting dbt.

`target/manifest.json` says where the tables are, and `profiles.yml` how to connect. A manifest does
not say for which target it was made, and reading the tables of another target must not happen. So
it is used only if all of this holds:

1. It is newer than dbt_project.yml, the lists of packages and the installed package.
2. dbt's own macros name the schemas, and no template in dbt_project.yml does.
3. The database and schema of each table are those that dbt gives it in the chosen target.

Otherwise `NeedsDbtError` says why dbt has to read the project. None of this is asked of a manifest
that the user names (`--manifest`): its tables are read wherever they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model_monitor.errors import UsageError
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.drivers import database, engine
from model_monitor.warehouse.manifest import Manifest, Node, read_manifest
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.profile import Profile, loaded, option, profile, render
from model_monitor.warehouse.settings import PACKAGE, PER_RUN, Settings

PROJECT = "dbt_project.yml"
# Files whose change may change the names of tables.
SOURCES = (PROJECT, "packages.yml", "dependencies.yml", "package-lock.yml")
NAMES = ("schema", "database", "catalog", "alias")


class Artifacts:
    """A project as its artifacts describe it: enough to read results and to append user actions."""

    def __init__(self, manifest: Manifest, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._relations = manifest.relations()

    @property
    def names(self) -> tuple[str, ...]:
        """The models and seeds of the package."""
        return tuple(self._relations)

    def relation(self, name: str) -> str | None:
        """The relation of a model or seed of the package, as dbt writes it; None if unknown."""
        return self._relations.get(name)


def artifacts(settings: Settings, *, writes: bool) -> Artifacts:
    """The project in this folder. `writes` if the command appends rows."""
    if set(settings.variables) - PER_RUN:
        raise NeedsDbtError("--vars may change the names of tables")
    project = loaded(Path(PROJECT))
    shown = str(target_path(project) / "manifest.json")
    manifest = read_manifest(Path(shown), shown)
    check_age(manifest, project, shown)
    chosen = profile(project, settings.profiles_dir, settings.target)
    warehouse = Warehouse(engine(chosen.settings, writes=writes))
    check_names(manifest, project)
    check_target(manifest, chosen, shown)
    return Artifacts(manifest, warehouse)


def named_artifacts(settings: Settings, file: Path, *, writes: bool) -> Artifacts:
    """The project of a manifest that the user names. Every problem is an error."""
    try:
        if set(settings.variables) - PER_RUN:
            raise NeedsDbtError("--vars cannot change a manifest")
        manifest = read_manifest(file, str(file))
        chosen = profile(loaded(Path(PROJECT)), settings.profiles_dir, settings.target)
        check_type(manifest, chosen, str(file))
        return Artifacts(manifest, Warehouse(engine(chosen.settings, writes=writes)))
    except NeedsDbtError as reason:
        raise UsageError(
            f"--manifest: {reason}. Valid: a manifest.json of this project, for a target of type "
            f"duckdb or postgres. Got: {file}"
        ) from reason


def target_path(project: Mapping[str, Any]) -> Path:
    return Path(option("TARGET_PATH") or render(project.get("target-path") or "target"))


def seconds_of_last_build() -> dict[str, float]:
    """How long each node of the project in this folder took when a run last built it."""
    try:
        found = json.loads(_seconds_file().read_text(encoding="utf-8"))
        return {str(node): float(seconds) for node, seconds in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, NeedsDbtError):
        return {}


def keep_seconds(seconds: Mapping[str, float]) -> None:
    """dbt's own file is replaced by the next command, such as the checks of the same run."""
    with suppress(OSError, NeedsDbtError):
        _seconds_file().write_text(json.dumps(dict(seconds)), encoding="utf-8")


def _seconds_file() -> Path:
    return target_path(loaded(Path(PROJECT))) / "model_monitor_seconds.json"


# ---- whether the manifest is of this project and of this target ----------------------------------


def check_age(manifest: Manifest, project: Mapping[str, Any], shown: str) -> None:
    """Compare with the time in the manifest, because a copy of the file has a newer one."""
    for file in sources(project):
        if file.exists() and changed_at(file) > manifest.generated_at:
            raise NeedsDbtError(f"{shown} is older than {file}")


def sources(project: Mapping[str, Any]) -> Iterator[Path]:
    yield from map(Path, SOURCES)
    package = Path(render(project.get("packages-install-path") or "dbt_packages")) / PACKAGE
    # the folder shows an installation, whose files may be older
    yield from (package, package / PROJECT)


def changed_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def check_names(manifest: Manifest, project: Mapping[str, Any]) -> None:
    """Refuse names that depend on more than the database and schema of the target."""
    if manifest.naming_macros:
        raise NeedsDbtError(f"the project has its own macro {manifest.naming_macros[0]}")
    for kind in ("models", "seeds"):
        for name, value in named_settings(project.get(kind)):
            if "{{" in str(value) or "{%" in str(value):
                raise NeedsDbtError(f"{PROJECT} has a template in {name}")


def named_settings(tree: Any) -> Iterator[tuple[str, Any]]:
    """The settings in a part of dbt_project.yml that name schemas, databases or tables."""
    if not isinstance(tree, dict):
        return
    for name, value in tree.items():
        if str(name).lstrip("+ ") in NAMES and not isinstance(value, dict):
            yield str(name), value
        yield from named_settings(value)


def check_type(manifest: Manifest, chosen: Profile, shown: str) -> None:
    kind = chosen.settings.get("type")
    if manifest.adapter_type != kind:
        raise NeedsDbtError(
            f"{shown} is for a target of type {manifest.adapter_type}, and the target"
            f" {chosen.target} is of type {kind}"
        )


def check_target(manifest: Manifest, chosen: Profile, shown: str) -> None:
    """Compare every table with the database and schema that dbt gives it in this target."""
    check_type(manifest, chosen, shown)
    default = (database(chosen.settings), str(chosen.settings.get("schema") or "main"))
    for node in manifest.nodes.values():
        expected = place(node, *default)
        found = (str(node.get("database")), str(node.get("schema")))
        if found != expected:
            raise NeedsDbtError(
                f"{shown} is not of the target {chosen.target}: the schema of {node['name']} is"
                f" {'.'.join(found)} there, and {'.'.join(expected)} in the target"
            )


def place(node: Node, default_database: str, default_schema: str) -> tuple[str, str]:
    """As in dbt's generate_database_name and generate_schema_name."""
    config = node.get("config") or {}
    custom = config.get("schema")
    return (
        str(config.get("database") or default_database).strip(),
        default_schema if custom is None else f"{default_schema}_{str(custom).strip()}",
    )
