"""Guesses the roles of the columns of a table. Pure: column facts in, an entry out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.inspect.datatypes import BOOLEAN, NUMBER, TEXT
from model_monitor.propose.column_names import (
    CATEGORIES,
    CONTEXT,
    LABEL,
    MAX_SLICES,
    MAYBE_SCORE,
    OPERATION,
    ROLES,
    SCORE,
    SLICE_VALUES,
)
from model_monitor.propose.column_roles import (
    Facts,
    Guess,
    find_experiment,
    find_ids,
    find_roles,
    find_times,
    is_about,
    is_column_name,
    is_name,
)


def guess(columns: Sequence[Facts], quote: Callable[[str], str]) -> Guess:
    found = Guess()
    find_times(columns, found)
    find_ids(columns, found)
    find_roles(columns, found)
    find_experiment(columns, found)
    taken = {*found.roles.values(), *found.experiment.values()}
    rest = [column for column in columns if column.name not in taken]
    classes = classes_of(rest)
    if classes is not None:
        rest = add_classes(found, classes, rest)
    label = label_of(columns, found)
    scores = [] if classes else scores_of(rest) or answers_to(label, rest)
    found.problem = "multiclass" if classes else problem_of(scores, label, found.roles)
    for column in scores:
        add(found, found.scores, column, score_spec(column, found), quote)
    rest = [column for column in rest if column not in scores]
    found.slices = slices_of(rest)
    for column in rest:
        if column.name not in found.slices:
            add_subject(found, column, quote)
    return found


def label_of(columns: Sequence[Facts], found: Guess) -> Facts | None:
    return next((c for c in columns if c.name == found.roles.get("label")), None)


def scores_of(columns: Sequence[Facts]) -> list[Facts]:
    numbers = [column for column in columns if column.family == NUMBER and column.distinct > 1]
    sure = [column for column in numbers if SCORE.search(column.lower)]
    return sure or [column for column in numbers if MAYBE_SCORE.search(column.lower)]


def answers_to(label: Facts | None, columns: Sequence[Facts]) -> list[Facts]:
    """`eta_minutes` next to `actual_minutes`, if it is the only other number of minutes."""
    if label is None or label.family != NUMBER or not LABEL.search(label.lower):
        return []
    found = [each for each in columns if each.family == NUMBER and is_about(label, each)]
    return found if len(found) == 1 else []


@dataclass(frozen=True)
class Classes:
    """A probability for each of several classes, and the columns that hold a class."""

    probabilities: dict[str, str]
    names: tuple[str, ...]


def classes_of(columns: Sequence[Facts]) -> Classes | None:
    """`p_red`, `p_green` and `p_blue` next to a text that is red, green or blue."""
    shares = {column.lower: column.name for column in columns if column.is_share}
    texts = [column for column in columns if column.family == TEXT and column.few]
    for text in texts:
        by_slug = {slug(value): value for value in text.few}
        ends = {
            share[: -len(name)]
            for share in shares
            for name in by_slug
            if share.endswith(f"_{name}")
        }
        for prefix in sorted(end for end in ends if SCORE.search(end)):
            # a class without a row in the sample still has a probability
            probabilities = {
                by_slug.get(share.removeprefix(prefix), share.removeprefix(prefix)): name
                for share, name in shares.items()
                if share.startswith(prefix)
            }
            if has_classes(text, probabilities):
                names = [each.name for each in texts if set(each.few) <= set(probabilities)]
                return Classes(probabilities, tuple(names))
    return None


def has_classes(text: Facts, probabilities: dict[str, str]) -> bool:
    """At least three classes, each with a probability, and at most one without a row."""
    seen = set(text.few)
    return len(seen) >= 3 and seen <= set(probabilities) and len(probabilities) <= len(seen) + 1


def add_classes(found: Guess, classes: Classes, columns: Sequence[Facts]) -> list[Facts]:
    """One score for all classes. Of two columns that hold a class, one may be the label."""
    texts = [name for name in classes.names if is_column_name(name)]
    true = next((t for t in texts if t.lower() in ROLES["label"] or LABEL.search(t.lower())), None)
    said = next((text for text in texts if text != true), None)
    says: dict[str, Any] = {"kind": "multiclass", "probabilities": classes.probabilities}
    if said is not None:
        says["predicted"] = said
    if true is not None and "label" not in found.roles:
        found.roles["label"] = true
        says["outcome"] = "label"
    found.scores[said or "class"] = says
    taken = {*classes.probabilities.values(), said, true}
    return [column for column in columns if column.name not in taken]


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


def score_spec(column: Facts, found: Guess) -> dict[str, Any]:
    """The first score gets the label of the row as its outcome."""
    if "label" not in found.roles or found.scores:
        return {}
    if found.problem == "ranking" and not column.is_share:
        return {}
    return {"outcome": "label"}


def slices_of(columns: Sequence[Facts]) -> list[str]:
    """Columns with few values and the name of a context; else the coarsest ones."""
    few = [
        column
        for column in columns
        if column.family == TEXT
        and 2 <= column.distinct <= SLICE_VALUES
        and is_name(column.name)
        and "+" not in column.name
        and not OPERATION.search(column.lower)
    ]
    named_so = [column for column in few if CONTEXT.search(column.lower)]
    chosen = named_so or sorted(few, key=lambda column: column.distinct)[:2]
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
        found.left_out.append((column.name, "JSON; use sql: to extract a value"))
    elif column.family == TEXT:
        add(found, group_of(found, column), column, {"type": "categorical"}, quote)
    else:
        found.left_out.append((column.name, f"{column.data_type}; use sql: to make it a number"))


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
    """Add a column under its name, or under one that is free, with column: or sql:."""
    taken = {*found.scores, *found.features, *found.operations, *found.slices}
    taken |= {role for role in ("decision", "confidence", "label") if role in found.roles}
    if re.search(r"\{[{%#]", column.name):
        found.left_out.append((column.name, "its name is Jinja syntax; rename it in a model"))
        return
    name = unused(column.name if is_name(column.name) else slug(column.name), taken)
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
