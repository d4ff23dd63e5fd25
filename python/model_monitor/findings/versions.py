"""Notes on versions that serve contrary to the registry, on the latest day of each monitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.warehouse.read import Readable, read, records

# the shortest window of whole days, or hours if there is no other
LATEST_SQL = """
with windows as (

    select
        monitor,
        model_version,
        window_start,
        window_end,
        row_count,
        traffic_share,
        registered_stage,
        problem,
        dense_rank() over (
            partition by monitor
            order by
                case window_name when 'day' then 1 when '7d' then 2 when '30d' then 3 else 4 end,
                window_end desc
        ) as age
    from {table}

)

select * from windows
where age = 1
    and problem is not null
order by monitor, problem, row_count desc, model_version
"""
SHOWN = 10


def version_problems(project: Readable) -> list[str]:
    found = records(read(project, "monitor_versions_served", LATEST_SQL))
    notes = [describe(row) for row in found[:SHOWN]]
    if len(found) > SHOWN:
        notes.append(f"… and {len(found) - SHOWN} more: see monitor_versions_served")
    return notes


def describe(row: Mapping[str, Any]) -> str:
    version, stage = row["model_version"], row["registered_stage"]
    served = f"serves {row['traffic_share']:.1%} of the rows"
    if row["problem"] == "missing_champion":
        what = f"champion {version} serves no rows"
    elif row["problem"] == "two_live":
        what = f"champion {version} {served}, beside another champion"
    else:
        known = f"registered as {stage}" if stage else "not in the registry"
        what = f"version {version} {served} and is {known}"
    when = f"{row['window_start']:%Y-%m-%d} to {row['window_end']:%Y-%m-%d}"
    return (
        f"{row['monitor']}: {what} ({when}). Compare monitor_versions_served with policy: versions."
    )
