"""Guesses what the columns of a table of predictions are. Pure: column facts in, an entry out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.datatypes import BOOLEAN, NUMBER, TEXT, TIME, family
from model_monitor.facts import Values
from model_monitor.words import (
    CATEGORIES,
    CONTEXT,
    IDS,
    LOADED,
    MAX_SLICES,
    MAYBE_SCORE,
    OPERATION,
    ROLES,
    SCORE,
    SERVING_ROLES,
    SLICE_VALUES,
    TIMES,
    VARIANTS,
)


@dataclass(frozen=True)
class Facts:
    """One column: its name, its type, a sample of its values, its few values where it has few."""

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
        """An id all the same: a load that came twice."""
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
    """An entry for `monitors:` without its name and relation, and the columns it leaves out."""

    roles: dict[str, str] = field(default_factory=dict)
    experiment: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    slices: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def guess(columns: Sequence[Facts], quote: Callable[[str], str]) -> Guess:
    found = Guess()
    find_times(columns, found)
    find_ids(columns, found)
    find_roles(columns, found)
    find_experiment(columns, found)
    taken = {*found.roles.values(), *found.experiment.values()}
    rest = [column for column in columns if column.name not in taken]
    scores = scores_of(rest)
    found.problem = problem_of(scores, label_of(columns, found), found.roles)
    for column in scores:
        add(found, found.scores, column, said_of_score(column, found), quote)
    rest = [column for column in rest if column not in scores]
    found.slices = slices_of(rest)
    for column in rest:
        if column.name not in found.slices:
            add_subject(found, column, quote)
    return found


def named(columns: Iterable[Facts], names: Sequence[str]) -> Facts | None:
    by_name = {column.lower: column for column in columns}
    return next((by_name[name] for name in names if name in by_name), None)


def is_column_name(name: str) -> bool:
    """Whether the configuration takes it as the name of a column."""
    return not re.search(r"[()'\";\n]|\{[{%#]", name) and bool(name.strip())


def find_times(columns: Sequence[Facts], found: Guess) -> None:
    times = [c for c in columns if c.family == TIME and is_column_name(c.name)]
    events = [column for column in times if not LOADED.search(column.lower)]
    # A log of one load has one loading time; an event's time is the one that moves.
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
        if column is not None:
            found.roles[role] = column.name


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
    """Whether its values can be what its name says."""
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


def label_of(columns: Sequence[Facts], found: Guess) -> Facts | None:
    return next((c for c in columns if c.name == found.roles.get("label")), None)


def scores_of(columns: Sequence[Facts]) -> list[Facts]:
    numbers = [column for column in columns if column.family == NUMBER and column.distinct > 1]
    sure = [column for column in numbers if SCORE.search(column.lower)]
    return sure or [column for column in numbers if MAYBE_SCORE.search(column.lower)]


def is_two_valued(column: Facts) -> bool:
    return column.family == BOOLEAN or (
        column.distinct <= 2 and column.values.lowest in (0, 1) and column.values.highest in (0, 1)
    )


def problem_of(scores: Sequence[Facts], label: Facts | None, roles: dict[str, str]) -> str | None:
    if not scores:
        return None
    if "request" in roles and ("position" in roles or "item" in roles):
        return "ranking"
    if label is not None:
        return "binary" if is_two_valued(label) and scores[0].is_share else "regression"
    return "binary" if all(score.is_share for score in scores) else "regression"


def said_of_score(column: Facts, found: Guess) -> dict[str, Any]:
    """The first score is the one that the label in the row is the outcome of."""
    if "label" not in found.roles or found.scores:
        return {}
    if found.problem == "ranking" and not column.is_share:
        return {}
    return {"outcome": "label"}


def slices_of(columns: Sequence[Facts]) -> list[str]:
    """Columns of few values that say where something happened; else the coarsest ones."""
    few = [
        column
        for column in columns
        if column.family == TEXT
        and 2 <= column.distinct <= SLICE_VALUES
        and re.fullmatch("[a-z0-9_]+", column.name)
        and not OPERATION.search(column.lower)
    ]
    telling = [column for column in few if CONTEXT.search(column.lower)]
    chosen = telling or sorted(few, key=lambda column: column.distinct)[:2]
    return [column.name for column in chosen[:MAX_SLICES]]


def add_subject(found: Guess, column: Facts, quote: Callable[[str], str]) -> None:
    if column.values.rows and not column.values.present:
        found.left_out.append((column.name, "always missing"))
    elif column.family == BOOLEAN:
        add(found, group_of(found, column), column, {"type": "boolean"}, quote)
    elif column.family == NUMBER and is_id(column):
        found.left_out.append((column.name, "looks like an id"))
    elif column.family == NUMBER:
        add(found, group_of(found, column), column, {}, quote)
    elif column.family == TEXT and (is_id(column) or column.distinct > CATEGORIES):
        reason = "looks like an id" if is_id(column) else f"{column.distinct:,} values"
        found.left_out.append((column.name, reason))
    elif column.family == TEXT and str(column.values.lowest).startswith(("{", "[")):
        found.left_out.append((column.name, "JSON: sql: can take something out of it"))
    elif column.family == TEXT:
        add(found, group_of(found, column), column, {"type": "categorical"}, quote)
    else:
        found.left_out.append((column.name, f"{column.data_type}: sql: can make a number of it"))


def group_of(found: Guess, column: Facts) -> dict[str, dict[str, Any]]:
    return found.operations if OPERATION.search(column.lower) else found.features


def is_id(column: Facts) -> bool:
    named_so = bool(re.search(r"(^|_)(id|uuid|guid|key|hash|email|phone)$", column.lower))
    return named_so or (column.family == TEXT and column.is_unique and column.values.rows > 20)


def add(
    found: Guess,
    group: dict[str, dict[str, Any]],
    column: Facts,
    says: dict[str, Any],
    quote: Callable[[str], str],
) -> None:
    """Under a name that the configuration takes, with the column beside it where they differ."""
    taken = {*found.scores, *found.features, *found.operations, *found.slices}
    taken |= {role for role in ("decision", "confidence", "label") if role in found.roles}
    if re.search(r"\{[{%#]", column.name):
        found.left_out.append((column.name, "its name reads as Jinja: give it another in a model"))
        return
    name = unused(slug(column.name), taken)
    if name == column.name:
        group[name] = says
    elif is_column_name(column.name):
        group[name] = {"column": column.name, **says}
    else:
        group[name] = {"sql": quote(column.name), **says}


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "column"


def unused(name: str, taken: Iterable[str]) -> str:
    known = set(taken)
    candidates = [name, *(f"{name}_{number}" for number in range(2, len(known) + 3))]
    return next(each for each in candidates if each not in known)
