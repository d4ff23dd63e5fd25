"""What the doctor foretells of sizes: the arithmetic by hand, and a log that is built and counted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from model_monitor.cli.parser import main
from model_monitor.doctor.cells import Counted, by_window, count_cells
from model_monitor.doctor.sizes import Cells, LogStats, expected_rows
from model_monitor.doctor.tiers import FINE, GROUPS, SCORES, occupied
from model_monitor.inspect.queries import Source, bounds
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.duckdb_driver import DuckDB
from model_monitor.warehouse.statements import Column

from ..harness.project_harness import Project

SUBJECT = {"name": "x", "kind": "feature", "type": "numeric", "watch": False, "critical": False}
LIMITS = {"min_rows": 500, "min_cell": 20, "categories": 30}
KEEP = {"hour": 70, "day": 400, "day_sliced": 100}


def sizes(
    cells: Cells, *, windows: tuple[str, ...] = ("day",), slices: tuple[str, ...] = (), **more: Any
) -> dict[str, tuple[int, int, int]]:
    """Rows now, by a day more and in the end, of one subject over these cells in every slice."""
    entries = [{"name": name, "columns": name.split("+")} for name in slices]
    subject = {**SUBJECT, **more.pop("subject", {})}
    log = {"name": "predictions", "subjects": [subject], "slices": entries}
    monitor = {
        "name": "m", "windows": list(windows), "baselines": ["reference", "champion"],
        "logs": [log], "limits": LIMITS, "retention": KEEP, **more.pop("monitor", {}),
    }  # fmt: skip
    known = {(name, window): cells for name in ("(all)", *slices) for window in windows}
    stats = {"m": {"predictions": LogStats(cells=known, **{"days": 10.0, **more})}}
    found = expected_rows({"monitors": [monitor]}, stats)
    return {each.table: (each.now, each.per_day, each.in_the_end) for each in found}


def test_bins_are_shares_of_one() -> None:
    for bins in (FINE, GROUPS, SCORES):
        assert sum(bins) == pytest.approx(1)
    assert (len(FINE), len(GROUPS), len(SCORES)) == (28, 10, 68)
    assert occupied(GROUPS, 1) == pytest.approx(1), "one row is in one bin"
    assert occupied(GROUPS, 2) == pytest.approx(1.9), "two rows: 1 + 0.9"
    assert occupied((), 5) == occupied(GROUPS, 0) == 0


def test_one_cell_of_many_rows() -> None:
    """Its 28 bins, the row of them all, least and greatest: 31 in the sketch, 28 in each window."""
    many = ((1e6, 1.0),)
    found = sizes(Cells(many, many, many))
    assert found["int_monitor__bins"] == (310, 31, 400 * 31)
    assert found["int_monitor__window_bins"] == (10 * 2 * 28, 2 * 28, 400 * 2 * 28)
    assert found["int_monitor__window_sums"] == (20, 2, 800)
    assert found["monitor_profiles"] == (20, 2, 800)
    assert found["monitor_drift"] == (20, 2, 800), "there is no other version to be a champion"


def test_cells_of_few_rows_have_few_bins_and_are_not_published() -> None:
    few = ((2.0, 3.0),)
    found = sizes(Cells(few, few, few), slices=("region",))
    whole = 3 * (1 + occupied(FINE, 2) + 2)
    assert found["int_monitor__bins"][1] == round(whole + 3 * (1 + 1.9))
    assert found["monitor_profiles"][1] == 6, "of the whole alone"


def test_a_slice_has_one_value_of_itself() -> None:
    many = ((1e6, 1.0),)
    context = {"name": "region", "kind": "context", "type": "categorical"}
    found = sizes(Cells(many), slices=("region",), subject=context, distinct={"region": 7})
    assert found["int_monitor__bins"][1] == (1 + 7) + (1 + 1)


def test_windows_need_their_days() -> None:
    many = ((1e6, 1.0),)
    found = sizes(Cells(many, many, many), windows=("day", "7d", "30d"), days=8.5)
    assert found["monitor_profiles"][0] == 2 * (8 + 2 + 0)
    assert found["int_monitor__bins"][0] == 9 * 31, "the ninth day has begun"


def test_what_rulers_come_of_is_not_compared_with_itself() -> None:
    many = ((1e6, 1.0),)
    found = sizes(Cells(many, many, many), windows=("day", "7d"), frozen_days=7)
    assert found["monitor_drift"][:2] == (2 * 3, 2 * 2), "three days after it, no whole week"
    assert found["monitor_profiles"][0] == 2 * (10 + 4)


def test_missing_values_have_a_bin() -> None:
    many = ((1e6, 1.0),)
    assert sizes(Cells(many), missing={"x": 0.2})["int_monitor__bins"][1] == 32


def test_versions_are_compared_with_the_champion() -> None:
    versions, together = ((1e6, 2.0),), ((1e6, 1.0),)
    cells = Cells(versions, versions, together)
    assert sizes(cells, versions=2)["monitor_drift"][1] == 3
    champion = {"champion": "v1"}
    assert sizes(cells, versions=2, monitor=champion)["monitor_drift"][1] == 3 + 1


def test_combinations_are_days_of_the_watch_list() -> None:
    many = ((1e6, 1.0),)
    cells = Cells(many, many, many)
    plain = sizes(cells, windows=("day", "7d", "hour"), slices=("a", "a+b"))
    watched = sizes(
        cells, windows=("day", "7d", "hour"), slices=("a", "a+b"), subject={"watch": True}
    )
    assert watched["int_monitor__bins"][1] - plain["int_monitor__bins"][1] == 11
    assert watched["monitor_profiles"][1] - plain["monitor_profiles"][1] == 2


def test_cells_are_those_of_the_newest_whole_days() -> None:
    hours = pd.date_range("2026-01-01 12:00", periods=72, freq="h")
    counts = [
        Counted(hour.to_pydatetime(), version, version, value, is_live, n)
        for hour in hours
        for version, is_live in (("v1", True), ("v2", False))
        for value, n in (("north", 10), ("south", 1))
    ]
    found = by_window(counts, least_in_hour=20)
    assert found["day"].counted == ((24.0, 2.0), (240.0, 2.0)), "two streams in two regions"
    assert found["day"].together == ((24.0, 1.0), (240.0, 1.0)), "v2 is not live"
    assert found["hour"].counted == ((10.0, 48.0),), "an hour of south has two rows"
    assert found["7d"].by_version == ((168.0, 2.0), (1680.0, 2.0))


def a_log(folder: Path, sql: str, **types: str) -> tuple[Warehouse, Source]:
    """A log of these rows, and a connection to it."""
    file = folder / "log.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table log as {sql}")
    columns = {name: Column(name, kind) for name, kind in types.items()}
    driver = DuckDB({"type": "duckdb", "path": str(file)}, writes=False)
    return Warehouse(driver), Source("log", columns, time="at", loaded_at="at")


def test_a_year_without_a_time_in_python_is_no_first_day(tmp_path: Path) -> None:
    sql = """
        select unnest([
            timestamptz '0044-01-01 (BC) 00:00:00+00', timestamptz '2026-01-02 12:00:00+02',
            timestamptz '290000-01-01 00:00:00+00'
        ]) as at
    """
    warehouse, source = a_log(tmp_path, sql, at="timestamp with time zone")
    found = bounds(warehouse, source, datetime(2026, 1, 3))  # noqa: DTZ001
    assert (found.rows, found.first, found.future) == (3, None, 1)
    assert found.last == datetime(2026, 1, 2, 10)  # noqa: DTZ001
    assert found.days[-1] == (found.last.date(), 1)


def test_the_largest_values_of_a_slice_are_cells_and_the_others_are_one(tmp_path: Path) -> None:
    sql = """
        select
            timestamp '2026-01-01' + to_hours(i // 10) as at,
            ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', null][1 + i % 10] as place
        from range(720) as rows (i)
    """
    warehouse, source = a_log(tmp_path, sql, at="timestamp", place="varchar")
    log = {
        "columns": {"version": None, "role": None, "variant": None},
        "slices": [{"name": "place", "columns": ["place"]}],
    }
    limits = {"slice_values": 2, "combination_values": 2, "min_rows": 4, "min_cell": 2}
    last = datetime(2026, 1, 3, 23, 59)  # noqa: DTZ001
    found = count_cells(warehouse, source, log, limits, last)
    assert found["(all)", "day"].counted == ((240.0, 1.0),)
    # a has 96 rows a day, b and the others 72 each
    assert found["place", "day"].together == ((72.0, 2.0), (96.0, 1.0))
    assert found["place", "hour"].together == ((4.0, 24.0),), "an hour of three rows is not kept"
    assert count_cells(warehouse, source, log, limits, last, 0.5)["(all)", "day"].counted == (
        (120.0, 1.0),
    )


ROWS, DAYS = 200_000, 30
LOG = f"""
    select
        timestamp '2026-01-01' + to_microseconds(i * ({DAYS} * 86400000000 // {ROWS})) as at,
        case when hash(i) % 3 = 0 then 'v1' else 'v2' end as version,
        'a' || (hash(i + 1) % 3) as s1,
        'b' || cast(floor(20 * pow((hash(i + 3) % 1000) / 1000.0, 2)) as integer) as s2,
        (hash(i + 4) % 10007) / 10007.0 as p,
        (hash(i + 5) % 10007) / 7.0 + (hash(i + 6) % 10007) / 7.0 as f1,
        exp((hash(i + 7) % 10007) / 1000.0) as f2,
        case when hash(i + 8) % 5 > 0 then (hash(i + 9) % 10007) / 7.0 end as f3,
        hash(i + 10) % 8 as f4,
        'c' || cast(floor(12 * pow((hash(i + 11) % 1000) / 1000.0, 2)) as integer) as f5
    from range({ROWS}) as rows (i)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_what_is_foretold_is_what_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """200,000 rows × 6 subjects × 30 days, unequal slices and their pair, hours: within a quarter."""
    monitor = {
        "name": "shop",
        "problem": "binary",
        "predictions": {"source": ["logs", "log"], "time": "at", "version": "version"},
        "scores": {"p": {}},
        "features": {"f1": {}, "f2": {}, "f3": {}, "f4": {}, "f5": {"type": "categorical"}},
        "slices": ["s1", "s2", ["s1", "s2"]],
        "windows": ["hour", "day", "7d", "30d"],
        "limits": {"min_rows": 80},
        "reference": {"source": ["logs", "training"]},
    }
    tables = {"log": LOG, "training": f"select * from ({LOG}) as log limit 30000"}
    project = Project(tmp_path / "shop", [monitor], tables)
    folder = str(project.folder)
    place = ["--project-dir", folder, "--profiles-dir", folder, "--as-of", "2026-01-31T06:00:00Z"]
    assert main(["doctor", "--json", *place]) == 0
    foretold = {
        each["table"]: each["now"] for each in json.loads(capsys.readouterr().out)["expected_rows"]
    }
    project.build("2026-01-31T06:00:00Z")
    assert foretold.keys() == {
        "int_monitor__bins", "int_monitor__window_sums", "int_monitor__window_bins",
        "monitor_profiles", "monitor_drift",
    }  # fmt: skip
    for table, rows in foretold.items():
        (built,) = project.query(f"select count(*) as n from {table}")["n"]
        assert built > 30_000
        assert 0.75 <= rows / built <= 1.33, f"{table}: {rows:,} foretold, {built:,} built"
        print(table, rows, built, rows / built)


OUTCOME_TABLES = [
    "int_monitor__outcome_bins", "monitor_labels", "monitor_performance",
    "monitor_calibration_buckets", "monitor_concept", "int_monitor__entity_counts",
    "monitor_concentration",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_what_is_foretold_of_outcomes_is_what_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outcomes of the same log: within a third."""
    monitor = {
        "name": "shop",
        "problem": "binary",
        "predictions": {
            "source": ["logs", "log"], "time": "at", "version": "version", "label": "bought",
        },
        "scores": {"p": {"outcome": "label", "threshold": 0.5}},
        "features": {"f1": {"importance": 1}, "f5": {"type": "categorical", "importance": 1}},
        "exposure": {"item": "item"},
        "slices": ["s1", "s2", ["s1", "s2"]],
        "limits": {"min_rows": 80},
    }  # fmt: skip
    log = f"""
        select *, case when hash(f1) % 1000 < 1000 * p then 1 else 0 end as bought,
            cast(floor(1 / (0.002 + (hash(f2) % 1000) / 1000.0)) as integer) as item
        from ({LOG}) as plain
    """
    project = Project(tmp_path / "shop", [monitor], {"log": log})
    folder = str(project.folder)
    place = ["--project-dir", folder, "--profiles-dir", folder, "--as-of", "2026-01-31T06:00:00Z"]
    assert main(["doctor", "--json", *place]) == 0
    foretold = {
        each["table"]: each["now"] for each in json.loads(capsys.readouterr().out)["expected_rows"]
    }
    project.build("2026-01-31T06:00:00Z", [f"+{name}" for name in OUTCOME_TABLES])
    found = {}
    for table in OUTCOME_TABLES:
        (built,) = project.query(f"select count(*) as n from {table}")["n"]
        found[table] = (foretold[table], int(built))
    assert all(0.67 * built <= rows <= 1.5 * built for rows, built in found.values()), found
    assert all(built for _, built in found.values()), found
