"""Rows of a query as dictionaries, with plain values on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


def rows_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Row]:
    return [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in rows]


def plain(value: Any) -> Any:
    """Exact numbers become floats, and a number that is none becomes a missing value."""
    if isinstance(value, Decimal):
        value = float(value)
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124


def as_utc(found: datetime) -> datetime:
    """A time without a zone, in UTC, as the results have them."""
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
