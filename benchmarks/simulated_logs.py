"""Logs whose rows are simulated and counted against a ruler in numpy, straight into sketches.

A row belongs to a user, and users differ: each subject of a row is partly its user's. Beneath every
subject lies a standard normal, shifted a little by weekday and slice; a shape turns it into the
value that the log would have. Bins are monotone, so a row is counted without being written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import norm

Array = np.ndarray
SHARES = np.array([20, 15, 10, 8, 7, 6, 5, 5, 4, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1]) / 100
CATEGORIES = np.array([30, 25, 20, 15, 10]) / 100
ERROR_RATE = 0.003
# of a day's traffic, most in the afternoon
TRAFFIC = 1 + 0.6 * np.cos(2 * np.pi * (np.arange(24) - 15) / 24)

# value of a standard normal, and back
SHAPES: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "normal": (lambda z: z, lambda x: x),
    "lognormal": (lambda z: np.exp(0.5 * z), lambda x: np.log(np.maximum(x, 0.0)) / 0.5),
    "probability": (
        lambda z: 1 / (1 + np.exp(2 - 0.8 * z)),
        lambda x: (np.log(np.maximum(x, 0.0)) - np.log(np.maximum(1 - x, 0.0)) + 2) / 0.8,
    ),
    "milliseconds": (
        lambda z: 100 * np.exp(0.4 * z),
        lambda x: np.log(np.maximum(x / 100, 0.0)) / 0.4,
    ),
}


@dataclass(frozen=True)
class Subject:
    name: str
    kind: str  # score, feature, operation, context
    shape: str  # one of SHAPES, or categorical, boolean, slice
    likeness: float = 0.0  # share of the variance that lies between users
    week: float = 0.0  # how far weekends are shifted, in standard deviations
    missing: float = 0.0
    is_critical: bool = False
    hours: float = 0.0  # how far afternoons are shifted up, and nights down

    @property
    def is_numeric(self) -> bool:
        return self.shape in SHAPES

    @property
    def is_primary(self) -> bool:
        return self.name == "p_main"


def subjects(count: int) -> list[Subject]:
    """Two scores, categories, booleans, operations, the slices; the others numeric features."""
    fixed = [
        Subject("p_main", "score", "probability", 0.2, 0.1, hours=0.1),
        Subject("p_second", "score", "probability", 0.4, 0.0),
        Subject("kind", "feature", "categorical", 0.2, 0.2, is_critical=True, hours=0.2),
        Subject("shop", "feature", "categorical", 0.6, 0.0),
        Subject("is_member", "feature", "boolean", 0.8, 0.0),
        Subject("latency_ms", "operation", "milliseconds", 0.05, 0.1, hours=0.3),
        Subject("is_error", "operation", "boolean", 0.05, 0.0),
        Subject("s1", "context", "slice"),
        Subject("s2", "context", "slice"),
    ]
    numeric = [
        Subject(
            f"f{i}",
            "feature",
            ("normal", "lognormal")[i % 2],
            (0.05, 0.2, 0.5, 0.8)[i % 4],
            (0.0, 0.0, 0.3)[i % 3],
            (0.0, 0.02, 0.05, 0.0, 0.1)[i % 5],
            is_critical=i in (0, 1),
            hours=(0.0, 0.3, 0.0, 0.1)[i % 4],
        )
        for i in range(max(count - len(fixed), 1))
    ]
    return [*fixed, *numeric]


@dataclass(frozen=True)
class Change:
    """What is planted: from `day` on, the subject (in one slice value) is different."""

    name: str
    subject: str
    day: int
    how: str  # mean, scale, tail, missing, replaced, unseen, slow
    size: float
    slice_value: tuple[str, int] | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of a day: normals (subject by row), what is missing of them, slices, hours."""

    z: Array
    gone: Array
    first: Array
    second: Array
    hour: Array


@dataclass
class World:
    """One monitor's rows, day by day."""

    subjects: list[Subject]
    rows_per_day: int
    rows_per_user: int
    random: np.random.Generator
    slice_values: int = 20
    changes: list[Change] = field(default_factory=list)
    has_hours: bool = False  # whether rows have an hour, and subjects a course of the day

    def __post_init__(self) -> None:
        users = max(6 * self.rows_per_day // self.rows_per_user, 200)
        count = len(self.subjects)
        self.shares = SHARES[: self.slice_values] / SHARES[: self.slice_values].sum()
        self.user_slice = self.random.choice(self.slice_values, users, p=self.shares)
        self.effects = self.random.standard_normal((count, users), np.float32)
        self.absences = self.random.standard_normal((count, users), np.float32)
        # slices differ from each other, and always in the same way: nothing drifts by that
        offsets = np.random.default_rng(7).normal(0, 0.2, (2, count, self.slice_values))
        # and nothing is wrong in any: errors stay below the fixed threshold of their rule
        offsets[:, [subject.name == "is_error" for subject in self.subjects]] = 0.0
        self.offsets = offsets.astype(np.float32)

    def day(self, day: int) -> Rows:
        r = self.random
        weekend = day % 7 >= 5
        rows = self.rows_per_day * (0.75 if weekend else 1.1) * np.exp(r.normal(0, 0.05))
        per_user = r.poisson(self.rows_per_user - 1, self.effects.shape[1]) + 1
        order = r.permutation(self.effects.shape[1])
        order = order[: max(np.searchsorted(np.cumsum(per_user[order]), rows), 1)]
        user = np.repeat(order, per_user[order])
        first = self.user_slice[user]
        by_slice = np.argsort(first, kind="stable")
        user, first = user[by_slice], first[by_slice]
        second = r.choice(self.slice_values, len(user), p=self.shares)
        hour, course = np.zeros(len(user), int), np.zeros(len(user), np.float32)
        if self.has_hours:  # a user comes once a day
            visits = r.choice(24, self.effects.shape[1], p=TRAFFIC / TRAFFIC.sum())
            hour = visits[user]
            course = np.cos(2 * np.pi * (hour - 15) / 24).astype(np.float32)
        z = r.standard_normal((len(self.subjects), len(user)), np.float32)
        gone = np.zeros(z.shape, bool)
        for j, subject in enumerate(self.subjects):
            if subject.shape == "slice":
                z[j] = first if subject.name == "s1" else second
                continue
            own, shared = np.sqrt(1 - subject.likeness), np.sqrt(subject.likeness)
            z[j] = own * z[j] + shared * self.effects[j][user]
            z[j] += self.offsets[0][j][first] + self.offsets[1][j][second]
            z[j] += subject.week * weekend + subject.hours * course
            if subject.missing:
                absent = 0.8 * r.standard_normal(len(user), np.float32)
                absent += 0.6 * self.absences[j][user]
                gone[j] = absent < norm.ppf(subject.missing)
        for change in self.changes:
            if day >= change.day:
                self._apply(change, day, z, gone, (first, second))
        return Rows(z, gone, first, second, hour)

    def _apply(
        self, change: Change, day: int, z: Array, gone: Array, slices: tuple[Array, Array]
    ) -> None:
        j = next(j for j, subject in enumerate(self.subjects) if subject.name == change.subject)
        where = np.ones(z.shape[1], bool)
        if change.slice_value:
            where = slices[("s1", "s2").index(change.slice_value[0])] == change.slice_value[1]
        if change.how == "mean":
            z[j][where] += change.size
        elif change.how == "slow":
            z[j][where] += change.size * (day - change.day)
        elif change.how == "scale":
            z[j][where] *= change.size
        elif change.how == "missing":
            gone[j] |= where & (self.random.random(len(where)) < change.size)
        elif change.how == "tail":
            z[j] = raised_tail(z[j], self.subjects[j].shape, change.size)
        else:
            codes = category(z[j])
            hit = codes == int(np.argmin(np.abs(CATEGORIES - change.size)))
            z[j][hit] = np.nan if change.how == "unseen" else middle_of(1)


def raised_tail(z: Array, shape: str, size: float) -> Array:
    """Values above the 90% point grow, by `size` from the 95% point on."""
    value, normal = SHAPES[shape]
    low, high = np.quantile(z, [0.9, 0.95])
    factor = 1 + size * np.clip((z - low) / (high - low), 0, 1)
    x = value(z.astype(float)) * factor
    return normal(np.minimum(x, 0.999) if shape == "probability" else x).astype(np.float32)


# slices shift the normals too: their variance is a little above 1
CUTS = norm.ppf(np.cumsum(CATEGORIES)[:-1]) * np.sqrt(1.08)


def category(z: Array) -> Array:
    """Which of CATEGORIES; one beyond the last for what the reference never had."""
    return np.where(np.isnan(z), len(CATEGORIES), np.searchsorted(CUTS, z))


def middle_of(code: int) -> float:
    bounds = [-3.0, *CUTS, 3.0]
    return float((bounds[code] + bounds[code + 1]) / 2)


def truth(subject: Subject, z: Array) -> Array:
    """A boolean subject."""
    return z < norm.ppf(ERROR_RATE) if subject.name == "is_error" else z > 0.5


def values(world: World, day: int) -> pd.DataFrame:
    """The rows of a day as a log has them."""
    rows = world.day(day)
    z, gone = rows.z, rows.gone
    columns: dict[str, object] = {}
    for j, subject in enumerate(world.subjects):
        if subject.is_numeric:
            x = SHAPES[subject.shape][0](z[j].astype(float))
            columns[subject.name] = np.where(gone[j], np.nan, x)
        elif subject.shape == "boolean":
            columns[subject.name] = truth(subject, z[j])
        else:
            codes = z[j] if subject.shape == "slice" else category(z[j])
            columns[subject.name] = [f"v{int(code)}" for code in codes]
    return pd.DataFrame(columns)
