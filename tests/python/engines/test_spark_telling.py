"""What is told to whom, what people said of it and what came of it: on Spark as on DuckDB."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from ..alerts.test_alerting import AS_OF, MONITOR
from ..harness.engine_tables import all_differences
from ..harness.receivers import receiver
from ..harness.spark_session import SparkProject
from .test_telling_engines import ACTS_APART, given, spoken

# each command begins a session, and most of a run is planning
pytestmark = pytest.mark.apart

# one score: fewer plans, the same ways of telling
TOLD = {**MONITOR, "scores": {"p_default": {}}, "windows": ["day", "7d"]}
WORDS = ACTS_APART | {"attempted_at", "reproduce_sql"}


def on_both(project: SparkProject, command: str, *more: str, hours: float = 0) -> None:
    as_of = (AS_OF + pd.Timedelta(hours=hours)).isoformat()
    for done in project.on_both(command, *more, "--as-of", as_of):
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def run(project: SparkProject, hours: float) -> None:
    on_both(project, "run", "--no-check", "--no-publish", "--fail-on", "none", hours=hours)


def test_spark_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, policy = given()
    project = SparkProject(tmp_path / "telling", [TOLD], tables, policy)
    with receiver() as there:
        for variable in ("MODEL_MONITOR_TEAM_HOOK", "MODEL_MONITOR_BOSS_HOOK", "MODEL_MONITOR_B"):
            monkeypatch.setenv(variable, f"{there.url}/{variable}")
        run(project, 0)
        ids = spoken(project)
        said = ("--author", "kim", "--reason", "it's \\ known; --")
        on_both(project, "ack", ids[0], *said)
        on_both(project, "triage", ids[0], "true", *said)
        on_both(project, "silence", ids[1], "--until", "1d", *said)
        place = ("--monitor", "loans", "--slice", "region=north")
        on_both(project, "silence", *place, "--until", "1d", *said)
        # nobody has answered in time; a day later the silences are over
        for hours in (3, 25):
            run(project, hours)
        # each transition once by each engine, under the same name
        arrived = Counter((one.path, one.headers["Idempotency-Key"]) for one in there.requests)
    assert len(arrived) > 6
    assert set(arrived.values()) == {2}
    found, names, others = project.beside()
    told = {f"monitor_{name}" for name in ("outbox", "deliveries", "audit", "effectiveness")}
    assert told <= names & others
    for table, least in {"outbox": 6, "deliveries": 6, "audit": 4, "effectiveness": 1}.items():
        [(count,)] = found.execute(f"select count(*) from other.monitor_{table}").fetchall()
        assert count >= least, table
    transitions = found.execute(
        "select transition, contact_id from other.monitor_outbox"
    ).fetchall()
    assert {("firing", "team"), ("escalated", "boss")} <= set(transitions)
    assert all_differences(found, {*told, "monitor_alerts"}, WORDS) == []
