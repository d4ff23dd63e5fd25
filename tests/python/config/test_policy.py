"""What the policy says as of a day: rows that were known then, and changes that recur."""

from __future__ import annotations

import pandas as pd
import pytest

from ..harness.project_harness import Project
from ..sketches.test_bad_input import LOG, REFERENCE, monitor

# As a sheet has it: every column a text, one of them of another place, one of them a word.
CHANGES = """
    select 'eve' as change_id, 'shop' as monitor, 'holiday' as kind, 'eve' as name,
        '2024-01-15' as started_at, '2024-01-16' as ended_at,
        'yearly' as recurs, 'annotate' as expected_effect, '' as valid_from
    union all by name select 'outage' as change_id, 'shop' as monitor, 'incident' as kind,
        'outage' as name, '2026-01-19T23:00:00-06:00' as started_at,
        '2026-01-20 08:00:00+01' as ended_at, '2026-01-31' as valid_from
    union all by name select 'sale' as change_id, 'shop' as monitor, 'promotion' as kind,
        'sale' as name, 'last week' as started_at
"""
VERSIONS = """
    select 'shop' as monitor, version as model_version, stage, valid_from, 0.4 as treshold
    from (values
        ('v1', 'champion', null),
        ('v1', 'retired', timestamp '2026-01-31'),
        ('v2', 'champion', timestamp '2026-01-31')
    ) as registered (version, stage, valid_from)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables = {"log": LOG, "reference": REFERENCE, "changes": CHANGES, "versions": VERSIONS}
    policy = {name: {"source": ["logs", name]} for name in ("changes", "versions")}
    monitors = [monitor("shop", "log", reference={"source": ["logs", "reference"]})]
    return Project(tmp_path_factory.mktemp("policy") / "shop", monitors, tables, policy)


def suspects(project: Project) -> set[str]:
    days = project.frame("int_monitor__suspect_days", "is_suspect")["period_start"]
    return {f"{pd.Timestamp(day):%m-%d}" for day in days}


def champion(project: Project) -> str:
    (found,) = project.frame("int_monitor__champions")["champion_version"]
    return str(found)


def test_a_past_day_is_judged_by_the_policy_of_that_day(project: Project) -> None:
    """The holiday of 2024 recurs in 2026; the outage is noted, and v2 made champion, on the 31st."""
    project.build("2026-01-30 00:30:00", ["+int_monitor__suspect_days", "+int_monitor__champions"])
    assert suspects(project) == {"01-15"}
    assert champion(project) == "v1"
    project.build("2026-01-31 00:30:00", ["+int_monitor__suspect_days", "+int_monitor__champions"])
    assert suspects(project) == {"01-15", "01-20"}
    assert champion(project) == "v2"
    changes = project.frame("stg_monitor__changes", "change_id = 'eve'")
    assert set(changes["started_at"].dt.year) == {2024, 2025, 2026}
    outage = project.frame("stg_monitor__changes", "change_id = 'outage'").iloc[0]
    assert (outage["started_at"], outage["ended_at"]) == (
        pd.Timestamp("2026-01-20 05:00"), pd.Timestamp("2026-01-20 07:00"),
    )  # fmt: skip


def test_what_is_no_time_stops_nobody_and_is_named(project: Project) -> None:
    project.build("2026-01-31 00:30:00", ["+stg_monitor__policy_issues"])
    slips = project.frame("stg_monitor__policy_issues", "mistake = 'value'")
    assert slips.to_dict("records") == [
        {
            "policy": "changes",
            "mistake": "value",
            "row_name": "sale",
            "column_name": "started_at",
            "said": "last week",
        }
    ]
    (column,) = project.frame("stg_monitor__policy_issues", "mistake = 'column'").to_dict("records")
    assert (column["policy"], column["column_name"]) == ("versions", "treshold")
    assert column["said"] == "threshold"
