"""Versions and traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.section import Block, Section, Table, View, table
from model_monitor.report.stacks import Part, Stacks, stacked
from model_monitor.report.traced import total
from model_monitor.report.wording import count, day, figure, last_day, percent

VOLUME = """
select monitor, role, model_version, window_start, window_end, row_count
from {monitor_metrics}
where {monitors}
    and log = 'predictions'
    and metric = 'volume'
    and window_name = 'day'
    and slice_name = '(all)'
    and model_version <> '(all)'
    and window_end > {since}
order by monitor, role, model_version, window_end
"""
HEALTH = """
select
    monitor, model_version, traffic_share, live_since, age_days, trained_age_days,
    open_alert_count, performance, baseline_performance, outcome_status
from {monitor_health}
where {monitors}
    and model_version <> '(all)'
order by monitor, coalesce(traffic_share, 0) desc, model_version
"""
SHOWN = 12


@dataclass(frozen=True)
class Versions:
    """The content of the section."""

    figure: Stacks
    table: Table


def build(view: View) -> Block | None:
    if not view.has(VOLUME, HEALTH):
        return None
    live = [row for row in view.rows(VOLUME) if row["role"] == "live"]
    if not live:
        return Block(note="No live row has been counted in this period.", queries=(VOLUME, HEALTH))
    parts: dict[str, list[Part]] = {}
    for row in live:
        part = Part(row["window_start"], row["window_end"], row["row_count"])
        parts.setdefault(str(row["model_version"]), []).append(part)
    shares = {str(row["model_version"]): row["traffic_share"] for row in view.rows(HEALTH)}
    notes = {
        name: f"{percent(shares[name])} of the traffic now" if name in shares else "no traffic now"
        for name in parts
    }
    newest = max(row["window_end"] for row in live)
    rows = total(row["row_count"] or 0 for row in live if row["window_end"] == newest)
    label = f"Rows per day by version; {count(rows)} on {last_day(newest)}"
    figure_ = stacked(view.period, ("Rows per day", "", label), parts, notes)
    return Block(Versions(figure_, of_versions(view.rows(HEALTH))), queries=(VOLUME, HEALTH))


def of_versions(rows: Sequence[Mapping[str, Any]]) -> Table:
    cells = [
        (
            str(row["model_version"]),
            percent(row["traffic_share"]),
            day(row["live_since"]),
            age(row["trained_age_days"]),
            figure(row["performance"])
            if row["outcome_status"] == "measured"
            else str(row["outcome_status"]).replace("_", " "),
            figure(row["baseline_performance"]),
            count(row["open_alert_count"]),
        )
        for row in rows
    ]
    headers = (
        "Version", "Traffic", "Live since", "Age of its training data", "Performance",
        "In the four weeks before", "Open incidents",
    )  # fmt: skip
    return table("Versions that serve", headers, cells, 1, SHOWN)


def age(days: Any) -> str:
    return "unknown" if days is None else f"{count(days)} days"


SECTION = Section("versions", "Versions and traffic", "Which versions serve, and how much?", build)
