"""Counts the cells of a log: versions × values of a slice, per hour, day and longer window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from model_monitor.facts import SAMPLE_DAYS, Source, newest, time_sql
from model_monitor.sizes import WHOLE, Cells
from model_monitor.warehouse import Warehouse

STREAM = ("version", "role", "variant")
MONTH = 30


def count_cells(
    warehouse: Warehouse,
    source: Source,
    log: Mapping[str, Any],
    limits: Mapping[str, int],
    last: Any,
    share: float = 1.0,
) -> dict[tuple[str, str], Cells]:
    """By slice and window, a day's worth each. `share`: rows of the log per row of its table."""
    found: dict[tuple[str, str], Cells] = {}
    slices = [{"name": WHOLE, "columns": []}, *log["slices"]]
    for entry in slices:
        if all(source.has(column) for column in entry["columns"]):
            counts = read_counts(warehouse, source, log["columns"], entry["columns"], last)
            limit = limits["slice_values" if len(entry["columns"]) == 1 else "combination_values"]
            counts = pool(counts.assign(n=counts["n"] * share), limit)
            for window, cells in by_window(counts, limits["min_cell"]).items():
                found[entry["name"], window] = cells
    return found


def read_counts(
    warehouse: Warehouse,
    source: Source,
    roles: Mapping[str, str | None],
    columns: Sequence[str],
    last: Any,
) -> pd.DataFrame:
    """Rows by hour, stream and value of the slice, in the newest days."""

    def text(column: str) -> str:
        return f"cast({warehouse.quote(source.columns[column.lower()].name)} as varchar(500))"

    streams = [roles[role] for role in STREAM]
    stream = [text(name) for name in streams if name is not None and source.has(name)]
    role = roles["role"]
    is_live = f"lower({text(role)}) = 'live'" if role and source.has(role) else "1 = 1"
    hour = f"date_trunc('hour', {time_sql(warehouse, source, str(source.time))})"
    parts = [
        (hour, "hour"),
        (joined(stream), "stream"),
        (joined([text(column) for column in columns]), "value"),
        (f"case when {is_live} then 1 else 0 end", "is_live"),
    ]
    where = f"where ({source.where}\n)" if source.where else "where 1 = 1"
    conditions = "".join(f" and {each}" for each in newest(warehouse, source, last))
    selected = ", ".join(f"{sql} as {name}" for sql, name in parts)
    return warehouse.query(
        f"select hour, stream, value, is_live, count(*) as n from ("
        f"select {selected} from {source.relation} {where}{conditions}"
        ") as counted group by hour, stream, value, is_live"
    )


def joined(expressions: Sequence[str]) -> str:
    """One text out of several columns, nulls apart from every other value."""
    return " || '|' || ".join(f"coalesce({each}, '(missing)')" for each in expressions) or "''"


def pool(counts: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The largest values of a slice, and the rest as one."""
    largest = counts.groupby("value")["n"].sum().nlargest(limit).index
    return counts.assign(value=counts["value"].where(counts["value"].isin(largest), "(other)"))


def by_window(counts: pd.DataFrame, min_cell: int) -> dict[str, Cells]:
    if counts.empty:
        return {}
    counts = counts.assign(day=counts["hour"].dt.floor("D"), period=0)
    days = max(1, min(SAMPLE_DAYS, counts["day"].nunique()))
    longer = MONTH / days
    return {
        "hour": cells(counts, "hour", min_cell, days, 1),
        "day": cells(counts, "day", min_cell, days, 1),
        "7d": cells(counts, "period", min_cell, 1, SAMPLE_DAYS / days),
        "30d": cells(counts, "period", min_cell, 1, longer),
    }


def cells(counts: pd.DataFrame, unit: str, min_cell: int, days: float, scale: float) -> Cells:
    live = counts[counts["is_live"] == 1]
    every = counts.groupby([unit, "stream", "value"])["n"].sum() * scale
    by_version = live.groupby([unit, "stream", "value"])["n"].sum() * scale
    together = live.groupby([unit, "value"])["n"].sum() * scale
    published = (by_version >= min_cell).sum() + (together >= min_cell).sum()
    return Cells(len(every) / days, float(published) / days, float(every.sum()) / days)
