"""Open alerts are shown in the words of the incident that they speak for."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd
import pytest

from model_monitor.findings import incidents

from ..harness.frames import rows

ALERTS = pd.DataFrame(
    {
        "alert_id": ["a1", "a2"],
        "message": ["amount shifted", "latency rose"],
        "since": pd.to_datetime(["2026-03-05", "2026-03-06"]),
        "nature": ["incident", "gradual"],
        "likely_cause": [None, "v2 deploy"],
        "top_contributors": ["amount", "latency"],
        "recommended_action": ["retrain", "investigate"],
        "state": ["firing", "firing"],
    }
)
INCIDENTS = pd.DataFrame(
    {
        "alert_id": ["a1"],
        "message": ["amount shifted after v2 deploy"],
        "since": pd.to_datetime(["2026-03-04 09:00"]),
        "nature": ["gradual"],
        "likely_cause": ["v2 deploy"],
        "top_contributors": ["amount in ID, p_click"],
        "recommended_action": [None],
        "action_reason": ["why"],
        "action_against": ["why not"],
        "fix": ["model"],
        "alert_count": [3],
        "subject_count": [2],
        "affected": ["812 predictions in 1 day"],
    }
)


Row = dict[str, Any]


def worded(monkeypatch: pytest.MonkeyPatch, told: pd.DataFrame | None) -> list[Row]:
    monkeypatch.setattr(incidents, "read", lambda *_: None if told is None else rows(told))
    return incidents.as_incidents(cast(Any, None), rows(ALERTS))


def test_an_incident_speaks_for_its_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    found = worded(monkeypatch, INCIDENTS)[0]
    [expected] = rows(INCIDENTS)
    assert {name: found[name] for name in expected} == expected
    assert found["state"] == "firing"


def test_any_other_speaks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    found = worded(monkeypatch, INCIDENTS)[1]
    assert found == rows(ALERTS)[1] | dict.fromkeys(incidents.ADDED)


def test_each_column_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for found in worded(monkeypatch, INCIDENTS):
        assert set(found) == set(ALERTS) | set(incidents.ADDED)


def test_without_incidents_alerts_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worded(monkeypatch, None) == rows(ALERTS)
