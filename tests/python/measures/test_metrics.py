"""Metrics against plain pandas over the raw rows, days without rows, and metrics that come later."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 16
ROWS = 5_000
SILENT = START + pd.Timedelta(days=11)  # a day without a row
GONE = START + pd.Timedelta(days=12)  # from here on there is no region "west"
AS_OF = pd.Timestamp("2026-03-18 06:00")
SELECT = ["+monitor_metrics", *LEDGER]
TABLES = ["int_monitor__metric_sums", "int_monitor__window_metrics", "monitor_metrics"]
KEYS = [
    "role", "model_version", "window_name", "window_end", "slice_name", "slice_value", "metric",
]  # fmt: skip
NUMBERS = ["row_count", "numerator", "denominator", "value", "ci_lower", "ci_upper"]
Z = 1.959963984540054
MIN_CELL = 6
WIDTHS = {"hour": "1h", "day": "1D", "7d": "7D"}

METRICS: dict[str, dict[str, Any]] = {
    "flag_rate": {"numerator": "flag", "target": 0.25},
    "margin": {"numerator": "revenue", "denominator": "cost", "layer": "business"},
    "per_request": {"numerator": "revenue", "per": "request"},
    "rows_per_item": {"numerator": 1, "per": "item_id"},
    "ios_rate": {"numerator": "flag", "where": "device = 'ios'"},
    "flagged": {"numerator": 1, "where": "flag"},
    "takings": {"numerator": "cost * 2", "expected": "seasonal"},
    "many": {"numerator": "items > 2"},
    "large": {"numerator": "large"},
    "typed_in": {"numerator": "typed_in"},
    "absent": {"numerator": "no_such_column"},
}
COUNTS = ("flagged", "takings", "volume")
OWN = {"volume", "duplicate_share"}  # of every log with ids
# 2⁷⁰ millionths: what lies beyond is held there, and counted
LIMIT = 2**70 / 1e6


def monitor(metrics: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "shop",
        "problem": "binary",
        "predictions": {
            "source": ["logs", "orders"],
            "time": "at",
            "loaded_at": "loaded",
            "id": "order_id",
            "version": "version",
            "role": "role",
            "request": "request_id",
            "experiment": {"variant": "variant", "control": "a"},
        },
        "scores": {"p": {}},
        "slices": ["region", "device", ["region", "device"]],
        "metrics": metrics,
        "windows": ["hour", "day", "7d"],
        "limits": {
            "min_rows": 20, "min_cell": MIN_CELL, "slice_values": 3, "combination_values": 5,
        },
    }  # fmt: skip


def some(random: np.random.Generator, values: list[Any], shares: list[float] | None = None) -> Any:
    return random.choice(np.array(values, dtype=object), ROWS, p=shares)


def orders() -> pd.DataFrame:
    random = np.random.default_rng(5)
    rows = ROWS
    seconds = np.sort(random.integers(0, DAYS * 86_400, rows))
    late = np.where(random.random(rows) < 0.1, 50 * 3_600, 60)
    loaded = START + pd.to_timedelta(seconds + late, unit="s")
    revenue = random.gamma(1.0, 7.0, rows)
    odd = random.random(rows)
    revenue = np.select(
        [odd < 0.03, odd < 0.04, odd < 0.05], [math.nan, math.inf, -math.inf], revenue
    )
    request = random.integers(0, rows // 3, rows)
    requests = [None if random.random() < 0.02 else f"r{number}" for number in request]
    # most ids repeat, on the same day or on another, in the same version or in another
    order = random.integers(0, rows // 4, rows)
    orders = [None if random.random() < 0.03 else f"o{number}" for number in order]
    log = pd.DataFrame(
        {
            "at": START + pd.to_timedelta(seconds, unit="s"),
            "loaded": pd.Series(loaded).clip(upper=START + pd.Timedelta(days=DAYS)),
            "version": some(random, ["v1", "v2"], [0.8, 0.2]),
            "role": some(random, ["live", "shadow"], [0.9, 0.1]),
            "variant": some(random, ["a", "b"]),
            "region": some(
                random, ["north", "west", None, "(all)", "east"], [0.5, 0.3, 0.1, 0.06, 0.04]
            ),
            "device": some(random, ["ios", "android", "web"]),
            "request_id": requests,
            "order_id": orders,
            "item_id": random.integers(0, 400, rows),
            "p": random.random(rows),
            "flag": some(random, [True, False, None], [0.2, 0.75, 0.05]),
            "revenue": revenue,
            "cost": some(random, [None, 0.0, 3.5, 20.123456789], [0.1, 0.1, 0.4, 0.4]),
            "items": random.integers(0, 6, rows),
            "large": some(random, [4_999_999.99, 1e9, 1e12, -1e18], [0.97, 0.01, 0.01, 0.01]),
            "typed_in": some(random, ["true", "2.5", "n/a", None]),
        }
    )
    # requests of one instant: a request lies in several slices, hours and days all the same
    day = log["at"].dt.normalize()
    return log[(day != SILENT) & ~((day >= GONE) & (log["region"] == "west"))].reset_index(
        drop=True
    )


MONITOR = monitor(METRICS)


def tables() -> dict[str, pd.DataFrame]:
    return {"orders": orders()}


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return orders()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, log: pd.DataFrame) -> Project:
    project = Project(tmp_path_factory.mktemp("metrics") / "shop", [MONITOR], {"orders": log})
    project.build(str(AS_OF), SELECT)
    return project


# -- the oracle


def measured(log: pd.DataFrame) -> pd.DataFrame:
    """a and b of each metric in each row, NaN where the row does not count for it."""
    rows = log.copy()
    flag = log["flag"].map({True: 1.0, False: 0.0}).astype(float)
    revenue = log["revenue"].where(np.isfinite(log["revenue"]))
    cost = pd.to_numeric(log["cost"])
    one = pd.Series(1.0, log.index)
    day = log["at"].dt.floor("D")
    copies = log.groupby([day, "role", "version", "order_id"])["at"].transform("size")
    pairs = {
        "volume": (one, one),
        "duplicate_share": ((copies > 1).astype(float).where(log["order_id"].notna()), one),
        "flag_rate": (flag, one),
        "margin": (revenue, cost),
        "per_request": (revenue, one),
        "rows_per_item": (one, one),
        "ios_rate": (flag.where(log["device"] == "ios"), one),
        "flagged": (one.where(flag == 1), one),
        "takings": (cost * 2, one),
        "many": ((log["items"] > 2).astype(float), one),
        "large": (log["large"].clip(-LIMIT, LIMIT), one),
        "typed_in": (log["typed_in"].map({"2.5": 2.5, "true": 1.0}), one),
    }
    for name, (a, b) in pairs.items():
        counts = a.notna() & b.notna()
        rows[f"a_{name}"], rows[f"b_{name}"] = a.where(counts), b.where(counts)
    return rows


def labelled(rows: pd.DataFrame, vocabulary: pd.DataFrame) -> pd.DataFrame:
    kept = vocabulary.groupby("slice_name")["slice_value"].apply(set)
    for column in ("region", "device"):
        labels = rows[column].fillna("(missing)").replace({"(all)": '"(all)"'})
        rows[f"s_{column}"] = labels.where(labels.isin(kept[column]), "(other)")
    joined = rows["s_region"] + "+" + rows["s_device"]
    rows["s_region+device"] = joined.where(joined.isin(kept["region+device"]), "(other)")
    rows["s_(all)"] = "(all)"
    return rows


def versions_of(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for (role, version), part in rows.groupby(["role", "version"]):
        yield role, version, part
    live = rows[rows["role"] == "live"]
    yield "live", "(all)", live
    # every window has rows of the arm b: those without it are there once more
    untreated = live[live["variant"] == "a"]
    for version, part in untreated.groupby("version"):
        yield "untreated", version, part
    yield "untreated", "(all)", untreated


def clusters(rows: pd.DataFrame, metric: str, grain: str) -> tuple[Any, Any]:
    """The numerator and denominator of each cluster that counts."""
    rows = rows[rows[f"a_{metric}"].notna()]
    a, b = rows[f"a_{metric}"], rows[f"b_{metric}"]
    per = {"per_request": "request_id", "rows_per_item": "item_id"}.get(metric)
    if per is None:
        return a.to_numpy(), b.to_numpy()
    period = rows["at"].dt.floor("h" if grain == "hour" else "D").rename("period")
    sums = a.groupby([period, rows["role"], rows["variant"], rows["version"], rows[per]]).sum()
    return sums.to_numpy(), np.ones(len(sums))


def expected(
    rows: pd.DataFrame, window: str, end: pd.Timestamp, values: dict[str, set[str]]
) -> Any:
    """Every row of monitor_metrics of one window: its key, and what it says."""
    inside = rows[(rows["at"] >= end - pd.Timedelta(WIDTHS[window])) & (rows["at"] < end)]
    for role, version, part in versions_of(inside):
        for slice_name in (
            "(all)",
            "region",
            "device",
            *(["region+device"] if window == "day" else []),
        ):
            column = part[f"s_{slice_name}"]
            for value in set(column) | values[slice_name]:
                cell = part[column == value]
                for metric in METRICS.keys() - {"absent"} | OWN:
                    a, b = clusters(cell, metric, window)
                    n = len(a)
                    key = (role, version, window, end, slice_name, value, metric)
                    if metric in COUNTS:
                        if role == "untreated":
                            continue
                        if metric == "takings" and slice_name != "(all)" and 0 < n < MIN_CELL:
                            continue  # how many they are is said, and not what they paid
                        if n > 0 or value in values[slice_name]:
                            yield key, (n, a.sum(), None, a.sum(), None, None)
                    elif n >= (1 if slice_name == "(all)" else MIN_CELL):
                        yield key, (n, a.sum(), b.sum(), *interval(a, b))


def interval(a: Any, b: Any) -> tuple[float | None, float | None, float | None]:
    """Wilson's for zeros and ones; else Cochran (1977), 6.13, in the residuals of the ratio."""
    n = len(a)
    if b.sum() == 0:
        return None, None, None
    ratio = a.sum() / b.sum()
    if set(a) <= {0, 1} and set(b) == {1}:
        found = stats.binomtest(int(a.sum()), n).proportion_ci(method="wilson")
        return ratio, found.low, found.high
    if n < 2:
        return ratio, None, None
    error = math.sqrt(((a - ratio * b) ** 2).sum() / (n - 1) / n) / abs(b.mean())
    return ratio, ratio - Z * error, ratio + Z * error


def close(left: float | None, right: float | None, scale: float) -> bool:
    if left is None or right is None or math.isnan(left) or math.isnan(right):
        return (left is None or math.isnan(left)) == (right is None or math.isnan(right))
    # each row is rounded to a millionth; an interval of nearly constant rows is a small difference
    # of large squares, whose root keeps half of a double's digits
    return abs(left - right) <= 1e-6 * max(1.0, scale) + 5e-8 * abs(right)


def test_every_number_is_that_of_the_raw_rows(project: Project, log: pd.DataFrame) -> None:
    vocabulary = project.frame("int_monitor__vocabulary")
    rows = labelled(measured(log), vocabulary)
    values = {name: set(part["slice_value"]) for name, part in vocabulary.groupby("slice_name")} | {
        "(all)": {"(all)"},
        "region+device": set(),
    }
    ends = project.query(
        "select distinct window_name, window_end from int_monitor__touched_windows"
    )
    assert set(ends["window_name"]) == set(WIDTHS)
    found = {
        tuple(row[:7]): row[7:]
        for row in project.query(
            f"select {', '.join(KEYS + NUMBERS)} from monitor_metrics"
        ).itertuples(index=False, name=None)
    }
    wrong = []
    checked = 0
    hours = pd.date_range(GONE, GONE + pd.Timedelta("1D"), freq="7h")
    for window, end in ends.itertuples(index=False, name=None):
        if window == "hour" and end not in hours:
            continue
        wanted = dict(expected(rows, window, end, values))
        here = {key for key in found if key[2] == window and key[3] == end}
        wrong += [(key, "missing") for key in wanted.keys() - here]
        wrong += [(key, "unexpected") for key in here - wanted.keys()]
        for key in here & wanted.keys():
            checked += 1
            scale = max(1, wanted[key][0]) if wanted[key][0] else 1
            if found[key][0] != wanted[key][0] or not all(
                close(left, right, scale)
                for left, right in zip(found[key], wanted[key], strict=True)
            ):
                wrong.append((key, f"{found[key]} is not {wanted[key]}"))
    assert not wrong, f"{len(wrong)} of {checked}: {wrong[:5]}"
    assert checked > 5_000


def test_what_vanishes_is_zero_and_not_absent(project: Project) -> None:
    volumes = project.frame(
        "monitor_metrics", "metric = 'volume' and window_name = 'day' and model_version = '(all)'"
    ).set_index(["window_end", "slice_value"])["value"]
    day = pd.Timedelta("1D")
    assert volumes[SILENT + day, "(all)"] == 0
    assert volumes[SILENT + day, "north"] == 0
    assert volumes[SILENT, "west"] > 0
    assert volumes[GONE + day, "west"] == 0
    assert volumes[GONE + day, "north"] > 0
    silent = project.frame(
        "monitor_metrics", f"window_name = 'day' and window_end = timestamp '{SILENT + day}'"
    )
    assert set(silent["metric"]) == set(COUNTS)
    assert set(silent["model_version"]) == {"(all)"}


def test_every_touched_day_is_covered(project: Project) -> None:
    uncovered = project.query("""
        select definitions.metric, touched.period_start
        from int_monitor__touched_periods as touched
        cross join int_monitor__metric_definitions as definitions
        left join int_monitor__metric_sums as sums
            on touched.period_start = sums.period_time
            and definitions.metric = sums.metric
            and sums.grain = 'day' and sums.slice_name = '(all)' and sums.model_version = '(all)'
        where sums.metric is null
    """)
    assert uncovered.empty


def test_what_lies_at_the_limit_is_counted(project: Project, log: pd.DataFrame) -> None:
    sums = project.frame(
        "int_monitor__metric_sums", "metric = 'large' and grain = 'day' and slice_name = '(all)'"
    )
    assert sums["clamped_count"].sum() == (log["large"].abs() > LIMIT).sum() > 0
    total = project.query("""
        select
            cast(sum(sum_a) as varchar) as a,
            cast(sum(sum_aa) as varchar) as low,
            cast(sum(sum_aa_high) as varchar) as high
        from int_monitor__metric_sums
        where metric = 'large' and grain = 'day' and slice_name = '(all)'
    """).iloc[0]
    held = [max(-(2**70), min(2**70, round(value * 100) * 10_000)) for value in log["large"]]
    assert int(total["a"]) == sum(held)
    assert int(total["low"]) + 2**40 * int(total["high"]) == sum(value**2 for value in held)


def test_the_interval_is_that_of_a_bootstrap(project: Project, log: pd.DataFrame) -> None:
    random = np.random.default_rng(11)
    rows = measured(log)
    end = GONE - pd.Timedelta("1D")
    week = rows[
        (rows["at"] < end) & (rows["at"] >= end - pd.Timedelta("7D")) & (rows["role"] == "live")
    ]
    published = project.frame(
        "monitor_metrics",
        f"window_name = '7d' and window_end = timestamp '{end}' and slice_name = '(all)'"
        " and model_version = '(all)' and role = 'live'",
    ).set_index("metric")
    for metric in ("margin", "per_request", "flag_rate"):
        a, b = clusters(week, metric, "day")
        drawn = random.integers(0, len(a), (2_000, len(a)))
        ratios = a[drawn].sum(axis=1) / b[drawn].sum(axis=1)
        width = published.loc[metric, "ci_upper"] - published.loc[metric, "ci_lower"]
        assert width == pytest.approx(2 * Z * ratios.std(), rel=0.08), metric


def test_a_rate_is_wilsons_and_never_of_no_width(project: Project) -> None:
    """Every published rate, by the counts that are published with it."""
    rates = project.frame("monitor_metrics", "metric in ('flag_rate', 'ios_rate', 'many')")
    assert len(rates) > 3_000
    assert {0.0, 1.0} < set(rates["value"])
    for (count, hits), rows in rates.groupby(["row_count", "numerator"]):
        oracle = stats.binomtest(int(hits), int(count)).proportion_ci(method="wilson")
        np.testing.assert_allclose(rows["ci_lower"], oracle.low, atol=1e-12)
        np.testing.assert_allclose(rows["ci_upper"], oracle.high, atol=1e-12)
    assert (rates["ci_upper"] - rates["ci_lower"] > 0).all()
    repeats = project.frame("monitor_metrics", "metric = 'duplicate_share'")
    assert repeats["value"].between(0.01, 0.99).any(), "no day has repeated ids and others"
    # what is counted is no rate, though every row counts as one
    assert project.frame("monitor_metrics", "metric = 'flagged'")["ci_upper"].isna().all()


# -- metrics that come later


def test_new_metrics(tmp_path: Path, project: Project, log: pd.DataFrame) -> None:
    """A new metric, and one that now means something else, start with the next day."""
    changed = {
        **METRICS,
        "new_count": {"numerator": "items", "expected": "seasonal"},
        "many": {"numerator": "items > 3"},
    }
    later = Project(tmp_path / "shop", [monitor(changed)])
    shutil.copy(project.file, later.file)
    more = log.tail(200)
    moved = pd.Timestamp("2026-03-19T12:00:00") - more["at"].max()
    later.append("orders", more.assign(at=more["at"] + moved, loaded=more["loaded"] + moved))
    later.build("2026-03-20T06:00:00Z", SELECT)
    after = later.frame("monitor_metrics", "window_end > timestamp '2026-03-18 12:00:00'")
    by_window = after[after["metric"].isin(["new_count", "many"])].groupby("window_name")["metric"]
    assert set(by_window.get_group("day")) == {"new_count", "many"}
    assert "7d" not in by_window.groups
    assert {"flag_rate", "volume"} <= set(after[after["window_name"] == "7d"]["metric"])
