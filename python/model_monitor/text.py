"""Phrases and names that several commands share, such as the slice with all rows."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable

WHOLE = "(all)"
# The values of recommended_action, and each as people read it.
ACTIONS = {
    "ignore": "Nothing to do: it was expected",
    "monitor": "Keep watching",
    "recalibrate": "Recalibrate the scores",
    "retrain": "Retrain the model",
    "rollback": "Roll back the version",
    "disable_source": "Disable the source",
    "fix_feature": "Fix the feature",
    "adjust_policy": "Adjust the decision threshold",
    "run_experiment": "Run an experiment",
    "investigate_data": "Check the data pipeline",
    "investigate": "Investigate the cause",
}


def nearest(name: str, valid: Iterable[str], shown: int = 8) -> str:
    """The most similar names, else the first valid ones."""
    names = list(valid)
    by_word = {_word(each): each for each in names}
    close = difflib.get_close_matches(_word(name), list(by_word), n=3, cutoff=0.55)
    if close:
        return "Nearest: " + ", ".join(by_word[each] for each in close)
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"Available: {', '.join(names[:shown])}{more}" if names else "Available: none."


def action(name: object) -> str:
    if name in (None, "", "none"):
        return "Nothing to do"
    return ACTIONS.get(str(name), str(name).replace("_", " ").capitalize())


def chapter_anchor(monitor: str) -> str:
    """The id of a monitor's chapter in the report, safe in an address whatever its name is."""
    return f"m-{hashlib.sha256(monitor.encode()).hexdigest()[:8]}"


def section_anchor(chapter: str, section: str) -> str:
    """The id of a section in a chapter of the report."""
    return f"{chapter}-{section}"


def _word(name: str) -> str:
    """What is compared: capitals and the dashes of an option make no difference."""
    return name.lower().lstrip("-")
