"""Columns may be called anything: every number is that of the same log with plain names."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from ..alerts.test_hostile_values import read_only
from ..harness.golden_values import AS_OF, tables
from ..harness.postgres_project import ON_BOTH, on_engine
from ..harness.project_harness import Project, difference

# In the order of the plain names, so that lists sort alike.
ODD = {
    "amount": "Fee per Month (€)", "at": "1st_order", "id": "ID", "label": "Churned?",
    "loaded_at": "select", "p": "P-default: 50%", "plan": "Größe, der Stadt", "region": "debt-to-income",
    "version": "ModelVersion 😀",
}  # fmt: skip
PLAIN = {name: name for name in ODD}
# Long, or made of names: ids of series and texts are not compared.
NOT_COMPARED = (
    "_id",
    "fingerprint",
    "message",
    "sql",
    "summary",
    "title",
    "advice",
    "started_at",
    "finished_at",
)
COMPARED = (
    "monitor_profiles", "monitor_drift", "monitor_drift_bins", "monitor_metrics",
    "monitor_performance", "monitor_calibration", "monitor_calibration_buckets",
    "monitor_confusion", "monitor_labels", "monitor_concentration", "monitor_segments",
    "monitor_distributions", "monitor_dataset", "monitor_judgements",
)  # fmt: skip


def monitor(name: str, called: dict[str, str]) -> dict[str, Any]:
    """The tiny monitor and a combination, an exposure and a metric, with its columns called so."""
    return {
        "name": name,
        "problem": "binary",
        "predictions": {
            "source": ["logs", f"{name} log"], "time": called["at"], "loaded_at": called["loaded_at"],
            "version": called["version"], "id": called["id"], "label": called["label"],
        },
        "scores": {called["p"]: {"outcome": "label", "threshold": 0.5}},
        "features": {
            called["amount"]: {"min": 0, "max": 30},
            called["plan"]: {"type": "categorical"},
        },
        "slices": [called["region"], [called["region"], called["plan"]]],
        "exposure": [called["plan"]],
        "metrics": {called["amount"]: {"numerator": f'"{called["amount"]}"'}},
        "reference": {
            "source": ["logs", f"{name} training"], "outcomes": {"label": called["label"]},
        },
        "windows": ["day", "7d"],
        "limits": {"min_rows": 10, "min_cell": 1, "lateness": "1h"},
        "retention": {"day": "400d", "day_sliced": "400d"},
    }  # fmt: skip


def renamed(query: str, called: dict[str, str]) -> str:
    columns = ", ".join(f'"{plain}" as "{odd}"' for plain, odd in called.items())
    return f"select {columns} from ({query})"


@pytest.fixture(scope="module", params=["duckdb"])
def project(request: pytest.FixtureRequest) -> Project:
    log, training = tables().values()
    sent = {
        f"{name} {table}": renamed(query, called)
        for name, called in (("plain", PLAIN), ("odd", ODD))
        for table, query in (("log", log), ("training", training))
    }
    monitors = [monitor("plain", PLAIN), monitor("odd", ODD)]
    project = on_engine(request, "any_name", monitors, sent)
    project.build(AS_OF)
    return project


def of_monitor(project: Project, table: str, name: str, called: dict[str, str]) -> pd.DataFrame:
    """What a table says of a monitor, its names put back, in an order of its own."""
    frame = project.frame(table, f"monitor = '{name}'").drop(columns="monitor")
    left_out = [column for column in frame if column.endswith(NOT_COMPARED)]
    back = {odd: plain for plain, odd in called.items()}
    back[f"{called['region']}+{called['plan']}"] = "region+plan"
    frame = frame.drop(columns=left_out).replace(back)
    return frame.sort_values(
        list(frame.columns), ignore_index=True, key=lambda one: one.astype(str)
    )


@ON_BOTH
@pytest.mark.parametrize("table", COMPARED)
def test_every_number_is_that_of_plain_names(project: Project, table: str) -> None:
    plain = of_monitor(project, table, "plain", PLAIN)
    assert len(plain) > 0
    assert not difference(table, plain, of_monitor(project, table, "odd", ODD))


@ON_BOTH
def test_names_are_shown_as_they_are_written(project: Project) -> None:
    drift = project.frame("monitor_drift", "monitor = 'odd'")
    assert {ODD["amount"], ODD["plan"], ODD["p"]} <= set(drift["subject"])
    profiles = project.frame("monitor_profiles", "monitor = 'odd'")
    assert {ODD["region"], f"{ODD['region']}+{ODD['plan']}"} <= set(profiles["slice_name"])


@ON_BOTH
def test_alerts_count_again_what_they_say(project: Project) -> None:
    """The query of an alert on an odd name runs, and gives its number."""
    alerts = project.frame("monitor_alerts", "monitor = 'odd' and reproduce_sql is not null")
    assert len(alerts) > 0
    with read_only(project) as ask:
        for alert in alerts.to_dict("records"):
            value = ask(alert["reproduce_sql"])
            assert value == pytest.approx(alert["current_value"], rel=1e-6), alert
