"""Why a command that only reads has to start dbt."""

from __future__ import annotations


class NeedsDbtError(Exception):
    """The artifacts of dbt do not say enough. The text is the reason, and part of a sentence."""
