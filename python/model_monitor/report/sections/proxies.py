"""Proxies: does the outcome that is known sooner still stand for the one that counts?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.figures import plain, share
from model_monitor.report.line_chart import LineChart, Point, Texts, line_chart
from model_monitor.report.section import Block, Section, Table, View, latest, more, table
from model_monitor.report.sections.value import final_text, points_of
from model_monitor.report.wording import count, figure, last_day, number, percent

PROXIES = """
select
    monitor, log, outcome, proxy, window_name, window_end, is_final, matched_count, mean_proxy,
    mean_outcome, outcome_given_proxy, outcome_given_proxy_error, outcome_without_proxy,
    correlation
from {monitor_proxies}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and matched_count > 0
    and window_end > {since}
order by monitor, log, outcome, proxy, window_name, window_end
"""
WINDOWS = ("7d", "day", "30d")
SHOWN, SHOWN_CHARTS = 12, 4
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Proxies:
    """The content of the section."""

    charts: tuple[LineChart, ...]
    table: Table | None
    has_provisional: bool


def build(view: View) -> Block | None:
    if not view.has(PROXIES):
        return None
    pairs: dict[tuple[str, str], list[Row]] = {}
    for row in view.rows(PROXIES):
        pairs.setdefault((str(row["outcome"]), str(row["proxy"])), []).append(row)
    if not pairs:
        return None
    chosen = [longest(rows) for rows in pairs.values()]
    charts = [each for rows in chosen for each in of_pair(view, rows)]
    cells = [cell(row) for rows in chosen for row in newest(rows)]
    headers = (
        "Outcome", "Proxy", "Window to", "Predictions", "Proxy occurred", "Outcome occurred",
        "Outcome with proxy", "Outcome without", "Correlation",
    )  # fmt: skip
    caption = "Outcome and proxy in the latest final window"
    return Block(
        Proxies(
            tuple(charts[:SHOWN_CHARTS]),
            table(caption, headers, cells, 3, SHOWN) if cells else None,
            any(not row["is_final"] for rows in chosen for row in rows),
        ),
        more(len(charts), SHOWN_CHARTS, " charts"),
        (PROXIES,),
    )


def longest(rows: Sequence[Row]) -> list[Row]:
    """The weeks; days or 30 days if there is none."""
    names = {row["window_name"] for row in rows}
    name = next((each for each in WINDOWS if each in names), None)
    return [row for row in rows if row["window_name"] == name]


def newest(rows: Sequence[Row]) -> list[Row]:
    return latest([row for row in rows if row["is_final"]], "window_end")


def is_rate(rows: Sequence[Row], name: str) -> bool:
    return all(0 <= float(row[name]) <= 1 for row in rows if row[name] is not None)


def of_pair(view: View, rows: Sequence[Row]) -> list[LineChart]:
    outcome, proxy = str(rows[-1]["outcome"]), str(rows[-1]["proxy"])
    found = []
    if any(row["outcome_given_proxy"] is not None for row in rows):
        has_rate = is_rate(rows, "outcome_given_proxy")
        said = final_text(rows, "outcome_given_proxy", percent if has_rate else number)
        texts = Texts(f"{outcome} where {proxy} occurred", "", said)
        points = points_of(rows, "outcome_given_proxy")
        written = share if has_rate else plain
        found.append(line_chart(view.period, texts, points, written, from_zero=has_rate))
    if any(row["correlation"] is not None for row in rows):
        said = final_text(rows, "correlation", figure)
        texts = Texts("correlation", f"{proxy} and {outcome}", said)
        points = [
            Point(row["window_end"], row["correlation"], is_final=bool(row["is_final"]))
            for row in rows
        ]
        found.append(line_chart(view.period, texts, points, plain, axis=(0.0,)))
    return found


def cell(row: Row) -> tuple[str, ...]:
    rate = {
        name: percent if is_rate([row], name) else number
        for name in (
            "mean_proxy", "mean_outcome", "outcome_given_proxy", "outcome_without_proxy",
        )
    }  # fmt: skip
    return (
        str(row["outcome"]),
        str(row["proxy"]),
        last_day(row["window_end"]),
        count(row["matched_count"]),
        *(text(row[name]) for name, text in rate.items()),
        figure(row["correlation"]),
    )


SECTION = Section("proxies", "Proxies", "Does the early outcome still predict the late one?", build)
