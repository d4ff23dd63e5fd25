"""Each channel against a receiver that behaves as the real one is documented to, and worse."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from aiosmtpd.controller import Controller

from model_monitor.delivery.channels import CHANNELS, send
from model_monitor.delivery.dispatch import Dispatch, Limits, Line, Outcome
from model_monitor.delivery.http import Http, NotSentError, asked_pause
from model_monitor.delivery.notification import Notification
from model_monitor.delivery.parcels import Parcel

from ..harness.receivers import free_port, receiver

ROOT = Path(__file__).resolve().parents[3]
CANARY = "s3cr3t-canary-7f"


def word(channel: str, transition: str = "firing", **changes: Any) -> Notification:
    row = {
        "transition_id": "t1", "alert_id": "abcdef0123456789", "monitor": "home_feed",
        "model_version": "v13", "subject": "p_click", "metric": "p95_shift", "slice_name": "region",
        "slice_value": "ID", "rule_id": "score_tail", "severity": "critical",
        "message": "home_feed p_click p95 shifted +45% in <ID> & mobile", "owner": "feed",
        "since": pd.Timestamp("2026-05-20 09:00"), "likely_cause": "v19 deploy", "current_value": 0.4,
        "recommended_action": "rollback", "runbook": "https://runbooks.example.com/x",
        "dashboard": None,
    }  # fmt: skip
    told = {**row, **changes}
    return Notification(
        "t1", transition, "team", channel, "MODEL_MONITOR_TEAM", told, told["owner"]
    )


def sent(about: Notification, address: str, **environment: str) -> int:
    naps.clear()
    http = Http(sleep=naps.append, timeout=(0.5, 0.5))
    return send(about, http, {"MODEL_MONITOR_TEAM": address, **environment})


naps: list[float] = []


def test_a_webhook_is_signed_and_says_everything() -> None:
    with receiver() as there:
        assert sent(word("webhook"), there.url + "/hook", MODEL_MONITOR_TEAM_SECRET=CANARY) == 1
    (request,) = there.requests
    assert request.json["message"].endswith("in <ID> & mobile")
    assert request.json["since"] == "2026-05-20T09:00:00Z"
    assert request.json["transition"] == "firing"
    assert request.headers["Idempotency-Key"] == "t1"
    moment = request.headers["X-Model-Monitor-Timestamp"].encode()
    signature = hmac.new(CANARY.encode(), moment + b"." + request.content, hashlib.sha256)
    assert request.headers["X-Model-Monitor-Signature"] == f"sha256={signature.hexdigest()}"
    assert CANARY not in str(request)


def test_the_page_shows_how_a_signature_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The snippet of docs/use/delivery.md itself, against what was really sent."""
    page = (ROOT / "docs/use/delivery.md").read_text(encoding="utf-8")
    snippet = page.split("```python signature\n")[1].split("```")[0]
    assert "compare_digest" in snippet
    shown: dict[str, Any] = {}
    exec(snippet, shown)
    is_genuine = shown["is_genuine"]
    with receiver() as there:
        sent(word("webhook"), there.url, MODEL_MONITOR_TEAM_SECRET=CANARY)
    (request,) = there.requests
    assert is_genuine(request.headers, request.content, CANARY)
    assert not is_genuine(request.headers, request.content + b" ", CANARY)
    assert not is_genuine(request.headers, request.content, "another secret")
    assert not is_genuine({}, request.content, CANARY)
    sent_at = int(request.headers["X-Model-Monitor-Timestamp"])
    for seconds, is_taken in ((300, True), (301, False), (-300, True), (-301, False)):
        moment = sent_at + seconds
        monkeypatch.setattr(shown["time"], "time", lambda moment=moment: moment)
        assert is_genuine(request.headers, request.content, CANARY) is is_taken
        monkeypatch.undo()
    # a moment that was changed has another signature
    later = str(sent_at + 1)
    changed = {**request.headers, "X-Model-Monitor-Timestamp": later}
    assert not is_genuine(changed, request.content, CANARY)


def test_a_value_makes_no_lines_of_its_own() -> None:
    about = word(
        "apprise", message="home_feed up\n[resolved] all is well\x1b[2K", owner="us\r\nrule: none",
        likely_cause="x" * 5000,
    )  # fmt: skip
    assert about.title == "[critical] home_feed up [resolved] all is well [2K"
    assert len(about.body.splitlines()) == len(about.facts)
    assert dict(about.facts)["owner"] == "us rule: none"
    assert len(dict(about.facts)["likely cause"]) == 500


def test_slack_is_escaped_and_short_enough() -> None:
    with receiver() as there:
        sent(word("slack", message="<!channel> " + "x" * 5000), there.url)
        sent(word("slack", "resolved"), there.url)
    first, last = (request.json for request in there.requests)
    assert len(first["text"]) == 2900
    assert "<!channel>" not in first["text"]
    assert "&lt;!channel&gt;" in first["text"]
    assert first["text"].endswith("…")
    assert last["text"].startswith("[resolved] home_feed p_click")
    assert "&lt;ID&gt; &amp; mobile" in last["text"]
    # test_messages has what is in the blocks
    assert first["blocks"]


def test_no_text_breaks_a_line_or_steers_a_terminal() -> None:
    told = word("slack", message="two\nlines \x1b[31mred", likely_cause="v19\r\ndeploy \u202ecba")
    assert told.title.isprintable()
    assert told.title.endswith("two lines [31mred")
    assert dict(told.facts)["likely cause"] == "v19 deploy cba"
    assert all(text.isprintable() for _, text in told.facts)


def test_pagerduty_opens_an_incident_for_each_gravity_and_leaves_none_open() -> None:
    """A second event of an open one would notify nobody: the receiver is imitated by its key."""
    open_incidents: list[set[str]] = []
    notified = []
    told = [
        ("firing", "warn"),
        ("firing", "critical"),
        ("escalated", "critical"),
        ("resolved", "critical"),
    ]
    with receiver(202) as there:
        for transition, severity in told:
            sent(
                word("pagerduty", transition, message="m" * 2000, severity=severity), CANARY,
                MODEL_MONITOR_PAGERDUTY_URL=there.url,
            )  # fmt: skip
    events = [request.json for request in there.requests]
    now_open: set[str] = set()
    for event in events:
        if event["event_action"] == "trigger":
            notified += [event["payload"]["severity"]] if event["dedup_key"] not in now_open else []
            now_open.add(event["dedup_key"])
        else:
            now_open.discard(event["dedup_key"])
            open_incidents.append(set(now_open))
    assert notified == ["warning", "critical"]
    assert now_open == set()
    assert max(map(len, open_incidents)) == 1
    assert {event["routing_key"] for event in events} == {CANARY}
    # what was opened under the bare id, as it was once, is resolved too
    assert "abcdef0123456789" in {event["dedup_key"] for event in events[-2:]}
    first = events[0]
    assert len(first["payload"]["summary"]) == 1024
    assert first["payload"]["timestamp"] == "2026-05-20T09:00:00+00:00"
    assert first["links"] == [{"href": "https://runbooks.example.com/x", "text": "runbook"}]
    assert all("payload" not in event for event in events if event["event_action"] == "resolve")


def test_alertmanager_knows_an_alert_by_its_labels_and_ends_the_other_gravity() -> None:
    with receiver() as there:
        sent(word("alertmanager"), there.url + "/")
        sent(word("alertmanager", "resolved"), there.url)
    assert {request.path for request in there.requests} == {"/api/v2/alerts"}
    begun, ended = (request.json for request in there.requests)
    assert [alert["labels"] for alert in begun] == [alert["labels"] for alert in ended]
    assert begun[0]["labels"]["alertname"] == "score_tail"
    assert [alert["labels"]["severity"] for alert in begun] == ["warn", "critical"]
    year = {alert["labels"]["severity"]: int(alert["endsAt"][:4]) for alert in begun}
    assert year["critical"] == year["warn"] + 1
    assert all(int(alert["endsAt"][:4]) == year["warn"] for alert in ended)
    assert begun[0]["labels"]["owner"] == "feed"
    names = [*begun[0]["labels"], *begun[0]["annotations"]]
    assert all(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) for name in names)
    assert all(isinstance(value, str) for value in begun[0]["annotations"].values())


def test_alertmanager_ends_an_alert_that_was_info() -> None:
    steps = {"info": "firing", "warn": "firing", "critical": "resolved"}
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with receiver() as there:
        for severity, transition in steps.items():
            notification = word("alertmanager", transition, severity=severity)
            sent(replace(notification, was_info=True), there.url)
    active = [
        [alert["labels"]["severity"] for alert in request.json if alert["endsAt"] > later]
        for request in there.requests
    ]
    assert active == [["info"], ["warn"], []]


def test_alertmanager_ends_what_has_another_owner_now() -> None:
    begun = word("alertmanager")
    # its rule was removed, and with it whoever owned it
    ended = replace(word("alertmanager", "resolved", owner=None), first_owner=begun.first_owner)
    with receiver() as there:
        sent(begun, there.url)
        sent(ended, there.url)
    first, last = (request.json for request in there.requests)
    assert [alert["labels"] for alert in first] == [alert["labels"] for alert in last]


def test_mail_goes_out_over_smtp() -> None:
    class Inbox:
        letters: list[bytes] = []  # noqa: RUF012  (one inbox, one test)

        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
            self.letters.append(envelope.content)
            return "250 OK"

    port = free_port()
    server = Controller(Inbox(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        address = (
            f"mailto://127.0.0.1:{port}?from=monitor@example.com&to=team@example.com&mode=insecure"
        )
        assert sent(word("apprise", likely_cause="<b>v19</b> & more"), address) == 1
    finally:
        server.stop()
    letter = message_from_bytes(Inbox.letters[0])
    assert "team@example.com" in str(letter["To"])
    assert "p_click p95 shifted +45%" in str(make_header(decode_header(letter["Subject"])))
    # what is text is no markup
    assert letter.get_content_type() == "multipart/alternative"
    plain, html = (str(part.get_payload(decode=True), "utf-8") for part in letter.get_payload())
    assert "Likely cause: <b>v19</b> & more" in plain
    assert "&lt;b&gt;v19&lt;/b&gt; &amp; more" in html


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        # the word was refused: the next one is none the worse for it
        ((400, 200), ["HTTP 400", None]),
        ((413, 422, 200), ["HTTP 413", "HTTP 422", None]),
        # whoever asks is refused, or nobody is there
        ((403, 200), ["HTTP 403"]),
        ((404, 200), ["HTTP 404"]),
    ],
)
def test_a_word_that_is_refused_keeps_no_other_waiting(
    answers: tuple[int, ...], told: list[str | None]
) -> None:
    with receiver(*answers) as there:
        words = [word("webhook") for _ in range(3)][: max(2, len(told))]
        found: list[str | None] = []

        def account(outcome: Outcome) -> list[dict[str, Any]]:
            found.append(outcome.error and str(outcome.error))
            return []

        def post(content: Notification | Sequence[Notification], http: Http) -> int:
            return send(content, http, {"MODEL_MONITOR_TEAM": there.url})

        line = Line([Parcel((each,)) for each in words], Http(sleep=naps.append))
        assert Dispatch(post, account, lambda _: True, Limits()).run([line]) == []
    assert found == told


@pytest.mark.parametrize(
    ("answers", "tries", "pauses"),
    [
        ((200,), 1, []),
        ((500, 200), 2, [1.0]),
        ((503, 502, 200), 3, [1.0, 4.0]),
        (("cut", 200), 2, [1.0]),
        (("slow", 200), 2, [1.0]),
        ((429, 200), 2, [7.0]),
    ],
)
def test_what_may_pass_is_tried_again(
    answers: tuple[int | str, ...], tries: int, pauses: list[float]
) -> None:
    with receiver(*answers, retry_after="7") as there:
        assert sent(word("webhook"), there.url) == tries
    assert naps == pauses
    assert {request.headers["Idempotency-Key"] for request in there.requests} == {"t1"}


def test_a_body_without_an_end_is_not_waited_for() -> None:
    begun = time.monotonic()
    with receiver("endless") as there:
        assert sent(word("webhook"), there.url) == 1
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("answers", "retry_after", "attempts", "problem"),
    [
        ((400,), None, 1, "HTTP 400"),
        ((404,), None, 1, "HTTP 404"),
        ((302,), None, 1, "HTTP 302"),
        ((500,), None, 3, "HTTP 500"),
        ((429,), "3600", 1, "HTTP 429"),
        (("cut",), None, 3, "no answer"),
    ],
)
def test_what_does_not_pass_is_given_up_soon_and_tells_no_address(
    answers: tuple[int | str, ...], retry_after: str | None, attempts: int, problem: str
) -> None:
    with (
        receiver(*answers, retry_after=retry_after) as there,
        pytest.raises(NotSentError, match=problem) as failure,
    ):
        sent(word("webhook"), f"{there.url}/{CANARY}")
    assert failure.value.attempts == attempts
    assert len(there.requests) == attempts
    assert CANARY not in str(failure.value)
    assert sum(naps) < 60


@pytest.mark.parametrize("channel", [*CHANNELS, "fax", ""])
def test_addresses_that_are_none_are_told_without_being_told(
    channel: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"MODEL_MONITOR_PAGERDUTY_URL": "http://127.0.0.1:9/"}
    for address in ("", "   ", CANARY, f"http://127.0.0.1:9/{CANARY}", f"file:///{CANARY}"):
        with pytest.raises(NotSentError) as failure:
            sent(word(channel), address, **environment)
        assert CANARY not in f"{failure.value!r}{failure.value.__cause__}"
    assert CANARY not in caplog.text + "".join(capsys.readouterr())


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "pasted",
    [
        "https://hooks.example.com/T0/B0/" + CANARY, f"mailto://user:{CANARY}@mail.example.com",
        "R03E9OKTLKSMJD0C0XKQ9Q1W9S5B7V2D", "e93facc04764012d7bfb002500d5d1a6",
    ],
)  # fmt: skip
def test_an_address_in_place_of_its_variable_is_not_quoted(channel: str, pasted: str) -> None:
    with pytest.raises(NotSentError, match="not the name of an environment variable") as failure:
        send(replace(word(channel), address_variable=pasted), Http(), {})
    assert pasted not in f"{failure.value!r}"
    # nor in the other wrong column
    with pytest.raises(NotSentError, match="channel: unknown") as failure:
        send(replace(word(channel), channel=pasted), Http(), {})
    assert pasted not in f"{failure.value!r}"


def test_how_long_a_receiver_asks_to_wait() -> None:
    assert asked_pause(None) is None
    assert asked_pause("2.5") == 2.5
    assert asked_pause("-4") == 0.0
    assert asked_pause("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert asked_pause("soon") is None
    # a date that names no zone, or says that it names none
    assert asked_pause("Wed, 21 Oct 2015 07:28:00 -0000") == 0.0
    assert asked_pause("Wed, 21 Oct 2015 07:28:00") == 0.0
    ahead = f"{datetime.now(UTC) + timedelta(seconds=20):%a, %d %b %Y %H:%M:%S} -0000"
    assert 15 < (asked_pause(ahead) or 0.0) <= 20
