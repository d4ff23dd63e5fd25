"""Every column of monitor_drift against scipy, or a textbook formula on the raw rows.

Two hundred and more pairs of samples, each a feature of one log, judged in one build: the reference
is one side, one day of the log the other. Binned statistics must lie within the bounds they state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from ..harness.project_harness import Project

EPSILON = 1e-4
REFERENCE_ROWS = 1_500
CURRENT_ROWS = 900
DAY = pd.Timestamp("2026-03-02")
Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]

SHAPES: dict[str, tuple[Draw, Draw]] = {
    "normal_same": (lambda g, n: g.normal(10, 2, n), lambda g, n: g.normal(10, 2, n)),
    "normal_moved": (lambda g, n: g.normal(10, 2, n), lambda g, n: g.normal(11, 2, n)),
    "normal_wider": (lambda g, n: g.normal(10, 2, n), lambda g, n: g.normal(10, 4, n)),
    "skewed": (lambda g, n: g.lognormal(2, 0.6, n), lambda g, n: g.lognormal(2.2, 0.7, n)),
    "tail_up": (
        lambda g, n: g.beta(2, 8, n),
        lambda g, n: _stretched(g.beta(2, 8, n)),
    ),
    "zero_inflated": (
        lambda g, n: g.exponential(3, n) * (g.random(n) > 0.6),
        lambda g, n: g.exponential(4, n) * (g.random(n) > 0.4),
    ),
    "constant": (lambda _, n: np.full(n, 7.0), lambda _, n: np.full(n, 7.0)),
    "constant_moved": (lambda _, n: np.full(n, 7.0), lambda _, n: np.full(n, 9.0)),
    "discrete": (lambda g, n: g.poisson(3, n) * 1.0, lambda g, n: g.poisson(4, n) * 1.0),
    "many_discrete": (lambda g, n: g.poisson(60, n) * 1.0, lambda g, n: g.poisson(64, n) * 1.0),
    "heavy": (lambda g, n: g.standard_t(2, n) * 5, lambda g, n: g.standard_t(2, n) * 7 + 2),
    "epoch_ms": (
        lambda g, n: 1.77e12 + g.integers(0, 86_400_000, n),
        lambda g, n: 1.77e12 + g.integers(20_000_000, 90_000_000, n),
    ),
    "disjoint": (lambda g, n: g.uniform(0, 1, n), lambda g, n: g.uniform(5, 6, n)),
    "unit_change": (lambda g, n: g.gamma(3, 20, n), lambda g, n: g.gamma(3, 20, n) * 1000),
    "missing": (lambda g, n: g.normal(0, 1, n), lambda g, n: _holed(g, g.normal(0, 1, n), 0.3)),
    "negative": (lambda g, n: -g.gamma(2, 3, n), lambda g, n: -g.gamma(2, 4, n)),
    "not_finite": (
        lambda g, n: g.normal(5, 1, n),
        lambda g, n: _odd(g, g.normal(5, 1.2, n)),
    ),
    "tiny": (lambda g, n: _few(g.normal(0, 1, n), 12), lambda g, n: _few(g.normal(1, 1, n), 9)),
}
COPIES = 12
PAIRS = [f"{shape}_{copy}" for shape in SHAPES for copy in range(COPIES)]


def _stretched(values: Array) -> Array:
    """What lies above the p90 stretched, so that the p95 of the distribution rises by 45%."""
    p90, p95 = stats.beta(2, 8).ppf([0.9, 0.95])
    return np.where(values > p90, p90 + (values - p90) * (1.45 * p95 - p90) / (p95 - p90), values)


def _holed(generator: np.random.Generator, values: Array, share: float) -> Array:
    return np.where(generator.random(len(values)) < share, np.nan, values)


def _odd(generator: np.random.Generator, values: Array) -> Array:
    kind = generator.random(len(values))
    return np.where(kind < 0.02, np.inf, np.where(kind < 0.04, -np.inf, values))


def _few(values: Array, count: int) -> Array:
    """Only the first ones have a value: the rest is missing."""
    return np.where(np.arange(len(values)) < count, values, np.nan)


def _sample(shape: str, copy: int) -> tuple[Array, Array]:
    generator = np.random.default_rng([list(SHAPES).index(shape), copy])
    reference, current = SHAPES[shape]
    return reference(generator, REFERENCE_ROWS), current(generator, CURRENT_ROWS)


@pytest.fixture(scope="module")
def samples() -> dict[str, tuple[Array, Array]]:
    return {f"{shape}_{copy}": _sample(shape, copy) for shape in SHAPES for copy in range(COPIES)}


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, samples: dict[str, tuple[Array, Array]]
) -> Project:
    tables: dict[str, Any] = {}
    monitors = []
    for part in range(4):
        names = PAIRS[part::4]
        current = pd.DataFrame({name: samples[name][1] for name in names})
        # a missing value is a null, not a NaN: infinite ones stay what they are
        current = current.astype(object).where(current.notna(), None)
        times = DAY + pd.to_timedelta(np.linspace(0, 86_399, CURRENT_ROWS), unit="s")
        current["at"] = times
        late = current.iloc[[0]].assign(at=DAY + pd.Timedelta("30h"))
        reference = pd.DataFrame({name: samples[name][0] for name in names})
        reference = reference.astype(object).where(reference.notna(), None)
        types = dict.fromkeys(names, "double") | {"at": "timestamp"}
        tables[f"log_{part}"] = (pd.concat([current, late]), types)
        tables[f"reference_{part}"] = (reference, dict.fromkeys(names, "double"))
        monitors.append(
            {
                "name": f"pairs_{part}",
                "problem": "regression",
                "predictions": {"source": ["logs", f"log_{part}"], "time": "at"},
                "features": names,
                "reference": {"source": ["logs", f"reference_{part}"]},
                "windows": ["day"],
                "limits": {"min_rows": 2, "min_cell": 1},
            }
        )
    project = Project(tmp_path_factory.mktemp("distances"), monitors=monitors)
    for table, (frame, types) in tables.items():
        project.load(table, frame, types)
    project.build(as_of="2026-03-10")
    return project


@pytest.fixture(scope="module")
def drift(project: Project) -> pd.DataFrame:
    frame = project.frame("monitor_drift", "baseline = 'reference' and model_version = '(all)'")
    return frame.set_index("subject")


@pytest.fixture(scope="module")
def bins(project: Project) -> dict[str, pd.DataFrame]:
    frame = project.frame("int_monitor__ruler_bins", "bin between 0 and 999").sort_values("bin")
    return {str(subject): rows for subject, rows in frame.groupby("subject")}


def _finite(values: Array) -> Array:
    return values[np.isfinite(values)]


def _counts(values: Array, rows: pd.DataFrame) -> Array:
    """How many values fall into each fine bin: (lower, upper], as the ruler says."""
    upper = rows.upper_edge.to_numpy(dtype=float)
    return np.bincount(np.searchsorted(upper, _finite(values)), minlength=len(upper)).astype(float)


def _grouped(values: Array, rows: pd.DataFrame) -> tuple[Array, Array]:
    """Counts of valid values per group, and of missing and invalid ones."""
    counts = _counts(values, rows)
    groups = rows.bin_group.to_numpy(dtype=int)
    valid = np.bincount(groups, weights=counts, minlength=groups.max() + 1)
    special = np.array([np.isnan(values).sum(), np.isinf(values).sum()], dtype=float)
    return valid, special


def _psi(p: Array, q: Array) -> float:
    p = (p + EPSILON) / (1 + len(p) * EPSILON)
    q = (q + EPSILON) / (1 + len(q) * EPSILON)
    return float(np.sum((p - q) * np.log(p / q)))


def _merged(c: Array, b: Array) -> tuple[Array, Array] | None:
    """The contingency table of statistics.md: small bins in one, which may join the smallest."""
    keep = c + b > 0
    c, b = c[keep], b[keep]
    expected = np.minimum(c.sum(), b.sum()) * (c + b) / (c.sum() + b.sum())
    small = expected < 5
    large_c, large_b = list(c[~small]), list(b[~small])
    rest_c, rest_b = c[small].sum(), b[small].sum()
    if rest_c + rest_b > 0:
        if np.minimum(c.sum(), b.sum()) * (rest_c + rest_b) / (c.sum() + b.sum()) >= 5:
            large_c.append(rest_c)
            large_b.append(rest_b)
        elif large_c:
            least = int(np.argmin(np.array(large_c) + np.array(large_b)))
            large_c[least] += rest_c
            large_b[least] += rest_b
    if len(large_c) < 2:
        return None
    return np.array(large_c), np.array(large_b)


def _usable(drift: pd.DataFrame) -> list[str]:
    return [name for name in PAIRS if np.isfinite(drift.loc[name, "psi_valid"])]


def test_every_pair_is_judged(drift: pd.DataFrame) -> None:
    assert set(drift.index) == set(PAIRS)
    assert len(PAIRS) >= 200
    assert len(_usable(drift)) == len(PAIRS)


def test_distances_over_groups(
    drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]], bins: dict[str, pd.DataFrame]
) -> None:
    for name in _usable(drift):
        row = drift.loc[name]
        b, b_special = _grouped(samples[name][0], bins[name])
        c, c_special = _grouped(samples[name][1], bins[name])
        q = np.concatenate([b, b_special]) / REFERENCE_ROWS
        p = np.concatenate([c, c_special]) / CURRENT_ROWS
        assert (row.row_count, row.baseline_row_count) == (CURRENT_ROWS, REFERENCE_ROWS), name
        assert row.psi == pytest.approx(_psi(p, q), abs=1e-9), name
        assert row.psi_valid == pytest.approx(_psi(c / c.sum(), b / b.sum()), abs=1e-9), name
        smooth_p = (p + EPSILON) / (1 + len(p) * EPSILON)
        smooth_q = (q + EPSILON) / (1 + len(q) * EPSILON)
        assert row.kl == pytest.approx(stats.entropy(smooth_p, smooth_q), abs=1e-9), name
        assert row.js_distance == pytest.approx(jensenshannon(p, q, base=2), abs=1e-5), name
        assert row.hellinger == pytest.approx(
            math.sqrt(max(0.0, 1 - np.sqrt(p * q).sum())), abs=1e-5
        ), name
        assert row.total_variation == pytest.approx(abs(p - q).sum() / 2, abs=1e-9), name
        assert row.l_infinity == pytest.approx(abs(p - q).max(), abs=1e-12), name
        occupied = ((b + c) > 0).sum()
        assert row.valid_bin_count == occupied, name
        assert row.psi_noise_floor == pytest.approx(
            (occupied - 1) * (1 / c.sum() + 1 / b.sum()), rel=1e-9
        ), name


def test_chi_squared(
    drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]], bins: dict[str, pd.DataFrame]
) -> None:
    compared = 0
    for name in _usable(drift):
        row = drift.loc[name]
        b, _ = _grouped(samples[name][0], bins[name])
        c, _ = _grouped(samples[name][1], bins[name])
        table = _merged(c, b)
        if table is None:
            assert np.isnan(row.chi2), name
            continue
        result = stats.chi2_contingency(np.array(table), correction=False)
        assert row.chi2 == pytest.approx(result.statistic, rel=1e-7, abs=1e-7), name
        assert row.chi2_df == result.dof, name
        assert row.chi2_p_value == pytest.approx(result.pvalue, abs=1e-6), name
        compared += 1
    assert compared > 150


def test_ks_and_wasserstein_hold_within_their_bounds(
    drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]]
) -> None:
    for name in _usable(drift):
        row = drift.loc[name]
        b, c = (_finite(side) for side in samples[name])
        true_ks = stats.ks_2samp(c, b).statistic
        assert row.ks - 1e-9 <= true_ks <= row.ks + row.ks_error_bound + 1e-9, name
        n = len(c) * len(b) / (len(c) + len(b))
        assert row.ks_p_value == pytest.approx(
            stats.kstwobign.sf(math.sqrt(n) * row.ks), abs=1e-6
        ), name
        true_distance = stats.wasserstein_distance(c, b)
        slack = 1e-9 * (1 + abs(true_distance))
        assert abs(row.wasserstein - true_distance) <= row.wasserstein_error_bound + slack, name


def test_quantile_shifts_hold_within_their_bounds(
    drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]]
) -> None:
    compared = 0
    for name in _usable(drift):
        row = drift.loc[name]
        b, c = (_finite(side) for side in samples[name])
        for level, column in ((0.5, "p50_shift"), (0.95, "p95_shift")):
            bound = row[f"{column}_error_bound"]
            if not np.isfinite(row[column]) or not np.isfinite(bound):
                continue
            true_b = np.quantile(b, level, method="inverted_cdf")
            true_c = np.quantile(c, level, method="inverted_cdf")
            true_shift = (true_c - true_b) / abs(true_b)
            assert abs(row[column] - true_shift) <= bound + 1e-9, (name, column)
            compared += 1
    assert compared > 250


def test_a_p95_that_rises_by_45_percent_is_reported_within_its_bound(
    drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]]
) -> None:
    rows = drift.loc[[f"tail_up_{copy}" for copy in range(COPIES)]]
    true_shifts = []
    for copy in range(COPIES):
        b, c = samples[f"tail_up_{copy}"]
        true_b, true_c = (np.quantile(side, 0.95, method="inverted_cdf") for side in (b, c))
        true_shifts.append(true_c / true_b - 1)
    assert np.mean(true_shifts) == pytest.approx(0.45, abs=0.1)
    assert (abs(rows.p95_shift - true_shifts) <= rows.p95_shift_error_bound).all()
    assert rows.p95_shift.mean() == pytest.approx(0.45, abs=0.1)
    # what psi over deciles is blind to
    assert (rows.psi_valid - rows.psi_noise_floor < 0.02).all()


def test_moments(drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]]) -> None:
    for name in _usable(drift):
        if name.startswith("constant"):
            assert np.isnan(drift.loc[name, "mean_shift"]), name
            continue
        row = drift.loc[name]
        b, c = (_finite(side) for side in samples[name])
        # sums are kept in millionths of the ruler's scale: a constant offset costs no digit
        tolerance = {"rel": 2e-4, "abs": 2e-5}
        shift = (c.mean() - b.mean()) / b.std(ddof=1)
        assert row.mean_shift == pytest.approx(shift, **tolerance), name
        assert row.stddev_ratio == pytest.approx(c.std(ddof=1) / b.std(ddof=1), **tolerance), name
        z = (c.mean() - b.mean()) / math.sqrt(c.var(ddof=1) / len(c) + b.var(ddof=1) / len(b))
        assert row.mean_p_value == pytest.approx(2 * stats.norm.sf(abs(z)), abs=1e-4), name
        scaled = row.wasserstein / b.std(ddof=1)
        assert row.wasserstein_scaled == pytest.approx(scaled, rel=2e-4), name


def test_missing_share_and_statuses(
    drift: pd.DataFrame, samples: dict[str, tuple[Array, Array]]
) -> None:
    for name in PAIRS:
        row = drift.loc[name]
        b, c = samples[name]
        expected = np.isnan(c).mean() - np.isnan(b).mean()
        assert row.missing_rate_delta == pytest.approx(expected, abs=1e-12), name
    for copy in range(COPIES):
        assert drift.loc[f"constant_{copy}", "status"] == "ok" or (
            drift.loc[f"constant_{copy}", "status"] == "constant"
        )
        for shape in ("disjoint", "unit_change"):
            row = drift.loc[f"{shape}_{copy}"]
            assert row.psi_valid - row.psi_noise_floor > 0.25
            assert row.q_value <= 0.01
            # a reference without dates has no weekdays: days are not judged by it, weeks are
            assert row.status == "ok"


def test_q_values_are_benjamini_hochberg(drift: pd.DataFrame, project: Project) -> None:
    for _, family in drift[drift.chi2_p_value.notna()].groupby("monitor"):
        everything = project.frame(
            "monitor_drift", f"monitor = '{family.monitor.iloc[0]}' and baseline = 'reference'"
        )
        everything = everything[everything.chi2_p_value.notna()]
        expected = stats.false_discovery_control(everything.chi2_p_value)
        assert np.allclose(everything.q_value, expected, atol=1e-12)
