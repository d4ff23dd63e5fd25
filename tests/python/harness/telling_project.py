"""The small project with somebody to be told, and a run of it that dies in a named phase."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_monitor import job
from model_monitor.delivery import channels
from model_monitor.job import JobOptions
from model_monitor.output import Output
from model_monitor.warehouse.project import Project, Settings

from .small_project import small_project

CONTACT = "MODEL_MONITOR_TEAM"
WORDS = 3
MODELS = {
    "monitor_outbox": f"""
        select
            't' || i as transition_id, 'firing' as transition, 'team' as contact_id,
            'webhook' as channel, '{CONTACT}' as address_variable,
            timestamp '2026-01-20' as as_of, 1 as episode, 'a' || i as alert_id,
            'loans' as monitor, 'warn' as severity, 'income drifted' as message,
            'us' as owner
        from range({WORDS}) as rows (i)
    """,
    "monitor_deliveries": """
        {{ config(materialized='incremental', incremental_strategy='append') }}
        select * from (values (
            cast(null as varchar), cast(null as varchar), cast(null as varchar),
            cast(null as timestamp), cast(null as varchar), cast(null as integer),
            cast(null as varchar), cast(null as timestamp), cast(null as varchar)
        )) as t (
            transition_id, contact_id, channel, attempted_at, status, attempts, detail, not_before,
            thread_id
        )
        where 1 = 0
    """,
    "stg_monitor__contacts": f"""
        select 'team' as contact_id, 'webhook' as channel, '{CONTACT}' as address_variable,
            cast(null as varchar) as problem, cast(null as varchar) as monitor,
            cast(null as varchar) as owner, cast(null as double) as escalate_after_hours
    """,
}


def telling_project(folder: Path) -> Path:
    small_project(folder)
    for name, sql in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return folder


def opened(folder: Path) -> Project:
    return Project(Settings(project_dir=folder, profiles_dir=folder))


def exposed(folder: Path) -> Path:
    return folder / "open.prom"


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def sends_one(send: Callable[..., Any]) -> Any:
    def called(*given: Any) -> Any:
        send(*given)
        die()

    return called


def before_replacing(name: str) -> Callable[[Any], Any]:
    """Where the new file is whole and the old one still in its place."""

    def patched(replace: Callable[..., Any]) -> Any:
        def called(path: Path, target: Path) -> Any:
            return die() if path.name.startswith(name) else replace(path, target)

        return called

    return patched


PHASES: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "build": (job.Progress, "_finished", lambda _: die),
    "deliver": (channels, "send", sends_one),
    "audit": (job.audit_trail, "record", lambda _: die),
    "checks": (job, "check", lambda _: die),
    "publish": (Path, "replace", before_replacing(".small.duckdb.new")),
    "prometheus": (Path, "replace", before_replacing("open.prom.")),
}


def dies(project: Project, phase: str) -> None:
    """`model-monitor run` up to there."""
    where, name, patched = PHASES[phase]
    setattr(where, name, patched(getattr(where, name)))
    folder = project.settings.project_dir
    job.run(project, Output(), wanted(folder, check=phase == "checks"))


def wanted(folder: Path, *, check: bool = False) -> JobOptions:
    return JobOptions(check=check, prometheus=exposed(folder), wait=5.0)


def main(folder: str) -> None:
    """One run after the other dies in a phase of its own; prints which signal ended it.

    They are forked when the project is read: that takes longer than the rest.
    """
    project = opened(Path(folder))
    _ = project.manifest
    for phase in PHASES:
        child = os.fork()
        if child == 0:
            dies(project, phase)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(phase, os.WTERMSIG(status) if os.WIFSIGNALED(status) else "came through", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
