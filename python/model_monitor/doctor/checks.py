"""Checks of the doctor, as pure functions: facts in, findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from model_monitor.inspect.datatypes import BOOLEAN, OTHER, TEXT, TIME, family
from model_monitor.inspect.queries import Bounds
from model_monitor.inspect.samples import Sample, Values
from model_monitor.text import nearest

ERROR, WARN, NOTE = "error", "warn", "note"
RULER_DAYS = 7
MANY_VALUES = 1000
ODD_MISSING = 0.2
TRUTHS = "true, false, t, f, yes, no, 1, 0"


@dataclass(frozen=True)
class Finding:
    """A problem at one place of the configuration, and advice."""

    level: str
    where: str
    problem: str
    advice: str = ""


def profile_settings(credentials: Any) -> list[Finding]:
    """Settings of a DuckDB profile that cost time before each model."""
    if "memory_limit" not in (getattr(credentials, "settings", None) or {}):
        return []
    problem = (
        "memory_limit is under settings: dbt-duckdb sets it again before each model, and DuckDB "
        "then returns its memory to the system"
    )
    advice = "Move it to config_options, which are set once. Builds of small logs get faster."
    return [Finding(NOTE, "profiles.yml", problem, advice)]


def missing_columns(
    named: Sequence[tuple[str, str]], columns: Sequence[str], relation: str
) -> list[Finding]:
    """`named`: pairs of a place in the configuration and the column named there."""
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
            "Cast it in a model, and name that model with ref:.",
        )
    ]


def subject_type(where: str, subject: Mapping[str, Any], data_type: str) -> list[Finding]:
    """Whether the column's type fits the configured type."""
    found, wanted = family(data_type), subject["type"]
    if wanted == "numeric" and found == TEXT:
        return [
            Finding(ERROR, where, f"numeric, but the values are {data_type}",
                    "Set type: categorical, or sql: with a cast. Else every value is invalid.")
        ]  # fmt: skip
    if wanted == "numeric" and found in (TIME, OTHER):
        return [
            Finding(ERROR, where, f"numeric, but the values are {data_type}",
                    "Set sql: to an expression that gives a number, such as an age or a length.")
        ]  # fmt: skip
    if wanted == "numeric" and found == BOOLEAN:
        return [
            Finding(WARN, where, f"numeric, but the values are {data_type}", "Set type: boolean.")
        ]
    if wanted == "boolean" and found == TEXT:
        return [Finding(WARN, where, f"boolean, but the values are {data_type}",
                        f"Only {TRUTHS} are valid; other values count as invalid.")]  # fmt: skip
    if wanted == "boolean" and found in (TIME, OTHER):
        return [Finding(ERROR, where, f"boolean, but the values are {data_type}",
                        "Set sql: to a condition, such as \"x is not null\".")]  # fmt: skip
    return []


def log_bounds(
    where: str, found: Bounds, now: datetime, lateness: timedelta, *, has_loaded_at: bool
) -> list[Finding]:
    """Whether the log has rows, and whether these are fresh and have a time."""
    if found.rows == 0:
        return [Finding(WARN, where, "the log is empty", "Its results will be empty.")]
    findings = []
    if found.future:
        clock = "They are ignored until that time. Check the clock and the time zone."
        text = f"{found.future:,} rows have a time in the future"
        findings.append(Finding(WARN, where, text, clock))
    if found.untimed:
        text = f"{found.untimed:,} of {found.rows:,} rows have no time"
        findings.append(Finding(WARN, where, text, "They belong to no window."))
    watermark = found.loaded_last if has_loaded_at else found.last
    if watermark is not None and now - watermark > lateness + timedelta(days=1):
        age = (now - watermark).total_seconds() / 86400
        text = f"no new rows for {age:,.0f} days, since {watermark:%Y-%m-%d %H:%M}"
        advice = "Check that the load runs. To evaluate as of then: --as-of"
        findings.append(Finding(WARN, where, text, f"{advice} {watermark:%Y-%m-%dT%H:%M:%SZ}"))
    silent = [day for day, count in found.days[:-1] if count == 0 and later(day, found.first)]
    if silent:
        text = f"no rows on {', '.join(f'{day:%Y-%m-%d}' for day in silent)}"
        findings.append(Finding(WARN, where, text, "Check whether loads are missing."))
    return findings


def few_rows(where: str, rows: float, limits: Mapping[str, Any]) -> list[Finding]:
    """How often a log with so few rows can be evaluated: a month has more than a day."""
    needs = {"rates": limits["rate_rows"], "distributions": limits["min_rows"]}
    watched = {name: often(rows, need) for name, need in needs.items()}
    if set(watched.values()) == {"daily"}:
        return []
    text = f"about {rows:.0f} rows per day: " + ", ".join(
        f"{name} are evaluated {word}" if word else f"{name} are not evaluated"
        for name, word in watched.items()
    )
    needed = " and ".join(f"{need} rows for {name}" for name, need in needs.items())
    advice = f"A window needs {needed} (limits: min_rows)."
    return [Finding(NOTE if all(watched.values()) else WARN, where, text, advice)]


def often(rows: float, need: float) -> str | None:
    """The shortest windows with so many rows; none if a month has too few."""
    lengths = {1: "daily", 7: "weekly", 30: "monthly"}
    return next((word for days, word in lengths.items() if days * rows >= need), None)


def later(day: Any, first: datetime | None) -> bool:
    return first is not None and day > first.date()


def subject_values(where: str, subject: Mapping[str, Any], found: Values) -> list[Finding]:
    """Columns without information, or with suspicious values."""
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
        advice = "If it is an id, leave it out. Otherwise group its values with sql:."
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
        findings.append(
            Finding(NOTE, where, "; ".join(outside), "Such values count as out of range.")
        )
    return findings


def below(low: Any, high: Any) -> bool:
    try:
        return low is not None and high is not None and float(low) < float(high)
    except (TypeError, ValueError):
        return False


def reference_values(
    where: str, subject: Mapping[str, Any], frozen: Values, recent: Values | None
) -> list[Finding]:
    """Problems of a ruler that is frozen from these values."""
    if frozen.rows == 0:
        return []
    if frozen.present == 0:
        return [
            Finding(WARN, where, "always missing in the reference, so every value counts as unseen")
        ]
    findings = []
    if frozen.distinct == 1:
        text = (
            f"constant in the reference of its ruler ({show(frozen.lowest)}): any other value is"
            " a change"
        )
        findings.append(Finding(WARN, where, text))
    if recent is None or recent.present == 0:
        return findings
    if abs(frozen.missing - recent.missing) > ODD_MISSING:
        text = f"missing in {recent.missing:.0%} of the newest rows"
        text += f" and in {frozen.missing:.0%} of the reference"
        advice = "Check that the same code writes both."
        findings.append(Finding(WARN, where, text, advice))
    if subject["type"] == "numeric" and (
        below(frozen.highest, recent.lowest) or below(recent.highest, frozen.lowest)
    ):
        text = (
            f"newest values from {show(recent.lowest)} to {show(recent.highest)}, "
            f"in the reference from {show(frozen.lowest)} to {show(frozen.highest)}"
        )
        advice = "Check that both have the same unit and encoding."
        findings.append(Finding(WARN, where, text, advice))
    return findings


def first_full_day(first: datetime) -> datetime:
    """The first full day: the second one, if logging started during the first."""
    midnight = datetime.combine(first.date(), datetime.min.time())
    return midnight if first < midnight + timedelta(hours=1) else midnight + timedelta(days=1)


def first_days(
    where: str, start: datetime, end: datetime, now: datetime, lateness: timedelta
) -> list[Finding]:
    """Without a configured reference the first full days are the reference."""
    period = f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"
    if end + lateness > now:
        text = f"no reference: rulers freeze from {period}, evaluation starts on"
        advice = "To evaluate it now, set reference:."
        return [Finding(NOTE, where, f"{text} {end + lateness:%Y-%m-%d %H:%M}", advice)]
    return [Finding(NOTE, where, f"no reference: rulers are frozen from {period}")]


def slice_values(where: str, column: str, sampled: Sample, limit: int) -> list[Finding]:
    found = sampled.columns.get(column)
    if found is None or found.distinct is None or found.distinct <= limit:
        return []
    text = f"{column} has {found.distinct:,} values; only the {limit} largest become slices"
    advice = "The others are pooled as (other). To raise the limit: limits: slice_values"
    return [Finding(NOTE, where, text, advice)]


def show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}"
    return "nothing" if value is None else str(value)


def too_large(where: str, count: int) -> Finding:
    """Exact sums have no room for such numbers, so their results would be wrong."""
    text = f"{count:,} of the newest rows exceed ±1e15 and count as 1e15"
    return Finding(ERROR, where, text, "Use a larger unit, such as x / 1000000.")
