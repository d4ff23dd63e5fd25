"""No cell below min_cell in any public table, and none by subtraction (docs/decisions/0034)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ..harness.cell_attack import recovered
from ..harness.evidence import Note
from ..harness.macro_harness import Macros
from ..harness.small_layouts import Layouts, attack, published

CONFIGURATIONS = 1_000
DECIDING = ("int_monitor__suppressed_groups", "int_monitor__suppressed_series")

pytestmark = pytest.mark.promise(4)


@pytest.fixture(scope="module")
def layouts() -> Layouts:
    return Layouts.random(CONFIGURATIONS, seed=36)


@pytest.fixture(scope="module")
def told(layouts: Layouts) -> dict[str, pd.DataFrame]:
    macros = Macros(ref=lambda _package, table: table)
    return published(layouts, {name: macros.model(name) for name in DECIDING})


@pytest.mark.parametrize(
    ("table", "count"),
    [("log", "row_count"), ("outcome", "row_count"), ("outcome", "labelled_count")],
)
def test_no_group_of_a_thousand_layouts_is_recovered(
    layouts: Layouts, told: dict[str, pd.DataFrame], table: str, count: str, evidence: Note
) -> None:
    found = attack(layouts, told[table], count)
    what = f"{count} of {table}: hidden cells of {CONFIGURATIONS} layouts attacked, recovered"
    evidence(what, f"{found.attacked}, {found.recovered}")
    assert found.direct == 0
    assert found.recovered == 0, found.examples
    assert found.attacked > 20_000
    assert found.told > 5_000


def test_the_attack_itself() -> None:
    """Three groups on two days: the whole less two is the third, a week less a day is the other."""
    cells = np.eye(6)  # day 1: a, b, c; day 2: a, b, c
    whole = cells[0] + cells[1] + cells[2]
    assert recovered([whole, cells[0], cells[1]], [cells[2]]) == [True]
    assert recovered([whole, cells[0]], [cells[1], cells[2], cells[1] + cells[2]]) == [
        False, False, True,
    ]  # fmt: skip
    assert recovered([cells[0] + cells[3], cells[0]], [cells[3], cells[4]]) == [True, False]
