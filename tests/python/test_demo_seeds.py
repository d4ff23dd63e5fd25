"""Four demos of different seeds in one build: every one of them passes the same bar."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.apart
def test_every_seed_finds_what_these_tables_can_see_in_time_and_stays_within_the_budget():
    """The bar is in benchmarks/demo_seeds.py; what it prints says which seed missed what."""
    command = [sys.executable, ROOT / "benchmarks" / "demo_seeds.py", "--seeds", "1", "2", "3", "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("recall 1.00") == 4
    # told, at its place, with its nature: the one that only a run sees which came while it lasted
    assert len(re.findall(r"^home_late_load +1 yes +yes +", done.stdout, re.MULTILINE)) == 4
