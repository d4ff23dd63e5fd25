"""One tiny log against values that another program has computed from its raw rows, and that stay.

On Spark the same values are asked for where its other golden tables are made (test_spark_golden.py).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ..harness.golden_values import AS_OF, FOLDER, MONITOR, apart, tables
from ..harness.postgres_project import ENGINES, on_engine


@pytest.mark.promise(2)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_table_holds_the_committed_values(
    request: pytest.FixtureRequest, engine: str
) -> None:
    request.param = engine
    project = on_engine(request, "golden", [MONITOR], tables())
    project.build(AS_OF)
    assert apart(lambda sql: project.query(sql.format(""))) == []


def test_the_values_are_what_the_program_computes(tmp_path: Path) -> None:
    """Nobody edits the file of expected values: it is what the raw rows give."""
    for name in ("compute.py", "log.csv", "training.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    subprocess.run([sys.executable, tmp_path / "compute.py"], check=True)
    assert (tmp_path / "expected.csv").read_bytes() == (FOLDER / "expected.csv").read_bytes()
