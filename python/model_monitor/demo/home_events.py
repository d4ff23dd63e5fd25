"""Events after the rows of the feed (clicks, purchases, …) and before them (candidates)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import home_world as hw
from .draw import (
    after_outage,
    jitter,
    labels,
    last_load,
    loaded,
    lognormal,
    pick,
    pick_rows,
    rounded,
    within,
)
from .home_feed import LIVE, SHADOW, VERSIONS, Feed, Impressions
from .home_requests import Requests
from .home_world import World
from .schedule import Schedule
from .settings import (
    DAY,
    HOUR,
    MINUTE,
    READ_OFF,
    SECOND,
    Bools,
    Columns,
    Floats,
    Ints,
    Settings,
    Texts,
)

KINDS = ("click", "purchase", "hide", "rating")
CORRECTED_SHARE = np.array([0.004, 0.02, 0.0, 0.03])
STARS = (0.06, 0.07, 0.17, 0.35, 0.35)
SOURCES = ("two_tower", "trending", "content", "follow", "new_items")
SOURCE_MEANS = np.array([120.0, 60.0, 80.0, 35.0, 20.0])
TWO_TOWER, NEW_ITEMS = 0, 4
CATEGORY_BY_SOURCE = np.array(
    [
        [0.22, 0.18, 0.15, 0.13, 0.12, 0.09, 0.08, 0.03],
        [0.30, 0.22, 0.10, 0.14, 0.10, 0.07, 0.03, 0.04],
        [0.20, 0.16, 0.18, 0.12, 0.13, 0.09, 0.09, 0.03],
        [0.25, 0.10, 0.15, 0.20, 0.12, 0.08, 0.06, 0.04],
        [0.18, 0.20, 0.15, 0.12, 0.12, 0.10, 0.08, 0.05],
    ]
)


@dataclass(frozen=True)
class Outcomes:
    """The outcome of every impression, independent of its arrival."""

    clicked: Bools
    purchased: Bools
    revenue: Floats


@dataclass(frozen=True)
class Events:
    """One row per event: kind, row, time and arrival time."""

    kind: Ints
    row: Ints
    value: Floats
    occurred: Ints
    arrived: Ints

    def take(self, rows: Ints) -> Events:
        return Events(**{name: column[rows] for name, column in vars(self).items()})

    def followed_by(self, other: Events) -> Events:
        mine, theirs = vars(self), vars(other)
        return Events(**{name: np.r_[mine[name], theirs[name]] for name in mine})


def draw_outcomes(rng: np.random.Generator, shown: Impressions) -> Outcomes:
    size = len(shown.item)
    clicked = rng.random(size) < shown.true_click
    purchased = clicked & (rng.random(size) < shown.true_purchase)
    revenue = clicked * rng.uniform(0.02, 0.08, size) + purchased * 0.08 * shown.price_paid
    return Outcomes(clicked, purchased, rounded(revenue, 4))


def outcome_columns(
    settings: Settings,
    schedule: Schedule,
    day: int,
    feed: Feed,
    prediction_ids: Texts,
    outcomes: Outcomes,
) -> Columns:
    """One row per event and prediction, corrections as later rows, in order of arrival.

    A shadow prediction repeats an impression, so its events count for both predictions.
    """
    rng = settings.rng("home_outcomes", day)
    events = _events(rng, feed.requests.at[feed.shown.request], outcomes)
    events = events.followed_by(_corrections(rng, events))
    events = replace(events, arrived=after_outage(events.arrived, schedule.get("home_late_load")))
    live, shadow = _rows_of(feed, LIVE), _rows_of(feed, SHADOW)
    copied = np.flatnonzero(shadow[events.row] >= 0)
    copies = replace(events.take(copied), row=shadow[events.row[copied]])
    events = replace(events, row=live[events.row]).followed_by(copies)
    order = np.lexsort((events.row, events.kind, events.arrived))
    order = order[events.arrived[order] < settings.days * DAY + READ_OFF]
    events = events.take(order)
    last_load(events.arrived, settings, day)
    return {
        "prediction_id": prediction_ids[events.row],
        "outcome": labels(events.kind, KINDS),
        "value": events.value,
        "occurred_at": settings.timestamps(events.occurred),
        "loaded_at": settings.timestamps(events.arrived),
    }


def _events(rng: np.random.Generator, shown_at: Ints, outcomes: Outcomes) -> Events:
    clicks = np.flatnonzero(outcomes.clicked)
    click_at = shown_at[clicks] + _click_delay(rng, len(clicks))
    bought = outcomes.purchased[clicks]
    rated = rng.random(len(clicks)) < 0.12
    hides = np.flatnonzero(~outcomes.clicked & (rng.random(len(shown_at)) < 0.004))
    stars = 1.0 + pick(rng, STARS, int(rated.sum()))
    parts = (
        (clicks, click_at, np.ones(len(clicks))),
        (clicks[bought], _after(rng, click_at[bought], 5.0, 1.3), np.ones(int(bought.sum()))),
        (hides, _after(rng, shown_at[hides], 0.03, 0.8), np.ones(len(hides))),
        (clicks[rated], _after(rng, click_at[rated], 48.0, 0.9), stars),
    )
    occurred = np.concatenate([at for _, at, _ in parts])
    return Events(
        kind=np.repeat(np.arange(len(parts)), [len(rows) for rows, _, _ in parts]),
        row=np.concatenate([rows for rows, _, _ in parts]),
        value=np.concatenate([values for _, _, values in parts]),
        occurred=occurred,
        arrived=loaded(rng, occurred),
    )


def _corrections(rng: np.random.Generator, events: Events) -> Events:
    """Robots' clicks and refunds are taken back, ratings lowered, hours to days later."""
    wrong = rng.random(len(events.kind)) < CORRECTED_SHARE[events.kind]
    found = events.take(np.flatnonzero(wrong))
    lowered = np.where(found.kind == KINDS.index("rating"), np.maximum(found.value - 1, 1), 0.0)
    later = found.arrived + jitter(rng, len(found.kind), 6.0, 72.0, HOUR)
    return replace(found, value=lowered, arrived=later)


def _rows_of(feed: Feed, role: int) -> Ints:
    """The row of every impression in a role, or -1."""
    rows = np.full(len(feed.shown.item), -1)
    mine = np.flatnonzero(feed.role == role)
    rows[feed.impression[mine]] = mine
    return rows


def _click_delay(rng: np.random.Generator, size: int) -> Ints:
    """Seconds to minutes; about one in a hundred is reported after the hour it counts for."""
    minutes = np.minimum(0.1 + rng.exponential(6.0, size), 59.0)
    late = rng.random(size) < 0.01
    minutes = np.where(late, rng.uniform(61.0, 300.0, size), minutes)
    delay: Ints = (minutes * MINUTE).astype(np.int64)
    return delay


def _after(rng: np.random.Generator, at: Ints, median_hours: float, sigma: float) -> Ints:
    later: Ints = at + (lognormal(rng, len(at), median_hours, sigma) * HOUR).astype(np.int64)
    return later


def candidate_columns(
    settings: Settings,
    world: World,
    schedule: Schedule,
    day: int,
    requests: Requests,
    request_ids: Texts,
) -> Columns:
    """One row per live request and source: the candidates of retrieval before ranking."""
    rng = settings.rng("home_candidates", day)
    request = np.repeat(np.arange(len(requests.at)), len(SOURCES))
    source = np.tile(np.arange(len(SOURCES)), len(requests.at))
    at = requests.at[request] - jitter(rng, len(request), 0.03, 0.09, SECOND)
    at = np.maximum(at, day * DAY)
    mean = SOURCE_MEANS[source] * np.exp(rng.normal(0.0, 0.15, len(request)))
    dry = within(at, schedule.get("home_source")) & (source == TWO_TOWER)
    empty = dry & (rng.random(len(request)) < 0.9)
    count = np.where(empty, 0, rng.poisson(np.where(dry, 12.0, mean)))
    share = np.where(source == NEW_ITEMS, 0.82, 0.94)
    eligible = (rng.random(len(request)) < share) & (count > 0)
    arrived = loaded(rng, at)
    last_load(arrived, settings, day)
    arrived = after_outage(arrived, schedule.get("home_late_load"))
    columns = {
        "request_id": request_ids[request],
        "retrieved_at": settings.timestamps(at),
        "loaded_at": settings.timestamps(arrived),
        "model_version": labels(requests.version[request], VERSIONS),
        "surface": labels(requests.surface[request], hw.SURFACES),
        "region": labels(world.users.region[requests.user[request]], hw.REGIONS),
        "source": labels(source, SOURCES),
        "candidate_count": count.astype(np.int64),
        "is_eligible": eligible,
        "category": labels(pick_rows(rng, CATEGORY_BY_SOURCE, source), hw.CATEGORIES),
    }
    known = arrived < settings.days * DAY + READ_OFF
    return {name: column[known] for name, column in columns.items()}
