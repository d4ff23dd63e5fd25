"""The golden values: every number of the tiny log, from its raw rows, by Python and nothing else.

This program shares no code and no formula with the package. Run once (`python compute.py`); `expected.csv`
is committed, and `test_golden.py` compares the tables of every engine with it. Change the file only when
a definition changes on purpose, and raise `stored_shape` with it.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
Row = dict[str, str]
DAY = timedelta(days=1)
FIELDS = [
    "table", "window_name", "window_end", "model_version", "slice_name", "slice_value", "subject",
    "measure", "value",
]  # fmt: skip
SMOOTHING = 1e-4
LATENESS = timedelta(hours=1)


def rows(name: str) -> list[Row]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["at"])


def windows(log: list[Row]) -> Iterator[tuple[str, datetime, list[Row]]]:
    """Days, and weeks that end at each midnight once seven days are there, as far as rows have arrived."""
    start = min(map(at, log)).replace(hour=0, minute=0)
    through = max(datetime.fromisoformat(row["loaded_at"]) for row in log) - LATENESS
    for number in range(1, (through - start).days + 1):
        end = start + number * DAY
        for name, length in (("day", 1), ("7d", 7)):
            if number >= length:
                begin = end - length * DAY
                yield name, end, [row for row in log if begin <= at(row) < end]


def parts(log: list[Row]) -> Iterator[tuple[str, str, str, list[Row]]]:
    """All rows and each region, for all versions and each one."""
    for version in ("(all)", "v1", "v2"):
        of_version = [row for row in log if version in ("(all)", row["version"])]
        yield version, "(all)", "(all)", of_version
        for region in ("north", "south"):
            found = [row for row in of_version if row["region"] == region]
            if found:
                yield version, "region", region, found


def profile_of_number(found: list[Row], name: str) -> dict[str, float]:
    values = [float(row[name]) for row in found if row[name] != ""]
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    measures = {
        "row_count": len(found),
        "missing_rate": 1 - len(values) / len(found),
        "zero_rate": sum(value == 0 for value in values) / len(found),
        "mean": mean,
        "min": min(values),
        "max": max(values),
    }
    if len(values) > 1:
        measures["stddev"] = math.sqrt(squares / (len(values) - 1))
    if name == "amount":
        measures["out_of_range_rate"] = sum(not 0 <= value <= 30 for value in values) / len(found)
    return measures


def profile_of_category(found: list[Row], name: str, known: set[str]) -> dict[str, float]:
    values = [row[name] for row in found if row[name] != ""]
    top = Counter(values).most_common(1)[0][1]
    return {
        "row_count": len(found),
        "missing_rate": 1 - len(values) / len(found),
        "unseen_rate": sum(value not in known for value in values) / len(found),
        "top_share": top / len(found),
    }


def distances(p: dict[str, float], q: dict[str, float], bins: int) -> dict[str, float]:
    """Between two distributions over the same names; `bins` counts those that neither has, too."""
    names = sorted(set(p) | set(q))
    even = 1 + bins * SMOOTHING
    smooth = [((p.get(n, 0) + SMOOTHING) / even, (q.get(n, 0) + SMOOTHING) / even) for n in names]
    pairs = [(p.get(n, 0.0), q.get(n, 0.0)) for n in names]
    divergence = 0.0
    for a, b in pairs:
        m = (a + b) / 2
        divergence += sum(0.5 * x * math.log2(x / m) for x in (a, b) if x > 0)
    return {
        "psi": math.fsum((a - b) * math.log(a / b) for a, b in smooth),
        "kl": math.fsum(a * math.log(a / b) for a, b in smooth),
        "js_distance": math.sqrt(divergence),
        "hellinger": math.sqrt(max(0.0, 1 - math.fsum(math.sqrt(a * b) for a, b in pairs))),
        "total_variation": math.fsum(abs(a - b) for a, b in pairs) / 2,
        "l_infinity": max(abs(a - b) for a, b in pairs),
    }


def shares(found: list[Row], name: str, known: set[str]) -> dict[str, float]:
    """Of each value, of missing ones, and of those that the training data do not have."""

    def label(text: str) -> str:
        if text == "":
            return "(missing)"
        return text if text in known else "(unseen)"

    counts = Counter(label(row[name]) for row in found)
    return {value: count / len(found) for value, count in counts.items()}


def drift(found: list[Row], training: list[Row], name: str) -> dict[str, float]:
    known = {row[name] for row in training} - {""}
    now, before = shares(found, name, known), shares(training, name, known)
    # a number has a bin for each value, one between two of them, and one beyond each end; special
    # bins are missing and invalid, and unseen for a category. No value lies between two others here.
    bins = 2 * len(known) + 1 + 2 if name == "amount" else len(known) + 3
    measures = distances(now, before, bins)
    measures["row_count"] = len(found)
    measures["baseline_row_count"] = len(training)
    measures["missing_rate_delta"] = now.get("(missing)", 0) - before.get("(missing)", 0)
    if name == "amount":
        a = profile_of_number(found, name)
        b = profile_of_number(training, name)
        measures["mean_shift"] = (a["mean"] - b["mean"]) / b["stddev"]
        measures["stddev_ratio"] = a["stddev"] / b["stddev"]
    else:
        measures["unseen_share"] = now.get("(unseen)", 0)
    return measures


def performance(found: list[Row]) -> dict[str, float]:
    pairs = [(float(row["p"]), int(row["label"])) for row in found]
    hits = Counter((p >= 0.5, y) for p, y in pairs)
    tp, fp, fn, tn = hits[True, 1], hits[True, 0], hits[False, 1], hits[False, 0]
    measures: dict[str, float] = {
        "labelled_count": len(pairs),
        "true_positives": tp,
        "false_positives": fp,
        "true_negatives": tn,
        "false_negatives": fn,
        "prevalence": (tp + fn) / len(pairs),
        "mean_score": math.fsum(p for p, _ in pairs) / len(pairs),
        "accuracy": (tp + tn) / len(pairs),
        "brier": math.fsum((p - y) ** 2 for p, y in pairs) / len(pairs),
        "log_loss": -math.fsum(math.log(p if y else 1 - p) for p, y in pairs) / len(pairs),
    }
    if tp + fp:
        measures["precision"] = tp / (tp + fp)
    if tp + fn:
        measures["recall"] = tp / (tp + fn)
    if tn + fp:
        measures["specificity"] = tn / (tn + fp)
    ones = [p for p, y in pairs if y]
    zeros = [p for p, y in pairs if not y]
    if ones and zeros:
        wins = math.fsum((a > b) + (a == b) / 2 for a in ones for b in zeros)
        measures["roc_auc"] = wins / (len(ones) * len(zeros))
    return measures


def metric(found: list[Row]) -> dict[str, float]:
    values = [float(row["amount"]) for row in found if row["amount"] != ""]
    total = math.fsum(values)
    return {"numerator": total, "denominator": len(values), "value": total / len(values)}


def golden() -> Iterator[list[object]]:
    log, training = rows("log.csv"), rows("training.csv")
    plans = {row["plan"] for row in training} - {""}
    for window, end, whole in windows(log):
        for version, slice_name, slice_value, found in parts(whole):
            if window == "day" and (version, slice_name) != ("(all)", "(all)"):
                continue  # thirty rows of a slice say little, and the file stays small
            key = [window, end.isoformat(sep=" "), version, slice_name, slice_value]
            measured: list[tuple[str, str, dict[str, float]]] = [
                ("monitor_profiles", "p", profile_of_number(found, "p")),
                ("monitor_profiles", "plan", profile_of_category(found, "plan", plans)),
                ("monitor_performance", "p", performance(found)),
            ]
            if any(row["amount"] != "" for row in found):
                measured.append(("monitor_profiles", "amount", profile_of_number(found, "amount")))
                measured.append(("monitor_metrics", "amount_per_row", metric(found)))
            if window == "7d" and slice_name == "(all)":
                measured += [
                    ("monitor_drift", name, drift(found, training, name))
                    for name in ("amount", "plan")
                ]
            for table, subject, measures in measured:
                for measure, value in sorted(measures.items()):
                    yield [table, *key, subject, measure, f"{value:.12g}"]


def main() -> None:
    with (HERE / "expected.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(sorted(golden(), key=str))


if __name__ == "__main__":
    main()
