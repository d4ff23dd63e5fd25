"""Groups of people against plain rates of the raw rows, and what may not be told of small ones."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import precision_score

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.apart

START = pd.Timestamp("2026-03-02")
AS_OF = pd.Timestamp("2026-03-11 06:00")
SLICES = 40  # protected columns, each with groups of its own sizes
Z = NormalDist().inv_cdf(0.975)
MIN_CELL = 15
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "version": "version",
        "label": "repaid",
        "id": "id",
    },
    "scores": {"p": {"kind": "binary", "outcome": "label", "threshold": 0.5}},
    "protected_slices": {
        f"g{number}": ({"reference": "b"} if number % 4 == 0 else {}) for number in range(SLICES)
    },
    "costs": {"true_positive": 3, "false_positive": -1},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 20, "min_cell": MIN_CELL},
}


def scores() -> pd.DataFrame:
    random = np.random.default_rng(11)
    size = 4_000
    p = random.random(size)
    log = pd.DataFrame(
        {
            "id": np.arange(size),
            "at": START + pd.to_timedelta(random.integers(0, 9 * 86_400, size), unit="s"),
            "version": random.choice(["v1", "v2"], size, p=[0.8, 0.2]),
            "p": p,
            "repaid": random.random(size) < 0.2 + 0.6 * p,
        }
    )
    for number in range(SLICES):
        weights = random.dirichlet([8.0, 3.0, 1.0, 0.5, 0.1])
        log[f"g{number}"] = random.choice(list("abcde"), size, p=weights)
    return log


def wilson(k: float, n: float) -> tuple[float, float]:
    middle = (k + Z * Z / 2) / (n + Z * Z)
    half = Z / (n + Z * Z) * math.sqrt(k * (n - k) / n + Z * Z / 4)
    return middle - half, middle + half


def newcombe(k1: float, n1: float, k2: float, n2: float) -> tuple[float, float]:
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
    return (
        p1 - p2 - math.hypot(p1 - l1, u2 - p2),
        p1 - p2 + math.hypot(u1 - p1, p2 - l2),
    )


def cells(rows: pd.DataFrame) -> dict[str, tuple[int, int]]:
    said, true = rows["p"] >= 0.5, rows["repaid"]
    return {
        "selection_rate": (said.sum(), len(rows)),
        "base_rate": (true.sum(), len(rows)),
        "true_positive_rate": ((said & true).sum(), true.sum()),
        "false_positive_rate": ((said & ~true).sum(), (~true).sum()),
        "predictive_value": ((said & true).sum(), said.sum()),
    }


PLACE = ["window_name", "window_start", "window_end", "model_version", "slice_name"]
# monitor_drift lists a slice after two weeks, and test_small_tables.py attacks it
TELLING = {
    "monitor_fairness": "true",
    "monitor_labels": "true",
    "monitor_performance": "true",
    "monitor_calibration": "true",
    "monitor_value": "true",
    "monitor_estimates": "true",
    "monitor_metrics": "metric = 'volume'",
    "monitor_profiles": "subject = 'p'",
}
SELECT = [*(f"+{table}" for table in TELLING), *LEDGER]


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return scores()


@pytest.fixture(scope="module")
def project(log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("fairness") / "shop", [MONITOR])
    project.load("scores", log)
    project.build(str(AS_OF), SELECT)
    return project


@pytest.fixture(scope="module")
def found(project: Project) -> pd.DataFrame:
    return project.frame("monitor_fairness")


def test_rates_differences_and_their_intervals(log: pd.DataFrame, found: pd.DataFrame) -> None:
    checked = 0
    for row in found.sample(700, random_state=3).itertuples():
        inside = log[(log["at"] >= row.window_start) & (log["at"] < row.window_end)]
        if row.model_version != "(all)":
            inside = inside[inside["version"] == row.model_version]
        mine = cells(inside[inside[row.slice_name] == row.slice_value])
        others = cells(inside[inside[row.slice_name] == row.reference_group])
        is_told = (
            (found["slice_name"] == row.slice_name)
            & (found["slice_value"] == row.reference_group)
            & (found["window_name"] == row.window_name)
            & (found["window_end"] == row.window_end)
            & (found["model_version"] == row.model_version)
        ).any()
        for name, (k, n) in mine.items():
            k2, n2 = others[name]
            value = k / n if n >= MIN_CELL else math.nan
            assert getattr(row, name) == pytest.approx(value, nan_ok=True), name
            difference = getattr(row, f"{name}_difference")
            if n < MIN_CELL or n2 < MIN_CELL or not is_told:
                assert math.isnan(difference)
                continue
            assert difference == pytest.approx(k / n - k2 / n2)
            bounds = (
                getattr(row, f"{name}_difference_lower"),
                getattr(row, f"{name}_difference_upper"),
            )
            if row.slice_value == row.reference_group:
                assert np.isnan(bounds).all()
            else:
                assert bounds == pytest.approx(newcombe(k, n, k2, n2))
                checked += 1
        (k, n), (k2, n2) = mine["selection_rate"], others["selection_rate"]
        if is_told and k2:
            impact = (k / n) / (k2 / n2)
            assert row.disparate_impact == pytest.approx(impact)
            if k and row.slice_value != row.reference_group:
                error = math.sqrt(1 / k - 1 / n + 1 / k2 - 1 / n2)
                assert row.ci_lower == pytest.approx(impact * math.exp(-Z * error))
                assert row.ci_upper == pytest.approx(impact * math.exp(Z * error))
    assert checked > 500


def test_the_reference_is_chosen_or_the_largest(log: pd.DataFrame, found: pd.DataFrame) -> None:
    first = log[log["at"] < START + pd.Timedelta("7D")]
    for name, group in found.groupby("slice_name")["reference_group"]:
        chosen = "b" if int(name[1:]) % 4 == 0 else first[name].value_counts().index[0]
        assert set(group) == {chosen}


# one decision for all of them (docs/understand/fairness.md); estimates are there before labels are
OF_THE_OUTCOME = (
    "monitor_labels", "monitor_performance", "monitor_calibration", "monitor_value",
)  # fmt: skip


@pytest.mark.parametrize("table", TELLING)
def test_a_small_group_cannot_be_told_from_the_others(
    log: pd.DataFrame, project: Project, table: str
) -> None:
    found = project.frame(
        table, f"role = 'live' and slice_name <> '(all)' and {TELLING[table]}"
    ).drop_duplicates([*PLACE, "slice_value"])
    alone = hidden_groups = 0
    for (_, start, end, version, name), rows in found.groupby(PLACE):
        inside = log[(log["at"] >= start) & (log["at"] < end)]
        here = inside if version == "(all)" else inside[inside["version"] == version]
        sizes = here[name].value_counts()
        told = sizes.reindex(rows["slice_value"], fill_value=0)
        assert ((told == 0) | (told >= MIN_CELL)).all()
        hidden = set(sizes.index) - set(told.index)
        assert len(hidden) != 1
        alone += (sizes < MIN_CELL).sum() == 1
        hidden_groups += len(hidden)
    assert alone > 20
    assert hidden_groups > 100
    # a group is told of every version that has it, or of none: the rest of (all) would be the hidden one
    versions = found[found["model_version"] != "(all)"]
    group = ["window_start", "window_end", "slice_name", "slice_value"]
    for (start, end, name, value), rows in versions.groupby(group):
        inside = log[(log["at"] >= start) & (log["at"] < end)]
        assert set(inside.loc[inside[name] == value, "version"]) <= set(rows["model_version"])


def test_all_tables_tell_the_same_groups(project: Project) -> None:
    """Of what one table hides another says nothing."""
    told = {
        table: set(
            project.frame(table, f"role = 'live' and slice_name <> '(all)' and {where}")[
                [*PLACE, "slice_value"]
            ].itertuples(index=False, name=None)
        )
        for table, where in TELLING.items()
    }
    assert len(told["monitor_fairness"]) > 700
    for table, groups in told.items():
        assert groups <= told["monitor_metrics"], table
    for table in OF_THE_OUTCOME:
        assert told[table] == told["monitor_fairness"], table


ORACLES = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "predictive_value": precision_score,
}


def test_fairlearn_says_the_same(log: pd.DataFrame, found: pd.DataFrame) -> None:
    """Rates by group, their differences and the ratio to the reference group, of whole weeks."""
    weeks = found[(found["window_name"] == "7d") & (found["model_version"] == "(all)")]
    checked = 0
    for (column, start, end), told in weeks.groupby(["slice_name", "window_start", "window_end"]):
        inside = log[(log["at"] >= start) & (log["at"] < end)]
        frame = MetricFrame(
            metrics=ORACLES,
            y_true=inside["repaid"],
            y_pred=inside["p"] >= 0.5,
            sensitive_features=inside[column],
        )
        for row in told.itertuples():
            own = frame.by_group.loc[row.slice_value]
            against = frame.by_group.loc[row.reference_group]
            for name in ORACLES:
                if (value := getattr(row, name)) == value:
                    assert value == pytest.approx(own[name]), name
                    checked += 1
                if (difference := getattr(row, f"{name}_difference")) == difference:
                    assert difference == pytest.approx(own[name] - against[name]), name
            if row.disparate_impact == row.disparate_impact:
                ratio = own["selection_rate"] / against["selection_rate"]
                assert row.disparate_impact == pytest.approx(ratio)
    assert checked > 500


def test_what_is_hidden_stays_hidden_when_nothing_is_new(project: Project) -> None:
    """A run that counts no window again tells no more of them than the one before."""
    before = project.dump(TELLING)
    project.build(str(AS_OF + pd.Timedelta("1h")), SELECT)
    after = project.dump(TELLING)
    for table in TELLING:
        pd.testing.assert_frame_equal(before[table], after[table], obj=table)
