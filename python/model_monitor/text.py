"""Phrases and names that several commands share, such as the slice with all rows."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable

WHOLE = "(all)"
# The values of recommended_action, as people read them.
ACTIONS = {
    "fix_feature": "Fix the feature",
    "disable_source": "Disable the source",
    "investigate_data": "Check the data pipeline",
    "retrain": "Retrain the model",
    "recalibrate": "Recalibrate the scores",
    "rollback": "Roll back the version",
    "adjust_policy": "Adjust the decision threshold",
    "investigate": "Investigate the cause",
    "monitor": "Keep watching",
    "run_experiment": "Run an experiment",
    "ignore": "Nothing to do: it was expected",
    "none": "Nothing to do",
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
    found = str(name or "none")
    return ACTIONS.get(found, found.replace("_", " ").capitalize())


def chapter_anchor(monitor: str) -> str:
    """The id of a monitor's chapter in the report, safe in an address whatever its name is."""
    return f"m-{hashlib.sha256(monitor.encode()).hexdigest()[:8]}"


def _word(name: str) -> str:
    """What is compared: capitals and the dashes of an option make no difference."""
    return name.lower().lstrip("-")
