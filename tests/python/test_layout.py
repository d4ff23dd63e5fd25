"""The house: each folder is one step of the pipeline, and no step reads a later one."""

from __future__ import annotations

from pathlib import Path

import pytest

from .project_harness import ROOT, Project
from .shared_parse import every_family

# In the order of the pipeline: a model reads models of its own folder and of those above it.
ROOMS = (
    "staging", "config", "ledger", "rulers", "sketches", "windows", "comparisons", "outcomes",
    "measures", "signals", "judgements", "alerts", "delivery", "health", "retraining",
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
