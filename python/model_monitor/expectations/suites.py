"""Loads expectation suites: JSON in the format of Great Expectations, or Python with `suite()`.

The `meta` of a suite names its frame: an analysis, model, seed or source of the dbt project. Great
Expectations takes seconds to import, so nothing here imports it before it is needed.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError

# The user's own suites, next to dbt_project.yml.
FOLDER = "expectations"
Expectation = Any  # of Great Expectations, which has no types here


class SuiteError(MonitorError):
    """A suite that cannot be read."""


@dataclass(frozen=True)
class Suite:
    """The expectations on one frame."""

    name: str
    file: Path
    expectations: tuple[Expectation, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def frame(self) -> str:
        return str(self.meta["frame"])

    @property
    def table(self) -> str:
        """The result table behind the frame."""
        return str(self.meta.get("table") or self.frame)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that identify a row of the frame."""
        return tuple(self.meta.get("keys") or ())


def shipped() -> Path:
    """Our own suites: in the installed package, or next to it in the repository."""
    inside = Path(__file__).parent / "shipped"
    return inside if inside.is_dir() else Path(__file__).parents[2] / FOLDER


def load(folders: Sequence[Path]) -> list[Suite]:
    """Every suite of some folders. Names are unique, so ours cannot be replaced by accident."""
    found: dict[str, Suite] = {}
    for suite in [suite for folder in folders for suite in load_folder(folder)]:
        if suite.name in found:
            raise SuiteError(
                f"Two suites are named {suite.name}: {found[suite.name].file} and {suite.file}. "
                "Rename yours."
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
        # One by one, because a suite would log a wrong expectation and skip it.
        expectations = [
            ExpectationConfiguration(**config).to_domain_obj() for config in content["expectations"]
        ]
        name, meta = content["name"], content.get("meta") or {}
    except Exception as error:  # a hand-written file may fail in any way
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
    """The meta of a suite, or nothing if it is not a mapping."""
    return dict(meta) if isinstance(meta, Mapping) else {}


def unreadable(file: Path, error: BaseException) -> SuiteError:
    problem = (
        f"{error} is missing" if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"
    )
    return SuiteError(
        f"{file} is not a suite: {problem}. Valid: JSON in the format of Great Expectations, or "
        "Python with a function suite() that returns a suite."
    )


def checked(suite: Suite) -> Suite:
    if not suite.expectations:
        raise SuiteError(f"{suite.file} has no expectations.")
    if not suite.meta.get("frame"):
        raise SuiteError(
            f"{suite.file} names no frame. Valid: meta: frame: the name of an analysis, model, "
            "seed or source of the dbt project."
        )
    return suite
