"""Expectation suites over the result tables."""
