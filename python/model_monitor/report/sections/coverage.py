"""What is watched daily, weekly, monthly and not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.findings.coverage import NOT_WATCHED, WORDS, where
from model_monitor.report.section import Block, Section, View, table
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
    headers = ("Evaluated", "What", "Where", "Why", "Series")
    return Block(
        table("What is not evaluated daily", headers, [cells(row) for row in ordered], 4, SHOWN),
        queries=(COVERAGE,),
    )


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    resolution = row["resolution"]
    word = WORDS.get(resolution) or f"not at all ({NOT_WATCHED.get(resolution, resolution)})"
    return (word, str(row["family"]), where(row), str(row["reason"]), count(row["series_count"]))


SECTION = Section(
    "coverage", "What is watched, and how often",
    "What is evaluated weekly, monthly or not at all?", build,
)  # fmt: skip
