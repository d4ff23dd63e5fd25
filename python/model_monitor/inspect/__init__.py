"""Queries that inspect a log before it is monitored."""
