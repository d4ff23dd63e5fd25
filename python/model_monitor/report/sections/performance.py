"""Performance over time, beside what was estimated before the labels arrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.figures import plain, share
from model_monitor.report.line_chart import LineChart, Point, Texts, Written, line_chart
from model_monitor.report.section import Block, Section, View, more
from model_monitor.report.wording import count, figure, last_day, percent

PERFORMANCE = """
select
    monitor, log, score, outcome, class, window_name, window_end, is_final, labelled_count,
    roc_auc, roc_auc_lower, roc_auc_upper, estimated_roc_auc, accuracy, accuracy_lower,
    accuracy_upper, estimated_accuracy, precision, precision_lower, precision_upper,
    estimated_precision, recall, recall_lower, recall_upper, estimated_recall, mae, mae_lower,
    mae_upper, r2
from {monitor_performance}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and class in ('(all)', '(binary)')
    and window_end > {since}
order by monitor, log, score, class, window_name, window_end
"""
RANKING = """
select
    monitor, log, score, outcome, k, window_name, window_end, is_final, request_count, ndcg,
    ndcg_lower, ndcg_upper
from {monitor_ranking}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_end > {since}
order by monitor, log, score, k, window_name, window_end
"""
# A measure, its name, and how its axis is written.
Measure = tuple[str, str, Written]
MEASURES: tuple[Measure, ...] = (
    ("roc_auc", "area under the ROC curve", plain),
    ("precision", "precision", share),
    ("recall", "recall", share),
    ("accuracy", "accuracy", share),
    ("mae", "mean absolute error", plain),
    ("r2", "share of variance explained (R²)", plain),
    ("ndcg", "NDCG", plain),
)
WINDOWS = ("7d", "day", "30d")
SHOWN_PER_SCORE, SHOWN = 3, 8


@dataclass(frozen=True)
class Performance:
    """The content of the section, and what its legend names."""

    charts: tuple[LineChart, ...]
    has_interval: bool
    has_estimate: bool
    has_provisional: bool


def build(view: View) -> Block | None:
    if not view.has(PERFORMANCE):
        return None
    charts: list[LineChart] = []
    for rows in series(view.rows(PERFORMANCE), ("log", "score", "class")):
        names = [each for each in MEASURES if each[0] != "ndcg" and has_values(rows, each[0])]
        if any(name == "roc_auc" for name, _, _ in names):
            names = [each for each in names if each[0] != "accuracy"]
        charts.extend(chart(view, rows, each) for each in names[:SHOWN_PER_SCORE])
    ranked = series(view.rows(RANKING), ("log", "score"))
    for rows in ranked:
        deepest = max((row["k"] for row in rows), default=None)
        chosen = [row for row in rows if row["k"] == deepest]
        if has_values(chosen, "ndcg"):
            charts.append(chart(view, chosen, MEASURES[-1], f" at {count(deepest)}"))
    queries = tuple(query for query in (PERFORMANCE, RANKING) if view.has(query))
    if not charts:
        note = "No score of this monitor has an outcome whose labels have arrived."
        return Block(note=note, queries=queries)
    shown = tuple(charts[:SHOWN])
    return Block(
        Performance(
            shown,
            any(each.band for each in shown),
            any(each.estimate for each in shown),
            any(each.provisional for each in shown),
        ),
        more(len(charts), SHOWN),
        queries,
    )


def series(rows: Sequence[dict[str, Any]], keys: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    """The rows of each score: weeks, else days, else 30 days, as long as they have a value."""
    found: dict[tuple[Any, ...], dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        windows = found.setdefault(tuple(row[key] for key in keys), {})
        windows.setdefault(str(row["window_name"]), []).append(row)
    return [
        next((each[name] for name in WINDOWS if is_measured(each.get(name, []))), [])
        for each in found.values()
    ]


def is_measured(rows: Sequence[Mapping[str, Any]]) -> bool:
    return any(has_values(rows, name) for name, _, _ in MEASURES)


def has_values(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(row.get(name) is not None for row in rows)


def chart(
    view: View, rows: Sequence[Mapping[str, Any]], measure: Measure, suffix: str = ""
) -> LineChart:
    name, title, written = measure
    score = f"{rows[0]['score']} → {rows[0]['outcome']}"
    latest = latest_final(rows, name, percent if written is share else figure)
    texts = Texts(title + suffix, score, latest)
    points = [
        Point(
            row["window_end"],
            row[name],
            row.get(f"{name}_lower"),
            row.get(f"{name}_upper"),
            row.get(f"estimated_{name}"),
            bool(row["is_final"]),
        )
        for row in rows
    ]
    return line_chart(view.period, texts, points, written)


def latest_final(rows: Sequence[Mapping[str, Any]], name: str, text: Callable[[Any], str]) -> str:
    final = [row for row in rows if row["is_final"] and row[name] is not None]
    if not final:
        return "no label window has closed yet"
    return f"{text(final[-1][name])} {span(final[-1])} {last_day(final[-1]['window_end'])}"


def span(row: Mapping[str, Any]) -> str:
    return {"day": "on", "7d": "in the 7 days to", "30d": "in the 30 days to"}.get(
        str(row["window_name"]), "to"
    )


SECTION = Section(
    "performance", "Performance", "How good are the predictions, and is that final?", build
)
