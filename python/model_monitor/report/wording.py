"""Numbers, times and names as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from model_monitor.report.traced import marked
from model_monitor.text import WHOLE

NOT_EVALUATED = "not evaluated"
SINCE = re.compile(r"\bsince (\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)")
WINDOWS = {"hour": "hour", "day": "day", "7d": "7 days", "30d": "30 days"}


def is_missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124  (NaN and NaT differ from themselves)


def shown(value: Any, text: Callable[[Any], str], missing: str) -> str:
    """The text of a value, or why there is none."""
    return missing if is_missing(value) else text(value)


def number(value: Any, digits: int = 3) -> str:
    """Three significant digits, thousands with a comma; never 0 for what is not known."""
    return NOT_EVALUATED if is_missing(value) else marked(plain(float(value), digits), value)


def plain(found: float, digits: int) -> str:
    if found == 0:
        return "0"
    if abs(found) >= 1e12:
        return f"{found:.{digits - 1}e}"
    if abs(found) >= 10 ** (digits - 1):
        return f"{found:,.0f}"
    return f"{found:.{digits}g}" if abs(found) >= 0.001 else f"{found:.1e}"


def figure(value: Any, digits: int = 3) -> str:
    """A number that stands in a column of others: always so many digits."""
    if is_missing(value) or not 0.001 <= abs(float(value)) < 10 ** (digits - 1):
        return number(value, digits)
    return marked(f"{float(value):#.{digits}g}".removesuffix("."), value)


def times(value: Any) -> str:
    return NOT_EVALUATED if is_missing(value) else f"{figure(value, 2)} ×"


def percent(value: Any) -> str:
    if is_missing(value):
        return NOT_EVALUATED
    share = 100 * float(value)
    if share == 0 or abs(share) >= 10:
        text = f"{share:.0f}%"
    else:
        text = f"{share:.1f}%" if abs(share) >= 0.1 else f"{share:.2g}%"
    return marked(text, value)


def points(value: Any) -> str:
    """A difference between shares: +1.2 points."""
    if is_missing(value):
        return NOT_EVALUATED
    return f"{marked(f'{100 * float(value):+.1f}', value)} points"


def hours(value: Any) -> str:
    return NOT_EVALUATED if is_missing(value) else f"{number(value, 2)} h"


def count(value: Any) -> str:
    return NOT_EVALUATED if is_missing(value) else marked(f"{float(value):,.0f}", value)


def day(value: date | None, *, year: bool = False) -> str:
    """16 Jun, or 16 Jun 2026."""
    if is_missing(value) or value is None:
        return NOT_EVALUATED
    shown = f"{value.day} {value:%b}"
    return f"{shown} {value.year}" if year else shown


def moment(value: datetime | None, *, year: bool = False) -> str:
    """16 Jun, or 16 Jun, 04:00 if it is no midnight."""
    if is_missing(value) or value is None:
        return NOT_EVALUATED
    hour = "" if (value.hour, value.minute) == (0, 0) else f", {value:%H:%M}"
    return day(value, year=year) + hour


def naive(value: datetime) -> datetime:
    """A time in UTC without its zone, as the ends of the period are."""
    return value.replace(tzinfo=None)


def last_day(end: datetime | None) -> str:
    """The last day of a window that ends (exclusively) at this time."""
    if is_missing(end) or end is None:
        return NOT_EVALUATED
    return day(end - timedelta(microseconds=1))


def sentence(message: Any, monitor: str) -> str:
    """The message of an incident without the monitor's name, its date as 16 Jun."""
    text = str(message or "")
    # A version may stand between: fraud fraud_v6: …
    start = f"{monitor}: " if text.startswith(f"{monitor}: ") else f"{monitor} "
    text = text.removeprefix(start)

    def readable(found: re.Match[str]) -> str:
        try:
            return f"since {moment(datetime.fromisoformat(found[1]))}"
        except ValueError:
            return found[0]

    return SINCE.sub(readable, text)


def window(name: Any) -> str:
    return WINDOWS.get(str(name), str(name))


def place(row: Any) -> str:
    """Version and slice of a row; empty for all rows of all versions."""
    version, name, value = (row.get(key) for key in ("model_version", "slice_name", "slice_value"))
    parts = []
    if name not in (None, WHOLE):
        parts.append(f"{name} = {value}")
    if version not in (None, WHOLE):
        parts.append(f"version {version}")
    return ", ".join(parts)


def plural(number_of: int, one: str, many: str | None = None) -> str:
    return f"{count(number_of)} {one if number_of == 1 else many or one + 's'}"


def clip(text: Any, size: int) -> str:
    found = str(text)
    return found if len(found) <= size else found[: size - 1] + "…"
