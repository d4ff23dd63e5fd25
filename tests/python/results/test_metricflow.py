"""The semantic models of examples/metricflow: dbt parses them, and `mf query` says what SQL says."""

from __future__ import annotations

import csv
import os
import shutil
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from ..harness.project_harness import ROOT, BuildError, Project
from ..house.test_examples import environment, shell
from .test_dashboards import AS_OF, LABELS, LOG, MONITORS

EXAMPLE = ROOT / "examples" / "metricflow"
MODELS = EXAMPLE / "models"
TABLES = {"log": LOG, "labels": LABELS.format(log=LOG)}
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
        "ml_incidents,ml_critical_incidents",
        "monitor,incident__family",
        """
        select monitor, family, count(*), sum((severity = 'critical')::int)
        from monitor_incidents
        where inhibited_by is null
        group by monitor, family
        """,
    ),
)  # fmt: skip


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
    project = Project(tmp_path / "shop", MONITORS, TABLES)
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


@pytest.mark.apart
def test_metricflow_says_what_sql_says(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop", MONITORS, TABLES)
    project.build(as_of=AS_OF.isoformat())
    with_example(project)
    ours = [f"{name}=={metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb")]
    programs = environment(tmp_path / "metricflow", "metricflow", *ours)
    settings = {
        "DBT_PROFILES_DIR": str(project.folder),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    built = [str(programs / "dbt"), "build", "--select", "path:models/ml_monitoring"]
    done = shell(project.folder, built, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    for metrics, groups, sql in ASKED:
        file = tmp_path / f"{metrics}.csv"
        query = [
            str(programs / "mf"), "query", "--quiet", "--metrics", metrics, "--group-by", groups,
            "--csv", str(file),
        ]  # fmt: skip
        done = shell(project.folder, query, **settings)
        assert done.returncode == 0, metrics + done.stdout + done.stderr
        with project.reading() as connection:
            expected = sorted(
                written(row, groups.split(",")) for row in connection.execute(sql).fetchall()
            )
        assert answered(file, groups.split(","), metrics.split(",")) == expected, metrics
        assert any(part not in ("", "0.0") for row in expected for part in row[2:]), metrics


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
