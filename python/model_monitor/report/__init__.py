"""The report: one HTML file that shows what is wrong, since when and what to do."""
