"""Show dbt's events as one line of progress: how far, at what, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from model_monitor.output import Output, duration

FINISHED = ("LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult")
# Warnings from macros, ours or the user's. Other warnings of dbt are noise here.
SHOWN_WARNINGS = ("JinjaLogWarning",)
# What the models of a folder do.
STEPS = {
    "staging": "reading the policy",
    "config": "reading the configuration",
    "ledger": "finding new rows",
    "rulers": "preparing bins",
    "sketches": "counting rows",
    "outcomes": "matching labels",
    "windows": "adding up windows",
    "comparisons": "comparing windows",
    "measures": "computing measures",
    "signals": "preparing signals",
    "judgements": "evaluating rules",
    "alerts": "updating alerts and incidents",
    "retraining": "deciding on retraining",
    "delivery": "preparing notifications",
    "health": "recording the run",
}
BAR = 20
# A share of the run that tells nothing yet about the rest of it.
TOO_EARLY = 0.1


class Progress:
    """Listens to dbt while it builds, and collects the warnings of macros."""

    def __init__(self, output: Output, past: Mapping[str, float] | None = None) -> None:
        self.output = output
        self.past = dict(past or {})  # node -> seconds of the last build
        self.begun: Callable[[str], None] | None = None  # called once, with the id of the run
        self.warnings: list[str] = []
        self.started = time.monotonic()
        self._done = 0.0
        self._all = sum(self.past.values())

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
        total = int(getattr(data, "total", None) or getattr(data, "num_models", 0) or 0)
        self._done += self.past.get(str(data.node_info.unique_id), 0.0)
        parts = [f"{data.index} of {total}", self.left(data.index, total)]
        text = ", ".join([step(data.node_info), *(part for part in parts if part)])
        if self.output.is_live:
            filled = round(BAR * data.index / max(total, 1))
            text = f"[{'=' * filled}{' ' * (BAR - filled)}] {text}"
        self.output.progress(f"  {text}", done=data.index == total)

    def left(self, index: int, total: int) -> str:
        """The time left: as long as the rest took last time, at the pace of this run."""
        if index == total:
            return f"done in {self.elapsed()}"
        share = self._done / self._all if self._all else index / max(total, 1)
        if share < TOO_EARLY or share > 1.0:
            return ""
        return f"{duration((time.monotonic() - self.started) * (1 / share - 1))} left"

    def elapsed(self) -> str:
        return duration(time.monotonic() - self.started)


def step(node: Any) -> str:
    """What a node does, in words."""
    if str(node.resource_type) == "test":
        return "testing tables"
    folder = str(node.node_path).replace("\\", "/").split("/", maxsplit=1)[0]
    return STEPS.get(folder, f"building {node.node_name}")
