"""What decisions are worth, beside the worth without a model and with perfect decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.figures import plain, share
from model_monitor.report.line_chart import LineChart, Point, Texts, line_chart
from model_monitor.report.section import Block, Section, Table, View, latest, more, table
from model_monitor.report.sections.performance import span
from model_monitor.report.wording import clip, count, last_day, number, percent, times, window

VALUE = """
select
    monitor, log, outcome, score, window_name, window_end, is_final, decided_count, unvalued_count,
    value, value_per_decision, value_per_decision_error, roi, gain_share, gain_share_error,
    value_of_perfect, greatest(value_of_none, value_of_all) as value_without_model,
    greatest(value_of_none, value_of_all) / decided_count as value_per_decision_without_model
from {monitor_value}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and decided_count > 0
    and window_end > {since}
order by monitor, log, score, window_name, window_end
"""
SLICES = """
select
    monitor, log, outcome, score, slice_name, slice_value, window_end, decided_count, value,
    value_per_decision, gain_share
from {monitor_value}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name <> '(all)'
    and window_name = '7d'
    and is_final
    and decided_count > 0
    and window_end in (
        select max(newest.window_end)
        from {monitor_value} as newest
        where newest.is_final
            and newest.window_name = '7d'
        group by newest.monitor
    )
order by monitor, value_per_decision, log, slice_name, slice_value, window_end
"""
WINDOWS = ("7d", "day", "30d")
SHOWN_SLICES, SHOWN_CHARTS = 5, 6
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """The content of the section."""

    charts: tuple[LineChart, ...]
    tables: tuple[Table, ...]
    has_provisional: bool


def build(view: View) -> Block | None:
    if not view.has(VALUE):
        return None
    rows = view.rows(VALUE)
    names = {str(row["window_name"]) for row in rows}
    name = next((each for each in WINDOWS if each in names), None)
    if name is None:
        return None
    chosen = [row for row in rows if row["window_name"] == name]
    scores: dict[tuple[str, str], list[Row]] = {}
    for row in chosen:
        scores.setdefault((str(row["log"]), str(row["score"])), []).append(row)
    charts = [part(view, found) for found in scores.values() for part in (worth, gain)]
    shown = [chart for chart in charts if chart is not None]
    tables = (of_windows(rows), of_slices(view.rows(SLICES)))
    return Block(
        Value(
            tuple(shown[:SHOWN_CHARTS]),
            tuple(each for each in tables if each.rows),
            any(not row["is_final"] for row in chosen),
        ),
        more(len(shown), SHOWN_CHARTS, " charts")
        if any(row["is_final"] for row in rows)
        else "No label window has closed yet.",
        queries=(VALUE, SLICES),
    )


def final_text(rows: Sequence[Row], name: str, text: Any) -> str:
    final = [row for row in rows if row["is_final"] and row[name] is not None]
    if not final:
        return "no label window has closed yet"
    return f"{text(final[-1][name])} {span(final[-1])} {last_day(final[-1]['window_end'])}"


def points_of(rows: Sequence[Row], name: str, beside: str = "") -> list[Point]:
    """The points of a measure with its 95% interval, for independent rows."""
    found = []
    for row in rows:
        value, error = row[name], row[f"{name}_error"]
        ends = (None, None)
        if value is not None and error is not None:
            ends = (value - 1.96 * error, value + 1.96 * error)
        estimate = row[beside] if beside else None
        found.append(Point(row["window_end"], value, *ends, estimate, bool(row["is_final"])))
    return found


def worth(view: View, rows: Sequence[Row]) -> LineChart:
    score = f"{rows[-1]['score']} → {rows[-1]['outcome']}"
    said = final_text(rows, "value_per_decision", number)
    texts = Texts("worth of a decision", score, said)
    found = points_of(rows, "value_per_decision", "value_per_decision_without_model")
    return line_chart(view.period, texts, found, plain)


def gain(view: View, rows: Sequence[Row]) -> LineChart | None:
    if all(row["gain_share"] is None for row in rows):
        return None
    said = final_text(rows, "gain_share", percent)
    score = f"{rows[-1]['score']} → {rows[-1]['outcome']}"
    subtitle = f"{score}; 100% is perfect, 0% is no better than no model"
    texts = Texts("share of the possible gain", subtitle, said)
    return line_chart(view.period, texts, points_of(rows, "gain_share"), share)


def of_windows(rows: Sequence[Row]) -> Table:
    """The latest final window of each length."""
    final = [row for row in rows if row["is_final"]]
    has_scores = len({row["score"] for row in final}) > 1
    cells = [
        (
            length_of(row) + (f", {row['score']}" if has_scores else ""),
            decisions(row),
            number(row["value"]),
            number(row["value_without_model"]),
            number(row["value_of_perfect"]),
            percent(row["gain_share"]) if row["gain_share"] is not None else "nothing to gain",
            times(row["roi"]) if row["roi"] is not None else "no cost",
        )
        for name in WINDOWS
        for row in latest([each for each in final if each["window_name"] == name], "window_end")
    ]
    headers = (
        "Latest final window", "Decisions", "Worth", "Without a model", "With perfect decisions",
        "Share of the possible gain", "Worth over cost",
    )  # fmt: skip
    return table("What the decisions were worth, in the unit of the costs", headers, cells, 1, 6)


def decisions(row: Row) -> str:
    missing = f" ({count(row['unvalued_count'])} more without an amount)"
    return count(row["decided_count"]) + (missing if row["unvalued_count"] else "")


def length_of(row: Row) -> str:
    last = last_day(row["window_end"])
    return last if row["window_name"] == "day" else f"{window(row['window_name'])} to {last}"


def of_slices(rows: Sequence[Row]) -> Table:
    cells = [
        (
            f"{row['slice_name']} = {clip(row['slice_value'], 60)}",
            last_day(row["window_end"]),
            count(row["decided_count"]),
            number(row["value"]),
            number(row["value_per_decision"]),
            percent(row["gain_share"]) if row["gain_share"] is not None else "nothing to gain",
        )
        for row in rows
    ]
    headers = (
        "Slice", "7 days to", "Decisions", "Worth", "Worth of a decision",
        "Share of the possible gain",
    )  # fmt: skip
    caption = "Slices where a decision is worth least"
    return table(caption, headers, cells, 2, SHOWN_SLICES)


SECTION = Section("value", "Worth of the decisions", "What are the decisions worth?", build)
