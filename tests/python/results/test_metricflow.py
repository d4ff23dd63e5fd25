"""The semantic models of examples/metricflow: dbt parses them, and `mf query` says what SQL says.

Also MetricFlow's part of test_same_figures: the figures that can be asked for are the same by it.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from ..harness import figures_project
from ..harness.example_programs import environment, shell
from ..harness.figures_project import FIGURES, LOG, MONITOR, by_sql
from ..harness.project_harness import ROOT, BuildError, Project

EXAMPLE = ROOT / "examples" / "metricflow"
MODELS = EXAMPLE / "models"
ALL_ROWS = (
    "role = 'live' and model_version = '(all)' and window_name = 'day' and slice_name = '(all)'"
)
# Metrics, what they are grouped by, and the query of somebody who does not know MetricFlow. The
# tables' own sums over all versions are the other side.
ASKED = (
    (
        "ml_predictions",
        "monitor,metric_time__day",
        f"""
        select monitor, cast(window_start as date), numerator
        from monitor_metrics
        where {ALL_ROWS} and metric = 'volume' and log = 'predictions'
        """,
    ),
    (
        "ml_metric_value",
        "monitor,metric_day__metric",
        f"""
        select monitor, metric, sum(numerator) / sum(denominator)
        from monitor_metrics
        where {ALL_ROWS}
        group by monitor, metric
        """,
    ),
    (
        "ml_label_coverage",
        "monitor,metric_time__month",
        f"""
        select
            monitor, cast(date_trunc('month', window_start) as date),
            sum(labelled_count) / nullif(sum(matured_count), 0)
        from monitor_labels
        where {ALL_ROWS}
        group by 1, 2
        """,
    ),
    *(
        (
            f"ml_{name}",
            "monitor,score_day__score",
            f"""
            select monitor, score, sum({above}) / sum({below})
            from monitor_performance
            where {ALL_ROWS} and class = '(binary)' and is_final
            group by monitor, score
            """,
        )
        for name, above, below in (
            ("precision", "true_positives", "true_positives + false_positives"),
            ("recall", "true_positives", "true_positives + false_negatives"),
            ("accuracy", "true_positives + true_negatives",
             "true_positives + false_positives + true_negatives + false_negatives"),
        )
    ),
    (
        "ml_drifted_share",
        "monitor,drift_day__baseline",
        f"""
        select monitor, baseline, sum((status = 'drifted')::int) / count(*)
        from monitor_drift
        where {ALL_ROWS} and status in ('ok', 'drifted')
        group by monitor, baseline
        """,
    ),
    (
        "ml_largest_psi",
        "monitor,metric_time__month,drift_day__subject",
        f"""
        select monitor, cast(date_trunc('month', window_start) as date), subject, max(psi)
        from monitor_drift
        where {ALL_ROWS} and status in ('ok', 'drifted')
        group by 1, 2, 3
        """,
    ),
    (
        "ml_largest_operation_mean,ml_largest_p95,ml_largest_p99",
        "monitor,metric_time__week,operation_day__subject",
        f"""
        select
            monitor, cast(date_trunc('week', window_start) as date), subject,
            max(mean), max(p95), max(p99)
        from monitor_profiles
        where {ALL_ROWS} and subject in ('latency_ms', 'is_error')
        group by 1, 2, 3
        """,
    ),
    (
        "ml_largest_score_mean,ml_smallest_score_mean",
        "monitor,metric_time__week,score_mean_day__subject",
        f"""
        select monitor, cast(date_trunc('week', window_start) as date), subject, max(mean), min(mean)
        from monitor_profiles
        where {ALL_ROWS} and subject = 'p'
        group by 1, 2, 3
        """,
    ),
    (
        "ml_performance",
        "monitor",
        "select monitor, performance from monitor_health where model_version = '(all)'",
    ),
    (
        "ml_last_complete_run",
        "monitor",
        "select 'offers', epoch(max(finished_at)) from monitor_runs where status = 'finished'",
    ),
    (
        "ml_largest_lag",
        "monitor,latest_lag__log",
        "select monitor, log, epoch(as_of - loaded_through) from monitor_watermarks",
    ),
    (
        "ml_incidents,ml_critical_incidents,ml_open_incidents",
        "monitor,incident__family",
        """
        select
            monitor, family, count(*), sum((severity = 'critical')::int),
            count(*) filter (
                state in ('firing', 'acknowledged') and silenced_by is null
                and nature <> 'expected'
            )
        from monitor_incidents
        where inhibited_by is null
        group by monitor, family
        """,
    ),
)  # fmt: skip

# Figures of test_same_figures by MetricFlow: the metric, and what is asked of it. A figure of a day
# is that of the last complete day; the others are the latest there are.
LAST_DAY = "2026-03-11"
DAILY = ("--start-time", LAST_DAY, "--end-time", LAST_DAY)
X = {"drift_day__log": "predictions", "drift_day__subject": "x", "drift_day__baseline": "last_week"}
BY_METRICFLOW: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "psi": ("ml_largest_psi", X, DAILY),
    "drifted": ("ml_drifted", X, DAILY),
    "drifted_share": (
        "ml_drifted_share",
        {"drift_day__log": "predictions", "drift_day__baseline": "last_week"},
        DAILY,
    ),
    "rows": ("ml_predictions", {}, DAILY),
    "performance": ("ml_performance", {}, ()),
    "score_mean": ("ml_largest_score_mean", {"score_mean_day__subject": "p"}, DAILY),
    "operation_p95": ("ml_largest_p95", {"operation_day__subject": "latency_ms"}, DAILY),
    "operation_rate": (
        "ml_largest_operation_mean",
        {"operation_day__subject": "is_error"},
        DAILY,
    ),
    "metric": ("ml_metric_value", {"metric_day__metric": "error_rate"}, DAILY),
    "open_incidents": ("ml_open_incidents", {}, ()),
    "last_success_timestamp_seconds": ("ml_last_complete_run", {}, ()),
    "watermark_lag_seconds": ("ml_largest_lag", {"latest_lag__log": "predictions"}, ()),
}


def with_example(project: Project) -> Path:
    """The project after somebody copied the folder, as its page says."""
    return Path(shutil.copytree(MODELS, project.folder / "models" / "ml_monitoring"))


def names(kind: str) -> set[str]:
    content = yaml.safe_load((MODELS / "_semantic_models.yml").read_text(encoding="utf-8"))
    return {each["name"] for each in content[kind]}


def test_every_metric_is_asked_for_or_is_a_part_of_one() -> None:
    content = yaml.safe_load((MODELS / "_semantic_models.yml").read_text(encoding="utf-8"))
    asked = {name for metrics, _, _ in ASKED for name in metrics.split(",")}
    parts = {
        part
        for metric in content["metrics"]
        if metric["type"] == "ratio"
        for part in (metric["type_params"]["numerator"], metric["type_params"]["denominator"])
    }
    assert asked | parts == names("metrics")
    for each in content["metrics"] + content["semantic_models"]:
        assert each["description"]


@pytest.mark.slow
def test_dbt_alone_parses_it_and_the_package_has_none(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop", [MONITOR], {"log": LOG})
    manifest = project.manifest
    assert not manifest.semantic_models
    assert not manifest.metrics
    place = with_example(project)
    manifest = project._parse()
    assert {each.name for each in manifest.semantic_models.values()} == names("semantic_models")
    assert {each.name for each in manifest.metrics.values()} == names("metrics")
    # why it is an example and no part of the package
    for file in ("ml_time_spine.sql", "_time_spine.yml"):
        (place / file).unlink()
    with pytest.raises(BuildError, match="time spine"):
        project._parse()


# ---- what it answers -------------------------------------------------------------------------------

Ask = Callable[..., list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project of test_same_figures, with the example in it."""
    found = figures_project.built(tmp_path_factory.mktemp("metricflow"))
    with_example(found)
    return found


@pytest.fixture(scope="module")
def ask(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks MetricFlow, which has an environment of its own."""
    folder = tmp_path_factory.mktemp("asked")
    ours = [f"{name}=={metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb")]
    programs = environment(folder / "metricflow", "metricflow", *ours)
    settings = {
        "DBT_PROFILES_DIR": str(project.folder),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }

    def run(program: str, *arguments: str) -> None:
        done = shell(project.folder, [str(programs / program), *arguments], **settings)
        assert done.returncode == 0, " ".join(arguments) + done.stdout + done.stderr

    def asked(metrics: str, groups: str, *more: str) -> list[tuple[str, ...]]:
        file = folder / "answer.csv"
        file.unlink(missing_ok=True)
        query = ("--metrics", metrics, "--group-by", groups, *more, "--csv", str(file))
        run("mf", "query", "--quiet", *query)
        # it writes no file without rows
        return answered(file, groups.split(","), metrics.split(",")) if file.exists() else []

    run("dbt", "build", "--select", "path:models/ml_monitoring")
    return asked


@pytest.mark.apart
@pytest.mark.parametrize(("metrics", "groups", "sql"), ASKED)
def test_metricflow_says_what_sql_says(
    project: Project, ask: Ask, metrics: str, groups: str, sql: str
) -> None:
    with project.reading() as connection:
        expected = sorted(
            written(row, groups.split(",")) for row in connection.execute(sql).fetchall()
        )
    assert ask(metrics, groups) == expected
    at = len(groups.split(","))
    assert any(part not in ("", "0.0") for row in expected for part in row[at:])


@pytest.mark.apart
def test_the_figures_of_every_door_by_metricflow(project: Project, ask: Ask) -> None:
    """Digit by digit; test_same_figures compares SQL with the other doors."""
    for (name, labels, _), figure in zip(FIGURES, by_sql(project.folder), strict=True):
        metric, chosen, days = BY_METRICFLOW[name]
        if name == "open_incidents":
            chosen = {"incident__severity": labels["severity"]}
        filters = [f"{{{{ Dimension('{key}') }}}} = '{value}'" for key, value in chosen.items()]
        where = ("--where", " and ".join(filters)) if filters else ()
        rows = ask(metric, "monitor", *days, *where)
        # no incident is no row, and no row is none
        assert rows == [("offers", figure)] or (rows, figure) == ([], "0.0"), name


def answered(file: Path, groups: list[str], metrics: list[str]) -> list[tuple[str, ...]]:
    """The rows of a CSV in our order: groups, then figures with all their digits."""
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    return sorted(
        (
            *(row[group].removesuffix(" 00:00:00") for group in groups),
            *(digits(row[metric]) for metric in metrics),
        )
        for row in rows
    )


def written(row: tuple[object, ...], groups: list[str]) -> tuple[str, ...]:
    at = len(groups)
    return (
        *(str(each) for each in row[:at]),
        *(digits("" if each is None else str(each)) for each in row[at:]),
    )


def digits(value: str) -> str:
    return repr(float(value)) if value else ""
