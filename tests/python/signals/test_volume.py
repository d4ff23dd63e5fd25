"""Alerts of volume: open for as long as rows are missing, over when that has become usual."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
CHANGED = 30  # day from which on the slices are different
# rows a day of each slice: before, and from then on; the rule of slices judges from 20 rows on,
# all others from a hundred
ROWS = {
    "large": (400, 400),
    "gone": (60, 0),
    "less": (60, 8),
    "back": (60, 0),
    "few": (12, 0),
    "lumpy": (60, 0),
    "bursts": (60, 0),
    "dips": (60, 0),
}
# four days in four weeks with four times the rows; of the second slice, three more with 36 of 60
BURST_DAYS, DIP_DAYS = (0, 8, 16, 24), (4, 12, 20)
# one whose traffic comes in lumps: some days have a quarter of their rows, so none at all may be chance
LUMPS, LUMPY = (30, 60, 90, 150), np.random.default_rng(4)
BACK_AGAIN = 56
MONITOR: dict[str, Any] = {
    "name": "loans",
    "owner": "credit",
    "predictions": {"source": ["logs", "scores"], "time": "scored_at", "loaded_at": "loaded_at"},
    "features": {"income": {}},
    "slices": ["region"],
    "windows": ["day"],
    "limits": {"min_rows": 20, "min_cell": 5, "lateness": "2h"},
}


def log() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    parts = []
    for day in range(66):
        for region, (before, after) in ROWS.items():
            is_back = region == "back" and day >= BACK_AGAIN
            count = before if day < CHANGED or is_back else after
            if region == "lumpy" and count:
                count = int(LUMPY.choice(LUMPS))
            if region in ("bursts", "dips"):
                count *= 4 if day % 28 in BURST_DAYS else 1
            if region == "dips" and day % 28 in DIP_DAYS:
                count = count * 3 // 5
            parts.append(pd.DataFrame({
                "scored_at": START + pd.Timedelta(days=day)
                + pd.to_timedelta(generator.uniform(0, 86_400, count), unit="s"),
                "income": generator.lognormal(8, 0.5, count),
                "region": region,
            }))  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(loaded_at=rows["scored_at"] + pd.Timedelta(minutes=5))


def build(project: Project, day: int) -> pd.DataFrame:
    """The alerts of volume once that many days are over, by slice value."""
    project.build(as_of=(START + pd.Timedelta(days=day, hours=3)).isoformat())
    return project.query(
        "select * from monitor_alerts where family = 'volume' order by opened_at, slice_value"
    ).set_index("slice_value")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(
        tmp_path_factory.mktemp("volume") / "project",
        monitors=[{**MONITOR, "limits": {**MONITOR["limits"], "min_rows": 100}}],
        tables={
            "scores": log(),
            "rules": pd.DataFrame([{"rule_id": "slice_volume", "min_rows": "20"}]),
        },
        policy={"alert_rules": {"source": ["logs", "rules"]}},
    )


@pytest.fixture(scope="module")
def told(project: Project) -> list[pd.DataFrame]:
    """The alerts on the day after the change, two weeks and four weeks later."""
    return [build(project, day) for day in (CHANGED + 1, CHANGED + 14, 66)]


def test_an_alert_lasts_until_few_rows_are_what_is_usual(told: list[pd.DataFrame]) -> None:
    first, later, last = told
    assert set(first.index) == {"gone", "less", "back", "bursts"}, (
        "a slice below the min_rows of its rule opens nothing, nor one in lumps or with dips"
    )
    assert set(first["state"]) == {"firing"}

    # the bad days are in the past by now: they must not make the next ones usual
    assert set(later["alert_id"]) == set(first["alert_id"])
    assert set(later["state"]) == {"firing"}
    # one of them represents the drift of its column, which is critical
    told_as = later.loc[["gone", "back"], "severity"]
    assert list(told_as) == ["critical", "critical"]

    # three weeks later nothing (or little) is what is usual there; the rows that come back days
    # after that open nothing
    assert set(last["alert_id"]) == set(first["alert_id"]), "nothing new, nothing told twice"
    assert set(last["state"]) == {"accepted"}
    assert last["resolved_at"].max() <= START + pd.Timedelta(days=CHANGED + 29)


@pytest.mark.usefixtures("told")
def test_a_slice_of_few_rows_is_judged_and_never_opens(project: Project) -> None:
    runs = project.query(
        "select sum(judged) as n from monitor_rule_runs where rule_id = 'slice_volume'"
    )
    assert runs["n"].iloc[0] > 0
    less = project.query("select * from monitor_judgements where slice_value = 'less'")
    assert set(less["severity"].dropna()) == {"warn"}
    few = project.query("select * from monitor_judgements where slice_value = 'few'")
    assert few[few["outcome"] == "breach"].empty


def stopping_log(changed: int, stops_at: int, by_night: int = 4) -> pd.DataFrame:
    """Lumps of rows, few by night; on one day one in twenty from some hour on."""
    generator = np.random.default_rng(5)
    parts = []
    for day in range(changed + 2):
        hours = pd.Series(np.arange(24))
        usual = np.where(hours.between(6, 22), 40, by_night)
        visits = pd.Series(generator.poisson(usual))
        if day == changed:
            visits[hours >= stops_at] //= 20
        of_visits = hours.repeat(visits).to_numpy()
        lumps = generator.integers(1, 6, of_visits.size)
        at = of_visits.repeat(lumps) + np.repeat(generator.uniform(0, 1, of_visits.size), lumps)
        parts.append(START + pd.Timedelta(days=day) + pd.to_timedelta(at * 3600, unit="s"))
    times = pd.Series(np.concatenate(parts))
    return pd.DataFrame(
        {
            "scored_at": times,
            "income": generator.lognormal(8, 0.5, len(times)),
            "region": np.where(generator.uniform(size=len(times)) < 0.7, "large", "small"),
            "loaded_at": times + pd.Timedelta(minutes=5),
        }
    )


def test_rows_that_stop_within_a_day_are_dated_by_the_hour(tmp_path: Path) -> None:
    monitor = {**MONITOR, "windows": ["hour", "day"]}
    log = stopping_log(changed=35, stops_at=11)
    # all of a day arrives in the night after it: the hours before that load are over, and empty
    nightly = {
        **monitor,
        "name": "nightly",
        "predictions": {**MONITOR["predictions"], "source": ["logs", "nightly"]},
        "limits": {**MONITOR["limits"], "lateness": "30m"},
    }
    of_days = stopping_log(changed=35, stops_at=24, by_night=40)
    of_days["loaded_at"] = of_days["scored_at"].dt.floor("D") + pd.Timedelta(days=1, hours=2.9)
    tables = {
        "scores": log,
        "nightly": of_days[of_days["scored_at"] < START + pd.Timedelta(days=36)],
    }
    project = Project(tmp_path / "project", monitors=[monitor, nightly], tables=tables)
    alerts = build(project, 36)
    assert set(alerts["monitor"]) == {"loans"}
    last_hours = project.query(
        "select max(window_end) from int_monitor__windows where monitor = 'nightly'"
    )
    assert last_hours.iloc[0, 0] == START + pd.Timedelta(days=36, hours=2)
    stopped = START + pd.Timedelta(days=35, hours=11)
    # its hours find it in all rows, its day in slices too
    found = set(zip(alerts.index, alerts["window_name"], strict=True))
    assert {("(all)", "hour"), ("(all)", "day"), ("large", "day")} <= found
    assert {where for where, window in found if window == "hour"} == {"(all)"}
    largest = alerts.loc[["(all)", "large"]]
    assert set(largest["since"]) == {stopped}
    assert largest["message"].str.contains("since 2026-04-06 11:00", regex=False).all()


LOST = 20  # the day of which the second half is lost


def begun_log(begins: str, until: int = LOST + 2) -> pd.DataFrame:
    """A thousand rows a day, lognormal in size, busier by day; a job has all of a day at six."""
    generator = np.random.default_rng(8)
    days = np.repeat(np.arange(until), 1000)
    hours = (14 + 5 * generator.standard_normal(len(days))) % 24
    if begins == "job":
        hours = 6 + generator.uniform(0, 0.2, len(days))
    rows = pd.DataFrame({
        "scored_at": START + pd.to_timedelta(days * 24 + hours, unit="h"),
        "income": generator.lognormal(8, 0.5, len(days)),
        "region": generator.choice(["north", "south"], len(days)),
    })  # fmt: skip
    if begins not in ("midnight", "job"):
        rows = rows[rows["scored_at"] >= START + pd.Timedelta(f"{begins}:00")]
    rows = rows[
        ~rows["scored_at"].between(*(START + pd.Timedelta(days=LOST + d) for d in (0.5, 1)))
    ]
    return rows.assign(loaded_at=rows["scored_at"] + pd.Timedelta(minutes=5))


BEGINNINGS = {"midnight": 0, "job": 0, "17:40": 1, "23:54": 1}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Project:
    names = {begins: f"begins_{begins.replace(':', '_')}" for begins in BEGINNINGS}
    return Project(
        tmp_path_factory.mktemp("begun") / "project",
        monitors=[
            {
                **MONITOR,
                "name": name,
                "predictions": {**MONITOR["predictions"], "source": ["logs", name]},
                "windows": ["day", "7d"],
                "limits": {"min_rows": 20, "min_cell": 5, "lateness": "2h"},
            }
            for name in names.values()
        ],
        tables={name: begun_log(begins) for begins, name in names.items()},
    )


def test_a_day_in_the_midst_of_which_a_log_begins_is_no_baseline(begun: Project) -> None:
    for weeks in (1, 2):
        assert build(begun, 7 * weeks + 1).empty, f"after {weeks} weeks"
    for begins, day in BEGINNINGS.items():
        whole = START + pd.Timedelta(days=day)
        of_it = f"monitor = 'begins_{begins.replace(':', '_')}'"
        windows = begun.frame("int_monitor__windows", of_it)
        assert windows["window_start"].min() == whole, begins
        assert windows[windows["window_name"] == "7d"]["window_start"].min() == whole
        drift = begun.frame("monitor_drift", of_it + " and baseline in ('last_week', 'previous')")
        assert drift["baseline_window_start"].min() >= whole
        assert not drift.empty
    # a half day that is lost later is said of each
    lost = build(begun, LOST + 1)
    lost = lost[lost["slice_name"] == "(all)"]
    assert set(lost["monitor"]) == {"begins_midnight", "begins_17_40", "begins_23_54"}
    assert (lost["current_value"] < 0.8 * lost["baseline_value"]).all()
