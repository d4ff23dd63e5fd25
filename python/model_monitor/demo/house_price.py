"""Listings, a predicted price, and the price they sold for weeks later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .draw import (
    WEEK_VOLUME,
    hours_of_day,
    jitter,
    labels,
    last_load,
    loaded,
    lognormal,
    numbered,
    pick,
    rounded,
    within,
)
from .schedule import Schedule
from .settings import DAY, HOUR, READ_OFF, Bools, Columns, Floats, Ints, Settings, Texts

VERSION = ("house_price_v3",)
REGIONS = ("north", "south", "west", "east")
CITIES = ("Hamburg", "Bremen", "Munich", "Stuttgart", "Cologne", "Frankfurt", "Berlin", "Leipzig")
CITY_REGION = np.array([0, 0, 1, 1, 2, 2, 3, 3])
CITY_SHARES = (0.16, 0.05, 0.18, 0.11, 0.15, 0.12, 0.17, 0.06)
CITY_LEVEL = np.array([0.10, -0.25, 0.45, 0.15, 0.05, 0.20, 0.12, -0.35])
PROPERTY_TYPES = ("apartment", "house", "townhouse", "studio")
TYPE_SHARES = (0.52, 0.24, 0.14, 0.10)
TYPE_SQM = np.array([72.0, 138.0, 112.0, 34.0])
TYPE_LEVEL = np.array([0.0, 0.08, 0.03, 0.02])
NULL_CITY = CITIES.index("Cologne")
# Beyond this distance prices fall faster than the model learned: few listings were out there.
FAR_KM, EXTRA_DISCOUNT = 22.0, 0.012
TRAINING_SHARE = 25 / 28


@dataclass(frozen=True)
class Listings:
    at: Ints
    listing: Texts
    city: Ints
    type: Ints
    sqm: Floats
    rooms: Ints
    year_built: Floats
    distance: Floats
    predicted: Floats
    sold_for: Floats
    latency: Floats
    is_error: Bools


def listings_of(settings: Settings, schedule: Schedule, day: int) -> Listings:
    rng = settings.rng("house_price", day)
    volume = WEEK_VOLUME[settings.weekday(day)] * rng.normal(1.0, 0.02)
    listed = max(1, round(settings.rows_per_day / 10.0 * volume / 1.25))
    # A listing is valued once, sometimes again the same day after an edit.
    own = np.repeat(np.arange(listed), 1 + (rng.random(listed) < 0.25))
    at = (hours_of_day(rng, np.full(len(own), 14.0)) * HOUR).astype(np.int64)
    at = np.minimum(at, DAY - 1) + day * DAY
    city = pick(rng, CITY_SHARES, listed)
    kind = pick(rng, TYPE_SHARES, listed)
    sqm = rounded(TYPE_SQM[kind] * np.exp(rng.normal(0.0, 0.28, listed)), 1)
    rooms = np.clip(np.round(sqm / 27.0 + rng.normal(0.0, 0.6, listed)), 1, 12)
    year = np.round(2024.0 - np.minimum(rng.gamma(1.6, 24.0, listed), 170.0))
    distance = np.minimum(rng.gamma(2.0, 4.0, listed), 60.0)
    distance = rounded(distance * (1.0 + 0.9 * _progress(schedule, day)), 3)
    value = (
        12.35
        + CITY_LEVEL[city]
        + TYPE_LEVEL[kind]
        + 0.92 * np.log(sqm / 80.0)
        + 0.015 * (rooms - 3.0)
        - 0.0011 * (1980.0 - year)
        - 0.016 * distance
    )
    far = EXTRA_DISCOUNT * np.maximum(distance - FAR_KM, 0.0)
    quirk = rng.normal(0.0, 0.06, listed)
    sold = np.exp(value - far + quirk + rng.normal(0.0, 0.10, listed))
    null = (
        within(at, schedule.get("house_null"))
        & (city[own] == NULL_CITY)
        & (rng.random(len(own)) < 0.8)
    )
    year_row = np.where(null, np.nan, year[own])
    # A missing year is filled with the model's default, 1950; 0.005 is half the error's variance.
    guess = value[own] + quirk[own] + np.where(null, 0.0011 * (1950.0 - year[own]), 0.0)
    order = np.argsort(at, kind="stable")
    ids = numbered(f"l-{settings.day_name(day)}-", np.arange(listed), 5)
    return Listings(
        at=at[order],
        listing=ids[own[order]],
        city=city[own[order]],
        type=kind[own[order]],
        sqm=sqm[own[order]],
        rooms=rooms[own[order]].astype(np.int64),
        year_built=year_row[order],
        distance=distance[own[order]],
        predicted=np.round(np.exp(guess[order] + 0.005)),
        sold_for=np.round(sold[own[order]]),
        latency=rounded(lognormal(rng, len(own), 22.0, 0.3), 2),
        is_error=rng.random(len(own)) < 0.001,
    )


def _progress(schedule: Schedule, day: int) -> float:
    """How far the move to the suburbs has gone on a day, from 0 to 1."""
    span = schedule.get("house_gradual")
    if span is None or not span[0] <= day * DAY < span[1]:
        return 0.0
    return (day * DAY - span[0]) / (span[1] - span[0])


def house_day(settings: Settings, schedule: Schedule, day: int) -> dict[str, Columns]:
    """The two logs of a day, in their state at the end of the demo."""
    rows = listings_of(settings, schedule, day)
    rng = settings.rng("house_tables", day)
    arrived = loaded(rng, rows.at)
    last_load(arrived, settings, day)
    ids = _ids(settings, rows, day)
    columns = {
        "prediction_id": ids,
        "predicted_at": settings.timestamps(rows.at),
        "loaded_at": settings.timestamps(arrived),
        **_columns(rows),
    }
    known = np.flatnonzero(arrived < settings.days * DAY + READ_OFF)
    twice = known[within(rows.at, schedule.get("house_duplicates"))[known]]
    index = np.r_[known, twice]
    log = {name: column[index] for name, column in columns.items()}
    again = (day + 1) * DAY + 2 * HOUR + np.arange(len(twice), dtype=np.int64)
    log["loaded_at"][len(known) :] = settings.timestamps(again)
    return {
        "house_price_predictions": log,
        "house_price_outcomes": _sales(settings, day, rows, ids),
    }


def house_training_day(settings: Settings, schedule: Schedule, day: int) -> Columns:
    """A sample of one of the days before the log, with the prices paid."""
    rows = listings_of(settings, schedule, day)
    keep = settings.rng("house_tables", day).random(len(rows.at)) < TRAINING_SHARE
    columns = {
        "prediction_id": _ids(settings, rows, day),
        "predicted_at": settings.timestamps(rows.at),
        **_columns(rows),
        "sale_price": rows.sold_for,
    }
    return {name: column[keep] for name, column in columns.items()}


def _ids(settings: Settings, rows: Listings, day: int) -> Texts:
    return numbered(f"hp-{settings.day_name(day)}-", np.arange(len(rows.at)), 5)


def _columns(rows: Listings) -> Columns:
    return {
        "model_version": labels(np.zeros(len(rows.at), dtype=np.int64), VERSION),
        "listing_id": rows.listing,
        "region": labels(CITY_REGION[rows.city], REGIONS),
        "city": labels(rows.city, CITIES),
        "property_type": labels(rows.type, PROPERTY_TYPES),
        "sqm": rows.sqm,
        "rooms": rows.rooms,
        "year_built": rows.year_built,
        "distance_km": rows.distance,
        "predicted_price": rows.predicted,
        "latency_ms": rows.latency,
        "is_error": rows.is_error,
    }


def _sales(settings: Settings, day: int, rows: Listings, ids: Texts) -> Columns:
    """Nine of ten listings sell, days to weeks later; a few contracts are renegotiated."""
    rng = settings.rng("house_outcomes", day)
    _, first, own = np.unique(rows.listing, return_index=True, return_inverse=True)
    sells = rng.random(len(first)) < 0.9
    days = np.clip(lognormal(rng, len(first), 12.0, 0.55), 2.0, 75.0)
    row = np.flatnonzero(sells[own])
    occurred = (rows.at[first] + (days * DAY).astype(np.int64))[own[row]]
    arrived = loaded(rng, occurred)
    price = rows.sold_for[row]
    changed = np.flatnonzero(rng.random(len(row)) < 0.01)
    later = arrived[changed] + jitter(rng, len(changed), 24.0, 240.0, HOUR)
    row, price = np.r_[row, row[changed]], np.r_[price, np.round(price[changed] * 0.97)]
    occurred, arrived = np.r_[occurred, occurred[changed]], np.r_[arrived, later]
    order = np.lexsort((row, arrived))
    order = order[arrived[order] < settings.days * DAY + READ_OFF]
    return {
        "prediction_id": ids[row[order]],
        "outcome": labels(np.zeros(len(order), dtype=np.int64), ("sale_price",)),
        "value": price[order],
        "occurred_at": settings.timestamps(occurred[order]),
        "loaded_at": settings.timestamps(arrived[order]),
    }
