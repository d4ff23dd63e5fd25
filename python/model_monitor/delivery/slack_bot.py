"""Slack with a bot: an alert is one message, and its thread has what became of it.

The methods are chat.postMessage and chat.update. Slack answers HTTP 200 also when it refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model_monitor.delivery.http import Http, NotSentError, is_readable_on_the_way
from model_monitor.delivery.notification import Notification, Thread
from model_monitor.delivery.slack import header, slack_message, slack_text

API = "https://slack.com/api"
TOKEN, URL = "MODEL_MONITOR_SLACK_TOKEN", "MODEL_MONITOR_SLACK_URL"
# Errors of Slack, by what they mean.
REFUSES_CONTENT = (
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text",
)  # fmt: skip
THREAD_IS_LOST = (
    "cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "thread_not_found",
)  # fmt: skip
CHECK_TOKEN = f"Check {TOKEN}"
ADVICE = {
    "account_inactive": CHECK_TOKEN,
    "channel_not_found": "Check the ID of the channel, and invite the bot to it",
    "invalid_auth": CHECK_TOKEN,
    "missing_scope": "The bot needs the scope chat:write",
    "not_authed": CHECK_TOKEN,
    "not_in_channel": "Invite the bot to the channel",
    "token_expired": CHECK_TOKEN,
    "token_revoked": CHECK_TOKEN,
}


class RefusedError(NotSentError):
    """Slack answered `ok: false`."""

    def __init__(self, code: str, attempts: int) -> None:
        advice = f". {ADVICE[code]}" if code in ADVICE else ""
        super().__init__(f"{code}{advice}", attempts, is_refused=code in REFUSES_CONTENT)
        self.code = code


@dataclass(frozen=True)
class Bot:
    """A bot in one channel."""

    channel: str
    http: Http
    token: str
    url: str

    def call(self, method: str, content: Mapping[str, Any]) -> tuple[int, str | None]:
        """The number of attempts, and the name that Slack gave the message."""
        encoded = json.dumps({"channel": self.channel, **content}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {self.token}",
        }
        attempts, body = self.http.ask(f"{self.url}/{method}", encoded, headers)
        try:
            answer = json.loads(body)
            is_ok, code, name = answer["ok"], str(answer.get("error")), answer.get("ts")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotSentError("unexpected response, not from Slack", attempts) from None
        if is_ok is not True:
            known = code if re.fullmatch("[a-z_]{1,60}", code) else "an unknown error"
            raise RefusedError(known, attempts)
        return attempts, name if isinstance(name, str) else None

    def post(self, notification: Notification, **more: Any) -> tuple[int, str | None]:
        """Post a message. One whose layout is refused is posted as text alone."""
        content = {**slack_message(notification), **more}
        try:
            return self.call("chat.postMessage", content)
        except NotSentError as error:
            if not error.is_refused:
                raise
            del content["blocks"]
            content["text"] = slack_text(notification)
            attempts, name = self.call("chat.postMessage", content)
            return error.attempts + attempts, name


def is_channel(address: str) -> bool:
    """Whether an address is the ID of a channel."""
    return re.fullmatch("[CDG][A-Z0-9]{6,20}", address) is not None


def post_as_bot(
    notification: Notification, channel: str, http: Http, environment: Mapping[str, str]
) -> int:
    """Post the first message of an alert, or update it and reply to it. The number of attempts.

    An update that is repeated changes nothing, so it comes before the reply.
    """
    url = environment.get(URL, "").strip().rstrip("/") or API
    if is_readable_on_the_way(url):
        raise NotSentError(f"{URL} is plain http, so others could read the token. Use https", 0)
    bot = Bot(channel, http, environment[TOKEN].strip(), url)
    thread = notification.thread
    name = None if thread is None else name_of(thread, channel)
    if thread is not None and name is not None:
        try:
            return continued(bot, notification, thread, name)
        except RefusedError as error:
            # somebody deleted it: a new message opens another thread
            if error.code not in THREAD_IS_LOST:
                raise
    attempts, name = bot.post(notification)
    if thread is not None:
        thread.id = None if name is None else f"{channel}:{name}"
        thread.first = notification
    return attempts


def continued(bot: Bot, notification: Notification, thread: Thread, name: str) -> int:
    """Update the first message and reply to it. The channel also sees a reply about an alert that
    became more severe."""
    attempts = 0
    try:
        attempts, _ = bot.call("chat.update", {"ts": name, **updated(thread, notification)})
    except RefusedError as error:
        if error.code in THREAD_IS_LOST:
            raise
        attempts = error.attempts  # an outdated headline keeps no reply waiting
    replied, _ = bot.post(notification, thread_ts=name, reply_broadcast=not notification.is_over)
    return attempts + replied


def updated(thread: Thread, notification: Notification) -> dict[str, Any]:
    """The first message under the headline of the latest one."""
    first = thread.first or notification
    message = slack_message(replace(first, report=notification.report))
    _, *rest = message["blocks"]
    return {"text": slack_message(notification)["text"], "blocks": [header(notification), *rest]}


def name_of(thread: Thread, channel: str) -> str | None:
    """Slack's name of the first message, if it is in this channel."""
    place, _, name = (thread.id or "").partition(":")
    return name if place == channel and name else None
