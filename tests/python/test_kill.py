"""Killed thirty times in a row, at any moment, nothing cleaned up between: then as if undisturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from .project_harness import Project, assert_same

KILLS = 30
DAYS = 45
FIRST = pd.Timestamp("2026-01-05")
MONITOR = {
    "name": "killed",
    "problem": "binary",
    "predictions": {
        "source": ["logs", "killed"], "time": "happened_at", "loaded_at": "loaded_at",
        "version": "version",
    },
    "scores": {"p": {"threshold": 0.5}},
    "features": {"x": {}, "c": {"type": "categorical"}},
    "slices": ["region"],
    "metrics": {"total": {"numerator": "x"}},
    "reference": {"source": ["logs", "training"]},
    "windows": ["hour", "day", "7d"],
    "limits": {"min_rows": 5, "min_cell": 2},
    "logs": {
        "others": {
            "source": ["logs", "killed"], "time": "happened_at", "loaded_at": "loaded_at",
            "where": "region = 'south'", "subjects": {"x": {}},
        }
    },
}  # fmt: skip


def a_log(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    count = 40 * DAYS
    happened = FIRST + pd.to_timedelta(np.sort(random.integers(0, DAYS * 86_400, count)), unit="s")
    late = random.exponential(1.0, count) * np.where(random.random(count) < 0.2, 86_400 * 3, 600)
    return pd.DataFrame(
        {
            "happened_at": happened,
            "loaded_at": (happened + pd.to_timedelta(late, unit="s")).floor("s"),
            "version": random.choice(["v1", "v2"], count),
            "p": random.random(count).round(3),
            "x": random.normal(0, 1, count).round(2),
            "c": random.choice(["a", "b"], count),
            "region": random.choice(["north", "south"], count),
        }
    )


def killed(project: Project, as_of: str, after: float) -> bool:
    """Start a run and kill it so many seconds after its first model; was it still running?"""
    before = project.file.stat().st_mtime_ns
    process = project.start(as_of)
    try:
        while process.poll() is None and project.file.stat().st_mtime_ns == before:
            time.sleep(0.02)
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    finally:
        if process.poll() is None:
            process.kill()
        output, _ = process.communicate()
    assert process.returncode == 0, output
    return False


@pytest.mark.slow
def test_killed_anywhere_and_run_again_is_as_if_undisturbed(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    project = Project(
        tmp_path / "killed", [MONITOR], {"killed": a_log(1), "training": a_log(2)}, threads=1
    )
    # an undisturbed run tells how long one takes; its results are thrown away
    started = time.monotonic()
    first = project.start(str(FIRST + pd.Timedelta(days=20)))
    while project.file.stat().st_size < 1 and first.poll() is None:
        time.sleep(0.02)
    assert first.wait() == 0
    whole = time.monotonic() - started
    project.reset()
    kills, runs, moments = 0, 0, []
    while kills < KILLS:
        # every third attempt is a day later: runs that came through leave new work
        day = 14 + (kills + runs) // 3
        after = float(random.uniform(0.0, 0.9 * whole))
        if killed(project, str(FIRST + pd.Timedelta(days=day, hours=6)), after):
            kills += 1
            moments.append(round(after, 1))
        else:
            runs += 1
        assert runs < 3 * KILLS
    print("killed after", moments, "came through:", runs)
    end = str(FIRST + pd.Timedelta(days=DAYS, hours=6))
    project.build(end)
    models = [
        "int_monitor__reference_facts", "int_monitor__vocabulary", "int_monitor__bins",
        "int_monitor__reference_bins", "int_monitor__first_pass", "int_monitor__suspects",
        "int_monitor__metric_sums", "int_monitor__window_bins", "int_monitor__distances",
        *project.results(),
    ]  # fmt: skip
    where = {"int_monitor__suspects": "is_suspect"}
    after_kills = project.dump(models, where)
    assert len(after_kills["int_monitor__bins"]) > 5_000
    project.reset()
    project.build(end)
    assert_same(after_kills, project.dump(models, where))
