"""The severities of alerts and incidents, lowest first, and their order in Python and SQL."""

from __future__ import annotations

SEVERITIES = ("info", "warn", "critical")


def severity_rank(severity: object) -> int:
    """The place of a severity in the order; an unknown one is the lowest."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def severity_rank_sql(column: str) -> str:
    """The same for a column of a table."""
    ranks = " ".join(f"when '{name}' then {rank}" for rank, name in enumerate(SEVERITIES))
    return f"case {column} {ranks} else 0 end"
