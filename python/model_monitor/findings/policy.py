"""The columns of a rule, and what a misspelt one is meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# Columns of a rule. Other columns belong to the user, unless they look like a misspelling.
RULE_COLUMNS = (
    "rule_id", "enabled", "monitor", "log", "family", "subject", "subject_kind", "importance",
    "metric", "baseline", "window_name", "model_version", "slice_name", "slice_value", "kind",
    "direction", "warn", "critical", "for_windows", "clear_windows", "min_rows", "clear_below",
    "false_alarms_per_monitor_28d", "owner", "runbook", "dashboard", "is_safety", "valid_from",
    "rule_version", "description", "error_budget", "short_window",
)  # fmt: skip
LIKENESS = 0.8


def misspelt(name: str, absent: Iterable[str]) -> str | None:
    """A note on a column that looks like a misspelt one, such as `warnn`."""
    similar = difflib.get_close_matches(name.lower(), list(absent), n=1, cutoff=LIKENESS)
    return f"there is no column {name}. Nearest: {similar[0]}" if similar else None
