"""The special functions and intervals of macros/formulas against scipy, on thousands of points."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import special, stats

from ..harness.macro_harness import MacroError, Macros, evaluate, render

INFINITY, NAN = math.inf, math.nan
ROWS = 4000

ARGUMENTS = {
    "chi2_median_factor": ["df"],
    "chi2_normal_score": ["x", "df"],
    "chi2_rare_factor": ["df"],
    "chi2_sf": ["x", "df"],
    "cube_root": ["x"],
    "erfc": ["x"],
    "exact_sum": ["x"],
    "kolmogorov_sf": ["x"],
    "normal_sf": ["x"],
    "normal_two_sided": ["x"],
    "ratio_standard_error": ["n", "a", "b", "aa", "bb", "ab"],
    "safe_divide": ["x", "n"],
    "wilson_lower": ["k", "n"],
    "wilson_upper": ["k", "n"],
}
SEAMS = [0.21, 1.18, 7.07, 18.5, 26.2, 37.0, 1399.9, 1400.0]
MAGNITUDES = [0.0, 5e-324, 1e-300, 1e-100, 1e-8, 1.0, *SEAMS, 1e6, 1e100, 1e300, INFINITY]
EXTREMES = [value * sign for value in MAGNITUDES for sign in (1, -1)]

# What Postgres does and DuckDB does not: raise instead of giving 0 or infinity.
STRICT = (
    "create macro strict_exp(v) as case when abs(v) > 700 then error('exp: ' || v) else exp(v) end",
    "create macro strict_sqrt(v) as case when v < 0 then error('sqrt: ' || v) else sqrt(v) end",
)


def sql(name: str) -> str:
    return render(f"model_monitor.{name}", *ARGUMENTS[name])


def call(name: str, **columns) -> np.ndarray:
    """The macro's value per row; nulls come back as NaN."""
    lists = {key: np.asarray(values).tolist() for key, values in columns.items()}
    return np.array(evaluate(sql(name), **lists), dtype=float)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240501)


def normal_points(rng: np.random.Generator) -> np.ndarray:
    around_seams = np.concatenate([seam + np.linspace(-1e-9, 1e-9, 11) for seam in (0, 5, 7.07)])
    tiny = 10.0 ** rng.uniform(-300, 0, 500)
    points = np.concatenate([rng.uniform(0, 8, ROWS), rng.uniform(0, 36.9, ROWS), tiny])
    return np.concatenate([points, -points, around_seams, np.array(EXTREMES)])


def test_normal_tails(rng):
    z = normal_points(rng)
    near = np.abs(z) < 37
    for name, oracle in (
        ("normal_sf", stats.norm.sf(z)),
        ("normal_two_sided", special.erfc(np.abs(z) / math.sqrt(2))),
    ):
        values = call(name, x=z)
        np.testing.assert_allclose(values[near], oracle[near], rtol=1e-8, atol=0)
        np.testing.assert_allclose(values, oracle, rtol=0, atol=1e-15)


def test_erfc(rng):
    x = normal_points(rng) / math.sqrt(2)
    near = np.abs(x) < 26
    values = call("erfc", x=x)
    np.testing.assert_allclose(values[near], special.erfc(x[near]), rtol=1e-8, atol=0)
    np.testing.assert_allclose(values, special.erfc(x), rtol=0, atol=1e-15)


def test_chi2_is_exact_up_to_128_degrees_of_freedom(rng):
    df = np.repeat(np.arange(1, 129), 200)
    p = 10.0 ** -rng.uniform(0, 100, (128, 100))
    x = np.concatenate(
        [
            stats.chi2.isf(p, df[::200, None]),
            rng.uniform(0, 1500, (128, 50)),
            10.0 ** rng.uniform(-10, 3.2, (128, 50)),
        ],
        axis=1,
    ).ravel()
    oracle = stats.chi2.sf(x, df)
    values = call("chi2_sf", x=x, df=df)
    np.testing.assert_allclose(values, oracle, rtol=0, atol=1e-12)
    visible = oracle > 1e-200
    np.testing.assert_allclose(values[visible], oracle[visible], rtol=1e-8, atol=0)
    assert values.min() >= 0
    assert values.max() <= 1


def test_chi2_beyond_128_degrees_of_freedom_is_wilson_hilferty(rng):
    df = np.concatenate([np.repeat(129, ROWS), rng.integers(129, 10**6, ROWS)])
    x = np.maximum(0, df + np.sqrt(2 * df) * rng.uniform(-9, 20, df.size))
    values = call("chi2_sf", x=x, df=df)
    np.testing.assert_allclose(values, stats.chi2.sf(x, df), rtol=0, atol=1e-4)
    large = df >= 2000
    np.testing.assert_allclose(values[large], stats.chi2.sf(x, df)[large], rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        values, stats.norm.sf(call("chi2_normal_score", x=x, df=df)), rtol=1e-6, atol=1e-15
    )


def test_chi2_outside_its_domain():
    x = [-1.0, 0.0, 5e-324, 1.0, 1.0, 1.0, None, 0.0, -1.0, NAN, NAN, INFINITY, INFINITY, INFINITY]
    df = [3, 3, 3, 0, -2, None, 3, None, 0, 3, 200, 3, 200, None]
    expected = [1, 1, 1, None, None, None, None, None, None, None, None, 0, 0, None]
    assert evaluate(sql("chi2_sf"), x=x, df=df) == expected


def test_chi2_helpers_take_broken_degrees_of_freedom(rng):
    df = np.exp(rng.uniform(math.log(2), math.log(1e5), ROWS))
    factor = call("chi2_median_factor", df=df)
    np.testing.assert_allclose(factor, (1 - 2 / (9 * df)) ** 3, rtol=1e-14)
    np.testing.assert_allclose(factor, stats.chi2.median(df) / df, rtol=0.014)
    rare = call("chi2_rare_factor", df=df)
    tail = stats.norm.sf(3.09)
    np.testing.assert_allclose(rare, stats.chi2.isf(tail, df) / df, rtol=0.025)
    x = df + np.sqrt(2 * df) * rng.uniform(-1, 5, ROWS)
    score = call("chi2_normal_score", x=x, df=df)
    wide = df > 5
    np.testing.assert_allclose(
        stats.norm.sf(score)[wide], stats.chi2.sf(x, df)[wide], rtol=0, atol=0.003
    )
    for name in ("chi2_median_factor", "chi2_rare_factor", "chi2_normal_score"):
        columns = {"x": [1.0, 1.0, 1.0], "df": [0.0, -3.5, None]}
        used = {key: columns[key] for key in ARGUMENTS[name]}
        assert evaluate(sql(name), **used) == [None, None, None]


def test_kolmogorov(rng):
    x = np.concatenate(
        [
            rng.uniform(-1, 25, ROWS),
            rng.uniform(0.15, 2, ROWS),
            np.linspace(1.17999, 1.18001, 101),
            np.linspace(0.20999, 0.21001, 101),
            np.array(EXTREMES),
        ]
    )
    values = call("kolmogorov_sf", x=x)
    np.testing.assert_allclose(values, stats.kstwobign.sf(x), rtol=0, atol=1e-11)
    visible = x < 18.4
    np.testing.assert_allclose(values[visible], stats.kstwobign.sf(x[visible]), rtol=1e-10)
    assert values.min() >= 0
    assert values.max() <= 1


@pytest.mark.parametrize(
    "name", ["cube_root", "erfc", "kolmogorov_sf", "normal_sf", "normal_two_sided"]
)
def test_null_gives_null(name):
    assert evaluate(sql(name), x=[None, None]) == [None, None]


@pytest.mark.parametrize("name", ["erfc", "kolmogorov_sf", "normal_sf", "normal_two_sided"])
def test_nan_gives_null(name):
    assert evaluate(sql(name), x=[NAN]) == [None]


def test_cube_root(rng):
    x = np.concatenate([rng.normal(0, 10, ROWS), 10.0 ** rng.uniform(-300, 300, ROWS), [0.0, -8.0]])
    np.testing.assert_allclose(call("cube_root", x=x), np.cbrt(x), rtol=1e-15)


def wilson_points(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = np.floor(np.exp(rng.uniform(0, 25, ROWS)))
    k = np.floor(rng.uniform(0, 1, ROWS) ** 4 * n)
    k[:200], k[200:400] = 0, n[200:400]
    return k, n


def test_wilson_is_scipys(rng):
    k, n = (values[::10].astype(int) for values in wilson_points(rng))
    k, n = k[n < 10**6], n[n < 10**6]
    oracle = [
        stats.binomtest(int(a), int(b)).proportion_ci(method="wilson")
        for a, b in zip(k, n, strict=True)
    ]
    np.testing.assert_allclose(call("wilson_lower", k=k, n=n), [o.low for o in oracle], atol=1e-14)
    np.testing.assert_allclose(call("wilson_upper", k=k, n=n), [o.high for o in oracle], atol=1e-14)


@pytest.mark.parametrize("broken", [False, True])
def test_wilson_ends_are_the_rates_z_errors_away(rng, broken):
    k, n = (values / (7.3 if broken else 1) for values in wilson_points(rng))
    rate = k / n
    z = stats.norm.ppf(0.975)
    lower, upper = call("wilson_lower", k=k, n=n), call("wilson_upper", k=k, n=n)
    for end in (lower, upper):
        np.testing.assert_allclose(
            (end - rate) ** 2, z**2 * end * (1 - end) / n, rtol=1e-6, atol=1e-15
        )
    in_order = [0 * rate, lower, rate, upper, 0 * rate + 1]
    assert (np.diff(in_order, axis=0) >= -1e-15).all()
    assert lower.min() >= 0
    assert upper.max() <= 1


@pytest.mark.parametrize("name", ["wilson_lower", "wilson_upper"])
def test_wilson_without_rows(name):
    assert evaluate(sql(name), k=[0, 1, None, 1], n=[0, -1, 5, None]) == [None] * 4


def test_ratio_standard_error_is_the_delta_method(rng):
    columns: dict[str, list[float]] = {key: [] for key in ARGUMENTS["ratio_standard_error"]}
    oracle = []
    for n in rng.integers(2, 60, 2500):
        b = rng.gamma(2, 3, n) * rng.choice([-1, 1])
        a = rng.normal(0, 1, n) + b * rng.uniform(-2, 2)
        sums = (n, a.sum(), b.sum(), a @ a, b @ b, a @ b)
        for key, value in zip(columns, sums, strict=True):
            columns[key].append(float(value))
        gradient = np.array([1, -a.mean() / b.mean()]) / b.mean()
        oracle.append(math.sqrt(gradient @ np.cov(a, b) @ gradient / n))
    np.testing.assert_allclose(call("ratio_standard_error", **columns), oracle, rtol=1e-8)


def test_ratio_standard_error_by_hand():
    # Pairs (1, 1), (3, 1): the mean is 2, its standard error 1. Then one pair, no pairs, Σb = 0,
    # constant ratios, and each argument missing in turn.
    good = {"n": 2.0, "a": 4.0, "b": 2.0, "aa": 10.0, "bb": 2.0, "ab": 4.0}
    rows = [good, good | {"n": 1.0}, good | {"n": 0.0}, good | {"b": 0.0}]
    rows += [{"n": 2.0, "a": 4.0, "b": 2.0, "aa": 8.0, "bb": 2.0, "ab": 4.0}]
    rows += [good | {key: None} for key in good]
    columns = {key: [row[key] for row in rows] for key in good}
    expected = [1, None, None, None, 0] + [None] * 6
    assert evaluate(sql("ratio_standard_error"), **columns) == expected


def test_safe_divide(rng):
    x, n = rng.normal(0, 1e6, ROWS), rng.integers(-50, 50, ROWS)
    with np.errstate(all="ignore"):
        expected = np.where(n == 0, NAN, x / n)
    np.testing.assert_array_equal(call("safe_divide", x=x, n=n), expected)
    assert evaluate(sql("safe_divide"), x=[7, 1, None, 1], n=[2, 0, 1, None]) == [3.5] + [None] * 3
    assert evaluate(f"1 - {sql('safe_divide')} * 2", x=[7], n=[2]) == [-6]


def test_exact_sum_does_not_depend_on_the_order(rng):
    x = rng.normal(0, 1, 50_000) * 10.0 ** rng.integers(-6, 9, 50_000)
    plain, exact = set(), set()
    for _ in range(5):
        rng.shuffle(x)
        plain.add(float(np.cumsum(x)[-1]))
        exact.update(evaluate(sql("exact_sum"), x=x.tolist()))
    assert len(plain) > 1
    assert len(exact) == 1
    assert exact.pop() == pytest.approx(math.fsum(x), rel=1e-12)
    assert evaluate(sql("exact_sum"), x=[None, 0.1, 0.2]) == [0.3]
    assert evaluate(sql("exact_sum"), x=[None]) == [None]


def test_arguments_may_be_expressions():
    values = {"df": 4, "n": 9, "k": 4, "ab": 3.0}
    for name, arguments in ARGUMENTS.items():
        columns = {argument: [values.get(argument, 3.0 + len(argument))] for argument in arguments}
        as_sums = [f"2 * {argument} - {argument}" for argument in arguments]
        assert evaluate(render(name, *as_sums), **columns) == evaluate(sql(name), **columns), name


@pytest.mark.parametrize("name", sorted(set(ARGUMENTS) - {"exact_sum", "ratio_standard_error"}))
def test_no_engine_raises_on_extremes(name):
    x = [*EXTREMES, None] if name != "chi2_normal_score" else [0.0, 1e-8, 1e6, 1e300, None]
    columns = {"x": x, "df": [1, 2, 3, 128, 129, 10**6], "n": [0, 1, 100], "k": [0, 1, 100, 101]}
    arguments = ARGUMENTS[name]
    grid = np.meshgrid(*(np.arange(len(columns[key])) for key in arguments), indexing="ij")
    rows = {
        key: [columns[key][i] for i in indices.ravel()]
        for key, indices in zip(arguments, grid, strict=True)
    }
    strict = re.sub(r"\b(exp|sqrt)\(", r"strict_\1(", sql(name))
    for value in evaluate(strict, *STRICT, **rows):
        assert value is None or not math.isnan(value)


@pytest.mark.parametrize("adapter", ["duckdb", "postgres", "spark"])
def test_the_text_is_portable(adapter):
    macros = Macros(adapter)
    for name, arguments in ARGUMENTS.items():
        text = macros.render(name, *arguments)
        assert not re.search(r"->|::|\b(erf|erfc|lgamma|gamma|pi|isnan|try_cast)\b|%|\"", text)
        assert ("as double precision)" in text) == (adapter == "postgres")
        assert len(text) < 16_000


def test_harness_resolves_as_dbt_does():
    assert render("model_monitor.type_double") == "double"
    assert Macros("postgres").call("type_double") == "double precision"
    assert Macros("spark").call("type_double") == "double"
    assert Macros("snowflake").call("type_double") == "double precision"
    assert "interval" in render("dbt.dateadd", "day", 1, "x")
    with pytest.raises(MacroError, match="no_such_macro"):
        render("model_monitor.no_such_macro")


@pytest.mark.parametrize(
    ("law", "least", "most"),
    [
        (stats.norm(100, 15), 0.9, 1.6),
        (stats.lognorm(0.5), 0.9, 1.6),
        (stats.expon(), 0.9, 1.6),
        (stats.uniform(0, 1), 0.95, 2.6),
        (stats.gamma(4), 0.9, 1.6),
    ],
)
def test_how_far_a_quantile_strays(law, least: float, most: float) -> None:
    """Against sqrt(q (1 - q)) / f(q), which is so for many rows: hardly less, and not much more."""
    levels = Macros().call("model_monitor.quantile_levels")
    profile = {f"p{level:02d}": law.ppf(level / 100) for level in levels}
    for level in levels:
        sql = render("model_monitor.quantile_deviation", level, "profile").replace("profile.", "")
        [found] = evaluate(sql, **{name: [value] for name, value in profile.items()})
        q = level / 100
        true = math.sqrt(q * (1 - q)) / law.pdf(law.ppf(q))
        # the short end of a one-sided law is the steeper one
        if not (law.support()[0] == 0 and level < 25):
            assert least <= found / true <= most, level


def test_a_quantile_between_two_values_is_not_sure() -> None:
    """94.9% of the rows are 5, the others 100: which of the two p95 is, is chance."""
    sql = render("model_monitor.quantile_deviation", 95, "profile").replace("profile.", "")
    for p95 in (5.0, 100.0):
        [found] = evaluate(sql, p75=[5.0], p95=[p95], p99=[100.0])
        assert 3.09 * found / math.sqrt(1000) > 4
