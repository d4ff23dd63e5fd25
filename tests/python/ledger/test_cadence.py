"""The usual gap of a log: the SQL beside plain Python, and how often chance alone makes a log late."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from ..conftest import Note
from ..harness.macro_harness import Macros
from ..harness.postgres_server import Server
from ..harness.project_harness import ROOT

MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001  the tables hold UTC without a zone
LEAST, FACTOR = 5, 6
DAY = 1_440
Minutes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A finished run, in minutes after a Monday: when it was, and the last row that it found."""

    as_of: int
    last_row: int


def usual_gap(runs: list[Run], now: Run) -> tuple[float, int] | None:
    """The formula of docs/use/alerts.md, in words: usual gap in minutes, and its days."""
    by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for run in runs:
        if run.last_row >= now.last_row:
            continue
        for days in range(1, 29):
            earlier = now.as_of - days * DAY - run.as_of
            if -30 <= earlier <= 120:
                by_day[days].append((run.as_of - run.last_row, earlier))
    gaps = {
        days: max(gap for gap, _ in found) + max(min(earlier for _, earlier in found), 0)
        for days, found in by_day.items()
    }
    same = [gap for days, gap in gaps.items() if days % 7 == 0]
    if len(gaps) < 20 or len(same) < 3:
        return None
    limit = FACTOR * max(*same, LEAST)
    counted = []
    for weekday in range(7):
        found = [gap for days, gap in gaps.items() if days % 7 == weekday]
        if weekday == 0 or len(found) < 3 or min(found) <= limit:
            counted.extend(found)
    if len(counted) < 12:
        return None
    return max(sorted(counted)[-2], LEAST), len(counted)


def moment(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


Rows = list[tuple[Any, ...]]
RUNS = (
    "create table finished_runs (monitor text, log text, as_of timestamp, loaded_through timestamp)"
)


def of_sql(engine: str, execute: Callable[[str], Rows], now: Run) -> tuple[float, int] | None:
    """The same of the macro that int_monitor__watermarks uses."""
    node = SimpleNamespace(database="d", schema="s", alias="finished_runs")
    macros = Macros(
        engine,
        load_relation=lambda _: "finished_runs",
        graph=SimpleNamespace(nodes=defaultdict(lambda: node)),
        api=SimpleNamespace(
            Relation=SimpleNamespace(create=lambda **_: None),
            Column=SimpleNamespace(translate_type=lambda _: "double"),
        ),
    )
    namespace = macros._environment.globals["model_monitor"]
    namespace.as_of_timestamp = lambda: f"timestamp '{moment(now.as_of)}'"
    lags = (
        "(select 'shop' as monitor, 'predictions' as log,"
        f" timestamp '{moment(now.last_row)}' as loaded_through)"
    )
    found = execute(macros.render("usual_gap_rows", lags))
    assert len(found) <= 1
    return (found[0][2] * 60, found[0][3]) if found else None


def agree(engine: str, execute: Callable[[str], Rows], runs: list[Run]) -> list[bool]:
    """Whether the gap is known, in runs after these that find new rows and in others that do not."""
    known = []
    for later in (5, 47, 61, 150, 500, 733, 1_000, 1_400, 2_900):
        as_of = runs[-1].as_of + later
        now = Run(as_of, runs[-1].last_row if later % 2 else as_of - 3)
        ours, right = of_sql(engine, execute, now), usual_gap(runs, now)
        assert (ours is None) == (right is None), now
        if ours is not None and right is not None:
            assert ours == pytest.approx(right), now
        known.append(ours is not None)
    return known


def hourly(
    gap_at: Callable[[int], float], days: int = 30, every: int = 60, jitter: int = 0
) -> list[Run]:
    """Runs from a Monday on, and what each found."""
    random = np.random.default_rng(len(str(days)) + every + jitter)
    runs = []
    for minute in range(0, days * DAY, every):
        as_of = minute + (int(random.integers(0, jitter)) if jitter else 0)
        runs.append(Run(as_of, as_of - int(gap_at(as_of))))
    return runs


def of_office(minute: int) -> float:
    """Rows from 8 to 18 o'clock on five days."""
    day, of_day = divmod(minute, DAY)
    while True:
        if day % 7 < 5 and of_day >= 8 * 60:
            return minute - (day * DAY + min(of_day, 18 * 60)) + 1
        day, of_day = day - 1, DAY


RANDOM = np.random.default_rng(38)
LOGS: dict[str, list[Run]] = {
    "stream": hourly(lambda _: RANDOM.exponential(2), jitter=9),
    "seldom": hourly(lambda _: RANDOM.exponential(300), every=180, jitter=50),
    "batch": hourly(lambda minute: (minute - 127) % DAY + RANDOM.integers(0, 20)),
    "office": hourly(of_office, days=36),
    "daily": hourly(lambda _: RANDOM.exponential(200), every=DAY, jitter=40),
    "gaps in the runs": [
        run for run in hourly(lambda _: RANDOM.exponential(30)) if RANDOM.random() < 0.3
    ],
    "young": hourly(lambda _: 1, days=15),
}


def inserted(runs: list[Run]) -> str:
    """The runs, those of another log, and those of an empty one."""
    rows = [f"('shop', 'predictions', '{moment(r.as_of)}', '{moment(r.last_row)}')" for r in runs]
    others = (
        "insert into finished_runs select monitor, 'other', as_of, as_of - interval '9 days'"
        " from finished_runs union all select 'new', log, as_of, null from finished_runs"
    )
    return f"insert into finished_runs values {', '.join(rows)}; {others}"


@pytest.mark.parametrize("name", LOGS)
def test_the_sql_says_what_the_formula_says(name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"{RUNS}; {inserted(LOGS[name])}")
        known = agree("duckdb", lambda sql: connection.execute(sql).fetchall(), LOGS[name])
    assert any(known) == (name != "young")


@pytest.mark.slow
def test_postgres_says_the_same(postgres: Server) -> None:
    postgres.create("cadence")
    connection = postgres.connect("cadence")

    def execute(sql: str) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    with connection.cursor() as cursor:
        cursor.execute(RUNS)
        for name, runs in LOGS.items():
            cursor.execute(f"delete from finished_runs; {inserted(runs)}")
            assert any(agree("postgres", execute, runs)) == (name != "young")
    connection.close()


def at(runs: list[Run], days: int, hour: int, gap: int) -> tuple[float | None, bool]:
    """The usual gap of a run in minutes, and whether the log is late with this one."""
    now = Run(days * DAY + hour * 60, days * DAY + hour * 60 - gap)
    found = usual_gap([run for run in runs if run.as_of < now.as_of], now)
    return (None, False) if found is None else (found[0], gap >= FACTOR * found[0])


def test_worked_examples() -> None:
    """Each says in minutes what a log of its kind usually keeps a run waiting, and when it is late."""
    stream = hourly(lambda _: 1, days=29)
    assert at(stream, 28, 10, 29) == (5, False)
    assert at(stream, 28, 10, 30) == (5, True)
    # loaded at two in the morning: until four o'clock the run before the load is near
    batch = hourly(lambda minute: (minute - 121) % DAY + 1, days=29)
    assert at(batch, 28, 3, 1_500) == (1_440, False)
    assert at(batch, 28, 6, 1_680) == (240, True)
    assert at(batch, 28, 1, 1_380) == (1_380, False)
    # nothing on Saturday and Sunday: a weekday is not measured by them, and they are not by it
    office = hourly(of_office, days=36)
    assert at(office, 35, 12, 30) == (5, True)  # a Monday
    assert at(office, 33, 12, 18 * 60)[1] is False  # a Saturday
    # one outage of ten hours is no usual gap, two are
    once = [Run(r.as_of, r.as_of - 600) if r.as_of == 20 * DAY + 600 else r for r in stream]
    assert at(once, 28, 10, 30) == (5, True)
    twice = [Run(r.as_of, r.as_of - 600) if r.as_of == 21 * DAY + 540 else r for r in once]
    assert at(twice, 28, 10, 30) == (600, False)
    # no run was ever near this time of day, or for fewer than 20 days
    daily = hourly(lambda _: 1, days=29, every=DAY)
    assert at(daily, 28, 7, 500) == (None, False)
    assert at(daily, 28, 2, 800) == (121, True)
    assert at(daily[-19:], 28, 1, 800) == (None, False)


def test_the_default_rule_names_the_same_factor() -> None:
    macros = Macros()
    assert macros.call("least_gap_minutes") == LEAST
    assert macros.call("late_factor") == FACTOR
    with (ROOT / "seeds/monitor_alert_rules.csv").open(encoding="utf-8") as file:
        rule = next(row for row in csv.DictReader(file) if row["rule_id"] == "late")
    assert (rule["kind"], rule["baseline"]) == ("relative", "cadence")
    assert float(rule["warn"]) == FACTOR - 1


# -- false alarms

WEEKS = 4 + 4


def found_by(arrivals: Minutes, runs: Minutes) -> Minutes:
    """The gap that each run finds."""
    last = np.searchsorted(arrivals, runs, side="right") - 1
    return np.where(last >= 0, runs - arrivals[np.maximum(last, 0)], np.inf)


def usual_gaps(gaps: Minutes, per_day: int) -> Minutes:
    """The usual gap of each run, with a run per hour or per day; infinite where it is not known."""
    # the runs that are near: this one, and those of the two hours before it
    near = range(3 if per_day > 1 else 1)
    padded = np.concatenate([np.zeros(len(near)), gaps])
    by_day = np.max([padded[len(near) - n : len(padded) - n] for n in near], axis=0)
    weekday = np.arange(1, 29) % 7
    usual = np.full(len(gaps), np.inf)
    for run in range(28 * per_day, len(gaps)):
        past = by_day[run - 28 * per_day : run : per_day][::-1]  # one day ago first
        limit = FACTOR * max(past[weekday == 0].max(), LEAST)
        kept = [each for each in range(7) if each == 0 or past[weekday == each].min() <= limit]
        counted = np.sort(past[np.isin(weekday, kept)])
        if len(counted) >= 12:
            usual[run] = max(counted[-2], LEAST)
    return usual


def alerts(arrivals: Minutes, per_day: int, hour: float) -> int:
    """How often a healthy log becomes late in four weeks after the first four."""
    gaps = found_by(arrivals, np.arange(0, WEEKS * 7 * DAY, DAY // per_day) + hour * 60.0)
    usual = usual_gaps(gaps, per_day)
    count, is_open = 0, False
    for run in range(28 * per_day, len(gaps)):
        # an alert that is open closes below four fifths of its threshold
        excess = gaps[run] / usual[run] - 1
        is_late = bool(excess >= (FACTOR - 1) * (0.8 if is_open else 1.0))
        count += is_late and not is_open
        is_open = is_late
    return count


@pytest.mark.parametrize("per_day", [1, 24])
def test_the_simulation_judges_as_the_formula_does(per_day: int) -> None:
    random = np.random.default_rng(per_day)
    arrivals = np.floor(np.cumsum(random.exponential(90, 1_500)) - 500)
    times = np.arange(0, WEEKS * 7 * DAY, DAY // per_day) + 30.0
    gaps = found_by(arrivals, times)
    usual = usual_gaps(gaps, per_day)
    runs = [Run(int(at), int(at - gap)) for at, gap in zip(times, gaps, strict=True)]
    for number in random.integers(29 * per_day, len(runs), 20):
        right = usual_gap(runs[:number], runs[number])
        assert right is not None
        assert usual[number] == right[0]


def poisson(random: np.random.Generator, mean: float) -> Minutes:
    size = int(WEEKS * 7 * DAY / mean * 1.3) + 50
    return np.cumsum(random.exponential(mean, size)) - 3 * mean


def bursts(random: np.random.Generator, mean: float) -> Minutes:
    """Gaps with a heavy tail: log-normal, of the same mean."""
    size = int(WEEKS * 7 * DAY / mean * 1.5) + 50
    return np.cumsum(random.lognormal(np.log(mean) - 0.5, 1.0, size)) - 3 * mean


def by_day(random: np.random.Generator, mean: float) -> Minutes:
    """Ten times as many rows at noon as at midnight, and half as many at weekends."""
    even = np.cumsum(random.exponential(mean / 4, int(WEEKS * 7 * DAY / mean * 4.5) + 50))
    wave = 0.55 - 0.45 * np.cos(2 * np.pi * (even % DAY) / DAY)
    wave = np.where(even // DAY % 7 >= 5, wave / 2, wave)
    return np.asarray(even[random.random(len(even)) < wave])


def nightly(random: np.random.Generator, jitter: float) -> Minutes:
    """One load a day at two o'clock, earlier or later by the jitter; one in fifty an hour late."""
    late = np.where(random.random(WEEKS * 7 + 1) < 0.02, 60.0, 0.0)
    days = np.arange(-1, WEEKS * 7) * DAY + 120.0
    return np.sort(days + random.normal(0, jitter, len(days)) + late)


Make = Callable[[np.random.Generator, float], Minutes]
# Arrivals, their minutes, runs per day, hour of the first, simulated logs, and what may be found.
CASES: dict[str, tuple[Make, float, int, float, int, float]] = {
    "a row a minute, hourly runs": (poisson, 1, 24, 0.5, 30, 0.0),
    "two rows an hour, hourly runs": (poisson, 30, 24, 0.5, 40, 0.0),
    "four rows a day, hourly runs": (poisson, 360, 24, 0.5, 40, 0.0),
    "two rows an hour, a run a day": (poisson, 30, 1, 6.0, 1_000, 0.002),
    "four rows a day, a run a day": (poisson, 360, 1, 6.0, 1_000, 0.002),
    "bursts, hourly runs": (bursts, 60, 24, 0.5, 40, 0.15),
    "bursts, a run a day": (bursts, 60, 1, 6.0, 1_000, 0.05),
    "day and night, hourly runs": (by_day, 10, 24, 0.5, 30, 0.0),
    "nightly load, hourly runs": (nightly, 20, 24, 0.5, 40, 0.0),
    "nightly load, a run a day at six": (nightly, 20, 1, 6.0, 1_000, 0.002),
}


@pytest.mark.parametrize("name", CASES)
def test_chance_alone_makes_no_log_late(name: str, evidence: Note) -> None:
    make, minutes, per_day, hour, logs, limit = CASES[name]
    random = np.random.default_rng(len(name))
    total = sum(alerts(make(random, minutes), per_day, hour) for _ in range(logs))
    evidence("false alarms per log and 28 days: " + name, total / logs)
    assert total / logs <= limit
