"""Error analysis: the features of wrong predictions beside those of right ones.

Its queries read the logs, so the section is there only if the user asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from model_monitor.report.error_queries import ErrorQueries
from model_monitor.report.error_tables import (
    WORDS,
    Rows,
    alike,
    names,
    of_counts,
    of_examples,
    of_features,
    of_slices,
    other_slices,
)
from model_monitor.report.section import Block, Section, Table, View
from model_monitor.report.wording import last_day

WEEKS = """
select monitor, log, score, max(window_end) as week_end
from {monitor_performance}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and window_name in ('day', '7d')
    and is_final
    and window_end > {since}
    and window_end <= {until}
group by monitor, log, score
order by monitor, log, score
"""
LAST_RUN = "select max(as_of) as as_of from {monitor_runs}"
SMALL = "Groups with fewer wrong or fewer right predictions than min_cell are not shown."


@dataclass(frozen=True)
class Score:
    """The content about one score."""

    title: str
    rule: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def build(view: View) -> Block | None:
    found = view.source.errors.get(view.monitor, ())
    if not found:
        return None
    weeks = {(row["log"], row["score"]): row["week_end"] for row in view.rows(WEEKS)}
    as_of = next((row["as_of"] for row in view.source.everything(LAST_RUN)), None)
    queries: list[str] = []
    scores = []
    for each in found:
        end = weeks.get((each.log, each.score))
        if end is None or as_of is None:
            note = "No day has final labels yet, so no prediction is known to be right or wrong."
            scores.append(Score(title(each), notes=(note,)))
        else:
            scores.append(of_score(view, each, end, as_of, queries))
    return Block(tuple(scores), queries=(*queries, WEEKS))


def of_score(
    view: View, each: ErrorQueries, end: datetime, as_of: datetime, queries: list[str]
) -> Score:
    """The tables about a score; its queries are added to `queries`."""

    def rows(name: str) -> Rows:
        query = each.filled(name, end - timedelta(days=7), end, as_of)
        if query is None:
            return []
        queries.append(query)
        return view.alone(query)

    heading = f"{title(each)}, 7 days to {last_day(end)}"
    words = WORDS[each.kind]
    counts = rows("counts")
    if not counts:
        note = "No decision: the score has no threshold, or no outcome is known."
        return Score(heading, notes=(note,))
    tables = [of_counts(counts, words)]
    notes: list[str] = []
    features: Rows = []
    sizes = [
        sum(int(row["row_count"]) for row in counts if row["is_wrong"] == is_wrong)
        for is_wrong in (True, False)
    ]
    if min(sizes) < each.min_cell:
        notes.append("Fewer wrong or fewer right predictions than min_cell: not compared.")
    else:
        features, slices = rows("features"), rows("slices")
        tables += [of_features(features, words), of_slices(slices, words)]
        notes += [alike(features), *(other_slices(slices, words) if slices else ()), SMALL]
    tables.append(of_examples(rows("examples"), names(features), each.kind))
    return Score(
        heading, words.rule, tuple(one for one in tables if one.rows), tuple(filter(None, notes))
    )


def title(each: ErrorQueries) -> str:
    return f"{each.score} → {each.outcome}"


SECTION = Section(
    "errors", "Error analysis", "How do wrong predictions differ from right ones?", build
)
