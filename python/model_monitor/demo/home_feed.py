"""One day of the feed: requests, ranked items, features, scores, and planted faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import home_world as hw
from .draw import rounded, within
from .home_requests import Requests, requests_of
from .home_scores import Features, Scores, score, stretch_upper_tail
from .home_world import World
from .schedule import Schedule
from .settings import DAY, HOUR, Bools, Floats, Ints, Settings

VERSIONS = ("home_ranker_v12", "home_ranker_v13", "home_ranker_v14")
V13, V14 = 1, 2
LIVE, SHADOW = 0, 1
ROWS_PER_REQUEST, REQUESTS_PER_USER, SHADOW_SHARE = 10.0, 1.94, 0.05


@dataclass(frozen=True)
class Impressions:
    """The shown items, once each, with their true outcomes."""

    request: Ints
    item: Ints
    true_click: Floats
    true_purchase: Floats
    price_paid: Floats


@dataclass(frozen=True)
class Feed:
    """The rows of a day in log order; a shadow row repeats the impression of a live one."""

    requests: Requests
    shown: Impressions
    impression: Ints
    features: Features
    scores: Scores
    position: Ints
    role: Ints
    version: Ints

    @property
    def request(self) -> Ints:
        return self.shown.request[self.impression]


def feed_of(settings: Settings, world: World, schedule: Schedule, day: int) -> Feed:
    rng = settings.rng("home_feed", day)
    requests = requests_of(settings, world, schedule, day, rng)
    request, item = _ranked_items(settings, world, schedule, day, requests, rng)
    at = requests.at[request]
    features = _features(world, schedule, requests, request, item, rng)
    unseen = rng.normal(0.0, 1.0, (4, len(request)))
    shown = _shown(schedule, requests, request, item, features, unseen)
    logged = _broken(world, schedule, requests, request, features, rng)
    ios = requests.os_logged[request] == hw.IOS
    noise = rng.normal(0.0, 0.01, len(request))
    versions = requests.version[request]
    live = score(logged, ios, unseen, versions, requests.is_fallback[request]).ranked(noise)
    live = live.boosted(np.where(requests.arm[request] == 1, 0.08, 0.0))
    # v19 changes p_click after the ranking, so the lists stay the same.
    served = live.with_click(
        stretch_upper_tail(live.p_click, _in_tail(world, schedule, requests, request))
    )
    copied = np.flatnonzero((rng.random(len(requests.at)) < SHADOW_SHARE)[request])
    shadow = score(
        logged.take(copied),
        ios[copied],
        unseen[:, copied],
        np.full(len(copied), V14),
        np.zeros(len(copied), dtype=np.bool_),
    ).ranked(noise[copied])
    impression = np.r_[np.arange(len(request)), copied]
    role = np.repeat([LIVE, SHADOW], [len(request), len(copied)])
    rank = np.r_[live.rank_score, shadow.rank_score]
    order, position = _positions(at[impression], request[impression], role, rank)
    return Feed(
        requests=requests,
        shown=shown,
        impression=impression[order],
        features=logged.take(impression[order]),
        scores=served.followed_by(shadow).take(order),
        position=position,
        role=role[order],
        version=np.where(role == LIVE, versions[impression], V14)[order],
    )


def _shown(
    schedule: Schedule,
    requests: Requests,
    request: Ints,
    item: Ints,
    features: Features,
    unseen: Floats,
) -> Impressions:
    """The true probabilities, from the true features instead of the logged ones."""
    at = requests.at[request]
    ios = requests.os[request] == hw.IOS
    truth = score(features, ios, unseen, None, np.zeros(len(request), dtype=np.bool_))
    conversion = truth.p_purchase / truth.p_click
    conversion = conversion * np.where(within(at, schedule.get("home_holiday")), 1.3, 1.0)
    conversion = conversion * np.where(within(at, schedule.get("home_calibration")), 0.5, 1.0)
    return Impressions(
        request=request,
        item=item,
        true_click=truth.p_click,
        true_purchase=np.minimum(conversion, 1.0),
        price_paid=features.price_usd,
    )


def _in_tail(world: World, schedule: Schedule, requests: Requests, request: Ints) -> Bools:
    """home_ranker_v13 in ID on mobile while feature_set v19 was live."""
    hit = (
        within(requests.at, schedule.get("home_tail"))
        & (requests.version == V13)
        & (world.users.region[requests.user] == hw.REGION_ID)
        & (requests.device == hw.MOBILE)
    )
    rows: Bools = hit[request]
    return rows


def _ranked_items(
    settings: Settings,
    world: World,
    schedule: Schedule,
    day: int,
    requests: Requests,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """The items of every request, each at most once."""
    request = np.repeat(np.arange(len(requests.at)), requests.length)
    cdf = world.items.cdf_weekend if settings.is_weekend(day) else world.items.cdf
    if within(np.array([day * DAY]), schedule.get("home_holiday"))[0]:
        cdf = world.items.cdf_holiday
    item = np.searchsorted(cdf, rng.random(len(request)), side="right")
    at = requests.at[request]
    span = schedule.get("home_concentration")
    if span is not None:
        progress = np.clip((at - span[0]) / (span[1] - span[0]), 0.0, 1.0)
        pull = np.where(within(at, span), 0.15 + 0.45 * progress, 0.0)
        pulled = rng.random(len(request)) < pull
        item = np.where(pulled, rng.integers(0, 60, len(request)), item)
    for _ in range(4):
        again = _repeated(request, item)
        item[again] = np.searchsorted(cdf, rng.random(int(again.sum())), side="right")
    keep = ~_repeated(request, item)
    return request[keep], item[keep]


def _repeated(request: Ints, item: Ints) -> Bools:
    _, first = np.unique(request * hw.ITEM_COUNT + item, return_index=True)
    mask = np.ones(len(item), dtype=np.bool_)
    mask[first] = False
    return mask


def _features(
    world: World,
    schedule: Schedule,
    requests: Requests,
    request: Ints,
    item: Ints,
    rng: np.random.Generator,
) -> Features:
    """The features as they really are."""
    users, items = world.users, world.items
    user = requests.user[request]
    count = len(request)
    ctr_today = items.ctr_logit + rng.normal(0.0, 0.06, hw.ITEM_COUNT)
    ctr = 1.0 / (1.0 + np.exp(-(ctr_today[item] + rng.normal(0.0, 0.03, count))))
    affinity = users.affinity[user, items.category[item]]
    from_two_tower = rng.random(count) < 0.7
    relevance = np.clip(0.55 * affinity + 0.35 + rng.normal(0.0, 0.12, count), 0.001, 0.999)
    seen = np.where(rng.random(count) < 0.72, 0, rng.geometric(0.45, count))
    seen = np.where((requests.arm[request] == 1) & (rng.random(count) < 0.5), 0, seen)
    lacking = rng.random(count) < 0.004
    sale = np.where(within(requests.at[request], schedule.get("home_holiday")), 0.8, 1.0)
    return Features(
        item_ctr_7d=rounded(ctr, 6),
        user_category_affinity=np.where(lacking, np.nan, rounded(affinity, 6)),
        item_quality_score=rounded(items.quality[item], 6),
        session_depth=requests.depth[request],
        profile_age_hours=requests.profile_age[request],
        price_usd=rounded(items.price[item] * sale, 2),
        is_subscriber=users.is_subscriber[user] == 1,
        source_two_tower_score=np.where(from_two_tower, rounded(relevance, 6), 0.0),
        seen_count=seen.astype(np.int64),
    )


def _broken(
    world: World,
    schedule: Schedule,
    requests: Requests,
    request: Ints,
    features: Features,
    rng: np.random.Generator,
) -> Features:
    """The features as the model got and logged them."""
    draws = rng.random(len(request))
    at = requests.at[request]
    region = world.users.region[requests.user[request]]
    null = within(at, schedule.get("home_null")) & (requests.version[request] == V13)
    dry = within(at, schedule.get("home_source"))
    small = within(at, schedule.get("home_small_segment")) & (region == hw.REGION_NZ)
    stale = schedule.get("home_stale")
    age = features.profile_age_hours
    if stale is not None:
        age = rounded(age + within(at, stale) * (at - stale[0]) / HOUR, 3)
    return features.replaced(
        user_category_affinity=np.where(
            null & (draws < 0.6), np.nan, features.user_category_affinity
        ),
        source_two_tower_score=np.where(dry & (draws < 0.9), 0.0, features.source_two_tower_score),
        item_quality_score=np.where(small, 0.0, features.item_quality_score),
        profile_age_hours=age,
    )


def _positions(at: Ints, request: Ints, role: Ints, rank_score: Floats) -> tuple[Ints, Ints]:
    """Log order (time, request, role, rank) and the position within the list."""
    order = np.lexsort((-rank_score, role, request, at))
    group = request[order] * 2 + role[order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    sizes = np.diff(np.r_[starts, len(group)])
    position = np.arange(len(group)) - np.repeat(starts, sizes) + 1
    return order, position.astype(np.int64)
