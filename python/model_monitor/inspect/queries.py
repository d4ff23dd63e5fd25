"""Queries on a log: its size, its time range and its newest rows.

Plain SQL for DuckDB, Postgres and Spark. Only the newest rows are examined closely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from model_monitor.inspect.datatypes import TIME, family, has_zone
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.rows import as_utc
from model_monitor.warehouse.statements import Column

SAMPLE_DAYS = 7
SHOWN_DAYS = 14
LIMIT = "1e15"  # of a metric or a label: fixed_low in macros/sketches/metric_sums.sql


@dataclass(frozen=True)
class Source:
    """Rows to inspect: a relation, a filter, and the columns of time."""

    relation: str
    columns: Mapping[str, Column]  # by lower-case name
    where: str | None = None
    time: str | None = None
    loaded_at: str | None = None
    per: str | None = None  # a row of the log is a group of rows with the same value of this column

    def has(self, column: str | None) -> bool:
        return column is not None and column.lower() in self.columns

    def data_type(self, column: str) -> str:
        return self.columns[column.lower()].data_type


@dataclass(frozen=True)
class Bounds:
    """The number of rows and their time range."""

    rows: int = 0
    untimed: int = 0
    first: datetime | None = None
    last: datetime | None = None  # not after now
    loaded_last: datetime | None = None
    future: int = 0
    days: tuple[tuple[date, int], ...] = ()  # the newest, oldest first


def time_sql(warehouse: Warehouse, source: Source, column: str) -> str:
    quoted = warehouse.quote(source.columns[column.lower()].name)
    if has_zone(source.data_type(column)):
        return f"({quoted} at time zone 'UTC')"
    return f"cast({quoted} as timestamp)"


def is_time(source: Source, column: str | None) -> bool:
    return column is not None and source.has(column) and family(source.data_type(column)) == TIME


def instant(value: datetime) -> str:
    return f"cast('{value:%Y-%m-%d %H:%M:%S.%f}' as timestamp)"


def from_where(source: Source, *conditions: str) -> str:
    given = [f"({source.where}\n)"] if source.where else []
    every = [*given, *conditions]
    return f"from {source.relation}" + (f"\nwhere {' and '.join(every)}" if every else "")


def as_it_was(warehouse: Warehouse, source: Source, now: datetime) -> Source:
    """The source as of a time, without later rows."""
    columns = [c for c in (source.loaded_at, source.time) if is_time(source, c)]
    if not columns:
        return source
    times = ", ".join(time_sql(warehouse, source, column) for column in columns if column)
    known = f"coalesce(coalesce({times}) <= {instant(now)}, true)"
    return replace(source, where=f"({source.where}\n) and {known}" if source.where else known)


def bounds(warehouse: Warehouse, source: Source, now: datetime) -> Bounds:
    """Counts, and the newest days. A log without a usable time is only counted."""
    if source.time is None or not is_time(source, source.time):
        return Bounds(rows=number(warehouse, f"select count(*) as n {from_where(source)}"))
    time = time_sql(warehouse, source, source.time)
    loaded = (
        time_sql(warehouse, source, source.loaded_at)
        if source.loaded_at is not None and is_time(source, source.loaded_at)
        else time
    )
    (row,) = warehouse.rows(
        f"select count(*) as n, count({time}) as timed, min({time}) as first_time, "
        f"max(case when {time} <= {instant(now)} then {time} end) as last_time, "
        f"max(case when {loaded} <= {instant(now)} then {loaded} end) as last_loaded, "
        f"count(case when {time} > {instant(now)} then 1 end) as ahead "
        f"{from_where(source)}"
    )
    last = moment(row["last_time"])
    return Bounds(
        rows=int(row["n"]),
        untimed=int(row["n"]) - int(row["timed"]),
        first=moment(row["first_time"]),
        last=last,
        loaded_last=moment(row["last_loaded"]),
        future=int(row["ahead"]),
        days=days(warehouse, source, time, last) if last is not None else (),
    )


def days(
    warehouse: Warehouse, source: Source, time: str, last: datetime
) -> tuple[tuple[date, int], ...]:
    since = datetime.combine(last.date(), datetime.min.time()) - timedelta(days=SHOWN_DAYS - 1)
    window = f"{time} >= {instant(since)} and {time} <= {instant(last)}"
    found = warehouse.rows(
        f"select cast({time} as date) as day, count(*) as n {from_where(source, window)} "
        f"group by cast({time} as date)"
    )
    counts = {row["day"]: int(row["n"]) for row in found}
    every = [since.date() + timedelta(days=index) for index in range(SHOWN_DAYS)]
    return tuple((day, counts.get(day, 0)) for day in every)


def duplicates(warehouse: Warehouse, source: Source, column: str, day: date) -> int:
    """The number of rows of one day that repeat the id of another row."""
    if source.time is None or not is_time(source, source.time):
        return 0
    time = time_sql(warehouse, source, source.time)
    start = datetime.combine(day, datetime.min.time())
    window = f"{time} >= {instant(start)} and {time} < {instant(start + timedelta(days=1))}"
    quoted = warehouse.quote(source.columns[column.lower()].name)
    return number(
        warehouse,
        f"select count({quoted}) - count(distinct {quoted}) as n {from_where(source, window)}",
    )


def value_types(
    warehouse: Warehouse, source: Source, expressions: Mapping[str, str]
) -> dict[str, str]:
    """The types of expressions over the log. Raises if one cannot be evaluated."""
    if not expressions:
        return {}
    found = warehouse.columns_of(inner_query(warehouse, source, list(expressions.values())))
    return dict(zip(expressions, [column.data_type for column in found], strict=True))


def inner_query(
    warehouse: Warehouse, source: Source, expressions: Sequence[str], *conditions: str
) -> str:
    selected = ", ".join(f"{sql} as v{index}" for index, sql in enumerate(expressions))
    query = f"select {selected} {from_where(source, *conditions)}"
    return query + (f" group by {warehouse.quote(source.per)}" if source.per else "")


def newest(warehouse: Warehouse, source: Source, last: datetime | None) -> list[str]:
    """A condition that selects the newest rows, if rows have a time."""
    if last is None or source.time is None or not is_time(source, source.time):
        return []
    since = instant(last - timedelta(days=SAMPLE_DAYS))
    return [f"{time_sql(warehouse, source, source.time)} >= {since}"]


def beyond(
    warehouse: Warehouse, source: Source, numbers: Mapping[str, str], last: datetime | None
) -> dict[str, int]:
    """The count of newest rows too large for exact sums, by number."""
    if not numbers:
        return {}
    rows = inner_query(warehouse, source, list(numbers.values()), *newest(warehouse, source, last))
    counts = ", ".join(
        f"count(case when abs(v{index}) > {LIMIT} then 1 end) as n{index}"
        for index in range(len(numbers))
    )
    (found,) = warehouse.rows(f"select {counts} from ({rows}) as numbers")
    return {name: int(count) for name, count in zip(numbers, found.values(), strict=True) if count}


def between(warehouse: Warehouse, source: Source, start: datetime, end: datetime) -> list[str]:
    """A condition that selects the rows of a period, without its end."""
    if source.time is None or not is_time(source, source.time):
        return []
    time = time_sql(warehouse, source, source.time)
    return [f"{time} >= {instant(start)}", f"{time} < {instant(end)}"]


def count(warehouse: Warehouse, source: Source, *conditions: str) -> int:
    """The number of rows, or of groups of a derived log."""
    rows = inner_query(warehouse, source, ["1"], *conditions)
    return number(warehouse, f"select count(*) as n from ({rows}) as found")


def number(warehouse: Warehouse, query: str) -> int:
    """The one number of a query."""
    (row,) = warehouse.rows(query)
    return int(row["n"])


def moment(value: Any) -> datetime | None:
    """A time from a warehouse, as a naive time in UTC; None for a year that Python lacks."""
    return as_utc(value) if isinstance(value, datetime) else None


def groups(
    warehouse: Warehouse, source: Source, columns: Sequence[str], last: datetime | None
) -> int:
    """The number of value combinations of some columns in the newest rows."""
    names = [warehouse.quote(source.columns[name.lower()].name) for name in columns]
    if not names:
        return 1
    recent = newest(warehouse, source, last)
    listed = ", ".join(names)
    query = f"select {listed} {from_where(source, *recent)} group by {listed}"
    return number(warehouse, f"select count(*) as n from ({query}) as found")


def frequencies(
    warehouse: Warehouse, source: Source, column: str, last: datetime | None
) -> list[tuple[float, float]]:
    """Value frequencies of a column in the newest rows: (share of the rows, number of values)."""
    name = warehouse.quote(source.columns[column.lower()].name)
    recent = newest(warehouse, source, last)
    counts = f"select count({name}) as n {from_where(source, *recent)} group by {name}"
    found = warehouse.rows(
        f"select n, count(*) as times from ({counts}) as counts where n > 0 group by n order by n"
    )
    total = float(sum(row["n"] * row["times"] for row in found))
    return [(float(row["n"]) / total, float(row["times"])) for row in found]
