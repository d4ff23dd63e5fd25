"""Reliability diagrams: do outcomes occur as often as predicted?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report.figures import Scale, Tick, share, step
from model_monitor.report.section import Block, Section, View, latest, more
from model_monitor.report.traced import counted, total
from model_monitor.report.wording import count, last_day, times, window

BUCKETS = """
select
    monitor, log, score, outcome, class, window_name, window_end, bucket, prediction_count,
    average_prediction, observed_rate, gap_lower, gap_upper
from {monitor_calibration_buckets}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and bucketing = 'mass'
    and class = '(binary)'
    and is_final
    and window_end > {since}
    and window_end in (
        select max(newest.window_end)
        from {monitor_calibration_buckets} as newest
        where newest.is_final
        group by newest.monitor, newest.log, newest.window_name
    )
order by monitor, log, score, window_name, window_end, bucket
"""
CALIBRATION = """
select
    monitor, log, score, outcome, class, window_name, window_end, row_count, calibration_ratio,
    calibration_ratio_lower, calibration_ratio_upper
from {monitor_calibration}
where {monitors}
    and role = 'live'
    and model_version = '(all)'
    and slice_name = '(all)'
    and class = '(binary)'
    and is_final
    and window_end > {since}
order by monitor, log, score, window_name, window_end
"""
SIZE, LEFT, TOP, BOTTOM = 300.0, 46.0, 10.0, 40.0
# A week first: it has more labels than a day, and is newer than a month.
LENGTHS = ("7d", "30d", "day")
SHOWN = 4


@dataclass(frozen=True)
class Dot:
    """One bucket: predicted across, observed up, with its interval."""

    x: float
    y: float
    top: float
    bottom: float
    is_off: bool


@dataclass(frozen=True)
class Diagram:
    """One score in its latest final window."""

    title: str
    when: str
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    start: float
    end: float
    floor: float
    summary: str


def build(view: View) -> Block | None:
    if not view.has(BUCKETS):
        return None
    rows = view.rows(BUCKETS)
    queries = tuple(query for query in (BUCKETS, CALIBRATION) if view.has(query))
    if not rows:
        return None
    scores: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        scores.setdefault((str(row["log"]), str(row["score"])), []).append(row)
    diagrams = [diagram(view, key, found) for key, found in scores.items()]
    shown = tuple(each for each in diagrams if each)
    return Block(shown[:SHOWN], more(len(shown), SHOWN), queries) if shown else None


def diagram(view: View, key: tuple[str, str], rows: Sequence[Mapping[str, Any]]) -> Diagram | None:
    name, buckets = fullest(rows)
    if not buckets:
        return None
    rates = ("average_prediction", "observed_rate")
    most = max(float(row[name]) for row in buckets for name in rates)
    each = step(most or 1.0)
    high = min(1.0, each * -(-(most or 1.0) // each))
    across = Scale(0, high, LEFT, SIZE - 18)
    up = Scale(0, high, SIZE - BOTTOM, TOP)
    marks = [index * each for index in range(round(high / each) + 1)]
    end = buckets[0]["window_end"]
    ratio = next(
        (
            row
            for row in view.rows(CALIBRATION)
            if (row["log"], row["score"], row["window_name"], row["window_end"])
            == (*key, name, end)
        ),
        None,
    )
    predictions = total(row["prediction_count"] for row in buckets)
    when = f"{window(name)} to {last_day(end)}" if name != "day" else last_day(end)
    return Diagram(
        f"{key[1]} → {buckets[0]['outcome']}",
        f"{when}, {count(predictions)} predictions with a label",
        tuple(dot(row, across, up) for row in buckets),
        tuple(Tick(across(mark), share(mark, each)) for mark in marks),
        tuple(Tick(up(mark), share(mark, each)) for mark in marks),
        across.start,
        across.end,
        up.start,
        in_words(ratio, buckets),
    )


def fullest(rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[Mapping[str, Any]]]:
    """The latest buckets of a week, or of a longer window that shows more of them."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name in LENGTHS:
        newest = latest([row for row in rows if row["window_name"] == name], "window_end")
        found[name] = [row for row in newest if row["observed_rate"] is not None]
    best = max(LENGTHS, key=lambda name: len(found[name]))
    return best, found[best]


def dot(row: Mapping[str, Any], across: Scale, up: Scale) -> Dot:
    predicted, observed = float(row["average_prediction"]), float(row["observed_rate"])
    lower, upper = (row[name] for name in ("gap_lower", "gap_upper"))
    is_off = lower is not None and upper is not None and not lower <= 0 <= upper
    low = observed if lower is None else predicted + float(lower)
    high = observed if upper is None else predicted + float(upper)
    return Dot(
        across(predicted),
        up(observed),
        up(min(max(high, 0), across.high)),
        up(min(max(low, 0), across.high)),
        is_off,
    )


def in_words(ratio: Mapping[str, Any] | None, buckets: Sequence[Mapping[str, Any]]) -> str:
    off = [row for row in buckets if row["gap_lower"] is not None]
    off = [row for row in off if not row["gap_lower"] <= 0 <= row["gap_upper"]]
    # 0 is no row of the query, so there is nothing that the number could name.
    differ = f"{count(counted(off)) if off else 'None'} of {count(counted(buckets))} buckets"
    text = f"{differ} differ from the prediction beyond chance."
    if ratio is None or ratio["calibration_ratio"] is None:
        return text
    found = times(ratio["calibration_ratio"])
    return f"Outcomes occur {found} as often as predicted. {text}"


SECTION = Section(
    "reliability", "Calibration", "Do outcomes occur as often as the score predicts?", build
)
