"""Counts the cells of a log: versions × values of a slice, per hour, day and longer window.

The size of a cell matters too: a cell with ten rows cannot fill thirty bins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from model_monitor.doctor.sizes import Cells
from model_monitor.inspect.queries import Source, newest, time_sql
from model_monitor.text import WHOLE
from model_monitor.warehouse.connection import Warehouse

STREAM = ("version", "role", "variant")
WEEK, MONTH = 7, 30


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
            counts = read_counts(warehouse, source, log["columns"], entry["columns"], last)
            limit = limits["slice_values" if len(entry["columns"]) == 1 else "combination_values"]
            counts = pool(counts.assign(n=counts["n"] * share), limit)
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
) -> pd.DataFrame:
    """Row counts of the newest days, by hour, stream and slice value."""

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
    return warehouse.query(
        f"select hour, stream, version, value, is_live, count(*) as n from ("
        f"select {selected} from {source.relation} {where}{conditions}"
        ") as counted group by hour, stream, version, value, is_live"
    )


def joined(expressions: Sequence[str]) -> str:
    """One text from several columns; a null differs from every other value."""
    return " || '|' || ".join(f"coalesce({each}, '(missing)')" for each in expressions) or "''"


def pool(counts: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The largest values of a slice, and one value for the others."""
    largest = counts.groupby("value")["n"].sum().nlargest(limit).index
    return counts.assign(value=counts["value"].where(counts["value"].isin(largest), "(other)"))


def by_window(counts: pd.DataFrame, least_in_hour: float) -> dict[str, Cells]:
    """The cells of each window per day, from the full days among the newest ones."""
    if counts.empty:
        return {}
    counts = counts.assign(day=counts["hour"].dt.floor("D"), period=0)
    every = sorted(counts["day"].unique())
    if len(every) > 2:
        counts = counts[counts["day"].isin(every[1:-1])]
    days = counts["day"].nunique()
    in_hour = counts.groupby(["hour", "value"])["n"].transform("sum")
    return {
        "hour": cells(counts[in_hour >= least_in_hour], "hour", days, 1),
        "day": cells(counts, "day", days, 1),
        "7d": cells(counts, "period", 1, WEEK / days),
        "30d": cells(counts, "period", 1, MONTH / days),
    }


def cells(counts: pd.DataFrame, unit: str, days: float, scale: float) -> Cells:
    live = counts[counts["is_live"] == 1]

    def of(rows: pd.DataFrame, *keys: str) -> tuple[tuple[float, float], ...]:
        return sizes(rows.groupby([unit, *keys, "value"])["n"].sum() * scale, days)

    return Cells(of(counts, "stream"), of(counts, "version"), of(live))


def sizes(rows: pd.Series[float], days: float) -> tuple[tuple[float, float], ...]:
    """(rows of a cell, cells per day); cells of similar size are grouped."""
    alike = rows.groupby((np.log(rows.clip(lower=0.1)) * 4).round()).agg(["mean", "size"])
    return tuple((float(mean), float(size) / days) for mean, size in alike.to_numpy())
