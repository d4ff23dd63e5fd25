"""Expectation suites: they hold on sound results, and each expectation fails on what it is for.

One small project is built once. Every damage is done inside a transaction that is rolled back.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from model_monitor.cli.parser import main
from model_monitor.expectations import run_suite, suites
from model_monitor.expectations.frames import FrameError, Frames, all_rows
from model_monitor.expectations.reproduction import reproduce
from model_monitor.expectations.result_checks import Trust, check, located
from model_monitor.expectations.run_suite import FAILED, HELD, LEFT_OUT, NOT_EVALUATED, Outcome
from model_monitor.warehouse.project import Project, Settings

from ..harness.project_harness import ROOT
from ..harness.project_harness import Project as Built
from ..harness.small_project import small_project

TRUST = ROOT / "tests" / "trust"
DAYS = 18
START = pd.Timestamp("2026-01-05")
LAST = START + pd.Timedelta(days=DAYS)
AS_OF = f"{LAST + pd.Timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}"
ROWS = 160

MONITOR: dict[str, Any] = {
    "name": "loans",
    "problem": "binary",
    "owner": "credit",
    "predictions": {
        "source": ["logs", "scores"],
        "where": "not is_test",
        "time": "scored_at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "version",
        "request": "request",
    },
    "scores": {"p_default": {"threshold": 0.5}},
    "features": {
        "income": {"min": 0, "max": 5000, "stale_above": 4000},
        "purpose": {"type": "categorical", "values": ["car", "home", "study"]},
        "is_employed": {"type": "boolean"},
    },
    "metrics": {"income_per_row": {"numerator": "income"}},
    "slices": ["region", "device", ["region", "device"]],
    "windows": ["hour", "day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 10},
    "logs": {
        "applications": {
            "from": "predictions",
            "per": "request",
            "subjects": {"size": {"sql": "count(*)"}},
        },
        "calls": {
            "source": ["logs", "calls"],
            "time": "called_at",
            "slices": [],
            "subjects": {"duration": {}},
        },
    },
}


def scores() -> pd.DataFrame:
    """From 5 to 8 there is never a row; rows arrive five minutes after they happen."""
    random = np.random.default_rng(5)
    count = DAYS * ROWS + ROWS // 5
    minute = (np.arange(count) % ROWS) * (21 * 60) // ROWS
    minute = np.where(minute < 5 * 60, minute, minute + 3 * 60)
    at = START + pd.to_timedelta(np.arange(count) // ROWS, "D") + pd.to_timedelta(minute, "m")
    return pd.DataFrame(
        {
            "id": [f"p{index}" for index in range(count)],
            "scored_at": at,
            "loaded_at": at + pd.Timedelta(minutes=5),
            "version": random.choice(["v1", "v2"], count),
            "request": [f"r{index // 3}" for index in range(count)],
            "p_default": random.beta(2, 5, count),
            "income": random.gamma(4, 500, count).round(2),
            "purpose": random.choice(["car", "home", "study"], count),
            "is_employed": random.random(count) < 0.8,
            "region": random.choice(["north", "south", "west"], count, p=[0.6, 0.37, 0.03]),
            "device": random.choice(["phone", "desk"], count),
            "is_test": random.random(count) < 0.05,
        }
    )


def calls() -> pd.DataFrame:
    random = np.random.default_rng(6)
    at = START + pd.to_timedelta(np.arange(0, DAYS * 1440 + 270, 30), "m")
    return pd.DataFrame({"called_at": at, "duration": random.gamma(2, 30, len(at))})


class Silent:
    def note(self, text: str) -> None:
        pass


SILENT: Any = Silent()


@dataclass
class Bench:
    """The built project, its suites, and what they look at."""

    built: Built
    project: Project
    suites: dict[str, suites.Suite]
    frames: Frames
    sound: dict[str, pd.DataFrame]

    @contextmanager
    def damaged(self, *statements: str) -> Iterator[None]:
        with self.project.warehouse.connected():
            self.project.warehouse.execute("begin transaction")
            try:
                self.project.warehouse.execute(f'set search_path = "{self.built.schema}"')
                for sql in statements:
                    self.project.warehouse.execute(sql)
                yield
            finally:
                self.project.warehouse.execute("rollback")

    @contextmanager
    def replaced(self, table: str, *statements: str) -> Iterator[None]:
        """The same without a transaction, for what begins one of its own."""
        execute = self.project.warehouse.execute
        with self.project.warehouse.connected():
            execute(f'set search_path = "{self.built.schema}"')
            execute(f"create or replace temp table kept as from {table}")
            try:
                for sql in statements:
                    execute(sql)
                yield
            finally:
                execute(f"delete from {table}")
                execute(f"insert into {table} by name from kept")

    def outcomes(self, name: str, **parameters: Any) -> list[Outcome]:
        """Of the expectations that see anything else than they see of sound results."""
        suite = self.suites[name]
        frame = self.frames.read(suite.frame)
        changed = differing(self.sound[name], frame, suite.keys)
        suite = replace(
            suite,
            expectations=tuple(each for each in suite.expectations if changed & looks_at(each)),
        )
        found = run_suite.evaluate(suite, frame, parameters)
        keys = tuple(suite.meta.get("row_keys") or suite.keys)
        return [located(self.project, outcome, keys) for outcome in found]

    def broken(self, name: str) -> set[str]:
        """What the suite's dbt tests in tests/trust find, by the names of the conditions."""
        node = self.frames.nodes[self.suites[name].frame]
        is_analysis = str(node.resource_type) == "analysis"
        query = self.frames._query(node) if is_analysis else all_rows(node)
        found: set[str] = set()
        for file in sorted(TRUST.glob(f"trust_{name}*.sql")):
            sql = re.sub(r"\{#-.*?-#\}|\{\{ config.*?\}\}", "", file.read_text(encoding="utf-8"))
            sql = re.sub(r"(select \* from )?\{\{.*?\}\}", lambda _: query, sql)
            for (names,) in self.project.warehouse.query(f"select broken from ({sql}) as t").values:
                found |= set(str(names).split())
        return found

    def failed(self, name: str, **parameters: Any) -> dict[str, Outcome]:
        found = self.outcomes(name, **parameters)
        assert {each.state for each in found} <= {HELD, FAILED, LEFT_OUT}, found
        return {each.name: each for each in found if each.state == FAILED}


def looks_at(expectation: Any) -> set[str]:
    """The columns that an expectation reads; those about a whole table read "*"."""
    kwargs = expectation.configuration.kwargs
    named = {kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs}
    return named or {"*"}


def differing(sound: pd.DataFrame, frame: pd.DataFrame, keys: tuple[str, ...]) -> set[str]:
    every = {"*", *frame.columns}
    if len(sound) != len(frame) or list(sound.columns) != list(frame.columns):
        return every
    left, right = (
        each.astype(str).sort_values(list(each.columns)).reset_index(drop=True)
        for each in (sound, frame)
    )
    if not left[list(keys)].equals(right[list(keys)]):
        return every
    left, right = (
        each.astype(str).sort_values(list(keys)).reset_index(drop=True) for each in (sound, frame)
    )
    return {column for column in frame.columns if not left[column].equals(right[column])}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("suites") / "project"
    rows, called = scores(), calls()
    early = LAST - pd.Timedelta(hours=19)
    project = Built(
        folder,
        [MONITOR],
        {
            "scores": rows[rows["loaded_at"] <= early],
            "calls": called[called["called_at"] <= early],
        },
    )
    project.build(as_of=f"{early:%Y-%m-%dT%H:%M:%SZ}")
    project.append("scores", rows[rows["loaded_at"] > early])
    project.append("calls", called[called["called_at"] > early])
    project.build(as_of=AS_OF)
    return project


@pytest.fixture(scope="module")
def bench(built: Built) -> Iterator[Bench]:
    before = Path.cwd()
    project = Project(Settings(built.folder, profiles_dir=built.folder, variables={"as_of": AS_OF}))
    _ = project.manifest
    loaded = {suite.name: suite for suite in suites.load([suites.shipped()])}
    frames = Frames(project, {suite.frame for suite in loaded.values()})
    with project.warehouse.held(print):
        frames.read("monitor_trust_shares")  # compiles them all: dbt drops the connection for it
        sound = {
            suite.name: frames.read(suite.frame)
            for suite in loaded.values()
            if suite.name != "reproduction"
        }
        yield Bench(built, project, loaded, frames, sound)
    os.chdir(before)


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


def test_the_tests_of_dbt_are_those_of_the_suites() -> None:
    specification = importlib.util.spec_from_file_location("made", ROOT / "tools/trust_tests.py")
    assert specification is not None
    assert specification.loader is not None
    made = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(made)
    written = {file.name: file.read_text(encoding="utf-8") for file in TRUST.glob("*.sql")}
    assert written == made.texts(), "make trust-tests"


def test_sound_results_are_trusted(bench: Bench) -> None:
    trust = check(bench.project, SILENT)
    assert [(each.name, each.examples) for each in trust.of(FAILED)] == []
    assert trust.of("not evaluated") == []
    assert trust.exit_code() == 0
    empty = {name for name, rows in trust.rows.items() if not rows}
    assert empty <= {"alerts", "reproduction"}, "all others have something to look at"
    assert len(trust.of(HELD)) > 100


# ---- every expectation fails on what it is for ---------------------------------------------------

TODAY = f"window_end = timestamp '{LAST:%Y-%m-%d}' and window_name = 'day'"
WHOLE = f"{TODAY} and slice_name = '(all)' and model_version = '(all)' and log = 'predictions'"
INCOME = f"{WHOLE} and subject = 'income'"
OK = f"{INCOME} and status in ('ok', 'drifted') and chi2_p_value is not null"
ALERT = """
    insert into monitor_alerts by name
    select
        'a1' as alert_id, 'loans' as monitor, 'firing' as state, 'warn' as severity, 'credit' as owner,
        'income has drifted' as message, timestamp '2026-01-27' as since,
        timestamp '2026-01-28' as opened_at, 0.25 as current_value, 'drift' as rule_id,
        'select 0.25' as reproduce_sql
"""


def one(table: str, change: str, where: str) -> str:
    """One row is changed, of however many."""
    named = " join int_monitor__series using (monitor, log, series_id)"
    chosen = (
        f"select min({table}.rowid) from {table}{named if table in NUMBERED else ''} where {where}"
    )
    return f"update {table} set {change} where rowid = ({chosen})"


def alert(change: str, *before: str) -> list[str]:
    return [*before, ALERT, f"update monitor_alerts set {change}"]


BINS, SUMS = "int_monitor__window_bins", "int_monitor__window_sums"
NUMBERED = (BINS, SUMS)
RULER = "subject = 'income' and log = 'predictions'"
FULLEST = f"reference_share = (select max(reference_share) from monitor_rulers where {RULER})"
SCORES = "logs.scores"
ONE_ROW = f"""id = (
    select min(id) from {SCORES}
    where not is_test and scored_at between timestamp '{LAST - pd.Timedelta(hours=9)}' and '{LAST}'
)"""
# suite › expectation: what is done to the tables, and what else of the suite that breaks
DAMAGES: dict[str, tuple[list[str], set[str]]] = {
    "shares › shares_sum_to_1": (
        # so many that they are not those of a bin that is too small to be published
        [one(BINS, "row_count = row_count + 100000", f"{INCOME} and bin >= 0")],
        {"bins_hold_every_row"},
    ),
    "shares › shares_are_known": ([one(SUMS, "row_count = 0", INCOME)], set()),
    "shares › shares_are_positive": (
        [one(SUMS, "row_count = -row_count", INCOME)],
        {"shares_sum_to_1"},
    ),
    "shares › bins_have_a_profile": ([f"delete from monitor_profiles where {INCOME}"], set()),
    "shares › bins_hold_every_row": (
        [one("monitor_profiles", "row_count = 1", INCOME)],
        set(),
    ),
    "bins › bins_are_on_their_ruler": (
        [f"delete from monitor_rulers where {RULER} and {FULLEST}"],
        set(),
    ),
    "rulers › bins_are_numbered_without_a_gap": (
        [f"update monitor_rulers set bin = 500 where bin = 3 and {RULER}"],
        set(),
    ),
    "rulers › bins_have_a_width": (
        [f"update monitor_rulers set upper = lower - 1 where bin = 5 and {RULER}"],
        set(),
    ),
    "rulers › reference_shares_sum_to_1": (
        [
            f"update monitor_rulers set reference_share = 2 * reference_share where {RULER} and {FULLEST}"
        ],
        set(),
    ),
    "rulers › one_ruler_is_active": (
        [
            "insert into monitor_rulers select * replace (9 as ruler_version) from monitor_rulers"
            f" where {RULER}"
        ],
        set(),
    ),
    "slices › slices_sum_to_the_whole": (
        [one(SUMS, "row_count = row_count + 1", f"{TODAY} and slice_name = 'region'")],
        set(),
    ),
    "slices › published_slices_are_no_more": (
        [
            one(
                "monitor_profiles",
                "row_count = row_count + 99",
                f"{TODAY} and slice_name = 'region'",
            )
        ],
        set(),
    ),
    "windows › no_window_is_missing": (
        [
            "delete from monitor_profiles where window_end = timestamp '2026-01-20' and window_name = '7d'"
        ],
        set(),
    ),
    "windows › no_window_is_of_the_future": (
        [
            "insert into monitor_profiles select * replace (window_end + interval 1 day as window_end)"
            f" from monitor_profiles where {INCOME}"
        ],
        set(),
    ),
    "raw_rows › every_row_is_counted": (
        [f"insert into {SCORES} select * from {SCORES} where {ONE_ROW}"],
        set(),
    ),
    "raw_rows › no_row_is_counted_twice": (
        [f"delete from {SCORES} where {ONE_ROW}"],
        set(),
    ),
    "metrics › metric_rows_are_counts": ([one("monitor_metrics", "row_count = -1", TODAY)], set()),
    "metrics › metric_is_above_ci_lower": (
        [one("monitor_metrics", "ci_lower = value + 1", f"{TODAY} and ci_lower < value")],
        set(),
    ),
    "metrics › metric_is_below_ci_upper": (
        [one("monitor_metrics", "ci_upper = value - 1", f"{TODAY} and ci_upper > value")],
        set(),
    ),
    "metrics › metric_nulls_are_explained": (
        [one("monitor_metrics", "value = null", TODAY)],
        set(),
    ),
    "metrics › metrics_are_finite": ([one("monitor_metrics", "value = 'NaN'", TODAY)], set()),
    "dataset › subjects_were_judged": ([one("monitor_dataset", "subject_count = 0", TODAY)], set()),
    "dataset › verdict_is_there": ([one("monitor_dataset", "verdict = null", TODAY)], set()),
    "dataset › verdict_is_known": ([one("monitor_dataset", "verdict = 'fine'", TODAY)], set()),
    "grains › keys_are_unique": (
        [f"insert into monitor_drift select * from monitor_drift where {INCOME}"],
        set(),
    ),
    "freshness › a_run_has_finished": (["delete from monitor_watermarks"], set()),
    "freshness › last_run_is_recent": (
        [f"update monitor_watermarks set started_at = timestamp '{LAST - pd.Timedelta(hours=1)}'"],
        set(),
    ),
    "freshness › logs_are_recent": (
        [
            one(
                "monitor_watermarks",
                "loaded_through = loaded_through - interval 3 day",
                "run_number = 2",
            )
        ],
        set(),
    ),
    "freshness › nothing_is_read_ahead": (
        [one("monitor_watermarks", "loaded_through = as_of + interval 1 hour", "run_number = 2")],
        set(),
    ),
    "alerts › alert_has_an_id": (alert("alert_id = null"), set()),
    "alerts › alert_id_is_unique": ([ALERT, ALERT], set()),
    "alerts › state_is_known": (alert("state = 'open'"), set()),
    "alerts › state_is_there": (alert("state = null"), set()),
    "alerts › severity_is_known": (alert("severity = 'high'"), set()),
    "alerts › severity_is_there": (alert("severity = null"), set()),
    "alerts › alert_began_before_it_opened": (alert("opened_at = since - interval 1 day"), set()),
    "alerts › open_alert_says_what": (alert("message = null"), set()),
    "alerts › open_alert_is_owned": (alert("owner = null"), set()),
    "alerts › owner_is_not_blank": (alert("owner = ' '"), set()),
    "alerts › open_alert_has_a_rule": (alert("rule_id = null"), set()),
    "alerts › open_alert_is_reproducible": (
        alert("reproduce_sql = null"),
        set(),
    ),
    "alerts › query_is_not_blank": (alert("reproduce_sql = '  '"), set()),
    "alerts › resolved_alert_says_when": (
        alert("state = 'resolved', resolved_at = null"),
        set(),
    ),
    "profiles › profiles_are_finite": ([one("monitor_profiles", "entropy = 'NaN'", INCOME)], set()),
    "profiles › row_count_is_positive": ([one("monitor_profiles", "row_count = 0", INCOME)], set()),
    "profiles › stddev_is_not_negative": ([one("monitor_profiles", "stddev = -1", INCOME)], set()),
    "profiles › entropy_is_not_negative": (
        [one("monitor_profiles", "entropy = -1", INCOME)],
        set(),
    ),
    "drift › status_is_there": ([one("monitor_drift", "status = null", INCOME)], set()),
    "drift › status_is_known": ([one("monitor_drift", "status = 'fine'", INCOME)], set()),
    "drift › nulls_are_explained": ([one("monitor_drift", "psi = null", OK)], set()),
    "drift › statistics_are_finite": ([one("monitor_drift", "psi = 'NaN'", OK)], set()),
    "drift › q_value_is_not_below_p_value": (
        [one("monitor_drift", "chi2_p_value = 0.5, q_value = 0.25", OK)],
        set(),
    ),
}


def with_those_by_rule() -> dict[str, tuple[list[str], set[str]]]:
    """What is said of many columns in one form is damaged in one form."""
    found = dict(DAMAGES)
    loaded = {suite.name: suite for suite in suites.load([suites.shipped()])}
    for name, table, where in (
        ("profiles", "monitor_profiles", INCOME),
        ("drift", "monitor_drift", OK),
        ("dataset", "monitor_dataset", TODAY),
    ):
        for expectation in map(run_suite.name_of, loaded[name].expectations):
            subject, _, bound = expectation.partition("_is_at_")
            lower, _, upper = expectation.partition("_is_not_above_")
            key = f"{name} › {expectation}"
            if bound:
                kind, _, limit = bound.partition("_")
                value = float(limit) + (-0.5 if kind == "least" else 0.5)
                subject = {"weighted_share": "importance_weighted_drifted_share"}.get(
                    subject, subject
                )
                below_p = (subject, kind) in (("q_value", "least"), ("chi2_p_value", "most"))
                extra = {"q_value_is_not_below_p_value"} if below_p else set()
                found[key] = ([one(table, f"{subject} = {value}", where)], extra)
            elif upper:
                pair = (
                    ("mean", f"{lower} * 0.999") if upper == "mean" else (lower, f"{upper} * 1.001")
                )
                found[key] = ([one(table, f"{pair[0]} = {pair[1]}", where)], set())
    return found


ALL = with_those_by_rule()


def test_every_expectation_that_ships_is_damaged_here(bench: Bench) -> None:
    named = {
        f"{suite.name} › {run_suite.name_of(expectation)}"
        for suite in bench.suites.values()
        for expectation in suite.expectations
    }
    assert named - set(ALL) == {
        "reproduction › query_runs",
        "reproduction › query_gives_the_number",
    }
    assert set(ALL) <= named


@pytest.mark.parametrize("damage", list(ALL))
def test_an_expectation_fails_on_what_it_is_for(bench: Bench, damage: str) -> None:
    name, _, expectation = damage.partition(" › ")
    statements, others = ALL[damage]
    ages = {"max_age_hours": 2.0, "max_lag_hours": 48.0} if name == "freshness" else {}
    with bench.damaged(*statements):
        failed = bench.failed(name, **ages)
        by_dbt = bench.broken(name)
    assert set(failed) == {expectation} | others
    # the age of a run is an option of the command
    assert by_dbt == set(failed) - {"last_run_is_recent", "logs_are_recent"}
    found = failed[expectation]
    assert found.means
    assert found.do
    assert found.examples, "rows are shown"
    if found.where:
        assert found.count == 1
        assert set(bench.suites[name].meta["row_keys"]) <= set(found.examples[0])


# ---- what is no damage, and what one expectation alone would not see -----------------------------


@pytest.mark.parametrize(
    "loaded_at",
    ["loaded_at + interval 1 day", "(select max(loaded_at) from logs.scores)"],
    ids=["later", "at the instant that was read through"],
)
def test_rows_that_arrive_after_the_run_are_no_damage(bench: Bench, loaded_at: str) -> None:
    late = f"insert into {SCORES} select * replace ({loaded_at} as loaded_at) from {SCORES} where {ONE_ROW}"
    with bench.damaged(late):
        assert bench.failed("raw_rows") == {}


def test_a_log_without_arrivals_may_have_late_rows_on_an_open_day_only(bench: Bench) -> None:
    call = "insert into logs.calls values (timestamp '{}', 1.0)"
    with bench.damaged(call.format(LAST + pd.Timedelta(hours=1))):
        assert bench.failed("raw_rows") == {}
    with bench.damaged(call.format(LAST - pd.Timedelta(hours=15))):
        assert set(bench.failed("raw_rows")) == {"every_row_is_counted"}


@pytest.mark.parametrize(
    "where", ["true", TODAY, "window_name = 'hour' and window_end = timestamp '2026-01-20 13:00'"]
)
def test_a_window_is_missed_wherever_it_was(bench: Bench, where: str) -> None:
    with bench.damaged(f"delete from monitor_profiles where {where}"):
        assert set(bench.failed("windows")) == {"no_window_is_missing"}


@pytest.mark.parametrize(
    "column", ["psi_valid", "kl", "hellinger", "total_variation", "ks", "wasserstein", "q_value"]
)
def test_no_null_goes_unexplained(bench: Bench, column: str) -> None:
    with bench.damaged(one("monitor_drift", f"{column} = null", OK)):
        assert set(bench.failed("drift")) == {"nulls_are_explained"}


@pytest.mark.parametrize(
    "table",
    [
        "monitor_profiles",
        "monitor_metrics",
        "monitor_dataset",
        "monitor_rulers",
        "monitor_watermarks",
    ],
)
def test_the_key_of_every_table_is_looked_at(bench: Bench, table: str) -> None:
    twice = (
        f"insert into {table} select * from {table} where rowid = (select max(rowid) from {table})"
    )
    with bench.damaged(twice):
        found = bench.failed("grains")["keys_are_unique"].examples[0]
    assert found["table_name"] == table
    assert found["copies"] == 2


@pytest.mark.parametrize(
    ("query", "failed"),
    [
        ("select 0.25 as value", {}),
        ("select 0.5 as value", {"query_gives_the_number"}),
        ("select no_such_column", {"query_runs"}),
        ("select 0.25 as value where false", {"query_runs"}),
        ("select cast(null as double) as value", {"query_runs"}),
        ("", {"query_runs"}),
    ],
)
def test_the_queries_of_alerts_are_run_again(bench: Bench, query: str, failed: set[str]) -> None:
    with bench.replaced("monitor_alerts", *alert(f"reproduce_sql = '{query}'")):
        frame = reproduce(bench.project, run=True)
    found = run_suite.evaluate(bench.suites["reproduction"], frame, {"reproduce": True})
    assert {each.name for each in found if each.state == FAILED} == set(failed)
    assert len(reproduce(bench.project, run=False)) == 0


def test_what_is_not_asked_and_what_is_not_there_yet_is_said(bench: Bench) -> None:
    frame = bench.sound["alerts"].drop(columns="reproduce_sql", errors="ignore")
    found = {each.name: each for each in run_suite.evaluate(bench.suites["alerts"], frame, {})}
    assert found["query_is_not_blank"].state == LEFT_OUT
    assert "column reproduce_sql does not exist yet" in found["query_is_not_blank"].reason
    found = {
        each.name: each
        for each in run_suite.evaluate(bench.suites["freshness"], bench.sound["freshness"], {})
    }
    assert found["last_run_is_recent"].reason == "--max-age was not given"
    frame = bench.sound["alerts"].drop(columns="owner")
    found = {each.name: each for each in run_suite.evaluate(bench.suites["alerts"], frame, {})}
    assert found["open_alert_is_owned"].state == NOT_EVALUATED
    assert "owner" in found["open_alert_is_owned"].reason


def test_a_frame_that_is_not_there_or_too_large_is_not_evaluated(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FrameError, match="has no node monitor_nothing"):
        bench.frames.read("monitor_nothing")
    monkeypatch.setattr("model_monitor.expectations.frames.MAX_ROWS", 10)
    with pytest.raises(FrameError, match="more than 10 rows"):
        bench.frames.read("monitor_rulers")


# No more of the bench below: dbt has one adapter per process, and other projects take it.

# ---- suites of one's own -------------------------------------------------------------------------

OWN_JSON = {
    "name": "own",
    "meta": {"frame": "income_by_day", "keys": ["day"], "do": "Ask the data team."},
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "mean", "min_value": 0, "max_value": 1},
            "meta": {"name": "small", "means": "Incomes are tiny."},
        },
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "mean"}},
    ],
}
OWN_PYTHON = """
import great_expectations as gx
from great_expectations import expectations as gxe

def suite():
    expected = gxe.ExpectColumnValuesToBeInSet(
        column="subject", value_set=["income"], severity="warning", meta={"name": "only_income"}
    )
    return gx.ExpectationSuite("own_rulers", [expected], meta={"frame": "monitor_rulers"})
"""
OWN_FRAME = """
select cast(window_end as date) as day, mean
from {{ ref('model_monitor', 'monitor_profiles') }}
where subject = 'income' and slice_name = '(all)' and model_version = '(all)' and window_name = 'day'
"""


def written(folder: Path, files: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def copied(built: Built, tmp_path: Path) -> Path:
    """The built project once more, with a database of its own."""
    folder = tmp_path / "project"
    shutil.copytree(built.folder, folder, ignore=shutil.ignore_patterns("logs"))
    profiles = folder / "profiles.yml"
    text = profiles.read_text(encoding="utf-8")
    profiles.write_text(text.replace(str(built.folder), str(folder)), encoding="utf-8")
    return folder


def test_the_command_with_suites_of_ones_own(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(copied / "expectations", {"own.json": OWN_JSON, "own_rulers.py": OWN_PYTHON})
    written(copied / "analyses", {"income_by_day.sql": OWN_FRAME})
    where = ["--project-dir", str(copied), "--profiles-dir", str(copied), "--as-of", AS_OF]
    assert main(["check", "--max-age", "1d", *where]) == 1
    printed = capsys.readouterr().out
    assert "Checks fail: 2 of " in printed
    assert f"own › small\n         income_by_day: {DAYS} of {DAYS} rows." in printed
    assert "Expected: Incomes are tiny." in printed
    assert "to fix: Ask the data team." in printed
    assert "warn  own_rulers › only_income" in printed
    assert "--max-lag was not given (1); --reproduce was not given (2)" in printed
    assert "Traceback" not in printed

    (copied / "expectations" / "own.json").unlink()
    assert main(["check", "--json", "--max-age", "1d", "--fail-on", "none", *where]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["trusted"] is False
    assert found["counts"]["failed"] == 1
    assert found["frame_rows"]["own_rulers"] > 50
    failed = next(each for each in found["expectations"] if each["state"] == "failed")
    assert failed["severity"] == "warning"
    assert failed["count"] > 0


@pytest.mark.slow
def test_a_run_does_not_trust_what_is_broken(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--project-dir", str(copied), "--profiles-dir", str(copied), "--as-of", AS_OF]
    with duckdb.connect(str(copied / "target" / "shop.duckdb")) as connection:
        connection.execute("set search_path = 'main_model_monitor'")
        connection.execute(one("monitor_profiles", "missing_rate = 1.5", INCOME))
    assert main(["run", "--no-publish", *where]) == 1
    printed = capsys.readouterr().out
    assert "Checks fail: 1 of " in printed
    assert "monitor_profiles: 1 of" in printed
    assert "missing_rate 1.5" in printed
    assert "subject income" in printed
    assert "rebuild --from DATE" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--max-age", "2 hours"], "not a duration. Valid: 30m, 2h, 7d. Got: 2 hours"),
        (["--suites", "nowhere"], "there is no folder"),
    ],
)
def test_mistakes_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    folder = small_project(tmp_path / "project")
    assert main(["check", *arguments, "--project-dir", str(folder)]) == 64
    assert words in capsys.readouterr().err


def test_nothing_is_known_of_what_is_not_built(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(copied / "target" / "shop.duckdb")) as connection:
        connection.execute("drop schema main_model_monitor cascade")
    where = ["--project-dir", str(copied), "--profiles-dir", str(copied), "--as-of", AS_OF]
    assert main(["check", *where]) == 2
    printed = capsys.readouterr().out
    assert "Checks incomplete: " in printed
    assert "To build them: model-monitor run" in printed


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.json": "{"}, "is not a suite"),
        ({"a.json": {"name": "a"}}, "'expectations' is missing"),
        ({"a.json": {**OWN_JSON, "meta": {}}}, "names no frame"),
        ({"a.json": {**OWN_JSON, "expectations": []}}, "has no expectations"),
        (
            {"a.json": {**OWN_JSON, "expectations": [{"type": "expect_magic", "kwargs": {}}]}},
            "magic",
        ),
        ({"a.py": "def sweet(): ..."}, "is not a suite"),
        ({"a.json": {**OWN_JSON, "name": "drift"}}, "Two suites are named drift"),
    ],
)
def test_a_suite_that_cannot_be_read_is_named(
    tmp_path: Path, files: dict[str, Any], words: str
) -> None:
    with pytest.raises(suites.SuiteError, match=words) as raised:
        suites.load([suites.shipped(), written(tmp_path / "own", files)])
    assert str(tmp_path) in str(raised.value)


# ---- Great Expectations keeps to itself ----------------------------------------------------------

ALONE = """
import socket, sys
def refuse(*_):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
import model_monitor.cli.parser, model_monitor.job, model_monitor.gate
assert "great_expectations" not in sys.modules, "a command without suites would wait for it"
import pandas as pd
from model_monitor.expectations import run_suite, suites
suite = {each.name: each for each in suites.load([suites.shipped()])}["grains"]
frame = pd.DataFrame({"table_name": ["a", "b"], "row_key": ["x", "y"], "copies": [1, 2]})
found = run_suite.evaluate(suite, frame, {})
assert [each.state for each in found] == ["failed"], found
assert [dict(row) for row in found[0].examples] == [{"copies": 2, "table_name": "b", "row_key": "y"}]
"""


def test_no_network_no_file_no_word(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GX_")},
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT / "python"),
    }
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("states", "code", "grave"),
    [
        ([("held", "critical")], 0, 0),
        ([("left out", "critical")], 0, 0),
        ([("failed", "warning")], 1, 0),
        ([("failed", "critical")], 1, 1),
        ([("failed", "critical"), ("not evaluated", "critical")], 2, 2),
    ],
)
def test_exit_codes(states: list[tuple[str, str]], code: int, grave: int) -> None:
    trust = Trust(tuple(Outcome("s", "t", "n", "m", state, severity) for state, severity in states))
    assert (trust.exit_code(), trust.exit_code(critical_only=True)) == (code, grave)
