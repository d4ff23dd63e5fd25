"""How dependent rows are, and how likely a tail is then, against numpy over the same history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, norm

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

DAYS = 50
START = pd.Timestamp("2026-03-02")
LOST = 38  # the day from which on every other deposit of one city is missing
USERS, PER_USER = 60, 20
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {"source": ["logs", "scores"], "time": "scored_at"},
    "problem": "regression",
    "scores": {"income": {}},
    "features": {
        "purpose": {"type": "categorical"},
        "rent": {},
        "deposit": {},
        "failed": {"type": "boolean"},
        "insured": {"type": "boolean"},
    },
    "slices": ["city"],
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


def log() -> pd.DataFrame:
    """Users who come again: two thirds of a value are its user's, and so is a missing rent."""
    generator = np.random.default_rng(11)
    own = generator.standard_normal(6 * USERS)
    gives_rent = generator.random(6 * USERS) < 0.9
    city = generator.choice(["bern", "cork", "lodz"], 6 * USERS, p=[0.5, 0.3, 0.2])
    parts = []
    for day in range(DAYS):
        user = np.repeat(generator.choice(6 * USERS, USERS, replace=False), PER_USER)
        z = 0.8 * own[user] + 0.6 * generator.standard_normal(len(user))
        at = START + pd.Timedelta(days=day)
        rent = generator.standard_normal(len(user))
        # all rows of up to three users of one city
        failing = np.unique(user[city[user] == "bern"])[: day % 4]
        parts.append(pd.DataFrame({
            "scored_at": at + pd.to_timedelta(np.arange(len(user)), unit="s"),
            "income": np.exp(0.5 * z),
            "purpose": np.where(z > 0.3, "car", "home"),
            "rent": np.where(gives_rent[user], rent, np.nan),
            "deposit": np.where(
                (day >= LOST) & (city[user] == "bern") & (np.arange(len(user)) % 2 == 0), np.nan,
                np.arange(len(user)) % 40,
            ),
            "failed": np.isin(user, failing),
            "insured": True,
            "city": city[user],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("dispersion") / "project"
    project = Project(folder, monitors=[MONITOR], tables={"scores": log()})
    project.build(as_of=(START + pd.Timedelta(days=DAYS, hours=3)).isoformat())
    return project


@pytest.fixture(scope="module")
def told(project: Project) -> pd.DataFrame:
    suspects = project.query(
        "select * from int_monitor__suspect_days where is_suspect and subject in ('income', 'purpose')"
    )
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


def test_a_slice_that_has_never_moved_takes_the_dispersion_of_all_rows(project: Project) -> None:
    rows = project.frame(
        "int_monitor__tested_distances",
        "baseline = 'last_week' and window_name = 'day' and model_version = '(all)' "
        f"and window_end > '{START + pd.Timedelta(days=30)}' and subject in ('failed', 'insured')",
    )
    of = {
        (subject, value): own.set_index("window_end")["dispersion"]
        for (subject, value), own in rows.groupby(["subject", "slice_value"])
    }
    whole = of["failed", "(all)"]
    assert (whole > 5).all()
    for city in ("cork", "lodz"):
        found = of["failed", city]
        assert len(found) > 5
        pd.testing.assert_series_equal(found, whole[found.index])
    # where it fails, the slice knows its own
    own = of["failed", "bern"]
    assert (own != whole[own.index]).any()
    # what has never moved anywhere
    assert (of["insured", "(all)"] == 1).all()
    assert (of["insured", "lodz"] == 1).all()


def stray(shares: pd.DataFrame, day: pd.Timestamp) -> float:
    """Chi-squared of missing and not, beside the week before, over what chance makes of it."""
    ratios = []
    for _, rows in shares.groupby("place"):
        now, before = (rows[rows["day"] == at] for at in (day, day - pd.Timedelta(days=7)))
        if now.empty or before.empty:
            continue
        table = [[int(r["gone"].iloc[0]), int(r["n"].iloc[0] - r["gone"].iloc[0])]
                 for r in (now, before)]  # fmt: skip
        if table[0][0] + table[1][0] > 0:
            ratios.append(chi2_contingency(table, correction=False)[0])
    df = len(ratios)
    return float(sum(ratios) / df / (1 - 2 / (9 * df)) ** 3)


@pytest.mark.parametrize("column", ["(all)", "city"])
def test_a_share_has_the_dispersion_of_the_shares_before(project: Project, column: str) -> None:
    rows = log()
    rows["place"] = "(all)" if column == "(all)" else rows["city"]
    rows["day"] = rows["scored_at"].dt.floor("D")
    shares = rows.groupby(["place", "day"])["rent"].agg(n="size", gone=lambda x: x.isna().sum())
    shares = shares.reset_index()
    strays = {day: stray(shares, day) for day in sorted(set(shares["day"]))[7:]}
    found = project.frame(
        "int_monitor__share_dispersions",
        f"subject = 'rent' and metric = 'missing_rate' and slice_name = '{column}'"
        " and window_name = 'day'",
    )
    of_values = project.query(
        "select window_end, max(dispersion) as dispersion from monitor_drift "
        "where subject = 'rent' and model_version = '(all)' and slice_name = '(all)' "
        "and window_name = 'day' group by window_end"
    ).set_index("window_end")["dispersion"]
    counts = {"own": 0, "of values": 0}
    for row in found.to_dict("records"):
        # a window is named by its end, and the last that counts ends when it begins
        end = row["window_end"] - pd.Timedelta(days=1)
        past = [value for day, value in strays.items() if end - pd.Timedelta(days=21) <= day < end]
        if len(past) >= 15:
            counts["own"] += 1
            assert row["dispersion"] == pytest.approx(max(1.0, np.median(past)), rel=1e-9), end
        else:
            counts["of values"] += 1
            assert row["dispersion"] == of_values[row["window_end"]], end
    assert counts["own"] > 20
    assert counts["of values"] > 3
    assert found["window_end"].is_unique


def test_the_first_weeks_of_a_share_have_the_noise_of_the_values_of_all_rows(
    project: Project,
) -> None:
    """Until fifteen days have a week before them, at least that of the values counts."""
    early = START + pd.Timedelta(days=22)
    signals = project.query(
        "select signals.*, drift.dispersion as of_values from monitor_signals as signals "
        "inner join (select window_end, max(dispersion) as dispersion from monitor_drift "
        "where subject = 'rent' and slice_name = '(all)' and window_name = 'day' "
        "and model_version = '(all)' group by window_end) as drift using (window_end) "
        "where subject = 'rent' and metric = 'missing_rate' and slice_name = 'city' "
        "and model_version = '(all)' and window_name = 'day' "
        f"and signals.window_end > '{START + pd.Timedelta(days=10)}' "
        f"and signals.window_end <= '{early}'"
    )
    assert len(signals) > 10
    assert (signals["dispersion"] >= signals["of_values"]).all()


def test_what_goes_missing_is_not_its_own_excuse(project: Project) -> None:
    """Nothing was missing before: the days of an incident neither make its noise nor its past."""
    told = project.frame(
        "int_monitor__share_dispersions", "subject = 'deposit' and window_name = 'day'"
    )
    assert told["window_end"].max() >= START + pd.Timedelta(days=LOST + 10)
    assert set(told["slice_name"]) == {"(all)", "city"}
    assert (told["dispersion"] < 2).all()
    alerts = project.query(
        "select distinct slice_value, state, cast(since as date) as since from monitor_alerts "
        "where subject = 'deposit' and metric = 'missing_rate' and state <> 'pending'"
    )
    assert set(alerts["slice_value"]) == {"(all)", "bern"}
    assert set(alerts["state"]) == {"firing"}
    assert set(alerts["since"]) == {START + pd.Timedelta(days=LOST)}


def test_the_noise_of_a_missing_share_is_that_of_users(project: Project) -> None:
    """A user has 20 rows, and of whom the rent is missing it is always: φ is 20, and 1 of values."""
    signals = project.query(
        "select dispersion, noise_floor, value, sample_size from monitor_signals "
        "where subject = 'rent' and metric = 'missing_rate' and slice_name = 'city' "
        "and model_version = '(all)' and window_name = 'day' "
        f"and window_end > '{START + pd.Timedelta(days=30)}'"
    )
    assert signals["dispersion"].between(10, 35).all()
    share = signals["value"]
    noise = 3.09 * np.sqrt(signals["dispersion"] * share * (1 - share) / signals["sample_size"])
    np.testing.assert_allclose(signals["noise_floor"], noise, rtol=1e-9)
    values = project.query(
        "select max(dispersion) as dispersion from monitor_drift where subject = 'rent' "
        "and slice_name = '(all)' and window_name = 'day'"
    )
    assert values["dispersion"].iloc[0] < 2


def test_the_noise_of_a_tail_is_what_its_past_passes_once_in_a_thousand(project: Project) -> None:
    keys = ["slice_name", "slice_value", "baseline"]
    tails = project.query(
        "select signals.*, drift.p95_shift_error_bound as bound "
        "from monitor_signals as signals inner join monitor_drift as drift "
        f"using (model_version, subject, window_name, window_end, {', '.join(keys)}) "
        "where signals.family = 'tail' and signals.window_name = 'day' "
        "and signals.model_version = '(all)' order by window_end"
    )
    checked = 0
    for row in tails[tails["history_scale"].notna()].to_dict("records"):
        past = tails[
            (tails[keys] == pd.Series({key: row[key] for key in keys})).all(axis=1)
            & (tails["window_end"] < row["window_end"])
            & (tails["window_end"] >= row["window_end"] - pd.Timedelta(days=28))
        ]["value"]
        scale = max(0.02, (past.quantile(0.75) - past.quantile(0.25)) / 1.349)
        expected = max(0.29 * row["bound"], 3.09 * scale)
        assert row["noise_floor"] == pytest.approx(expected, rel=1e-9)
        checked += len(past) >= 14
    assert checked > 3
    # what no rule minds has no history: what the bins hide is its noise
    calm = tails[tails["history_scale"].isna()]
    np.testing.assert_allclose(calm["noise_floor"], 0.29 * calm["bound"], rtol=1e-9)
