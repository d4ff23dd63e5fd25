"""The small frames that suites check, read through dbt's connection.

A frame is a node of the dbt project. An analysis is a query that aggregates in the warehouse. A
model, seed or source is read completely, if it is small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from model_monitor.errors import MonitorError, QueryError
from model_monitor.warehouse.project import FAILED, Project, readable
from model_monitor.warehouse.settings import PACKAGE
from model_monitor.warehouse.sql_errors import is_missing

MAX_ROWS = 500_000
LIMIT = MAX_ROWS + 1
READABLE = ("model", "seed", "snapshot", "source")


NOT_BUILT = "The results are missing or incomplete. To build them: model-monitor run"


class FrameError(MonitorError):
    """A frame that cannot be read, with the reason."""


class Frames:
    """Reads frames by name. The first read of an analysis compiles all analyses together."""

    def __init__(self, project: Project, names: Iterable[str]) -> None:
        self.project = project
        self.nodes = {name: find(project, name) for name in names}
        self._queries: dict[str, str | FrameError] | None = None

    def read(self, name: str) -> pd.DataFrame:
        node = self.nodes.get(name) or find(self.project, name)
        if node is None:
            raise FrameError(
                f"The dbt project has no node {name}. If the suite is one of ours, install equal "
                "versions of the dbt package and the Python package."
            )
        sql = self._query(node) if str(node.resource_type) == "analysis" else all_rows(node)
        try:
            found = self.project.warehouse.query(f"select * from ({sql}\n) as frame limit {LIMIT}")
        except QueryError as error:
            raise FrameError(NOT_BUILT if is_ours(str(error)) else str(error)) from error
        if len(found) > MAX_ROWS:
            raise FrameError(
                f"{name} has more than {MAX_ROWS:,} rows. Use an analysis as the frame, which "
                "aggregates in the warehouse."
            )
        return found

    def _query(self, node: Any) -> str:
        if self._queries is None:
            self._queries = self._compile()
        found = self._queries[node.unique_id]
        if isinstance(found, FrameError):
            raise found
        return found

    def _compile(self) -> dict[str, str | FrameError]:
        analyses = [
            node
            for node in self.nodes.values()
            if node is not None and str(node.resource_type) == "analysis"
        ]
        try:
            return self._compiled(analyses)
        except MonitorError:
            # dbt stops at the first analysis that fails, so compile each one separately
            return dict(pair for node in analyses for pair in self._compiled_alone(node).items())

    def _compiled(self, analyses: list[Any]) -> dict[str, str | FrameError]:
        chosen = [f"fqn:{'.'.join(node.fqn)}" for node in analyses]
        done = self.project.compile("--select", *chosen)
        found: dict[str, str | FrameError] = {
            node.unique_id: FrameError(f"dbt did not compile {node.name}.") for node in analyses
        }
        for result in done:
            failed = str(result.status) in FAILED
            found[result.node.unique_id] = (
                FrameError(readable(result.message)) if failed else result.node.compiled_code
            )
        return found

    def _compiled_alone(self, node: Any) -> dict[str, str | FrameError]:
        try:
            return self._compiled([node])
        except MonitorError as error:
            return {node.unique_id: FrameError(str(error))}


def is_ours(text: str) -> bool:
    """Whether the error says that one of our tables does not exist."""
    return is_missing(text.splitlines()[0]) and "monitor_" in text.splitlines()[0]


def all_rows(node: Any) -> str:
    return f"select * from {node.relation_name}"


def find(project: Project, name: str) -> Any:
    """A node by its name or by package.name. Nodes of the root project come first."""
    manifest = project.manifest
    package, _, rest = name.rpartition(".")
    nodes: Mapping[str, Any] = {**manifest.nodes, **manifest.sources}
    named = [
        node
        for node in nodes.values()
        if node.name == rest
        and str(node.resource_type) in (*READABLE, "analysis")
        and (not package or package in (node.package_name, getattr(node, "source_name", None)))
    ]
    order = (PACKAGE,) if rest.startswith("monitor_") else (manifest.metadata.project_name,)
    named.sort(key=lambda node: (node.package_name not in order, str(node.unique_id)))
    return named[0] if named else None
