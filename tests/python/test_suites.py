"""Expectation suites: they hold on sound results, and each expectation fails on what it is for.

One small project is built once. Every damage is done inside a transaction that is rolled back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model_monitor import judging, suites
from model_monitor.cli import main
from model_monitor.frames import Frames
from model_monitor.judging import FAILED, HELD, LEFT_OUT, Judge, Outcome
from model_monitor.project import Project, Settings
from model_monitor.trust import Asked, check, located

from .project_harness import Project as Built

DAYS = 24
START = pd.Timestamp("2026-01-05")
LAST = START + pd.Timedelta(days=DAYS)
AS_OF = f"{LAST + pd.Timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}"
ROWS = 160

MONITOR: dict[str, Any] = {
    "name": "loans",
    "problem": "binary",
    "owner": "credit",
    "predictions": {
        "source": ["logs", "scores"],
        "where": "not is_test",
        "time": "scored_at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "version",
        "request": "request",
    },
    "scores": {"p_default": {"threshold": 0.5}},
    "features": {
        "income": {"min": 0, "max": 5000, "stale_above": 4000},
        "purpose": {"type": "categorical", "values": ["car", "home", "study"]},
        "is_employed": {"type": "boolean"},
    },
    "metrics": {"income_per_row": {"numerator": "income"}},
    "slices": ["region", "device", ["region", "device"]],
    "windows": ["hour", "day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 10},
    "logs": {
        "applications": {
            "from": "predictions",
            "per": "request",
            "subjects": {"size": {"sql": "count(*)"}},
        },
        "calls": {
            "source": ["logs", "calls"],
            "time": "called_at",
            "slices": [],
            "subjects": {"duration": {}},
        },
    },
}


def scores() -> pd.DataFrame:
    """A few hours of every day have no row; rows arrive five minutes after they happen."""
    random = np.random.default_rng(5)
    count = DAYS * ROWS
    day = np.repeat(np.arange(DAYS), ROWS)
    minute = random.integers(0, 20 * 60, count)
    at = START + pd.to_timedelta(day, "D") + pd.to_timedelta(minute, "m")
    return pd.DataFrame(
        {
            "id": [f"p{index}" for index in range(count)],
            "scored_at": at,
            "loaded_at": at + pd.Timedelta(minutes=5),
            "version": random.choice(["v1", "v2"], count),
            "request": [f"r{index // 3}" for index in range(count)],
            "p_default": random.beta(2, 5, count),
            "income": random.gamma(4, 500, count).round(2),
            "purpose": random.choice(["car", "home", "study"], count),
            "is_employed": random.random(count) < 0.8,
            "region": random.choice(["north", "south", "west"], count, p=[0.6, 0.37, 0.03]),
            "device": random.choice(["phone", "desk"], count),
            "is_test": random.random(count) < 0.05,
        }
    )


def calls() -> pd.DataFrame:
    random = np.random.default_rng(6)
    at = START + pd.to_timedelta(np.sort(random.integers(0, DAYS * 1440, DAYS * 60)), "m")
    return pd.DataFrame({"called_at": at, "duration": random.gamma(2, 30, len(at))})


@dataclass
class Bench:
    """The built project, its suites, and what they look at."""

    built: Built
    project: Project
    suites: dict[str, suites.Suite]
    frames: Frames
    judge: Judge

    @contextmanager
    def damaged(self, *statements: str) -> Iterator[None]:
        with self.project.warehouse.connected():
            self.project.warehouse.execute("begin transaction")
            try:
                self.project.warehouse.execute(f'set search_path = "{self.built.schema}"')
                for sql in statements:
                    self.project.warehouse.execute(sql)
                yield
            finally:
                self.project.warehouse.execute("rollback")

    def outcomes(self, name: str, **parameters: Any) -> list[Outcome]:
        suite = self.suites[name]
        frame = self.frames.read(suite.frame)
        found = Judge.judge(self.judge, suite, frame, parameters)
        keys = tuple(suite.meta.get("row_keys") or suite.keys)
        return [located(self.project, outcome, keys) for outcome in found]

    def failed(self, name: str, **parameters: Any) -> dict[str, Outcome]:
        found = self.outcomes(name, **parameters)
        assert {each.state for each in found} <= {HELD, FAILED, LEFT_OUT}, found
        return {each.name: each for each in found if each.state == FAILED}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("suites") / "project"
    rows, called = scores(), calls()
    early = LAST - pd.Timedelta(days=1)
    project = Built(
        folder,
        [MONITOR],
        {
            "scores": rows[rows["loaded_at"] <= early],
            "calls": called[called["called_at"] <= early],
        },
    )
    project.build(as_of=f"{early + pd.Timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}")
    project.append("scores", rows[rows["loaded_at"] > early])
    project.append("calls", called[called["called_at"] > early])
    project.build(as_of=AS_OF)
    return project


@pytest.fixture(scope="module")
def bench(built: Built) -> Iterator[Bench]:
    before = Path.cwd()
    project = Project(
        Settings(built.folder, profiles_dir=built.folder, variables={"as_of": AS_OF})
    )
    _ = project.manifest
    loaded = {suite.name: suite for suite in suites.load([suites.shipped()])}
    frames = Frames(project, {suite.frame for suite in loaded.values()})
    with project.warehouse.held(print):
        yield Bench(built, project, loaded, frames, Judge())
    os.chdir(before)


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


def test_sound_results_are_trusted(bench: Bench) -> None:
    trust = check(bench.project, SILENT)
    assert [(each.name, each.examples) for each in trust.of(FAILED)] == []
    assert trust.of("not evaluated") == []
    assert trust.exit_code() == 0
    empty = {name for name, rows in trust.rows.items() if not rows}
    assert empty <= {"alerts", "reproduction"}, "all others have something to look at"
    assert len(trust.of(HELD)) > 100


class Silent:
    def note(self, text: str) -> None:
        pass


SILENT: Any = Silent()
