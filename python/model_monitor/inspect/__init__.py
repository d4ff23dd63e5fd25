"""Queries that look at a log before it is monitored."""
