"""A metric whose definition changes begins a new history: its old values mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

ROWS = 400
# a twentieth of the rows fails; from the 46th day on `turned` says so of the others
LOG = f"""
select
    timestamp '2026-01-01' + i * interval '216 seconds' as at,
    (hash(i) % 1000) / 1000.0 as p,
    hash(i + 5) % 20 = 0 as failed,
    (hash(i + 5) % 20 = 0) <> (i >= 45 * {ROWS}) as turned,
    1 + hash(i + 9) % 7 as amount
from range(48 * {ROWS}) as rows (i)
"""
# The day before the run is counted again, as it is defined now.
BEFORE, CHANGED, AFTER = "2026-02-15 02:00:00", "2026-02-14", "2026-02-18 02:00:00"
RULE = """
select
    'moves' as rule_id, 'metrics' as family, 'value' as metric, 'day' as window_name,
    'delta' as kind, 'both' as direction, 'history' as baseline, '0.2' as warn, '0.5' as critical
"""
POLICY = {"alert_rules": {"source": ["logs", "rules"]}}


def monitor(failures: str = "failed", paid: str = "amount") -> dict[str, Any]:
    return {
        "name": "shop",
        "problem": "binary",
        "predictions": {"source": ["logs", "log"], "time": "at"},
        "scores": {"p": {}},
        "metrics": {
            "failures": {"numerator": failures},
            "turned_failures": {"numerator": "turned"},
            "paid": {"numerator": paid, "expected": "seasonal"},
        },
        "windows": ["day", "7d"],
        "limits": {"min_rows": 50, "min_cell": 5},
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("changed") / "shop"
    project = Project(folder, [monitor()], {"log": LOG, "rules": RULE}, policy=POLICY)
    project.build(BEFORE)
    project.configure([monitor("not failed", "100 * amount")], POLICY)
    project.build(AFTER)
    return project


def test_only_a_change_in_the_log_is_an_alert(project: Project) -> None:
    alerts = project.query("select distinct subject from monitor_alerts where family = 'metrics'")
    assert set(alerts["subject"]) == {"turned_failures"}


def test_the_new_values_begin_a_history(project: Project) -> None:
    found = project.query(
        "select subject, window_end, value, history_windows from monitor_signals "
        "where metric = 'value' and window_name = 'day' and subject like '%failures' "
        "and slice_name = '(all)' and model_version = '(all)' and baseline = 'history' "
        "and window_start >= timestamp '2026-02-15' order by window_end"
    ).set_index("subject")
    assert (found["value"] > 0.9).all()
    assert found.loc["turned_failures", "history_windows"].tolist() == [28, 28]
    # the day before, and then this one
    assert found.loc["failures", "history_windows"].tolist() == [1, 2]


def test_a_notice_says_since_when(project: Project) -> None:
    found = project.frame("monitor_notices", "kind = 'changed_definition'")
    assert set(found["subject"]) == {"failures", "paid"}
    assert set(found["severity"]) == {"info"}
    assert found["evidence"].str.contains(f"since {CHANGED} alone", regex=False).all()
    assert set(found["suggested_command"]) == {
        "model-monitor rebuild --from 2026-01-21 --monitor shop"
    }
