"""The dbt project that a command works on, from its options."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model_monitor.errors import NotAProjectError

PACKAGE = "model_monitor"
# Variables of one run, with their full names too. The parse does not depend on them.
SHORT = ("as_of", "rebuild", "only_monitors", "check", "backtest")
PER_RUN = frozenset({*SHORT, *(f"{PACKAGE}_{name}" for name in SHORT)})


@dataclass(frozen=True)
class Settings:
    """Options of the command line for the dbt project."""

    project_dir: Path = Path()
    profiles_dir: Path | None = None
    target: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self, *, is_parse: bool = False) -> list[str]:
        """A parse omits the variables of one run, because a changed variable forces a new parse."""
        found = ["--project-dir", str(self.project_dir)]
        variables = {
            name: value
            for name, value in self.variables.items()
            if not is_parse or name not in PER_RUN
        }
        if self.profiles_dir is not None:
            found += ["--profiles-dir", str(self.profiles_dir)]
        if self.target is not None:
            found += ["--target", self.target]
        if variables:
            found += ["--vars", json.dumps(variables, default=str)]
        return found


def entered(settings: Settings) -> Settings:
    """Go to the project's folder, where the relative paths of a profile start."""
    needs_project(settings.project_dir)
    profiles = settings.profiles_dir
    found = replace(
        settings,
        project_dir=settings.project_dir.absolute(),
        profiles_dir=None if profiles is None else profiles.absolute(),
    )
    os.chdir(found.project_dir)
    return found


def needs_project(folder: Path) -> None:
    if not (folder / "dbt_project.yml").is_file():
        raise NotAProjectError(
            f"no dbt_project.yml in {folder.absolute()}. "
            "Run this in the folder of your dbt project, or set --project-dir."
        )
