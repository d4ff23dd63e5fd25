"""Metrics of every log: rates, revenue, errors, and the candidate sources of a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.report.figures import plain, share
from model_monitor.report.line_chart import LineChart, Point, Texts, line_chart
from model_monitor.report.section import Block, Section, View, more
from model_monitor.report.wording import last_day, number, percent

METRICS = """
select
    monitor, log, metric, layer, window_end, row_count, denominator, value, ci_lower, ci_upper
from {monitor_metrics}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_name = 'day'
    and window_end > {since}
order by monitor, log, metric, window_end
"""
SHOWN = 9
# The section on versions shows it.
COUNTED_ABOVE = ("predictions", "volume")
SHARES = ("_rate", "_share")


def build(view: View) -> Block | None:
    if not view.has(METRICS):
        return None
    series: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in view.rows(METRICS):
        if row["value"] is not None and (row["log"], row["metric"]) != COUNTED_ABOVE:
            series.setdefault((str(row["log"]), str(row["metric"])), []).append(row)
    if not series:
        return None
    charts = [chart(view, key, rows) for key, rows in sorted(series.items(), key=importance)]
    return Block(tuple(charts[:SHOWN]), more(len(charts), SHOWN), (METRICS,))


def importance(item: tuple[tuple[str, str], Sequence[Mapping[str, Any]]]) -> tuple[bool, bool, str]:
    """Ratios before sums, and the predictions before other logs."""
    (log, metric), rows = item
    return (rows[-1]["denominator"] is None, log != "predictions", metric)


def chart(view: View, key: tuple[str, str], rows: Sequence[Mapping[str, Any]]) -> LineChart:
    log, metric = key
    values = [float(row["value"]) for row in rows]
    is_share = metric.endswith(SHARES) and min(values) >= 0 and max(values) <= 1
    written, text = (share, percent) if is_share else (plain, number)
    place = "" if log == "predictions" else log
    latest = f"{text(rows[-1]['value'])} on {last_day(rows[-1]['window_end'])}"
    points = [
        Point(row["window_end"], row["value"], row["ci_lower"], row["ci_upper"]) for row in rows
    ]
    texts = Texts(metric, place, latest)
    return line_chart(view.period, texts, points, written, from_zero=True)


SECTION = Section(
    "metrics", "Metrics of all logs", "How do errors, rates and business figures develop?", build
)
