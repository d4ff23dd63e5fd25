"""The tables of the error analysis: predictions, features, slices and examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Table, table
from model_monitor.report.traced import counted
from model_monitor.report.wording import clip, count, figure, number, percent

FEATURES, SLICES, IN_EXAMPLES = 20, 10, 6
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Words:
    """How a kind of score calls its two groups of predictions."""

    rule: str
    wrong: str = "wrong"
    right: str = "right"
    groups: str = "wrong against right predictions"
    errors: str = "errors"
    rate: str = "Error rate"

    def of(self, row: Mapping[str, Any]) -> str:
        return self.wrong if row["is_wrong"] else self.right


WORDS = {
    "binary": Words("A prediction is wrong if its decision differs from the outcome."),
    "multiclass": Words("A prediction is wrong if another class occurred."),
    "regression": Words(
        "The tenth of the predictions with the largest error, against the rest.",
        "large error",
        "the rest",
        "predictions with a large error against the rest",
        "large errors",
        "Large errors",
    ),
}


def of_counts(rows: Rows, words: Words) -> Table:
    cells = [
        (
            str(row["kind"]),
            words.of(row),
            count(row["row_count"]),
            percent(row["share"]),
        )
        for row in rows
    ]
    headers = ("Kind", "Prediction", "Count", "Share of all")
    return table("Predictions of the week", headers, cells, 2, 12)


def names(rows: Rows) -> list[str]:
    """The features, the most different first."""
    return list(dict.fromkeys(str(row["feature"]) for row in rows))


def of_features(rows: Rows, words: Words) -> Table:
    """The features that differ beyond chance."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if differs(row):
            by_name.setdefault(str(row["feature"]), []).append(row)
    cells = [of_feature(name, bins) for name, bins in by_name.items()]
    headers = (
        "Feature", f"Additional {words.errors} at", f"{words.rate} there",
        *(f"{what}, {side}" for what in ("Typical", "Missing")
          for side in (words.wrong, words.right)),
        "PSI", "PSI by chance",
    )  # fmt: skip
    return table(f"Features of {words.groups}", headers, cells, 2, FEATURES)


def differs(row: Mapping[str, Any]) -> bool:
    return row["psi"] is not None and float(row["psi"]) > float(row["psi_noise_limit"])


def alike(rows: Rows) -> str:
    """The features that do not differ beyond chance."""
    found = names([row for row in rows if not differs(row)])
    if not found:
        return ""
    listed = ", ".join(clip(name, 40) for name in found[:FEATURES])
    return f"No difference beyond chance: {listed}{', …' if len(found) > FEATURES else ''}."


def of_feature(name: str, bins: Rows) -> tuple[str, ...]:
    first = bins[0]
    known = [row for row in bins if row["extra_count"] is not None and row["extra_count"] > 0]
    worst = max(known, key=lambda row: float(row["extra_count"]), default=None)
    return (
        clip(name, 60),
        "–" if worst is None else place(worst),
        "–" if worst is None else percent(worst["error_rate"]),
        typical(bins, "wrong"),
        typical(bins, "right"),
        share(first["wrong_missing_share"]),
        share(first["right_missing_share"]),
        figure(first["psi"], 2),
        f"up to {figure(first['psi_noise_limit'], 2)}",
    )


def place(row: Mapping[str, Any]) -> str:
    """The values of a bin."""
    if row["bin_kind"] == "category":
        return clip(row["label"], 40)
    if row["bin_kind"] != "number":
        return f"({row['bin_kind']})"
    lower, upper = row["lower_edge"], row["upper_edge"]
    if lower is None:
        return "all numbers" if upper is None else f"up to {number(upper)}"
    return f"above {number(lower)}" if upper is None else f"{number(lower)} to {number(upper)}"


def typical(bins: Rows, side: str) -> str:
    """The median of numbers, or the most frequent category."""
    median = bins[0][f"{side}_median"]
    if median is not None:
        return number(median)
    shares = [
        row for row in bins if row["bin_kind"] == "category" and row[f"{side}_share"] is not None
    ]
    top = max(shares, key=lambda row: float(row[f"{side}_share"]), default=None)
    return "–" if top is None else f"{clip(top['label'], 30)} ({percent(top[f'{side}_share'])})"


def share(value: Any) -> str:
    return "–" if value is None else percent(value)


def of_slices(rows: Rows, words: Words) -> Table:
    """The slices with more wrong predictions than chance explains."""
    cells = [
        (
            f"{row['slice_name']} = {clip(row['slice_value'], 60)}",
            count(row["row_count"]),
            count(row["wrong_count"]),
            percent(row["error_rate"]),
            percent(row["overall_rate"]),
            count(row["extra_count"]),
            f"up to {count(row['chance_count'])}",
        )
        for row in rows
        if is_worse(row)
    ]
    headers = (
        "Slice", "Predictions", words.errors.capitalize(), words.rate, "All rows",
        f"Additional {words.errors}", "By chance",
    )  # fmt: skip
    return table(f"Slices with more {words.errors}", headers, cells, 1, SLICES)


def is_worse(row: Mapping[str, Any]) -> bool:
    return row["extra_count"] is not None and float(row["extra_count"]) > float(row["chance_count"])


def other_slices(rows: Rows, words: Words) -> tuple[str, ...]:
    """Notes on the slices that the table leaves out."""
    few = [row for row in rows if row["error_rate"] is None]
    return (
        ""
        if any(map(is_worse, rows))
        else f"No slice has more {words.errors} than chance explains.",
        f"Slice values not shown: {count(counted(few))}." if few else "",
    )


def of_examples(rows: Rows, features: Sequence[str], kind: str) -> Table:
    """One row per prediction, with the features that differ most."""
    found: dict[tuple[bool, int], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((bool(row["is_wrong"]), int(row["place"])), []).append(row)
    shown = (features or names([row for row in rows if row["feature"]]))[:IN_EXAMPLES]
    # the kind says what occurred; of several classes the outcome is only yes or no
    known = ("score",) if kind == "multiclass" else ("score", "outcome")
    cells = []
    for values in found.values():
        row = values[0]
        by_name = {str(each["feature"]): each for each in values}
        cells.append(
            (
                clip(row["prediction_id"], 60),
                WORDS[kind].of(row),
                str(row["kind"]),
                *(example(row[name]) for name in known),
                *(of_example(by_name[name]) for name in shown),
            )
        )
    headers = ("Id", "Prediction", "Kind", *(name.capitalize() for name in known),
               *(clip(name, 30) for name in shown))  # fmt: skip
    return table("Examples: the largest and the smallest errors", headers, cells, 3, 8)


def of_example(row: Mapping[str, Any]) -> str:
    return example(row["number"]) if row["label"] is None else clip(row["label"], 40)


def example(value: Any) -> str:
    return "–" if value is None else number(value)
