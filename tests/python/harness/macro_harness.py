"""Renders one macro of the project to SQL text, without dbt, a project or a warehouse.

    render("model_monitor.chi2_sf", "x", "df")        -> "case when …"
    evaluate(render(…), x=[1.0, None], df=[3, 4])     -> [0.80…, None], executed in DuckDB
    Macros("postgres", target=…).call("…")            another engine, more context, raw value

Macros resolve as in dbt: project first, then dbt's own; dispatch tries `<adapter>__` and then
`default__`. A file is compiled when one of its macros is first called.
"""

from __future__ import annotations

import datetime
import importlib.util
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2

ROOT = Path(__file__).resolve().parents[3]
_MACRO = re.compile(r"(\{%-?\s*macro\s+)(\w+)(\s*\()")


class MacroError(Exception):
    """What `exceptions.raise_compiler_error` raises."""


class _Return(Exception):  # noqa: N818 (it is a jump, not an error)
    def __init__(self, value: Any = None) -> None:
        self.value = value


def _ignore(*_: Any, **__: Any) -> str:
    return ""


def _raise_compiler_error(message: str, *_: Any) -> None:
    raise MacroError(message)


def _return(value: Any = None) -> None:
    raise _Return(value)


def _macro_folders(adapter: str) -> Iterator[Path]:
    for package in ("global_project", adapter):
        spec = importlib.util.find_spec(f"dbt.include.{package}")
        if spec and spec.origin:
            yield Path(spec.origin).parent / "macros"
    yield ROOT / "macros"


class Macros:
    """Every macro of the project as one adapter sees it; keywords add to the Jinja context."""

    def __init__(self, adapter: str = "duckdb", **context: Any) -> None:
        self._adapter = adapter
        self._files = {
            name: path
            for folder in _macro_folders(adapter)
            for path in sorted(folder.rglob("*.sql"))
            for _, name, _ in _MACRO.findall(path.read_text("utf-8"))
        }
        self._modules: dict[Path, Any] = {}
        self._environment = jinja2.Environment(
            extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined
        )
        callables = {name: self._callable(name) for name in self._files}
        namespace = SimpleNamespace(**callables)
        self._environment.globals.update(callables)
        self._environment.globals.update(
            {
                "return": _return,
                "adapter": SimpleNamespace(dispatch=self._dispatch, type=lambda: adapter),
                "dbt": namespace,
                "model_monitor": namespace,
                "exceptions": SimpleNamespace(
                    raise_compiler_error=_raise_compiler_error, warn=_ignore
                ),
                "execute": True,
                "model": SimpleNamespace(
                    resource_type="model",
                    config=SimpleNamespace(
                        materialized="incremental" if adapter == "spark" else "monitor_history"
                    ),
                ),
                "dbt_version": "1.11.0",
                "load_cached_relation": lambda _: None,
                "fromjson": json.loads,
                "log": _ignore,
                "config": _ignore,
                "modules": SimpleNamespace(datetime=datetime, itertools=itertools, re=re),
                "set": set,
                "target": SimpleNamespace(type=adapter, name=adapter, schema="main"),
                "tojson": json.dumps,
                "zip": zip,
                **context,
            }
        )

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """The value of a macro: what it returns, or the text it writes."""
        name = name.rpartition(".")[2]
        if name not in self._files:
            raise MacroError(f"no macro named {name}")
        macro = getattr(self._module(self._files[name]), f"dbt_macro__{name}")
        try:
            return str(macro(*arguments, **options))
        except _Return as returned:
            return returned.value

    def render(self, name: str, *arguments: Any, **options: Any) -> str:
        """The SQL text of a macro."""
        return str(self.call(name, *arguments, **options)).strip()

    def model(self, name: str) -> str:
        """The SQL text of a model, with each `ref` as the name of a table."""
        (path,) = (ROOT / "models").rglob(f"{name}.sql")
        template = self._environment.from_string(path.read_text("utf-8"))
        return template.render(ref=lambda _package, table: table)

    def _callable(self, name: str) -> Callable[..., Any]:
        return lambda *arguments, **options: self.call(name, *arguments, **options)

    def _dispatch(self, name: str, _namespace: str | None = None) -> Callable[..., Any]:
        for prefix in (self._adapter, "default"):
            if f"{prefix}__{name}" in self._files:
                return self._callable(f"{prefix}__{name}")
        raise MacroError(f"no {self._adapter}__{name} and no default__{name}")

    def _module(self, path: Path) -> Any:
        if path not in self._modules:
            # Prefixed as dbt does it: calls then go through the context, where return is caught.
            text = _MACRO.sub(r"\1dbt_macro__\2\3", path.read_text("utf-8"))
            self._modules[path] = self._environment.from_string(text).module
        return self._modules[path]


_duckdb_macros = Macros()
render = _duckdb_macros.render


def evaluate(expression: str, /, *setup: str, **columns: Sequence[Any]) -> list[Any]:
    """One SQL expression over rows given as columns, in their order; one query in DuckDB.

    Columns of ints are bigint, all others double. `setup` holds statements to run before.
    """
    unnested = ", ".join(
        f"unnest(${name}::{_sql_type(values)}[]) as {name}" for name, values in columns.items()
    )
    with duckdb.connect() as connection:
        for statement in setup:
            connection.execute(statement)
        rows = connection.execute(
            f"with input as (select {unnested}) select {expression} from input",
            {name: list(values) for name, values in columns.items()},
        ).fetchall()
    return [row[0] for row in rows]


def _sql_type(values: Sequence[Any]) -> str:
    present = [value for value in values if value is not None]
    return "bigint" if present and all(isinstance(value, int) for value in present) else "double"
