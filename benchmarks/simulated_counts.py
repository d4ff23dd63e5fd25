"""Simulated rows counted against the rulers of a job: what the sketches of a log would hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from bench import SCHEMA
from simulated_logs import CATEGORIES, SHAPES, Array, Subject, World, category, truth


@dataclass(frozen=True)
class Ruler:
    """How the values of one subject fall into bins."""

    edges: Array  # upper ones, beneath the shape; of categories their bins, by code
    cells: Array  # the cell of each fine bin
    center: float
    scale: float
    keeps_fine: bool  # in slices too

    def bins(self, subject: Subject, z: Array) -> Array:
        if subject.is_numeric:
            return np.searchsorted(self.edges, z, side="left")
        if subject.shape == "boolean":
            return truth(subject, z).astype(int)
        codes = z.astype(int) if subject.shape == "slice" else category(z)
        return self.edges[codes]


Counts = dict[str, Array]


def count_day(world: World, rulers: Mapping[str, Ruler], day: int) -> Iterator[Counts]:
    """What the sketch of a day holds: by slice (0 the whole), subject and bin."""
    z, gone, first, second = world.day(day)
    count = world.slice_values
    second_order = np.argsort(second, kind="stable")
    places = [(0, np.zeros_like(first), None), (1, first, None), (1 + count, second[second_order],
              second_order)]  # fmt: skip
    for j, subject in enumerate(world.subjects):
        ruler = rulers[subject.name]
        fine = ruler.bins(subject, z[j])
        fine = np.where(gone[j], -1, fine)
        u = x = None
        if subject.is_numeric:
            x = SHAPES[subject.shape][0](z[j].astype(float))
            x[gone[j]] = np.nan
            u = (x - ruler.center) / ruler.scale
        for base, codes, order in places:
            is_whole = base == 0
            bins = fine if is_whole or ruler.keeps_fine else cells_of(fine, ruler)
            yield from count_place(j, base, codes, order, bins, (x, u))


def cells_of(fine: Array, ruler: Ruler) -> Array:
    return np.where(fine < 0, fine, ruler.cells[np.maximum(fine, 0)])


def count_place(
    j: int, base: int, codes: Array, order: Array | None, bins: Array, numbers: tuple
) -> Iterator[Counts]:
    if order is not None:
        bins = bins[order]
    width = 2048
    counted = np.bincount(codes * width + bins + 3)
    at = np.flatnonzero(counted)
    yield rows_of(j, base + at // width, at % width - 3, counted[at])
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    sizes = np.diff(starts, append=len(codes))
    here = base + codes[starts]
    x, u = numbers
    if x is None:
        yield rows_of(j, here, np.full(len(here), -9), sizes)
        return
    if order is not None:
        x, u = x[order], u[order]
    u = np.nan_to_num(u)
    low, high = np.fmin.reduceat(x, starts), np.fmax.reduceat(x, starts)
    s1, s2 = np.add.reduceat(u, starts), np.add.reduceat(u * u, starts)
    yield rows_of(j, here, np.full(len(here), -9), sizes, (s1, s2, low, high))
    if base == 0:
        for code, end in ((-4, low), (-5, high)):
            none = np.full(1, np.nan)
            yield rows_of(j, here, np.array([code]), np.ones(1, int), (none, none, end, end))


def rows_of(
    j: int, place: Array, bins: Array, counted: Array, sums: tuple[Array, ...] | None = None
) -> Counts:
    none = np.full(len(place), np.nan)
    s1, s2, low, high = sums or (none, none, none, none)
    return {
        "subject": np.full(len(place), j),
        "place": place,
        "bin": bins,
        "n": counted,
        "s1": s1 * 1e6,
        "s2": s2 * 1e6,
        "low": low,
        "high": high,
    }


def count_days(world: World, rulers: Mapping[str, Ruler], days: range) -> pd.DataFrame:
    parts: list[pd.DataFrame] = []
    for day in days:
        counts = list(count_day(world, rulers, day))
        frame = pd.DataFrame({k: np.concatenate([c[k] for c in counts]) for k in counts[0]})
        parts.append(frame.assign(day=day))
    return pd.concat(parts, ignore_index=True)


def read_rulers(
    connection: duckdb.DuckDBPyConnection, everything: Sequence[Subject]
) -> dict[str, Ruler]:
    """Rulers are the same for all monitors, which share their training set."""
    edges = connection.execute(
        f"select subject, bin, cell_bin, upper_edge from {SCHEMA}.int_monitor__ruler_bins"
        " where monitor = 'm0' and bin between 0 and 999 order by subject, bin"
    ).df()
    about = connection.execute(
        f"select subject, center, scale from {SCHEMA}.int_monitor__ruler_subjects"
        " where monitor = 'm0'"
    ).df()
    categories = connection.execute(
        f"select subject, category, bin from {SCHEMA}.int_monitor__ruler_categories"
        " where monitor = 'm0'"
    ).df()
    rulers = {}
    for subject in everything:
        if subject.name not in set(about.subject):  # a column that is not sliced by
            rulers[subject.name] = Ruler(np.arange(100), np.arange(100), 0.0, 1.0, True)
            continue
        mine = edges[edges.subject == subject.name]
        fact = about[about.subject == subject.name].iloc[0]
        upper = mine.upper_edge.to_numpy(float)
        if subject.is_numeric:
            with np.errstate(divide="ignore", invalid="ignore"):
                upper = SHAPES[subject.shape][1](upper)
        elif subject.shape != "boolean":
            known = categories[categories.subject == subject.name].set_index("category").bin
            count = len(known) if subject.shape == "slice" else len(CATEGORIES)
            upper = np.array([*(known.get(f"v{code}", -3) for code in range(count)), -3])
        rulers[subject.name] = Ruler(
            upper,
            mine.cell_bin.to_numpy(int),
            float(fact.center or 0) if subject.is_numeric else 0.0,
            float(fact.scale or 1) if subject.is_numeric else 1.0,
            subject.kind in ("score", "operation") or not subject.is_numeric,
        )
    return rulers
