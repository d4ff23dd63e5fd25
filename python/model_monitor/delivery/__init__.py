"""Delivery of alerts: which notifications are due, for whom, over which channel."""
