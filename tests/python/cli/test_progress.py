"""The line of progress: how far, at what, and how long it will still take."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from model_monitor.output import Output
from model_monitor.progress import STEPS, Progress
from model_monitor.warehouse.artifacts import keep_seconds, seconds_of_last_build

from ..harness.small_project import ROOT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def finished(number: int, total: int, path: str, kind: str = "model") -> Any:
    name = Path(path).stem
    node = SimpleNamespace(unique_id=name, node_name=name, node_path=path, resource_type=kind)
    info = SimpleNamespace(name="LogModelResult")
    return SimpleNamespace(
        info=info, data=SimpleNamespace(index=number, total=total, node_info=node)
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("model_monitor.progress.time.monotonic", lambda: now[0])
    return now


def shown(error: io.StringIO, past: dict[str, float], clock: list[float]) -> list[str]:
    progress = Progress(Output(io.StringIO(), error), past)
    for seconds, event in (
        (2.0, finished(1, 4, "ledger/a.sql")),
        (20.0, finished(2, 4, "comparisons/b.sql")),
        (40.0, finished(3, 4, "b_is_unique.sql", "test")),
        (150.0, finished(4, 4, "own/c.sql")),
    ):
        clock[0] = seconds
        progress(event)
    return error.getvalue().replace("\r", "\n").split("\n")


def test_a_step_is_said_in_words_with_the_time_left(clock: list[float]) -> None:
    # half of the last build was the last node
    past = {"a": 1.0, "b": 4.0, "b_is_unique": 15.0, "c": 20.0}
    lines = [line.strip() for line in shown(Terminal(), past, clock) if line.strip()]
    assert lines == [
        "[=====               ] finding new rows, 1 of 4",
        "[==========          ] comparing windows, 2 of 4, 2 min 20 s left",
        "[===============     ] testing tables, 3 of 4, 40.0 s left",
        "[====================] building c, 4 of 4, done in 2 min 30 s",
    ]


def test_without_an_earlier_build_the_rest_is_taken_to_be_alike(clock: list[float]) -> None:
    lines = [line.strip() for line in shown(io.StringIO(), {}, clock) if line.strip()]
    # the first comes too soon after the last line for a log
    assert lines == [
        "comparing windows, 2 of 4, 20.0 s left",
        "testing tables, 3 of 4, 13.3 s left",
        "building c, 4 of 4, done in 2 min 30 s",
    ]


def test_every_folder_of_models_has_its_words() -> None:
    assert set(STEPS) == {folder.name for folder in (ROOT / "models").iterdir() if folder.is_dir()}


@pytest.mark.parametrize(
    ("text", "found"), [('{"a": 1.5}', {"a": 1.5}), ("[]", {}), ("{", {}), ('{"a": []}', {})]
)
def test_the_last_build_is_read_as_far_as_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, found: dict[str, float]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dbt_project.yml").write_text(json.dumps({"target-path": "out"}), encoding="utf-8")
    keep_seconds({"a": 1.0})
    assert seconds_of_last_build() == {}, "there is no folder to keep them in"
    (tmp_path / "out").mkdir()
    keep_seconds({"a": 1.0})
    assert seconds_of_last_build() == {"a": 1.0}
    (tmp_path / "out" / "model_monitor_seconds.json").write_text(text, encoding="utf-8")
    assert seconds_of_last_build() == found
