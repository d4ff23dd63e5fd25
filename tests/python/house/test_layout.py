"""The house: each folder is one step of the pipeline, and no step reads a later one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ..harness.project_harness import ROOT, Project
from ..harness.shared_parse import every_family

# In the order of the pipeline: a model reads models of its own folder and of those above it.
ROOMS = (
    "staging", "config", "ledger", "rulers", "sketches", "windows", "comparisons", "outcomes",
    "measures", "signals", "judgements", "alerts", "delivery", "health", "retraining",
)  # fmt: skip
# From the ground up: a module imports modules of its own package and of those above it in this list.
FLOORS = (
    "errors", "extras", "garbage", "output", "severity", "text", "progress", "warehouse", "inspect", "demo", "findings", "results", "propose",
    "delivery", "expectations", "doctor", "alerting", "report", "job", "gate", "backtest", "rebuild", "cli",
    "__main__",
)  # fmt: skip


def room(path: str) -> str:
    return Path(path).parts[0]


@pytest.fixture(scope="module")
def arrows(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """From each model to the models it reads, through macros too."""
    every = every_family(ROOT)
    folder = tmp_path_factory.mktemp("house") / "shop"
    manifest = Project(folder, every["monitors"], policy=every["policy"]).manifest
    models = {
        key: node.path
        for key, node in manifest.nodes.items()
        if node.resource_type == "model" and node.package_name == "model_monitor"
    }
    return {
        (models[key], models[read])
        for key in models
        for read in manifest.nodes[key].depends_on.nodes
        if read in models
    }


def test_the_rooms_are_the_steps_of_the_pipeline() -> None:
    models = ROOT / "models"
    assert {path.name for path in models.iterdir() if path.is_dir()} == set(ROOMS)
    assert {path.parent.parent for path in models.rglob("*.sql")} == {models}


def test_no_room_reads_a_room_below_it(arrows: set[tuple[str, str]]) -> None:
    assert len(arrows) > 400
    upward = sorted(
        f"{reader} reads {read}"
        for reader, read in arrows
        if ROOMS.index(room(reader)) < ROOMS.index(room(read))
    )
    assert upward == []


def imported(file: Path) -> set[str]:
    """The floors of our own package that a module imports, at its top or later."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "model_monitor":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("model_monitor."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("model_monitor.")
            }
    return found - {"__version__"}


def test_no_python_module_imports_upward() -> None:
    package = ROOT / "python/model_monitor"
    upward, arrows, floors = [], 0, set()
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package).parts[0].removesuffix(".py")
        if name == "__init__":
            continue
        floors.add(name)
        for other in imported(file):
            arrows += 1
            if FLOORS.index(other) > FLOORS.index(name):
                upward.append(f"{file.relative_to(package)} imports {other}")
    assert upward == []
    assert arrows > 100
    assert floors == set(FLOORS)
