"""No cell below min_cell in any public table, and none by subtraction (docs/decisions/0034)."""

from __future__ import annotations

import pandas as pd
import pytest

from .evidence import Note
from .macro_harness import Macros
from .small_layouts import Layouts, attack, published

CONFIGURATIONS = 1_000
DECIDING = ("int_monitor__hidden_groups", "int_monitor__hidden_series")

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
