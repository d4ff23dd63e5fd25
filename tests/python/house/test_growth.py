"""The benchmark of growth, small: a later day reads no more rows than an earlier one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.apart
def test_a_later_day_reads_no_more_rows(commands: Path) -> None:
    command = [
        sys.executable, ROOT / "benchmarks" / "growth.py",
        "--rows-per-day", "400", "--features", "2", "--runs", "1", "--days", "9", "15",
    ]  # fmt: skip
    # the benchmark reads the statements of a build in dbt's log
    own = {"MODEL_MONITOR_BENCH_DBT": str(commands / "dbt"), "DBT_LOG_LEVEL_FILE": "debug"}
    done = subprocess.run(
        command, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rows scanned x 1.00" in done.stdout
