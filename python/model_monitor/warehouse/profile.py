"""The target of profiles.yml, found and rendered as dbt does it.

Only `env_var` and dbt's filters are known here. A profile that uses more is left to dbt, and so is
every mistake in a profile, because dbt names it best.
"""

from __future__ import annotations

import os
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_monitor.warehouse.needs_dbt import NeedsDbtError

if TYPE_CHECKING:
    from jinja2.environment import Environment

# The most frequent template, which needs no import of Jinja: that takes 0.1 CPU seconds.
ENV_VAR = re.compile(
    r"""\{\{\s*env_var\(\s*(?P<mark>['"])(?P<name>\w+)(?P=mark)\s*"""
    r"""(?:,\s*(?P<quote>['"])(?P<default>[^'"\\]*)(?P=quote)\s*)?\)\s*\}\}"""
)


@dataclass(frozen=True)
class Profile:
    """The chosen target: its name and its rendered settings."""

    target: str
    settings: Mapping[str, Any]


def option(name: str) -> str | None:
    """An option of dbt in the environment: DBT_ENGINE_TARGET before DBT_TARGET."""
    return os.environ.get(f"DBT_ENGINE_{name}") or os.environ.get(f"DBT_{name}") or None


def profile(
    project: Mapping[str, Any], profiles_dir: Path | None = None, target: str | None = None
) -> Profile:
    """The target that dbt would use in this folder. `project` is the content of dbt_project.yml."""
    file = folder(profiles_dir) / "profiles.yml"
    if not file.is_file():
        raise NeedsDbtError(f"{file} does not exist")
    chosen = loaded(file).get(option("PROFILE") or render(project.get("profile")))
    if not isinstance(chosen, dict) or not isinstance(chosen.get("outputs"), dict):
        raise NeedsDbtError(f"{file} does not have the profile of the project")
    outputs = chosen["outputs"]
    name = target or option("TARGET") or render(chosen.get("target", "default"))
    if not isinstance(outputs.get(name), dict):
        raise NeedsDbtError(f"{file} does not have the target {name}")
    return Profile(str(name), render(outputs[name]))


def folder(given: Path | None) -> Path:
    """As in dbt: the option, the environment, this folder, the home folder."""
    named = option("PROFILES_DIR")
    if given is not None or named is not None:
        return given or Path(str(named))
    here = Path.cwd()
    return here if (here / "profiles.yml").is_file() else Path.home() / ".dbt"


def loaded(file: Path) -> dict[str, Any]:
    """A YAML file that is a mapping."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506  (a safe loader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise NeedsDbtError(f"{file} cannot be read") from error
    if not isinstance(found, dict):
        raise NeedsDbtError(f"{file} is not a mapping")
    return found


# ---- Jinja, with Python values ------------------------------------------------------------------


def render(value: Any) -> Any:
    """A value of a profile, and every value inside it."""
    if isinstance(value, dict):
        return {name: render(item) for name, item in value.items()}
    if isinstance(value, list):
        return [render(item) for item in value]
    return rendered(value) if isinstance(value, str) and "{" in value else value


def rendered(text: str) -> Any:
    """One expression keeps its type, such as a port after `| int`; other templates are text."""
    try:
        plain = ENV_VAR.fullmatch(text)
        if plain is not None:
            return env_var(plain["name"], plain["default"])
        template = environment().from_string(text)
        return joined(template.root_render_func(template.new_context({"env_var": env_var})))
    except Exception as error:  # the templates of users may fail in any way
        raise NeedsDbtError(f"a template in the profile cannot be read: {error}") from error


@cache
def environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.nativetypes import NativeCodeGenerator
    from jinja2.sandbox import SandboxedEnvironment

    class NativeEnvironment(SandboxedEnvironment):
        code_generator_class = NativeCodeGenerator

    made = NativeEnvironment(undefined=StrictUndefined)
    made.filters |= {
        "as_text": str, "as_native": as_native, "as_bool": as_bool, "as_number": as_number,
    }  # fmt: skip
    return made


def joined(parts: Iterator[Any]) -> Any:
    found = list(parts)
    return found[0] if len(found) == 1 else "".join(map(str, found))


def as_native(text: Any) -> Any:
    """The Python value that a text spells, or else the text."""
    try:
        return literal_eval(str(text))
    except (ValueError, SyntaxError):
        return str(text)


def as_bool(text: Any) -> bool:
    found = as_native(text)
    if not isinstance(found, bool):
        raise ValueError(f"not true or false: {text}")
    return found


def as_number(text: Any) -> int | float:
    found = as_native(text)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return found
    raise ValueError(f"not a number: {text}")


def env_var(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if found is None:
        raise ValueError(f"the environment variable {name} is not set")
    return found
