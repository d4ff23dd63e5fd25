"""What must be told to whom, over generated histories, against a step-by-step machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .project_harness import Project

ALERTS, STEPS = 150, 9
START = pd.Timestamp("2026-03-01").to_pydatetime()
RANK = {"warn": 2, "critical": 3}
WORDS = {rank: word for word, rank in RANK.items()}
# two alerts, of which late rows make one
JOINED, JOINED_AT = {f"a{one:03}": f"a{one + 1:03}" for one in range(110, 150, 2)}, 5
CONTACTS = [
    {"contact_id": "everything", "channel": "webhook", "address_variable": "A"},
    {"contact_id": "grave", "severity": "critical", "channel": "pagerduty", "address_variable": "B"},
    {"contact_id": "shop", "monitor": "shop_*", "channel": "slack", "address_variable": "C"},
    {"contact_id": "credit", "owner": "credit,risk", "channel": "slack", "address_variable": "D"},
    {
        "contact_id": "boss", "channel": "webhook", "address_variable": "E",
        "escalate_after_hours": 30.0,
    },
]  # fmt: skip
COLUMNS = [
    "contact_id", "monitor", "owner", "severity", "channel", "address_variable",
    "escalate_after_hours", "valid_from",
]  # fmt: skip
# late rows show that they never were
VANISHED, VANISHED_AT = {f"a{one:03}" for one in range(100, 110)}, 6


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    contacts = pd.DataFrame(CONTACTS).reindex(columns=COLUMNS)
    later = {"contact_id": "everything", "channel": "slack", "valid_from": "2027-01-01"}
    contacts = pd.concat([contacts, pd.DataFrame([later])], ignore_index=True)
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
            + timedelta(days=int(generator.integers(0, STEPS if number < 110 else 3))),
            "is_safety": bool(generator.random() < 0.1),
            # the first hundred are of incidents of four
            "incident_id": f"i{number // 4 if number < 100 else number:03}",
        }
        for number in range(ALERTS)
    ]
    found = []
    for step in range(STEPS):
        rows = []
        for alert in alerts:
            if alert["detected_at"] > START + timedelta(days=step):
                continue
            if step >= JOINED_AT and alert["alert_id"] in JOINED:
                continue
            if step >= VANISHED_AT and alert["alert_id"] in VANISHED:
                continue
            states = ["firing", "acknowledged", "resolved", "retired", "stale", "pending"]
            rows.append(
                {
                    **alert,
                    "state": str(generator.choice(states, p=[0.5, 0.1, 0.2, 0.05, 0.05, 0.1])),
                    "severity": str(generator.choice(["warn", "critical"], p=[0.7, 0.3])),
                    "inhibited_by": "another" if generator.random() < 0.2 else None,
                    "silenced_by": "somebody" if generator.random() < 0.15 else None,
                    "nature": "expected" if generator.random() < 0.15 else "incident",
                }
            )
        found.append(rows)
    return found


def fits(word: str | None, pattern: str | None) -> bool:
    if not pattern:
        return True
    if pattern.endswith("*"):
        return (word or "").startswith(pattern[:-1])
    return (word or "") in pattern.split(",")


def machine(runs: list[list[dict[str, Any]]]) -> list[tuple[int, str, str, str, str]]:
    """(run, alert, contact, transition, severity), by hand: each contact has a list of what is open."""
    lists: dict[str, dict[str, int]] = {contact["contact_id"]: {} for contact in CONTACTS}
    said: list[tuple[int, str, str, str, str]] = []
    for step, rows in enumerate(runs):
        now = START + timedelta(days=step, hours=6)
        for contact in CONTACTS:
            name = contact["contact_id"]
            listed = lists[name]
            before = dict(listed)
            patience = contact.get("escalate_after_hours") or 0.0
            gone = VANISHED & set(before) if step >= VANISHED_AT else ()
            said += [(step, each, name, "resolved", WORDS[listed.pop(each)]) for each in gone]

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
                meant = (
                    fits(row["monitor"], contact.get("monitor"))
                    and fits(row["owner"], contact.get("owner"))
                    and rank >= RANK[contact.get("severity", "warn")]
                )
                late = now - row["detected_at"] >= timedelta(hours=patience)
                news = known(row["alert_id"]) < rank and (row["is_safety"] or spoken < rank)
                open_names = [each for each in names(row["alert_id"], step) if each in before]
                if row["state"] == "firing" and meant and not held and not expected:
                    if news and late:
                        told_as = max(open_names, default=row["alert_id"])
                        word = "escalated" if patience else "firing"
                        said.append((step, told_as, name, word, row["severity"]))
                        listed[told_as] = rank
                elif row["state"] in ("resolved", "retired"):
                    for each in open_names:
                        said.append((step, each, name, "resolved", row["severity"]))
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
    for name in ("owner", "inhibited_by", "silenced_by"):
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
    as_of = (START + timedelta(days=step, hours=6)).isoformat()
    project.build(as_of=as_of, select=["stg_monitor__contacts", "monitor_outbox"])


def test_every_transition_is_told_once_to_whom_it_concerns(project: Project) -> None:
    runs = history(11)
    for step, rows in enumerate(runs):
        run(project, rows, step)
        if step % 3 == 0:
            run(project, rows, step)  # again: nothing is told twice
    outbox = project.frame("monitor_outbox")
    is_first = outbox["alert_id"] < "a075"
    assert set(outbox.loc[is_first, "message"]) == {"incident"}
    assert set(outbox.loc[~is_first, "message"]) == {"message"}
    assert outbox["transition_id"].is_unique
    days = (pd.to_datetime(outbox["as_of"]) - pd.Timestamp(START)).dt.days
    columns = ["alert_id", "contact_id", "transition", "severity"]
    # some of those that became one were open at their contacts, and some were told to be over and came back
    found = sorted(zip(days, *(outbox[name] for name in columns), strict=True))
    expected = sorted(machine(runs))
    assert found == expected
    kinds = outbox["transition"].value_counts()
    assert kinds.min() > 40, kinds
    assert set(outbox["contact_id"]) == {contact["contact_id"] for contact in CONTACTS}
    assert set(outbox.loc[outbox["contact_id"] == "everything", "channel"]) == {"webhook"}
