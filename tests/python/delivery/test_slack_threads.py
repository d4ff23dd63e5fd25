"""Slack with a bot: one message per alert, whose thread has the rest, whatever fails in between."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor.delivery.channels import unreachable
from model_monitor.delivery.deliver import Delivered, deliver
from model_monitor.delivery.dispatch import Limits
from model_monitor.delivery.http import Http
from model_monitor.output import Output

from ..harness import outbox_driver
from ..harness.outbox_driver import LIMITS, STEPS
from ..harness.outbox_project import OutboxProject
from ..harness.project_harness import ROOT
from ..harness.receivers import Receiver, receiver
from ..harness.slack_workspace import CHANNEL, TOKEN, Workspace, headline, refused


@dataclass
class Place:
    """A channel of Slack, and a project with one contact there."""

    slack: Workspace
    there: Receiver
    project: OutboxProject
    naps: list[float]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "MODEL_MONITOR_CHAT": CHANNEL,
            "MODEL_MONITOR_SLACK_TOKEN": TOKEN,
            "MODEL_MONITOR_SLACK_URL": f"{self.there.url}/api",
        }

    def run(self, limits: Limits = LIMITS, **more: str) -> Delivered:
        project: Any = self.project
        http = Http(sleep=self.naps.append, timeout=(1.0, 1.0))
        environment = {**self.environment, **more}
        return deliver(project, Output(), 1.0, http=http, environment=environment, limits=limits)

    def threads(self) -> list[tuple[str, str]]:
        """What was written down: the transition, and the name of its thread."""
        rows = self.project.query(
            "select transition_id, thread_id from monitor_deliveries where status = 'sent' "
            "order by transition_id"
        )
        return [(str(transition), str(thread)) for transition, thread in rows]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    slack = Workspace()
    project = OutboxProject(tmp_path / "outbox.duckdb")
    project.make(("chat", "slack"))
    with receiver(answering=slack.answer) as there:
        yield Place(slack, there, project, [])


def critical(place: Place, number: int) -> None:
    """The alert of this number becomes critical."""
    place.project.say(number, number + 1, "firing", day=1)
    place.project.query(
        "update monitor_outbox set severity = 'critical', transition_id = transition_id || '-critical' "
        "where as_of = timestamp '2026-05-02'"
    )


def test_an_alert_is_one_message_and_its_thread(place: Place) -> None:
    place.project.say(0, 2)
    assert place.run().failed == {}
    first, other = place.slack.messages
    critical(place, 0)
    assert place.run().failed == {}
    place.project.say(0, 1, "resolved", day=2)
    assert place.run().failed == {}

    calls = ["chat.postMessage"] * 2 + ["chat.update", "chat.postMessage"] * 2
    assert place.slack.calls == calls
    assert len(place.slack.first()) == 2
    # the message says how it is now, and keeps what it was about
    assert headline(place.slack.messages[first]) == "🟢 [resolved] shop_0 v1"
    assert place.slack.messages[first]["text"].startswith("[resolved] shop income drifted")
    assert headline(place.slack.messages[other]) == "🟠 [warn] shop_1 v1"
    assert "warn" in str(place.slack.messages[first]["blocks"][1])
    more_severe, over = place.slack.replies(first)
    assert headline(more_severe) == "🔴 [critical] shop_0 v1"
    assert headline(over) == "🟢 [resolved] shop_0 v1"
    # only what asks for somebody is shown to the channel
    assert (more_severe["reply_broadcast"], over["reply_broadcast"]) == (True, False)
    assert dict(place.threads()) == {
        "chat-firing-0": f"{CHANNEL}:{first}",
        "chat-firing-0-critical": f"{CHANNEL}:{first}",
        "chat-firing-1": f"{CHANNEL}:{other}",
        "chat-resolved-0": f"{CHANNEL}:{first}",
    }
    for request in place.there.requests:
        assert request.json["channel"] == CHANNEL
        assert TOKEN not in request.content.decode()


def test_in_one_run_too(place: Place) -> None:
    place.project.say(0, 1)
    place.project.say(0, 1, "resolved", day=1)
    assert place.run().failed == {}
    [first] = [name for name, each in place.slack.messages.items() if "thread_ts" not in each]
    assert [headline(each) for each in place.slack.replies(first)] == ["🟢 [resolved] shop_0 v1"]
    assert {thread for _, thread in place.threads()} == {f"{CHANNEL}:{first}"}


def test_a_second_episode_is_another_message(place: Place) -> None:
    place.project.say(0, 1)
    place.project.say(0, 1, "resolved", day=1)
    place.run()
    place.project.say(0, 1, day=2)
    place.project.query(
        "update monitor_outbox set episode = 2, transition_id = transition_id || '-2' "
        "where as_of = timestamp '2026-05-03'"
    )
    place.run()
    assert [headline(each) for each in place.slack.first()] == [
        "🟢 [resolved] shop_0 v1", "🟠 [warn] shop_0 v1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lost", ["no ts", "strange ts", "deleted", "another channel", "webhook before"]
)
def test_without_its_thread_a_message_stands_alone(place: Place, lost: str) -> None:
    place.project.say(0, 1)
    if lost.endswith("ts"):
        place.slack.refusals = [{"ok": True, **({"ts": 17.5} if lost == "strange ts" else {})}]
    if lost == "webhook before":
        assert place.run(MODEL_MONITOR_CHAT=f"{place.there.url}/hook").failed == {}
        assert place.threads() == [("chat-firing-0", "None")]
    else:
        assert place.run().failed == {}
    place.slack.messages.clear()
    now = {"MODEL_MONITOR_CHAT": "C0OTHER99"} if lost == "another channel" else {}
    place.project.say(0, 1, "resolved", day=1)
    assert place.run(**now).failed == {}
    [message] = place.slack.first()
    assert headline(message) == "🟢 [resolved] shop_0 v1"
    assert len(place.slack.messages) == 1


def test_a_refused_update_keeps_no_reply_waiting(place: Place) -> None:
    place.project.say(0, 1)
    place.run()
    place.slack.refusals = [refused("edit_window_closed")]
    place.project.say(0, 1, "resolved", day=1)
    assert place.run().failed == {}
    [first, reply] = place.slack.messages.values()
    assert headline(first).startswith("🟠")
    assert headline(reply).startswith("🟢")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("not_in_channel", "slack: not_in_channel. Invite the bot to the channel"),
        ("invalid_auth", "slack: invalid_auth. Check MODEL_MONITOR_SLACK_TOKEN"),
        ("missing_scope", "slack: missing_scope. The bot needs the scope chat:write"),
        ("internal_error", "slack: internal_error"),
        (f"{TOKEN} <b>", "slack: an unknown error"),
    ],
)
def test_slack_refuses_with_http_200(place: Place, code: str, problem: str) -> None:
    place.project.say(0, 2)
    place.slack.refusals = [refused(code)]
    done = place.run()
    assert done.failed == {"chat": problem}
    assert (done.sent, done.waiting) == (0, 2)
    assert place.project.statuses() == {("chat", "failed"): 1}
    # and once it is mended everything is there
    assert place.run().failed == {}
    assert len(place.slack.first()) == 2


def test_a_refused_layout_is_sent_as_text_and_refused_content_once(place: Place) -> None:
    place.project.say(0, 3)
    place.slack.refusals = [refused("invalid_blocks"), None, *[refused("msg_too_long")] * 2, None]
    done = place.run()
    assert done.failed == {"chat": "slack: msg_too_long"}
    assert (done.sent, done.waiting) == (2, 0)
    assert place.project.statuses() == {("chat", "refused"): 1, ("chat", "sent"): 2}
    text, whole = place.slack.messages.values()
    assert "blocks" not in text
    assert "severity: warn" in text["text"]
    assert "blocks" in whole


@pytest.mark.parametrize("broken", [200, {"hello": "world"}, {"ok": "yes"}])
def test_what_is_no_answer_of_slack_is_posted_again(place: Place, broken: Any) -> None:
    place.project.say(0, 1)
    place.slack.refusals = [broken]
    done = place.run()
    assert (done.sent, list(done.failed)) == (0, ["chat"])
    assert place.run().sent == 1


def test_what_may_pass_is_tried_again_and_a_pause_is_kept(place: Place) -> None:
    place.there.retry_after = "3"
    place.project.say(0, 1)
    place.slack.refusals = [429, 503, None]
    assert place.run().failed == {}
    assert place.naps == [3.0, 4.0]
    place.there.retry_after = "600"
    place.project.say(0, 1, "resolved", day=1)
    place.slack.refusals = [429]
    done = place.run()
    assert done.failed == {"chat": "slack: HTTP 429"}
    calls = len(place.slack.calls)
    # the next run does not even ask
    assert "receiver asked to wait until" in place.run().failed["chat"]
    assert len(place.slack.calls) == calls
    place.project.query("update monitor_deliveries set not_before = null")
    assert place.run().failed == {}
    assert [headline(each) for each in place.slack.first()] == ["🟢 [resolved] shop_0 v1"]


@pytest.mark.parametrize("answer", ["dripping", "endless"])
def test_an_answer_without_an_end_is_given_up(place: Place, answer: str) -> None:
    place.project.say(0, 2)
    place.slack.refusals = [answer]
    done = place.run(Limits(request=0.7))
    assert done.failed == {"chat": "slack: no answer within 1 seconds"}
    assert place.run().failed == {}
    assert len(place.slack.first()) == 2


def test_beyond_thirty_a_digest_stands_alone(place: Place) -> None:
    place.project.say(0, 40)
    done = place.run(Limits())
    assert (done.sent, done.digested) == (30, 10)
    assert len(place.slack.first()) == 31
    assert sum(thread != "None" for _, thread in place.threads()) == 30


def test_a_token_goes_nowhere_in_plain_text(place: Place) -> None:
    place.project.say(0, 1)
    done = place.run(MODEL_MONITOR_SLACK_URL="http://slack.example.com/api")
    assert "is plain http" in done.failed["chat"]
    assert place.there.requests == []
    assert place.project.statuses() == {("chat", "failed"): 1}


def test_a_channel_without_a_token_is_reported_before_anything_is_sent() -> None:
    known = {"MODEL_MONITOR_CHAT": CHANNEL}
    problem = unreachable("slack", "MODEL_MONITOR_CHAT", known)
    assert problem is not None
    assert "MODEL_MONITOR_SLACK_TOKEN is not set" in problem
    assert (
        unreachable("slack", "MODEL_MONITOR_CHAT", {**known, "MODEL_MONITOR_SLACK_TOKEN": "x"})
        is None
    )
    assert unreachable("webhook", "MODEL_MONITOR_CHAT", known) is None


def test_a_table_without_the_column_gets_messages_without_threads(place: Place) -> None:
    place.project.query("alter table monitor_deliveries drop column thread_id")
    place.project.say(0, 1)
    assert place.run().failed == {}
    place.project.say(0, 1, "resolved", day=1)
    assert place.run().failed == {}
    assert place.slack.calls == ["chat.postMessage"] * 2
    assert place.project.statuses() == {("chat", "sent"): 2}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("transition", ["firing", "resolved"])
def test_whatever_step_is_the_last_nothing_is_lost(
    place: Place, step: str, transition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.project.say(0, 3)
    if transition == "resolved":
        assert place.run().failed == {}
        place.project.say(0, 3, "resolved", day=1)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "python"), str(ROOT)]))
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([outbox_driver.__name__])
    driver = processes.Process(
        target=outbox_driver.main, args=(str(place.project.file), step, place.environment)
    )
    driver.start()
    driver.join(60)
    assert driver.exitcode in (-signal.SIGKILL, 0)
    assert place.run().failed == {}
    if transition == "firing":
        place.project.say(0, 3, "resolved", day=1)
        assert place.run().failed == {}
    # each alert has a message, and its thread says that it is over
    over = Counter(
        place.slack.messages[each["thread_ts"]]["text"]
        for each in place.slack.messages.values()
        if "thread_ts" in each
    )
    assert len(over) == 3
    assert all(text.startswith("[resolved]") for text in over)
    posted = sum(call == "chat.postMessage" for call in place.slack.calls)
    assert posted <= 6 + LIMITS.unwritten
    assert place.project.statuses() == {("chat", "sent"): 6}


def test_the_tables_of_the_harness_are_those_of_the_package(place: Place) -> None:
    with duckdb.connect(str(place.project.file)) as connection:
        columns = [row[0] for row in connection.execute("describe monitor_deliveries").fetchall()]
    model = (ROOT / "models/delivery/monitor_deliveries.sql").read_text(encoding="utf-8")
    assert columns == [
        line.split("'")[1] for line in model.splitlines() if line.startswith("    ['")
    ]
