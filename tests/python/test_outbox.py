"""What must be told to whom, over generated histories, against a step-by-step machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model_monitor.delivery.outbox import IN_ORDER

from .project_harness import Project

ALERTS = 150
# the day that each run is as of: three days are looked at again, when late rows have made others of them
DAYS = [0, 1, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8]
START = pd.Timestamp("2026-03-01").to_pydatetime()
RANK = {"warn": 2, "critical": 3}
WORDS = {rank: word for word, rank in RANK.items()}
# two alerts, of which late rows make one
JOINED, JOINED_AT = {f"a{one:03}": f"a{one + 1:03}" for one in range(110, 150, 2)}, 6
# the table as it was before words were numbered
UNNUMBERED_AT = 3
CONTACTS: list[dict[str, Any]] = [
    {"contact_id": "everything", "channel": "webhook", "address_variable": "A"},
    {"contact_id": "everything", "channel": "slack", "address_variable": "A",
     "valid_from": START + timedelta(days=300)},
    {"contact_id": "grave", "severity": "critical", "channel": "pagerduty", "address_variable": "B"},
    # two rows of one receiver
    {"contact_id": "shop", "monitor": "shop_*", "channel": "slack", "address_variable": "C"},
    {"contact_id": "shop", "owner": "risk", "channel": "slack", "address_variable": "C"},
    {"contact_id": "credit", "owner": "credit,risk", "channel": "slack", "address_variable": "D"},
    {"contact_id": "boss", "channel": "webhook", "address_variable": "E",
     "escalate_after_hours": 30.0},
    {"contact_id": "head", "severity": "critical", "channel": "webhook", "address_variable": "F",
     "escalate_after_hours": 20.0},
    # two receivers of one name
    {"contact_id": "team", "channel": "slack", "address_variable": "G"},
    {"contact_id": "team", "channel": "pagerduty", "address_variable": "H"},
    # another channel, and another secret, from the third day on
    {"contact_id": "mover", "channel": "slack", "address_variable": "I"},
    {"contact_id": "mover", "channel": "pagerduty", "address_variable": "J",
     "valid_from": START + timedelta(days=3)},
]  # fmt: skip
COLUMNS = [
    "contact_id", "monitor", "owner", "severity", "channel", "address_variable",
    "escalate_after_hours", "valid_from",
]  # fmt: skip
# late rows show that they never were
VANISHED, VANISHED_AT = {f"a{one:03}" for one in range(100, 110)}, 8
# who hears it: contact, channel, variable
Receiver = tuple[str, str, str]


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


def history(seed: int) -> list[list[dict[str, Any]]]:
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
                    "state": str(generator.choice(states, p=[0.5, 0.1, 0.2, 0.05, 0.05, 0.1])),
                    "severity": severity,
                    "critical_at": critical_at[alert["alert_id"]],
                    "decision": generator.choice(said),
                    "inhibited_by": "another" if generator.random() < 0.2 else None,
                    "silenced_by": "somebody" if generator.random() < 0.15 else None,
                    "nature": "expected" if generator.random() < 0.15 else "incident",
                }
            )
        found.append(rows)
    return found


def moment(step: int) -> datetime:
    return START + timedelta(days=DAYS[step], hours=6)


def fits(word: str | None, pattern: str | None) -> bool:
    if not pattern:
        return True
    if pattern.endswith("*"):
        return (word or "").startswith(pattern[:-1])
    return (word or "") in pattern.split(",")


def receivers(now: datetime) -> dict[Receiver, list[dict[str, Any]]]:
    """Rows of contacts by who hears them: of a contact those that are valid last."""
    valid = [row for row in CONTACTS if row.get("valid_from", START) <= now]
    found: dict[Receiver, list[dict[str, Any]]] = {}
    for row in valid:
        begins = [
            other.get("valid_from", START)
            for other in valid
            if other["contact_id"] == row["contact_id"]
        ]
        if row.get("valid_from", START) == max(begins):
            who = (row["contact_id"], row["channel"], row["address_variable"])
            found.setdefault(who, []).append(row)
    return found


def wants(contact: Mapping[str, Any], row: Mapping[str, Any], now: datetime) -> bool:
    least = contact.get("severity", "warn")
    patience = contact.get("escalate_after_hours") or 0.0
    reached = row["critical_at"] if least == "critical" else row["detected_at"]
    return (
        fits(row["monitor"], contact.get("monitor"))
        and fits(row["owner"], contact.get("owner"))
        and RANK[row["severity"]] >= RANK[least]
        and (
            not patience
            or (now - reached >= timedelta(hours=patience) and row["decision"] in (None, "true"))
        )
    )


Said = tuple[datetime, Receiver, str, str, str, int]


def machine(runs: list[list[dict[str, Any]]]) -> list[Said]:
    """(run, receiver, alert, transition, severity, episode), by hand: each has a list of what is open."""
    lists: dict[Receiver, dict[str, int]] = {}
    begun: Counter[tuple[Receiver, str]] = Counter()
    said: list[Said] = []
    for step, rows in enumerate(runs):
        now = moment(step)
        rows_of = receivers(now)
        for who in {*lists, *rows_of}:
            listed = lists.setdefault(who, {})
            before = dict(listed)
            gone = VANISHED & set(before) if step >= VANISHED_AT else ()
            said += [
                (now, who, each, "resolved", WORDS[listed.pop(each)], begun[who, each])
                for each in gone
            ]

            def known(alert_id: str, before: dict[str, int] = before, step: int = step) -> int:
                return max(before.get(each, 0) for each in names(alert_id, step))

            for row in rows:
                rank = RANK[row["severity"]]
                spoken = max(
                    (
                        known(one["alert_id"])
                        for one in rows
                        if one["incident_id"] == row["incident_id"]
                        and one["state"] in ("firing", "acknowledged", "stale")
                    ),
                    default=0,
                )
                held = row["inhibited_by"] or row["silenced_by"]
                expected = row["nature"] == "expected" and not row["is_safety"]
                asking = [each for each in rows_of.get(who, ()) if wants(each, row, now)]
                news = known(row["alert_id"]) < rank and (row["is_safety"] or spoken < rank)
                open_names = [each for each in names(row["alert_id"], step) if each in before]
                if row["state"] == "firing" and asking and not held and not expected:
                    if news:
                        told_as = max(open_names, default=row["alert_id"])
                        begun[who, told_as] += not open_names
                        waited = all(each.get("escalate_after_hours") for each in asking)
                        word = "escalated" if waited else "firing"
                        said.append((now, who, told_as, word, row["severity"], begun[who, told_as]))
                        listed[told_as] = rank
                elif row["state"] in ("resolved", "retired"):
                    for each in open_names:
                        said.append((now, who, each, "resolved", row["severity"], begun[who, each]))
                        del listed[each]
    return said


def names(alert_id: str, step: int) -> list[str]:
    others = JOINED.items() if step >= JOINED_AT else ()
    return [alert_id, *(old for old, new in others if new == alert_id)]


def run(project: Project, rows: list[dict[str, Any]], step: int) -> None:
    texts = [
        "model_version", "subject", "metric", "slice_name", "slice_value", "rule_id", "message",
        "likely_cause", "recommended_action", "runbook", "dashboard",
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for name in ("owner", "inhibited_by", "silenced_by", "decision"):
        frame[name] = frame[name].astype("str").where(frame[name].notna(), None)
    reasons = "'why' as action_reason, 'why not' as action_against"
    with project.connect() as connection:
        connection.execute(f'create schema if not exists "{project.schema}"')
        connection.register("frame", frame)
        more = ", ".join(f"'{name}' as {name}" for name in texts)
        connection.execute(
            f'create or replace table "{project.schema}".monitor_alerts as select *, {more},'
            " cast(detected_at as timestamp) as since, cast(null as timestamp) as resolved_at,"
            " 1.0::double as current_value, 0.5::double as baseline_value from frame"
        )
        connection.execute(
            f'create or replace table "{project.schema}".monitor_incidents as'
            f" select alert_id, 'others' as top_contributors, 'incident' as message, {reasons},"
            f" since, likely_cause, recommended_action"
            f" from \"{project.schema}\".monitor_alerts where alert_id < 'a075'"
        )
    present = {row["alert_id"] for row in rows}
    known = [(each, each) for each in sorted(present)]
    if step >= JOINED_AT:
        known += [(new, old) for old, new in JOINED.items() if new in present]
    known_as = pd.DataFrame(known, columns=["alert_id", "known_as"])
    with project.connect() as connection:
        connection.register("frame", known_as)
        connection.execute(
            f'create or replace table "{project.schema}".int_monitor__alert_names as from frame'
        )
    project.build(
        as_of=moment(step).isoformat(), select=["stg_monitor__contacts", "monitor_outbox"]
    )


def test_every_transition_is_told_once_to_whom_it_concerns(project: Project) -> None:
    runs = history(11)
    for step, rows in enumerate(runs):
        if step == UNNUMBERED_AT:
            project.execute(f"alter table {project.schema}.monitor_outbox drop column episode")
        run(project, rows, step)
        if step in (0, UNNUMBERED_AT):
            run(project, rows, step)  # again: nothing is told twice
    outbox = project.query(f"select * from monitor_outbox as outbox order by {IN_ORDER}")
    is_first = outbox["alert_id"] < "a075"
    assert set(outbox.loc[is_first, "message"]) == {"incident"}
    assert set(outbox.loc[~is_first, "message"]) == {"message"}
    assert outbox["transition_id"].is_unique
    found: dict[tuple[Receiver, str], list[tuple[Any, ...]]] = {}
    columns = [
        "contact_id", "channel", "address_variable", "alert_id", "as_of", "transition", "severity",
        "episode",
    ]  # fmt: skip
    for contact, channel, variable, alert, *word in outbox[columns].itertuples(index=False):
        found.setdefault(((contact, channel, variable), alert), []).append(tuple(word))
    # some of those that became one were open at their contacts, and some were told to be over and came back
    expected: dict[tuple[Receiver, str], list[tuple[Any, ...]]] = {}
    for as_of, who, alert, transition, severity, episode in machine(runs):
        number = episode if as_of >= moment(UNNUMBERED_AT) else None
        expected.setdefault((who, alert), []).append((as_of, transition, severity, number))
    assert set(found) == set(expected)
    for key, words in found.items():
        plain = [(*word[:3], None if pd.isna(word[3]) else int(word[3])) for word in words]
        assert plain == expected[key], key
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
