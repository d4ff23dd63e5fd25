"""What the doctor concludes from what it saw. Pure functions: facts in, findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from model_monitor.inspect.datatypes import BOOLEAN, OTHER, TEXT, TIME, family
from model_monitor.inspect.queries import Bounds
from model_monitor.inspect.samples import Sample, Values
from model_monitor.text import fewer_rows, nearest

ERROR, WARN, NOTE = "error", "warn", "note"
RULER_DAYS = 7
MANY_VALUES = 1000
ODD_MISSING = 0.2
TRUTHS = "true, false, t, f, yes, no, 1, 0"


@dataclass(frozen=True)
class Finding:
    """One thing to know about one place of the configuration, and what to do about it."""

    level: str
    where: str
    problem: str
    advice: str = ""


def missing_columns(
    named: Sequence[tuple[str, str]], columns: Sequence[str], relation: str
) -> list[Finding]:
    """`named`: where in the configuration, and the column that it names there."""
    known = {column.lower() for column in columns}
    return [
        Finding(ERROR, where, f"{relation} has no column {name}", nearest(name, columns))
        for where, name in named
        if name.lower() not in known
    ]


def time_type(where: str, column: str, data_type: str) -> list[Finding]:
    if family(data_type) == TIME:
        return []
    return [
        Finding(
            ERROR,
            where,
            f"{column} is {data_type}, not a timestamp",
            "Give the log a model in which it is cast, and name that model with ref:.",
        )
    ]


def subject_type(where: str, subject: Mapping[str, Any], data_type: str) -> list[Finding]:
    """Whether the values can be what the configuration says they are."""
    found, wanted = family(data_type), subject["type"]
    if wanted == "numeric" and found == TEXT:
        return [
            Finding(ERROR, where, f"numeric, but the values are {data_type}",
                    "type: categorical, or sql: with a cast; else every value counts as invalid.")
        ]  # fmt: skip
    if wanted == "numeric" and found in (TIME, OTHER):
        return [
            Finding(ERROR, where, f"numeric, but the values are {data_type}",
                    "sql: an expression that makes a number of it, such as an age or a length.")
        ]  # fmt: skip
    if wanted == "numeric" and found == BOOLEAN:
        return [Finding(WARN, where, f"numeric, but the values are {data_type}", "type: boolean")]
    if wanted == "boolean" and found == TEXT:
        return [Finding(WARN, where, f"boolean, but the values are {data_type}",
                        f"Only {TRUTHS} are understood; the rest counts as invalid.")]  # fmt: skip
    if wanted == "boolean" and found in (TIME, OTHER):
        return [Finding(ERROR, where, f"boolean, but the values are {data_type}",
                        "sql: a condition, such as \"x is not null\"")]  # fmt: skip
    return []


def log_bounds(
    where: str, found: Bounds, now: datetime, lateness: timedelta, *, has_loaded_at: bool
) -> list[Finding]:
    """Is there anything, is it fresh, is it dated."""
    if found.rows == 0:
        return [Finding(WARN, where, "the log is empty", "Results will be empty, too.")]
    findings = []
    if found.future:
        clock = "Rows from the future are left out until their time has come: check the clock."
        findings.append(Finding(WARN, where, f"{found.future:,} rows are later than now", clock))
    if found.untimed:
        text = f"{found.untimed:,} of {found.rows:,} rows have no time"
        findings.append(Finding(WARN, where, text, "They are in no window."))
    watermark = found.loaded_last if has_loaded_at else found.last
    if watermark is not None and now - watermark > lateness + timedelta(days=1):
        age = (now - watermark).total_seconds() / 86400
        text = f"nothing new for {age:,.0f} days, since {watermark:%Y-%m-%d %H:%M}"
        advice = "Is the load running? To judge as of then: --as-of"
        findings.append(Finding(WARN, where, text, f"{advice} {watermark:%Y-%m-%dT%H:%M:%SZ}"))
    silent = [day for day, count in found.days[:-1] if count == 0 and later(day, found.first)]
    if silent:
        text = f"no row on {', '.join(f'{day:%m-%d}' for day in silent)}"
        findings.append(Finding(WARN, where, text, "Missing loads, or a quiet log?"))
    return findings


def few_rows(where: str, rows: float, limits: Mapping[str, Any]) -> list[Finding]:
    """A day below min_rows is not judged, and no history is made of it."""
    if rows >= limits["min_rows"]:
        return []
    text = f"about {rows:.0f} rows a day, and a day is judged from {limits['min_rows']} on"
    return [Finding(WARN, where, text, fewer_rows(rows, limits))]


def later(day: Any, first: datetime | None) -> bool:
    return first is not None and day > first.date()


def subject_values(where: str, subject: Mapping[str, Any], found: Values) -> list[Finding]:
    """Columns that cannot tell anything."""
    if found.rows == 0:
        return []
    if found.present == 0:
        return [Finding(WARN, where, "always missing in the newest rows")]
    findings = []
    if found.distinct == 1 and found.present > 1:
        value = "" if found.lowest is None else f": {show(found.lowest)}"
        findings.append(Finding(NOTE, where, f"always the same value{value}"))
    number_of = found.distinct or 0
    if subject["type"] == "categorical" and number_of > MANY_VALUES:
        text = f"categorical with {number_of:,} values in {found.rows:,} rows"
        advice = "An id? Leave it out, or group it with sql:."
        findings.append(Finding(WARN, where, text, advice))
    outside = [
        f"{name} {show(limit)}, found {show(value)}"
        for name, limit, value, is_outside in (
            ("min", subject["min"], found.lowest, below(found.lowest, subject["min"])),
            ("max", subject["max"], found.highest, below(subject["max"], found.highest)),
        )
        if is_outside
    ]
    if outside:
        findings.append(Finding(NOTE, where, "; ".join(outside), "They count as out of range."))
    return findings


def below(low: Any, high: Any) -> bool:
    try:
        return low is not None and high is not None and float(low) < float(high)
    except (TypeError, ValueError):
        return False


def reference_values(
    where: str, subject: Mapping[str, Any], frozen: Values, recent: Values | None
) -> list[Finding]:
    """What a ruler frozen from these values would be worth."""
    if frozen.rows == 0:
        return []
    if frozen.present == 0:
        return [Finding(WARN, where, "empty where its ruler freezes: every value would be unseen")]
    findings = []
    if frozen.distinct == 1:
        text = (
            f"constant where its ruler freezes ({show(frozen.lowest)}): any other value is a change"
        )
        findings.append(Finding(WARN, where, text))
    if recent is None or recent.present == 0:
        return findings
    if abs(frozen.missing - recent.missing) > ODD_MISSING:
        text = f"missing: {frozen.missing:.0%} where its ruler freezes, {recent.missing:.0%} now"
        findings.append(Finding(WARN, where, text, "Are both written by the same code?"))
    if subject["type"] == "numeric" and (
        below(frozen.highest, recent.lowest) or below(recent.highest, frozen.lowest)
    ):
        text = (
            f"its ruler freezes from {show(frozen.lowest)} to {show(frozen.highest)}, "
            f"values now go from {show(recent.lowest)} to {show(recent.highest)}"
        )
        findings.append(Finding(WARN, where, text, "Another unit, or another encoding?"))
    return findings


def first_full_day(first: datetime) -> datetime:
    """The first day that was logged whole: the next one, if logging began in the midst of it."""
    midnight = datetime.combine(first.date(), datetime.min.time())
    return midnight if first < midnight + timedelta(hours=1) else midnight + timedelta(days=1)


def first_days(where: str, start: datetime, now: datetime, lateness: timedelta) -> list[Finding]:
    """Without a reference the first complete days are one."""
    end = start + timedelta(days=RULER_DAYS)
    period = f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"
    if end + lateness > now:
        text = f"no reference: rulers freeze from {period}, nothing is judged before"
        advice = "reference: would give one now"
        return [Finding(NOTE, where, f"{text} {end + lateness:%Y-%m-%d %H:%M}", advice)]
    return [Finding(NOTE, where, f"no reference: rulers are those of {period}")]


def slice_values(where: str, column: str, sampled: Sample, limit: int) -> list[Finding]:
    found = sampled.columns.get(column)
    if found is None or found.distinct is None or found.distinct <= limit:
        return []
    text = f"{column} has {found.distinct:,} values, of which the {limit} largest get slices"
    return [Finding(NOTE, where, text, "The rest is pooled as (other); limits: slice_values")]


def show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}"
    return "nothing" if value is None else str(value)


def too_large(where: str, count: int) -> Finding:
    """What is made of numbers that exact sums have no room for is a bound, and no measurement."""
    text = f"{count:,} of the newest rows are beyond ±1e15 and count as 1e15"
    return Finding(ERROR, where, text, "Take a larger unit, such as x / 1000000.")
