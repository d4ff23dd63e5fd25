"""Sketch counts equal raw counts, and rulers are what docs/understand say: both against plain Python.

One project, one build: a log with every kind of value that a column can hold, over slices whose
values are as odd; and a log whose features are two hundred samples, to freeze rulers from.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

START = pd.Timestamp("2026-01-05")
DAYS = 12
ROWS = 4_000
OWN_WORDS = ("(all)", "(other)", "(missing)")
LIMITS = {
    "min_rows": 4,
    "min_cell": 2,
    "slice_values": 4,
    "combination_values": 6,
    "categories": 10,
}
KEYS = [
    "role", "arm", "model_version", "grain", "period_time", "slice_name", "slice_value", "subject",
]  # fmt: skip

# subject -> (type of the column, type of the subject)
SUBJECTS = {
    "p": ("double", "probability"),
    "edge_score": ("double", "probability"),
    "rank_score": ("double", "numeric"),
    "normal": ("double", "numeric"),
    "skewed": ("double", "numeric"),
    "holes": ("double", "numeric"),
    "zeros": ("double", "numeric"),
    "constant": ("double", "numeric"),
    "epoch_ms": ("bigint", "numeric"),
    "stars": ("integer", "numeric"),
    "money": ("decimal(12, 2)", "numeric"),
    "heavy": ("double", "numeric"),
    "nothing": ("double", "numeric"),
    "typed_in": ("varchar", "numeric"),
    "flag": ("boolean", "boolean"),
    "said_yes": ("varchar", "boolean"),
    "city": ("varchar", "categorical"),
    "product": ("varchar", "categorical"),
    "plan": ("integer", "categorical"),
    "latency_ms": ("double", "numeric"),
}
SCORES = {"p": {"threshold": 0.7}, "edge_score": {}, "rank_score": {"kind": "value"}}
FEATURES: dict[str, Any] = {
    "normal": {"importance": 5, "min": -2, "max": 2.5},  # at least a tenth of the sum: critical
    "skewed": {"stale_above": 8},
    "holes": {},
    "zeros": {"min": 0},
    "constant": {},
    "epoch_ms": {},
    "stars": {"max": 4},
    "money": {},
    "heavy": {},
    "nothing": {},
    "typed_in": {},
    "flag": {"type": "boolean"},
    "said_yes": {"type": "boolean"},
    "city": {"type": "categorical", "values": ["Oslo", "Rome", "Atlantis"]},
    "product": {"type": "categorical"},
    "plan": {"type": "categorical"},
}
MONITOR = {
    "name": "cells",
    "problem": "binary",
    "predictions": {
        "source": ["logs", "cells"],
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
        "role": "role",
        "experiment": {"variant": "variant", "control": "a"},
    },
    "scores": SCORES,
    "features": FEATURES,
    "operations": {"latency_ms": {}},
    "slices": ["region", "device", ["region", "device"]],
    "reference": {"source": ["logs", "cells_training"]},
    "windows": ["hour", "day"],
    "limits": LIMITS,
}
REGIONS = ["north", "(all)", "it's; {{ x }} 😀", None, "(other)", "(missing)", "a+b", "", "south"]
DEVICES = ["ios", "b+c", None, "(other)", "web", "c"]
WATCHED = ("p", "edge_score", "rank_score", "latency_ms", *FEATURES)
FINE = ("p", "edge_score", "rank_score", "latency_ms")
HOURLY = ("p", "edge_score", "rank_score", "latency_ms", "normal")
CONTEXT = ("region", "device")


def a_log(seed: int, rows: int, *, training: bool = False) -> pd.DataFrame:
    """A log with everything in it that a log should not have."""
    random = np.random.default_rng(seed)
    seconds = np.sort(random.integers(0, DAYS * 86_400, rows))
    base = random.normal(0.0 if training else 0.2, 1.0, rows)
    columns: dict[str, Any] = {
        "at": START + pd.to_timedelta(seconds, unit="s"),
        "loaded": START + pd.to_timedelta(seconds + 60, unit="s"),
        "version": random.choice(["v1", "v2", None], rows, p=[0.6, 0.39, 0.01]),
        "role": random.choice(["live", "LIVE", None, "shadow", "canary"], rows),
        "variant": random.choice(["a", "b", None], rows),
        "region": random.choice(
            REGIONS, rows, p=[0.3, 0.15, 0.12, 0.12, 0.1, 0.08, 0.06, 0.04, 0.03]
        ),
        "device": random.choice(DEVICES, rows, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]),
        "p": _some(
            random, 1 / (1 + np.exp(-base)), [math.nan, None, -0.1, 1.0000001, math.inf, 0.7]
        ),
        "edge_score": random.choice([0.0, 1.0, -0.0, 0.01, 0.99, 0.125, None, 5e-324], rows),
        "rank_score": _some(random, base * 40 - 3, [None, 0.0, -0.0]),
        "normal": base,
        "skewed": np.exp(base * 1.5),
        "holes": _some(random, base, [None, math.nan, math.inf, -math.inf], share=0.4),
        "zeros": np.where(random.random(rows) < 0.6, 0.0, np.round(np.exp(base) - 0.3, 3)),
        "constant": np.full(rows, 42.5 if training else 42.500000000000007),
        "epoch_ms": 1_767_571_200_000 + seconds * 1000 + random.integers(0, 1000, rows),
        "stars": random.integers(1, 6 if training else 7, rows),
        "money": np.round(np.exp(base) * 100, 2),
        "heavy": _some(random, random.standard_cauchy(rows), [9e99, -9e99, 1e18, math.nan]),
        "nothing": [None] * rows,
        "typed_in": _some(
            random,
            np.round(base, 1),
            ["1.5", " 2 ", "1e3", "-inf", "nan", "", "12abc", "1,5", "n/a", None, "-0.0"],
            share=0.5,
        ),
        "flag": random.choice([True, False, None], rows),
        "said_yes": random.choice(["true", "FALSE", "false", "perhaps", "", None], rows),
        "city": random.choice(
            [
                "Oslo",
                "Rome" if training else "Ur",
                "a 'b' \"c\"; {{ d }}",
                "(other)",
                "(missing)",
                "(unseen)" if training else "Lima",
                "",
                None,
            ],
            rows,
        ),
        "product": [f"p{n}" for n in random.integers(0, 10_000 if training else 20_000, rows)],
        "plan": random.choice([1, 2, 3, None] if training else [1, 2, 3, 99, None], rows),
        "latency_ms": np.round(random.gamma(2.0, 30.0, rows)),
    }
    frame = pd.DataFrame(
        {name: pd.Series(list(values), dtype=object) for name, values in columns.items()}
    )
    doubled = frame.sample(frac=0.03, random_state=seed)
    return pd.concat([frame, doubled], ignore_index=True)


def _some(
    random: np.random.Generator, values: Any, odd: list[Any], share: float = 0.05
) -> list[Any]:
    """The values, a share of them replaced by odd ones."""
    return [
        odd[random.integers(len(odd))] if random.random() < share else value
        for value in np.asarray(values).tolist()
    ]


TYPES = {name: kind for name, (kind, _) in SUBJECTS.items() if kind != "varchar"}
TEXTS = [
    "version",
    "role",
    "variant",
    "region",
    "device",
    "typed_in",
    "said_yes",
    "city",
    "product",
]
LOG_TYPES = {"at": "timestamp", "loaded": "timestamp", **TYPES, **dict.fromkeys(TEXTS, "varchar")}


# -- two hundred samples


def samples(count: int = 216) -> dict[str, list[float | None]]:
    """Samples of every shape and size, as columns of one table (padded with nulls)."""
    kinds: list[Callable[[np.random.Generator, int], Any]] = [
        lambda random, n: random.normal(random.uniform(-50, 50), random.uniform(0.1, 20), n),
        lambda random, n: np.exp(random.normal(0, random.uniform(0.2, 3), n)),
        lambda random, n: np.where(
            random.random(n) < random.uniform(0.02, 0.99), 0.0, random.normal(3, 1, n)
        ),
        lambda random, n: np.full(n, random.choice([0.0, -7.25, 1e-9, 1e15, 3e-308])),
        lambda random, n: random.integers(0, random.integers(2, 60), n).astype(float),
        lambda random, n: random.standard_cauchy(n) * 10.0 ** random.integers(-6, 6),
        lambda random, n: 1_700_000_000_000.0 + random.integers(0, 10**9, n),
        lambda random, n: np.round(random.normal(0, 1, n), 1),
        lambda random, n: random.choice([-1.0, 1.0, 9e90, -9e90], n) * random.random(n),
        lambda random, n: -np.exp(random.normal(0, 1, n)),
        lambda random, n: random.choice([0.1, 0.2, 0.30000000000000004, 0.3], n),
        lambda random, n: np.clip(random.normal(0.8, 0.3, n), 0, 1),
    ]
    sizes = [1, 2, 3, 7, 19, 20, 21, 40, 100, 199, 400, 1000]
    found = {}
    for number in range(count):
        random = np.random.default_rng(1_000 + number)
        size = sizes[(number // len(kinds)) % len(sizes)]
        values = [float(value) for value in kinds[number % len(kinds)](random, size)]
        found[f"s{number:03}"] = values + [None] * (max(sizes) - size)
    return found


SAMPLES = samples()
# What a configuration adds to a sample: (settings of the feature, extra points, extra edges)
SETTINGS: dict[str, dict[str, Any]] = {
    f"s{number:03}": [{}, {"min": -1}, {"max": 2}, {"min": 0, "max": 1}, {"stale_above": 3}][
        number % 5
    ]
    for number in range(len(SAMPLES))
}
PROBABILITIES = ("q1", "q2", "q3", "q4")
RULERS = {
    "name": "rulers",
    "problem": "binary",
    "predictions": {"source": ["logs", "rulers"], "time": "at"},
    "scores": {
        "q1": {"threshold": 0.5}, "q2": {"threshold": 0.123}, "q3": {}, "q4": {"threshold": 0},
    },
    "features": {**SETTINGS, "kind": {"type": "categorical"}},
    "reference": {"source": ["logs", "rulers_training"]},
    "windows": ["day"],
}  # fmt: skip


def probability_samples() -> dict[str, list[float | None]]:
    random = np.random.default_rng(7)
    return {
        "q1": [*random.random(900), *[0.0] * 40, *[1.0] * 60],
        "q2": [*random.beta(0.3, 3, 997), -0.5, 1.5, math.nan],
        "q3": [float(value) for value in random.choice([0.0, 0.25, 1.0], 1000)],
        "q4": [*np.round(random.random(500), 2), *[None] * 500],
    }


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return a_log(1, ROWS)


@pytest.fixture(scope="module")
def training() -> pd.DataFrame:
    return a_log(2, 3_000, training=True)


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, raw: pd.DataFrame, training: pd.DataFrame
) -> Project:
    project = Project(tmp_path_factory.mktemp("sketches"), [MONITOR])
    project.load("cells", raw, LOG_TYPES)
    project.load("cells_training", training, LOG_TYPES)
    as_of = str(START + pd.Timedelta(days=DAYS, hours=6))
    project.build(as_of, ["+int_monitor__bins", "+int_monitor__reference_bins"])
    return project


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("rulers"), [RULERS])
    columns = {**SAMPLES, **probability_samples()}
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    )
    types = dict.fromkeys(columns, "double")
    frame["kind"] = "sample"
    project.load("rulers_training", frame, types)
    project.load("rulers", frame.assign(at=START), types)
    project.build("2026-02-01", "+int_monitor__ruler_bins")
    return project


@pytest.fixture(scope="module")
def ruler_bins(project: Project) -> dict[str, pd.DataFrame]:
    frame = project.frame("int_monitor__ruler_bins", "monitor = 'cells'")
    return {str(name): part.sort_values("bin") for name, part in frame.groupby("subject")}


@pytest.fixture(scope="module")
def centers(project: Project) -> dict[str, tuple[float, float]]:
    frame = project.frame("int_monitor__ruler_subjects", "monitor = 'cells'")
    return {row.subject: (row.center, row.scale) for row in frame.itertuples()}


# -- the counts, by hand


def number_of(value: Any, kind: str) -> float | None:
    """A value as this type of subject counts it; none where that fails."""
    if kind == "boolean":
        if isinstance(value, bool):
            return float(value)
        return {"true": 1.0, "false": 0.0}.get(str(value).lower())
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number) or (kind == "probability" and not 0 <= number <= 1):
        return None
    return number


def bin_of(number: float, edges: list[tuple[int, float, float]]) -> int:
    """The one bin that holds a number: a point [v, v] or an interval (lower, upper]."""
    held = [
        code
        for code, lower, upper in edges
        if (number == lower if lower == upper else lower < number <= upper)
    ]
    assert len(held) == 1, (number, held)
    return held[0]


def coded(values: pd.Series, subject: str, bins: pd.DataFrame, *, cells: bool) -> list[int]:
    """The bin of every row of one subject."""
    kind = SUBJECTS.get(subject, ("varchar", "categorical"))[1]
    if kind == "categorical":
        codes = {row.category: row.bin for row in bins.itertuples() if row.bin_kind == "category"}
        others = {row.bin for row in bins.itertuples() if row.bin_kind == "other"}
        known = KNOWN[subject]
        return [
            -1 if value is None
            else codes[_category(str(value))] if _category(str(value)) in codes
            else next(iter(others)) if str(value) in known
            else -3
            for value in values
        ]  # fmt: skip
    edges = [
        (row.bin, row.lower_edge, row.upper_edge)
        for row in bins.itertuples()
        if row.bin >= 0 and (row.bin >= 1000) == cells
    ]
    found: dict[Any, int] = {}
    codes_of_rows = []
    for value in values:
        if value is None:
            codes_of_rows.append(-1)
            continue
        number = number_of(value, kind)
        if number is None:
            codes_of_rows.append(-2)
            continue
        if number not in found:
            found[number] = (
                {row.category: row.bin for row in bins.itertuples()}[str(number == 1.0).lower()]
                if kind == "boolean"
                else bin_of(number, edges)
            )
        codes_of_rows.append(found[number])
    return codes_of_rows


KNOWN: dict[str, set[str]] = {}


def labelled(
    rows: pd.DataFrame, vocabulary: dict[str, list[str]], *, pooled: bool = True
) -> dict[str, pd.Series]:
    """The label of every row in every slice; rare combinations may stay apart."""
    labels = {"(all)": pd.Series("(all)", index=rows.index)}
    for column in ("region", "device"):
        labels[column] = (
            rows[column]
            .map(_label)
            .where(rows[column].map(_label).isin(vocabulary[column]), "(other)")
        )
    joined = labels["region"].map(_part) + "+" + labels["device"].map(_part)
    keep = joined.isin(vocabulary["region+device"]) | (not pooled)
    labels["region+device"] = joined.where(keep, "(other)")
    return labels


def _label(value: str | None) -> str:
    if value is None:
        return "(missing)"
    return f'"{value}"' if value in OWN_WORDS else value


def _part(label: str) -> str:
    return f'"{label}"' if "+" in label else label


def _category(value: str) -> str:
    return f'"{value}"' if value in ("(other)", "(missing)", "(invalid)", "(unseen)") else value


def _largest(labels: pd.Series, limit: int) -> list[str]:
    counts = Counter(labels)
    return sorted(counts, key=lambda label: (-counts[label], label.encode()))[:limit]


@pytest.fixture(scope="module")
def vocabulary(training: pd.DataFrame) -> dict[str, list[str]]:
    """The values a slice is reported by: the largest of the reference, then by name."""
    found = {
        column: _largest(training[column].map(_label), LIMITS["slice_values"])
        for column in ("region", "device")
    }
    singles = [
        training[column]
        .map(_label)
        .where(training[column].map(_label).isin(found[column]), "(other)")
        for column in ("region", "device")
    ]
    found["region+device"] = _largest(
        singles[0].map(_part) + "+" + singles[1].map(_part), LIMITS["combination_values"]
    )
    return found


@pytest.fixture(scope="module")
def expected(
    raw: pd.DataFrame,
    training: pd.DataFrame,
    ruler_bins: dict[str, pd.DataFrame],
    vocabulary: dict[str, list[str]],
) -> pd.DataFrame:
    """Every count that the sketch should hold, one row each."""
    KNOWN.update(
        {
            subject: {str(value) for value in training[subject] if value is not None}
            for subject in ("city", "product", "plan", "region", "device")
        }
    )
    KNOWN["city"] |= {"Oslo", "Rome", "Atlantis"}
    return counted(raw, ruler_bins, vocabulary)


def counted(
    raw: pd.DataFrame, ruler_bins: dict[str, pd.DataFrame], vocabulary: dict[str, list[str]]
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "role": raw["role"].map(lambda role: "live" if role is None else role.lower()),
            "arm": raw["variant"].map(lambda arm: arm or ""),
            "model_version": raw["version"].map(lambda version: version or "(missing)"),
            "day": pd.to_datetime(raw["at"]).dt.floor("D"),
            "hour": pd.to_datetime(raw["at"]).dt.floor("h"),
        }
    )
    labels = labelled(raw, vocabulary)
    # an hour of a slice that has too few rows to be judged is not kept
    crowded = {"(all)": pd.Series(True, index=raw.index)}
    for slice_name, label in labelled(raw, vocabulary, pooled=False).items():
        least = LIMITS["min_cell" if "+" in slice_name else "min_rows"]
        if slice_name != "(all)":
            crowded[slice_name] = (
                rows.groupby([rows["hour"], label])["day"].transform("size") >= least
            )
    parts = []
    for subject in (*SUBJECTS, *CONTEXT):
        bins = ruler_bins[subject]
        codes = {cells: coded(raw[subject], subject, bins, cells=cells) for cells in (False, True)}
        for grain in ("day", "hour"):
            for slice_name, label in labels.items():
                if not kept(subject, grain, slice_name):
                    continue
                fine = {
                    ("day", True): True,
                    ("day", False): subject in FINE,
                    ("hour", True): subject in FINE,
                    ("hour", False): subject == "p",
                }[grain, slice_name == "(all)"]
                part = rows.assign(
                    grain=grain,
                    period_time=rows[grain],
                    slice_name=slice_name,
                    slice_value=label,
                    subject=subject,
                    bin=codes[not fine],
                )
                if grain == "hour":
                    part = part[crowded[slice_name]]
                parts.append(part[[*KEYS, "bin"]].value_counts().rename("expected").reset_index())
                parts.append(
                    part[KEYS].value_counts().rename("expected").reset_index().assign(bin=-9)
                )
    return pd.concat(parts, ignore_index=True)


def kept(subject: str, grain: str, slice_name: str) -> bool:
    """Is this subject kept for this slice at this grain?"""
    if slice_name == "(all)":
        return True
    if "+" in slice_name:
        return subject == "p" if grain == "hour" else subject in WATCHED
    return grain == "day" or subject in HOURLY


@pytest.fixture(scope="module")
def sketch(project: Project) -> pd.DataFrame:
    return project.query(
        "select * replace (sum_1::varchar as sum_1, sum_2::varchar as sum_2) "
        "from int_monitor__bins where monitor = 'cells'"
    )


def test_the_vocabulary_holds_the_largest_values(
    project: Project, vocabulary: dict[str, list[str]]
) -> None:
    frame = project.frame("int_monitor__vocabulary", "monitor = 'cells'").sort_values("value_rank")
    found = {str(name): list(part["slice_value"]) for name, part in frame.groupby("slice_name")}
    assert found == vocabulary
    assert '"(all)"' in found["region"]
    assert "(missing)" in found["region"]


def test_every_count_is_the_raw_count(sketch: pd.DataFrame, expected: pd.DataFrame) -> None:
    plain = sketch[~sketch["bin"].isin([-4, -5])]
    both = plain.merge(expected, on=[*KEYS, "bin"], how="outer", indicator=True)
    odd = both[(both["_merge"] != "both") | (both["row_count"] != both["expected"])]
    assert odd.empty, (
        f"{len(odd)} of {len(both)}\n{odd[[*KEYS, 'bin', 'row_count', 'expected']].head(20)}"
    )
    assert not plain.duplicated([*KEYS, "bin"]).any()
    cells = plain.groupby(["subject", "slice_name", "slice_value", "period_start"]).ngroups
    assert cells > 2_000
    seen = {
        (row.subject, row.bin) for row in plain[["subject", "bin"]].drop_duplicates().itertuples()
    }
    assert {("holes", -1), ("holes", -2), ("city", -3), ("p", -2), ("nothing", -1)} <= seen
    assert ("product", 10) in seen
    assert ("product", -3) in seen


def test_the_bins_of_a_subject_add_up_to_all_rows(sketch: pd.DataFrame) -> None:
    counts = sketch[~sketch["bin"].isin([-4, -5])].assign(is_all=sketch["bin"] == -9)
    sums = counts.pivot_table(index=KEYS, columns="is_all", values="row_count", aggfunc="sum")
    assert (sums[True] == sums[False]).all()


def test_the_values_of_a_slice_add_up_to_the_whole(
    sketch: pd.DataFrame, ruler_bins: dict[str, pd.DataFrame]
) -> None:
    cells = pd.concat(
        [bins[["bin", "cell_bin"]].assign(subject=subject) for subject, bins in ruler_bins.items()]
    )
    rows = sketch[~sketch["bin"].isin([-4, -5])].merge(cells, on=["subject", "bin"], how="left")
    rows["cell"] = rows["cell_bin"].fillna(rows["bin"]).astype(int)  # -9 has no cell
    rows["sum_1"] = rows["sum_1"].map(_integer)
    rows["sum_2"] = rows["sum_2"].map(_integer)
    keys = ["role", "arm", "model_version", "period_time", "subject", "cell"]
    values = ["row_count", "sum_1", "sum_2"]
    rows = rows[rows["grain"] == "day"]  # of an hour, slices with few rows are left out
    whole = rows[rows["slice_name"] == "(all)"].groupby(keys)[values].sum()
    compared = 0
    for slice_name in ("region", "device", "region+device"):
        part = rows[rows["slice_name"] == slice_name].groupby(keys)[values].sum()
        expected = whole.loc[part.index]
        assert part.equals(expected), slice_name
        compared += len(part)
    assert compared > 10_000


def test_the_hours_of_a_day_add_up_to_it(
    sketch: pd.DataFrame, ruler_bins: dict[str, pd.DataFrame]
) -> None:
    cells = pd.concat(
        [
            bins[["bin", "cell_bin"]].assign(subject=subject)
            for subject, bins in ruler_bins.items()
            if subject not in FINE  # the hours of these are as fine as the days
        ]
    )
    rows = (
        sketch[(sketch["slice_name"] == "(all)") & ~sketch["bin"].isin([-4, -5])]
        .assign(sum_1=sketch["sum_1"].map(_integer), sum_2=sketch["sum_2"].map(_integer))
        .merge(cells, on=["subject", "bin"], how="left")
    )
    rows["cell"] = rows["cell_bin"].fillna(rows["bin"]).astype(int)
    assert set(rows[(rows["grain"] == "hour") & (rows["subject"] == "normal")]["bin"]) & {
        1000,
        1001,
    }
    keys = ["role", "arm", "model_version", "period_start", "subject", "cell"]
    days = rows[rows["grain"] == "day"].groupby(keys)[["row_count", "sum_1", "sum_2"]].sum()
    hours = rows[rows["grain"] == "hour"].groupby(keys)[["row_count", "sum_1", "sum_2"]].sum()
    assert hours.equals(days)
    assert (rows["period_start"] == rows["period_time"].dt.floor("D")).all()


def _integer(value: Any) -> int:
    return int(value) if isinstance(value, str) else 0


def test_the_moments_are_sums_of_integers(
    raw: pd.DataFrame,
    sketch: pd.DataFrame,
    centers: dict[str, tuple[float, float]],
    vocabulary: dict[str, list[str]],
) -> None:
    """(x − c) / k in millionths, rounded half up row by row: equal to the last digit."""
    labels = labelled(raw, vocabulary)
    day = pd.to_datetime(raw["at"]).dt.floor("D")
    role = raw["role"].map(lambda role: "live" if role is None else role.lower())
    all_rows = sketch[(sketch["bin"] == -9) & (sketch["grain"] == "day")]
    compared, clamped_rows = 0, 0
    for subject, (_, kind) in SUBJECTS.items():
        if kind in ("categorical", "boolean"):
            assert all_rows[all_rows["subject"] == subject]["sum_1"].isna().all()
            continue
        center, scale = centers[subject]
        numbers = raw[subject].map(lambda v, kind=kind: None if v is None else number_of(v, kind))
        valid = numbers.notna()
        x = numbers[valid].astype(float)
        with np.errstate(over="ignore"):
            u = (x - center) / scale
            first = np.floor(np.clip(u, -1e6, 1e6) * 1e6 + 0.5)
            second = np.floor(np.minimum(u * u, 1e12) * 1e6 + 0.5)
        for slice_name in ("(all)", "region", "device"):
            rows = pd.DataFrame(
                {
                    "role": role[valid],
                    "version": raw["version"].map(lambda v: v or "(missing)")[valid],
                    "arm": raw["variant"].map(lambda v: v or "")[valid],
                    "day": day[valid],
                    "label": labels[slice_name][valid],
                    "sum_1": first.astype("int64").astype(object),
                    "sum_2": second.astype("int64").astype(object),
                    "lowest": x,
                    "highest": x,
                    "clamped": (u.abs() > 1e6).astype(int),
                }
            )
            sums = rows.groupby(["role", "version", "arm", "day", "label"]).agg(
                {
                    "sum_1": "sum",
                    "sum_2": "sum",
                    "lowest": "min",
                    "highest": "max",
                    "clamped": "sum",
                }
            )
            here = all_rows[
                (all_rows["subject"] == subject) & (all_rows["slice_name"] == slice_name)
            ]
            found = here.set_index(["role", "model_version", "arm", "period_start", "slice_value"])
            empty = found.index.difference(sums.index)
            assert found.loc[empty, "sum_1"].isna().all()
            found = found.loc[sums.index]
            assert found["sum_1"].map(int).tolist() == sums["sum_1"].tolist(), (subject, slice_name)
            assert found["sum_2"].map(int).tolist() == sums["sum_2"].tolist(), (subject, slice_name)
            assert found["value_min"].tolist() == sums["lowest"].tolist()
            assert found["value_max"].tolist() == sums["highest"].tolist()
            if slice_name == "(all)":  # counted for the whole alone
                assert found["clamped_count"].tolist() == sums["clamped"].tolist()
                clamped_rows += int(sums["clamped"].sum())
            else:
                assert found["clamped_count"].isna().all()
            compared += len(sums)
    assert compared > 3_000
    assert clamped_rows > 10


def test_rows_at_the_exact_ends_are_counted(raw: pd.DataFrame, sketch: pd.DataFrame) -> None:
    ends = sketch[sketch["bin"].isin([-4, -5])]
    assert set(ends["slice_name"]) == {"(all)"}
    assert set(ends["grain"]) == {"day"}
    keys = [
        raw["role"].map(lambda role: "live" if role is None else role.lower()),
        raw["variant"].map(lambda v: v or ""),
        raw["version"].map(lambda v: v or "(missing)"),
        pd.to_datetime(raw["at"]).dt.floor("D"),
    ]
    total = 0
    for subject, (_, kind) in SUBJECTS.items():
        if kind in ("categorical", "boolean"):
            assert ends[ends["subject"] == subject].empty
            continue
        numbers = raw[subject].map(lambda v, kind=kind: None if v is None else number_of(v, kind))
        groups = numbers.dropna().astype(float).groupby(keys)
        for code, pick in ((-4, "min"), (-5, "max")):
            extreme = groups.agg(pick)
            counts = groups.agg(lambda part, pick=pick: int((part == getattr(part, pick)()).sum()))
            found = ends[(ends["subject"] == subject) & (ends["bin"] == code)].set_index(
                ["role", "arm", "model_version", "period_start"]
            )
            assert len(found) == len(extreme)
            found = found.loc[extreme.index]
            assert found["row_count"].tolist() == counts.tolist(), subject
            assert found["value_min"].tolist() == extreme.tolist()
            total += len(found)
    assert total > 1_000


def test_the_reference_is_counted_by_the_same_bins(
    project: Project,
    training: pd.DataFrame,
    ruler_bins: dict[str, pd.DataFrame],
    expected: pd.DataFrame,
    vocabulary: dict[str, list[str]],
) -> None:
    """(after `expected`, which knows what the reference knew)"""
    found = project.frame(
        "int_monitor__reference_bins", "monitor = 'cells' and bin not in (-4, -5, -9)"
    )
    labels = labelled(training, vocabulary)
    days = pd.to_datetime(training["at"]).dt.floor("D")
    parts = []
    for subject in (*SUBJECTS, *CONTEXT):
        for slice_name in ("(all)", "region", "device"):
            fine = slice_name == "(all)" or subject in FINE
            codes = coded(training[subject], subject, ruler_bins[subject], cells=not fine)
            frame = pd.DataFrame(
                {"period_start": days, "slice_value": labels[slice_name], "bin": codes}
            )
            counts = frame.value_counts().rename("expected").reset_index()
            parts.append(counts.assign(subject=subject, slice_name=slice_name))
    keys = ["period_start", "slice_value", "bin", "subject", "slice_name"]
    both = found[~found["slice_name"].str.contains("+", regex=False)].merge(
        pd.concat(parts), on=keys, how="outer"
    )
    odd = both[both["row_count"] != both["expected"]]
    assert odd.empty, odd[[*keys, "row_count", "expected"]].head(20)
    assert set(found["role"]) == {"reference"}
    assert set(found["model_version"]) == {"(all)"}


# -- the rulers, by hand

LEVELS = [
    "0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.15", "0.2", "0.25", "0.3", "0.35", "0.4",
    "0.45", "0.5", "0.55", "0.6", "0.65", "0.7", "0.75", "0.8", "0.85", "0.9", "0.95", "0.975",
    "0.99", "0.995", "0.999",
]  # fmt: skip


def percentile(ordered: list[float], level: str) -> float:
    """The least value that at least this share of the rows does not exceed."""
    rank = math.ceil(Fraction(level) * len(ordered))
    return ordered[max(rank, 1) - 1]


def below(value: float) -> float:
    return math.nextafter(value, -math.inf)


class Plain:
    """The ruler of one sample, read off statistics.md."""

    def __init__(self, values: list[float | None], *, probability: bool, settings: dict[str, Any]):
        self.values = sorted(
            value
            for value in values
            if value is not None and math.isfinite(value) and (not probability or 0 <= value <= 1)
        )
        counts = Counter(value + 0.0 for value in self.values)
        self.quantiles = {level: percentile(self.values, level) for level in LEVELS}
        self.alone = {
            value
            for value, count in counts.items()
            if count * 20 >= len(self.values) or len(counts) <= 20
        }
        self.points = self.alone | {0.0}
        for name in ("min", "threshold"):
            if name in settings:
                self.points.add(float(settings[name]))
        self.edges = {*self.quantiles.values(), *self.points, *map(below, self.points)}
        for name in ("max", "stale_above"):
            if name in settings:
                self.edges.add(float(settings[name]))
        if probability:
            self.edges |= {step / 100 for step in range(101)}
            self.edges = {edge for edge in self.edges if 0 <= edge <= 1}
        self.deciles = {self.quantiles[f"0.{tenth}"] for tenth in range(1, 10)}
        self.low, self.high = min(self.quantiles.values()), max(self.quantiles.values())
        median = self.quantiles["0.5"]
        # closer to 0 than 1e-100 is 0 (macros/formulas/doubles.sql)
        self.center = median if abs(median) >= 1e-100 else 0.0
        widths = [
            (self.quantiles["0.975"] - self.quantiles["0.025"]) / 4,
            (self.values[-1] - self.values[0]) / 4,
            abs(self.center),
            1.0,
        ]
        # a spread that is the rounding of the numbers themselves is none
        noise = 1e-9 * abs(self.center)
        self.scale = next(width for width in widths if width * 4 > noise and width > 0)

    def group(self, upper: float) -> tuple[str, float]:
        """What the bin that ends here is grouped with: a decile, or nothing for a frequent value."""
        if upper in self.alone:
            return ("alone", upper)
        return ("decile", sum(decile < upper for decile in self.deciles))


def plain_rulers() -> dict[str, Plain]:
    found = {
        name: Plain(values, probability=False, settings=SETTINGS[name])
        for name, values in SAMPLES.items()
    }
    for name, values in probability_samples().items():
        scores: Any = RULERS["scores"]
        found[name] = Plain(values, probability=True, settings=scores[name])
    return found


PLAIN = plain_rulers()


@pytest.fixture(scope="module")
def rulers(ruled: Project) -> dict[str, pd.DataFrame]:
    frame = ruled.frame("int_monitor__ruler_bins", "bin >= 0 and subject <> 'kind'")
    return {str(name): part.sort_values("bin") for name, part in frame.groupby("subject")}


@pytest.fixture(scope="module")
def fine(rulers: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: bins[bins["bin"] < 1000] for name, bins in rulers.items()}


def test_there_are_two_hundred_rulers(rulers: dict[str, pd.DataFrame]) -> None:
    assert set(rulers) == set(PLAIN)
    assert len(rulers) >= 200


def test_edges_stand_at_the_percentiles_points_and_what_was_asked_for(
    fine: dict[str, pd.DataFrame],
) -> None:
    for name, bins in fine.items():
        plain, uppers = PLAIN[name], bins["upper_edge"].tolist()
        assert bins["bin"].tolist() == list(range(len(bins)))
        assert uppers == sorted(set(uppers)), name
        inside = {edge for edge in uppers if plain.low <= edge <= plain.high}
        wanted = {edge for edge in plain.edges if plain.low <= edge <= plain.high}
        assert inside == wanted, (name, sorted(inside ^ wanted))
        assert plain.edges <= set(uppers), (name, plain.edges - set(uppers))


def test_bins_follow_each_other_and_leave_nothing_out(fine: dict[str, pd.DataFrame]) -> None:
    for name, bins in fine.items():
        rows = list(bins.itertuples())
        assert rows[-1].upper_edge == (1.0 if name in PROBABILITIES else math.inf)
        for before, here in itertools.pairwise(rows):
            if here.bin_kind == "point":
                assert here.lower_edge == here.upper_edge
                assert before.upper_edge == below(here.upper_edge), name
            else:
                assert here.lower_edge == before.upper_edge, name
        values = PLAIN[name].values
        assert {row.upper_edge for row in rows if row.bin_kind == "point"} == {
            point for point in PLAIN[name].points if name not in PROBABILITIES or 0 <= point <= 1
        }, name
        for value in values:
            bin_of(value, [(row.bin, row.lower_edge, row.upper_edge) for row in rows])


def test_eight_tail_bins_grow_beyond_each_end(fine: dict[str, pd.DataFrame]) -> None:
    """Where nothing that was asked for divides them."""
    undivided = 0
    for name, bins in fine.items():
        plain = PLAIN[name]
        if name in PROBABILITIES:
            assert "tail" not in set(bins["bin_kind"])
            continue
        outside = {edge for edge in plain.edges if not plain.low <= edge <= plain.high}
        lower = bins[bins["upper_edge"] <= plain.low]
        upper = bins[bins["lower_edge"] >= plain.high]
        assert (upper[upper["bin_kind"] != "point"]["bin_kind"] == "tail").all()
        for side, edge in ((lower, plain.low), (upper, plain.high)):
            reach = plain.high - plain.center if side is upper else plain.center - plain.low
            if max(reach, plain.scale) < 1e-9 * max(abs(plain.low), abs(plain.high)):
                continue  # too near to each other for their widths to be exact
            asked = [one for one in outside if (one < edge) == (side is lower)]
            tails = side[side["bin_kind"] == "tail"]
            if asked and asked != [below(plain.low)]:
                assert len(tails) >= 8, name
                continue
            # the last value may be a point bin, and just below it ends a bin of its own
            assert len(tails) == 8, (name, tails[["lower_edge", "upper_edge", "bin_kind"]])
            ends = (
                tails["upper_edge"].tolist()[:-1] if side is upper else tails["upper_edge"].tolist()
            )
            steps = np.abs(np.diff([plain.high, *ends] if side is upper else [*ends]))
            steps = steps if side is upper else steps[::-1]
            assert np.allclose(steps[1:] / steps[:-1], 3.0, rtol=1e-3), (name, steps)
            assert abs(ends[-1] if side is upper else ends[0]) < math.inf
            undivided += 1
    assert undivided > 100


def test_a_threshold_divides_what_is_at_it_from_what_is_below(
    fine: dict[str, pd.DataFrame],
) -> None:
    scores: Any = RULERS["scores"]
    for name, settings in scores.items():
        if "threshold" not in settings:
            continue
        threshold = float(settings["threshold"])
        bins = fine[name]
        straddles = bins[
            (bins["lower_edge"] < threshold)
            & (bins["upper_edge"] >= threshold)
            & ~((bins["bin_kind"] == "point") & (bins["upper_edge"] == threshold))
        ]
        straddles = straddles[straddles["lower_edge"] > -math.inf]
        assert straddles.empty, straddles


def test_groups_are_deciles_and_frequent_values_stay_alone(fine: dict[str, pd.DataFrame]) -> None:
    for name, bins in fine.items():
        plain = PLAIN[name]
        keys = [plain.group(upper) for upper in bins["upper_edge"]]
        groups = bins["bin_group"].tolist()
        assert len(set(zip(keys, groups, strict=True))) == len(set(keys)) == len(set(groups)), name
        assert sorted(set(groups)) == list(range(len(set(groups))))
    continuous = [
        name
        for number, name in enumerate(SAMPLES)
        if number % 12 in (0, 1, 5, 9) and len(PLAIN[name].values) >= 199
    ]
    assert len(continuous) >= 12
    for name in continuous:
        assert len(set(fine[name]["bin_group"])) == 10, name


def test_cells_are_the_runs_of_bins_that_no_rate_and_no_group_divides(
    rulers: dict[str, pd.DataFrame], fine: dict[str, pd.DataFrame]
) -> None:
    flags = ["bin_group", "is_zero", "is_out_of_range", "is_stale"]
    for name, bins in rulers.items():
        cells = bins[bins["bin"] >= 1000]
        assert cells["bin"].tolist() == list(range(1000, 1000 + len(cells))), name
        # a new one begins exactly where a flag or the group changes
        marks = list(zip(*(fine[name][flag] for flag in flags), strict=True))
        changes = [here != before for before, here in itertools.pairwise(marks)]
        codes = np.cumsum([1000, *changes]).tolist()
        assert fine[name]["cell_bin"].tolist() == codes, name
        parts = fine[name].groupby("cell_bin")
        assert cells["lower_edge"].tolist() == parts["lower_edge"].first().tolist()
        assert cells["upper_edge"].tolist() == parts["upper_edge"].last().tolist()
        for flag in flags:
            assert cells[flag].tolist() == parts[flag].first().tolist(), (name, flag)


def test_what_lies_out_of_range_or_is_zero_or_stale_is_known_by_its_bin(
    fine: dict[str, pd.DataFrame],
) -> None:
    for name, settings in SETTINGS.items():
        for row in fine[name].itertuples():
            lowest = (
                row.upper_edge
                if row.bin_kind == "point"
                else math.nextafter(row.lower_edge, math.inf)
            )
            for value in (lowest, row.upper_edge):
                out = value < settings.get("min", -math.inf) or value > settings.get(
                    "max", math.inf
                )
                assert row.is_out_of_range == out, (name, value)
                assert row.is_zero == (value == 0.0), (name, value)
                assert row.is_stale == (value > settings.get("stale_above", math.inf)), (
                    name,
                    value,
                )


def test_the_centre_is_the_median_and_the_scale_a_quarter_of_the_middle(ruled: Project) -> None:
    frame = ruled.frame("int_monitor__ruler_subjects", "subject <> 'kind'")
    assert len(frame) == len(PLAIN)
    for row in frame.itertuples():
        plain = PLAIN[row.subject]
        assert row.center == plain.center, row.subject
        assert row.scale == plain.scale, row.subject
        assert row.valid_row_count == len(plain.values)
        assert row.distinct_count == len(set(plain.values))
        assert row.ruler_version == 1


def test_categories_are_the_largest_of_the_reference(
    training: pd.DataFrame, ruler_bins: dict[str, pd.DataFrame]
) -> None:
    for subject in ("product", "plan", "city", "region", "device"):
        counts = Counter(str(value) for value in training[subject] if value is not None)
        allowed = FEATURES.get(subject, {}).get("values", [])
        names = [*counts, *(name for name in allowed if name not in counts)]
        ordered = sorted(
            names, key=lambda name: (name not in allowed, -counts[name], name.encode())
        )
        bins = ruler_bins[subject]
        kept_names = bins[bins["bin_kind"] == "category"].sort_values("bin")["category"].tolist()
        assert kept_names == [_category(name) for name in ordered[: LIMITS["categories"]]]
        others = bins[bins["bin_kind"] == "other"]
        assert len(others) == (len(ordered) > LIMITS["categories"])
        flagged = bins[bins["is_out_of_range"]]
        if subject == "city":
            # a bin for each, and one for whatever the reference did not have
            assert sorted(flagged["category"]) == sorted(
                [*set(kept_names) - set(allowed), "(unseen)"]
            )
        else:
            assert flagged.empty
        assert bins[bins["bin"] >= 0]["bin_group"].is_unique


@pytest.mark.slow
def test_a_first_run_reads_all_that_it_has_sketched(tmp_path: Path) -> None:
    """DuckDB 2.0.0 meets no row by a filter that was inserted where `create table as` made none."""
    features = [f"f{number}" for number in range(10)]
    columns = ", ".join(
        f"hash(i * 11 + {number}) % 1000 / 1000.0 as {name}" for number, name in enumerate(features)
    )
    log = f"""
        select
            timestamp '2026-01-01' + to_seconds(i * 28) as served_at,
            'place ' || hash(i + 1) % 20 as place, 'device ' || hash(i + 2) % 20 as device,
            {columns}
        from range(120000) as rows (i)
    """
    monitor = {
        "name": "wide",
        "problem": "regression",
        "predictions": {"source": ["logs", "log"], "time": "served_at"},
        "features": features,
        "slices": ["place", "device"],
        "limits": {"min_cell": 20, "slice_values": 30},
    }
    project = Project(tmp_path / "shop", [monitor], {"log": log})
    # as dbt has it unless told otherwise: what is written stays in memory until the end
    profiles = project.folder / "profiles.yml"
    profiles.write_text(profiles.read_text().replace("keep_open: false", "keep_open: true"))
    project.build("2026-02-08T06:00:00Z", "+int_monitor__window_sums")
    (bins,) = project.query("select count(*) as n from int_monitor__bins")["n"]
    assert bins > 122_880, "a row group is full"
    counted = project.query(
        "select date_trunc('day', served_at) as day, count(*) as n from logs.log"
        " where served_at < timestamp '2026-02-08' group by all"
    )
    found = project.query(
        "select window_end - interval '1 day' as day, row_count as n"
        " from int_monitor__window_sums inner join int_monitor__series using (series_id)"
        " where slice_name = '(all)' and subject = 'f0' and model_version = '(all)'"
        " and window_name = 'day'"
    )
    counted, found = (frame.sort_values("day", ignore_index=True) for frame in (counted, found))
    pd.testing.assert_frame_equal(counted, found)
