"""What `detectable_change` says is found in four of five cases: samples with that change, judged in numpy."""

from __future__ import annotations

import json
from contextlib import closing

import duckdb
import numpy as np
import pytest
from scipy import optimize, stats

from ..harness.macro_harness import render
from ..harness.postgres_server import Server

SAMPLES = 4_000
# the columns of monitor_coverage that the formula reads
COLUMNS = {
    "kind": "varchar", "family": "varchar", "metric": "varchar", "threshold": "double",
    "unchanged": "double", "way": "integer", "deviations": "double", "value": "double",
    "noise_floor": "double", "sample_size": "bigint", "baseline_sample_size": "bigint",
    "dispersion": "double",
}  # fmt: skip


def detectable(**known: float | str) -> float:
    """What the formula says of one series."""
    row = {"way": 1, "deviations": 3.09, "dispersion": 1.0, "baseline_sample_size": None, **known}
    values = ", ".join(
        f"cast({'null' if row[name] is None else repr(str(row[name]))} as {kind}) as {name}"
        for name, kind in COLUMNS.items()
    )
    rows = render("model_monitor.detectable_change_rows", f"(select {values}) as asked")
    [(change,)] = duckdb.execute(f"select detectable_change from ({rows})").fetchall()
    return float(change)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.mark.parametrize("usual", [0.0, 0.01, 0.05, 0.3, 0.5])
@pytest.mark.parametrize("rows", [400, 5_000])
@pytest.mark.parametrize("dispersion", [1.0, 4.0])
def test_a_share_of_rows(
    random: np.random.Generator, usual: float, rows: int, dispersion: float
) -> None:
    """A rule that asks for 10 points more than usual, of rows that come in groups."""
    noise = 3.09 * np.sqrt(dispersion * usual * (1 - usual) / rows)
    change = detectable(
        kind="delta", family="quality", metric="missing_rate", threshold=0.1, unchanged=usual,
        value=usual, noise_floor=noise, sample_size=rows, dispersion=dispersion,
    )  # fmt: skip
    groups = int(rows / dispersion)
    seen = random.binomial(groups, min(usual + change, 1.0), SAMPLES) / groups
    limit = 3.09 * np.sqrt(dispersion * seen * (1 - seen) / rows)
    power = np.mean(seen - usual - limit >= 0.1)
    assert power == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("groups", [4, 9, 19])
@pytest.mark.parametrize(
    ("rows", "baseline_rows"), [(700, 20_000), (2_000, 2_000), (20_000, 100_000)]
)
def test_a_distribution(
    random: np.random.Generator, groups: int, rows: int, baseline_rows: int
) -> None:
    """PSI less what chance makes of it once in a thousand."""
    unit = 1 / rows + 1 / baseline_rows
    limit = unit * stats.chi2.ppf(0.999, groups)
    change = detectable(
        kind="drift", family="drift", metric="psi", threshold=0.1, unchanged=0.0, value=0.0,
        noise_floor=limit, sample_size=rows, baseline_sample_size=baseline_rows,
    )  # fmt: skip
    usual = np.arange(2, groups + 3, dtype=float)
    usual /= usual.sum()
    moved = shares_with(usual, change)
    now = random.multinomial(rows, moved, SAMPLES) / rows
    then = random.multinomial(baseline_rows, usual, SAMPLES) / baseline_rows
    psi = ((now - then) * np.log(now / then)).sum(axis=1)
    assert np.mean(psi - limit >= 0.1) == pytest.approx(0.8, abs=0.05)


def shares_with(usual: np.ndarray, psi: float) -> np.ndarray:
    """Shares on the way to the reverse order whose PSI is this."""

    def moved(step: float) -> np.ndarray:
        return usual + step * (usual[::-1] - usual)

    def excess(step: float) -> float:
        return ((moved(step) - usual) * np.log(moved(step) / usual)).sum() - psi

    return moved(optimize.brentq(excess, 0.0, 1.0))


@pytest.mark.parametrize("usual", [0.65, 0.8, 0.95])
@pytest.mark.parametrize("labels", [120, 600])
def test_an_area_under_a_curve(random: np.random.Generator, usual: float, labels: int) -> None:
    """A rule that asks for a twentieth less, of as many answers of either kind."""

    def error(area: np.ndarray | float) -> np.ndarray | float:
        first, second = area / (2 - area), 2 * area * area / (1 + area)
        pairs = area * (1 - area) + (labels - 1) * (first + second - 2 * area * area)
        return np.sqrt(pairs) / labels

    change = detectable(
        kind="relative", family="performance", metric="roc_auc", threshold=0.05 * usual,
        unchanged=usual, way=-1, value=usual, noise_floor=3.09 * error(usual), sample_size=2 * labels,
    )  # fmt: skip
    apart = np.sqrt(2) * stats.norm.ppf(usual - change)
    negative = random.normal(size=(1_000, labels))
    positive = random.normal(size=(1_000, labels)) + apart
    ranks = np.argsort(np.argsort(np.hstack([negative, positive]), axis=1), axis=1) + 1
    area = (ranks[:, labels:].sum(axis=1) - labels * (labels + 1) / 2) / labels**2
    power = np.mean(usual - area - 3.09 * error(area) >= 0.05 * usual)
    assert power == pytest.approx(0.8, abs=0.07)


@pytest.mark.parametrize("deviation", [0.02, 0.05, 0.1])
def test_a_tail(random: np.random.Generator, deviation: float) -> None:
    """A p95 that is twice the usual one strays twice as far, and so does its noise."""
    change = detectable(
        kind="tail", family="tail", metric="p95_shift", threshold=1.0, unchanged=0.0, value=0.0,
        noise_floor=3.09 * deviation, sample_size=1_000,
    )  # fmt: skip
    seen = (1 + change) * (1 + deviation * random.normal(size=SAMPLES)) - 1
    # the limit follows the shift that is seen
    power = np.mean(seen - 3.09 * deviation * (1 + change) >= 1.0)
    assert power == pytest.approx(0.8, abs=0.03)


def test_postgres_keeps_the_steps_apart(postgres: Server) -> None:
    """Each step names the one before twenty times: put into each other they took gigabytes."""
    columns = {name: kind.replace("double", "double precision") for name, kind in COLUMNS.items()}
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with closing(postgres.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(f"create temp table asked ({listed})")
        lengths = []
        for steps in (1, 3):
            rows = render("model_monitor.detectable_change_rows", "asked", steps)
            cursor.execute(f"explain (verbose, format json) {rows}")
            [(plan,)] = cursor.fetchall()
            lengths.append(len(json.dumps(plan)))
    assert lengths[1] < 4 * lengths[0]
