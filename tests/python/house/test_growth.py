"""The benchmark of growth, small: a later day reads no more rows than an earlier one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_a_later_day_reads_no_more_rows():
    command = [
        sys.executable, ROOT / "benchmarks" / "growth.py",
        "--rows-per-day", "400", "--features", "2", "--runs", "1", "--days", "9", "15",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rows scanned x 1.00" in done.stdout
