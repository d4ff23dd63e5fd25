"""What waits, in which order, and what becomes of it: by hand, without a project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from model_monitor.delivery import deliver as delivering
from model_monitor.delivery.deliver import Delivered, Plan, deliver
from model_monitor.delivery.http import Http
from model_monitor.delivery.notification import Notification
from model_monitor.delivery.outbox import WAITING, Contacts, now
from model_monitor.output import Output

from ..harness.receivers import Receiver, receiver
from .test_channels import word

OUTBOX = """
create table outbox as select *, 'm' as monitor from (values
    ('b1', 'b', 'warn', 'firing', timestamp '2026-05-01', null, 'webhook', 'ann'),
    -- one day that was looked at three times: it is over, it is not, it is graver, it is over
    ('zz', 'a', 'warn', 'firing', timestamp '2026-05-01', 1, 'alertmanager', 'ann'),
    ('z9', 'a', 'warn', 'resolved', timestamp '2026-05-02', 1, 'alertmanager', 'bob'),
    ('y1', 'a', 'warn', 'firing', timestamp '2026-05-02', 2, 'alertmanager', 'bob'),
    ('x1', 'a', 'critical', 'firing', timestamp '2026-05-02', 2, 'alertmanager', 'cleo'),
    ('a0', 'a', 'critical', 'resolved', timestamp '2026-05-02', 2, 'alertmanager', null),
    ('c1', 'c', 'warn', 'firing', timestamp '2026-05-03', 1, 'alertmanager', null),
    ('d1', 'd', 'warn', 'firing', timestamp '2026-05-03', 1, 'webhook', null),
    ('e1', 'e', 'warn', 'firing', timestamp '2026-05-03', 1, 'webhook', null),
    -- of two channels of one contact, as they were written before
    ('f1', 'f', 'warn', 'firing', timestamp '2026-05-04', null, 'slack', null),
    ('f1', 'f', 'warn', 'firing', timestamp '2026-05-04', null, 'webhook', null)
) as rows (transition_id, alert_id, severity, transition, as_of, episode, channel, owner)
cross join (select 'team' as contact_id, 'X' as address_variable) as contacts
"""


def waiting_after(*deliveries: tuple[str, str, str]) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(OUTBOX)
        connection.execute(
            "create table deliveries (transition_id varchar, channel varchar, status varchar)"
        )
        for row in deliveries:
            connection.execute("insert into deliveries values (?, ?, ?)", row)
        found = connection.sql(WAITING.format(outbox="outbox", deliveries="deliveries"))
        return found.select("transition_id", "channel", "first_owner", "was_sent").fetchall()


def test_words_of_one_run_go_out_as_they_were_said() -> None:
    found = waiting_after()
    assert [row[0] for row in found if row[0] in ("zz", "z9", "y1", "x1", "a0")] == [
        "zz", "z9", "y1", "x1", "a0",
    ]  # fmt: skip
    # by the labels under which it began
    assert {row[0]: row[2] for row in found if row[0] in ("z9", "x1", "a0")} == {
        "z9": "ann", "x1": "bob", "a0": "bob",
    }  # fmt: skip


def test_what_is_settled_waits_no_more_and_what_stands_is_repeated() -> None:
    found = waiting_after(
        ("zz", "alertmanager", "sent"), ("z9", "alertmanager", "sent"),
        ("y1", "alertmanager", "refused"), ("x1", "alertmanager", "sent"),
        ("c1", "alertmanager", "sent"), ("d1", "webhook", "skipped"), ("e1", "webhook", "failed"),
        ("b1", "webhook", "sent"), ("f1", "slack", "sent"),
    )  # fmt: skip
    assert [(row[0], row[1], row[3]) for row in found] == [
        ("a0", "alertmanager", 0), ("c1", "alertmanager", 1), ("e1", "webhook", 0),
        ("f1", "webhook", 0),
    ]  # fmt: skip


class Ledger:
    """What would be written down, and by it what still waits."""

    def __init__(self, words: list[Notification], contacts: Contacts) -> None:
        self.words, self.contacts = words, contacts
        self.rows: list[tuple[str, str]] = []
        self.until: dict[tuple[str, str], datetime] = {}

    def planned(self, _: Any) -> Plan:
        settled = {name for name, status in self.rows if status != "failed"}
        words = [each for each in self.words if each.transition_id not in settled]
        paused = {who: moment for who, moment in self.until.items() if moment > now()}
        return Plan(self.contacts, words, paused, {})

    def write(self, _: Any, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self.rows.append((row["transition_id"], row["status"]))
            if "not_before" in row:
                self.until[row["contact_id"], row["channel"]] = row["not_before"]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def a_run(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, **environment: str
) -> tuple[Delivered, list[tuple[str, str]]]:
    """One more run; what it wrote down."""
    known = len(ledger.rows)
    monkeypatch.setattr(delivering, "planned", ledger.planned)
    monkeypatch.setattr(delivering, "write", ledger.write)
    warehouse = SimpleNamespace(held=lambda *_: nullcontext())
    project: Any = SimpleNamespace(
        config=lambda: {"address_prefixes": ["MODEL_MONITOR_"]}, warehouse=warehouse
    )
    http = Http(sleep=lambda _: None)
    done = deliver(project, Output(), http=http, environment=environment)
    return done, ledger.rows[known:]


def said(
    name: str, contact: str, transition: str = "firing", channel: str = "webhook"
) -> Notification:
    about = word(channel, transition, transition_id=name)
    return replace(
        about,
        transition_id=name,
        contact_id=contact,
        address_variable=f"MODEL_MONITOR_{contact.upper()}",
    )


def among(*words: Notification) -> Contacts:
    return Contacts({each.receiver for each in words})


def test_a_word_that_is_refused_is_said_once(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.answers = [400, 200]
    words = [said("t1", "team"), said("t2", "team")]
    ledger = Ledger(words, among(*words))
    done, rows = a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)
    assert rows == [("t1", "refused"), ("t2", "sent")]
    assert done.as_json() == {
        "sent": 1, "digested": 0, "failed": {"team": "webhook: HTTP 400"}, "skipped": {},
        "waiting": 0, "notices": ["team: the webhook is not signed: set MODEL_MONITOR_TEAM_SECRET"],
    }  # fmt: skip
    done, rows = a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)
    assert (rows, done.failed, len(there.requests)) == ([], {}, 2)


def test_a_receiver_that_asks_for_an_hour_has_it(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs in between leave it alone, and the others of the contact and of everybody."""
    there.answers, there.retry_after = [429, 200], "3600"
    words = [said("t1", "team"), said("t2", "boss"), said("t3", "team", channel="slack")]
    ledger = Ledger(words[:1], among(*words))
    assert a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)[1] == [("t1", "failed")]
    ledger.words.extend(words[1:])
    done, rows = a_run(
        ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url, MODEL_MONITOR_BOSS=there.url
    )
    assert sorted(rows) == [("t2", "sent"), ("t3", "sent")]
    assert "webhook: receiver asked to wait until " in done.failed["team"]
    assert (done.sent, done.waiting, len(there.requests)) == (2, 1, 3)
    ledger.until = dict.fromkeys(ledger.until, now() - timedelta(seconds=1))
    assert a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)[1] == [("t1", "sent")]


def test_a_routing_key_can_be_put_right(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    there.answers = [400, 202]
    ledger = Ledger([about := said("t1", "duty", channel="pagerduty")], among(about))
    environment = {"MODEL_MONITOR_DUTY": "key", "MODEL_MONITOR_PAGERDUTY_URL": there.url}
    assert a_run(ledger, monkeypatch, **environment)[1] == [("t1", "failed")]
    assert a_run(ledger, monkeypatch, **environment)[1] == [("t1", "sent")]


def test_whoever_is_no_contact_any_more_is_told_what_is_over(
    there: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        said("t1", "left"), said("t2", "left", "resolved"), said("t3", "gone", "resolved"),
        said("t4", "here"),
    ]  # fmt: skip
    ledger = Ledger(words, among(words[-1]))
    done, rows = a_run(
        ledger, monkeypatch, MODEL_MONITOR_LEFT=there.url, MODEL_MONITOR_HERE=there.url
    )
    assert sorted(rows) == [("t1", "skipped"), ("t2", "sent"), ("t3", "skipped"), ("t4", "sent")]
    assert done.as_json() == {
        "sent": 2,
        "digested": 0,
        "failed": {},
        "skipped": {"left": 1, "gone": 1},
        "waiting": 0,
        "notices": ["here: the webhook is not signed: set MODEL_MONITOR_HERE_SECRET"],
    }
    delivering.show(done, Output())
    assert "not sent  left: no longer a contact (1)" in capsys.readouterr().out
    assert a_run(ledger, monkeypatch)[0] == Delivered()


def test_without_any_contacts_words_are_kept(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger([about := said("t1", "team")], Contacts())
    done, rows = a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)
    assert (rows, done.waiting, done.failed) == ([], 1, {})
    ledger.contacts = among(about)
    assert a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)[1] == [("t1", "sent")]


def test_an_unset_variable_is_asked_for_again(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger([about := said("t1", "team")], among(about))
    for _ in range(2):
        done, rows = a_run(ledger, monkeypatch)
        assert rows == [("t1", "failed")]
        assert done.failed == {
            "team": "webhook: the environment variable MODEL_MONITOR_TEAM is not set"
        }
    assert a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)[1] == [("t1", "sent")]


def test_a_row_that_is_not_understood_is_said_in_every_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contacts = Contacts({("pager", "slack", "P")}, [("pager", "severity: unknown. Got: page.")])
    done, _ = a_run(Ledger([], contacts), monkeypatch)
    assert done.failed == {"pager": "severity: unknown. Got: page."}


def test_one_channel_of_a_contact_keeps_the_other_going(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = replace(said("t1", "team", channel="slack"), address_variable="MODEL_MONITOR_SLACK")
    words = [dead, replace(dead, transition_id="t2"), said("t3", "team")]
    ledger = Ledger(words, among(*words))
    done, rows = a_run(ledger, monkeypatch, MODEL_MONITOR_TEAM=there.url)
    assert sorted(rows) == [("t1", "failed"), ("t3", "sent")]
    assert done.waiting == 2


def test_what_stands_in_an_alertmanager_is_repeated_and_not_written_down(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = replace(said("t1", "ops", channel="alertmanager"), is_repeat=True)
    ledger = Ledger([again], among(again))
    done, rows = a_run(ledger, monkeypatch, MODEL_MONITOR_OPS=there.url)
    assert (rows, done.sent, done.waiting, len(there.requests)) == ([], 0, 0, 1)
    # it may have forgotten what stood: that it is not there is said
    done, rows = a_run(ledger, monkeypatch, MODEL_MONITOR_OPS="http://127.0.0.1:9")
    assert (rows, list(done.failed)) == ([], ["ops"])
    ledger.contacts = among(said("t9", "somebody"))
    assert a_run(ledger, monkeypatch, MODEL_MONITOR_OPS=there.url)[0] == Delivered()
    assert len(there.requests) == 1
