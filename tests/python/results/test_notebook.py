"""The example notebook, executed: on known tables here, on a built project in test_same_figures.py."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from ..harness.notebooks import executed
from ..harness.observed_project import HOSTILE, observed_project
from ..harness.project_harness import ROOT

NOTEBOOK = ROOT / "examples" / "notebook" / "model_monitor.ipynb"


def test_every_cell_runs_and_shows_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_MONITOR_PROJECT", str(observed_project(tmp_path / "project")))
    monitors, *frames = executed(NOTEBOOK)
    assert monitors == sorted(["loans", HOSTILE])
    assert all(isinstance(frame, pd.DataFrame) for frame in frames)
    incidents, by_subject = frames[:2]
    assert list(incidents["monitor"]) == ["loans", HOSTILE, "loans", "loans"]
    assert list(by_subject.index) == [monitors[0]]


def test_it_is_kept_without_output() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) == 8
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
