"""One line for one alert or for many alerts."""

from __future__ import annotations

from typing import Any

SHOWN_ALERTS = 10  # in one list; the others are counted


def counted(alerts: list[dict[str, Any]]) -> str:
    by_severity: dict[str, int] = {}
    for alert in alerts:
        by_severity[alert["severity"]] = by_severity.get(alert["severity"], 0) + 1
    parts = [f"{count} {severity}" for severity, count in by_severity.items()]
    return ", ".join(parts) or "none"


def headline(alert: dict[str, Any]) -> str:
    """The alert in one line: its message, or else its names."""
    if alert.get("message"):
        return str(alert["message"])
    names = ("monitor", "model_version", "subject", "metric", "what", "location")
    return " ".join(str(alert[name]) for name in names if alert.get(name))
