"""Small vectorised helpers for all logs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .settings import DAY, HOUR, MINUTE, READ_OFF, Bools, Floats, Ints, Settings, Texts

# Weekdays Monday to Sunday; the mean is 1.
WEEK_VOLUME = (0.96, 0.93, 0.92, 0.94, 0.98, 1.17, 1.10)


def sigmoid(x: Floats) -> Floats:
    y: Floats = 1.0 / (1.0 + np.exp(-x))
    return y


def logit(p: Floats) -> Floats:
    y: Floats = np.log(p) - np.log1p(-p)
    return y


def partly_seen(z: Floats, variance: float) -> Floats:
    """The calibrated probability when a normal part of the logit with this variance is unseen."""
    return sigmoid(z / np.sqrt(1.0 + np.pi * variance / 8.0))


def pick(rng: np.random.Generator, shares: Sequence[float] | Floats, size: int) -> Ints:
    """Codes drawn with the given shares."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    codes: Ints = np.searchsorted(edges / edges[-1], rng.random(size), side="right")
    return codes.astype(np.int64)


def pick_rows(rng: np.random.Generator, shares: Floats, rows: Ints) -> Ints:
    """Codes drawn with the shares of one row of a matrix each."""
    edges = np.cumsum(shares, axis=1)
    edges /= edges[:, -1:]
    codes: Ints = (rng.random(len(rows))[:, None] > edges[rows]).sum(axis=1)
    return codes.astype(np.int64)


def distinct(rng: np.random.Generator, log_weights: Floats, size: int) -> Ints:
    """`size` distinct indices, weighted (Gumbel trick)."""
    keys = log_weights + rng.gumbel(size=len(log_weights))
    size = min(size, len(keys))
    chosen: Ints = np.sort(np.argpartition(-keys, size - 1)[:size])
    return chosen.astype(np.int64)


def popularity(count: int, exponent: float, flattening: float) -> Floats:
    """Zipf–Mandelbrot shares: a long tail without a single dominating value."""
    weights = (np.arange(count) + flattening) ** -exponent
    shares: Floats = weights / weights.sum()
    return shares


def hours_of_day(rng: np.random.Generator, peak: Floats) -> Floats:
    """Hours of the day around a peak: a cosine season that never drops to 0 at night."""
    hours = rng.random(len(peak)) * 24.0
    for _ in range(3):
        keep = rng.random(len(peak)) < 0.55 + 0.45 * np.cos((hours - peak) * np.pi / 12.0)
        hours = np.where(keep, hours, (peak + rng.normal(0.0, 4.5, len(peak))) % 24.0)
    return hours


def loaded(rng: np.random.Generator, at: Ints, late_share: float = 0.01) -> Ints:
    """Arrival: minutes to an hour later; a few rows 3 hours to 2 days late."""
    minutes = np.minimum(3.0 + rng.exponential(12.0, len(at)), 60.0)
    late = rng.random(len(at)) < late_share
    hours = 3.0 + 45.0 * rng.random(len(at)) ** 2
    delay = np.where(late, hours * HOUR, minutes * MINUTE)
    arrived: Ints = at + delay.astype(np.int64)
    return arrived


def last_load(loaded_at: Ints, settings: Settings, day: int) -> None:
    """The last row of a log is a late one, so that the last day counts as complete."""
    if day == settings.days - 1 and len(loaded_at):
        loaded_at[-1] = settings.days * DAY + READ_OFF - 10 * MINUTE


def after_outage(loaded_at: Ints, span: tuple[int, int] | None) -> Ints:
    """No row is loaded during an outage; late rows arrive in the half hour after it."""
    if span is None:
        return loaded_at
    start, end = span
    waited = (loaded_at - start) / (end - start)
    catch_up = end + (waited * 30 * MINUTE).astype(np.int64)
    arrived: Ints = np.where(within(loaded_at, span), catch_up, loaded_at)
    return arrived


def labels(codes: Ints, categories: Sequence[str]) -> Texts:
    """Texts for codes; a negative code is a missing text."""
    table = np.array([*categories, None], dtype=object)
    texts: Texts = table[codes]
    return texts


def numbered(prefix: str, numbers: Ints, width: int) -> Texts:
    return np.array([f"{prefix}{n:0{width}d}" for n in numbers.tolist()], dtype=object)


def rounded(values: Floats, digits: int) -> Floats:
    """Round, to keep files small and independent of the machine's last bit."""
    result: Floats = np.round(values, digits).astype(np.float64)
    return result


def jitter(rng: np.random.Generator, size: int, low: float, high: float, unit: int) -> Ints:
    """Uniform durations in microseconds."""
    durations: Ints = (rng.uniform(low, high, size) * unit).astype(np.int64)
    return durations


def lognormal(rng: np.random.Generator, size: int, median: float, sigma: float) -> Floats:
    draws: Floats = median * np.exp(rng.normal(0.0, sigma, size))
    return draws


def within(at: Ints, span: tuple[int, int] | None) -> Bools:
    """A mask of the times in [start, end)."""
    if span is None:
        return np.zeros(len(at), dtype=np.bool_)
    mask: Bools = (at >= span[0]) & (at < span[1])
    return mask


def touches(day: int, span: tuple[int, int] | None) -> bool:
    return span is not None and span[0] < (day + 1) * DAY and span[1] > day * DAY
