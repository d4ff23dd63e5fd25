"""Rates of profiles are from 0 to 1, and quantiles are in order."""

from __future__ import annotations

from itertools import pairwise

import great_expectations as gx
from great_expectations import expectations as gxe

RATES = (
    "missing_rate", "invalid_rate", "out_of_range_rate", "unseen_rate", "zero_rate", "stale_rate",
    "top_share", "at_min_share", "at_max_share", "extreme_share", "low_confidence_share",
)  # fmt: skip
ORDER = ("min", "p01", "p05", "p25", "p50", "p75", "p95", "p99", "max")
STEPS = (*pairwise(ORDER), ("min", "mean"), ("mean", "max"))
ROUNDING = 1e-9
KEYS = ["monitor", "log", "window_name", "subject"]


def suite() -> gx.ExpectationSuite:
    return gx.ExpectationSuite(
        name="profiles",
        expectations=[*rates(), *steps(), *others()],
        notes="Rates are from 0 to 1, quantiles are in order, and no number is NaN.",
        meta={
            "frame": "monitor_trust_profiles",
            "table": "monitor_profiles",
            "keys": KEYS,
            "row_keys": [
                "monitor", "log", "role", "model_version", "window_name", "window_end",
                "slice_name", "slice_value", "subject",
            ],
            "do": "Something other than a run changed this table. To recompute the days: "
            "model-monitor rebuild --from DATE",
        },
    )  # fmt: skip


def rates() -> list[gxe.Expectation]:
    found: list[gxe.Expectation] = []
    for rate in RATES:
        low = {
            "name": f"{rate}_is_at_least_0",
            "means": f"{rate} is not below 0.",
            "rows": f"{rate} < 0",
        }
        high = {
            "name": f"{rate}_is_at_most_1",
            "means": f"{rate} is not above 1.",
            "rows": f"{rate} > 1",
        }
        found += [
            gxe.ExpectColumnValuesToBeBetween(column=f"least_{rate}", min_value=0, meta=low),
            gxe.ExpectColumnValuesToBeBetween(column=f"largest_{rate}", max_value=1, meta=high),
        ]
    return found


def steps() -> list[gxe.Expectation]:
    """Steps between quantiles, relative to their size, except for rounding."""
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column=f"least_step_{lower}_{upper}",
            min_value=-ROUNDING,
            meta={
                "name": f"{lower}_is_not_above_{upper}",
                "means": f"{lower} is not above {upper}.",
                "rows": f"{upper} - {lower} < -{ROUNDING} * (abs({upper}) + abs({lower}))",
            },
        )
        for lower, upper in STEPS
    ]


def others() -> list[gxe.Expectation]:
    finite = {"name": "profiles_are_finite", "means": "No number is NaN or infinite."}
    found: list[gxe.Expectation] = [
        gxe.ExpectColumnValuesToBeBetween(
            column="not_finite_count", min_value=0, max_value=0, meta=finite
        )
    ]
    for column, least in (("row_count", 1), ("stddev", 0), ("entropy", -ROUNDING)):
        meta = {
            "name": f"{column}_is_not_negative" if least < 1 else f"{column}_is_positive",
            "means": f"{column} is at least {0 if least < 1 else 1}.",
            "rows": f"{column} < {least}",
        }
        found.append(
            gxe.ExpectColumnValuesToBeBetween(column=f"least_{column}", min_value=least, meta=meta)
        )
    return found
