"""What has to be told: one row of monitor_outbox, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from model_monitor.output import clean

RESOLVED = "resolved"
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
        return f"[{said.get(self.transition, RESOLVED)}] {clean(str(self.row['message']))}"

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
        found = [(label, clean(str(self.row[name]))) for label, name in asked if self.row.get(name)]
        return [*found, ("explain", f"model-monitor explain {self.alert_id[:12]}")]

    @property
    def body(self) -> str:
        return "\n".join(f"{label}: {text}" for label, text in self.facts)

    def at(self, name: str) -> datetime | None:
        """A time of the row, in UTC."""
        value = self.row.get(name)
        if value is None:
            return None
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


def shortened(text: str, limit: int) -> str:
    """A receiver's limit is met by us, for some cut without a sign and some refuse."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
