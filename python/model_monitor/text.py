"""Phrases and names that several commands share, such as the slice with all rows."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable

WHOLE = "(all)"


def nearest(name: str, valid: Iterable[str], shown: int = 8) -> str:
    """The most similar names, else the first valid ones."""
    names = list(valid)
    by_word = {_word(each): each for each in names}
    close = difflib.get_close_matches(_word(name), list(by_word), n=3, cutoff=0.55)
    if close:
        return "Nearest: " + ", ".join(by_word[each] for each in close)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"Available: {', '.join(names[:shown])}{more}" if names else "Available: none."


def chapter_anchor(monitor: str) -> str:
    """The id of a monitor's chapter in the report, safe in an address whatever its name is."""
    return f"m-{hashlib.sha256(monitor.encode()).hexdigest()[:8]}"


def _word(name: str) -> str:
    """What is compared: capitals and the dashes of an option make no difference."""
    return name.lower().lstrip("-")
