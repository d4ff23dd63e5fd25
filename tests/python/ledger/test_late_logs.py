"""A log that writes every few minutes is late after minutes, once its cadence is known."""

from __future__ import annotations

import pandas as pd
import pytest

from ..alerts.test_hostile_values import read_only
from ..harness.postgres_project import ENGINES, PostgresProject, on_engine
from ..harness.project_harness import Project
from ..sketches.test_bad_input import monitor

pytestmark = pytest.mark.apart

START = pd.Timestamp("2026-03-02")
STOPS = START + pd.Timedelta("36D11h")
EVERY, USUAL = pd.Timedelta("10min"), 7
SHOP = monitor(
    "shop", scores={}, reference={"from": "2026-03-02", "to": "2026-03-09"},
    limits={"min_rows": 200, "min_cell": 2},
)  # fmt: skip
# A run an hour for four weeks and a day, each seven minutes after the last row, before the real one.
EARLIER_RUNS = """
insert into {schema}.monitor_watermarks (
    run_number, run_id, monitor, log, as_of, started_at, loaded_through, tied_row_count,
    complete_through, new_row_count, finished_at, evaluation, stored_shape
)
select
    1000 - hours, 'earlier', monitor, log, as_of - hours * interval '1 hour', started_at,
    as_of - hours * interval '1 hour' - interval '{usual} minutes', 1,
    complete_through, 0, finished_at, 'evaluated', stored_shape
from {schema}.monitor_watermarks
cross join generate_series(1, 696) as earlier (hours)
where run_number = 1000
"""


def rows(since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    log = pd.DataFrame({"happened_at": pd.date_range(since, until, freq=EVERY)})
    log["id"] = log["happened_at"].astype(str)
    log["loaded_at"] = log["happened_at"]
    log["version"], log["p"] = "v1", 0.5
    log["x"] = log.index % 7 / 7
    return log


def execute(project: Project, *statements: str) -> None:
    if not isinstance(project, PostgresProject):
        for statement in statements:
            project.execute(statement)
        return
    connection = project.server.connect(project.database)
    try:
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest) -> Project:
    made = on_engine(request, "late_log", [SHOP], {"shop": rows(START, STOPS)})
    made.send_all()
    made.build(str(STOPS + pd.Timedelta(minutes=USUAL)))
    execute(
        made,
        f"update {made.schema}.monitor_watermarks set run_number = 1000",
        EARLIER_RUNS.format(schema=made.schema, usual=USUAL),
    )
    return made


def found(project: Project, as_of: pd.Timestamp) -> pd.DataFrame:
    project.build(str(as_of))
    return project.frame("monitor_alerts", "family = 'freshness'").set_index("rule_id")


def test_a_log_is_late_by_its_own_cadence(project: Project) -> None:
    assert found(project, STOPS + pd.Timedelta("41min")).empty
    marks = project.frame("int_monitor__watermarks").iloc[0]
    assert marks["usual_gap_hours"] * 60 == pytest.approx(USUAL)
    assert marks["usual_gap_days"] == 28
    late = found(project, STOPS + pd.Timedelta("43min"))
    assert list(late.index) == ["late"]
    alert = late.loc["late"]
    assert (alert["state"], alert["severity"], alert["baseline"]) == ("firing", "warn", "cadence")
    assert alert["current_value"] * 60 == pytest.approx(43)
    assert alert["baseline_value"] * 60 == pytest.approx(USUAL)
    said = "predictions has had no new rows for 43 minutes (normally at most 7 minutes at this time of day)"
    assert said in alert["message"]
    with read_only(project) as ask:
        assert ask(alert["reproduce_sql"]) * 60 == pytest.approx(43)
    # the runs of the open gap are no cadence; after a day the fixed limit is reached too
    late = found(project, STOPS + pd.Timedelta("27h"))
    assert set(late["state"]) == {"firing"}
    assert dict(late["severity"]) == {"late": "critical", "freshness": "warn"}
    assert late["incident_id"].nunique() == 1
    assert late.loc["late", "alert_id"] == alert["alert_id"]
    # rows again
    until = STOPS + pd.Timedelta("29h")
    project.append("shop", rows(STOPS + pd.Timedelta("28h"), until))
    project.send_all()
    late = found(project, until + pd.Timedelta("5min"))
    assert set(late["state"]) == {"resolved"}
