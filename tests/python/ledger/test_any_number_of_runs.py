"""Runs of any number give the same: seven families beside each other, built in steps and at once.

Each family is the monitor of another test module, with its logs moved in time: they all end in the
last of five runs. Three of the seven have no row yet in the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from ..alerts import test_why
from ..comparisons import test_segments
from ..harness.moved import moved
from ..harness.project_harness import LEDGER, Project, assert_same
from ..measures import (
    test_concentration,
    test_concept,
    test_estimates,
    test_metrics,
    test_worth,
)

pytestmark = pytest.mark.apart

# A module has MONITOR, tables(), AS_OF, and the TABLES that are compared.
FAMILIES: dict[str, ModuleType] = {
    "concentration": test_concentration,
    "concept": test_concept,
    "estimates": test_estimates,
    "metrics": test_metrics,
    "segments": test_segments,
    "why": test_why,
    "worth": test_worth,
}
# Seven days for the rulers of the shortest log, then late rows, and two runs within a night.
END = pd.Timestamp("2026-04-20 06:00")
RUNS = [END - pd.Timedelta(before) for before in ("17D", "7D", "3D", "10h", "0h")]
COMPARED = {name: list(module.TABLES) for name, module in FAMILIES.items()}
SELECT = [
    *sorted({f"+{model}" for models in COMPARED.values() for model in models}),
    *LEDGER,
]
POLICY = {"versions": {"source": ["logs", "worth_versions"]}}
# The rows of this log are there when they are loaded; the other logs have theirs from the start,
# and a run reads those that are loaded, or made, by then.
ARRIVING = "metrics_orders"


def renamed(value: Any, family: str) -> Any:
    """The configuration with the family's own tables as its sources."""
    if isinstance(value, dict):
        return {
            key: ["logs", f"{family}_{part[1]}"] if key == "source" else renamed(part, family)
            for key, part in value.items()
        }
    return value


def aligned(rows: pd.DataFrame, family: str) -> pd.DataFrame:
    rows = moved(rows, END - FAMILIES[family].AS_OF)
    return rows.assign(monitor=family) if "monitor" in rows else rows


def monitors() -> list[dict[str, Any]]:
    return [
        {**renamed(module.MONITOR, family), "name": family} for family, module in FAMILIES.items()
    ]


def tables() -> dict[str, pd.DataFrame]:
    return {
        f"{family}_{name}": aligned(rows, family)
        for family, module in FAMILIES.items()
        for name, rows in module.tables().items()
    }


def dumped(project: Project) -> dict[str, dict[str, pd.DataFrame]]:
    return {
        family: project.dump(models, dict.fromkeys(models, f"monitor = '{family}'"))
        for family, models in COMPARED.items()
    }


class Built:
    """The results of several runs and of one, and what the first runs knew."""

    def __init__(self, project: Project, runs: Sequence[pd.Timestamp]) -> None:
        logs = tables()
        orders = logs[ARRIVING]
        for name, rows in logs.items():
            project.load(name, rows)
        project.execute(f"delete from logs.{ARRIVING}")
        self.ends: list[pd.Timestamp] = []
        before = pd.Timestamp.min
        for as_of in runs:
            project.append(
                ARRIVING, orders[(orders["loaded"] > before) & (orders["loaded"] <= as_of)]
            )
            project.build(str(as_of), SELECT)
            ends = project.frame("monitor_metrics", "monitor = 'metrics'")["window_end"]
            self.ends.append(ends.max())
            before = as_of
        self.dump = dumped(project)
        kept = project.frame("int_monitor__entity_counts", "monitor = 'concentration'")
        self.kept_from = kept["period_start"].min()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("runs") / "shop", monitors(), policy=POLICY)


@pytest.fixture(scope="module")
def several(project: Project) -> Built:
    return Built(project, RUNS)


@pytest.fixture(scope="module")
def one(project: Project, several: Built) -> Built:
    project.reset()
    return Built(project, [END])


@pytest.mark.parametrize("family", FAMILIES)
def test_several_runs_are_one_run(several: Built, one: Built, family: str) -> None:
    assert all(len(rows) for rows in one.dump[family].values())
    assert_same(one.dump[family], several.dump[family])


def test_a_run_counts_what_has_arrived(several: Built) -> None:
    """(the rows that arrive later change what is compared)"""
    none, *ends = several.ends
    assert pd.isna(none), "no row is there yet"
    for as_of, end in zip(RUNS[1:], ends, strict=True):
        assert end < as_of.normalize() + pd.Timedelta("1D")
    assert ends == sorted(set(ends))


def test_counts_of_items_are_kept_as_long_as_they_are_needed(several: Built) -> None:
    assert several.kept_from >= END.normalize() - pd.Timedelta("36D")
