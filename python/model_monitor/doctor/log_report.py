"""The doctor's report on one log, and its access to the log's table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from model_monitor.doctor.checks import ERROR, Finding
from model_monitor.doctor.sizes import LogStats
from model_monitor.errors import QueryError
from model_monitor.inspect import queries
from model_monitor.inspect.queries import Source
from model_monitor.inspect.samples import Values
from model_monitor.text import nearest
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.project import Project

GROUPS = {"score": "scores", "operation": "operations", "context": "slices"}


@dataclass
class LogReport:
    """One log: its size, the reference of its rulers, its findings."""

    monitor: str
    name: str
    subjects: int = 0
    rows: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    frozen_from: str | None = None
    frozen: Mapping[str, Values] = field(default_factory=dict)
    stats: LogStats | None = None
    findings: list[Finding] = field(default_factory=list)

    def note(self, level: str, where: str, problem: str, advice: str = "") -> None:
        self.findings.append(Finding(level, where, problem, advice))

    def as_json(self) -> dict[str, Any]:
        names = ("monitor", "name", "subjects", "rows", "first", "last", "frozen_from")
        rulers = {
            subject: {**vars(values), "missing": values.missing}
            for subject, values in self.frozen.items()
        }
        return {**{name: getattr(self, name) for name in names}, "rulers": rulers}


@dataclass(frozen=True)
class Case:
    """A log of a monitor under examination."""

    project: Project
    monitor: Mapping[str, Any]
    log: Mapping[str, Any]
    now: datetime
    report: LogReport

    @property
    def warehouse(self) -> Warehouse:
        return self.project.warehouse

    @property
    def is_derived(self) -> bool:
        return self.log["from"] is not None

    @property
    def lateness(self) -> timedelta:
        return timedelta(seconds=self.monitor["limits"]["lateness"])

    @property
    def path(self) -> str:
        """Where the log is in the configuration."""
        middle = "" if self.log["name"] == "predictions" else "logs › "
        return f"{self.monitor['name']} › {middle}{self.log['name']}"

    def path_of(self, subject: Mapping[str, Any]) -> str:
        if self.log["name"] != "predictions":
            return f"{self.path} › subjects › {subject['name']}"
        group = GROUPS.get(subject["kind"], "features")
        return f"{self.monitor['name']} › {group} › {subject['name']}"

    def evaluate(
        self, source: Source, expressions: Mapping[str, str], where: Callable[[str], str]
    ) -> dict[str, str]:
        """Types by name. All expressions run at once; on a failure each runs alone, to name it."""
        try:
            return queries.value_types(self.warehouse, source, expressions)
        except QueryError:
            found: dict[str, str] = {}
            for name, sql in expressions.items():
                try:
                    found.update(queries.value_types(self.warehouse, source, {name: sql}))
                except QueryError as error:
                    self.report.note(ERROR, where(name), short(error), f"sql: {sql.strip()}")
            return found


def read_source(
    project: Project, spec: Mapping[str, Any], where: str, report: LogReport
) -> Source | None:
    """The columns of a configured relation, or a finding that it does not exist."""
    relation = project.relation_of(spec)
    columns = None if relation is None else project.warehouse.columns(relation)
    if relation is None or columns is None:
        kind, parts = next(iter(spec.items()))
        named = relation or ".".join(parts)
        wanted = ".".join(part.strip('"`') for part in named.split(".")[-2:])
        tables = project.warehouse.tables()
        if relation is None and kind == "source" and named in tables:
            advice = f"The table exists. Declare it in the sources of the project ({parts[0]})."
            report.note(ERROR, where, f"no source {named} is declared", advice)
        else:
            report.note(ERROR, where, f"there is no table {named}", nearest(wanted, tables))
        return None
    return Source(relation, {column.name.lower(): column for column in columns})


def short(error: Exception) -> str:
    """The first lines of a warehouse's error; the query follows them."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", " "))]
    return "\n".join(kept[:3]) or str(error)
