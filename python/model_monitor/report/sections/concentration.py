"""How concentrated exposure is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.report.line_chart import LineChart, Point, Texts, line_chart
from model_monitor.report.section import Block, Section, View, more
from model_monitor.report.wording import figure, last_day, percent

CONCENTRATION = """
select
    monitor, entity, window_name, window_end, gini, top_1pct_share, coverage, entity_count
from {monitor_concentration}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_name = 'day'
    and window_end > {since}
order by monitor, entity, window_end
"""
SHOWN = 6


def build(view: View) -> Block | None:
    if not view.has(CONCENTRATION):
        return None
    entities: dict[str, list[dict[str, Any]]] = {}
    for row in view.rows(CONCENTRATION):
        if row["gini"] is not None:
            entities.setdefault(str(row["entity"]), []).append(row)
    if not entities:
        return None
    charts = tuple(chart(view, name, rows) for name, rows in list(entities.items())[:SHOWN])
    return Block(charts, more(len(entities), SHOWN), (CONCENTRATION,))


def chart(view: View, entity: str, rows: Sequence[Mapping[str, Any]]) -> LineChart:
    last = rows[-1]
    latest = (
        f"Gini {figure(last['gini'], 2)} on {last_day(last['window_end'])}; "
        f"the top 1% gets {percent(last['top_1pct_share'])} of the exposure"
    )
    subtitle = "Gini coefficient: 0 is equal, 1 is all to one"
    texts = Texts(entity, subtitle, latest)
    points = [Point(row["window_end"], row["gini"]) for row in rows]
    return line_chart(view.period, texts, points, axis=(0.0, 1.0))


SECTION = Section(
    "concentration", "Concentration of exposure", "Does exposure go to ever fewer items?", build
)
