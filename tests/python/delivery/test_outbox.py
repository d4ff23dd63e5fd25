"""What must be told to whom, over generated histories, against a step-by-step machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_monitor.delivery.outbox import IN_ORDER

from ..harness.outbox_machine import CONTACTS, START, Receiver, Step, machine, receivers
from ..harness.project_harness import Project

ALERTS = 150
# the day that each run is as of: three days are looked at again, when late rows have made others of them
DAYS = [0, 1, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8]
# two alerts, of which late rows make one
JOINED, JOINED_AT = {f"a{one:03}": f"a{one + 1:03}" for one in range(110, 150, 2)}, 6
# the table as it was before words were numbered
UNNUMBERED_AT = 3
COLUMNS = [
    "contact_id", "monitor", "owner", "severity", "channel", "address_variable",
    "escalate_after_hours", "valid_from",
]  # fmt: skip
# late rows show that they never were
VANISHED, VANISHED_AT = {f"a{one:03}" for one in range(100, 110)}, 8


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    contacts = pd.DataFrame(CONTACTS).reindex(columns=COLUMNS)
    return Project(
        tmp_path_factory.mktemp("outbox") / "project",
        monitors=[
            {
                "name": "m",
                "predictions": {"source": ["logs", "scores"], "time": "at"},
                "scores": {"p": {}},
            }
        ],
        tables={"contacts": contacts},
        policy={"contacts": {"source": ["logs", "contacts"]}},
    )


def history(seed: int) -> list[Step]:
    """What each run finds: alerts that come, grow graver, are held back, end and come again."""
    generator = np.random.default_rng(seed)
    owners = np.array([None, "credit", "risk", "data"], dtype=object)
    alerts: list[dict[str, Any]] = [
        {
            "alert_id": f"a{number:03}",
            "monitor": str(generator.choice(["shop_a", "shop_b", "loans"])),
            "owner": generator.choice(owners),
            "detected_at": START
            + timedelta(days=int(generator.integers(0, 9 if number < 110 else 3))),
            "is_safety": bool(generator.random() < 0.1),
            # the first hundred are of incidents of four
            "incident_id": f"i{number // 4 if number < 100 else number:03}",
        }
        for number in range(ALERTS)
    ]
    found = []
    critical_at: dict[str, datetime | None] = {}
    for step, day in enumerate(DAYS):
        rows = []
        for alert in alerts:
            if alert["detected_at"] > START + timedelta(days=day):
                continue
            if step >= JOINED_AT and alert["alert_id"] in JOINED:
                continue
            if step >= VANISHED_AT and alert["alert_id"] in VANISHED:
                continue
            said = np.array([None, "true", "false", "expected"], dtype=object)
            states = ["firing", "acknowledged", "resolved", "retired", "stale", "pending"]
            severity = str(generator.choice(["warn", "critical"], p=[0.6, 0.4]))
            since = critical_at.get(alert["alert_id"])
            critical_at[alert["alert_id"]] = (
                (since or moment(step)) if severity == "critical" else None
            )
            rows.append(
                {
                    **alert,
                    "state": str(generator.choice(states, p=[0.45, 0.1, 0.2, 0.05, 0.1, 0.1])),
                    "severity": severity,
                    "critical_at": critical_at[alert["alert_id"]],
                    "decision": generator.choice(said),
                    "is_answered": bool(generator.random() < 0.3),
                    "inhibited_by": "another" if generator.random() < 0.2 else None,
                    "silenced_by": "somebody" if generator.random() < 0.15 else None,
                    "nature": "expected" if generator.random() < 0.15 else "incident",
                }
            )
        known_as = {row["alert_id"]: row["alert_id"] for row in rows}
        if step >= JOINED_AT:
            known_as |= {old: new for old, new in JOINED.items() if new in known_as}
        found.append(Step(moment(step), rows, known_as))
    return found


def moment(step: int) -> datetime:
    return START + timedelta(days=DAYS[step], hours=6)


TEXTS = [
    "model_version", "subject", "metric", "slice_name", "slice_value", "rule_id", "message",
    "likely_cause", "recommended_action", "runbook", "dashboard", "what", "location", "top_bins",
]  # fmt: skip
# columns that came later, with the one that numbers what was told
NEWER = (
    "episode", "family", "what", "location", "current_text", "baseline_text", "top_bins", "impact",
)  # fmt: skip


def tables(connection: duckdb.DuckDBPyConnection, step: Step) -> None:
    """What the outbox is made of, where the connection is."""
    frame = pd.DataFrame(step.rows)
    for name in ("owner", "inhibited_by", "silenced_by", "decision"):
        frame[name] = frame[name].astype("str").where(frame[name].notna(), None)
    frame["critical_at"] = pd.to_datetime(frame["critical_at"])
    names = pd.DataFrame(
        [(new, old) for old, new in step.known_as.items()], columns=["alert_id", "known_as"]
    )
    connection.register("frame", frame)
    connection.register("names", names)
    more = ", ".join(f"'{name}' as {name}" for name in TEXTS)
    connection.execute(
        f"create or replace table monitor_alerts as select *, {more},"
        " cast(detected_at as timestamp) as since, cast(null as timestamp) as resolved_at,"
        " 1.0::double as current_value, 0.5::double as baseline_value,"
        " case when alert_id like '%2' then 'concept' else 'quality' end as family,"
        " case when alert_id like '%2' or alert_id like '%3' then 'performance' else 'data' end"
        " as layer, 'history' as baseline from frame"
    )
    connection.execute(
        "create or replace table monitor_incidents as"
        " select alert_id, 'others' as top_contributors, 'incident' as message,"
        " 'why' as action_reason, 'why not' as action_against,"
        " what, location, top_bins, '812 predictions in 1 day' as affected,"
        " since, likely_cause, recommended_action from monitor_alerts where alert_id < 'a075'"
    )
    connection.execute("create or replace table int_monitor__alert_aliases as from names")


def run(project: Project, step: Step) -> None:
    with project.connect() as connection:
        connection.execute(f'create schema if not exists "{project.schema}"')
        connection.execute(f'use "{project.schema}"')
        tables(connection, step)
    project.build(step.now.isoformat(), ["stg_monitor__contacts", "monitor_outbox"])


Told = dict[tuple[Receiver, str], list[tuple[Any, ...]]]


def told(outbox: pd.DataFrame) -> Told:
    """What each receiver hears of each alert, as it hears it."""
    found: Told = {}
    columns = [
        "contact_id", "channel", "address_variable", "alert_id", "as_of", "transition", "severity",
        "episode",
    ]  # fmt: skip
    for contact, channel, variable, alert, *word in outbox[columns].itertuples(index=False):
        number = None if pd.isna(word[3]) else int(word[3])
        found.setdefault(((contact, channel, variable), alert), []).append((*word[:3], number))
    return found


def to_be_told(steps: Sequence[Step], numbered_from: datetime = START) -> Told:
    expected: Told = {}
    for as_of, who, alert, transition, severity, episode in machine(steps):
        number = episode if as_of >= numbered_from else None
        expected.setdefault((who, alert), []).append((as_of, transition, severity, number))
    return expected


def test_every_transition_is_told_once_to_whom_it_concerns(project: Project) -> None:
    steps = history(11)
    for number, step in enumerate(steps):
        if number == UNNUMBERED_AT:
            for column in NEWER:
                project.execute(f"alter table {project.schema}.monitor_outbox drop column {column}")
        run(project, step)
        if number in (0, UNNUMBERED_AT):
            run(project, step)  # again: nothing is told twice
    outbox = project.query(f"select * from monitor_outbox as outbox order by {IN_ORDER}")
    is_first = outbox["alert_id"] < "a075"
    assert set(outbox.loc[is_first, "message"]) == {"incident"}
    assert set(outbox.loc[~is_first, "message"]) == {"message"}
    assert outbox["transition_id"].is_unique
    # what is known of a notification, but for those of the older table
    is_newer = outbox["as_of"] >= moment(UNNUMBERED_AT)
    assert outbox.loc[~is_newer, list(NEWER)].isna().all(axis=None)
    # an alert that late rows disproved is over in the words it began with, which are older
    is_known = is_newer & outbox["what"].notna()
    assert is_known.sum() > 0.9 * is_newer.sum()
    # a changed relationship has no normal value of its unit, and is no effect on anything
    has_values = is_known & (outbox["family"] == "quality")
    assert set(outbox.loc[has_values, "current_text"]) == {"100%"}
    assert set(outbox.loc[has_values, "baseline_text"]) == {"50%"}
    assert outbox.loc[~has_values, ["current_text", "baseline_text"]].isna().all(axis=None)
    # of four in an incident one shows an effect, and it has no incident row from a075 on
    affected = "812 predictions in 1 day"
    assert set(outbox.loc[is_first, "impact"].dropna()) == {affected}
    assert set(outbox.loc[~is_first & is_known, "impact"].dropna()) == {"what in location"}
    # some of those that became one were open at their contacts, and some were told to be over and came back
    found = told(outbox)
    assert found == to_be_told(steps, moment(UNNUMBERED_AT))
    kinds = outbox["transition"].value_counts()
    assert kinds.min() > 40, kinds
    assert {who for who, _ in found} == {
        (row["contact_id"], row["channel"], row["address_variable"])
        for row in CONTACTS
        if row.get("valid_from", START) <= moment(-1)
    }
    # what is told to be over and told anew on one day, and the other way round
    same_day = outbox.groupby(["contact_id", "channel", "alert_id", "as_of"])["transition"]
    assert (same_day.agg(tuple) == ("resolved", "firing")).sum() > 5
    assert (same_day.agg(tuple) == ("firing", "resolved")).sum() > 5


# -- any story of four alerts

NAMES = ["a001", "a002", "b001", "b002"]
HELD = st.sampled_from([None, None, None, "held"])


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Late rows may make other days of what was: an alert vanishes, comes back, or is another one."""
    alerts = [
        {
            "alert_id": name,
            "monitor": draw(st.sampled_from(["shop_a", "loans"])),
            "owner": draw(st.sampled_from([None, "credit", "risk"])),
            "detected_at": START,
            "is_safety": draw(st.booleans()) and draw(st.booleans()),
            "incident_id": draw(st.sampled_from(["i", "j"])),
        }
        for name in NAMES
    ]
    days = sorted(draw(st.lists(st.integers(0, 6), min_size=2, max_size=8)))
    critical_at: dict[str, datetime | None] = {}
    steps = []
    for day in days:
        now = START + timedelta(days=day, hours=6)
        known_as = {
            name: draw(st.sampled_from([name, name, name, None, NAMES[0]])) for name in NAMES
        }
        # what another one is now is that only while there is that
        known_as = {old: new for old, new in known_as.items() if new and known_as[new] == new}
        rows = []
        for alert in alerts:
            name = str(alert["alert_id"])
            severity = draw(st.sampled_from(["warn", "critical"]))
            since = critical_at.get(name)
            critical_at[name] = (since or now) if severity == "critical" else None
            row = {
                **alert,
                "state": draw(st.sampled_from(STATES)),
                "severity": severity,
                "critical_at": critical_at[name],
                "decision": draw(st.sampled_from([None, None, "true", "false"])),
                "is_answered": draw(st.sampled_from([False, False, True])),
                "inhibited_by": draw(HELD),
                "silenced_by": draw(HELD),
                "nature": draw(st.sampled_from(["incident", "incident", "expected"])),
            }
            if known_as.get(name) == name:
                rows.append(row)
        if rows:
            steps.append(Step(now, rows, known_as))
    return steps


STATES = ["firing", "firing", "firing", "acknowledged", "resolved", "retired", "stale", "pending"]
AS_OF = "2026-12-24 18:18:18"


@pytest.fixture(scope="module")
def statements(project: Project) -> tuple[str, str]:
    """The first run of the outbox and the next ones, as dbt compiles them."""
    compiled = []
    project.reset()
    for _ in range(2):
        run(project, replace(history(11)[0], now=datetime.fromisoformat(AS_OF)))
        sql = project.compiled["monitor_outbox"].replace(f'"{project.schema}".', "")
        compiled.append(sql.replace(f'"{project.file.stem}".', ""))
    assert all(AS_OF in sql for sql in compiled)
    return compiled[0], compiled[1]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=stories())
def test_any_story_is_told_as_it_was(statements: tuple[str, str], steps: list[Step]) -> None:
    first, again = statements
    with duckdb.connect() as connection:
        for number, step in enumerate(steps):
            tables(connection, step)
            contacts = pd.DataFrame(
                [each for rows in receivers(step.now).values() for each in rows]
            ).reindex(columns=COLUMNS[:-1])
            connection.register("valid", contacts.astype({"escalate_after_hours": float}))
            connection.execute(
                "create or replace table stg_monitor__contacts as "
                "select * replace (coalesce(severity, 'warn') as severity), null as problem from valid"
            )
            as_of = str(step.now)
            if number == 0:
                connection.execute(f"create table monitor_outbox as {first.replace(AS_OF, as_of)}")
                continue
            said = f"insert into monitor_outbox by name {again.replace(AS_OF, as_of)}"
            connection.execute(said)
            [(more,)] = connection.execute(said).fetchall()
            assert more == 0, "told twice"
        if not steps:
            return
        outbox = connection.sql(f"select * from monitor_outbox as outbox order by {IN_ORDER}").df()
    assert outbox["transition_id"].is_unique
    assert told(outbox) == to_be_told(steps)
