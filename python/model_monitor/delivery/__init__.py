"""Alerts on their way to people: what has to be told, to whom, over which channel."""
