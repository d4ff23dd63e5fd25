"""Stands in for dbt's start of the run."""

from __future__ import annotations


def strftime(form: str) -> str:
    return form


def isoformat() -> str:
    return "2026-01-01T00:00:00+00:00"
