"""What is told to whom, what people said of it and what came of it: on Postgres as on DuckDB."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from model_monitor.cli.parser import main

from ..alerts.test_alerting import AS_OF, MONITOR, RULES, log
from ..harness.engine_tables import all_differences
from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..harness.project_harness import Project
from .test_engines import IGNORED

pytestmark = pytest.mark.slow

CONTACTS = pd.DataFrame(
    [
        {"contact_id": "team", "channel": "webhook", "address_variable": "MODEL_MONITOR_TEAM_HOOK"},
        {"contact_id": "grave", "channel": "webhook", "address_variable": "MODEL_MONITOR_B",
         "severity": "critical"},
        {"contact_id": "boss", "channel": "webhook", "address_variable": "MODEL_MONITOR_BOSS_HOOK",
         "escalate_after_hours": 2.0},
    ]
)  # fmt: skip
SILENCES = pd.DataFrame(
    [
        {"silence_id": "isles", "slice_value": "isles", "author": "ann",
         "until": pd.Timestamp("2026-04-30")},
    ]
)  # fmt: skip
PRIORITIES = pd.DataFrame(
    [
        {
            "priority_id": "south",
            "slice_name": "region",
            "slice_value": "south*",
            "priority": "high",
        },
        {"priority_id": "versions", "rule_id": "*", "model_version": "!(all)", "priority": "low"},
    ]
)
# what an act is called is its own, on each engine
ACTS_APART = IGNORED | {"act_id"}


def spoken(project: Project) -> list[str]:
    found = project.query(
        "select alert_id from monitor_alerts where state = 'firing' and inhibited_by is null "
        "and silenced_by is null order by opened_at, alert_id"
    )
    ids = list(found["alert_id"])
    assert len(ids) > 2
    return ids


def people_answer(project: Project, ids: list[str]) -> None:
    for asked in (
        ["ack", ids[0], "--reason", "on it", "--author", "kim"],
        ["triage", ids[0], "true", "--reason", "the feed broke", "--author", "kim"],
        ["silence", ids[1], "--until", "1d", "--reason", "known", "--author", "jo"],
        ["silence", "--monitor", MONITOR["name"], "--slice", "region=north", "--until", "1d",
         "--reason", "moved", "--author", "jo"],
    ):  # fmt: skip
        folder = str(project.folder)
        placed = ["--project-dir", folder, "--profiles-dir", folder, "--as-of", AS_OF.isoformat()]
        assert main([*asked, *placed]) == 0, asked


def told(project: Project, ids: list[str] | None = None) -> list[str]:
    """Twice before and twice after people have answered: of these alerts, else of those that there are."""
    for hours in (0, 1):
        project.build(str(AS_OF + pd.Timedelta(hours=hours)))
    ids = ids or spoken(project)
    people_answer(project, ids)
    for hours in (3, 25):
        project.build(str(AS_OF + pd.Timedelta(hours=hours)))
    return ids


def given() -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, list[str]]]]:
    """The tables of a project whose alerts are told, and its policy."""
    tables = {
        "scores": log(), "contacts": CONTACTS, "silences": SILENCES, "priorities": PRIORITIES,
        "rules": pd.DataFrame(RULES[:1]),
    }  # fmt: skip
    policy = {name: {"source": ["logs", name]} for name in ("contacts", "silences", "priorities")}
    policy["alert_rules"] = {"source": ["logs", "rules"]}
    return tables, policy


def test_postgres_tells_the_same(tmp_path: Path, here: Path, postgres: Server) -> None:
    tables, policy = given()
    one = Project(tmp_path / "one", [MONITOR], tables, policy)
    other = PostgresProject(tmp_path / "other", postgres, "telling", [MONITOR], tables, policy)
    # the ids are the same: those of the one are there in the other
    told(other, told(one))
    connection, names = other.beside(one)
    for table, least in {"outbox": 6, "audit": 4, "effectiveness": 1}.items():
        [(count,)] = connection.execute(f"select count(*) from one.monitor_{table}").fetchall()
        assert count >= least, table
    transitions = connection.execute(
        "select transition, contact_id from one.monitor_outbox group by all"
    ).fetchall()
    assert {("firing", "team"), ("escalated", "boss")} <= set(transitions)
    severities = connection.execute(
        "select distinct severity from one.int_monitor__alert_states"
    ).fetchall()
    assert {severity for (severity,) in severities} == {"info", "warn", "critical"}
    assert all_differences(connection, names, ACTS_APART) == []
