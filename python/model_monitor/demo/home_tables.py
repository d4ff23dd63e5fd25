"""The feed's days as tables: predictions, outcomes, candidates, training."""

from __future__ import annotations

import numpy as np

from . import home_world as hw
from .draw import after_outage, labels, last_load, loaded, numbered, rounded
from .home_events import candidate_columns, draw_outcomes, outcome_columns
from .home_feed import LIVE, VERSIONS, Feed, feed_of
from .home_world import World
from .schedule import Schedule
from .settings import DAY, READ_OFF, TRAINING_DAYS, Columns, Settings, Texts

TRAINING_SHARE = 5 / TRAINING_DAYS


def home_day(settings: Settings, world: World, schedule: Schedule, day: int) -> dict[str, Columns]:
    """The three logs of a day, in their state at the end of the demo."""
    feed = feed_of(settings, world, schedule, day)
    rng = settings.rng("home_tables", day)
    outcomes = draw_outcomes(rng, feed.shown)
    ids = _prediction_ids(settings, feed, day)
    at = feed.requests.at[feed.request]
    arrived = loaded(rng, at)
    last_load(arrived, settings, day)
    arrived = after_outage(arrived, schedule.get("home_late_load"))
    predictions = {
        "prediction_id": ids,
        "predicted_at": settings.timestamps(at),
        "loaded_at": settings.timestamps(arrived),
        **_served_columns(settings, world, feed, day),
        "revenue": np.where(feed.role == LIVE, outcomes.revenue[feed.impression], 0.0),
    }
    known = arrived < settings.days * DAY + READ_OFF
    return {
        "home_feed_predictions": {name: column[known] for name, column in predictions.items()},
        "home_feed_outcomes": outcome_columns(settings, schedule, day, feed, ids, outcomes),
        "home_feed_candidates": candidate_columns(
            settings, world, schedule, day, feed.requests, _request_ids(settings, feed, day)
        ),
    }


def home_training_day(settings: Settings, world: World, schedule: Schedule, day: int) -> Columns:
    """A sample of the live rows of one of the days before the log, with their outcomes."""
    feed = feed_of(settings, world, schedule, day)
    rng = settings.rng("home_tables", day)
    outcomes = draw_outcomes(rng, feed.shown)
    keep = (rng.random(len(feed.request)) < TRAINING_SHARE) & (feed.role == LIVE)
    columns = {
        "prediction_id": _prediction_ids(settings, feed, day),
        "predicted_at": settings.timestamps(feed.requests.at[feed.request]),
        **_served_columns(settings, world, feed, day),
        "revenue": outcomes.revenue[feed.impression],
        "clicked": outcomes.clicked[feed.impression].astype(np.int64),
        "purchased": outcomes.purchased[feed.impression].astype(np.int64),
    }
    return {name: column[keep] for name, column in columns.items()}


def _prediction_ids(settings: Settings, feed: Feed, day: int) -> Texts:
    return numbered(f"hf-{settings.day_name(day)}-", np.arange(len(feed.request)), 6)


def _request_ids(settings: Settings, feed: Feed, day: int) -> Texts:
    return numbered(f"rq-{settings.day_name(day)}-", np.arange(len(feed.requests.at)), 6)


def _served_columns(settings: Settings, world: World, feed: Feed, day: int) -> Columns:
    """The columns of a served row, for the log and the training data."""
    requests, users, features, scores = feed.requests, world.users, feed.features, feed.scores
    row, live = feed.request, feed.role == LIVE
    item = feed.shown.item[feed.impression]
    user = requests.user[row]
    arm = np.where(live, requests.arm[row], -1)
    return {
        "model_version": labels(feed.version, VERSIONS),
        "request_id": _request_ids(settings, feed, day)[row],
        "user_id": world.user_ids[user],
        "item_id": world.item_ids[item],
        "creator_id": world.creator_ids[world.items.creator[item]],
        "category": labels(world.items.category[item], hw.CATEGORIES),
        "position": feed.position,
        "serving_role": labels(feed.role, ("live", "shadow")),
        "experiment_id": labels(np.minimum(arm, 0), ("exp_diverse_feed",)),
        "variant": labels(arm, ("control", "treatment")),
        "is_test": users.is_test[user] == 1,
        "surface": labels(requests.surface[row], hw.SURFACES),
        "region": labels(users.region[user], hw.REGIONS),
        "user_segment": labels(users.segment[user], hw.SEGMENTS),
        "device": labels(requests.device[row], hw.DEVICES),
        "device_os": labels(requests.os_logged[row], hw.DEVICE_OS),
        **vars(features),
        "payload": world.payloads[requests.payload[row]],
        "p_click": rounded(scores.p_click, 6),
        "p_purchase": rounded(scores.p_purchase, 6),
        "rank_score": rounded(scores.rank_score, 6),
        "latency_ms": rounded(requests.latency[row] + np.where(live, 0.0, 6.0), 2),
        "is_error": requests.is_error[row] & live,
        "is_fallback": requests.is_fallback[row] & live,
    }
