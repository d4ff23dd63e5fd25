"""Logs at another time."""

from __future__ import annotations

import pandas as pd


def moved(rows: pd.DataFrame, by: pd.Timedelta) -> pd.DataFrame:
    """The same rows, with every time later by as much."""
    times = rows.select_dtypes("datetime").columns
    return rows.assign(**{name: rows[name] + by for name in times})
