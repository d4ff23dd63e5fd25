"""The requests of a day: user, time, device, version and latency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import home_world as hw
from .draw import WEEK_VOLUME, distinct, hours_of_day, jitter, lognormal, pick, rounded, within
from .home_world import World
from .schedule import V13_SHARE_BEFORE, V13_STEPS, Schedule
from .settings import DAY, HOUR, MINUTE, Bools, Floats, Ints, Settings

ROWS_PER_REQUEST, REQUESTS_PER_USER = 10.0, 1.94


@dataclass(frozen=True)
class Requests:
    """One ranked list each."""

    at: Ints
    user: Ints
    surface: Ints
    device: Ints
    os: Ints
    os_logged: Ints
    version: Ints
    depth: Ints
    profile_age: Floats
    latency: Floats
    is_error: Bools
    is_fallback: Bools
    arm: Ints  # -1 none, 0 control, 1 treatment
    length: Ints
    payload: Ints


def requests_of(
    settings: Settings, world: World, schedule: Schedule, day: int, rng: np.random.Generator
) -> Requests:
    users = world.users
    holiday = within(np.array([day * DAY]), schedule.get("home_holiday"))[0]
    volume = WEEK_VOLUME[settings.weekday(day)] * rng.normal(1.0, 0.02) * (1.6 if holiday else 1.0)
    wanted = settings.rows_per_day * volume / ROWS_PER_REQUEST / REQUESTS_PER_USER
    weights = users.log_weight_weekend if settings.is_weekend(day) else users.log_weight
    present = distinct(rng, weights, max(1, round(wanted)))
    per_user = np.minimum(rng.geometric(0.5, len(present)), 5)
    first = np.repeat(np.cumsum(per_user) - per_user, per_user)
    owner = np.repeat(np.arange(len(present)), per_user)
    nth = np.arange(len(owner)) - first
    user = present[owner]
    hour = hours_of_day(rng, hw.PEAK_HOUR_UTC[users.region[present]])[owner]
    gap = np.cumsum(jitter(rng, len(owner), 0.3, 12.0, MINUTE))
    at = (hour * HOUR).astype(np.int64) + gap - gap[first]
    at = day * DAY + at % DAY
    stays = rng.random(len(present)) < 0.93
    device = np.where(stays, users.device[present], hw.MOBILE)[owner]
    os = users.os[user, device]
    renamed = within(at, schedule.get("home_rename")) & (os == hw.IOS)
    version = (rng.random(len(at)) < _v13_share(at)).astype(np.int64)
    slow = within(at, schedule.get("home_latency"))
    is_fallback = rng.random(len(at)) < np.where(slow, 0.18, 0.005)
    is_error = rng.random(len(at)) < np.where(slow, 0.03, 0.002)
    latency = lognormal(rng, len(at), 58.0, 0.32) * np.where(slow, 2.3, 1.0)
    latency = np.where(is_fallback, latency + 60.0 * slow, latency)
    age = np.minimum(rng.gamma(2.0, 5.0, len(present)), 40.0)[owner]
    arm = np.select(
        [
            users.bucket[user] < hw.CONTROL_SHARE,
            users.bucket[user] < hw.CONTROL_SHARE + hw.TREATMENT_SHARE,
        ],
        [0, 1],
        -1,
    )
    arm = np.where(within(at, schedule.get("home_experiment")), arm, -1)
    return Requests(
        at=at,
        user=user,
        surface=pick(rng, (0.62, 0.25, 0.13), len(at)),
        device=device,
        os=os,
        os_logged=np.where(renamed, hw.IOS_RENAMED, os),
        version=version,
        depth=np.minimum(nth + rng.geometric(0.55, len(at)), 15),
        profile_age=rounded(age, 3),
        latency=rounded(latency, 2),
        is_error=is_error,
        is_fallback=is_fallback,
        arm=arm.astype(np.int64),
        length=rng.integers(8, 13, len(at)),
        payload=np.minimum(rng.poisson(2.5, len(at)), 9) * hw.PAYLOADS_PER_LENGTH
        + rng.integers(0, hw.PAYLOADS_PER_LENGTH, len(at)),
    )


def _v13_share(at: Ints) -> Floats:
    share = np.full(len(at), V13_SHARE_BEFORE)
    for since, value in V13_STEPS:
        share[at >= since] = value
    return share
