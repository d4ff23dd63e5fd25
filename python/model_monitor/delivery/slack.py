"""A notification as a message of Slack: a header, fields, details and buttons.

Text from a warehouse is only in elements that Slack does not parse (plain_text, and the text of
rich_text), so it makes no format, link, emoji, name or channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_monitor.delivery.notification import Fact, Notification, shortened

# Limits of Slack, in characters. It refuses a message that exceeds one.
HEADER, FIELD, BUTTON_URL, TEXT = 150, 2000, 3000, 2900
ALL_DETAILS = 6000  # of about 13,000 for all blocks
SYMBOLS = {"critical": "🔴", "warn": "🟠"}
BUTTONS = {"runbook": "Runbook", "dashboard": "Dashboard", "report": "Report"}
Block = dict[str, Any]


def slack_message(notification: Notification) -> dict[str, Any]:
    """What an incoming webhook takes. `text` is for notifications of the phone, and the blocks are
    for the channel."""
    fields = with_change(notification.fields)
    lines = [*notification.details, *addresses_as_text(notification)]
    found = [header(notification), field_block(fields)]
    found += [detail_block(lines)] if lines else []
    found += [button_block(notification)] if buttons(notification) else []
    found.append(context_block(notification))
    return {
        "text": shortened(escaped(notification.title), TEXT),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": found,
    }


def slack_text(notification: Notification) -> str:
    """The whole notification without a layout, for receivers that do not know blocks."""
    return shortened(escaped(f"{notification.title}\n{notification.body}"), TEXT)


def header(notification: Notification) -> Block:
    symbol = "🟢" if notification.is_over else SYMBOLS.get(notification.severity, "🔵")
    return {"type": "header", "text": plain_text(f"{symbol} {notification.headline}", HEADER)}


def with_change(fields: Sequence[Fact]) -> list[Fact]:
    """The values before and now in one field."""
    known = dict(fields)
    found = [fact for fact in fields if fact[0] not in ("normally", "now")]
    if "normally" in known and "now" in known:
        found.append(("normally → now", f"{known['normally']} → {known['now']}"))
    return found


def field_block(fields: Sequence[Fact]) -> Block:
    """Two columns: the label, and its text."""
    return {
        "type": "section",
        "fields": [
            element for label, text in fields for element in (bold(label), plain_text(text, FIELD))
        ][:10],
    }


def detail_block(facts: Sequence[Fact]) -> Block:
    """One line for each fact."""
    rest = ALL_DETAILS
    sections = []
    for label, text in facts:
        shown = shortened(text, max(1, rest))
        rest -= len(label) + len(shown)
        sections.append(
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": f"{sentence_case(label)}: ", "style": {"bold": True}},
                    {"type": "text", "text": shown},
                ],
            }
        )
        if rest <= 0:
            break
    return {"type": "rich_text", "elements": sections}


def addresses_as_text(notification: Notification) -> list[Fact]:
    """The addresses without a button, such as a playbook that is a file."""
    with_button = dict(buttons(notification))
    return [fact for fact in notification.addresses if fact[0] not in with_button]


def buttons(notification: Notification) -> list[Fact]:
    return [(name, link) for name, link in notification.links if len(link) <= BUTTON_URL]


def button_block(notification: Notification) -> Block:
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "text": plain_text(BUTTONS[name], 75),
                "url": link,
                "action_id": name,
            }
            for name, link in buttons(notification)
        ],
    }


def context_block(notification: Notification) -> Block:
    return {"type": "context", "elements": [plain_text(notification.command, FIELD)]}


def plain_text(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": shortened(text, limit), "emoji": False}


def bold(label: str) -> Block:
    """One of our labels. verbatim: Slack makes no mention, channel or link out of it."""
    return {"type": "mrkdwn", "text": f"*{escaped(sentence_case(label))}*", "verbatim": True}


def sentence_case(label: str) -> str:
    return label[:1].upper() + label[1:]


def escaped(text: str) -> str:
    """Escape the three characters of Slack, so that no text can page a channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
