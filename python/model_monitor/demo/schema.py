"""The demo tables: one line per column with its name, type and meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Table:
    name: str
    description: str
    columns: tuple[Column, ...]


def _table(name: str, description: str, lines: str) -> Table:
    columns = (line.split(maxsplit=2) for line in lines.strip().splitlines())
    return Table(name, description, tuple(Column(*column) for column in columns))


_FEED_ROW = """
model_version          varchar   Version that scored the row.
request_id             varchar   The ranked list that the row is an item of.
user_id                varchar   Who was served.
item_id                varchar   What was offered.
creator_id             varchar   Who made the item.
category               varchar   The item's category.
position               integer   Place in the list, from 1.
serving_role           varchar   live (shown) or shadow (scored only).
experiment_id          varchar   Experiment of the user at the time, or null.
variant                varchar   control, treatment, or null outside an experiment.
is_test                boolean   Row of a test account, not traffic.
surface                varchar   home, search or notification.
region                 varchar   US, ID, BR, IN, DE or NZ (very small).
user_segment           varchar   new, casual, power or anonymous.
device                 varchar   mobile, desktop or tablet.
device_os              varchar   Operating system of the device.
item_ctr_7d            double    Feature: click rate of the item over 7 days.
user_category_affinity double    Feature: how much the user likes the category, 0 to 1.
item_quality_score     double    Feature: editorial quality, 0 to 1.
session_depth          integer   Feature: how many requests into the session, 1 to 15.
profile_age_hours      double    Feature: hours since the user's profile was computed.
price_usd              double    Feature: the item's price, heavy tail.
is_subscriber          boolean   Feature: whether the user pays for a subscription.
source_two_tower_score double    Feature: retrieval score; 0 if another source brought the item.
seen_count             integer   Feature: how often the user saw the item, mostly 0.
payload                varchar   JSON text with the basket's tokens.
p_click                double    Score: probability of a click.
p_purchase             double    Score: probability of a purchase.
rank_score             double    Score: what the list was ordered by.
latency_ms             double    Time to answer the request.
is_error               boolean   The ranker failed.
is_fallback            boolean   The popularity fallback answered instead of the ranker.
revenue                double    Revenue the row brought, mostly 0.
"""

_FRAUD_ROW = """
model_version     varchar   Version that scored the transaction.
account_id        varchar   Account that paid.
tenant            varchar   Customer of the service: eight, from 45% of the rows to 1%.
country           varchar   Country of the account.
channel           varchar   web, app or pos.
merchant_category varchar   Kind of merchant.
amount            double    Feature: amount in the account's currency unit, heavy tail.
account_age_days  double    Feature: age of the account.
velocity_1h       integer   Feature: transactions of the account within the hour before.
device_risk       double    Feature: risk of the device, 0 to 1.
is_new_device     boolean   Feature: first transaction from this device.
p_fraud           double    Score: probability of fraud.
threshold         double    Threshold in force.
was_blocked       boolean   The decision taken.
latency_ms        double    Time to answer.
is_error          boolean   The scorer failed.
"""

_HOUSE_ROW = """
model_version   varchar   Version that valued the listing.
listing_id      varchar   The listing; some are valued twice.
region          varchar   north, south, west or east.
city            varchar   One of eight cities.
property_type   varchar   apartment, house, townhouse or studio.
sqm             double    Feature: living area.
rooms           integer   Feature: number of rooms.
year_built      double    Feature: year of construction.
distance_km     double    Feature: distance to the centre.
predicted_price double    Predicted sale price.
latency_ms      double    Time to answer.
is_error        boolean   The service failed.
"""

_OUTCOME = """
outcome         varchar   {kinds}
value           double    {value}
occurred_at     timestamp When it happened (UTC).
loaded_at       timestamp When the row arrived; a later row for the same key is a correction.
"""


def _dated(key: str, what: str, time: str) -> str:
    return (
        f"{key} varchar {what}\n{time} timestamp When it was served (UTC).\n"
        "loaded_at timestamp When the row arrived in the warehouse (UTC).\n"
    )


def _undated(key: str, what: str, time: str) -> str:
    return f"{key} varchar {what}\n{time} timestamp When it was served (UTC).\n"


TABLES: tuple[Table, ...] = (
    _table(
        "home_feed_predictions",
        "One row per prediction: an item offered in a ranked list of the home feed.",
        _dated("prediction_id", "Unique id of the prediction.", "predicted_at") + _FEED_ROW.strip(),
    ),
    _table(
        "home_feed_outcomes",
        "One row per event that followed a prediction, and one per correction.",
        "prediction_id varchar The prediction it followed.\n"
        + _OUTCOME.format(
            kinds="click, purchase, hide or rating.",
            value="1, a rating of 1 to 5, or 0 when taken back.",
        ).strip(),
    ),
    _table(
        "home_feed_candidates",
        "One row per live request and candidate source.",
        """
request_id      varchar   The request the candidates were for.
retrieved_at    timestamp When they were retrieved (UTC).
loaded_at       timestamp When the row arrived in the warehouse (UTC).
model_version   varchar   Ranker that got the candidates.
surface         varchar   home, search or notification.
region          varchar   Region of the user.
source          varchar   two_tower, trending, content, follow or new_items.
candidate_count integer   How many candidates the source returned.
is_eligible     boolean   Whether the source's best candidate passed the filters.
category        varchar   Category of the source's best candidate.
""",
    ),
    _table(
        "home_feed_training",
        "What the rankers were trained on: a sample of the 28 days before the log, with outcomes.",
        _undated("prediction_id", "Unique id of the row.", "predicted_at")
        + _FEED_ROW.strip()
        + "\nclicked integer 1 if clicked.\npurchased integer 1 if purchased.",
    ),
    _table(
        "fraud_transactions",
        "One row per scored card transaction.",
        _dated("transaction_id", "Unique id of the transaction.", "scored_at") + _FRAUD_ROW.strip(),
    ),
    _table(
        "fraud_labels",
        "One row per verdict on a transaction, 1 to 14 days later, and one per overturned verdict.",
        "transaction_id varchar The transaction.\n"
        + _OUTCOME.format(kinds="fraud.", value="1 for fraud, 0 for cleared.").strip(),
    ),
    _table(
        "fraud_training",
        "What the fraud model was trained on: a sample of the 28 days before the log, with labels.",
        _undated("transaction_id", "Unique id of the row.", "scored_at")
        + _FRAUD_ROW.strip()
        + "\nis_fraud integer 1 if fraud.",
    ),
    _table(
        "house_price_predictions",
        "One row per valuation of a listing.",
        _dated("prediction_id", "Unique id of the valuation.", "predicted_at") + _HOUSE_ROW.strip(),
    ),
    _table(
        "house_price_outcomes",
        "One row per sale, days to weeks after the valuation, and one per renegotiated price.",
        "prediction_id varchar The valuation.\n"
        + _OUTCOME.format(kinds="sale_price.", value="The price paid.").strip(),
    ),
    _table(
        "house_price_training",
        "What the price model was trained on: a sample of the 28 days before the log, with prices.",
        _undated("prediction_id", "Unique id of the row.", "predicted_at")
        + _HOUSE_ROW.strip()
        + "\nsale_price double The price paid.",
    ),
    _table(
        "changes",
        "One row per known change: deploy, feature set, policy, experiment, holiday, incident.",
        """
change_id       varchar   Unique id.
monitor         varchar   Monitor it concerns.
kind            varchar   deploy, feature_set, policy, experiment, holiday or incident.
name            varchar   What people call it.
model_version   varchar   Version concerned, * for any.
subject         varchar   Subject concerned, * for any.
slice_name      varchar   Slice concerned, * for any.
slice_value     varchar   Its value, * for any.
started_at      timestamp From when (UTC).
ended_at        timestamp Until when (UTC), or null.
recurs          varchar   weekly, monthly, yearly or null.
expected_effect varchar   none, annotate or hold.
description     varchar   In a sentence.
""",
    ),
    _table(
        "versions",
        "One row per model version: what the registry knows.",
        """
monitor         varchar   Monitor.
model_version   varchar   Version.
trained_from    timestamp Start of its training data.
trained_to      timestamp End of its training data.
deployed_at     timestamp When it first served.
stage           varchar   champion, challenger, shadow or retired.
threshold       double    Decision threshold, if there is one.
owner           varchar   Team.
""",
    ),
    _table(
        "version_metrics",
        "One row per version and metric: what it reached on its training data.",
        """
monitor         varchar   Monitor.
model_version   varchar   Version.
metric          varchar   Metric; prefixed with the score unless it is the primary one.
value           double    Value.
""",
    ),
    _table(
        "contacts",
        "One row per contact: who is notified. Their address is on this machine.",
        """
contact_id      varchar   Contact.
monitor         varchar   Monitors, * for any.
owner           varchar   Owners, * for any.
severity        varchar   Lowest severity that is sent: info, warn or critical.
channel         varchar   Channel of delivery.
address_variable varchar  Environment variable with the address.
escalate_after_hours integer Hours without an answer until this contact is notified, or null.
""",
    ),
    _table(
        "demo_incidents",
        "Ground truth: one row per incident and place (subject, version, slice, period).",
        """
incident_id     varchar   The incident; it has one or more rows.
monitor         varchar   Monitor.
log             varchar   Log of the monitor: predictions, candidates, requests.
title           varchar   In a sentence.
nature          varchar   incident, gradual or expected.
cause           varchar   What happened.
action          varchar   The right decision.
detectable_by   varchar   Signal: drift, quality, volume, metrics, tail, concept, calibration, …
is_primary      boolean   An alert must open at one of these rows; at the others it is explained.
subject         varchar   Subject, metric or score, * for any.
model_version   varchar   Version, * for any ((all) too).
slice_name      varchar   Slice, * for any ((all) too).
slice_value     varchar   Its value, * for any.
starts_at       timestamp From when (UTC).
ends_at         timestamp Until when (UTC), exclusive.
""",
    ),
)
