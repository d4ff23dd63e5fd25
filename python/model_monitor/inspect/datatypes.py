"""The kind of values in a column, independent of the warehouse's type names."""

from __future__ import annotations

import re

NUMBER, TEXT, BOOLEAN, TIME, OTHER = "number", "text", "boolean", "time", "other"

# The first match counts: an array of numbers is not a number, an interval is not an integer.
FAMILIES = (
    (
        r"\[|\(.*\bas\b|^(array|list|map|struct|json|jsonb|variant|object|blob|bytea|interval)",
        OTHER,
    ),
    (r"^(bool|boolean)\b", BOOLEAN),
    (r"^(timestamp|datetime|date)", TIME),
    (r"^(tiny|small|medium|big|huge|u|utiny|usmall|ubig|uhuge)?int(eger|\d+)?\b", NUMBER),
    (r"^(byte|short|long|number|numeric|decimal|dec|double|float\d*|real|money|bignum)\b", NUMBER),
    (r"^(character|varchar|nvarchar|char|bpchar|text|string|uuid|enum|name|citext)", TEXT),
)


def family(data_type: str) -> str:
    lowered = data_type.strip().lower()
    return next((found for pattern, found in FAMILIES if re.search(pattern, lowered)), OTHER)


def has_zone(data_type: str) -> bool:
    lowered = data_type.lower()
    return "with time zone" in lowered or lowered.startswith(("timestamptz", "timestamp_tz"))
