"""Small dbt projects around macros/config, parsed by dbt itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from .config_harness import FOLDER

PROFILE = {
    "model_monitor": {
        "target": "test",
        "outputs": {"test": {"type": "duckdb", "path": ":memory:", "threads": 1}},
    }
}
READER = """
{{ config(materialized='view') }}
{% for monitor in model_monitor.monitors() %}
    {% for log in monitor.logs %}
select count(*) as n from {{ model_monitor.relation(log.relation) }} union all
    {% endfor %}
{% endfor %}
select 0 as n
-- <<{{ model_monitor.configuration() | tojson }}>> as of {{ model_monitor.as_of() }}
"""


def package(folder: Path, variables: dict[str, Any] | None = None) -> Path:
    """model_monitor itself, with one model that reads the configuration."""
    shutil.copytree(FOLDER, folder / "macros" / "config")
    # what the configuration asks of an engine
    shutil.copytree(FOLDER.parent / "adapters", folder / "macros" / "adapters")
    project = {
        "name": "model_monitor",
        "version": "0.1.0",
        "flags": {"send_anonymous_usage_stats": False, "validate_macro_args": True},
        "profile": "model_monitor",
        "vars": {"model_monitor": {"monitors": None, **(variables or {})}},
    }
    _write(folder, project, {"reader": READER, "own_log": "select 1 as x"})
    return folder


def consumer(folder: Path, variables: dict[str, Any], package_vars: dict[str, Any]) -> Path:
    """Somebody else's project, in which model_monitor is installed."""
    package(folder / "dbt_packages" / "model_monitor", package_vars)
    project = {
        "name": "shop",
        "version": "1.0.0",
        "flags": {"send_anonymous_usage_stats": False},
        "profile": "model_monitor",
        "vars": variables,
    }
    _write(folder, project, {"logged": "select 1 as x"})
    # dbt 1.12 counts the packages that are asked for
    asked = {"packages": [{"local": "dbt_packages/model_monitor"}]}
    (folder / "packages.yml").write_text(yaml.safe_dump(asked))
    return folder


def _write(folder: Path, project: dict[str, Any], models: dict[str, str]) -> None:
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (folder / "profiles.yml").write_text(yaml.safe_dump(PROFILE))
    for name, text in models.items():
        (folder / "models" / f"{name}.sql").write_text(text)


def invoke(folder: Path, *arguments: str) -> Any:
    """dbt in this process, its result."""
    from dbt.cli.main import dbtRunner

    places = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    quiet = ["--quiet", "--log-path", str(folder / "logs"), "--show-all-deprecations"]
    return dbtRunner().invoke([*arguments, *places, *quiet, "--no-partial-parse"])


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt as a person starts it."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *arguments, "--no-partial-parse"],
        cwd=folder,
        env={**os.environ, "DBT_PROFILES_DIR": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def compiled(folder: Path) -> tuple[dict[str, Any], str]:
    """The configuration that the reader saw, and its as_of."""
    path = next((folder / "target" / "compiled").rglob("reader.sql"))
    text = path.read_text()
    return json.loads(text.split("<<")[1].split(">>")[0]), text.split(">> as of ")[1].strip()
