"""The simulation of false alarms, small: it runs, and logs in which nothing happens stay silent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_logs_in_which_nothing_happens_stay_within_the_budgets():
    command = [
        sys.executable, ROOT / "benchmarks" / "false_alarms.py",
        "--monitors", "2", "--days", "63", "--subjects", "12", "--slices", "10",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "slice_drift" in done.stdout
