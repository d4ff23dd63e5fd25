"""From the options of a command to the project that it reads."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_monitor.errors import UsageError
from model_monitor.output import Output
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import Readable
from model_monitor.warehouse.settings import PACKAGE, Settings, entered


def open_project(options: argparse.Namespace, **variables: Any) -> Project:
    """The project, read by dbt."""
    return Project(options_settings(options, **variables))


def open_reader(options: argparse.Namespace, output: Output, *, writes: bool = False) -> Readable:
    """The project for a command that only reads or appends rows: from its artifacts, if possible.

    A note says why dbt reads the project instead.
    """
    from model_monitor.warehouse.artifacts import artifacts, named_artifacts

    named: Path | None = getattr(options, "manifest", None)
    if named is not None:
        named = named.absolute()  # from here, before the project's folder is entered
    settings = entered(options_settings(options))
    if named is not None:
        return named_artifacts(settings, named, writes=writes)
    try:
        return artifacts(settings, writes=writes)
    except NeedsDbtError as reason:
        output.note(f"Reading the project with dbt, because {reason}.")
        return Project(settings)


def options_settings(options: argparse.Namespace, **variables: Any) -> Settings:
    asked = dict(variables)
    if getattr(options, "as_of", None):
        asked["as_of"] = options.as_of
    if getattr(options, "full", False):
        asked["full_demo"] = True
    full = {f"{PACKAGE}_{name}" for name in asked}
    given = parse_vars(getattr(options, "vars", None))
    given = {name: value for name, value in given.items() if name not in full} | asked
    return Settings(
        project_dir=getattr(options, "project_dir", Path()),
        profiles_dir=getattr(options, "profiles_dir", None),
        target=getattr(options, "target", None),
        variables=given,
    )


def parse_vars(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"--vars: not YAML: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"--vars: not a mapping. Valid: such as {{key: value}}. Got: {text}")
    return found
