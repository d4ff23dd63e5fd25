"""A workspace of Slack as far as a bot that posts sees it: messages, their threads, and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .receivers import Answer, Request

Json = dict[str, Any]
TOKEN = "xoxb-canary-51"
CHANNEL = "C024BE91L"


@dataclass
class Workspace:
    """Answers as chat.postMessage and chat.update do. `refusals` come first, one per request."""

    messages: dict[str, Json] = field(default_factory=dict)
    refusals: list[Answer | None] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        method = request.path.rpartition("/")[2]
        self.calls.append(method)
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            return refusal
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return refused("invalid_auth")
        content = request.json
        return self.update(content) if method == "chat.update" else self.post(content)

    def post(self, content: Json) -> Json:
        above = content.get("thread_ts")
        if above is not None and above not in self.messages:
            return refused("thread_not_found")
        name = f"{1_780_000_000 + len(self.calls)}.{len(self.calls):06}"
        self.messages[name] = content
        return {"ok": True, "channel": content["channel"], "ts": name, "message": content}

    def update(self, content: Json) -> Json:
        if content["ts"] not in self.messages:
            return refused("message_not_found")
        self.messages[content["ts"]] |= {"text": content["text"], "blocks": content["blocks"]}
        return {"ok": True, "channel": content["channel"], "ts": content["ts"]}

    def first(self) -> list[Json]:
        """The messages of the channel itself."""
        return [each for each in self.messages.values() if "thread_ts" not in each]

    def replies(self, name: str) -> list[Json]:
        return [each for each in self.messages.values() if each.get("thread_ts") == name]


def refused(code: str) -> Json:
    """Slack refuses with HTTP 200."""
    return {"ok": False, "error": code}


def headline(message: Json) -> str:
    """What the channel shows of a message at a glance."""
    return str(message["blocks"][0]["text"]["text"])
