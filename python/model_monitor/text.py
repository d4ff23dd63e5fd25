"""Phrases shared by several commands, and the name of the slice with all rows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

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
