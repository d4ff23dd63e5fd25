"""Expectation suites, as files: JSON as Great Expectations writes it, or Python with `suite()`.

A suite names in its `meta` the frame that it looks at: an analysis, model, seed or source of the
dbt project. Great Expectations takes seconds to import: nothing here imports it before it must.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError

# Beside a project's dbt_project.yml: the user's own.
FOLDER = "expectations"
Expectation = Any  # one of Great Expectations', which has no types here


class SuiteError(MonitorError):
    """A suite that cannot be read."""


@dataclass(frozen=True)
class Suite:
    """What is expected of one frame."""

    name: str
    file: Path
    expectations: tuple[Expectation, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def frame(self) -> str:
        return str(self.meta["frame"])

    @property
    def table(self) -> str:
        """The result table that the frame speaks of."""
        return str(self.meta.get("table") or self.frame)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the frame that say which row is meant."""
        return tuple(self.meta.get("keys") or ())


def shipped() -> Path:
    """Our own suites: inside the installed package, beside it in the repository."""
    inside = Path(__file__).parent / "shipped"
    return inside if inside.is_dir() else Path(__file__).parents[2] / FOLDER


def load(folders: Sequence[Path]) -> list[Suite]:
    """Every suite of some folders. A name is given once: ours cannot be replaced unnoticed."""
    found: dict[str, Suite] = {}
    for suite in [suite for folder in folders for suite in load_folder(folder)]:
        if suite.name in found:
            raise SuiteError(
                f"Two suites are called {suite.name}: {found[suite.name].file} and {suite.file}. "
                "Give yours another name."
            )
        found[suite.name] = suite
    return list(found.values())


def load_folder(folder: Path) -> Iterable[Suite]:
    files = sorted(folder.glob("*.json")) + sorted(folder.glob("*.py"))
    for file in files:
        if not file.name.startswith("_"):
            yield load_json(file) if file.suffix == ".json" else load_python(file)


def load_json(file: Path) -> Suite:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        # One by one: a suite would log what is wrong with an expectation, and leave it out.
        expectations = [
            ExpectationConfiguration(**config).to_domain_obj() for config in content["expectations"]
        ]
        name, meta = content["name"], content.get("meta") or {}
    except Exception as error:  # whatever a file written by hand can provoke
        raise unreadable(file, error) from error
    return checked(Suite(str(name), file, tuple(expectations), dict_of(meta)))


def load_python(file: Path) -> Suite:
    try:
        spec = importlib.util.spec_from_file_location(f"model_monitor_suite_{file.stem}", file)
        if spec is None or spec.loader is None:
            raise SuiteError("not a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made = module.suite()
        name, expectations, meta = made.name, tuple(made.expectations), made.meta or {}
    except (Exception, SystemExit) as error:
        raise unreadable(file, error) from error
    return checked(Suite(str(name), file, expectations, dict_of(meta)))


def dict_of(meta: Any) -> dict[str, Any]:
    """What a suite says of itself; of what is no mapping nothing is known."""
    return dict(meta) if isinstance(meta, Mapping) else {}


def unreadable(file: Path, error: BaseException) -> SuiteError:
    problem = f"no {error}" if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"
    return SuiteError(
        f"{file} is no suite: {problem}. Valid: JSON as Great Expectations writes a suite, or "
        "Python with a function suite() that returns one."
    )


def checked(suite: Suite) -> Suite:
    if not suite.expectations:
        raise SuiteError(f"{suite.file} expects nothing.")
    if not suite.meta.get("frame"):
        raise SuiteError(
            f"{suite.file} does not say what it is about. Valid: meta: frame: the name of an "
            "analysis, model, seed or source of the dbt project."
        )
    return suite
