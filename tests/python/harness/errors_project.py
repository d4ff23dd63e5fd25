"""A small project whose logs have wrong predictions at known places, and stand-ins for its results.

The log is random but fixed. `graded` counts from it what the error analysis should find, in pandas.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from .postgres_server import Server
from .small_project import ROOT, small_project, write

END = pd.Timestamp("2026-06-21")
START = END - pd.Timedelta(days=7)
AS_OF = "2026-06-25 06:00:00"
ROWS, PER_DAY = 6000, 400
# A value that would act in HTML, one that would end a literal, and one that looks like a place.
HOSTILE = ["<script>alert(1)</script>", "o'neil", "{start}", "(other)"]
PURPOSE = "<i>Purpose</i>"
PREDICTIONS = {
    "time": "scored_at",
    "loaded_at": "loaded_at",
    "id": "id",
    "version": "model_version",
}
FEATURES = {
    "income": {},
    PURPOSE: {"type": "categorical"},
    "is_employed": {"type": "boolean"},
    "age_band": {"type": "categorical"},
    "debt": {"sql": "income / 10"},
}
LIMITS = {"min_rows": 100, "min_cell": 20}


def monitors() -> list[dict[str, Any]]:
    """One monitor of each kind. The regression shows no examples."""
    source = {"source": ["raw", "loan_scores"]}
    common = {"features": FEATURES, "slices": ["region"], "limits": LIMITS}
    return [
        {
            "name": "loans",
            "problem": "binary",
            "predictions": source | PREDICTIONS,
            "scores": {"p_default": {"outcome": "default", "threshold": 0.5}},
            "outcomes": {
                "source": ["raw", "contacts"],
                "prediction": "prediction_id",
                "value": "value",
                "time": "occurred_at",
                "kinds": {"default": {"matures_after": "1d", "otherwise": 0}},
            },
            "protected_slices": ["age_band"],
            "examples": True,
            **common,
        },
        {
            "name": "amounts",
            "problem": "regression",
            "predictions": source | PREDICTIONS | {"label": "amount"},
            "scores": {"estimate": {"outcome": "label"}},
            **common,
        },
        {
            "name": "kinds",
            "problem": "multiclass",
            "predictions": source | PREDICTIONS | {"label": "kind"},
            "scores": {
                "kind_score": {"outcome": "label", "probabilities": {"a": "p_a", "b": "p_b"}}
            },
            "examples": True,
            **common,
        },
    ]


def log() -> pd.DataFrame:
    """Predictions of two weeks. Errors are frequent at a low income and in the south."""
    random = np.random.default_rng(7)
    time = END - pd.Timedelta(days=ROWS / PER_DAY) + pd.to_timedelta(
        np.arange(ROWS) * 24 * 60 // PER_DAY, unit="min"
    )  # fmt: skip
    income = np.round(random.lognormal(7, 0.6, ROWS), 1)
    region = random.choice(["north", "south", "east", "rare"], ROWS, p=[0.5, 0.3, 0.195, 0.005])
    p = np.round(random.uniform(0, 1, ROWS), 6)
    wrong = random.uniform(0, 1, ROWS) < np.where(income < 700, 0.5, 0.08) + 0.2 * (
        region == "south"
    )
    actual = (p >= 0.5) ^ wrong
    purpose = random.choice(["car", "home", *HOSTILE], ROWS, p=[0.4, 0.3, 0.1, 0.1, 0.06, 0.04])
    p_a = np.round(random.uniform(0, 1, ROWS), 6)
    estimate = np.round(random.normal(100, 20, ROWS), 3)
    return pd.DataFrame(
        {
            "id": [f"p{index}" for index in range(ROWS)],
            "scored_at": time,
            "loaded_at": time + pd.Timedelta(minutes=5),
            "model_version": "v1",
            "p_default": p,
            "income": np.where(random.uniform(0, 1, ROWS) < 0.06 + 0.1 * wrong, np.nan, income),
            PURPOSE: np.where(random.uniform(0, 1, ROWS) < 0.02, None, purpose),
            "is_employed": random.choice([True, False], ROWS),
            "age_band": random.choice(["young", "old"], ROWS),
            "region": region,
            "p_a": p_a,
            "p_b": 1 - p_a,
            "kind": np.where((p_a >= 0.5) ^ wrong, "a", "b"),
            "estimate": estimate,
            "amount": np.round(estimate + random.normal(0, 5, ROWS) * (1 + 3 * wrong), 3),
            "actual": actual,
        }
    )


def graded(frame: pd.DataFrame, monitor: str) -> pd.DataFrame:
    """The rows of the week with is_wrong and kind."""
    week = frame[(frame.scored_at >= START) & (frame.scored_at < END)].copy()
    if monitor == "loans":
        said = week.p_default >= 0.5
        week["is_wrong"] = said != week.actual
        week["kind"] = np.where(said == week.actual, "true ", "false ") + pd.Series(
            np.where(said, "positive", "negative"), index=week.index
        )
    elif monitor == "amounts":
        error = (week.estimate - week.amount).abs()
        week["is_wrong"] = error > error.quantile(0.9)
        week["kind"] = np.where(week.estimate > week.amount, "too high", "too low")
    else:
        said = pd.Series(np.where(week.p_a >= week.p_b, "a", "b"), index=week.index)
        week["is_wrong"] = said != week.kind
        week["kind"] = said + " predicted, " + week.kind + " occurred"
    return week


def stand_ins() -> dict[str, str]:
    """What the report reads of a build, as models."""
    finals = " union all ".join(
        f"""
        select
            cast('{monitor}' as varchar) as monitor, cast('{log}' as varchar) as log,
            cast('{score}' as varchar) as score, 'live' as role, '(all)' as model_version,
            '(all)' as slice_name, '7d' as window_name, is_final,
            cast(window_end as timestamp) as window_end
        from (values (true, '2026-06-20'), (true, '2026-06-21'), (false, '2026-06-22'))
            as t (is_final, window_end)
        """
        for monitor, log, score in (
            ("loans", "predictions.default", "p_default"),
            ("amounts", "predictions.label", "estimate"),
            ("kinds", "predictions.label", "kind_score"),
        )
    )
    return {
        "monitor_performance": finals,
        "monitor_runs": f"""
            select 'r1' as run_id, cast('{AS_OF}' as timestamp) as as_of, 'finished' as status,
                cast('{AS_OF}' as timestamp) as started_at
        """,
        "monitor_health": f"""
            select
                cast(monitor as varchar) as monitor, '(all)' as model_version,
                cast('{AS_OF}' as timestamp) as as_of, 'evaluated' as evaluation,
                cast(null as varchar) as problems, 'day' as window_name,
                cast('2026-06-24' as timestamp) as window_end, 400 as row_count,
                1.0 as traffic_share, cast(null as timestamp) as live_since, 80 as age_days,
                90 as trained_age_days, 0 as open_alert_count,
                cast(null as varchar) as worst_open_severity, 28 as history_windows,
                0.9 as performance, 0.9 as baseline_performance, 'measured' as outcome_status,
                'keep' as recommendation
            from (values ('loans'), ('amounts'), ('kinds')) as t (monitor)
        """,
        "stg_monitor__thresholds": """
            select cast('loans' as varchar) as monitor, cast('v0' as varchar) as model_version,
                0.9 as threshold, cast('1900-01-01' as timestamp) as in_force_from,
                cast('9999-12-31' as timestamp) as in_force_until
        """,
    }


def errors_project(folder: Path) -> Path:
    """The project on DuckDB, with its logs and its finished results."""
    described(folder)
    with duckdb.connect(str(folder / "target" / "small.duckdb")) as connection:
        for table, frame in {"loan_scores": log(), "contacts": labels_of(log())}.items():
            connection.register("frame", frame)
            connection.execute(f"create or replace table raw.{table} as select * from frame")
        connection.execute("create schema main_results")
        for name, sql in stand_ins().items():
            connection.execute(f"create table main_results.{name} as {sql}")
        connection.execute(
            "create table main_results.monitor_alerts as select * from"
            " (values (cast(null as varchar))) as t (monitor) where monitor is not null"
        )
    return folder


def described(folder: Path) -> Path:
    """The project without its tables."""
    small_project(folder, monitors())
    analysis = "monitor_error_analysis.sql"
    shutil.copy(ROOT / "analyses" / analysis, folder / "analyses" / analysis)
    for name, sql in stand_ins().items():
        (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return folder


def labels_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the outcomes log: what has no row is 0."""
    labels = frame.loc[frame.actual, ["id", "scored_at"]].rename(columns={"id": "prediction_id"})
    labels["occurred_at"] = labels.pop("scored_at") + pd.Timedelta(hours=3)
    labels["value"] = 1
    return labels


def on_postgres(folder: Path, server: Server, database: str) -> Path:
    """The same project and tables on a Postgres server."""
    server.create(database)
    described(folder)
    profile = {
        "type": "postgres", "host": str(server.folder), "user": "postgres", "password": "",
        "port": 5432, "dbname": database, "schema": "main", "threads": 1,
    }  # fmt: skip
    write(folder / "profiles.yml", {"small": {"target": "dev", "outputs": {"dev": profile}}})
    for table, frame in {"loan_scores": log(), "contacts": labels_of(log())}.items():
        file = folder / f"{table}.csv"
        frame.to_csv(file, index=False)
        columns = duckdb.sql("describe from frame").fetchall()
        server.load(database, "raw", table, columns, file)
    connection = server.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute("create schema main_results")
        for name, sql in stand_ins().items():
            cursor.execute(f"create table main_results.{name} as {sql}")
    connection.close()
    return folder
