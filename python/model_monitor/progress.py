"""Show dbt's events as one line of progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from model_monitor.output import Output, duration

FINISHED = ("LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult")
# Warnings from macros, ours or the user's. Other warnings of dbt are noise here.
SHOWN_WARNINGS = ("JinjaLogWarning",)


class Progress:
    """Listens to dbt while it builds, and collects the warnings of macros."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.begun: Callable[[str], None] | None = None  # called once, with the id of the run
        self.warnings: list[str] = []
        self.started = time.monotonic()

    def __call__(self, event: Any) -> None:
        name = event.info.name
        if self.begun is not None:
            begun, self.begun = self.begun, None
            begun(str(event.info.invocation_id))
        if name in FINISHED:
            self._finished(event.data)
        elif name in SHOWN_WARNINGS and event.info.msg not in self.warnings:
            self.warnings.append(event.info.msg)

    def _finished(self, data: Any) -> None:
        # Tests call it num_models. An exception here would count as an error of the node.
        total = getattr(data, "total", None) or getattr(data, "num_models", 0)
        text = f"  {data.index} of {total}  {data.node_info.node_name}  ({self.elapsed()})"
        self.output.progress(text, done=data.index == total)

    def elapsed(self) -> str:
        return duration(time.monotonic() - self.started)
