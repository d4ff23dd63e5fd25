"""The chosen target of profiles.yml, as a driver reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.warehouse.needs_dbt import NeedsDbtError

Target = Mapping[str, Any]


def refuse_unknown(target: Target, known: frozenset[str]) -> None:
    unknown = sorted(name for name, value in target.items() if value and name not in known)
    if unknown:
        raise NeedsDbtError(f"the target has {', '.join(unknown)}")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
