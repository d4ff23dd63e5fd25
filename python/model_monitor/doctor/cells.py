"""Counts the cells of a log: versions × values of a slice, per hour, day and longer window.

The size of a cell matters too: a cell with ten rows cannot fill thirty bins.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_monitor.doctor.sizes import Cells
from model_monitor.inspect.queries import Source, newest, time_sql
from model_monitor.text import WHOLE
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.rows import Row

STREAM = ("version", "role", "variant")
WEEK, MONTH = 7, 30


@dataclass(frozen=True)
class Counted:
    """The rows of an hour, stream, version and value."""

    hour: datetime
    stream: str
    version: str
    value: str
    is_live: bool
    rows: float

    @property
    def day(self) -> datetime:
        return self.hour.replace(hour=0)


def count_cells(
    warehouse: Warehouse,
    source: Source,
    log: Mapping[str, Any],
    limits: Mapping[str, int],
    last: Any,
    share: float = 1.0,
) -> dict[tuple[str, str], Cells]:
    """The cells of one day, by slice and window. `share`: rows of the log per row of its table."""
    found: dict[tuple[str, str], Cells] = {}
    slices = [{"name": WHOLE, "columns": []}, *log["slices"]]
    for entry in slices:
        if all(source.has(column) for column in entry["columns"]):
            limit = limits["slice_values" if len(entry["columns"]) == 1 else "combination_values"]
            counts = [
                Counted(
                    row["hour"], row["stream"], row["version"], row["value"], row["is_live"] == 1,
                    row["n"] * share,
                )
                for row in read_counts(
                    warehouse, source, log["columns"], entry["columns"], last, limit
                )
            ]  # fmt: skip
            # an hour of a slice with too few rows to evaluate is not kept
            least = (0, limits["min_rows"], limits["min_cell"])[min(len(entry["columns"]), 2)]
            for window, cells in by_window(counts, least).items():
                found[entry["name"], window] = cells
    return found


def read_counts(
    warehouse: Warehouse,
    source: Source,
    roles: Mapping[str, str | None],
    columns: Sequence[str],
    last: Any,
    limit: int,
) -> list[Row]:
    """Row counts of the newest days, by hour, stream and slice value: the largest of these."""

    def text(column: str) -> str:
        return f"cast({warehouse.quote(source.columns[column.lower()].name)} as varchar(500))"

    streams = [roles[role] for role in STREAM]
    stream = [text(name) for name in streams if name is not None and source.has(name)]
    versions = [name for name in streams[:2] if name is not None and source.has(name)]
    role = roles["role"]
    is_live = f"lower({text(role)}) = 'live'" if role and source.has(role) else "1 = 1"
    hour = f"date_trunc('hour', {time_sql(warehouse, source, str(source.time))})"
    parts = [
        (hour, "hour"),
        (joined(stream), "stream"),
        (joined([text(name) for name in versions]), "version"),
        (joined([text(column) for column in columns]), "value"),
        (f"case when {is_live} then 1 else 0 end", "is_live"),
    ]
    where = f"where ({source.where}\n)" if source.where else "where 1 = 1"
    conditions = "".join(f" and {each}" for each in newest(warehouse, source, last))
    selected = ", ".join(f"{sql} as {name}" for sql, name in parts)
    keys = "hour, stream, version, value, is_live"
    pooled = f"case when place <= {limit} then value else '(other)' end"
    return warehouse.rows(
        f"select hour, stream, version, {pooled} as value, is_live, cast(sum(n) as bigint) as n "
        "from (select *, dense_rank() over (order by value_rows desc, value) as place "
        "from (select *, sum(n) over (partition by value) as value_rows "
        f"from (select {keys}, count(*) as n from (select {selected} from {source.relation} {where}"
        f"{conditions}) as log_rows where hour is not null group by {keys}) as counted"
        f") as weighed) as ranked group by hour, stream, version, {pooled}, is_live"
    )


def joined(expressions: Sequence[str]) -> str:
    """One text from several columns; a null differs from every other value."""
    return " || '|' || ".join(f"coalesce({each}, '(missing)')" for each in expressions) or "''"


def by_window(counts: Sequence[Counted], least_in_hour: float) -> dict[str, Cells]:
    """The cells of each window per day, from the full days among the newest ones."""
    if not counts:
        return {}
    every = sorted({row.day for row in counts})
    full = set(every[1:-1] if len(every) > 2 else every)
    counts = [row for row in counts if row.day in full]
    in_hour: defaultdict[tuple[datetime, str], float] = defaultdict(float)
    for row in counts:
        in_hour[row.hour, row.value] += row.rows
    kept = [row for row in counts if in_hour[row.hour, row.value] >= least_in_hour]
    days = len(full)
    return {
        "hour": cells([(row.hour, row) for row in kept], days, 1),
        "day": cells([(row.day, row) for row in counts], days, 1),
        "7d": cells([(None, row) for row in counts], 1, WEEK / days),
        "30d": cells([(None, row) for row in counts], 1, MONTH / days),
    }


def cells(counts: Sequence[tuple[datetime | None, Counted]], days: float, scale: float) -> Cells:
    """The cells of the rows of some periods; None is the one period of all days."""

    def of(*keys: str, is_live: bool = False) -> tuple[tuple[float, float], ...]:
        found: defaultdict[tuple[Any, ...], float] = defaultdict(float)
        for period, row in counts:
            if row.is_live or not is_live:
                found[period, *(getattr(row, key) for key in keys), row.value] += row.rows
        return sizes([rows * scale for rows in found.values()], days)

    return Cells(of("stream"), of("version"), of(is_live=True))


def sizes(rows: Sequence[float], days: float) -> tuple[tuple[float, float], ...]:
    """(rows of a cell, cells per day); cells of similar size are grouped."""
    alike: defaultdict[int, list[float]] = defaultdict(list)
    for each in rows:
        alike[round(math.log(max(each, 0.1)) * 4)].append(each)
    return tuple((sum(each) / len(each), len(each) / days) for _, each in sorted(alike.items()))
