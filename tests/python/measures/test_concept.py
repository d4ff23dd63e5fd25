"""What the values of features mean, against a plain reading of it: 40 features, one of which changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 24
CHANGED = START + pd.Timedelta("16D")
AS_OF = pd.Timestamp("2026-03-26 06:00")
MATURES = pd.Timedelta("2D")
NUMBERS = [f"x{number}" for number in range(16)]
WORDS = ["plan", "city"]
SELECT = ["+monitor_concept", *LEDGER]
TABLES = ["int_monitor__concepts", "monitor_concept"]
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "version": "version",
        "id": "id",
        "experiment": {"variant": "arm", "control": "control"},
    },
    "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": 0.5}},
    "features": {
        **{name: {"importance": 0.05} for name in NUMBERS},
        **{name: {"type": "categorical", "importance": 0.05} for name in WORDS},
        "is_new": {"type": "boolean", "importance": 0.05},
    },
    "outcomes": {
        "source": ["logs", "outcomes"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "kinds": {"repaid": {"matures_after": "2d", "otherwise": 0}},
    },
    "windows": ["day", "7d"],
    "limits": {"min_rows": 100},
}


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(4)
    size = 24_000
    log = pd.DataFrame({"id": np.arange(size).astype(str)})
    log["at"] = START + pd.to_timedelta(np.sort(random.integers(0, DAYS * 86_400, size)), unit="s")
    log["version"] = random.choice(["v1", "v2"], size, p=[0.8, 0.2])
    treated = (random.random(size) < 0.2) & (log["at"] < START + pd.Timedelta("8D"))
    log["arm"] = np.where(treated, "treatment", None)
    log["p"] = random.random(size)
    for number, name in enumerate(NUMBERS):
        value = random.normal(0.0, 1.0, size)
        log[name] = value.round(1 if number % 3 == 0 else 6)
    log["x5"] = log["x5"].where(random.random(size) > 0.1)
    log["plan"] = random.choice(["a", "b", "c"], size, p=[0.6, 0.3, 0.1])
    log["city"] = random.choice([f"c{number}" for number in range(40)], size)
    log["is_new"] = random.random(size) < 0.3
    # from then on the fourth feature says the opposite of what it said
    sign = np.where(log["at"] < CHANGED, 1.0, -1.0)
    rate = 1 / (1 + np.exp(-(1.5 * sign * log["x3"] + 2 * log["p"] - 1)))
    paid = log[(random.random(size) < rate) | treated]
    at = paid["at"] + pd.to_timedelta(random.uniform(1, 2 * 86_400 - 1, len(paid)), unit="s")
    return log, pd.DataFrame({"id": paid["id"], "value": 1, "at": at})


def tables() -> dict[str, pd.DataFrame]:
    log, outcomes = logs()
    return {"scores": log, "outcomes": outcomes}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("concept") / "shop", [MONITOR], tables())
    project.build(str(AS_OF), SELECT)
    return project


def grouped(project: Project, rows: pd.DataFrame, subject: str) -> pd.Series:
    """The group of each row's value, bin by bin."""
    bins = project.query(
        "select bin, bin_group, lower_edge, upper_edge, category from int_monitor__ruler_bins "
        f"where subject = '{subject}' and bin between 0 and 999 order by bin"
    )
    if subject in WORDS or subject == "is_new":
        names = dict(zip(bins["category"], bins["bin_group"], strict=True))
        if subject in WORDS:
            kept = project.query(
                "select c.category, b.bin_group from int_monitor__ruler_categories as c join "
                f"int_monitor__ruler_bins as b using (subject, bin) where subject = '{subject}'"
            )
            names = dict(zip(kept["category"], kept["bin_group"], strict=True))
        return rows[subject].map(lambda value: names.get(str(value).lower(), np.nan))
    group = pd.Series(np.nan, rows.index)
    for row in bins.itertuples():
        here = (rows[subject] > row.lower_edge) & (rows[subject] <= row.upper_edge)
        if row.lower_edge == row.upper_edge:
            here = rows[subject] == row.upper_edge
        group[here & group.isna()] = row.bin_group
    return group


def test_every_number(project: Project) -> None:
    log, outcomes = logs()
    log = log[log["at"] + MATURES + pd.Timedelta("2h") <= AS_OF]
    log["y"] = log["id"].isin(outcomes["id"])
    found = project.frame("monitor_concept")
    groups = {name: grouped(project, log, name) for name in found["subject"].unique()}
    assert len(groups) == 20
    for row in found.sample(400, random_state=1).itertuples():
        mine = log if row.model_version == "(all)" else log[log["version"] == row.model_version]
        start, end = row.window_start, row.window_end
        week = pd.Timedelta("7D")
        now = mine[(mine["at"] >= start) & (mine["at"] < end)]
        then = mine[(mine["at"] >= start - week) & (mine["at"] < end - week) & mine["arm"].isna()]
        a = now["y"].groupby(groups[row.subject]).agg(["count", "sum"])
        b = then["y"].groupby(groups[row.subject]).agg(["count", "sum"])
        both = a.join(b, suffixes=("1", "0"), how="inner").astype(float)
        n1, k1, n0, k0 = (both[name] for name in ("count1", "sum1", "count0", "sum0"))
        p = (k1 + k0) / (n1 + n0)
        enough = (np.minimum(n1, n0) * p >= 5 - 1e-9) & (np.minimum(n1, n0) * (1 - p) >= 5 - 1e-9)
        shift, weight = k1 / n1 - k0 / n0, n1 * n0 / (n1 + n0)
        shift, weight, p = shift[enough], weight[enough], p[enough]
        chi2 = (weight * shift**2 / (p * (1 - p))).sum()
        assert row.bin_count == enough.sum()
        assert row.rate_shift == pytest.approx((weight * shift).sum() / weight.sum(), abs=1e-7)
        assert row.chi2 == pytest.approx(chi2, rel=1e-6, abs=1e-6)
        variance = p * (1 - p)
        rate = (k1 + k0)[enough].sum() / (n1 + n0)[enough].sum()
        square = ((weight * shift**2).sum() - variance.sum()) / weight.sum()
        change = np.sqrt(max(square, 0)) / min(rate, 1 - rate)
        assert row.rate_change == pytest.approx(change, rel=1e-5, abs=1e-4)
        chance = (row.dispersion - 1) * variance.sum()
        chance += 3.09 * row.dispersion * np.sqrt(2 * (variance**2).sum())
        noise = np.sqrt(chance / weight.sum()) / min(rate, 1 - rate)
        assert row.rate_change_noise == pytest.approx(noise, rel=1e-5)
        assert row.p_value == pytest.approx(
            stats.chi2.sf(chi2 / row.dispersion, row.bin_count), abs=1e-6
        )
        assert (row.q_value >= row.p_value - 1e-12) or np.isnan(row.q_value)


def test_what_has_changed_is_found_and_the_rest_is_quiet(project: Project) -> None:
    found = project.frame(
        "monitor_concept", "model_version = '(all)' and window_name = 'day' and is_final"
    )
    during = (found["window_start"] >= CHANGED) & (
        found["window_start"] < CHANGED + pd.Timedelta("6D")
    )
    is_it = found["subject"] == "x3"
    assert during.sum() > 50
    assert (found.loc[during & is_it, "q_value"] < 1e-6).all()
    assert (found.loc[during & is_it, "worst_shift"].abs() > 0.25).all()
    before = found["window_start"] < CHANGED
    untreated = found["window_start"] >= START + pd.Timedelta("15D")
    assert (found.loc[(before & untreated) | (during & ~is_it), "q_value"] < 0.01).mean() < 0.03
