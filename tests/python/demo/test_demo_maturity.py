"""On the demo, what labels show is found when they have matured, at its place, and not before."""

from __future__ import annotations

import importlib
from pathlib import Path

import duckdb
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.apart

LATENESS = pd.Timedelta("2h")
MATURES = {"fraud": pd.Timedelta("14D"), "purchase": pd.Timedelta("7D")}
# What is planted, when, which outcome shows it, and as what.
PLANTED = {
    "fraud_concept": ("fraud_s1", pd.Timestamp("2026-06-01"), "fraud", "concept", "p_fraud"),
    "home_calibration": (
        "home_feed_s1", pd.Timestamp("2026-06-16"), "purchase", "calibration", "p_purchase",
    ),
}  # fmt: skip
FROM_LABELS = ("concept", "calibration", "performance", "base_rate", "fairness", "estimates")


def first_matured(name: str) -> pd.Timestamp:
    """When the first whole day of it has."""
    _, began, outcome, *_ = PLANTED[name]
    return began + pd.Timedelta("1D") + MATURES[outcome] + LATENESS


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[pd.Timestamp, pd.DataFrame]:
    """The alerts of a run an hour before that, and of one on the day after it, for each."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        seeds = importlib.import_module("demo_seeds")
    database = seeds.prepared(folder, [1], 12_000)
    found = {}
    for name in PLANTED:
        matured = first_matured(name)
        for as_of in (matured - pd.Timedelta("1h"), matured + pd.Timedelta("28h")):
            seeds.Build(folder, str(as_of))
            with duckdb.connect(str(database), read_only=True) as connection:
                found[as_of] = connection.execute(
                    f"select * from {seeds.SCHEMA}.monitor_alerts"
                ).fetch_df()
    return found


@pytest.mark.parametrize("name", PLANTED)
def test_it_is_found_after_maturity_and_not_before(
    told: dict[pd.Timestamp, pd.DataFrame], name: str
) -> None:
    monitor, began, _, family, subject = PLANTED[name]
    matured = first_matured(name)
    seen = {}
    for as_of, alerts in told.items():
        mine = alerts[(alerts["monitor"] == monitor) & alerts["family"].isin(FROM_LABELS)]
        seen[as_of] = mine[mine["opened_at"] > began]
    before, after = (seen[matured + pd.Timedelta(wait)] for wait in ("-1h", "28h"))
    last = seen[max(seen)]
    about = before["subject"].str.startswith(subject) | (before["family"] == family)
    assert before.loc[about, "message"].tolist() == []
    for found in (
        after[after["subject"] == subject],
        # and by the end as what it is
        last[(last["subject"] == subject) & (last["family"] == family)],
    ):
        assert not found.empty, after["message"].tolist()
        assert (found["opened_at"] >= began + pd.Timedelta("1D")).all()
        assert (found["since"] >= began).all()
        # what it says of itself may need more days than the first; its incident has the begin
        incident = last[last["incident_id"].isin(found["incident_id"])]
        assert (incident["since"] == began).any(), incident["since"].tolist()


def test_no_alert_is_of_what_has_not_matured(told: dict[pd.Timestamp, pd.DataFrame]) -> None:
    for as_of, alerts in told.items():
        mine = alerts[alerts["log"].isin([f"predictions.{outcome}" for outcome in MATURES])]
        assert not mine.empty
        clock = mine["log"].str.removeprefix("predictions.").map(MATURES) + LATENESS
        # since when no label has come is asked of the log of labels, at once
        counted = mine[mine["family"] != "freshness"]
        assert (counted["last_seen_at"] + clock[counted.index] <= as_of).all()
