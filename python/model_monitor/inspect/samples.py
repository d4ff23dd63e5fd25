"""A sample of rows: the distinct values of a subject or column, and their range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.inspect.datatypes import NUMBER, OTHER, TEXT, TIME, family
from model_monitor.inspect.queries import Source, inner_query
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.rows import Row

SAMPLE_ROWS = 200_000
# Types of DuckDB without a Python type, and the types to which their ends are cast
SHOWN_AS = {"uhugeint": "double", "bignum": "double", "varint": "double", "enum": "varchar"}


@dataclass(frozen=True)
class Values:
    """A sample of one subject."""

    rows: int
    present: int
    distinct: int | None = None
    lowest: Any = None
    highest: Any = None

    @property
    def missing(self) -> float:
        return 1 - self.present / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Sample:
    """A sample of the newest rows: subjects by name, columns by name."""

    rows: int = 0
    subjects: Mapping[str, Values] = field(default_factory=dict)
    columns: Mapping[str, Values] = field(default_factory=dict)


def sample(
    warehouse: Warehouse,
    source: Source,
    subjects: Mapping[str, tuple[str, str]],
    columns: Sequence[str],
    conditions: Sequence[str] = (),
) -> Sample:
    """Counts over some rows. Subjects are given as name: (expression, type)."""
    names = [warehouse.quote(source.columns[name.lower()].name) for name in columns]
    if source.per:
        names = [f"min({name})" for name in names]
    types = [
        *(data_type for _, data_type in subjects.values()),
        *(source.data_type(name) for name in columns),
    ]
    expressions = [*(sql for sql, _ in subjects.values()), *names]
    if not expressions:
        return Sample()
    inner = inner_query(warehouse, source, expressions, *conditions)
    measured = ", ".join(
        part for index, data_type in enumerate(types) for part in measures(index, data_type)
    )
    (row,) = warehouse.rows(
        f"select count(*) as n, {measured} from ({inner} limit {SAMPLE_ROWS}) as sampled"
    )
    rows = int(row["n"])
    found = [values(row, index, rows) for index in range(len(types))]
    return Sample(
        rows,
        dict(zip(subjects, found, strict=False)),
        dict(zip(columns, found[len(subjects) :], strict=True)),
    )


def measures(index: int, data_type: str) -> list[str]:
    kind = family(data_type)
    found = [f"count(v{index}) as present{index}"]
    if kind != OTHER:
        found.append(f"count(distinct v{index}) as distinct{index}")
    if kind in (NUMBER, TEXT, TIME):
        ends = [f"min(v{index})", f"max(v{index})"]
        shown = SHOWN_AS.get(data_type.lower().split("(")[0])
        if shown:
            ends = [f"cast({end} as {shown})" for end in ends]
        found += [f"{ends[0]} as lowest{index}", f"{ends[1]} as highest{index}"]
    return found


def values(row: Row, index: int, rows: int) -> Values:
    distinct = row.get(f"distinct{index}")
    return Values(
        rows=rows,
        present=int(row[f"present{index}"]),
        distinct=None if distinct is None else int(distinct),
        lowest=row.get(f"lowest{index}"),
        highest=row.get(f"highest{index}"),
    )
