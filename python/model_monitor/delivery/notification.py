"""A notification: one row of monitor_outbox, and its texts."""

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
# A contact on a channel at an address. Deliveries are tracked for each of these.
Receiver = tuple[str, str, str]


@dataclass(frozen=True)
class Notification:
    """A transition of an alert, for one contact."""

    transition_id: str
    transition: str  # firing, escalated or resolved
    contact_id: str
    channel: str
    address_variable: str
    row: dict[str, Any]
    first_owner: str | None = None  # owner in the first notification of this alert
    is_repeat: bool = False  # already accepted by the receiver
    was_digested: bool = False  # only a digest reported the start of the alert
    failure_count: int = 0  # failed attempts

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
        states = {"firing": self.severity, "escalated": f"{self.severity}, not acknowledged"}
        return one_line(f"[{states.get(self.transition, RESOLVED)}] {self.row['message']}")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The lines under the title, in the order of a reader's questions."""
        labels = (
            ("action", "recommended_action"),
            ("why", "action_reason"),
            ("unless", "action_against"),
            ("likely cause", "likely_cause"),
            ("contributors", "top_contributors"),
            ("runbook", "runbook"),
            ("dashboard", "dashboard"),
            ("owner", "owner"),
            ("rule", "rule_id"),
        )
        found = [
            (label, shortened(one_line(str(self.row[name])), LONGEST_FACT))
            for label, name in labels
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
class Digest(Notification):
    """One notification for many that are not sent one by one."""

    covered: tuple[Notification, ...] = ()

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [("monitors", counted(each.row["monitor"] for each in self.covered))]


LIST = "model-monitor alerts --all"


def digest(notifications: Sequence[Notification], standing: str | None) -> Digest:
    """A digest of notifications to one receiver.

    `standing` is the highest severity among open alerts that only digests reported. All digests of
    a receiver have one id, so that PagerDuty opens one incident for them.
    """
    first = notifications[0]
    name = hashlib.sha256("|".join(("digest", *first.receiver)).encode()).hexdigest()[:32]
    kinds = counted(RESOLVED if each.is_over else each.severity for each in notifications)
    count = len(notifications)
    many = f"{count:,} more notifications" if count > 1 else "1 more notification"
    return Digest(
        transition_id=first.transition_id,
        transition="firing" if standing else RESOLVED,
        contact_id=first.contact_id,
        channel=first.channel,
        address_variable=first.address_variable,
        row={
            "alert_id": name, "monitor": "model_monitor", "subject": "digest", "rule_id": "digest",
            "severity": standing or "warn", "since": first.row.get("since"),
            "message": f"and {many} ({kinds}). To list them: {LIST}",
        },
        covered=tuple(notifications),
    )  # fmt: skip


def counted(names: Iterable[object], shown: int = 10) -> str:
    """The most frequent names with their counts."""
    counts = Counter(str(name) for name in names).most_common()
    more = f" and {len(counts) - shown} others" if len(counts) > shown else ""
    return ", ".join(f"{count:,} {name}" for name, count in counts[:shown]) + more


def one_line(text: str) -> str:
    """Text from a warehouse on one line, so that it cannot imitate our own lines."""
    return " ".join(clean(text).split())


def shortened(text: str, limit: int) -> str:
    """Cut a text to a receiver's limit, because receivers cut silently or refuse it."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
