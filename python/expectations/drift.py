"""Statistics are within their possible range, and a status explains every null."""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

# From 0 to 1.
SHARES = (
    "js_distance", "hellinger", "total_variation", "l_infinity", "ks", "ks_error_bound",
    "tail_share", "unseen_share", "chi2_p_value", "ks_p_value", "mean_p_value", "tail_p_value",
    "q_value",
)  # fmt: skip
# From 0 on.
POSITIVE = (
    "psi", "psi_valid", "psi_noise_floor", "kl", "chi2", "wasserstein", "wasserstein_error_bound",
    "wasserstein_scaled", "stddev_ratio", "p50_shift_error_bound", "p95_shift_error_bound",
    "effective_row_count",
)  # fmt: skip
STATUSES = (
    "ok", "drifted", "insufficient_data", "constant", "missing", "type_changed", "ruler_changed",
)  # fmt: skip
ROUNDING = 1e-9
Meta = dict[str, str]


def suite() -> gx.ExpectationSuite:
    return gx.ExpectationSuite(
        name="drift",
        expectations=[*shares(), *positive(), *statuses()],
        notes="Statistics are within their possible range, and a status explains every null.",
        meta={
            "frame": "monitor_trust_drift",
            "table": "monitor_drift",
            "keys": ["monitor", "log", "window_name", "subject", "baseline", "status"],
            "row_keys": [
                "monitor", "log", "role", "model_version", "window_name", "window_end",
                "slice_name", "slice_value", "subject", "baseline",
            ],
            "do": "Something other than a run changed this table. To recompute the days: "
            "model-monitor rebuild --from DATE",
        },
    )  # fmt: skip


def shares() -> list[gxe.Expectation]:
    found = [at_least(name, 0) for name in SHARES] + [at_most(name, 1) for name in SHARES]
    return [*found, at_least("missing_rate_delta", -1), at_most("missing_rate_delta", 1)]


def positive() -> list[gxe.Expectation]:
    # a dispersion estimated below 1 is set to 1
    found = [at_least(name, 0) for name in POSITIVE] + [at_least("dispersion", 1)]
    above = {
        "name": "q_value_is_not_below_p_value",
        "means": "Controlling false discoveries never makes a p-value smaller.",
        "rows": f"q_value - chi2_p_value < -{ROUNDING}",
    }
    return [
        *found,
        gxe.ExpectColumnValuesToBeBetween(
            column="least_q_above_p", min_value=-ROUNDING, meta=above
        ),
    ]


def statuses() -> list[gxe.Expectation]:
    listed = ", ".join(f"'{status}'" for status in STATUSES)
    there = {
        "name": "status_is_there",
        "means": "Every comparison has a status.",
        "rows": "status is null",
    }
    known = {
        "name": "status_is_known",
        "means": f"The status is one of {', '.join(STATUSES)}.",
        "rows": f"status not in ({listed})",
    }
    explained = {
        "name": "nulls_are_explained",
        "means": "Every comparison with status ok or drifted has its distances.",
        "rows": "row_count is null or (status in ('ok', 'drifted') and (psi is null or psi_valid "
        "is null or kl is null or js_distance is null or hellinger is null or (chi2_df is not null "
        "and (chi2 is null or chi2_p_value is null))))",
    }
    finite = {"name": "statistics_are_finite", "means": "No statistic is NaN or infinite."}
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="status", meta=there),
        gxe.ExpectColumnValuesToBeInSet(column="status", value_set=list(STATUSES), meta=known),
        nothing_in("unexplained_null_count", explained),
        nothing_in("not_finite_count", finite),
    ]


def at_least(name: str, least: float) -> gxe.Expectation:
    meta: Meta = {
        "name": f"{name}_is_at_least_{least}",
        "means": f"{name} is not below {least}.",
        "rows": f"{name} < {least - ROUNDING}",
    }
    return gxe.ExpectColumnValuesToBeBetween(
        column=f"least_{name}", min_value=least - ROUNDING, meta=meta
    )


def at_most(name: str, largest: float) -> gxe.Expectation:
    meta: Meta = {
        "name": f"{name}_is_at_most_{largest}",
        "means": f"{name} is not above {largest}.",
        "rows": f"{name} > {largest + ROUNDING}",
    }
    return gxe.ExpectColumnValuesToBeBetween(
        column=f"largest_{name}", max_value=largest + ROUNDING, meta=meta
    )


def nothing_in(column: str, meta: Meta) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=0, meta=meta)
