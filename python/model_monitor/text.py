"""Phrases shared by several commands, and the name of the slice with all rows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

WHOLE = "(all)"


def nearest(name: str, valid: Iterable[str], shown: int = 8) -> str:
    """The most similar names, else the first valid ones."""
    names = list(valid)
    by_lower = {each.lower(): each for each in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.55)
    if close:
        return "Nearest: " + ", ".join(by_lower[each] for each in close)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"Available: {', '.join(names[:shown])}{more}" if names else "Available: none."


def fewer_rows(rows: float, limits: Mapping[str, Any]) -> str:
    """Advice for a log with few rows. Daily row counts vary, so the advice is half of them."""
    if rows < limits["min_cell"]:
        return "This is too few rows per day to evaluate a distribution."
    return (
        f"Set limits: {{min_rows: {max(limits['min_cell'], int(rows / 2))}}}. Differences that"
        " chance explains are subtracted, so a day shows only large changes; a week shows smaller"
        " ones."
    )
