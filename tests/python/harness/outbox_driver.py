"""Delivers an outbox in a process of its own, which dies at a named step."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_monitor.delivery import channels
from model_monitor.delivery import deliver as delivering
from model_monitor.delivery.dispatch import Dispatch, Limits
from model_monitor.output import Output

from .outbox_project import OutboxProject

# few words between two writes, so that there are several
LIMITS = Limits(unwritten=4, write_every=60.0)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies(step: Callable[..., Any], *, before: bool = False, after_calls: int = 1) -> Any:
    calls = []

    def called(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if before and len(calls) >= after_calls:
            die()
        result = step(*given, **named)
        if not before and len(calls) >= after_calls:
            die()
        return result

    return called


def committed_late(project: Any, rows: list[dict[str, Any]]) -> None:
    """The rows are in the transaction, and nobody ends it."""
    project.warehouse.execute("begin")
    project.warehouse.execute("delete from monitor_deliveries")
    die()


STEPS: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "before anything is read": (delivering, "planned", lambda step: dies(step, before=True)),
    "when everything is read": (delivering, "planned", dies),
    "before the first is sent": (channels, "send", lambda step: dies(step, before=True)),
    "when the first is sent": (channels, "send", dies),
    "when some are sent": (channels, "send", lambda step: dies(step, after_calls=6)),
    "before what was sent is written": (
        delivering, "write", lambda step: dies(step, before=True),
    ),
    "in the midst of writing": (delivering, "write", lambda _: committed_late),
    "when some of it is written": (delivering, "write", dies),
    "before the second is written": (
        delivering, "write", lambda step: dies(step, before=True, after_calls=2),
    ),
    "when all is sent": (Dispatch, "run", dies),
    "before the last is written": (
        delivering, "write_last", lambda step: dies(step, before=True),
    ),
    "when everything is done": (delivering, "show", lambda step: dies(step, before=True)),
}  # fmt: skip


def main(file: str, step: str, environment: dict[str, str]) -> None:
    where, name, patched = STEPS[step]
    setattr(where, name, patched(getattr(where, name)))
    project: Any = OutboxProject(Path(file))
    output = Output()
    done = delivering.deliver(project, output, environment=environment, limits=LIMITS)
    delivering.show(done, output)
