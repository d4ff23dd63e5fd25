"""What is watched daily, weekly, monthly and not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.findings.coverage import NOT_WATCHED, WORDS, where
from model_monitor.report.section import Block, Section, View, table
from model_monitor.report.traced import total
from model_monitor.report.wording import count
from model_monitor.text import WHOLE

COVERAGE = """
select
    monitor, family, slice_name, resolution, count(*) as series_count, min(reason) as reason
from {monitor_coverage}
where {monitors}
    and model_version = '(all)'
group by monitor, family, slice_name, resolution
order by monitor, family, slice_name, resolution
"""
SHOWN = 24
RANK = ("too_small", "unlabelled", "30d", "7d", "day")


def build(view: View) -> Block | None:
    if not view.has(COVERAGE):
        return None
    rows = view.rows(COVERAGE)
    if not rows:
        return Block(note="No window has been evaluated yet.", queries=(COVERAGE,))
    gaps = [row for row in rows if row["reason"]]
    if not gaps:
        return Block(note="Every series is evaluated daily.", queries=(COVERAGE,))
    ordered = sorted(
        gaps, key=lambda row: (RANK.index(row["resolution"]), row["slice_name"] != WHOLE)
    )
    alike: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in ordered:
        key = (row["resolution"], str(row["family"]), str(row["reason"]))
        alike.setdefault(key, []).append(row)
    headers = ("Evaluated", "What", "Where", "Why", "Series")
    shown = [cells(*key, found) for key, found in alike.items()]
    return Block(
        table("What is not evaluated daily", headers, shown, 4, SHOWN), queries=(COVERAGE,)
    )


def cells(
    resolution: str, family: str, reason: str, rows: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """One line about slices that are not evaluated for the same reason."""
    word = WORDS.get(resolution) or f"not at all ({NOT_WATCHED.get(resolution, resolution)})"
    series = total(row["series_count"] for row in rows)
    return (word, family, where(rows), reason, count(series))


SECTION = Section(
    "coverage", "What is watched, and how often",
    "What is evaluated weekly, monthly or not at all?", build,
)  # fmt: skip
