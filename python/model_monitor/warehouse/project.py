"""Runs dbt in this process, and reads its configuration, results and relations.

There is no second configuration: everything comes from the project and the profile of dbt.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.garbage import without_collection
from model_monitor.warehouse import spark
from model_monitor.warehouse.connection import Table, Warehouse
from model_monitor.warehouse.engine import Adapter
from model_monitor.warehouse.settings import PACKAGE, Settings, entered
from model_monitor.warehouse.sql_errors import as_lock

QUIET = (
    "--no-send-anonymous-usage-stats",
    "--no-version-check",
    "--quiet",
    "--no-print",
    "--no-use-colors",
    "--log-level=none",
)
# The tests that read the whole history for what the suite `grains` asks of the changed windows.
WHOLE_HISTORY = "tag:whole_history"
FAILED = ("error", "fail", "runtime error", "partial success")
# The stack of macros that dbt adds to an error.
CALL_STACK = re.compile(r"^\s*> (?:in|called by) .*$\n?", re.MULTILINE)
# A configuration error names the model that was read first, which is not its cause.
OWN_ERROR = re.compile(r"^Compilation Error in [^\n]*\n\s*(?=model_monitor: )")

Event = Any  # one of dbt's protobuf messages, which have no types
Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Failure:
    """A model that did not build, or a test that did not pass."""

    name: str
    kind: str
    message: str


@dataclass(frozen=True)
class Build:
    """The result of a `dbt build`."""

    failures: tuple[Failure, ...]
    built: int
    skipped: int
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)  # of each node


class Project:
    """A dbt project. It is parsed once, on first use."""

    def __init__(self, settings: Settings, listener: Listener | None = None) -> None:
        self.settings = entered(settings)
        self.listener = listener
        self._manifest: Any = None

    def invoke(self, *command: str) -> Any:
        """The result of a dbt command. An error that ends the command is raised with its text."""
        from dbt.cli.main import dbtRunner

        reports: list[str] = []

        def listen(event: Event) -> None:
            if event.info.level == "error":
                reports.append(event.info.msg)
            if self.listener is not None:
                self.listener(event)

        runner = dbtRunner(manifest=self._manifest, callbacks=[listen])
        with without_collection():
            arguments = self.settings.arguments(is_parse=command == ("parse",))
            outcome = runner.invoke([*QUIET, *command, *arguments])
        if isinstance(outcome.exception, KeyboardInterrupt | SystemExit):
            raise outcome.exception
        if outcome.exception is not None:
            raise as_error(outcome.exception, reports)
        return outcome.result

    @property
    def is_read(self) -> bool:
        return self._manifest is not None

    @property
    def manifest(self) -> Any:
        if self._manifest is None:
            self._manifest = self.invoke("parse")
            if self._manifest.metadata.adapter_type == "spark":
                spark.prepare()
        return self._manifest

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(Adapter(str(self.manifest.metadata.adapter_type)))

    def config(self) -> dict[str, Any]:
        """The configuration in its normal form, from the package's own macro.

        It is compiled in a node of the package. An inline query would belong to the root project,
        and would not see the variables that this project gives to the package.
        """
        _ = self.manifest
        node = f"monitor_configuration,package:{PACKAGE}"
        (compiled,) = self.compiled("--select", node)
        found: dict[str, Any] = json.loads(compiled.compiled_code)
        return found

    def compile(self, *arguments: str) -> list[Any]:
        """What dbt says about each chosen node. The files of the last build in target/ stay."""
        options = ("--no-write-json", "--no-populate-cache")
        results: list[Any] = self.invoke("compile", *options, *arguments).results
        return results

    def compiled(self, *arguments: str) -> list[Any]:
        """Nodes of the package with their queries, in dependency order."""
        results = self.compile(*arguments)
        if not results:
            raise MonitorError(
                f"The project {self.manifest.metadata.project_name} does not have the package "
                f"{PACKAGE}. Add it to packages.yml, then run: dbt deps"
            )
        for result in results:
            if str(result.status) in FAILED:
                raise MonitorError(readable(result.message))
        return [result.node for result in results]

    def build(self, *arguments: str) -> Build:
        """`dbt build` of the package, without its unit tests, which are for its developers."""
        if self.manifest.metadata.adapter_type == "spark":
            self._clear()
        choice = ("--select", f"package:{PACKAGE}", "--exclude-resource-type", "unit_test")
        results = self.invoke("build", *choice, *arguments).results
        failures = [
            Failure(result.node.name, str(result.node.resource_type), readable(result.message))
            for result in results
            if str(result.status) in FAILED
        ]
        skipped = sum(str(result.status) == "skipped" for result in results)
        seconds = {str(each.node.unique_id): float(each.execution_time) for each in results}
        return Build(tuple(failures), len(results) - len(failures) - skipped, skipped, seconds)

    def _clear(self) -> None:
        ours = {(str(node.schema), str(node.alias)) for node in self._built()}
        with self.warehouse.connected():
            spark.leftovers(self.warehouse, ours)

    def relation(self, name: str) -> str | None:
        """The relation of a model or seed of the package, as dbt writes it; None if unknown."""
        for kind in ("model", "seed"):
            node = self.manifest.nodes.get(f"{kind}.{PACKAGE}.{name}")
            if node is not None:
                return str(node.relation_name)
        return None

    def _built(self) -> list[Any]:
        """The models and seeds of the package."""
        return [
            node
            for node in self.manifest.nodes.values()
            if node.package_name == PACKAGE and node.resource_type in ("model", "seed")
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """The models and seeds of the package."""
        return tuple(str(node.name) for node in self._built())

    def places(self) -> set[tuple[str | None, str]]:
        """The databases and schemas that hold what the package builds."""
        return {(node.database, str(node.schema)) for node in self._built()}

    def aliases(self) -> set[str]:
        """The names of the relations that the package builds."""
        return {str(node.alias) for node in self._built()}

    @property
    def schema(self) -> str:
        """The schema of the results."""
        found = self.results()
        return found[0].schema if found else ""

    def relation_of(self, spec: Mapping[str, Any]) -> str | None:
        """The relation of {'source': [a, b]} or {'ref': [a, b]} in the configuration."""
        if spec.get("source"):
            wanted = tuple(spec["source"])
            nodes = self.manifest.sources.values()
            found = [node for node in nodes if (node.source_name, node.name) == wanted]
        else:
            wanted = tuple(spec["ref"])
            nodes = self.manifest.nodes.values()
            refable = [
                node for node in nodes if node.resource_type in ("model", "seed", "snapshot")
            ]
            found = [node for node in refable if (node.package_name, node.name) == wanted]
        return str(found[0].relation_name) if found else None

    def results(self) -> list[Table]:
        """The result tables of the package, which people and their tools read."""
        return [
            Table(node.alias, str(node.schema), str(node.relation_name))
            for node in self.manifest.nodes.values()
            if node.package_name == PACKAGE
            and node.resource_type == "model"
            and node.name.startswith("monitor_")
            and node.config.materialized != "ephemeral"
        ]


def as_error(exception: BaseException, reports: list[str]) -> MonitorError:
    """dbt's exception as one of ours: the same text, without the stack of macros."""
    text = str(exception)
    if text.startswith("Error parsing inline query") or not text.strip():
        text = "\n".join(reports) or text
    return as_lock(text) or MonitorError(readable(text))


def readable(text: str | None) -> str:
    """An error of dbt without the stack of macros; of our own macros only the message."""
    plain = CALL_STACK.sub("", spark.readable(text or "no message")).strip()
    own = OWN_ERROR.sub("", plain)
    return plain if own == plain else textwrap.dedent(f"  {own}").strip()
