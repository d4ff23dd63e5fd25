"""Common names of columns in a log of predictions."""

from __future__ import annotations

import re

MAX_SLICES = 6
SLICE_VALUES = 50
CATEGORIES = 1000
CONTEXT = re.compile(
    r"region|country|state$|city|market|locale|lang|device|platform|^os$|_os$|browser|channel|surface"
    r"|segment|tenant|tier|plan$|category|vertical|source|cohort|gender|age_band|privacy"
)
# Names of scores, and names that may be a score or a feature.
SCORE = re.compile(
    r"^(p|prob|proba|probability|prediction|predicted|pred|propensity|y_hat|yhat|y_pred)(_|$)"
    r"|_(prob|proba|probability|pred|prediction|hat)$|^(model_|rank_|ranking_|final_)?score$"
)
MAYBE_SCORE = re.compile(r"_score$|^score_|^risk$")
OPERATION = re.compile(
    r"latency|^duration|_duration|elapsed|_ms$|^is_(error|timeout|fallback|cached)|^(error|timeout|fallback)$"
)
LOADED = re.compile(r"load|ingest|insert|sync|arriv|received|_etl|^etl|updated|processed|written")

# Roles of columns: the most specific names first.
ROLES: dict[str, tuple[str, ...]] = {
    "version": ("model_version", "version", "model_name", "model", "model_id"),
    "request": ("request_id", "impression_id", "slate_id", "query_id", "search_id", "session_id"),
    "user": ("user_id", "customer_id", "account_id", "member_id", "visitor_id", "client_id"),
    "item": ("item_id", "product_id", "listing_id", "content_id", "article_id", "video_id", "sku"),
    "position": ("position", "rank", "slot", "pos"),
    "role": ("serving_role", "deployment_role", "role"),
    "decision": ("decision", "was_blocked", "is_flagged", "was_flagged", "approved", "blocked"),
    "confidence": ("confidence",),
    "label": (
        "label", "actual", "outcome", "target", "ground_truth", "y_true", "y", "converted",
        "clicked", "churned", "is_fraud", "purchased", "actual_value", "true_value",
    ),
}  # fmt: skip
# Names of labels that contain the name of the predicted quantity.
LABEL = re.compile(r"^(actual|true|observed)_|_(actual|label|outcome|observed)$")
VARIANTS = ("variant", "experiment_variant", "arm", "treatment_group", "ab_group")
TIMES = (
    "predicted_at", "prediction_time", "prediction_timestamp", "scored_at", "event_time",
    "event_at", "event_timestamp", "occurred_at", "requested_at", "served_at", "created_at",
    "timestamp", "time", "ts", "date", "day",
)  # fmt: skip
IDS = ("prediction_id", "id", "event_id", "row_id", "uuid", "transaction_id", "record_id")
SERVING_ROLES = {"live", "shadow", "canary"}
