"""Profiles, distributions and rulers against numpy and scipy on the raw rows.

One project, two builds: the second one with late rows, so that what is compared was counted again.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 9
MIN_CELL = 20
ROWS = 5_000
PERCENTS = (1, 5, 25, 50, 75, 95, 99)
NUMBERS = ("p", "amount", "age_hours", "stars", "same", "epoch_ms", "nothing")
CONTINUOUS = ("p", "amount", "age_hours", "epoch_ms")
MONITOR: dict[str, Any] = {
    "name": "shop",
    "problem": "binary",
    "predictions": {
        "source": ["logs", "sales"],
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
        "role": "role",
    },
    "scores": {"p": {}, "q": {"low_confidence": 0.99}},
    "features": {
        "amount": {"min": 0, "max": 150},
        "age_hours": {"stale_above": 48},
        "stars": {},
        "same": {},
        "epoch_ms": {},
        "nothing": {},
        "colour": {"type": "categorical"},
        "paid": {"type": "boolean"},
    },
    "slices": ["region"],
    "reference": {"source": ["logs", "training"]},
    "windows": ["hour", "day", "7d"],
    "limits": {"min_cell": MIN_CELL, "categories": 5, "lateness": "1h"},
}
COLOURS = ["red", "blue", "green", "grey", "pink", "cyan", "mauve"]


def a_log(seed: int, rows: int, *, training: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    seconds = np.sort(random.integers(0, DAYS * 86_400, rows))
    amount = random.lognormal(3, 1, rows) * (1 if training else 1.4)
    if not training:
        amount = np.minimum(amount, 180.0)
        amount[::50] *= -1
    amount[::17] = 0
    frame = pd.DataFrame(
        {
            "at": START + pd.to_timedelta(seconds, unit="s"),
            "loaded": START + pd.to_timedelta(seconds + 60, unit="s"),
            "version": random.choice(["v1", "v2"], rows, p=[0.7, 0.3]),
            "role": random.choice(["live", "shadow"], rows, p=[0.9, 0.1]),
            "region": random.choice(["north", "south", "isle"], rows, p=[0.6, 0.395, 0.005]),
            "p": random.beta(2, 6, rows),
            "q": np.random.default_rng(seed + 10).beta(0.3, 0.3, rows),
            "amount": amount,
            "age_hours": random.exponential(20, rows),
            "stars": random.integers(1, 6, rows).astype(float),
            "same": np.full(rows, 0.1),
            "epoch_ms": 1.7e12 + random.integers(0, 10**9, rows).astype(float),
            "nothing": np.full(rows, np.nan),
            "colour": random.choice(COLOURS, rows, p=[0.3, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02]),
            "paid": random.random(rows) < 0.8,
        }
    )
    holes = random.random(rows) < 0.1
    frame.loc[holes, ["age_hours", "stars"]] = np.nan
    frame["colour"] = frame["colour"].astype(object).where(random.random(rows) > 0.05, None)
    if not training:
        frame.loc[frame.index % 40 == 3, "colour"] = "ultraviolet"
        frame.loc[frame.index % 300 == 7, "p"] = 1.5
        for place, p in enumerate((0.0, 0.01, 0.01 + 1e-9, 0.99, 0.99 + 1e-9, 1.0)):
            frame.loc[frame.index % 40 == 10 + place, "q"] = p
    return frame


def as_query(name: str) -> str:
    """Missing is null and not NaN, as it would be in a warehouse; NaN is what `bad` says."""
    nulls = ", ".join(f"nullif({column}, 'nan'::double) as {column}" for column in NUMBERS)
    return f"select * replace ({nulls}) from {name}"


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return a_log(1, ROWS)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, log: pd.DataFrame) -> Project:
    folder: Path = tmp_path_factory.mktemp("profiles")
    project = Project(folder / "shop", monitors=[MONITOR])
    # a tenth of the rows arrives a day late and is counted by the second build alone
    late = log.index % 10 == 0
    rows = log.copy()
    rows.loc[late, "loaded"] += pd.Timedelta("1D")
    with project.connect() as connection:
        connection.register("log_frame", rows)
        connection.register("training_frame", a_log(2, ROWS, training=True))
        connection.execute(f"create table logs.sales as {as_query('log_frame')}")
        connection.execute(f"create table logs.training as {as_query('training_frame')}")
        # a number that is not one, which no data frame can tell from a missing one
        connection.execute("update logs.sales set age_hours = 'nan' where age_hours < 0.2")
    models = [
        "+monitor_profiles",
        "+monitor_distributions",
        "+monitor_rulers",
        *LEDGER,
    ]
    for as_of in (START + pd.Timedelta(days=8, hours=3), START + pd.Timedelta(days=11)):
        project.build(as_of=str(as_of), select=models)
    return project


@pytest.fixture(scope="module")
def profiles(project: Project) -> pd.DataFrame:
    return project.frame("monitor_profiles")


@pytest.fixture(scope="module")
def rulers(project: Project) -> pd.DataFrame:
    return project.frame("monitor_rulers")


def rows_of(log: pd.DataFrame, profile: Any) -> pd.DataFrame:
    """The raw rows that a profile is about."""
    found = log[
        (log["at"] >= profile.window_start)
        & (log["at"] < profile.window_end)
        & (log["role"] == profile.role)
    ]
    if profile.model_version != "(all)":
        found = found[found["version"] == profile.model_version]
    if profile.slice_name != "(all)":
        found = found[found["region"] == profile.slice_value]
    return found


def valid(rows: pd.DataFrame, subject: str) -> np.ndarray:
    values = rows[subject].dropna()
    if subject == "p":
        values = values[(values >= 0) & (values <= 1)]
    if subject == "age_hours":
        values = values[values >= 0.2]
    return values.to_numpy()


def numbers(profiles: pd.DataFrame) -> pd.DataFrame:
    """Every profile of numbers but hours, of which every tenth is enough."""
    found = profiles[profiles["subject"].isin(NUMBERS)]
    is_hour = found["window_name"] == "hour"
    return pd.concat([found[~is_hour], found[is_hour].iloc[::10]])


def close(found: Any, expected: float, scale: float = 0.0, relative: float = 1e-9) -> bool:
    if expected is None or math.isnan(expected):
        return bool(pd.isna(found))
    return math.isclose(found, expected, rel_tol=relative, abs_tol=scale)


def test_the_rows_are_all_there(log: pd.DataFrame, profiles: pd.DataFrame) -> None:
    assert set(profiles["window_name"]) == {"hour", "day", "7d"}
    assert set(profiles["model_version"]) == {"v1", "v2", "(all)"}
    assert set(profiles.query("role == 'shadow'")["model_version"]) == {"v1", "v2"}
    small = profiles[profiles["slice_name"] != "(all)"]
    assert small["row_count"].min() >= 20
    whole = profiles.query("slice_name == '(all)' and subject == 'p'")
    assert whole["row_count"].min() < 20
    for profile in whole.itertuples():
        assert profile.row_count == len(rows_of(log, profile))


def test_rates(log: pd.DataFrame, profiles: pd.DataFrame) -> None:
    for profile in numbers(profiles).itertuples():
        rows, subject = rows_of(log, profile), profile.subject
        raw, values, n = rows[subject], valid(rows, subject), len(rows)
        assert close(profile.missing_rate, raw.isna().sum() / n)
        assert close(profile.invalid_rate, (raw.notna().sum() - len(values)) / n)
        assert close(profile.zero_rate, (values == 0).sum() / n)
        assert math.isnan(profile.unseen_rate)
        beyond = ((values < 0) | (values > 150)).sum() / n if subject == "amount" else math.nan
        assert close(profile.out_of_range_rate, beyond)
        stale = (values > 48).sum() / n if subject == "age_hours" else math.nan
        assert close(profile.stale_rate, stale)


def test_moments(log: pd.DataFrame, profiles: pd.DataFrame, project: Project) -> None:
    frozen = project.frame("int_monitor__ruler_subjects").set_index("subject")
    for profile in numbers(profiles).itertuples():
        values = valid(rows_of(log, profile), profile.subject)
        if len(values) == 0:
            empty = [profile.mean, profile.stddev, profile.min, profile.max, profile.entropy]
            assert all(math.isnan(value) for value in empty), profile
            assert math.isnan(profile.p50)
            continue
        # sums are kept in millionths of the ruler's scale: u = (x - center) / scale
        center, scale = frozen.loc[profile.subject, ["center", "scale"]]
        assert profile.min == values.min()
        assert profile.max == values.max()
        assert close(profile.mean, values.mean(), 1e-6 * scale)
        if len(values) == 1:
            assert math.isnan(profile.stddev)
            continue
        slack = 4e-6 * scale**2 * (1 + abs(values.mean() - center) / scale)
        assert close(profile.stddev**2, values.var(ddof=1), slack)
        if profile.subject == "same":
            assert (profile.mean, profile.stddev, profile.entropy) == (0.1, 0, 0)


def test_quantiles_lie_in_the_bin_of_the_true_ones(
    log: pd.DataFrame, profiles: pd.DataFrame, project: Project
) -> None:
    limits = project.frame("int_monitor__ruler_bins", "upper_edge is not null")
    sides = {
        (subject, is_cell): bins.sort_values("bin")
        for (subject, is_cell), bins in limits.groupby([limits["subject"], limits["bin"] >= 1000])
    }
    for profile in numbers(profiles).itertuples():
        values = valid(rows_of(log, profile), profile.subject)
        if len(values) == 0:
            continue
        is_fine = profile.slice_name == "(all)" and profile.window_name != "hour"
        is_cell = not is_fine and profile.subject != "p"
        bins = sides[profile.subject, is_cell]
        upper = bins["upper_edge"].to_numpy()
        lower = bins["lower_edge"].to_numpy()
        found = [getattr(profile, f"p{percent:02d}") for percent in PERCENTS]
        assert (np.diff(found) >= -1e-9 * np.abs(found[1:])).all()
        for percent, quantile in zip(PERCENTS, found, strict=True):
            true = np.percentile(values, percent, method="inverted_cdf")
            place = np.searchsorted(upper, true)
            slack = 1e-12 * abs(true)
            assert max(lower[place], values.min()) - slack <= quantile
            assert quantile <= min(upper[place], values.max()) + slack
            if profile.subject in ("stars", "same"):
                assert quantile == true


def test_interpolation_is_close_where_rows_are_many(
    log: pd.DataFrame, profiles: pd.DataFrame
) -> None:
    weeks = profiles.query("window_name == '7d' and slice_name == '(all)' and role == 'live'")
    for profile in weeks[weeks["subject"].isin(CONTINUOUS)].itertuples():
        values = valid(rows_of(log, profile), profile.subject)
        for percent in PERCENTS:
            rank = stats.percentileofscore(values, getattr(profile, f"p{percent:02d}"), "mean")
            at_zero = np.mean(values == 0) * 100 if profile.subject == "amount" else 0
            assert abs(rank - percent) < 1.5 + at_zero


def test_entropy_and_the_most_frequent_value(
    log: pd.DataFrame, profiles: pd.DataFrame, rulers: pd.DataFrame
) -> None:
    colours = rulers.query("subject == 'colour'").set_index("bin_label")
    assert colours.loc["(other)", "bin_kind"] == "other"
    kept = set(colours.query("bin_kind == 'category'").index)
    assert len(kept) == 5
    for profile in profiles.query("subject == 'colour'").iloc[::3].itertuples():
        counts = rows_of(log, profile)["colour"].value_counts()
        n = profile.row_count
        unseen = counts.get("ultraviolet", 0)
        assert close(profile.unseen_rate, unseen / n)
        seen = counts.drop("ultraviolet", errors="ignore")
        grouped = seen.groupby(lambda name: name if name in kept else "(other)").sum()
        if len(grouped):
            assert close(profile.entropy, stats.entropy(grouped), 1e-9)
        known = seen[seen.index.isin(list(kept))]
        assert profile.distinct_count == len(known)
        if len(known):
            assert close(profile.top_share, known.max() / n)
            assert known[profile.top_value] == known.max()
        assert math.isnan(profile.mean)
        assert math.isnan(profile.zero_rate)
        assert math.isnan(profile.stddev)
    for profile in profiles.query("subject == 'stars' and window_name != 'hour'").itertuples():
        counts = rows_of(log, profile)["stars"].value_counts()
        assert profile.distinct_count == len(counts)
        assert close(profile.entropy, stats.entropy(counts), 1e-9)
        assert counts[float(profile.top_value)] == counts.max()
    assert profiles[profiles["subject"].isin(CONTINUOUS)]["distinct_count"].isna().all()


def test_booleans_count_as_zero_and_one(log: pd.DataFrame, profiles: pd.DataFrame) -> None:
    for profile in profiles.query("subject == 'paid' and window_name != 'hour'").itertuples():
        values = rows_of(log, profile)["paid"].to_numpy().astype(float)
        assert close(profile.mean, values.mean(), 1e-12)
        assert close(profile.zero_rate, 1 - values.mean(), 1e-12)
        assert close(profile.stddev, values.std(ddof=1), 1e-12)
        assert (profile.min, profile.max) == (values.min(), values.max())


def test_pile_ups_at_the_extremes(log: pd.DataFrame, profiles: pd.DataFrame) -> None:
    found = numbers(profiles)
    whole = (found["slice_name"] == "(all)") & (found["window_name"] != "hour")
    assert found[~whole][["at_min_share", "at_max_share"]].isna().all(axis=None)
    clipped = 0
    for profile in found[whole].itertuples():
        values, n = valid(rows_of(log, profile), profile.subject), profile.row_count
        lowest = (values == values.min()).sum() / n if len(values) else math.nan
        highest = (values == values.max()).sum() / n if len(values) else math.nan
        assert close(profile.at_min_share, lowest)
        assert close(profile.at_max_share, highest)
        clipped += profile.subject == "amount" and profile.at_max_share > 0.005
    assert clipped


def test_low_confidence(log: pd.DataFrame, profiles: pd.DataFrame) -> None:
    """Exact to the edge, in slices and hours too: 0.99 is low, and a billionth above it is not."""
    limited = profiles["subject"] == "q"
    assert profiles[~limited]["low_confidence_share"].isna().all()
    for profile in profiles[limited].itertuples():
        rows = rows_of(log, profile)
        assert close(profile.low_confidence_share, rows["q"].between(0, 0.99).sum() / len(rows))
    assert {("day", "region"), ("hour", "(all)")} < set(
        zip(profiles[limited]["window_name"], profiles[limited]["slice_name"], strict=True)
    )


def test_extreme_confidence(log: pd.DataFrame, profiles: pd.DataFrame) -> None:
    """Exact to the edge: 0.01 is, 0.99 is not."""
    scores = profiles["subject"].isin(["p", "q"])
    assert profiles[~scores]["extreme_share"].isna().all()
    seen = set()
    for profile in profiles[scores].itertuples():
        rows = rows_of(log, profile)
        values = rows[profile.subject]
        share = ((values >= 0) & (values <= 0.01) | (values > 0.99) & (values <= 1)).sum() / len(
            rows
        )
        assert close(profile.extreme_share, share)
        seen.add((profile.subject, profile.window_name, profile.slice_name))
    assert {(subject, "day", "region") for subject in ("p", "q")} < seen
    assert ("q", "hour", "(all)") in seen


def test_distributions_add_up(project: Project, profiles: pd.DataFrame) -> None:
    keys = ["role", "model_version", "window_name", "window_end", "slice_value", "subject"]
    bins = project.frame("monitor_distributions")
    assert not bins.duplicated([*keys, "bin"]).any()
    published = bins.dropna(subset=["row_count"])
    assert (published["row_count"] >= MIN_CELL).all()
    assert published["share"].notna().all()
    sums = published.groupby(keys)[["row_count", "share"]].sum()
    counts = profiles.set_index(keys)["row_count"]
    sums = sums.reindex(counts.index, fill_value=0)
    # a bin of few rows has no numbers, nor has another one, so that it does not follow from the rest
    hidden = counts - sums["row_count"]
    is_hidden = counts.index.isin(pd.MultiIndex.from_frame(bins[bins["row_count"].isna()][keys]))
    # of a window with fewer rows all are hidden
    assert (hidden[is_hidden] >= counts[is_hidden].clip(upper=MIN_CELL)).all()
    assert (hidden[~is_hidden] == 0).all()
    assert is_hidden.any()
    assert not is_hidden.all()
    np.testing.assert_allclose(sums["share"], sums["row_count"] / counts, rtol=1e-12)
    assert set(bins.query("slice_name != '(all)' and bin >= 1000")["subject"]) == {*NUMBERS[1:6]}, (
        "slices keep cells of features, fine bins of scores"
    )


def test_rulers_hold_the_reference(rulers: pd.DataFrame) -> None:
    reference = a_log(2, ROWS, training=True)
    assert (rulers["ruler_version"] == 1).all()
    assert rulers["is_active"].all()
    assert rulers["bin"].max() < 1000
    for subject, every in rulers.groupby("subject"):
        if subject == "region":
            continue
        bins = every.dropna(subset=["reference_count"])
        hidden = ROWS - bins["reference_count"].sum()
        assert hidden >= MIN_CELL if len(bins) < len(every) else hidden == 0
        np.testing.assert_allclose(bins["reference_share"].sum(), 1 - hidden / ROWS, rtol=1e-12)
        for missing in bins.query("bin_kind == 'missing'")["reference_count"]:
            assert missing == reference[subject].isna().sum()
        for ruler in bins[bins["bin_kind"] == "point"].itertuples():
            assert ruler.lower == ruler.upper
            assert ruler.reference_count == (reference[subject] == ruler.lower).sum()
        for ruler in bins[bins["bin_kind"].isin(["fine", "tail"])].itertuples():
            values = reference[subject].to_numpy()
            inside = (values > (-math.inf if math.isnan(ruler.lower) else ruler.lower)) & (
                values <= (math.inf if math.isnan(ruler.upper) else ruler.upper)
            )
            if ruler.bin_label.startswith("<") or ruler.bin_label.endswith(")"):
                inside &= (values != ruler.upper) | ruler.bin_label.startswith("<=")
            assert ruler.reference_count == inside.sum()
