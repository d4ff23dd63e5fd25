"""Writes the gauges for other systems: Prometheus, OpenTelemetry and OpenLineage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.delivery import openlineage, otlp, prometheus
from model_monitor.delivery.openlineage import NAMESPACE
from model_monitor.errors import UsageError
from model_monitor.findings.gauges import Gauge, gauges
from model_monitor.findings.last_run import last_run
from model_monitor.output import Output
from model_monitor.warehouse.read import Readable


@dataclass(frozen=True)
class ExportOptions:
    """The files to write, and the namespace of the job in OpenLineage."""

    prometheus: Path | None = None
    otlp: Path | None = None
    openlineage: Path | None = None
    namespace: str = NAMESPACE

    @property
    def files(self) -> dict[str, Path]:
        named = {name: getattr(self, name) for name in ("prometheus", "otlp", "openlineage")}
        return {name: file for name, file in named.items() if file is not None}

    def check(self) -> None:
        if not self.files:
            raise UsageError(
                "export: no file is named. Valid: --prometheus FILE, --otlp FILE, "
                "--openlineage FILE, or several of them"
            )
        places = [file.absolute() for file in self.files.values()]
        if len(set(places)) < len(places):
            raise UsageError("export: each format needs a file of its own.")


@dataclass(frozen=True)
class Exported:
    """The written files and their figures."""

    files: dict[str, Path]
    gauges: list[Gauge]

    @property
    def series_count(self) -> int:
        return sum(len(gauge.samples) for gauge in self.gauges)

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: str(file) for name, file in self.files.items()},
            "series_count": self.series_count,
            "left_out": {gauge.name: gauge.left_out for gauge in self.gauges if gauge.left_out},
            "problems": {gauge.name: gauge.problem for gauge in self.gauges if gauge.problem},
        }


def export(project: Readable, wanted: ExportOptions) -> Exported:
    run = last_run(project)
    found = gauges(project)
    texts = {
        "prometheus": lambda: prometheus.text(found),
        "otlp": lambda: otlp.text(found, run),
        "openlineage": lambda: openlineage.text(project, found, run, wanted.namespace),
    }
    for name, file in wanted.files.items():
        prometheus.write(file, texts[name]())
    return Exported(wanted.files, found)


def show(done: Exported, output: Output) -> None:
    for file in done.files.values():
        shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
        output.say(f"Wrote {shown} ({done.series_count} series)")
    for gauge in done.gauges:
        if gauge.left_out:
            output.note(f"{gauge.name}: {sum(gauge.left_out.values())} series are left out")
        if gauge.problem:
            output.note(f"{gauge.name} is left out: {gauge.problem}")
