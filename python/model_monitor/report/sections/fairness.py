"""Fairness: protected groups against their reference group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.report.section import Block, Section, View, latest, table
from model_monitor.report.wording import clip, count, percent, points

FAIRNESS = """
select
    monitor, score, outcome, slice_name, slice_value, reference_group, window_name, window_end,
    labelled_count, selection_rate, selection_rate_difference, selection_rate_difference_lower,
    selection_rate_difference_upper, true_positive_rate_difference,
    true_positive_rate_difference_lower, true_positive_rate_difference_upper
from {monitor_fairness}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and is_final
    and window_end > {since}
order by monitor, score, slice_name, slice_value, window_name, window_end
"""
SHOWN = 20


def build(view: View) -> Block | None:
    if not view.has(FAIRNESS):
        return None
    rows = view.rows(FAIRNESS)
    names = {row["window_name"] for row in rows}
    name = next((each for each in ("30d", "7d", "day") if each in names), None)
    chosen = latest([row for row in rows if row["window_name"] == name], "window_end")
    if not chosen:
        return None
    headers = (
        "Score", "Group", "Compared with", "Labels", "Selected", "Difference in selection",
        "Difference in true positives",
    )  # fmt: skip
    cells = [
        (
            str(row["score"]),
            f"{row['slice_name']} = {clip(row['slice_value'], 60)}",
            str(row["reference_group"]),
            count(row["labelled_count"]),
            percent(row["selection_rate"]),
            difference(row, "selection_rate_difference"),
            difference(row, "true_positive_rate_difference"),
        )
        for row in chosen
    ]
    return Block(
        table("Protected groups in the latest final window", headers, cells, 3, SHOWN),
        queries=(FAIRNESS,),
    )


def difference(row: Mapping[str, Any], name: str) -> str:
    value, lower, upper = (row[f"{name}{end}"] for end in ("", "_lower", "_upper"))
    if value is None or lower is None or upper is None:
        return points(value)
    ends = (points(end).removesuffix(" points") for end in (lower, upper))
    return f"{points(value)} ({' to '.join(ends)})"


SECTION = Section("fairness", "Fairness", "Are protected groups treated alike?", build)
