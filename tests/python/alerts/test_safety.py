"""What is marked safety is told whatever holds its neighbours back: change, silence, stronger alert."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from model_monitor.cli.parser import main

from ..harness.project_harness import Project
from .test_alerting import AS_OF, MONITOR, START, log

pytestmark = pytest.mark.slow

# the very same rule, but for the one word
SAME = {
    "family": "quality", "metric": "missing_rate", "kind": "delta", "subject": "income",
    "warn": "0.1", "critical": "0.3", "window_name": "day", "min_rows": "50",
}  # fmt: skip
RULES = [
    {"rule_id": "critical_feature_missing", "enabled": "false"},
    {"rule_id": "plain", **SAME},
    {"rule_id": "safe", "is_safety": "true", **SAME},
]
CHANGES = [
    {
        "change_id": "known", "monitor": "loans", "kind": "policy", "name": "known",
        "started_at": START + pd.Timedelta(days=25), "ended_at": AS_OF + pd.Timedelta(days=5),
        "expected_effect": "hold",
    }
]  # fmt: skip
SILENCES = [
    {
        "silence_id": "all", "monitor": "*", "until": AS_OF + pd.Timedelta(days=5),
        "author": "ann", "reason": "quiet, please",
    }
]  # fmt: skip
CONTACTS = [{"contact_id": "team", "channel": "webhook", "address_variable": "MODEL_MONITOR_TEAM"}]


@pytest.fixture(scope="module", params=["changes", "silences"])
def project(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Project:
    held = {"changes": CHANGES, "silences": SILENCES}[request.param]
    tables = {
        "scores": log(), "rules": pd.DataFrame(RULES), "contacts": pd.DataFrame(CONTACTS),
        request.param: pd.DataFrame(held),
    }  # fmt: skip
    policy = {
        "alert_rules": {"source": ["logs", "rules"]},
        "contacts": {"source": ["logs", "contacts"]},
        request.param: {"source": ["logs", request.param]},
    }
    project = Project(tmp_path_factory.mktemp("safety") / request.param, [MONITOR], tables, policy)
    project.build(AS_OF.isoformat())
    return project


def test_nothing_holds_back_what_is_safety(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "subject = 'income' and metric = 'missing_rate'")
    safe, plain = (alerts[alerts["rule_id"] == rule] for rule in ("safe", "plain"))
    assert set(safe["slice_value"]) == set(plain["slice_value"]) >= {"(all)", "south+"}
    assert len(safe) == len(plain), "the same rule sees the same"
    # the one in a slice too, which the whole would speak for
    assert safe["inhibited_by"].isna().all()
    assert safe["silenced_by"].isna().all()
    is_held = (
        plain["inhibited_by"].notna()
        | plain["silenced_by"].notna()
        | (plain["nature"] == "expected")
    )
    assert is_held.all()


def test_it_is_told_and_its_incident_is_open(project: Project) -> None:
    incidents = project.frame("monitor_incidents", "is_safety")
    assert set(incidents["state"]) == {"firing"}
    told = project.frame("monitor_outbox", "transition = 'firing' and subject = 'income'")
    assert set(told["rule_id"]) == {"safe"}
    assert set(incidents["alert_id"]) <= set(told["alert_id"])


def test_a_silence_of_it_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    (alert_id,) = project.frame("monitor_incidents", "is_safety")["alert_id"]
    folder = str(project.folder)
    asked = ["silence", alert_id, "--until", "1d", "--reason", "?", "--as-of", AS_OF.isoformat()]
    assert main([*asked, "--project-dir", folder, "--profiles-dir", folder]) == 64
    assert "has a safety rule, which cannot be silenced" in capsys.readouterr().err
    assert project.frame("monitor_audit", "act = 'silence'").empty
