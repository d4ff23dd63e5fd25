"""What to check first, by kind of alert: the first step of its playbook that finds a cause."""

from __future__ import annotations

PIPELINE = (
    "which version, device or tenant sends it; then whether a column was renamed, a join is empty "
    "or a job did not run"
)
# By family, and by family and metric where one metric needs another check.
CHECKS: dict[tuple[str, str | None], str] = {
    ("freshness", None): "whether the job that loads this log ran, and whether it finished",
    ("freshness", "not_evaluated"): (
        "whether a table, a column or a permission changed since the last run that could read it"
    ),
    ("volume", None): (
        "whether rows are missing: compare with the request count of the service, by slice and hour"
    ),
    ("dataset", None): "what moved together, and which change came just before",
    ("dataset", "reference_mismatch_count"): (
        "whether the reference was logged the same way as production, in the same units"
    ),
    ("quality", None): PIPELINE,
    ("drift", None): (
        "whether a deploy, a unit or a code changed at the onset, or the audience did; compare one "
        "entity with its origin"
    ),
    (
        "plugin",
        None,
    ): "which bins of the distribution moved most, and which change came just before",
    ("tail", None): (
        "which version and slice it comes from, and whether the largest values are possible at all"
    ),
    ("sla", None): "the dashboard of the service: saturation, errors, and the last deploy",
    (
        "metrics",
        None,
    ): "the deploys, experiments and holidays since the onset, then the slice",
    ("performance", None): (
        "whether the labels are complete; then which slice fell, and whether its inputs moved"
    ),
    ("estimates", None): "which inputs moved; the labels will confirm or refute it later",
    ("calibration", None): (
        "whether the rate of the outcome changed or the scores did: look at both over time"
    ),
    ("labels", None): "whether the label is still defined and recorded the same way",
    ("labels", "unlabelled_share"): "whether the job that loads outcomes ran, and joined by the id",
    ("fairness", None): (
        "how many rows each group has, and whether its inputs or its labels changed first"
    ),
    ("concept", None): "whether the label or the input changed its meaning at the onset",
    ("ranking", None): "whether candidates, positions or clicks are logged as before",
    ("proxies", None): "whether the proxy or the outcome changed, over time",
    ("worth", None): "whether the threshold, the costs or the rate of the outcome changed",
    ("concentration", None): (
        "which items or sources gained exposure, and whether a source of candidates failed"
    ),
}


def first_check(family: object, metric: object) -> str | None:
    """None for rows that are older than the column `family`."""
    named = CHECKS.get((str(family), str(metric)))
    return named or CHECKS.get((str(family), None))
