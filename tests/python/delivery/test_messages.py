"""What people see of a notification in Slack, mail and PagerDuty, and that no value acts there."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import numpy as np
import pytest
from aiosmtpd.controller import Controller

from model_monitor.delivery.channels import managed, page, pagerduty_events
from model_monitor.delivery.deliver import INCIDENTS, deliver
from model_monitor.delivery.first_checks import CHECKS, first_check
from model_monitor.delivery.http import Http, NotSentError
from model_monitor.delivery.mail import caption, html
from model_monitor.delivery.notification import Notification, Point, Series, digest, is_link
from model_monitor.delivery.picture import HEIGHT, LINE, NORMAL, ONSET, WIDTH, picture, sparkline
from model_monitor.delivery.series import WINDOWS, with_series
from model_monitor.delivery.slack import slack_message
from model_monitor.output import Output
from model_monitor.report.build import anchors
from model_monitor.report.sections import timeline
from model_monitor.text import section_anchor

from ..harness.macro_harness import Macros
from ..harness.outbox_project import OutboxProject
from ..harness.receivers import free_port, receiver
from .test_channels import sent, word

ROOT = Path(__file__).resolve().parents[3]
DELIVERY = ROOT / "docs" / "use" / "delivery.md"
# Values of a log that would act if a receiver parsed them.
HOSTILE = [
    "<!channel> <@U012> <#C012>", "*bold* _italic_ ~gone~ `code` ```block```", ":skull: :rotating_light:",
    "<https://evil.example.com|your bank> https://evil.example.com", "[link](javascript:alert(1))",
    "<script>alert(1)</script><img src=x onerror=alert(1)>", '"><a href="https://evil.example.com">x</a>',
    "\u202eevil\u202c \u2067right to left\u2069", "{{ config }} {% raw %} ${HOME} %s", "x" * 300,
    "two\nlines\r\nBcc: all@example.com\x00\x1b[31m", "cid:series.png",
]  # fmt: skip
TEXTS = (
    "message", "what", "location", "model_version", "likely_cause", "top_contributors", "top_bins",
    "impact", "owner", "current_text", "baseline_text", "action_reason", "subject", "metric",
)  # fmt: skip
DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("notifications", ROOT / "tools/notifications.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules["notifications"] = found
    spec.loader.exec_module(found)
    yield found
    del sys.modules["notifications"]


def notification_of(channel: str, text: str) -> Notification:
    """A notification in which each text of the warehouse is this one."""
    return replace(
        word(channel, **dict.fromkeys(TEXTS, text), family="quality"),
        series=series([1, 2, None, 9]),
    )


def series(values: list[float | None], normal: float | None = 1.0) -> Series:
    return tuple(
        Point(DAY + timedelta(days=number), value, normal) for number, value in enumerate(values)
    )


# -- the docs


def test_the_examples_of_the_page_are_what_the_code_makes(tool: ModuleType) -> None:
    shown = tool.PAGE.read_text(encoding="utf-8")
    assert tool.written(shown, tool.payloads()) == shown
    with pytest.raises(SystemExit, match="one example is expected"):
        tool.written(shown.replace("```json slack", "```json"), tool.payloads())


def test_the_pictures_are_small_and_on_the_page(tool: ModuleType) -> None:
    text = DELIVERY.read_text(encoding="utf-8")
    for name in ("slack.png", "slack-resolved.png", "mail.png", "mail-dark.png"):
        assert f"images/{name}" in text
        assert (tool.IMAGES / name).stat().st_size < tool.MOST_BYTES
    [block] = re.findall(r"report_url: (\S+)", text)
    assert tool.example().report.startswith(f"{block}#m-")


# -- Slack


def elements(content: Any) -> Iterator[dict[str, Any]]:
    """Every element of a message that has a type, at any depth."""
    if isinstance(content, dict):
        if "type" in content:
            yield content
        for value in content.values():
            yield from elements(value)
    elif isinstance(content, list):
        for value in content:
            yield from elements(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_slack_parses_no_value(text: str) -> None:
    about = notification_of("slack", text)
    message = slack_message(about)
    for element in elements(message["blocks"]):
        if element["type"] == "mrkdwn":
            # only labels of our own
            assert re.fullmatch(r"\*[A-Z][a-z →]+\*", element["text"])
            assert element["verbatim"] is True
        if element["type"] == "plain_text":
            assert element["emoji"] is False
        if isinstance(element.get("text"), str):
            assert 0 < len(element["text"]) <= 2000
            assert element["text"].isprintable()
    allowed = {
        "header", "section", "rich_text", "rich_text_section", "text", "plain_text", "mrkdwn",
        "actions", "button", "context",
    }  # fmt: skip
    assert {element["type"] for element in elements(message["blocks"])} <= allowed
    assert message["mrkdwn"] is message["unfurl_links"] is message["unfurl_media"] is False
    assert not re.search("[<>]", message["text"])
    # the value itself is there as it is
    fields = [element["text"] for element in message["blocks"][1]["fields"]]
    assert fields[fields.index("*What*") + 1] == dict(about.fields)["what"]


def test_slack_takes_the_longest_message() -> None:
    message = slack_message(notification_of("slack", "\N{SNOWMAN}" * 5000))
    [section] = [block for block in message["blocks"] if block["type"] == "section"]
    assert len(section["fields"]) <= 10
    assert len(message["blocks"][0]["text"]["text"]) == 150
    texts = [
        each["text"] for each in elements(message["blocks"]) if isinstance(each.get("text"), str)
    ]
    # beyond about 13,000 characters Slack refuses the blocks
    assert sum(map(len, texts)) < 10_000


def test_slack_shows_fields_details_and_buttons() -> None:
    about = replace(
        word(
            "slack", what="p95 up 49%", location="ID mobile", current_text="0.4", baseline_text="0.2",
            impact="purchase rate 0.6% (normally 1.4%)", family="tail", action_reason="one deploy",
        ),
        report="https://reports.example.com/r.html#m-1",
    )  # fmt: skip
    header, section, details, actions, context = slack_message(about)["blocks"]
    assert header["text"]["text"] == "🔴 [critical] home_feed v13"
    fields = [element["text"] for element in section["fields"]]
    assert dict(zip(fields[::2], fields[1::2], strict=True)) == {
        "*Severity*": "critical", "*What*": "p95 up 49%",
        "*Where*": "home_feed: ID mobile, version v13", "*Since*": "20 May 2026, 09:00 UTC",
        "*Normally → now*": "0.2 → 0.4",
    }  # fmt: skip
    lines = ["".join(part["text"] for part in line["elements"]) for line in details["elements"]]
    assert lines == [
        "Impact: purchase rate 0.6% (normally 1.4%)", "Likely cause: v19 deploy",
        f"Check first: {CHECKS['tail', None]}", "Action: Roll back the version", "Why: one deploy", "Owner: feed",
        "Rule: score_tail",
    ]  # fmt: skip
    assert [(each["text"]["text"], each["url"]) for each in actions["elements"]] == [
        ("Runbook", "https://runbooks.example.com/x"),
        ("Report", "https://reports.example.com/r.html#m-1"),
    ]
    assert context["elements"][0]["text"] == "model-monitor explain abcdef012345"
    # once it is over nothing is left to check, and a row of an older table has no such columns
    over = slack_message(word("slack", "resolved", resolved_at=datetime(2026, 5, 22)))  # noqa: DTZ001
    shown = json.dumps(over, ensure_ascii=False)
    assert "🟢 [resolved] home_feed v13" in shown
    assert '"22 May 2026"' in shown
    assert '"home_feed: ID, version v13"' in shown
    assert not re.search("Check first|Action|Normally", shown)


def test_the_severity_field_says_what_became_of_the_alert() -> None:
    accepted = "m: p up since 2026-05-01 (accepted as the new normal)"
    assert word("slack").state == "critical"
    assert word("slack", "escalated").state == "critical, not acknowledged"
    assert word("slack", "resolved").state == "resolved, was critical"
    assert word("slack", "resolved", message=accepted).state == (
        "resolved (accepted as the new normal), was critical"
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "https://", "https://a b", "https://a\nb", "http://[::1", "//host/x",
        "https://host:port/", "data:text/html,x", "https://x/<y>", "dbt_packages/m/volume.md", "ftp://x/y",
        "https://x/\u202e", "mailto:a@example.com",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_no_button_and_no_link(address: str) -> None:
    about = word("slack", runbook=address, dashboard="https://dashboards.example.com/a?b=1&c=2#d")
    assert not is_link(address)
    message = slack_message(about)
    urls = [each["url"] for each in elements(message["blocks"]) if each["type"] == "button"]
    assert urls == ["https://dashboards.example.com/a?b=1&c=2#d"]
    assert "Runbook: " in json.dumps(message)
    assert [link["text"] for link in page(about)["links"]] == ["dashboard"]
    assert hrefs(html(about)) == urls


def test_slack_gets_the_text_alone_if_it_refuses_the_blocks() -> None:
    with receiver(400, 200) as there:
        assert sent(notification_of("slack", "<!channel>"), there.url) == 2
    first, last = (request.json for request in there.requests)
    assert "blocks" in first
    assert "blocks" not in last
    assert "what: &lt;!channel&gt;" in last["text"]
    # what it refuses as text too is refused, and an error that may pass is no refusal
    with receiver(400, 400) as there, pytest.raises(NotSentError, match="400") as refusal:
        sent(notification_of("slack", "x"), there.url)
    assert refusal.value.is_final
    with receiver(500) as there, pytest.raises(NotSentError, match="500"):
        sent(notification_of("slack", "x"), there.url)
    assert all("blocks" in request.json for request in there.requests)


# -- PagerDuty and Alertmanager


def test_pagerduty_has_the_facts_in_order_links_and_the_report() -> None:
    about = word("pagerduty", what="p up", family="tail", dashboard="https://d.example.com/")
    details = page(about)["payload"]["custom_details"]
    assert list(details) == [
        "severity", "what", "where", "since", "likely cause", "check first", "action", "owner", "rule",
        "runbook", "dashboard", "explain", "transition_id",
    ]  # fmt: skip
    assert page(about)["client"] == "model_monitor"
    assert "client_url" not in page(about)
    reported = page(replace(about, report="https://r.example.com/#m"))
    assert reported["client_url"] == "https://r.example.com/#m"
    assert [link["text"] for link in reported["links"]] == ["runbook", "dashboard", "report"]
    events = pagerduty_events(replace(about, transition="resolved"))
    assert {event["event_action"] for event in events} == {"resolve"}
    assert {event["dedup_key"] for event in events} == {
        about.alert_id,
        f"{about.alert_id}/critical",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_values_are_one_line_of_text_in_pagerduty_and_alertmanager(text: str) -> None:
    found = page(notification_of("pagerduty", text))
    assert len(found["payload"]["summary"]) <= 1024
    assert all(link["href"] == "https://runbooks.example.com/x" for link in found["links"])
    [_, alert] = managed(notification_of("alertmanager", text))
    for texts in (found["payload"]["custom_details"], alert["annotations"]):
        assert all(each.isprintable() and len(each) <= 2000 for each in texts.values())
    assert all(re.fullmatch("[a-z_]+", name) for name in alert["annotations"])


# -- mail


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(page_text: str) -> Tags:
    found = Tags()
    found.feed(page_text)
    return found


def hrefs(page_text: str) -> list[str | None]:
    return [attributes.get("href") for tag, attributes in parsed(page_text).tags if tag == "a"]


@pytest.mark.parametrize("text", HOSTILE)
def test_mail_clients_parse_no_value(text: str) -> None:
    about = notification_of("apprise", text)
    found, harmless = parsed(html(about)), parsed(html(notification_of("apprise", "harmless")))
    # the same tags with the same attributes, but for the text beside the picture
    for tags in (found.tags, harmless.tags):
        for tag, attributes in tags:
            assert not [name for name in attributes if name.startswith("on")], tag
            attributes.pop("alt", None)
    assert found.tags == harmless.tags
    assert hrefs(html(about)) == ["https://runbooks.example.com/x"]
    assert dict(about.fields)["what"] in found.texts
    assert all(line.isprintable() for each in found.texts for line in each.split("\n"))


@contextmanager
def inbox() -> Iterator[tuple[str, list[Message]]]:
    """A mail server: the address of it, and what it got."""
    letters: list[Message] = []

    class Inbox:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
            letters.append(message_from_bytes(envelope.content))
            return "250 OK"

    port = free_port()
    server = Controller(Inbox(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield (
            f"mailto://127.0.0.1:{port}?from=monitor@example.com&to=team@example.com&mode=insecure",
            letters,
        )
    finally:
        server.stop()


def parts(letter: Message) -> dict[str, Message]:
    return {part.get_content_type(): part for part in letter.walk()}


def content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def test_a_mail_has_html_text_and_a_picture_in_one_conversation() -> None:
    begun = replace(
        word(
            "apprise", what="p95 up 49%", current_text="0.4", baseline_text="0.2", episode=2,
            family="tail", runbook="https://runbooks.example.com/x?a=1&b=2",
        ),
        series=series([0.2, 0.2, None, 0.4]),
    )  # fmt: skip
    with inbox() as (address, letters):
        sent(begun, address)
        sent(replace(begun, transition="resolved", series=()), address)
        sent(replace(begun, row={**begun.row, "episode": 3}), address)
        sent(begun, address + "&format=text")
    first, over, again, plain = letters
    assert first.get_content_type() == "multipart/related"
    assert set(parts(first)) >= {"text/plain", "text/html", "image/png"}
    image = parts(first)["image/png"]
    assert image["Content-ID"] == "<series.png>"
    assert image["Content-Disposition"].startswith("inline")
    assert content(image) == picture(begun.series, begun.at("since"))
    page_text = content(parts(first)["text/html"]).decode()
    assert [each["src"] for tag, each in parsed(page_text).tags if tag == "img"] == [
        "cid:series.png"
    ]
    assert hrefs(page_text) == ["https://runbooks.example.com/x?a=1&b=2"]
    lines = content(parts(first)["text/plain"]).decode().splitlines()
    assert "0.2 → 0.4 ▁▁ █" in lines
    for line in (
        "Where: home_feed: ID, version v13", "Since: 20 May 2026, 09:00 UTC", "Normally → now: 0.2 → 0.4",
        "Likely cause: v19 deploy", "runbook: https://runbooks.example.com/x?a=1&b=2",
    ):  # fmt: skip
        assert line in [each.strip() for each in lines], line
    # its end belongs to it, and another beginning does not
    assert first["References"] == first["In-Reply-To"] == "<abcdef0123456789.2@model-monitor>"
    assert over["References"] == first["References"]
    assert again["References"] != first["References"]
    assert "image/png" not in parts(over)
    assert plain.get_content_type() == "text/plain"
    assert b"severity: critical\r\nwhat: p95 up 49%\r\n" in content(plain)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "Bcc" in text or "\u202e" in text])
def test_no_value_becomes_a_header_of_a_mail(text: str) -> None:
    with inbox() as (address, letters):
        sent(notification_of("apprise", text), address)
    [letter] = letters
    assert letter["Bcc"] is None
    assert letter.get_all("Subject", [])
    assert not re.search(r"[\r\n](?!\s)", letter["Subject"])


def test_a_service_that_is_no_mail_gets_the_text() -> None:
    with receiver() as there:
        sent(notification_of("apprise", "*bold*"), there.url.replace("http://", "json://"))
    [request] = there.requests
    assert "what: *bold*" in request.json["message"]
    assert request.json["attachments"] == []


def test_mail_is_readable_in_the_dark_and_on_a_phone() -> None:
    found = parsed(html(notification_of("apprise", "x")))
    metas = {each.get("name"): each.get("content") for tag, each in found.tags if tag == "meta"}
    assert metas["color-scheme"] == "light dark"
    for tag, attributes in found.tags:
        style = attributes.get("style") or ""
        if "background-color:#fff" in style or "color:#1a1f27" in style:
            assert "mm-" in str(attributes.get("class")), (tag, style)
        # no client loads what is elsewhere, and Outlook knows neither grid nor flex
        assert not re.search("url\\(|grid|flex|position", style)
        if tag == "table":
            assert attributes["role"] == "presentation"


def test_a_digest_has_its_counts_in_every_form() -> None:
    about = digest([replace(word("slack"), report="https://r.example.com/#m-1")] * 40, "critical")
    message = slack_message(about)
    assert "and 40 more notifications (40 critical)" in message["blocks"][0]["text"]["text"]
    assert [each["url"] for each in elements(message["blocks"]) if each["type"] == "button"] == [
        "https://r.example.com/"
    ]
    assert "40 home_feed" in html(about)
    assert page(about)["payload"]["custom_details"]["monitors"] == "40 home_feed"
    assert "model-monitor alerts --all" in html(about)


# -- the picture


def pixels(png: bytes) -> np.ndarray[Any, Any]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, found = 8, {}
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        name, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(name + data)
        found[name] = data
        place += length + 12
    assert struct.unpack(">IIBB", found[b"IHDR"][:10]) == (WIDTH, HEIGHT, 8, 2)
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), dtype=np.uint8)
    return rows.reshape(HEIGHT, 1 + WIDTH * 3)[:, 1:].reshape(HEIGHT, WIDTH, 3)


def where(png: bytes, colour: tuple[int, int, int]) -> tuple[np.ndarray[Any, Any], ...]:
    return np.nonzero((pixels(png) == colour).all(axis=2))


def test_the_picture_has_the_line_its_normal_value_and_the_onset() -> None:
    onset = DAY + timedelta(days=6)
    png = picture(series([1.0] * 7 + [9.0] * 3), onset)
    assert png is not None
    assert len(png) < 20_000
    rows, columns = where(png, LINE)
    # low before the onset, high at the end, and whole
    assert rows[columns < WIDTH / 2].min() > HEIGHT * 0.8
    assert rows[columns > WIDTH * 0.9].max() < HEIGHT * 0.2
    assert len(set(columns)) > WIDTH * 0.95
    _, normal = where(png, NORMAL)
    assert normal.size
    _, red = where(png, ONSET)
    assert abs(red.mean() - WIDTH * 6 / 9) < 10
    # without an onset nothing is red
    assert not where(picture(series([1.0, 9.0]), None) or b"", ONSET)[0].size


def test_windows_without_a_value_are_gaps() -> None:
    _, columns = where(picture(series([1, 2, None, None, None, 3, 4], None), None) or b"", LINE)
    assert not [place for place in columns if WIDTH * 0.3 < place < WIDTH * 0.7]
    _, alone = where(picture(series([1, None, 2, None, 3, 3], None), None) or b"", LINE)
    assert [place for place in alone if abs(place - (16 + (WIDTH - 32) * 0.4)) < 3]


@pytest.mark.parametrize("values", [[], [1.0], [None, None], [None, 3.0]])
def test_one_value_is_no_picture(values: list[float | None]) -> None:
    assert picture(series(values), None) is None
    assert sparkline(series(values)) == ""
    assert "<img" not in html(replace(word("apprise"), series=series(values)))


@pytest.mark.parametrize("level", [0.0, -5.0, 1e-12, 1e15])
def test_a_level_that_never_moves_is_a_line_in_the_middle(level: float) -> None:
    png = picture(series([level] * 5, level), None)
    assert png is not None
    rows, _ = where(png, LINE)
    assert abs(rows.mean() - HEIGHT / 2) < 3
    assert sparkline(series([level] * 3)) == "▁▁▁"


def test_the_caption_says_what_the_picture_has_no_room_for() -> None:
    about = replace(word("apprise"), series=series([0.2, 1234.5, 0.5], None))
    assert caption(about) == (
        "p_click, p95 shift: lowest 0.2, highest 1.23e+03, 1 May to 3 May 2026. Red: since the onset."
    )


# -- where it comes from


JUDGED = """
create table monitor_alerts as select 'alert00000' as alert_id, 'f' as fingerprint;
create table monitor_judgements as
select
    'f' as fingerprint, timestamp '2026-04-01' + day * interval 1 day as window_end,
    timestamp '2026-06-01' + run * interval 1 day as as_of, case when day = 3 then 'nan'::double when day = 4 then null else day + run / 10 end as value,
    1.0 as baseline_value
from range(60) as days (day) cross join range(2) as runs (run);
"""


def test_mails_have_the_last_windows_of_their_series(tmp_path: Path) -> None:
    project = OutboxProject(tmp_path / "outbox.duckdb")
    project.make(("mail", "apprise"), ("chat", "slack"))
    with duckdb.connect(str(project.file)) as connection:
        connection.execute(JUDGED)
    about = [
        replace(word(channel, alert_id="alert00000"), address_variable=variable)
        for channel, variable in (("apprise", "MAIL"), ("slack", "CHAT"), ("apprise", "TEAMS"))
    ]
    environment = {"MAIL": "mailtos://x", "CHAT": "https://x", "TEAMS": "msteams://x"}
    with project.warehouse.held(print):
        mailed, *others = with_series(project, about, environment)
    # each window as the newest run evaluated it
    assert [point.value for point in mailed.series] == [
        day + 0.1 for day in range(60 - WINDOWS, 60)
    ]
    assert mailed.series[-1].at == datetime(2026, 5, 30, tzinfo=UTC)
    assert [each.series for each in others] == [(), ()]
    with duckdb.connect(str(project.file)) as connection:
        connection.execute("delete from monitor_judgements where window_end > '2026-04-06'")
    with project.warehouse.held(print):
        [short] = with_series(project, about[:1], environment)
    assert [point.value for point in short.series] == [0.1, 1.1, 2.1, None, None, 5.1]


@pytest.mark.parametrize("broken", ["", "create table monitor_alerts as select 1 as one;"])
def test_a_mail_without_its_series_is_sent(tmp_path: Path, broken: str) -> None:
    project = OutboxProject(tmp_path / "outbox.duckdb")
    project.make(("mail", "apprise"))
    project.say(0, 1)
    with duckdb.connect(str(project.file)) as connection:
        connection.execute(broken + JUDGED.split(";")[1] if broken else "select 1")
    with inbox() as (address, letters):
        done = deliver(
            project,
            Output(),
            http=Http(),
            environment={"MODEL_MONITOR_MAIL": address},  # type: ignore[arg-type]
        )
    assert (done.sent, done.failed) == (1, {})
    assert "image/png" not in parts(letters[0])


def test_the_report_button_opens_the_incidents_of_the_monitor(tmp_path: Path) -> None:
    project = OutboxProject(tmp_path / "outbox.duckdb")
    project.make(("chat", "slack"))
    project.say(0, 1)
    url = "https://reports.example.com/r.html"
    project.config = lambda: {"address_prefixes": ["MODEL_MONITOR_"], "report_url": url}  # type: ignore[method-assign]
    with receiver() as there:
        deliver(
            project,
            Output(),
            http=Http(),
            environment={"MODEL_MONITOR_CHAT": there.url},  # type: ignore[arg-type]
        )
    [(_, chapter)] = anchors(["shop_0"])
    assert timeline.SECTION.name == INCIDENTS
    [request] = there.requests
    buttons = [each["url"] for each in elements(request.json["blocks"]) if each["type"] == "button"]
    assert buttons == [f"{url}#{section_anchor(chapter, INCIDENTS)}"]


def test_every_kind_of_alert_has_something_to_check_first() -> None:
    judged = Macros().call("metrics_by_family")
    for family, metrics in judged.items():
        assert all(first_check(family, metric) for metric in metrics), family
    assert {family for family, _ in CHECKS} == set(judged)
    assert all(metric in judged[family] for family, metric in CHECKS if metric is not None)
    assert first_check(None, "psi") is None
