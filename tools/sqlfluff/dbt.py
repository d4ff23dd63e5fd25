"""Stands in for dbt's own macros, as model_monitor.py does for those of the package."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *_, **__: name
