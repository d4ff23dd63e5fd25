"""From judgements to what people have in hand: runs, runs again, late data, silences, acks and kills, against
a machine that knows none of our SQL. Forty inputs in forty places, each with a story of its own, told over
a fortnight."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.alert_machine import Event, Life, lives, side_of
from ..harness.forked import Forks, Run
from ..harness.project_harness import Project
from ..harness.receivers import Receiver, Request, receiver
from .test_alert_lives import JUDGED, STATES, VERDICTS

pytestmark = pytest.mark.slow

PLACES, WINDOWS = 40, 14
START = datetime.fromisoformat("2026-03-01")
RULE = "slice_drift"
SILENT = "r00"  # the first ten, until the eighth day
SILENT_UNTIL = START + timedelta(days=8, hours=3)
RANK = {"warn": 2, "critical": 3}
WORDS = {rank: word for word, rank in RANK.items()}
CONTACTS = {"everyone": 2, "grave": 3}
# (as of, the first window judged, whether rows have come late): three days are judged again, the first of
# them without news
RUNS = [
    (3, 1, False), (5, 4, False), (6, 6, False), (6, 6, False), (8, 3, True), (8, 4, True),
    (10, 5, True), (10, 6, True), (12, 11, False), (14, 13, False),
]  # fmt: skip
MODELS = ["stg_monitor__contacts", "stg_monitor__silences", "int_monitor__prior_judgements",
          "int_monitor__breach_histories", "monitor_judgements+,+monitor_outbox"]  # fmt: skip


def day(number: int, hours: int = 0) -> datetime:
    return START + timedelta(days=number, hours=hours)


def place_of(number: int) -> str:
    return f"r{number:03}"


MONITOR: dict[str, Any] = {
    "name": "m",
    "predictions": {"source": ["logs", "scores"], "time": "at"},
    # one input each: what moves one of them in several places is one incident
    "features": {place_of(number): {"sql": "h"} for number in range(PLACES)},
    "slices": ["region"],
}


def alert_id(place: str, window_end: datetime) -> str:
    key = f"{RULE}|m|predictions|live|(all)|drift|{place}|psi|reference|day|region|{place}"
    about = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
    return hashlib.md5(f"{about}|{window_end}".encode(), usedforsecurity=False).hexdigest()


def told_runs(seed: int) -> list[tuple[datetime, pd.DataFrame]]:
    """What each run judges: for a place in three, late rows have made other days of what was."""
    generator = np.random.default_rng(seed)
    patience = generator.integers(1, 3, (PLACES, 2))
    words = ["clear", "near", "warn", "critical", "no_data"]
    states = {}
    for number in range(PLACES):
        state, stay = "clear", generator.uniform(0.2, 0.8)
        for window in range(1, WINDOWS + 1):
            if generator.random() > stay:
                state = str(generator.choice(words, p=[0.35, 0.05, 0.3, 0.2, 0.1]))
            states[number, window] = state
    found = []
    for until, since, is_late in RUNS:
        rows = []
        for number in range(PLACES):
            for window in range(since, until + 1):
                if is_late and number % 3 == 0 and generator.random() < 0.4:
                    states[number, window] = str(generator.choice(words[:4]))
                rows.append(
                    {
                        "place": place_of(number),
                        "window_end": day(window),
                        "state": states[number, window],
                        "for_windows": int(patience[number, 0]),
                        "clear_windows": int(patience[number, 1]),
                    }
                )
        frame = pd.DataFrame(rows)
        said = pd.DataFrame([STATES[state] for state in frame["state"]])
        found.append((day(until, 6), frame.assign(**{name: said[name] for name in said})))
    return found


# -- the machine


@dataclass(frozen=True)
class Alert:
    alert_id: str
    names: frozenset[str]
    place: str
    state: str
    severity: str


Word = tuple[str, str]  # transition and severity


@dataclass
class Machine:
    """What was judged, what people said, and what each contact has in hand."""

    events: dict[tuple[str, datetime, datetime], Event] = field(default_factory=dict)
    acked: dict[str, datetime] = field(default_factory=dict)
    hands: dict[str, dict[str, int]] = field(
        default_factory=lambda: {contact: {} for contact in CONTACTS}
    )
    # by contact and alert
    said: dict[tuple[str, str], list[Word]] = field(default_factory=dict)

    def say(self, contact: str, name: str, *word: str) -> None:
        transition, severity = word
        self.said.setdefault((contact, name), []).append((transition, severity))

    def judge(self, judgements: pd.DataFrame) -> None:
        """What is kept of the verdicts is another test's matter (test_alert_lives)."""
        self.events.clear()
        plain = judgements.astype(object).where(judgements.notna(), None)
        for row in plain.to_dict("records"):
            window, as_of = row["window_end"].to_pydatetime(), row["as_of"].to_pydatetime()
            self.events[row["slice_value"], window, as_of] = Event(
                window, as_of, row["outcome"], row["severity"], row["held_level"],
                row["for_windows"], row["clear_windows"],
            )  # fmt: skip

    def alerts(self) -> list[Alert]:
        found = []
        for place in map(place_of, range(PLACES)):
            story = [event for (where, _, _), event in self.events.items() if where == place]
            if not story:
                continue
            graver = lives(story, "critical")
            last = max(story, key=lambda event: (event.window_end, event.as_of))
            for life in lives(story, "warn"):
                assert life.first_known_as is not None
                names = frozenset(
                    alert_id(place, event.window_end)
                    for event in story
                    if side_of(event, "warn") == "breach"
                    and life.opened_at <= event.window_end <= life.last_seen_at
                )
                severity = "critical" if is_critical(life, graver) else "warn"
                state = "firing"
                if life.resolved_at is not None:
                    state = "resolved"
                elif life.fired_at is None:
                    state = "pending"
                elif last.outcome == "no_data":
                    state = "stale"
                elif names & self.acked.keys():
                    # who saw a warning did not see how grave it is now
                    seen_at = max(self.acked[each] for each in names & self.acked.keys())
                    is_seen = severity == "warn" or critical_at(life, graver) <= seen_at
                    state = "acknowledged" if is_seen else "firing"
                name = alert_id(place, life.first_known_as)
                found.append(Alert(name, names, place, state, severity))
        return found

    def tell(self, as_of: datetime) -> None:
        alerts = self.alerts()
        for contact, least in CONTACTS.items():
            hand = self.hands[contact]
            known = dict(hand)
            current = {name for alert in alerts for name in alert.names}
            for name in set(known) - current:
                self.say(contact, name, "resolved", WORDS[hand.pop(name)])
            for alert in alerts:
                held = sorted(alert.names & known.keys())
                rank = max((known[name] for name in held), default=0)
                is_silent = alert.place.startswith(SILENT) and as_of < SILENT_UNTIL
                if alert.state == "resolved":
                    for name in held:
                        self.say(contact, name, "resolved", alert.severity)
                        del hand[name]
                elif (
                    alert.state == "firing"
                    and not is_silent
                    and max(rank, least - 1) < RANK[alert.severity]
                ):
                    name = max(held, default=alert.alert_id)
                    self.say(contact, name, "firing", alert.severity)
                    hand[name] = RANK[alert.severity]


def is_critical(life: Life, graver: list[Life]) -> bool:
    """Ever, of what is over; else still, or about to be while it is not told at all."""
    within = [
        each
        for each in graver
        if each.opened_at >= life.opened_at
        and (life.resolved_at is None or each.opened_at < life.resolved_at)
    ]
    if life.resolved_at is not None:
        return any(each.fired_at is not None for each in within)
    return any(
        each.resolved_at is None and (each.fired_at is not None or life.fired_at is None)
        for each in within
    )


def critical_at(life: Life, graver: list[Life]) -> datetime:
    """The run that first found what is critical still."""
    return min(
        each.detected_at
        for each in graver
        if each.opened_at >= life.opened_at
        and each.resolved_at is None
        and each.fired_at is not None
    )


# -- the real thing


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    scores = pd.DataFrame({"at": [pd.Timestamp(START)] * 3, "h": [1.0, 2.0, 3.0], "region": "r"})
    contacts = pd.DataFrame(
        [
            {"contact_id": "everyone", "channel": "webhook", "address_variable": "MODEL_MONITOR_EVERYONE_HOOK"},
            {"contact_id": "grave", "channel": "webhook", "address_variable": "MODEL_MONITOR_GRAVE_HOOK",
             "severity": "critical"},
        ]
    )  # fmt: skip
    silences = pd.DataFrame(
        [{"silence_id": "s", "slice_value": f"{SILENT}*", "author": "ann",
          "until": pd.Timestamp(SILENT_UNTIL)}]
    )  # fmt: skip
    project = Project(
        tmp_path_factory.mktemp("lifecycle") / "project",
        [MONITOR],
        tables={"scores": scores, "contacts": contacts, "silences": silences},
        policy={name: {"source": ["logs", name]} for name in ("contacts", "silences")},
    )
    project.build(day(1).isoformat())
    return project


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as found:
        monkeypatch.setenv("MODEL_MONITOR_EVERYONE_HOOK", f"{found.url}/everyone")
        monkeypatch.setenv("MODEL_MONITOR_GRAVE_HOOK", f"{found.url}/grave")
        yield found


@pytest.fixture
def forks(project: Project, there: Receiver) -> Iterator[Forks]:
    """Processes of `model-monitor` that know where the receiver is."""
    with project.forks("model-monitor") as found:
        yield found


def run(project: Project, as_of: datetime, frame: pd.DataFrame) -> None:
    schema = project.schema
    judged = frame[["window_end"]].drop_duplicates()  # noqa: F841  (DuckDB reads it)
    frame = frame[frame["outcome"] != "no_data"].rename(columns={"place": "name"})
    verdicts = (
        VERDICTS.format(schema=schema)
        .replace("'(all)' as slice_name, '(all)' as slice_value", "'region' as slice_name, name as slice_value")
        .replace("'rule' as rule_id", f"'{RULE}' as rule_id")
    )  # fmt: skip
    with project.connect() as connection:
        for kind, name in connection.execute(
            "select case table_type when 'VIEW' then 'view' else 'table' end, table_name "
            f"from information_schema.tables where table_schema = '{schema}' and table_name in "
            "('int_monitor__verdicts', 'int_monitor__evaluated_windows')"
        ).fetchall():
            connection.execute(f"drop {kind} {schema}.{name}")
        connection.execute(verdicts)
        connection.execute(JUDGED.format(schema=schema, as_of=as_of))
    project.build(as_of=as_of.isoformat(), select=MODELS)


def ack(project: Project, alert: str, as_of: datetime) -> None:
    project.execute(
        f"insert into {project.schema}.monitor_audit (act_id, acted_at, author, act, alert_id) "
        f"values ('{alert}', '{as_of}', 'kim', 'ack', '{alert}')"
    )


def deliver(forks: Forks, there: Receiver, as_of: datetime, killed_at: int | None) -> None:
    """By a process that dies when the receiver has had so many words, and by one that does not."""
    asked = ["notify", "--as-of", as_of.isoformat(), "--fail-on", "none"]
    if killed_at is not None:
        runs: list[Run] = []
        known = len(there.requests)

        def kill(_: Request) -> None:
            if len(there.requests) - known == killed_at:
                os.killpg(runs[0].pid, signal.SIGKILL)

        there.arrived = kill
        runs.append(forks.start(*asked))
        assert runs[0].wait() in (0, -signal.SIGKILL)
        there.arrived = lambda _: None
    done = forks.start(*asked)
    assert done.wait() == 0, done.output()


def deliver_as_people_do(project: Project, as_of: datetime) -> None:
    program = [
        sys.executable, "-m", "model_monitor", "notify", *project.place(), "--as-of",
        as_of.isoformat(), "--fail-on", "none",
    ]  # fmt: skip
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def received(there: Receiver) -> tuple[dict[tuple[str, str], list[Word]], int]:
    """What a receiver that drops what it has seen has, as it came, and how often it had to."""
    seen: dict[tuple[str, str], tuple[str, Word]] = {}
    for request in there.requests:
        word = request.json
        told = (word["alert_id"], (word["transition"], word["severity"]))
        key = (request.path.strip("/"), request.headers["Idempotency-Key"])
        assert seen.setdefault(key, told) == told
    by_alert: dict[tuple[str, str], list[Word]] = {}
    for (contact, _), (alert, said) in seen.items():
        by_alert.setdefault((contact, alert), []).append(said)
    return by_alert, len(there.requests) - len(seen)


def test_nothing_is_told_twice_or_lost(
    project: Project, here: Path, there: Receiver, forks: Forks
) -> None:
    machine = Machine()
    generator = np.random.default_rng(5)
    repeated_at_most = 0
    for number, (as_of, frame) in enumerate(told_runs(21)):
        run(project, as_of, frame)
        machine.judge(project.frame("monitor_judgements"))
        found = project.frame("monitor_alerts")
        expected = sorted((a.alert_id, a.place, a.state, a.severity) for a in machine.alerts())
        columns = ["alert_id", "slice_value", "state", "severity"]
        assert sorted(found[columns].itertuples(index=False, name=None)) == expected, number
        machine.tell(as_of)
        killed_at = int(generator.integers(1, 5)) if number % 2 else None
        # of what was sent before a kill nothing may be written down yet
        repeated_at_most += 0 if killed_at is None else killed_at + len(CONTACTS)
        if number == 0:
            deliver_as_people_do(project, as_of)
        else:
            deliver(forks, there, as_of, killed_at)
        words, again = received(there)
        assert words == machine.said, number
        assert again <= repeated_at_most
        for alert in machine.alerts():
            # some of what is told is seen, under any name that it was told by
            if alert.state == "firing" and generator.random() < 0.2:
                name = sorted(alert.names)[0]
                ack(project, name, as_of)
                machine.acked[name] = as_of
    kinds = Counter(word for words in machine.said.values() for word in words)
    assert min(kinds.values()) > 5, kinds
    assert len(kinds) == 4
    states = Counter(alert.state for alert in machine.alerts())
    assert {"resolved", "firing", "acknowledged"} <= set(states), states
    # told to be over and told anew
    again = [words for words in machine.said.values() if ("resolved" in dict(words[:-1]))]
    assert len(again) > 1
