"""What is still to be told, and what was told: monitor_outbox beside monitor_deliveries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from model_monitor.delivery.word import Word
from model_monitor.errors import MonitorError
from model_monitor.project import Project
from model_monitor.reading import records
from model_monitor.rows import insert

WAITING = """
select outbox.*
from {outbox} as outbox
where outbox.transition_id not in (
    select deliveries.transition_id
    from {deliveries} as deliveries
    where deliveries.status = 'sent'
)
order by outbox.as_of, outbox.alert_id, outbox.contact_id, outbox.transition_id
"""


def has_outbox(project: Project) -> bool:
    return all(
        relation is not None and project.warehouse.exists(relation)
        for relation in tables(project).values()
    )


def tables(project: Project) -> dict[str, str | None]:
    return {name: project.relation(f"monitor_{name}") for name in ("outbox", "deliveries")}


def waiting(project: Project) -> list[Word]:
    """Words that no receiver has taken yet, the oldest first."""
    if not has_outbox(project):
        raise MonitorError("There is no table monitor_outbox yet. First: model-monitor run")
    found = project.warehouse.query(WAITING.format(**tables(project)))
    return [word(row) for row in records(found)]


def word(row: dict[str, Any]) -> Word:
    """A row of the outbox as a word; what only we need is taken out of what is told."""
    ours = ("transition", "contact_id", "channel", "address_variable")
    return Word(
        transition_id=str(row["transition_id"]),
        **{name: str(row[name] or "") for name in ours},
        row={name: value for name, value in row.items() if name not in ours},
    )


def record(project: Project, about: Word, problem: str | None, attempts: int) -> None:
    insert(
        project,
        "monitor_deliveries",
        {
            "transition_id": about.transition_id,
            "contact_id": about.contact_id,
            "channel": about.channel,
            "attempted_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            "status": "sent" if problem is None else "failed",
            "attempts": attempts,
            "detail": problem,
        },
    )
