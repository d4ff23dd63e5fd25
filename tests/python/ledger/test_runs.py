"""The ledger of runs: what began, what ended, what was killed, and of whom a run was about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from model_monitor.cli.parser import main

from ..harness.postgres_project import ON_BOTH, on_engine
from ..harness.project_harness import Project, assert_same
from ..sketches.test_bad_input import LOG, REFERENCE, monitor

DAY = ["2026-01-20 06:00:00", "2026-01-21 06:00:00", "2026-01-22 06:00:00", "2026-01-23 06:00:00"]

# Three days of trouble, so that there is an alert.
TROUBLE = f"""
select * replace (case when happened_at >= timestamp '2026-01-17' then x + 30 else x end as x)
from ({LOG}) as log
"""
# Rows of the second of January that arrive on the twenty-first.
LATE = f"""
select * replace (timestamp '2026-01-21 12:00' as loaded_at, x + 30 as x)
from ({LOG}) as log where cast(happened_at as date) = date '2026-01-02'
"""


@pytest.fixture(scope="module", params=["duckdb"])
def project(request: pytest.FixtureRequest) -> Project:
    tables = {"log": TROUBLE, "reference": REFERENCE}
    monitors = [monitor(name, "log", owner="us") for name in ("shop", "stall")]
    project = on_engine(request, "runs", monitors, tables)
    project.build(DAY[0])
    return project


def runs(project: Project) -> list[dict[str, Any]]:
    frame = project.query("select * from monitor_runs order by started_at, run_number nulls first")
    return [dict(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]


def test_a_run_says_when_it_began_and_ended_and_of_what(project: Project) -> None:
    (run,) = runs(project)
    assert run["status"] == "finished"
    assert run["run_number"] == 1
    assert run["as_of"] == pd.Timestamp(DAY[0])
    assert run["started_at"] < run["finished_at"] <= pd.Timestamp.now("UTC").tz_localize(None)
    assert run["monitor_count"] == 2
    assert run["not_evaluated_count"] == 0
    assert run["not_evaluated"] is None
    assert len(run["config_hash"]) == 32


def test_a_run_that_did_not_end_is_told_as_such(project: Project) -> None:
    """While it may still be under way nobody knows; the next run does. (test_kill kills real ones.)"""
    finished = len(runs(project))
    project.build(DAY[1], select="+int_monitor__arrivals")
    killed = runs(project)[-1]
    assert (killed["status"], killed["finished_at"]) == ("started", None)
    project.build(DAY[1])
    *_, killed, done = runs(project)
    assert (killed["status"], killed["run_number"], killed["finished_at"]) == (
        "unfinished", None, None,
    )  # fmt: skip
    assert (done["status"], done["run_number"]) == ("finished", finished + 1)
    assert killed["as_of"] == done["as_of"] == pd.Timestamp(DAY[1])
    assert killed["config_hash"] == done["config_hash"]


@pytest.mark.slow
@ON_BOTH
def test_what_a_run_of_one_monitor_leaves_of_the_others(
    project: Project, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    tables = project.frames(project.lasting())
    kept = {name: rows for name, rows in tables.items() if "monitor" in rows}
    assert len(kept) > 30
    assert {"shop", "stall"} == set(tables["monitor_alerts"]["monitor"])
    before = rows_of("stall", kept)
    asked = ["--as-of", DAY[2].replace(" ", "T") + "Z", "--fail-on", "none", "--no-publish"]
    project.execute(f"insert into logs.log by name {LATE}")
    project.send_all()
    code = main(["run", *project.place(), *asked, "--monitor", "shop"])
    printed = capsys.readouterr()
    assert code == 0, printed.out
    assert "shop" in printed.out
    after = project.frames(kept)
    assert rows_of("stall", after) == before
    assert rows_of("shop", after) != rows_of("shop", kept)
    run = runs(project)[-1]
    assert (run["only_monitors"], run["monitor_count"], run["status"]) == ("shop", 1, "finished")
    # and what was left lying is counted when it is their turn
    project.build(DAY[3])
    whole = project.dump(project.results())
    project.reset()
    project.build(DAY[3])
    assert_same(whole, project.dump(project.results()))


def rows_of(name: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Every table's rows of a monitor, to the last digit."""
    found = {}
    for table, rows in tables.items():
        own = rows[rows["monitor"] == name]
        ordered = own.astype("str").sort_values(list(own.columns)).to_csv(index=False)
        found[table] = ordered
    return found


@ON_BOTH
def test_a_run_of_nobody_there_is_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    assert main(["run", *project.place(), "--monitor", "shpo"]) == 2
    printed = capsys.readouterr()
    said = printed.err + printed.out
    assert "only_monitors: no such monitor" in said
    assert "Valid: shop, stall" in said


@pytest.mark.slow
def test_the_configuration_that_a_run_had_is_told_from_others(project: Project) -> None:
    known = {run["config_hash"] for run in runs(project)}
    assert len(known) == 1
    project.configure([monitor("shop", "log"), monitor("stall", "log")])
    project.build(DAY[3])
    assert runs(project)[-1]["config_hash"] not in known
    project.configure([])
    project.build(DAY[3])
    assert runs(project)[-1]["status"] == "nothing_to_do"
