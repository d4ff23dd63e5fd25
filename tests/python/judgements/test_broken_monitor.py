"""One monitor breaks while it is in service: said everywhere, and the other is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from model_monitor.cli.parser import main

from ..harness.postgres_project import ON_BOTH, on_engine
from ..harness.project_harness import Project
from ..sketches.test_bad_input import LOG, REFERENCE, monitor

DAYS = ["2026-01-20T06:00:00Z", "2026-01-21T06:00:00Z", "2026-01-22T06:00:00Z"]
BECAME_TEXT = f"select * replace ('n' || x as x, cast(p as float) as p) from ({LOG}) as log"


@pytest.fixture(scope="module", params=["duckdb"])
def project(request: pytest.FixtureRequest) -> Project:
    monitors = [monitor("sound", "log"), monitor("broken", "other")]
    tables = {"log": LOG, "other": LOG, "reference": REFERENCE}
    project = on_engine(request, "broken", monitors, tables)
    project.build(DAYS[0])
    return project


def run(project: Project, as_of: str, *more: str, command: str = "run") -> int:
    project.send_all()
    place = [*project.place(), "--as-of", as_of]
    asked = ["--no-check", "--no-publish"] if command == "run" else []
    return main([command, *place, *asked, "--fail-on", "none", *more])


def status(project: Project, name: str, subject: str, day: str) -> set[str]:
    where = f"monitor = '{name}' and subject = '{subject}' and window_end = '{day}'"
    return set(project.frame("monitor_drift", f"{where} and window_name = 'day'")["status"])


@ON_BOTH
def test_a_column_of_another_type(
    project: Project, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "type_changed" not in set(project.frame("monitor_drift")["status"])
    project.load("other", BECAME_TEXT)
    assert run(project, DAYS[1]) == 2
    said = capsys.readouterr().out
    (ran,) = project.frame("monitor_runs", "run_number = 2").itertuples()
    problem = ran.not_evaluated.removeprefix("broken › predictions: ")
    assert problem.startswith("subject x: was number when its ruler froze, is text (")
    assert ran.not_evaluated_count == 1
    assert "Not fully evaluated: broken (exit code 2)" in said
    assert f"broken › predictions: {problem}." in said
    assert status(project, "broken", "x", "2026-01-21") == {"type_changed"}
    # a double that has become a single is a number still
    assert "type_changed" not in status(project, "broken", "p", "2026-01-21")
    assert status(project, "sound", "x", "2026-01-21") - {"type_changed"}
    # what was measured before stays as it was
    assert "type_changed" not in status(project, "broken", "x", "2026-01-20")
    health = health_of(project)
    (alert,) = unread_alerts(project)
    assert (alert["severity"], alert["monitor"]) == ("warn", "broken")
    assert alert["message"].startswith(
        f"broken: predictions could be read only in part: {problem} since"
    )
    assert health["broken"]["evaluation"] == "partly_evaluated"
    assert health["broken"]["problems"] == f"predictions: {problem}"
    assert health["sound"]["evaluation"] == "evaluated"


@pytest.mark.slow
def test_a_table_that_is_gone(
    project: Project, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.drop("other")
    assert run(project, DAYS[2], "--json") == 2
    (unread,) = json.loads(capsys.readouterr().out)["not_evaluated"]
    assert (unread["monitor"], unread["evaluation"]) == ("broken", "not_evaluated")
    assert status(project, "sound", "x", "2026-01-22")
    assert not status(project, "broken", "x", "2026-01-22")
    (alert,) = unread_alerts(project)
    assert (alert["severity"], alert["state"]) == ("critical", "firing")
    assert alert["message"].startswith("broken: predictions could not be read: ")
    (said,) = project.query(alert["reproduce_sql"])["evaluation"]
    assert said == "not_evaluated"
    health = health_of(project)
    assert health["broken"]["evaluation"] == "not_evaluated"
    assert health["broken"]["recommendation"] == "fix the log that cannot be read"
    assert health["broken"]["window_end"] == pd.Timestamp("2026-01-21")
    assert health["sound"]["window_end"] == pd.Timestamp("2026-01-22")


def test_the_gate_of_a_pipeline_says_it_too(
    project: Project, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("check", "notify"):
        assert run(project, DAYS[2], command=command) == 2
        assert "Not fully evaluated: broken (exit code 2)" in capsys.readouterr().out


@pytest.mark.slow
def test_what_can_be_read_again_is_over(project: Project, here: Path) -> None:
    project.load("other", LOG)
    assert run(project, "2026-01-23T06:00:00Z") == 0
    (alert,) = unread_alerts(project)
    assert alert["state"] == "resolved"


def unread_alerts(project: Project) -> list[dict[str, Any]]:
    frame = project.frame("monitor_alerts", "metric = 'not_evaluated'")
    return [dict(row) for _, row in frame.iterrows()]


def health_of(project: Project) -> dict[str, dict[str, Any]]:
    frame = project.frame("monitor_health", "model_version = '(all)'").set_index("monitor")
    return {str(name): dict(row) for name, row in frame.iterrows()}
