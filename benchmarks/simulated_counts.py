"""Simulated rows counted against the rulers of a job: what the sketches of a log would hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from bench import SCHEMA
from simulated_logs import CATEGORIES, SHAPES, Array, Rows, Subject, World, category, truth

MIN_ROWS = 500  # of the configuration: an hour of a slice below that is not kept


@dataclass(frozen=True)
class Ruler:
    """How the values of one subject fall into bins."""

    edges: Array  # upper ones, beneath the shape; of categories their bins, by code
    cells: Array  # the cell of each fine bin
    center: float
    scale: float
    keeps_fine: bool  # in slices of days too

    def bins(self, subject: Subject, z: Array) -> Array:
        if subject.is_numeric:
            return np.searchsorted(self.edges, z, side="left")
        if subject.shape == "boolean":
            return truth(subject, z).astype(int)
        codes = z.astype(int) if subject.shape == "slice" else category(z)
        return self.edges[codes]


Counts = dict[str, Array]


@dataclass(frozen=True)
class Cut:
    """Rows in groups: of the whole or of the values of a column, by the day or the hour."""

    base: int  # place of the first group: 0 the whole
    width: int  # groups in a day, or in each hour of it
    codes: Array  # group of a row, from small to large
    order: Array | None = None  # of the rows, for that
    by_hour: bool = False
    least: int = 0  # rows of a group that is kept

    @property
    def is_whole(self) -> bool:
        return self.base == 0

    def bins(self, subject: Subject, ruler: Ruler, fine: Array) -> Array:
        """Whole days are fine; else scores and operations, in hours of slices the first alone."""
        if self.is_whole:
            is_fine = not self.by_hour or ruler.keeps_fine
        else:
            is_fine = subject.is_primary if self.by_hour else ruler.keeps_fine
        bins = fine if is_fine or not subject.is_numeric else cells_of(fine, ruler)
        return bins if self.order is None else bins[self.order]

    def has(self, subject: Subject) -> bool:
        is_watched = subject.kind in ("score", "operation") or subject.is_critical
        return self.is_whole or not self.by_hour or is_watched


def cuts(rows: Rows, world: World, columns: Sequence[str]) -> list[Cut]:
    count, none = world.slice_values, np.zeros_like(rows.first)
    places = {"s1": (1, rows.first), "s2": (1 + count, rows.second)}
    found = [Cut(0, 1, none)]
    for name in columns:
        base, codes = places[name]
        order = np.argsort(codes, kind="stable")
        found.append(Cut(base, count, codes[order], order))
    if world.has_hours:
        order = np.argsort(rows.hour, kind="stable")
        found.append(Cut(0, 1, rows.hour[order], order, by_hour=True))
        for name in columns:
            base, codes = places[name]
            codes = rows.hour * count + codes
            order = np.argsort(codes, kind="stable")
            found.append(Cut(base, count, codes[order], order, by_hour=True, least=MIN_ROWS))
    return found


def count_day(
    world: World, rulers: Mapping[str, Ruler], columns: Sequence[str], day: int
) -> Iterator[Counts]:
    """What the sketch of a day holds: by slice (0 the whole), hour (-1 the day), subject, bin."""
    rows = world.day(day)
    kept = [(cut, large_groups(cut)) for cut in cuts(rows, world, columns)]
    for j, subject in enumerate(world.subjects):
        ruler = rulers[subject.name]
        fine = np.where(rows.gone[j], -1, ruler.bins(subject, rows.z[j]))
        x = u = None
        if subject.is_numeric:
            x = SHAPES[subject.shape][0](rows.z[j].astype(float))
            x[rows.gone[j]] = np.nan
            u = (x - ruler.center) / ruler.scale
        for cut, groups in kept:
            if cut.has(subject):
                for counts in count_groups(j, cut, cut.bins(subject, ruler, fine), (x, u)):
                    is_kept = groups[counts.pop("group")]
                    yield {name: values[is_kept] for name, values in counts.items()}


def large_groups(cut: Cut) -> Array:
    return np.bincount(cut.codes) >= cut.least


def cells_of(fine: Array, ruler: Ruler) -> Array:
    return np.where(fine < 0, fine, ruler.cells[np.maximum(fine, 0)])


def count_groups(j: int, cut: Cut, bins: Array, numbers: tuple) -> Iterator[Counts]:
    width = 2048
    counted = np.bincount(cut.codes * width + bins + 3)
    at = np.flatnonzero(counted)
    yield rows_of(j, cut, at // width, at % width - 3, counted[at])
    starts = np.flatnonzero(np.diff(cut.codes, prepend=-1))
    sizes = np.diff(starts, append=len(cut.codes))
    here = cut.codes[starts]
    x, u = numbers
    if x is None:
        yield rows_of(j, cut, here, np.full(len(here), -9), sizes)
        return
    if cut.order is not None:
        x, u = x[cut.order], u[cut.order]
    u = np.nan_to_num(u)
    low, high = np.fmin.reduceat(x, starts), np.fmax.reduceat(x, starts)
    s1, s2 = np.add.reduceat(u, starts), np.add.reduceat(u * u, starts)
    yield rows_of(j, cut, here, np.full(len(here), -9), sizes, (s1, s2, low, high))
    if cut.is_whole and not cut.by_hour:
        for code, end in ((-4, low), (-5, high)):
            none = np.full(1, np.nan)
            yield rows_of(j, cut, here, np.array([code]), np.ones(1, int), (none, none, end, end))


def rows_of(
    j: int,
    cut: Cut,
    group: Array,
    bins: Array,
    counted: Array,
    sums: tuple[Array, ...] | None = None,
) -> Counts:
    none = np.full(len(group), np.nan)
    s1, s2, low, high = sums or (none, none, none, none)
    return {
        "group": group,
        "subject": np.full(len(group), j),
        "place": cut.base + group % cut.width,
        "hour": group // cut.width if cut.by_hour else np.full(len(group), -1),
        "bin": bins,
        "n": counted,
        "s1": s1 * 1e6,
        "s2": s2 * 1e6,
        "low": low,
        "high": high,
    }


def count_days(
    world: World, rulers: Mapping[str, Ruler], columns: Sequence[str], days: range
) -> pd.DataFrame:
    parts: list[pd.DataFrame] = []
    for day in days:
        counts = list(count_day(world, rulers, columns, day))
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
