"""The severities of alerts and incidents, lowest first."""

SEVERITIES = ("info", "warn", "critical")
