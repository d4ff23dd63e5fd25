"""The tiny log of `golden/`, as a monitor, and its tables held to the values that were committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "golden"
AS_OF = "2026-01-21 12:00:00"
MONITOR: dict[str, Any] = {
    "name": "tiny",
    "problem": "binary",
    "predictions": {
        "source": ["logs", "tiny_log"], "time": "at", "loaded_at": "loaded_at",
        "version": "version", "id": "id", "label": "label",
    },
    "scores": {"p": {"outcome": "label", "threshold": 0.5}},
    "features": {"amount": {"min": 0, "max": 30}, "plan": {"type": "categorical"}},
    "slices": ["region"],
    "metrics": {"amount_per_row": {"numerator": "amount"}},
    "reference": {"source": ["logs", "tiny_training"], "outcomes": {"label": "label"}},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 10, "min_cell": 1, "lateness": "1h"},
    "retention": {"day": "400d", "day_sliced": "400d"},
}  # fmt: skip
# How each table calls what a number is of.
SUBJECTS = {
    "monitor_profiles": "subject", "monitor_drift": "subject", "monitor_metrics": "metric",
    "monitor_performance": "score",
}  # fmt: skip
KEYS = ["window_name", "window_end", "model_version", "slice_name", "slice_value", "subject"]
# Sums are integers of a millionth of the ruler's scale (docs/understand/rulers.md); amounts have a
# scale of about ten.
FIXED_POINT = {
    "mean": 1e-5, "stddev": 1e-5, "mean_shift": 1e-6, "stddev_ratio": 1e-6, "log_loss": 1e-6,
}  # fmt: skip


def tables() -> dict[str, str]:
    columns = (
        "select * replace (cast(amount as double) as amount, cast(p as double) as p, "
        "cast(label as boolean) as label) from read_csv('{}', nullstr='')"
    )
    return {
        "tiny_log": columns.format(FOLDER / "log.csv"),
        "tiny_training": columns.format(FOLDER / "training.csv"),
    }


def apart(read: Callable[[str], pd.DataFrame]) -> list[str]:
    """Each committed value that a table does not hold; `read` gives the frame of a query's table."""
    every = pd.read_csv(FOLDER / "expected.csv", parse_dates=["window_end"])
    found, compared = [], 0
    for table, expected in every.groupby("table"):
        where = "baseline = 'reference'" if table == "monitor_drift" else "true"
        columns = [*KEYS[:-1], SUBJECTS[str(table)], *sorted(set(expected["measure"]))]
        rows = read(
            f"select {', '.join(columns)} from {{}}{table} where monitor = 'tiny' and {where}"
        )
        rows = rows.rename(columns={SUBJECTS[str(table)]: "subject"})
        rows["window_end"] = pd.to_datetime(rows["window_end"])
        measures = rows.melt(KEYS, var_name="measure", value_name="found")
        both = expected.merge(measures, on=[*KEYS, "measure"], how="left")
        bounds = both["measure"].map(FIXED_POINT).fillna(1e-9).to_numpy()
        wanted, numbers = both["value"].to_numpy(), pd.to_numeric(both["found"]).to_numpy(float)
        close = np.abs(wanted - numbers) <= np.maximum(bounds, 1e-9 * np.abs(wanted))
        compared += len(both)
        odd = both[~close]
        found += [f"{table}: {row}" for row in odd.head(5).to_dict("records")]
    assert compared > 4000
    return found
