"""Rules over history: those in force say what they said, others what they would have said."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from model_monitor.backtest import BacktestOptions, Rule, suggested_threshold, summary
from model_monitor.cli.parser import main

from ..alerts.test_alerting import AS_OF, BROKEN, made
from ..harness.project_harness import Project

TABLES = ["monitor_alerts", "monitor_judgements", "monitor_signals", "monitor_incidents"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = made(tmp_path_factory)
    project.build(as_of=AS_OF.isoformat())
    return project


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


def replayed(
    project: Project, capsys: pytest.CaptureFixture[str], *extra: str
) -> dict[str, dict[str, Any]]:
    folder = str(project.folder)
    place = ["--project-dir", folder, "--profiles-dir", folder, "--as-of", AS_OF.isoformat()]
    assert main(["backtest", "--json", *place, *extra]) == 0
    rules = json.loads(capsys.readouterr().out)["rules"]
    return {rule["rule_id"]: rule for rule in rules}


@pytest.mark.slow
def test_the_rules_in_force_say_what_they_said(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = project.dump(TABLES)
    rules = replayed(project, capsys)
    alerts = project.frame("monitor_alerts", "state <> 'pending' and family <> 'freshness'")
    told = Counter(alerts["rule_id"])
    assert len(told) > 1
    assert {name: rule["alerts"] for name, rule in rules.items() if rule["alerts"]} == told
    for name, rule in rules.items():
        assert sum(rule["weeks"]) == told.get(name, 0)
    assert rules["no_metric"]["problem"].startswith("metric: not one of quality")
    after = project.dump(TABLES)
    for name in TABLES:
        pd.testing.assert_frame_equal(before[name], after[name])
    schemas = project.query("select table_name from information_schema.tables")
    assert not schemas["table_name"].str.startswith("replayed").any(), "nothing is left behind"


@pytest.mark.slow
def test_other_rules_would_have_said_something_else(
    project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(
        "rule_id,warn,critical,family,metric,kind,direction,subject,window_name,min_rows\n"
        "critical_feature_missing,0.9,0.95,,,,,,,\n"
        "scarce,0.02,,quality,missing_rate,delta,above,income,day,50\n"
        "nothing,0.1,,,,,,,,\n",
        encoding="utf-8",
    )
    rules = replayed(project, capsys, "--rules", str(file))
    assert rules["critical_feature_missing"]["alerts"] == 0
    assert rules["nothing"]["problem"].startswith("rule_id: no default rule has this id")
    assert rules["scarce"]["alerts"] > 0
    # no budget is asked for: whatever there was would have to be passed
    assert rules["scarce"]["warn_within_budget"] > 0.3
    quiet = replayed(project, capsys, "--rules", str(file), "--to", str(BROKEN.date()))
    assert quiet["scarce"]["alerts"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,warn\nx,1\n", "needs a column rule_id"),
        ("rule_id,warn\n", "at least one row"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_none_of_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    file = tmp_path / "rules.csv"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert main(["backtest", "--rules", str(file)]) == 64
    assert said in capsys.readouterr().err


def test_a_threshold_within_the_budget() -> None:
    efforts = [
        {"fingerprint": f"f{number}", "effect": effect, "place": place, "clear_windows": 2}
        for number, place, effect in [
            (1, 3, 0.31), (1, 5, 0.457), (2, 1, 0.2), (3, 1, 0.1234), (4, 1, None),
        ]
    ]  # fmt: skip
    assert suggested_threshold(efforts, 0, is_floor=False) == pytest.approx(0.46)
    assert suggested_threshold(efforts, 1, is_floor=False) == pytest.approx(0.21)
    assert suggested_threshold(efforts, 2, is_floor=False) == pytest.approx(0.13)
    assert suggested_threshold(efforts, 3, is_floor=False) is None
    # a floor is kept by lying below what falls
    assert suggested_threshold(efforts, 0, is_floor=True) == pytest.approx(0.12)
    assert suggested_threshold(efforts, 2, is_floor=True) == pytest.approx(0.30)
    # three windows after it the same story is another alert, until the ones between join the two
    again = {"fingerprint": "f1", "effect": 0.4, "place": 8, "clear_windows": 2}
    assert suggested_threshold([*efforts, again], 1, is_floor=False) == pytest.approx(0.41)
    assert suggested_threshold([*efforts, again], 2, is_floor=False) == pytest.approx(0.21)
    between = {**again, "effect": 0.39, "place": 6}
    assert suggested_threshold([*efforts, again, between], 2, is_floor=False) == pytest.approx(0.13)


def test_weeks_begin_on_mondays_and_budgets_count_days() -> None:
    monday = pd.Timestamp("2026-03-02")
    windows = [
        {"monitor": monitor, "window_end": monday + pd.Timedelta(days=day)}
        for monitor in ("a", "b")
        for day in range(28)
    ]
    alerts = [
        {
            "alert_id": day, "rule_id": "r", "monitor": "a", "is_lead": day > 1,
            "opened_at": monday + pd.Timedelta(days=day),
            "since": monday + pd.Timedelta(days=day - 1),
        }
        for day in (1, 6, 7, 27)
    ]  # fmt: skip
    incidents = [
        {
            "change_id": name, "monitor": monitor, "started_at": monday + pd.Timedelta(days=start),
            "ended_at": monday + pd.Timedelta(days=end),
        }
        for name, monitor, start, end in (("seen", "a", 5, 7), ("not", "a", 12, 20), ("b", "b", 5, 7))
    ]  # fmt: skip
    rules = [{"rule_id": "r", "warn": 0.1, "critical": None, "problem": None, "budget": 1.0}]
    read = {
        "windows": windows, "alerts": alerts, "efforts": [], "rules": rules, "incidents": incidents,
    }  # fmt: skip
    found = summary(read, BacktestOptions(monitor="a"))
    assert (found.monitors, found.days) == (1, 28)
    assert [str(week) for week in found.weeks] == [
        "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23",
    ]  # fmt: skip
    assert found.rules == [Rule("r", 0.1, None, 4, 3, [2, 1, 0, 1], 1.0, 4.0, None, 2 / 3, None)]
    assert (found.known_incidents, found.found_incidents, found.recall) == (2, 1, 0.5)
    assert found.precision == 2 / 3, "the first and the second, and not that of the last week"
    both = summary(read, BacktestOptions())
    assert both.rules[0].per_budget == 2.0
    assert both.recall == 1 / 3, "nothing was told of b"
    # an hour of the Sunday before the first day that is judged
    early = {**alerts[0], "opened_at": monday - pd.Timedelta("5h")}
    weeks = summary({**read, "alerts": [*alerts, early]}, BacktestOptions())
    assert str(weeks.weeks[0]) == "2026-02-23"
    assert weeks.rules[0].weeks == [1, 2, 1, 0, 1]
    none = summary({**read, "incidents": []}, BacktestOptions())
    assert none.precision is none.recall is none.rules[0].precision is None
