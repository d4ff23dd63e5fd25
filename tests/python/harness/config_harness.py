"""Render the macros of macros/config in a bare Jinja environment with a stub of dbt's context."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytz
import yaml
from jinja2.sandbox import SandboxedEnvironment

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "macros" / "config"
STARTED = datetime.datetime(2026, 3, 1, 12, 30, 15, 250000, tzinfo=datetime.UTC)


class CompilerError(Exception):
    """What dbt's exceptions.raise_compiler_error raises; anything else is a fault of the macros."""


class _ReturnError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _return(value: Any) -> None:
    raise _ReturnError(value)


def _raise(message: str) -> None:
    raise CompilerError(message)


class _Exceptions:
    raise_compiler_error = staticmethod(_raise)


class _Adapter:
    @staticmethod
    def quote(name: str) -> str:
        return f'"{name}"'


# a plain dictionary, as in dbt: the sandbox would hide underscored attributes
_Namespace = dict[str, Callable[..., Any]]


def _catching(macro: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return macro(*args, **kwargs)
        except _ReturnError as returned:
            return returned.value

    return call


def macros(
    variables: Mapping[str, Any],
    project_name: str = "consumer",
    run_started_at: datetime.datetime = STARTED,
) -> _Namespace:
    """The macros as a dictionary of functions, in a project with these vars."""
    # the macros of other folders that the normal form needs
    namespace: _Namespace = {
        "try_double": lambda sql: f"try_cast({sql} as double)",
        "largest_number": lambda: "1e100",
        "names_are_exact": lambda: False,
        "share_sum": lambda sql: f"(sum(cast(floor(({sql}) * 1e15 + 0.5) as bigint)) / 1e15)",
    }
    environment = _environment()
    environment.globals.update(
        {
            "model_monitor": namespace,
            "project_name": project_name,
            "run_started_at": run_started_at,
            "var": lambda name, default=None: variables.get(name, default),
            "return": _return,
            "exceptions": _Exceptions,
            "adapter": _Adapter,
            "target": {"type": "duckdb"},
            "local_md5": lambda text: hashlib.md5(text.encode()).hexdigest(),
            "source": lambda *names: f"source({', '.join(names)})",
            "ref": lambda *names: f"ref({', '.join(names)})",
            "context": {"my_project": {"my_distance": lambda p, q: f" max(abs({p} - {q})) "}},
            "modules": {
                "re": {name: getattr(re, name) for name in re.__all__},
                "datetime": {
                    name: getattr(datetime, name) for name in ("date", "datetime", "timedelta")
                },
                "pytz": {"utc": pytz.utc},
            },
        }
    )
    for name, template in _templates(environment).items():
        namespace[name] = _catching(getattr(template.module, name))
    return namespace


_ENVIRONMENTS: list[SandboxedEnvironment] = []
_TEMPLATES: dict[str, Any] = {}


def _environment() -> SandboxedEnvironment:
    # dbt's environment: sandboxed, with `do`; one for all cases, so that nothing is compiled twice
    if not _ENVIRONMENTS:
        _ENVIRONMENTS.append(SandboxedEnvironment(extensions=["jinja2.ext.do"]))
    return _ENVIRONMENTS[0]


def _templates(environment: SandboxedEnvironment) -> dict[str, Any]:
    if not _TEMPLATES:
        for path in sorted(FOLDER.glob("*.sql")):
            # each macro is a template of its own, as in dbt: it sees its neighbours through the
            # namespace alone. A leading underscore would hide it from Jinja, so it is renamed.
            for text in re.findall(r"{%-? *macro .*?endmacro *-?%}", path.read_text(), re.S):
                name = re.match(r"{%-? *macro +(\w+)", text)
                assert name
                public = text.replace(f"macro {name[1]}(", f"macro dbt_macro__{name[1]}(", 1)
                _TEMPLATES[name[1]] = environment.from_string(public)
    return {name: _Renamed(template, name) for name, template in _TEMPLATES.items()}


class _Renamed:
    def __init__(self, template: Any, name: str) -> None:
        self.module = self
        setattr(self, name, getattr(template.make_module(), f"dbt_macro__{name}"))


def configuration(
    monitors: Any, *, project_name: str = "consumer", **variables: Any
) -> dict[str, Any]:
    """The normal form of these monitors (YAML text or Python), or a CompilerError."""
    if isinstance(monitors, str):
        monitors = yaml.safe_load(monitors)
    found = macros({"monitors": monitors, **variables}, project_name)["configuration"]()
    assert isinstance(found, dict)
    return found


def problems(monitors: Any, **variables: Any) -> list[str]:
    """The lines of the error that these monitors raise; none where they are valid."""
    try:
        configuration(monitors, **variables)
    except CompilerError as error:
        header, *lines = str(error).split("\n")
        assert re.fullmatch(r"model_monitor: \d+ problems? in the configuration", header), header
        count = int(header.split()[1])
        assert count == len(lines), (count, lines)
        assert ("problem " in header) == (count == 1)
        return [line.strip() for line in lines]
    return []
