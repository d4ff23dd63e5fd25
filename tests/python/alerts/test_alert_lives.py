"""Judgements and lives of alerts, over 240 generated histories at once, against a step-by-step machine.

Each history is a story about a subject of its own; what the runs judge is written in place of the
verdicts, and dbt builds the judgements and the lives from there. And the lives alone, as a property
of any judgements in any order of runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ..harness.alert_machine import Event, Life, lives
from ..harness.project_harness import Project

HISTORIES = 240
WINDOWS = 24
START = pd.Timestamp("2026-01-01").to_pydatetime()
MODELS = [
    "int_monitor__prior_judgements",
    "int_monitor__breach_histories",
    "monitor_judgements",
    "int_monitor__alert_lifecycles",
]
# What a window may be: near a threshold is a clear one, or a warning, that lets nothing end.
STATES: dict[str, dict[str, object]] = {
    "clear": {"outcome": "clear", "severity": None, "held_level": None, "effect": 0.0},
    "near": {"outcome": "clear", "severity": None, "held_level": "warn", "effect": 0.09},
    "doubtful": {
        "outcome": "clear", "severity": None, "held_level": "critical", "effect": 0.45,
    },
    "warn": {"outcome": "breach", "severity": "warn", "held_level": None, "effect": 0.2},
    "near critical": {
        "outcome": "breach", "severity": "warn", "held_level": "critical", "effect": 0.45,
    },
    "critical": {"outcome": "breach", "severity": "critical", "held_level": None, "effect": 0.5},
    "no_data": {"outcome": "no_data", "severity": None, "held_level": None, "effect": 0.0},
}  # fmt: skip
VERDICTS = """
create or replace table {schema}.int_monitor__verdicts as
select
    'm' as monitor, 'predictions' as log, 'live' as role,
    '(all)' as model_version, 'drift' as family, name as subject, 'psi' as metric,
    'reference' as baseline, 'day' as window_name, window_end - interval '1 day' as window_start,
    window_end, '(all)' as slice_name, '(all)' as slice_value, outcome, severity, held_level,
    cast(effect as double) as value, cast(0 as double) as baseline_value,
    cast(effect as double) as effect, cast(0.1 as double) as threshold,
    cast(effect as double) as strength, cast(1000 as bigint) as sample_size,
    cast(0 as double) as noise_floor, cast(9 as double) as z, false as is_learning,
    cast(20 as integer) as history_windows,
    'rule' as rule_id, 'v' as rule_version, cast(1 as integer) as ruler_version,
    cast(for_windows as integer) as for_windows, cast(clear_windows as integer) as clear_windows
from frame
"""
JUDGED = """
create or replace table {schema}.int_monitor__evaluated_windows as
select 'm' as monitor, 'predictions' as log, 'day' as window_name, window_end,
    cast('{as_of}' as timestamp) as as_of
from judged
"""
RULES = """
create or replace table {schema}.int_monitor__rules as
select 'rule' as rule_id, 'v' as rule_version, 'drift' as kind
"""
CLOCKS = """
create or replace table {schema}.int_monitor__outcome_watermarks as
select 'm' as monitor, 'predictions' as log, cast('{matured}' as timestamp) as matured_through
where {is_outcome}
"""


def fingerprint(name: str) -> str:
    """The hash of the rule and of the signal's key."""
    key = f"rule|m|predictions|live|(all)|drift|{name}|psi|reference|day|(all)|(all)"
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()


NAMES = {fingerprint(name): name for name in (f"h{index:03}" for index in range(HISTORIES))}


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def generated(seed: int) -> pd.DataFrame:
    """Outcomes that last for a while, and holes; every history with its own patience."""
    generator = np.random.default_rng(seed)
    rows = []
    for index in range(HISTORIES):
        for_windows, clear_windows = generator.integers(1, 4, 2)
        stay, state = generator.uniform(0.3, 0.9), "clear"
        for number in range(1, WINDOWS + 1):
            if generator.random() > stay:
                state = str(generator.choice(list(STATES)))
            rows.append((f"h{index:03}", day(number), state, for_windows, clear_windows))
    columns = ["name", "window_end", "state", "for_windows", "clear_windows"]
    frame = pd.DataFrame(rows, columns=columns)
    said = pd.DataFrame([STATES[state] for state in frame["state"]])
    return frame.assign(**{name: said[name] for name in said})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    monitor = {
        "name": "m",
        "predictions": {"source": ["logs", "scores"], "time": "at"},
        "scores": {"p": {}},
    }
    return Project(tmp_path_factory.mktemp("lives") / "project", monitors=[monitor])


@pytest.fixture
def clean(project: Project) -> Project:
    project.reset()
    project.execute(f'create schema "{project.schema}"')
    return project


def judge(
    project: Project, frame: pd.DataFrame, as_of: datetime, matured: datetime | None = None
) -> None:
    """One run that judges these windows of all histories: of an outcome, if it has matured so far."""
    clocks = CLOCKS.format(
        schema=project.schema, matured=matured or as_of, is_outcome=matured is not None
    )
    judged = frame[["window_end"]].drop_duplicates()  # noqa: F841  (DuckDB reads it)
    frame = frame[frame["outcome"] != "no_data"]
    with project.connect() as connection:
        connection.execute(VERDICTS.format(schema=project.schema))
        connection.execute(JUDGED.format(schema=project.schema, as_of=as_of))
        connection.execute(clocks)
        connection.execute(RULES.format(schema=project.schema))
    project.build(as_of=as_of.isoformat(), select=MODELS)


def told(project: Project) -> dict[tuple[str, str], list[Life]]:
    """What the SQL says, by history and level."""
    return by_history(project.frame("int_monitor__alert_lifecycles"))


def by_history(frame: pd.DataFrame) -> dict[tuple[str, str], list[Life]]:
    found: dict[tuple[str, str], list[Life]] = {}
    plain = frame.astype(object).where(frame.notna(), None)
    for row in plain.sort_values("opened_at").to_dict("records"):
        times = {
            name: None if row[name] is None else row[name].to_pydatetime()
            for name in (
                "opened_at",
                "fired_at",
                "detected_at",
                "last_seen_at",
                "last_open_at",
                "resolved_at",
                "first_known_as",
            )
        }
        life = Life(level=str(row["level"]), **times)
        found.setdefault((NAMES[str(row["fingerprint"])], life.level), []).append(life)
    return found


def expected(frame: pd.DataFrame) -> dict[tuple[str, str], list[Life]]:
    """What the machine says of the same rows."""
    found = {}
    plain = frame.astype(object).where(frame.notna(), None)
    for name, rows in plain.groupby("name"):
        events = [
            Event(
                row["window_end"].to_pydatetime(), row["as_of"], row["outcome"], row["severity"],
                row["held_level"], int(row["for_windows"]), int(row["clear_windows"]),
            )
            for row in rows.to_dict("records")
        ]  # fmt: skip
        for level in ("warn", "critical"):
            if of_level := lives(events, level):
                found[str(name), level] = of_level
    return found


def without_detection(
    found: dict[tuple[str, str], list[Life]],
) -> dict[tuple[str, str], Sequence[tuple[object, ...]]]:
    return {
        key: [
            (
                e.opened_at,
                e.fired_at,
                e.last_seen_at,
                e.last_open_at,
                e.resolved_at,
                e.first_known_as,
            )
            for e in each
        ]
        for key, each in found.items()
    }


def test_a_catch_up_is_what_the_machine_says(clean: Project) -> None:
    frame, as_of = generated(1), day(40)
    judge(clean, frame, as_of)
    assert told(clean) == expected(frame.assign(as_of=as_of))


def test_day_by_day_is_a_catch_up_and_a_run_again_changes_nothing(clean: Project) -> None:
    frame = generated(2)
    for number in range(3, WINDOWS + 1, 3):
        new = frame[(frame["window_end"] > day(number - 3)) & (frame["window_end"] <= day(number))]
        judge(clean, new, day(number))
    judgements = clean.frame("monitor_judgements")
    by_steps = told(clean)
    assert without_detection(by_steps) == without_detection(
        expected(frame.assign(as_of=day(WINDOWS)))
    )

    judge(clean, new, day(WINDOWS))
    again = clean.frame("monitor_judgements")
    order = ["fingerprint", "window_end", "as_of"]
    pd.testing.assert_frame_equal(
        judgements.sort_values(order, ignore_index=True),
        again.sort_values(order, ignore_index=True),
    )
    assert told(clean) == by_steps

    clean.reset()
    clean.execute(f'create schema "{clean.schema}"')
    judge(clean, frame, day(WINDOWS))
    assert without_detection(told(clean)) == without_detection(by_steps)


def test_late_data_adds_judgements_and_rewrites_none(clean: Project) -> None:
    """What changed is judged again with all that follows it; the first judgements stay."""
    frame, late = generated(3), generated(4)
    judge(clean, frame, day(30))
    before = clean.frame("monitor_judgements")
    named_before = told(clean)
    touched = pd.concat([
        frame[frame["window_end"] <= day(9)],
        late[late["window_end"] > day(9)].assign(
            for_windows=frame.loc[frame["window_end"] > day(9), "for_windows"],
            clear_windows=frame.loc[frame["window_end"] > day(9), "clear_windows"],
        ),
    ])  # fmt: skip
    judge(clean, touched[touched["window_end"] > day(9)], day(31))
    after = clean.frame("monitor_judgements")
    kept = after[after["as_of"] == day(30)]
    order = ["fingerprint", "window_end"]
    pd.testing.assert_frame_equal(
        before.sort_values(order, ignore_index=True), kept.sort_values(order, ignore_index=True)
    )
    assert len(after) > len(before)

    rows = after.rename(columns={"subject": "name"})
    rows = rows.assign(as_of=[each.to_pydatetime() for each in rows["as_of"]])
    assert told(clean) == expected(rows)
    joined = 0
    for key, lives_before in named_before.items():
        # a name lies in one of the lives that there are, or nowhere; see int_monitor__alert_aliases
        holders = [
            [
                life.opened_at
                for life in told(clean).get(key, [])
                if life.opened_at <= name <= life.last_seen_at
            ]
            for name in (life.first_known_as for life in lives_before)
            if name is not None
        ]
        assert all(len(each) <= 1 for each in holders)
        joined += len(holders) - len({tuple(each) for each in holders})
    assert joined > 5, "two lives that late rows made one"


def test_late_rows_give_no_alert_another_name(clean: Project) -> None:
    """The day before was in breach too: the alert opened there, and is the one that was told of."""
    whole = generated(6)
    frame = whole.assign(for_windows=1, clear_windows=1)
    said = pd.DataFrame([STATES["clear"]] * len(frame), index=frame.index)
    for number, state in {9: "warn", 10: "warn", 11: "critical"}.items():
        for name, value in STATES[state].items():
            said.loc[frame["window_end"] == day(number), name] = value
    frame = frame.assign(**{name: said[name] for name in said})
    before = frame.copy()
    for name, value in STATES["clear"].items():
        before.loc[before["window_end"] == day(9), name] = value
    for number in (10, 11):
        judge(clean, before[before["window_end"] <= day(number)], day(number))
    first = told(clean)["h000", "warn"]
    assert [(e.opened_at, e.first_known_as) for e in first] == [(day(10), day(10))]
    judge(clean, frame[frame["window_end"] <= day(11)], day(12))
    then = told(clean)["h000", "warn"]
    assert [(e.opened_at, e.first_known_as) for e in then] == [(day(9), day(10))]


def test_only_what_is_news_is_kept(clean: Project) -> None:
    """A breach; clear, near and silent windows while an alert is open; nothing of the rest."""
    frame = generated(5)
    judge(clean, frame, day(40))
    kept = clean.frame("monitor_judgements").groupby("fingerprint")
    for name, rows in kept:
        story = rows.sort_values("window_end")
        assert story.iloc[0]["outcome"] == "breach", name
        held = story["held_level"].notna()
        clear = (story["outcome"].eq("clear") & ~held).astype(int)
        runs = clear.groupby((story["outcome"].eq("breach") | held).cumsum()).sum()
        assert (runs <= story["clear_windows"].iloc[0]).all(), name
    breaches = frame[frame["outcome"] == "breach"]
    assert len(breaches) == sum(rows["outcome"].eq("breach").sum() for _, rows in kept)


def test_what_has_not_matured_is_no_silence(clean: Project) -> None:
    """Three windows in breach, two more that are judged by other measures than the outcome."""
    said = [STATES["critical"]] * 3 + [STATES["no_data"]] * 2
    frame = pd.DataFrame(
        [
            {
                "name": "late",
                "window_end": day(number),
                "for_windows": 1,
                "clear_windows": 1,
                **each,
            }
            for number, each in enumerate(said, start=1)
        ]
    )
    judge(clean, frame, day(6), matured=day(3))
    outcomes = "select outcome from monitor_judgements order by window_end"
    assert clean.query(outcomes)["outcome"].tolist() == ["breach"] * 3
    clean.reset()
    clean.execute(f'create schema "{clean.schema}"')
    judge(clean, frame, day(6))
    assert clean.query(outcomes)["outcome"].tolist() == ["breach"] * 3 + ["no_data"] * 2


# -- the lives alone


@pytest.fixture(scope="module")
def model(project: Project) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """The text of int_monitor__alert_lifecycles, on a table without a schema."""
    assert project.dbt("compile", "--select", "int_monitor__alert_lifecycles").success
    sql = project.compiled["int_monitor__alert_lifecycles"]
    with duckdb.connect() as connection:
        yield connection, sql.replace(f'"shop"."{project.schema}".', "")


@st.composite
def judgements(draw: st.DrawFn) -> pd.DataFrame:
    """Of some subjects, each window judged once or more, soon or late, in any order."""
    rows = []
    for index in range(draw(st.integers(1, 3))):
        patience = {name: draw(st.integers(1, 3)) for name in ("for_windows", "clear_windows")}
        for number in range(1, draw(st.integers(1, 8)) + 1):
            known = draw(st.lists(st.integers(0, 8), min_size=1, max_size=3, unique=True))
            rows += [
                {
                    "name": f"h{index:03}", "window_end": day(number), "as_of": day(number + later),
                    **patience, **STATES[draw(st.sampled_from(sorted(STATES)))],
                }
                for later in known
            ]  # fmt: skip
    return pd.DataFrame(rows)


def judgement(window: int, as_of: int, state: str) -> dict[str, object]:
    return {
        "name": "h000", "window_end": day(window), "as_of": day(as_of), "for_windows": 1,
        "clear_windows": 1, **STATES[state],
    }  # fmt: skip


# of two windows that were taken back the first is found in breach again after the second is clear
IN_BREACH_AGAIN = pd.DataFrame(
    [
        judgement(1, 1, "critical"), judgement(2, 2, "critical"),
        judgement(2, 3, "clear"), judgement(1, 4, "critical"),
        judgement(1, 5, "clear"),
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@example(rows=IN_BREACH_AGAIN)
@given(rows=judgements())
def test_any_judgements_give_the_lives_that_the_machine_says(
    model: tuple[duckdb.DuckDBPyConnection, str], rows: pd.DataFrame
) -> None:
    connection, text = model
    known = rows.assign(fingerprint=[fingerprint(name) for name in rows["name"]])
    connection.register("known", known)
    connection.execute(
        "create or replace table monitor_judgements as select fingerprint, outcome,"
        " window_end::timestamp as window_end, as_of::timestamp as as_of,"
        " severity::varchar as severity, held_level::varchar as held_level,"
        " for_windows::integer as for_windows, clear_windows::integer as clear_windows from known"
    )
    found = by_history(connection.execute(text).df())
    machine = expected(rows.assign(as_of=[each.to_pydatetime() for each in rows["as_of"]]))
    assert found == {key: sorted(each, key=lambda e: e.opened_at) for key, each in machine.items()}
    for of_level in found.values():
        names = [life.first_known_as for life in of_level]
        assert len(names) == len(set(names)), "two alerts with one id"
