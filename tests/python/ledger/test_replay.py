"""A past day again, in a schema in which nothing was ever built: what the run of that day had said."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from ..harness.postgres_project import ENGINES, on_engine
from ..harness.project_harness import Project, assert_same
from .test_kill import COMPARED, FIRST, MONITOR, NEVER_THERE, WHERE, empty, the_tables

pytestmark = pytest.mark.apart

REPLAYED = {**MONITOR, "windows": ["day", "7d"]}
# the first run, and two that go on from it: days apart, so that rows and labels come late to each
RUNS = [FIRST + pd.Timedelta(days=days, hours=6) for days in (15, 18, 22)]


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest) -> Project:
    return on_engine(request, "replayed", [REPLAYED], {"training": the_tables()["training"]})


def said(project: Project) -> dict[str, pd.DataFrame]:
    return project.dump([*COMPARED, *project.results()], WHERE)


def runs(project: Project) -> Iterator[dict[str, pd.DataFrame]]:
    """What each run says of the rows that there are by then, and no others."""
    tables = the_tables()
    for as_of in RUNS:
        for name in ("killed", "bought"):
            rows = tables[name]
            project.load(name, rows[rows["loaded_at"] <= as_of])
        project.build(str(as_of))
        yield said(project)
    for name in ("killed", "bought"):
        project.load(name, tables[name])


def test_whichever_run_it_was_its_day_replayed_is_what_it_said(project: Project) -> None:
    first, second, third = runs(project)
    for table in (
        "monitor_drift", "monitor_performance", "monitor_labels", "monitor_ranking",
        "monitor_concentration", "monitor_proxies", "monitor_value",
    ):  # fmt: skip
        assert len(first[table]) < len(second[table]) < len(third[table]), table
    for by_run in (second, third):
        assert empty(by_run) == NEVER_THERE
    assert not second["monitor_labelling_queue"].equals(third["monitor_labelling_queue"])
    late = f"period_start < timestamp '{RUNS[1] - pd.Timedelta(days=2)}'"
    assert len(project.frame("int_monitor__touched_periods", late)) > 0, "the last run restates"
    # the first is another test's matter (test_restatement)
    for as_of, by_run in [(RUNS[1], second), (RUNS[2], third)]:
        with project.replaying():
            project.build(str(as_of))
            assert_same(said(project), by_run)
    # and what the runs made lies beside it, as it was
    assert_same(said(project), third)
