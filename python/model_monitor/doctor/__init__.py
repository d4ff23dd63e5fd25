"""Checks of a configuration and its logs before the first build."""
