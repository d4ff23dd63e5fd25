"""A notification: one row of monitor_outbox, and its texts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from model_monitor.delivery.first_checks import first_check
from model_monitor.output import clean
from model_monitor.text import WHOLE, action

RESOLVED = "resolved"
LONGEST_FACT = 500  # characters
LONGEST_ADDRESS = 2000
# A label and its text.
Fact = tuple[str, str]
# A contact on a channel at an address. Deliveries are tracked for each of these.
Receiver = tuple[str, str, str]


@dataclass(frozen=True)
class Point:
    """A window of a series: its end, its value and the normal value."""

    at: datetime
    value: float | None
    normal: float | None = None


Series = tuple[Point, ...]


@dataclass
class Thread:
    """A thread of messages about one alert at one receiver. The first message fills it."""

    id: str | None = None
    first: Notification | None = None


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
    was_info: bool = False  # at the start, or at any time since
    failure_count: int = 0  # failed attempts
    report: str | None = None  # address of the incidents of its monitor in the report
    series: Series = ()  # of the alert, for a picture
    # None where no thread can be kept
    thread: Thread | None = field(default=None, compare=False, repr=False)

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
        return one_line(f"{self.stage} {self.row['message']}")

    @property
    def stage(self) -> str:
        states = {"firing": self.severity, "escalated": f"{self.severity}, not acknowledged"}
        return f"[{states.get(self.transition, RESOLVED)}]"

    @property
    def headline(self) -> str:
        """The title of a message that has the fields beside it: the stage, and who."""
        version = self.text("model_version")
        of_version = "" if version in (None, WHOLE) else f" {version}"
        return f"{self.stage} {self.text('monitor')}{of_version}"

    @property
    def state(self) -> str:
        """The severity, and what became of the alert."""
        if self.is_over:
            accepted = " (accepted as the new normal)"
            is_accepted = str(self.row["message"]).endswith(accepted)
            return f"resolved{accepted if is_accepted else ''}, was {self.severity}"
        return f"{self.severity}{', not acknowledged' * (self.transition == 'escalated')}"

    @property
    def fields(self) -> list[Fact]:
        """How severe it is, what changed, where, since when and by how much."""
        found = [
            ("severity", self.state),
            ("what", self.text("what") or self.text("message")),
            ("where", self.where),
            ("since", self.moment("since")),
            ("until", self.moment("resolved_at") if self.is_over else None),
        ]
        # once it is over, the value is that of its worst window
        if not self.is_over:
            found += [
                ("normally", self.text("baseline_text")),
                ("now", self.text("current_text")),
            ]
        return [(label, text) for label, text in found if text]

    @property
    def details(self) -> list[Fact]:
        """What it does, what to check and what to do, in the order of a reader's questions. Once it
        is over there is nothing left to do."""
        to_do = [
            ("check first", first_check(self.row.get("family"), self.row.get("metric"))),
            ("action", self.action),
            ("why", self.text("action_reason")),
            ("unless", self.text("action_against")),
        ]
        found = [
            ("values that moved", self.text("top_bins")),
            ("impact", self.text("impact")),
            ("likely cause", self.text("likely_cause")),
            *([] if self.is_over else to_do),
            ("contributors", self.text("top_contributors")),
            ("owner", self.text("owner")),
            ("rule", self.text("rule_id")),
        ]
        return [(label, text) for label, text in found if text]

    @property
    def action(self) -> str | None:
        name = self.text("recommended_action")
        return None if name is None else action(name)

    @property
    def addresses(self) -> list[Fact]:
        """Where to read on. A runbook may be a file of the package."""
        found = [
            ("runbook", self.text("runbook", LONGEST_ADDRESS)),
            ("dashboard", self.text("dashboard", LONGEST_ADDRESS)),
            ("report", self.report),
        ]
        return [(label, text) for label, text in found if text]

    @property
    def links(self) -> list[Fact]:
        """The addresses that a browser can open, unchanged."""
        whole = {**self.row, "report": self.report}
        return [fact for fact in self.addresses if fact[1] == whole[fact[0]] and is_link(fact[1])]

    @property
    def command(self) -> str:
        return f"model-monitor explain {self.alert_id[:12]}"

    @property
    def facts(self) -> list[Fact]:
        """Everything under the title."""
        return [*self.fields, *self.details, *self.addresses, ("explain", self.command)]

    @property
    def body(self) -> str:
        return "\n".join(f"{label}: {text}" for label, text in self.facts)

    @property
    def where(self) -> str:
        monitor = self.text("monitor")
        location, version = self.text("location"), self.text("model_version")
        if location is None and self.row.get("slice_name") not in (None, WHOLE):
            location = self.text("slice_value")
        place = "all rows" if location in (None, monitor) else location
        of_version = "" if version in (None, WHOLE) else f", version {version}"
        return f"{monitor}: {place}{of_version}"

    def text(self, name: str, limit: int = LONGEST_FACT) -> str | None:
        """A text of the row on one line; None without one, as in rows older than the column."""
        value = self.row.get(name)
        if value is None or value != value:  # noqa: PLR0124  (NaN differs from itself)
            return None
        return shortened(one_line(str(value)), limit) or None

    def moment(self, name: str) -> str | None:
        """A time of the row; a day without an hour is known by the day."""
        at = self.at(name)
        if at is None:
            return None
        hour = "" if (at.hour, at.minute) == (0, 0) else f", {at:%H:%M} UTC"
        return f"{at.day} {at:%b %Y}{hour}"

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
        if value is None or value != value:  # noqa: PLR0124  (NaT differs from itself)
            return None
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Digest(Notification):
    """One notification for many that are not sent one by one."""

    covered: tuple[Notification, ...] = ()

    @property
    def headline(self) -> str:
        return self.title

    @property
    def fields(self) -> list[Fact]:
        return [("monitors", counted(each.row["monitor"] for each in self.covered))]

    @property
    def details(self) -> list[Fact]:
        return []

    @property
    def command(self) -> str:
        return LIST


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
        report=report_page(first.report),
    )  # fmt: skip


def report_page(address: str | None) -> str | None:
    """The report, without the place on its page."""
    return None if address is None else address.partition("#")[0]


def counted(names: Iterable[object], shown: int = 10) -> str:
    """The most frequent names with their counts."""
    counts = Counter(str(name) for name in names).most_common()
    more = f" and {len(counts) - shown} others" if len(counts) > shown else ""
    return ", ".join(f"{count:,} {name}" for name, count in counts[:shown]) + more


def one_line(text: str) -> str:
    """Text from a warehouse on one line, so that it cannot imitate our own lines."""
    return " ".join(clean(text).split())


def is_link(address: str) -> bool:
    """Whether an address opens in a browser. Receivers refuse a message with another one."""
    if not address.isprintable() or any(char in ' "<>|\\^`{}' for char in address):
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def shortened(text: str, limit: int) -> str:
    """Cut a text to a receiver's limit, because receivers cut silently or refuse it."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
