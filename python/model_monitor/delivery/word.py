"""What has to be told: one row of monitor_outbox, and the words for it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from model_monitor.output import clean

RESOLVED = "resolved"
LONGEST_FACT = 500  # characters
# A contact on a channel, at an address: what is told there is of no account elsewhere.
Receiver = tuple[str, str, str]


@dataclass(frozen=True)
class Word:
    """A transition of an alert, for one contact."""

    transition_id: str
    transition: str  # firing, escalated or resolved
    contact_id: str
    channel: str
    address_variable: str
    row: dict[str, Any]
    told_owner: str | None = None  # when this receiver was first told that the alert had begun
    is_repeat: bool = False  # it was taken before
    was_digested: bool = False  # that the alert had begun was told by a digest alone
    failure_count: int = 0  # how often it was tried in vain

    @property
    def receiver(self) -> Receiver:
        return self.contact_id, self.channel, self.address_variable

    @property
    def alert_id(self) -> str:
        return str(self.row["alert_id"])

    @property
    def severity(self) -> str:
        return str(self.row["severity"])

    @property
    def is_over(self) -> bool:
        return self.transition == RESOLVED

    @property
    def title(self) -> str:
        said = {"firing": self.severity, "escalated": f"{self.severity}, nobody has answered"}
        return one_line(f"[{said.get(self.transition, RESOLVED)}] {self.row['message']}")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What stands under the title, in the order in which it is asked."""
        asked = (
            ("what to do", "recommended_action"),
            ("because", "action_reason"),
            ("unless", "action_against"),
            ("likely cause", "likely_cause"),
            ("moved too", "top_contributors"),
            ("runbook", "runbook"),
            ("dashboard", "dashboard"),
            ("owner", "owner"),
            ("rule", "rule_id"),
        )
        found = [
            (label, shortened(one_line(str(self.row[name])), LONGEST_FACT))
            for label, name in asked
            if self.row.get(name)
        ]
        return [*found, ("explain", f"model-monitor explain {self.alert_id[:12]}")]

    @property
    def body(self) -> str:
        return "\n".join(f"{label}: {text}" for label, text in self.facts)

    def as_json(self) -> dict[str, object]:
        return {
            "contact_id": self.contact_id,
            "channel": self.channel,
            "transition": self.transition,
            "alert_id": self.alert_id,
            "title": self.title,
        }

    def at(self, name: str) -> datetime | None:
        """A time of the row, in UTC."""
        value = self.row.get(name)
        if value is None:
            return None
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Digest(Word):
    """One word for many that are not sent one by one."""

    covered: tuple[Word, ...] = ()

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [("monitors", counted(word.row["monitor"] for word in self.covered))]


LIST = "model-monitor alerts --all"


def digest(words: Sequence[Word], standing: str | None) -> Digest:
    """What stands for `words`, which have one receiver.

    `standing` is the severity of the gravest alert that is open and told by digests alone. Each
    receiver has one digest by name, so that PagerDuty has one incident for it and not many.
    """
    first = words[0]
    name = hashlib.sha256("|".join(("digest", *first.receiver)).encode()).hexdigest()[:32]
    kinds = counted(RESOLVED if word.is_over else word.severity for word in words)
    many = f"{len(words):,} more notifications" if len(words) > 1 else "1 more notification"
    return Digest(
        transition_id=first.transition_id,
        transition="firing" if standing else RESOLVED,
        contact_id=first.contact_id,
        channel=first.channel,
        address_variable=first.address_variable,
        row={
            "alert_id": name, "monitor": "model_monitor", "subject": "digest", "rule_id": "digest",
            "severity": standing or "warn", "since": first.row.get("since"),
            "message": f"and {many} ({kinds}). List: {LIST}",
        },
        covered=tuple(words),
    )  # fmt: skip


def counted(names: Iterable[object], shown: int = 10) -> str:
    """The most frequent names and how often each is there."""
    counts = Counter(str(name) for name in names).most_common()
    more = f" and {len(counts) - shown} others" if len(counts) > shown else ""
    return ", ".join(f"{count:,} {name}" for name, count in counts[:shown]) + more


def one_line(text: str) -> str:
    """What comes from a warehouse must not look like lines of ours."""
    return " ".join(clean(text).split())


def shortened(text: str, limit: int) -> str:
    """A receiver's limit is met by us, for some cut without a sign and some refuse."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
