"""Golden tables in small: a model of each kind gives on Spark, row for row, what it gives on DuckDB.

Planned in one session, for that is where the time goes; test_spark.py has the whole job on more rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest

from ..harness import golden_values
from ..harness.moved import moved
from ..harness.outcome_cases import DAYS, START, TYPES, labels, predictions
from ..harness.small_demo import AS_OF, SETTINGS, monitors, policy, tables
from ..harness.spark_session import FOR_FEW_ROWS, QUICK_JAVA, SparkProject
from .test_outcome_engines import SHOP, TRUTH
from .test_spark import Results, beside

pytestmark = [
    pytest.mark.apart,
    pytest.mark.skipif(os.name == "nt", reason="Spark on Windows needs programs of Hadoop"),
]

# What is kept of the demo: ranking with hours and an experiment, yes or no with what is decided,
# paid and protected, for as long as detectors look back.
KEPT = {
    "home_feed": {
        "scores": ("p_click", "p_purchase"),
        "features": ("item_ctr_7d", "device_os"),
        "operations": (),
        "logs": {},
        "slices": ["region", ["region", "device"]],
        "ranking": {"order_by": "p_click", "ks": [5]},
        "windows": ["hour", "day"],
        "metrics": ("revenue_per_request",),
    },
    "fraud": {
        "features": ("device_risk",),
        "operations": ("latency_ms",),
        "slices": ["channel", "country"],
        "windows": ["day", "7d"],
        "metrics": ("blocked_amount",),
        "protected_slices": ["channel"],
        "plugins": {"distance": {"macro": "model_monitor.hellinger_distance", "threshold": 0.3}},
    },
}
# detectors want fourteen whole days before the four weeks that they watch
LONG = replace(SETTINGS, days=44)
# of the feed the last days
LAST = {"home_feed_predictions": "predicted_at", "home_feed_outcomes": "occurred_at"}
SINCE = pd.Timestamp("2026-06-22")
# two characters of the predictions with labels of every kind, a number and one of three among them
CASES = 2
# What a first run of these has nothing of; all else holds something.
EMPTY = {
    "int_monitor__population_shifts", "int_monitor__prior_judgements",
    "int_monitor__first_weeks", "int_monitor__retraining_events", "int_monitor__treated_windows",
    "int_monitor__unrouted_incidents", "int_monitor__worth_signals", "monitor_audit", "monitor_deliveries", "monitor_outbox",
    "stg_monitor__approvals", "stg_monitor__contacts", "stg_monitor__policy_issues",
    "stg_monitor__priorities",
    "stg_monitor__silences",
}  # fmt: skip


def recent(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in the last days before AS_OF."""
    return moved(frame, pd.Timestamp(AS_OF).normalize() - (START + pd.Timedelta(days=DAYS)))


def shop() -> dict[str, pd.DataFrame]:
    log = predictions(CASES)
    training = predictions(CASES, seed=9).assign(
        clicked=lambda rows: rows["true_click"].astype(int), intent=lambda rows: rows["true_intent"]
    )
    return {
        "predictions": recent(log.drop(columns=TRUTH)),
        "training": recent(training.drop(columns=TRUTH)),
        "labels": recent(labels(log)),
    }


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """The tables of either, side by side."""
    folder = tmp_path_factory.mktemp("golden")
    project = SparkProject(
        folder / "shop",
        [*monitors(KEPT), SHOP, golden_values.MONITOR],
        {},
        policy(),
        # what one plan leaves behind fits into the space for new objects
        {"JAVA_TOOL_OPTIONS": f"{QUICK_JAVA['JAVA_TOOL_OPTIONS']} -Xmn1g"},
        FOR_FEW_ROWS,
    )
    read = {
        name: query + (f" where {LAST[name]} >= timestamp '{SINCE}'" if name in LAST else "")
        for name, query in tables(folder / "files", LONG).items()
    }
    for name, rows in read.items():
        project.load(name, rows)
    for name, query in golden_values.tables().items():
        project.load(name, query)
    for name, rows in shop().items():
        project.load(name, rows, TYPES if "p" in rows else None)
    with project.in_one_session() as there, ThreadPoolExecutor(1) as beside_this:
        project.send_all()
        built = beside_this.submit(there.build, AS_OF)
        project.build(AS_OF)
        assert built.result() == []
        found = beside(project)
    yield found
    found.tables.close()


def test_every_table_is_the_same(golden: Results) -> None:
    assert len(golden.names) > 120
    assert golden.apart() == []


def test_the_tiny_log_has_the_committed_values(golden: Results) -> None:
    # a connection of its own: the other may still hold a result that was not read to its end
    with golden.tables.cursor() as cursor:
        cursor.execute("set timezone = 'UTC'")
        assert golden_values.apart(lambda sql: cursor.execute(sql.format("other.")).df()) == []


def test_every_table_holds_something(golden: Results) -> None:
    empty = {
        name
        for name in golden.names
        if golden.tables.execute(f'select 1 from other."{name}" limit 1').fetchone() is None
    }
    assert empty == EMPTY


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("monitor_performance", "class", {"(binary)", "(all)", "(micro)", "(macro)", "buy"}),
        ("monitor_calibration", "class", {"(binary)", "buy"}),
        ("monitor_estimates", "class", {"(binary)", "(micro)", "buy"}),
        ("monitor_confusion", "score", {"c", "d"}),
        ("monitor_labels", "outcome", {"click", "purchase", "fraud", "amount", "intent"}),
        ("monitor_profiles", "window_name", {"hour", "day", "7d"}),
        ("monitor_segments", "monitor", {"home_feed", "fraud", "shop"}),
    ],
)
def test_every_kind_is_there(golden: Results, table: str, column: str, values: set[str]) -> None:
    rows = golden.tables.execute(f"select distinct {column} from other.{table}").fetchall()
    assert {value for (value,) in rows} >= values
