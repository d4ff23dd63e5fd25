"""Results in a notebook: frames of the public tables, safe filters, and no dbt."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml

import model_monitor as mm
from model_monitor.errors import DatabaseLockedError, MonitorError, NotAProjectError, UsageError
from model_monitor.results import VALID, Results, as_time

from ..harness.observed_project import HOSTILE, SCHEMA, TABLES, observed_project, on_postgres, rows
from ..harness.postgres_server import Server
from ..harness.project_harness import ROOT
from ..harness.small_project import small_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return observed_project(tmp_path_factory.mktemp("results") / "project")


@pytest.fixture
def results(folder: Path) -> Results:
    return mm.open(folder)


def test_the_import_is_light() -> None:
    heavy = "('pandas', 'numpy', 'duckdb', 'dbt', 'yaml', 'requests', 'jinja2')"
    code = (
        f"import sys, model_monitor as mm; mm.open; print([x for x in {heavy} if x in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_neither_dbt_nor_the_current_folder_is_touched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dbt.cli.main", None)
    before = Path.cwd()
    with mm.open(project_dir=os.path.relpath(folder), target="main") as m:
        assert Path.cwd() == before
        assert len(m.drift()) > 0
        assert Path.cwd() == before


# ---- what each method gives -----------------------------------------------------------------------


def test_every_table_is_the_table(results: Results, folder: Path) -> None:
    assert set(TABLES) <= set(results.tables())
    for name in TABLES:
        frame = results.table(name)
        described = rows(folder, f"select column_name from (describe {name})")
        assert list(frame.columns) == [column for (column,) in described]
        [(count,)] = rows(folder, f"select count(*) from {name}")
        assert len(frame) == count > 0, name


def test_incidents_and_alerts(results: Results) -> None:
    assert list(results.incidents()["incident_id"]) == ["i1", "i4", "i5", "i2", "i3"]
    assert list(results.incidents(state="open", monitor="loans")["incident_id"]) == [
        "i1",
        "i5",
        "i2",
    ]
    assert list(results.incidents(severity="critical")["incident_id"]) == ["i1", "i3"]
    # i2 began before and was seen on the 12th
    assert list(results.incidents(since="2026-06-12")["incident_id"]) == ["i1", "i4", "i5", "i2"]
    assert list(results.alerts(monitor=HOSTILE)["alert_id"]) == ["i4"]
    assert list(results.alerts(subject="income", state="resolved")["alert_id"]) == ["i3"]
    nothing = results.incidents(state="stale")
    assert nothing.empty
    assert "message" in nothing.columns


def test_drift_is_that_of_all_rows_by_the_day(results: Results) -> None:
    found = results.drift(monitor="loans", subject="income", baseline="reference")
    assert list(found["window_end"]) == [pd.Timestamp(f"2026-06-{day}") for day in (18, 19, 20)]
    assert found["psi"][1] == 0.30000000000000004
    assert pd.isna(found["psi"][2])
    assert set(found["slice_name"]) == set(found["model_version"]) == {"(all)"}
    everything = results.drift(
        window=None, model_version=None, slice_name=None, role=None, monitor=None
    )
    assert len(everything) == len(results.table("monitor_drift"))
    assert list(results.drift(slice_name="region")["psi"]) == [5.0]
    assert list(results.drift(role="shadow")["psi"]) == [7.0]
    assert list(results.drift(window="7d", status="drifted")["psi"]) == [9.0]
    assert list(
        results.drift(monitor="loans", subject="income", since="2026-06-18", status="ok")["psi"]
    ) == [0.02]
    assert len(results.drift(subject="income", until="2026-06-19")) == 3


def test_performance_and_coverage(results: Results) -> None:
    found = results.performance(
        monitor="loans", score="p_default", since=date(2026, 6, 2), until="2026-06-05"
    )
    assert list(found["roc_auc"]) == pytest.approx([0.801, 0.802, 0.803])
    assert list(found["is_final"]) == [True, True, False]
    assert set(results.coverage(resolution="too_small")["subject"]) == {"few"}
    assert len(results.coverage(monitor="loans", subject="income")) == 4


def test_health_and_triggers(results: Results) -> None:
    assert list(results.health()["monitor"]) == sorted(["loans", HOSTILE])
    assert list(results.health(monitor="loans")["row_count"]) == [1093]
    assert list(results.triggers()["model_version"]) == ["v1"]
    assert list(results.triggers(monitor="loans", action="retrain")["kind"]) == ["drift"]
    with pytest.raises(UsageError, match=r"kind: no results\. Valid: drift\. Got: schedule"):
        results.triggers(kind="schedule")


def test_notices_come_with_warnings_first(results: Results) -> None:
    assert list(results.notices()["severity"]) == ["warn", "warn", "info"]
    assert set(results.notices(monitor="loans")["kind"]) == {"invalid_labels"}
    assert set(results.notices(severity="warn")["kind"]) == {"invalid_labels", "policy_mistake"}


def test_a_time_is_in_utc() -> None:
    noon = datetime(2026, 6, 1, 12)  # noqa: DTZ001
    for value in (
        "2026-06-01 12:00",
        "2026-06-01T14:00+02:00",
        noon,
        noon.replace(tzinfo=UTC),
        pd.Timestamp(noon),
    ):
        assert as_time("since", value) == noon
    assert as_time("since", date(2026, 6, 1)) == noon.replace(hour=0)


# ---- filters and mistakes -------------------------------------------------------------------------


def test_a_name_cannot_act(results: Results, folder: Path) -> None:
    assert set(results.drift(monitor=HOSTILE, subject=HOSTILE)["subject"]) == {HOSTILE}
    with pytest.raises(UsageError):
        results.drift(monitor="loans", subject="x'; drop table main_results.monitor_drift; --")
    assert len(rows(folder, "select 1 from monitor_drift")) == 11


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda m: m.drift(monitor="loan"), "monitor: no results. Valid: it's"),
        (lambda m: m.coverage(monitor="loan"), "loans. Got: loan"),
        (lambda m: m.drift(monitor="loans", subject="incom"), "subject: no results. Valid: income, p_default. Got: incom"),
        (lambda m: m.performance(score="p"), "score: no results. Valid: p_default. Got: p"),
        (lambda m: m.drift(window="hour"), "window: no results. Valid: 7d, day. Got: hour"),
        (lambda m: m.drift(slice_name="region", slice_value="nort"), "slice_value: no results. Valid: south. Got: nort"),
        (lambda m: m.incidents(state="opne"), "state: Valid: open, pending, firing"),
        (lambda m: m.table("monitor_drfit"), "table: no such table. Nearest: monitor_drift"),
        (lambda m: m.table("int_monitor__slices"), "table: no such table."),
        (lambda m: m.table("monitor_runs", monitor="loans"), "monitor: monitor_runs has no column monitor. Its columns: run_id"),
        (lambda m: m.table("monitor_outbox", since="2026-06-01"), "since: monitor_outbox has no time"),
        (lambda m: m.drift(since="soon"), "since: not a day or time. Valid: 2026-06-01"),
        (lambda m: m.drift(since=7), "since: not a day or time."),
        (lambda m: m.drift(monitor=7), "monitor: not a text. Valid: one name, or None for all. Got: 7"),
    ],
)  # fmt: skip
def test_a_mistake_lists_what_is_valid(
    results: Results, ask: Callable[[Results], Any], said: str
) -> None:
    with pytest.raises(UsageError) as error:
        ask(results)
    assert said in str(error.value)


def test_no_row_is_no_mistake(results: Results) -> None:
    assert results.drift(monitor="loans", since="2027-01-01").empty
    # this monitor has no row in the table, and is known
    assert results.performance(monitor=HOSTILE).empty


def test_many_names_are_cut_to_the_nearest(folder: Path, tmp_path: Path) -> None:
    project = observed_project(tmp_path / "wide")
    with duckdb.connect(str(project / "target" / "shop.duckdb")) as connection:
        connection.execute(
            f"insert into {SCHEMA}.monitor_coverage by name"
            " select 'loans' as monitor, 'x_' || i as subject from range(99) as n (i)"
        )
    with pytest.raises(UsageError, match=r"subject: no results. Nearest: income. Got: incme"):
        mm.open(project).coverage(monitor="loans", subject="incme")


def test_valid_values_are_those_of_the_tables() -> None:
    found: dict[str, set[str]] = {}
    for table, column in (
        ("monitor_alerts", "state"),
        ("monitor_drift", "status"),
        ("monitor_coverage", "resolution"),
    ):
        [accepted] = [
            test["accepted_values"]["arguments"]["values"]
            for file in (ROOT / "models").rglob("*.yml")
            for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
            if model["name"] == table
            for each in model["columns"]
            if each["name"] == column
            for test in each["data_tests"]
            if "accepted_values" in test
        ]
        found[column] = set(accepted)
    found["state"] |= {"open"}
    assert {name: set(VALID[name]) for name in found} == found


# ---- where there is nothing to read ---------------------------------------------------------------


def test_without_pandas_the_command_is_named(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = builtins.__import__

    def no_pandas(name: str, *arguments: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", no_pandas)
    with pytest.raises(MonitorError, match="To install it: pip install pandas"):
        results.incidents()
    # names need no frame
    assert results.monitors() == sorted(["loans", HOSTILE])


def test_no_project_no_artifacts_no_table(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAProjectError, match=r"open\(project_dir=…\)"):
        mm.open(tmp_path)
    with pytest.raises(MonitorError, match=r"does not have the target prd.*dbt parse --target prd"):
        mm.open(folder, "prd")
    with pytest.raises(UsageError, match=r"^manifest: .*no\.json is missing"):
        mm.open(folder, manifest="no.json")
    empty = observed_project(tmp_path / "empty", without=("monitor_drift",))
    with pytest.raises(
        MonitorError, match=r"monitor_drift does not exist yet\. To build it: model-monitor run"
    ):
        mm.open(empty).drift()
    (empty / "target" / "manifest.json").unlink()
    with pytest.raises(
        MonitorError, match=r"manifest.json is missing. Run `dbt parse` in .*start_dbt=True"
    ):
        mm.open(empty)


def test_a_named_manifest(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "production.json"
    copy.write_bytes((folder / "target" / "manifest.json").read_bytes())
    assert mm.open(folder, manifest=copy).monitors() == sorted(["loans", HOSTILE])


def test_an_open_notebook_does_not_hold_the_database(folder: Path) -> None:
    file = folder / "target" / "shop.duckdb"
    hold = f"import duckdb; duckdb.connect({str(file)!r}).execute('select 1')"
    results = mm.open(folder)
    assert not results.incidents().empty
    subprocess.run([sys.executable, "-c", hold], check=True)
    # within a block it does, and says so to whoever waits
    with results as m:
        assert not m.incidents().empty
        done = subprocess.run([sys.executable, "-c", hold], capture_output=True, check=False)
        assert b"lock" in done.stderr
    subprocess.run([sys.executable, "-c", hold], check=True)


def test_a_run_that_holds_the_database_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "target" / "shop.duckdb"
    code = f"import duckdb; c = duckdb.connect({str(file)!r}); print('open', flush=True); input()"
    results = mm.open(folder)
    monkeypatch.setattr(results, "_wait", 0.5)
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(DatabaseLockedError, match="To read results during a run"):
            results.incidents()
        other.communicate(b"\n")
    assert not results.incidents().empty


@pytest.mark.slow
def test_dbt_can_read_the_project(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "project")
    before = Path.cwd()
    m = mm.open(folder, start_dbt=True)
    assert Path.cwd() == before
    assert "monitor_drift" in m.tables()
    with pytest.raises(MonitorError, match="monitor_drift does not exist yet"):
        m.drift()
    with pytest.raises(UsageError, match="not valid with start_dbt"):
        mm.open(folder, manifest="x.json", start_dbt=True)


@pytest.mark.slow
def test_on_postgres(postgres: Server, tmp_path: Path) -> None:
    """The same frames, with names that are literals there too."""
    folder = on_postgres(observed_project(tmp_path / "project"), postgres, "results_api")
    there, here = mm.open(folder), mm.open(observed_project(tmp_path / "here"))
    for ask in (
        lambda m: m.drift(monitor=HOSTILE, subject=HOSTILE),
        lambda m: m.drift(monitor="loans", since="2026-06-18"),
        lambda m: m.incidents(state="open"),
        lambda m: m.coverage(),
        lambda m: m.notices(),
    ):
        pd.testing.assert_frame_equal(ask(there), ask(here), check_dtype=False)
    with pytest.raises(UsageError, match=r"Valid: income, p_default\. Got: incom"):
        there.drift(monitor="loans", subject="incom")
    with pytest.raises(MonitorError, match="monitor_performance does not exist yet"):
        there.performance()
