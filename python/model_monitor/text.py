"""Phrases that several commands use, and the name of the slice that holds all rows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

WHOLE = "(all)"


def nearest(name: str, valid: Iterable[str], shown: int = 8) -> str:
    """The names that come closest, else the first few of what there is."""
    names = list(valid)
    by_lower = {each.lower(): each for each in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.55)
    if close:
        return "Nearest: " + ", ".join(by_lower[each] for each in close)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"There are: {', '.join(names[:shown])}{more}" if names else "There is none."


def fewer_rows(rows: float, limits: Mapping[str, Any]) -> str:
    """What to do about it. A day's rows stray, and so does their dispersion: half of them."""
    if rows < limits["min_cell"]:
        return "So few rows a day say nothing about a distribution."
    return (
        f"Give it limits: {{min_rows: {max(limits['min_cell'], int(rows / 2))}}}. What chance makes"
        " of so few rows is subtracted, so only large changes will show, and smaller ones by the"
        " week."
    )
