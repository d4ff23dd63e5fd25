"""The population of the feed: users, items and creators that persist over the days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .draw import logit, numbered, pick, pick_rows, popularity, sigmoid
from .settings import Floats, Ints, Settings, Texts

SURFACES = ("home", "search", "notification")
REGIONS = ("US", "ID", "BR", "IN", "DE", "NZ")
REGION_SHARES = (0.33, 0.29, 0.14, 0.12, 0.095, 0.025)
PEAK_HOUR_UTC = np.array([1.0, 13.0, 0.0, 15.0, 19.0, 8.0])
SEGMENTS = ("new", "casual", "power", "anonymous")
SEGMENT_SHARES = (0.12, 0.46, 0.24, 0.18)
DEVICES = ("mobile", "desktop", "tablet")
DEVICE_BY_REGION = np.array(
    [
        [0.60, 0.32, 0.08],
        [0.86, 0.10, 0.04],
        [0.74, 0.21, 0.05],
        [0.83, 0.13, 0.04],
        [0.52, 0.38, 0.10],
        [0.62, 0.28, 0.10],
    ]
)
DEVICE_OS = ("iOS", "Android", "Windows", "macOS", "Linux", "ios")
OS_BY_DEVICE = np.array(
    [[0.38, 0.62, 0.0, 0.0, 0.0], [0.0, 0.0, 0.63, 0.29, 0.08], [0.7, 0.3, 0.0, 0.0, 0.0]]
)
CATEGORIES = ("fashion", "electronics", "home", "beauty", "sports", "toys", "grocery", "gifts")
CATEGORY_SHARES = (0.22, 0.17, 0.15, 0.13, 0.12, 0.09, 0.08, 0.04)
CATEGORY_PRICE = np.array([28.0, 120.0, 45.0, 18.0, 40.0, 22.0, 9.0, 30.0])
WEEKEND_TILT = np.array([1.15, 0.85, 1.2, 1.0, 1.15, 1.2, 0.75, 1.0])
HOLIDAY_TILT = np.array([1.1, 1.0, 0.8, 1.2, 0.8, 1.6, 0.6, 3.5])
GIFTS = CATEGORIES.index("gifts")
REGION_ID, REGION_NZ = REGIONS.index("ID"), REGIONS.index("NZ")
MOBILE, IOS, IOS_RENAMED = DEVICES.index("mobile"), 0, 5

ITEM_COUNT, CREATOR_COUNT, PAYLOADS_PER_LENGTH = 4_000, 400, 20
TREATMENT_SHARE = CONTROL_SHARE = 0.15


@dataclass(frozen=True)
class Users:
    region: Ints
    segment: Ints
    device: Ints
    is_subscriber: Ints
    bucket: Floats
    is_test: Ints
    affinity: Floats
    log_weight: Floats
    log_weight_weekend: Floats
    os: Ints


@dataclass(frozen=True)
class Items:
    creator: Ints
    category: Ints
    ctr_logit: Floats
    quality: Floats
    price: Floats
    cdf: Floats
    cdf_weekend: Floats
    cdf_holiday: Floats


@dataclass(frozen=True)
class World:
    users: Users
    items: Items
    payloads: Texts
    user_ids: Texts
    item_ids: Texts
    creator_ids: Texts


def build_world(settings: Settings) -> World:
    """The population, from random streams separate from those of the days."""
    payloads = tuple(
        '{"tokens": ['
        + ", ".join(f'"t{(7 * variant + 3 * i) % 97}"' for i in range(length))
        + f'], "page": {variant % 4}}}'
        for length in range(10)
        for variant in range(PAYLOADS_PER_LENGTH)
    )
    users = _users(settings)
    return World(
        users=users,
        items=_items(settings),
        payloads=np.array(payloads, dtype=object),
        user_ids=numbered("u", np.arange(len(users.region)), 6),
        item_ids=numbered("i", np.arange(ITEM_COUNT), 5),
        creator_ids=numbered("c", np.arange(CREATOR_COUNT), 4),
    )


def _users(settings: Settings) -> Users:
    rng = settings.rng("home_users")
    count = max(6_000, int(settings.rows_per_day * 0.6))
    region = pick(rng, REGION_SHARES, count)
    segment = pick(rng, SEGMENT_SHARES, count)
    device = pick_rows(rng, DEVICE_BY_REGION, region)
    taste = rng.normal(0.2, 0.4, (count, 1)) + rng.normal(0.0, 0.75, (count, len(CATEGORIES)))
    taste -= 0.5 * (segment == SEGMENTS.index("anonymous"))[:, None]
    activity = np.log(rng.permutation(popularity(count, 0.8, 200.0)))
    activity += np.array([-0.3, 0.0, 0.7, -0.2])[segment]
    weekend = np.array([0.1, 0.2, -0.15, 0.0])[segment] + np.array([0.15, -0.25, 0.2])[device]
    subscriber = rng.random(count) < np.array([0.05, 0.15, 0.45, 0.0])[segment]
    return Users(
        region=region,
        segment=segment,
        device=device,
        is_subscriber=subscriber.astype(np.int64),
        bucket=rng.random(count),
        is_test=(rng.random(count) < 0.004).astype(np.int64),
        affinity=sigmoid(taste),
        log_weight=activity,
        log_weight_weekend=activity + weekend,
        os=np.stack([pick_rows(rng, OS_BY_DEVICE, np.full(count, d)) for d in range(3)], axis=1),
    )


def _items(settings: Settings) -> Items:
    rng = settings.rng("home_items")
    category = pick(rng, CATEGORY_SHARES, ITEM_COUNT)
    shares = popularity(ITEM_COUNT, 0.8, 40.0)
    creator = pick(rng, popularity(CREATOR_COUNT, 0.7, 10.0), ITEM_COUNT)
    ctr = np.clip(rng.beta(5.0, 70.0, ITEM_COUNT), 0.005, 0.35)
    return Items(
        creator=creator,
        category=category,
        ctr_logit=logit(ctr),
        quality=rng.beta(6.0, 3.5, ITEM_COUNT),
        price=CATEGORY_PRICE[category] * np.exp(rng.normal(0.0, 0.75, ITEM_COUNT)),
        cdf=_cdf(shares),
        cdf_weekend=_cdf(shares * WEEKEND_TILT[category]),
        cdf_holiday=_cdf(shares * HOLIDAY_TILT[category]),
    )


def _cdf(weights: Floats) -> Floats:
    edges: Floats = np.cumsum(weights) / weights.sum()
    edges[-1] = 1.0
    return edges
