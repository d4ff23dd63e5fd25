"""Rows of the result tables, as the commands print them."""
