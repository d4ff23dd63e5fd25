"""Which segments are worst: open alerts by slice, and the segments that moved a subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.incidents import leads
from model_monitor.report.section import Block, Section, Table, View, latest, table
from model_monitor.report.wording import (
    clip,
    count,
    figure,
    last_day,
    percent,
    sentence,
    times,
)
from model_monitor.text import WHOLE

ALERTS = """
select
    monitor, alert_id, severity, message, slice_name, slice_value, subject, metric, since,
    last_seen_at, strength
from {monitor_alerts}
where {monitors}
    and state in ('firing', 'acknowledged')
    and slice_name <> '(all)'
    and model_version = '(all)'
order by monitor, coalesce(strength, 0) desc, alert_id
"""
SEGMENTS = """
select
    monitor, log, subject, metric, baseline, dimension, segment, window_name, window_end,
    mix_share, top_segment, top_segment_share
from {monitor_segments}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and segment = '(all)'
    and window_name = 'day'
    and top_segment is not null
    and window_end in (
        select max(newest.window_end)
        from {monitor_segments} as newest
        where newest.window_name = 'day'
        group by newest.monitor
    )
order by monitor, log, subject, metric, baseline, dimension, window_end
"""
PERFORMANCE = """
select
    monitor, log, score, outcome, slice_name, slice_value, window_name, window_end, labelled_count,
    roc_auc, roc_auc_lower, roc_auc_upper, accuracy, accuracy_lower, accuracy_upper, r2
from {monitor_performance}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and class in ('(all)', '(binary)')
    and window_name = '7d'
    and is_final
    and window_end in (
        select max(newest.window_end)
        from {monitor_performance} as newest
        where newest.is_final
            and newest.window_name = '7d'
        group by newest.monitor, newest.log
    )
order by monitor, log, score, slice_name, slice_value, window_end, class
"""
MEASURES = (
    ("roc_auc", "area under the ROC curve"), ("accuracy", "accuracy"), ("r2", "R²"),
)  # fmt: skip
SHOWN = 10
# Beyond ten times the change, segments moved against each other and the whole stayed where it was.
LARGEST_SHARE = 10
# Per score. Otherwise the worst slices of one score hide those of another.
SHOWN_SLICES = 5


@dataclass(frozen=True)
class Segments:
    """The content of the section."""

    tables: tuple[Table, ...]


def build(view: View) -> Block | None:
    queries = tuple(query for query in (ALERTS, PERFORMANCE, SEGMENTS) if view.has(query))
    if not queries:
        return None
    tables = [
        each
        for each in (
            of_alerts(view.rows(ALERTS), view.monitor),
            of_performance(view.rows(PERFORMANCE)),
            of_segments(view),
        )
        if each.rows
    ]
    if not tables:
        note = "No alert is open in a slice, and no slice has enough labels."
        return Block(note=note, queries=queries)
    return Block(Segments(tuple(tables)), queries=queries)


def of_alerts(rows: Sequence[Mapping[str, Any]], monitor: str) -> Table:
    """The strongest open alert of each slice."""
    strongest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        strongest.setdefault((str(row["slice_name"]), str(row["slice_value"])), row)
    cells = [
        (
            f"{name} = {clip(value, 60)}",
            str(row["severity"]),
            sentence(row["message"], monitor),
            times(row["strength"]),
        )
        for (name, value), row in strongest.items()
    ]
    headers = ("Slice", "Severity", "Strongest open alert", "Effect over its threshold")
    return table("Slices with an open alert", headers, cells, 3, SHOWN)


def of_performance(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The slices with the lowest performance of each score, in its latest final week."""
    scores: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        scores.setdefault((str(row["log"]), str(row["score"])), []).append(row)
    cells = [cell for found in scores.values() for cell in lowest(latest(found, "window_end"))]
    headers = (
        "Slice", "Score and outcome", "Measure", "7 days to", "Labels", "Value", "95% interval",
        "All rows",
    )  # fmt: skip
    return table("Slices with the lowest performance", headers, cells, 4, SHOWN)


def lowest(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    whole = next((row for row in rows if row["slice_name"] == WHOLE), None)
    named = ((name, text) for name, text in MEASURES if whole and whole[name] is not None)
    name, text = next(named, ("", ""))
    if whole is None or not name:
        return []
    known = [row for row in rows if row["slice_name"] != WHOLE and row[name] is not None]
    return [
        (
            f"{row['slice_name']} = {clip(row['slice_value'], 60)}",
            f"{row['score']} → {row['outcome']}",
            text,
            last_day(row["window_end"]),
            count(row["labelled_count"]),
            figure(row[name]),
            interval(row, name),
            figure(whole[name]),
        )
        for row in sorted(known, key=lambda row: float(row[name]))[:SHOWN_SLICES]
    ]


def interval(row: Mapping[str, Any], name: str) -> str:
    lower, upper = row.get(f"{name}_lower"), row.get(f"{name}_upper")
    return "–" if lower is None or upper is None else f"{figure(lower)} to {figure(upper)}"


def of_segments(view: View) -> Table:
    """Of each subject with an open alert: other rows, or other values in the same rows."""
    wrong = {row["subject"] for row in view.rows(ALERTS)}
    wrong |= {each["subject"] for each in leads(view)}
    found = [row for row in view.rows(SEGMENTS) if row["subject"] in wrong]
    unique = {
        (row["subject"], row["metric"], row["baseline"], row["dimension"]): row
        for row in latest(found, "window_end")
    }
    newest = [row for row in unique.values() if has_moved(row)]
    cells = [
        (
            str(row["subject"]),
            str(row["dimension"]),
            clip(row["top_segment"], 60),
            f"{row['metric']}, {row['baseline']}".replace("_", " "),
            percent(row["top_segment_share"]),
            percent(row["mix_share"]),
        )
        for row in newest
    ]
    headers = (
        "Subject", "By", "Segment that moved most", "Measure and baseline",
        "Its share of the change", "Due to mix",
    )  # fmt: skip
    return table("Where the latest changes are", headers, cells, 4, SHOWN)


def has_moved(row: Mapping[str, Any]) -> bool:
    """Whether there is a change that its parts are shares of."""
    shares = (row["top_segment_share"], row["mix_share"])
    return all(abs(float(share)) <= LARGEST_SHARE for share in shares if share is not None)


SECTION = Section(
    "segments", "Segments", "In which slices is it worst, and is it another mix of rows?", build
)
