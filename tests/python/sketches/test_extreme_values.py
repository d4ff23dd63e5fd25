"""No value of one monitor's logs stops another monitor or changes one of its numbers."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pandas as pd
import pytest

from ..harness.evidence import Note
from ..harness.extreme_values import AS_OF, HEALTHY, LARGEST, VALUES, project_of
from ..harness.postgres_project import on_engine
from ..harness.project_harness import Project, assert_same

pytestmark = [pytest.mark.slow, pytest.mark.promise(2), pytest.mark.promise(3)]

# what is read of the logs, and what a run says of its monitors
ALSO = [
    "int_monitor__bins", "int_monitor__metric_sums", "int_monitor__outcome_bins",
    "int_monitor__rankings", "int_monitor__proxies", "int_monitor__entities",
    "int_monitor__ruler_bins", "int_monitor__distances", "int_monitor__suspect_days",
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
    projects: tuple[Project, Project], evidence: Note
) -> None:
    _, alone = projects
    of_healthy = dict.fromkeys([*alone.results(), *ALSO], f"monitor in {HEALTHY}")
    kept = [name for name in of_healthy if "monitor" in alone.frame(name, "1 = 0").columns]
    assert set(alone.results()) - set(kept) == set()
    dumped = [project.dump(kept, of_healthy) for project in projects]
    for tables in dumped:  # a query names the database that it reads
        del tables["monitor_alerts"]["reproduce_sql"]
    assert_same(*dumped)
    evidence("tables of healthy monitors that equal those without sick ones beside them", len(kept))
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
                assert connection.sql(odd).fetchall() == [(0,)], f"{name}: {column}"


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


def clustered(rows: pd.DataFrame, cluster: str) -> tuple[float, float]:
    """Σ / clusters and its standard error, of fractions of whole numbers."""
    sums = [
        sum((Fraction(value) for value in group), Fraction(0))
        for _, group in rows.groupby(cluster)["x"]
    ]
    mean = sum(sums) / len(sums)
    squares = sum((each - mean) ** 2 for each in sums)
    return float(mean), sqrt(squares * len(sums) / (len(sums) - 1)) / len(sums)


def test_sums_are_exact_to_the_limit_and_beyond_it_they_are_marked(
    projects: tuple[Project, Project],
) -> None:
    beside, _ = projects
    with beside.connect() as connection:  # DuckDB, where the tables were made
        rows = connection.sql(
            "select person || cast(happened_at as date) as person, x_e15 as x, y_e15 as y "
            "from logs.number_sick "
            "where happened_at >= '2026-01-24' and happened_at < '2026-01-31'"
        ).df()
    metrics = beside.frame(
        "monitor_metrics",
        "monitor = 'number_sick' and window_name = '7d' and slice_name = '(all)' "
        "and model_version = '(all)' and window_end = '2026-01-31'",
    ).set_index("metric")
    total = sum(map(Fraction, rows["x"]))
    assert metrics.loc["total_e15", "value"] == pytest.approx(float(total), abs=1e-3)
    mean, error = clustered(rows, "person")
    each = metrics.loc["each_e15"]
    assert each["value"] == pytest.approx(mean, rel=1e-12)
    assert each["ci_upper"] - each["value"] == pytest.approx(1.959963984540054 * error, rel=1e-9)
    labels = beside.frame(
        "monitor_labels",
        "monitor = 'number_sick' and window_name = '7d' and slice_name = '(all)' "
        "and model_version = '(all)' and outcome = 'y_e15' and window_end = '2026-01-31'",
    )
    (label,) = labels["mean_outcome"]
    assert label == pytest.approx(float(sum(map(Fraction, rows["y"])) / len(rows)), abs=1e-6)
    assert labels["mean_outcome_upper"][0] - label > 1e13
    health = beside.frame("monitor_watermarks").set_index(["monitor", "log"])
    sick = health.loc["number_sick", "predictions"]
    assert sick["evaluation"] == "partly_evaluated"
    assert "metric total_e18: values beyond 1e15 are counted as 1e15" in sick["problems"]
    assert "e15:" not in sick["problems"]
    assert (
        "outcome y_e29: values beyond 1e15"
        in health.loc["number_sick", "predictions.y_e29"]["problems"]
    )
    assert set(health.loc[list(HEALTHY), "evaluation"]) == {"evaluated"}
