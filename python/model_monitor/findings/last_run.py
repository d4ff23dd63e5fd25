"""The last run that finished, as exporters describe it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from model_monitor.errors import MonitorError
from model_monitor.warehouse.read import Readable, read, records

SQL = """
select
    run_id,
    run_number,
    as_of,
    started_at,
    finished_at,
    not_evaluated
from {table}
where finished_at is not null
order by run_number desc
"""


@dataclass(frozen=True)
class LastRun:
    """A finished run. Times are UTC."""

    run_id: str
    run_number: int
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    not_evaluated: str | None


def last_run(project: Readable) -> LastRun:
    found = records(read(project, "monitor_runs", SQL))
    if not found:
        raise MonitorError("No run has finished yet. Next: model-monitor run")
    latest = found[0]
    return LastRun(**{name: latest[name] for name in LastRun.__dataclass_fields__})
