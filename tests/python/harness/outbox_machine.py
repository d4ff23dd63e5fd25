"""What must be told to whom, step by step: what the SQL of monitor_outbox must agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

START = pd.Timestamp("2026-03-01").to_pydatetime()
RANK = {"warn": 2, "critical": 3}
WORDS = {rank: word for word, rank in RANK.items()}
# who hears it: contact, channel, variable
Receiver = tuple[str, str, str]
# (run, receiver, alert, transition, severity, episode)
Said = tuple[datetime, Receiver, str, str, str, int]
CONTACTS: list[dict[str, Any]] = [
    {"contact_id": "everything", "channel": "webhook", "address_variable": "MODEL_MONITOR_A"},
    {"contact_id": "everything", "channel": "slack", "address_variable": "MODEL_MONITOR_A",
     "valid_from": START + timedelta(days=300)},
    {"contact_id": "grave", "severity": "critical", "channel": "pagerduty", "address_variable": "MODEL_MONITOR_B"},
    # two rows of one receiver
    {"contact_id": "shop", "monitor": "shop_*", "channel": "slack", "address_variable": "MODEL_MONITOR_C"},
    {"contact_id": "shop", "owner": "risk", "channel": "slack", "address_variable": "MODEL_MONITOR_C"},
    {"contact_id": "credit", "owner": "credit,risk", "channel": "slack", "address_variable": "MODEL_MONITOR_D"},
    {"contact_id": "boss", "channel": "webhook", "address_variable": "MODEL_MONITOR_E",
     "escalate_after_hours": 30.0},
    {"contact_id": "head", "severity": "critical", "channel": "webhook", "address_variable": "MODEL_MONITOR_F",
     "escalate_after_hours": 20.0},
    # two receivers of one name
    {"contact_id": "team", "channel": "slack", "address_variable": "MODEL_MONITOR_G"},
    {"contact_id": "team", "channel": "pagerduty", "address_variable": "MODEL_MONITOR_H"},
    # another channel, and another secret, from the third day on
    {"contact_id": "mover", "channel": "slack", "address_variable": "MODEL_MONITOR_I"},
    {"contact_id": "mover", "channel": "pagerduty", "address_variable": "MODEL_MONITOR_J",
     "valid_from": START + timedelta(days=3)},
]  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What a run finds: alerts, and every name by which one was ever told to the one that it is now."""

    now: datetime
    rows: list[dict[str, Any]]
    known_as: dict[str, str]

    def names(self, alert_id: str) -> list[str]:
        return [old for old, new in self.known_as.items() if new == alert_id]


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


def machine(steps: Sequence[Step]) -> list[Said]:
    """What is said, step by step: each receiver has a list of what is open."""
    lists: dict[Receiver, dict[str, int]] = {}
    begun: Counter[tuple[Receiver, str]] = Counter()
    said: list[Said] = []
    told_from: dict[tuple[Receiver, str], datetime] = {}
    for step in steps:
        now, rows = step.now, step.rows
        rows_of = receivers(now)
        # a run again says no more than the run
        told = {
            each for who, listed in lists.items() for each in listed if told_from[who, each] < now
        }
        heard = {
            row["incident_id"]
            for row in rows
            if row["state"] in ("firing", "acknowledged", "stale")
            and not told.isdisjoint(step.names(row["alert_id"]))
        }
        for who in {*lists, *rows_of}:
            listed = lists.setdefault(who, {})
            before = dict(listed)
            gone = set(before) - set(step.known_as)
            said += [
                (now, who, each, "resolved", WORDS[listed.pop(each)], begun[who, each])
                for each in gone
            ]

            def known(alert_id: str, before: dict[str, int] = before, step: Step = step) -> int:
                return max(before.get(each, 0) for each in step.names(alert_id))

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
                if row["state"] == "stale":
                    is_waited_for = not row["is_answered"] and row["incident_id"] in heard
                    asking = [
                        each
                        for each in asking
                        if each.get("escalate_after_hours") and is_waited_for
                    ]
                news = known(row["alert_id"]) < rank and (row["is_safety"] or spoken < rank)
                open_names = [each for each in step.names(row["alert_id"]) if each in before]
                if row["state"] in ("firing", "stale") and asking and not held and not expected:
                    if news:
                        told_as = max(open_names, default=row["alert_id"])
                        begun[who, told_as] += not open_names
                        if not open_names:
                            told_from[who, told_as] = now
                        waited = all(each.get("escalate_after_hours") for each in asking)
                        word = "escalated" if waited else "firing"
                        said.append((now, who, told_as, word, row["severity"], begun[who, told_as]))
                        listed[told_as] = rank
                elif row["state"] in ("resolved", "retired"):
                    for each in open_names:
                        said.append((now, who, each, "resolved", row["severity"], begun[who, each]))
                        del listed[each]
    return said
