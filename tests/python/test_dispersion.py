"""How dependent rows are, and how likely a tail is then, against numpy over the same history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from .project_harness import Project

DAYS = 50
START = pd.Timestamp("2026-03-02")
USERS, PER_USER = 60, 20
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {"source": ["logs", "scores"], "time": "scored_at"},
    "features": {"income": {}, "purpose": {"type": "categorical"}},
    "windows": ["day"],
    "limits": {"min_rows": 50, "min_cell": 5},
}
HISTORY = """
select
    distances.subject,
    distances.window_end,
    distances.chi2 / distances.chi2_df / power(1 - 2 / (9 * distances.chi2_df), 3) as ratio,
    distances.tail_chi2,
    drift.dispersion,
    drift.tail_p_value
from int_monitor__distances as distances
inner join monitor_drift as drift
    using (window_name, window_end, slice_name, subject, baseline, model_version)
where distances.window_name = 'day'
    and distances.baseline = 'last_week'
    and distances.model_version = '(all)'
    and distances.slice_name = '(all)'
    and distances.subject in ('income', 'purpose')
    and distances.is_sufficient
order by distances.subject, distances.window_end
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Users who come again: two thirds of a value are its user's."""
    generator = np.random.default_rng(11)
    own = generator.standard_normal(6 * USERS)
    parts = []
    for day in range(DAYS):
        user = np.repeat(generator.choice(6 * USERS, USERS, replace=False), PER_USER)
        z = 0.8 * own[user] + 0.6 * generator.standard_normal(len(user))
        at = START + pd.Timedelta(days=day)
        parts.append(pd.DataFrame({
            "scored_at": at + pd.to_timedelta(np.arange(len(user)), unit="s"),
            "income": np.exp(0.5 * z),
            "purpose": np.where(z > 0.3, "car", "home"),
        }))  # fmt: skip
    project = Project(
        tmp_path_factory.mktemp("dispersion") / "project",
        monitors=[MONITOR],
        tables={"scores": pd.concat(parts, ignore_index=True)},
    )
    project.build(as_of=(START + pd.Timedelta(days=DAYS, hours=3)).isoformat())
    suspects = project.query("select * from int_monitor__suspects where is_suspect")
    assert suspects.empty, "the history here is all that there was"
    return project.query(HISTORY)


@pytest.mark.parametrize("subject", ["income", "purpose"])
def test_the_dispersion_is_that_of_the_windows_before(told: pd.DataFrame, subject: str) -> None:
    rows = told[told["subject"] == subject].reset_index(drop=True)
    checked = 0
    for number, row in rows.iterrows():
        past = rows[
            (rows["window_end"] < row["window_end"])
            & (rows["window_end"] >= row["window_end"] - pd.Timedelta(days=28))
        ]
        if len(past) < 14:
            continue
        checked += 1
        expected = max(1.0, past["ratio"].median())
        assert row["dispersion"] == pytest.approx(expected, rel=1e-9), number
        if subject == "purpose":
            assert pd.isna(row["tail_p_value"])
            continue
        p_value = 2 * norm.sf(np.sqrt(row["tail_chi2"] / expected))
        assert row["tail_p_value"] == pytest.approx(p_value, abs=1e-6), number
    assert checked > 20


def test_users_who_come_again_are_noisier_than_rows_of_their_own(told: pd.DataFrame) -> None:
    assert told[told["subject"] == "income"].iloc[-1]["dispersion"] > 2
