"""Notes on labels that are invalid, or without a prediction or an outcome."""

from __future__ import annotations

from typing import Any

from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

# Below both limits the tables alone report it.
MIN_COUNT, MIN_SHARE = 20, 0.05

ARRIVED_SQL = """
select
    monitor,
    log,
    new_row_count,
    unmatched_label_count,
    undeclared_label_count,
    undeclared_outcomes
from {table}
where run_number = (select max(latest.run_number) from {table} as latest)
order by monitor, log
"""
# A label counts once the label window of its prediction has closed: the last days with such.
INVALID_SQL = """
with days as (

    select
        monitor,
        log,
        outcome,
        window_start,
        matured_count,
        invalid_outcome_count,
        max(window_start) over (partition by monitor, log) as last_day
    from {table}
    where role = 'live'
        and model_version = '(all)'
        and slice_name = '(all)'
        and window_name = 'day'
        and matured_count > 0

)

select
    monitor,
    outcome,
    sum(invalid_outcome_count) as invalid_count,
    sum(matured_count) as matured_count
from days
where window_start > last_day - interval '7 days'
group by monitor, outcome
having sum(invalid_outcome_count) > 0
order by monitor, outcome
"""


def label_problems(project: Project) -> list[str]:
    arrived = records(read(project, "monitor_watermarks", ARRIVED_SQL))
    notes = [unmatched(row) for row in arrived if is_notable(row)]
    notes.extend(
        f"{row['monitor']} › outcomes: rows are ignored, because their outcome is not configured or"
        f" they have no arrival time: {row['undeclared_outcomes']}"
        for row in arrived
        if row["undeclared_label_count"]
    )
    notes.extend(
        f"{row['monitor']} › {row['outcome']}: {row['invalid_count']:,.0f} of"
        f" {row['matured_count']:,.0f} predictions have an invalid label (latest 7 days whose label"
        " window closed)"
        for row in records(read(project, "monitor_labels", INVALID_SQL))
    )
    return notes


def is_notable(row: dict[str, Any]) -> bool:
    found = row["unmatched_label_count"] or 0
    return found >= MIN_COUNT and found >= MIN_SHARE * (row["new_row_count"] or 0)


def unmatched(row: dict[str, Any]) -> str:
    return (
        f"{row['monitor']} › {row['log']}: {row['unmatched_label_count']:,.0f} of"
        f" {row['new_row_count']:,.0f} new labels match no prediction yet; they count once the"
        " prediction arrives"
    )
