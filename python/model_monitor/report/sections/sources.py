"""Categories of further logs over time, such as the sources of the candidates of a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.report.figures import share
from model_monitor.report.section import Block, Section, View, more
from model_monitor.report.stacks import COLOURS, Part, Stacks, stacked
from model_monitor.report.wording import clip, last_day, percent

# Slice columns are subjects of a log too. The heat map shows them.
SHARES = """
select
    monitor, log, subject, bin_kind, bin_label, window_start, window_end, share
from {monitor_distributions}
where {monitors}
    and log not like 'predictions%'
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_name = 'day'
    and bin_kind in ('category', 'unseen', 'missing')
    and window_end > {since}
    and subject not in (select slice_name from {monitor_coverage} where {monitors})
order by monitor, log, subject, bin, window_end
"""
SHOWN = 6


def build(view: View) -> Block | None:
    if not view.has(SHARES):
        return None
    subjects: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in view.rows(SHARES):
        subjects.setdefault((str(row["log"]), str(row["subject"])), []).append(row)
    if not subjects:
        return None
    figures = tuple(figure(view, key, rows) for key, rows in list(subjects.items())[:SHOWN])
    return Block(figures, more(len(subjects), SHOWN), (SHARES,))


def figure(view: View, key: tuple[str, str], rows: Sequence[Mapping[str, Any]]) -> Stacks:
    """The most frequent categories; what they leave of a column is the rest."""
    log, subject = key
    parts: dict[str, list[Part]] = {}
    most: dict[str, float] = {}
    for row in rows:
        name = row["bin_label"] if row["bin_kind"] == "category" else row["bin_kind"]
        parts.setdefault(name, []).append(
            Part(row["window_start"], row["window_end"], row["share"])
        )
        most[name] = max(most.get(name, 0.0), float(row["share"] or 0))
    chosen = sorted(parts, key=lambda name: (-most[name], str(name)))[:COLOURS]
    newest = max(row["window_end"] for row in rows)
    now = {name: parts[name][-1] for name in chosen if parts[name][-1].end == newest}
    notes = {clip(name, 40): percent(now[name].value) if name in now else "none" for name in chosen}
    label = f"Shares of {subject} in the log {log} per day, until {last_day(newest)}"
    texts = (subject, f"log {log}, share of the rows; latest share in brackets", label)
    shown = {clip(name, 40): parts[name] for name in chosen}
    return stacked(view.period, texts, shown, notes, share, 1.0)


SECTION = Section(
    "sources", "Sources and categories", "Where do candidates come from, and does that change?",
    build,
)  # fmt: skip
