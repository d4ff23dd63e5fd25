"""Concept drift: inputs and scores whose relationship with the outcome changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.figures import share
from model_monitor.report.line_chart import LineChart, Point, Texts, line_chart
from model_monitor.report.section import Block, Section, Table, View, table
from model_monitor.report.traced import as_number, counted
from model_monitor.report.wording import clip, count, last_day, percent, points

CONCEPT = """
select
    monitor, log, outcome, subject, window_end, row_count, rate_change, rate_change_noise,
    baseline_rate, rate_shift, worst_bin, worst_shift
from {monitor_concept}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_name = '7d'
    and is_final
    and rate_change is not null
    and window_end > {since}
order by monitor, log, outcome, subject, window_end
"""
# The smallest change that the default rules report.
RULES = """
select rule_id, warn
from {monitor_alert_rules}
where metric = 'rate_change'
    and slice_name = '(all)'
    and enabled = 'true'
order by rule_id
"""
SHOWN, SHOWN_CHARTS = 12, 3
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Concept:
    """The content of the section."""

    table: Table
    charts: tuple[LineChart, ...]


def build(view: View) -> Block | None:
    if not view.has(CONCEPT):
        return None
    series: dict[tuple[str, str], list[Row]] = {}
    for row in view.rows(CONCEPT):
        series.setdefault((str(row["outcome"]), str(row["subject"])), []).append(row)
    queries = tuple(query for query in (CONCEPT, RULES) if view.has(query))
    if not series:
        return None
    limit = threshold(view.source.everything(RULES))
    changed = {key: weeks for key, rows in series.items() if (weeks := beyond(rows, limit))}
    if not changed:
        note = f"No relationship with an outcome changed by {percent(limit)} or more in a week."
        return Block(note=note, queries=queries)
    ordered = sorted(changed, key=lambda key: (-float(strongest(changed[key])["rate_change"]), key))
    headers = (
        "Input or score", "Outcome", "Largest change", "7 days to", "Rate before",
        "Change of the rate", "Most changed values", "There", "Weeks changed", "Latest change",
    )  # fmt: skip
    cells = [cell(changed[key], series[key]) for key in ordered]
    return Block(
        Concept(
            table(f"Changed by {percent(limit)} or more within a week", headers, cells, 2, SHOWN),
            tuple(chart(view, key, series[key]) for key in ordered[:SHOWN_CHARTS]),
        ),
        queries=queries,
    )


def threshold(rules: Sequence[Row]) -> Any:
    return min((as_number(rule, "warn") for rule in rules if rule["warn"]), default=0.0)


def beyond(rows: Sequence[Row], limit: Any) -> list[Row]:
    """Windows whose change is beyond chance and reaches the threshold."""
    return [
        row
        for row in rows
        if row["rate_change"] >= limit
        and row["rate_change_noise"] is not None
        and row["rate_change"] > row["rate_change_noise"]
    ]


def strongest(rows: Sequence[Row]) -> Row:
    return max(rows, key=lambda row: float(row["rate_change"]))


def cell(weeks: Sequence[Row], rows: Sequence[Row]) -> tuple[str, ...]:
    worst = strongest(weeks)
    return (
        str(worst["subject"]),
        str(worst["outcome"]),
        percent(worst["rate_change"]),
        last_day(worst["window_end"]),
        percent(worst["baseline_rate"]),
        points(worst["rate_shift"]),
        clip(worst["worst_bin"] or "–", 40),
        points(worst["worst_shift"]),
        count(counted(weeks)),
        percent(rows[-1]["rate_change"]),
    )


def chart(view: View, key: tuple[str, str], rows: Sequence[Row]) -> LineChart:
    outcome, subject = key
    last = rows[-1]
    latest = f"{percent(last['rate_change'])} in the 7 days to {last_day(last['window_end'])}"
    # The dashed line of the chart is what chance alone can reach.
    found = [
        Point(row["window_end"], row["rate_change"], estimate=row["rate_change_noise"])
        for row in rows
    ]
    texts = Texts(subject, f"change of {outcome} at equal values", latest)
    return line_chart(view.period, texts, found, share, from_zero=True)


SECTION = Section(
    "concept", "Relationship with the outcome",
    "Do the same values still mean the same outcome?", build,
)  # fmt: skip
