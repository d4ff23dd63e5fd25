"""The audit: who or what acted on alerts, when and why. It is append-only."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from model_monitor.warehouse.insert import insert
from model_monitor.warehouse.read import Readable

TABLE = "monitor_audit"


@dataclass(frozen=True)
class Act:
    """One row of monitor_audit, without its id."""

    act: str
    acted_at: datetime
    author: str
    reason: str
    alert_id: str | None = None
    monitor: str | None = None
    subject: str | None = None
    slice_name: str | None = None
    slice_value: str | None = None
    until: datetime | None = None
    decision: str | None = None
    action: str | None = None
    root_cause: str | None = None
    prevention: str | None = None


def add(project: Readable, act: Act, act_id: str | None = None) -> None:
    """Append an act. An automatic act brings its own id."""
    given = {name: value for name, value in asdict(act).items() if value is not None}
    insert(project, TABLE, {"act_id": act_id or uuid.uuid4().hex, **given})
