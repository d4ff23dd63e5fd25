"""Finds the columns with a role, such as time, id or label. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.inspect.datatypes import BOOLEAN, NUMBER, TEXT, TIME, family
from model_monitor.inspect.samples import Values
from model_monitor.propose.column_names import (
    IDS,
    LABEL,
    LOADED,
    ROLES,
    SERVING_ROLES,
    SLICE_VALUES,
    TIMES,
    VARIANTS,
)


@dataclass(frozen=True)
class Facts:
    """One column: name, type, sample of its values, and all values if they are few."""

    name: str
    data_type: str
    values: Values
    few: tuple[str, ...] = ()

    @property
    def lower(self) -> str:
        return self.name.lower()

    @property
    def family(self) -> str:
        return family(self.data_type)

    @property
    def distinct(self) -> int:
        return self.values.distinct or 0

    @property
    def is_unique(self) -> bool:
        return self.values.rows > 1 and self.distinct == self.values.rows

    @property
    def is_nearly_unique(self) -> bool:
        """Whether it is probably an id with some rows loaded twice."""
        return self.distinct >= 0.9 * self.values.rows > 1

    @property
    def is_share(self) -> bool:
        low, high = self.values.lowest, self.values.highest
        return self.family == NUMBER and low is not None and low >= 0 and high <= 1

    @property
    def is_integer(self) -> bool:
        return self.family == NUMBER and "int" in self.data_type


@dataclass
class Guess:
    """An entry for `monitors:` without name and relation, and the omitted columns."""

    roles: dict[str, str] = field(default_factory=dict)
    experiment: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    slices: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def named(columns: Iterable[Facts], names: Sequence[str]) -> Facts | None:
    by_name = {column.lower: column for column in columns}
    return next((by_name[name] for name in names if name in by_name), None)


def is_column_name(name: str) -> bool:
    """Whether the configuration accepts it as a column name."""
    return is_name(name) and not re.search(r"\w\(|;", name)


def is_name(name: str) -> bool:
    """Whether the configuration accepts it as a name (macros/config/walk.sql)."""
    return name == name.strip() != "" and not re.search(r"[\x00-\x1f\x7f'\"`\\{}]", name)


def find_times(columns: Sequence[Facts], found: Guess) -> None:
    times = [c for c in columns if c.family == TIME and is_column_name(c.name)]
    events = [column for column in times if not LOADED.search(column.lower)]
    # Prefer an event time: a single load gives all its rows one loading time.
    event = named(events, TIMES) or next(iter(events), None) or next(iter(times), None)
    if event is not None:
        found.roles["time"] = event.name
    loaded = next((c for c in times if LOADED.search(c.lower) and c != event), None)
    if loaded is not None:
        found.roles["loaded_at"] = loaded.name


def find_ids(columns: Sequence[Facts], found: Guess) -> None:
    taken = {*ROLES["user"], *ROLES["item"], *ROLES["request"]}
    unique = [
        column
        for column in columns
        if (column.is_unique or (column.is_nearly_unique and column.lower in IDS))
        and is_column_name(column.name)
        and (column.family == TEXT or column.is_integer)
        and (column.lower in IDS or re.search(r"(^|_)(id|uuid|key)$", column.lower))
    ]
    chosen = named(unique, IDS) or next((c for c in unique if c.lower not in taken), None)
    chosen = chosen or next(iter(unique), None)
    if chosen is not None:
        found.roles["id"] = chosen.name


def find_roles(columns: Sequence[Facts], found: Guess) -> None:
    for role, names in ROLES.items():
        free = [
            column
            for column in columns
            if column.name not in found.roles.values()
            and is_column_name(column.name)
            and fits(role, column)
        ]
        column = named(free, names)
        if column is None and role == "label":
            column = next((c for c in free if is_label(c, columns)), None)
        if column is not None:
            found.roles[role] = column.name


def is_label(column: Facts, columns: Sequence[Facts]) -> bool:
    """`observed_ctr_7d` is a feature; `actual_minutes` next to `eta_minutes` is a label."""
    if not LABEL.search(column.lower):
        return False
    if column.family == NUMBER and column.distinct > 2:
        others = (each for each in columns if each.family == NUMBER and each.name != column.name)
        return any(is_about(column, other) for other in others)
    return True


def is_about(label: Facts, other: Facts) -> bool:
    """Whether another column is named after the same quantity as the label."""
    return f"_{LABEL.sub('', label.lower)}_" in f"_{other.lower}_"


def find_experiment(columns: Sequence[Facts], found: Guess) -> None:
    column = named([c for c in columns if is_column_name(c.name)], VARIANTS)
    controls = [value for value in column.few if value.lower() == "control"] if column else []
    if column is None or not controls:
        return
    found.experiment = {"variant": column.name, "control": controls[0]}
    by_id = named(columns, ("experiment_id", "experiment", "experiment_name"))
    if by_id is not None:
        found.experiment = {"id": by_id.name, **found.experiment}


def fits(role: str, column: Facts) -> bool:
    """Whether the values of a column fit a role."""
    is_name = column.family in (TEXT, NUMBER)
    fitting = {
        "version": is_name and column.distinct <= SLICE_VALUES,
        "position": column.is_integer,
        "role": bool(column.few) and {value.lower() for value in column.few} <= SERVING_ROLES,
        "decision": column.family == BOOLEAN or (column.is_integer and column.distinct <= 2),
        "confidence": column.is_share,
        "label": column.family in (BOOLEAN, NUMBER),
    }
    return fitting.get(role, is_name)
