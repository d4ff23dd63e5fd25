"""Expectation suites that check the result tables."""
