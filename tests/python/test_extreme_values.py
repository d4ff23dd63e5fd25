"""No value of one monitor's logs stops another monitor or changes one of its numbers."""

from __future__ import annotations

import pytest

from .extreme_values import AS_OF, HEALTHY, LARGEST, VALUES, project_of
from .postgres_project import on_engine
from .project_harness import Project, assert_same

pytestmark = pytest.mark.slow

# what is read of the logs, and what a run says of its monitors
ALSO = [
    "int_monitor__bins", "int_monitor__metric_sums", "int_monitor__outcome_bins",
    "int_monitor__rankings", "int_monitor__proxies", "int_monitor__entities",
    "int_monitor__ruler_bins", "int_monitor__distances", "int_monitor__suspects",
    "monitor_alerts", "monitor_incidents", "monitor_judgements", "monitor_triggers",
    "monitor_health", "monitor_watermarks",
]  # fmt: skip


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def projects(request: pytest.FixtureRequest) -> tuple[Project, Project]:
    """The healthy monitors beside the sick ones, and alone."""
    made = []
    for name, sick in (("extremes", True), ("alone", False)):
        monitors, tables = project_of(sick=sick)
        project = on_engine(request, name, monitors, tables)
        project.build(AS_OF)
        made.append(project)
    return made[0], made[1]


def test_the_healthy_monitors_are_as_if_they_were_alone(
    projects: tuple[Project, Project],
) -> None:
    beside, alone = projects
    of_healthy = dict.fromkeys([*alone.results(), *ALSO], f"monitor in {HEALTHY}")
    kept = [name for name in of_healthy if "monitor" in alone.frame(name, "1 = 0").columns]
    assert set(alone.results()) - set(kept) == set()
    assert_same(beside.dump(kept, of_healthy), alone.dump(kept, of_healthy))
    assert len(alone.frame("monitor_performance", "monitor = 'number_healthy' and is_final")) > 100


def test_no_result_is_infinite_or_nan(projects: tuple[Project, Project]) -> None:
    beside, _ = projects
    with beside.reading() as connection:
        for name in beside.results():
            rows = connection.sql(f"select * from {name}")
            doubles = [
                column
                for column, kind in zip(rows.columns, rows.types, strict=True)
                if str(kind) == "DOUBLE"
            ]
            for column in doubles:
                odd = f'select count(*) from {name} where not isfinite("{column}")'
                assert connection.sql(odd).fetchone() == (0,), f"{name}: {column}"


def test_what_is_beyond_measure_is_counted_as_invalid(projects: tuple[Project, Project]) -> None:
    beside, _ = projects
    rates = beside.query(
        "select subject, avg(invalid_rate) as rate, min(min) as lowest, max(max) as highest "
        "from monitor_profiles where monitor = 'number_sick' and log = 'predictions' "
        "and slice_name = '(all)' and model_version = '(all)' and subject like 'x_%' group by subject"
    ).set_index("subject")
    for name, value in VALUES.items():
        found = rates.loc[f"x_{name}"]
        if value == LARGEST:
            assert found["rate"] == pytest.approx(2 / 3, abs=0.01)
        else:
            assert found["rate"] == 0
            assert found["highest"] == -found["lowest"] == pytest.approx(float(value))
