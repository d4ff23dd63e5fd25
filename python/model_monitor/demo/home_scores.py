"""The feed's features and the scores computed from them.

The scores are calibrated: outcomes are drawn from the probability given everything, a score is
that probability averaged over the parts of the logit that its version does not see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .draw import logit, partly_seen, sigmoid
from .settings import Bools, Floats, Ints

# Standard deviations of four unlogged appeals; each version sees only the first ones.
UNSEEN = np.array([0.12, 0.10, 0.12, 0.20])
SEEN_BY_VERSION = np.array([1, 2, 3])
TAIL_RISE = 1.45


@dataclass(frozen=True)
class Features:
    item_ctr_7d: Floats
    user_category_affinity: Floats
    item_quality_score: Floats
    session_depth: Ints
    profile_age_hours: Floats
    price_usd: Floats
    is_subscriber: Bools
    source_two_tower_score: Floats
    seen_count: Ints

    def replaced(self, **columns: Any) -> Features:
        return replace(self, **columns)

    def take(self, rows: Ints) -> Features:
        return Features(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Scores:
    p_click: Floats
    p_purchase: Floats
    rank_score: Floats
    quality: Floats

    def ranked(self, noise: Floats) -> Scores:
        rank = self.p_click + 5.0 * self.p_purchase + 0.1 * self.quality + noise
        return replace(self, rank_score=rank)

    def boosted(self, boost: Floats) -> Scores:
        return replace(self, rank_score=self.rank_score + boost)

    def with_click(self, p_click: Floats) -> Scores:
        return replace(self, p_click=p_click)

    def followed_by(self, other: Scores) -> Scores:
        mine, theirs = vars(self), vars(other)
        return Scores(**{name: np.r_[mine[name], theirs[name]] for name in mine})

    def take(self, rows: Ints) -> Scores:
        return Scores(**{name: column[rows] for name, column in vars(self).items()})


def score(
    features: Features, ios: Bools, unseen: Floats, version: Ints | None, fallback: Bools
) -> Scores:
    """The scores of the given versions, or with version None the true probabilities."""
    affinity = np.where(
        np.isnan(features.user_category_affinity), 0.15, features.user_category_affinity
    )
    ctr = logit(features.item_ctr_7d)
    z = (
        -0.05
        + 0.85 * ctr
        + 1.1 * (affinity - 0.5)
        + 0.9 * (features.item_quality_score - 0.6)
        + 0.35 * (features.source_two_tower_score - 0.45)
        - 0.03 * features.session_depth
        - 0.10 * np.minimum(features.seen_count, 5)
        - 0.05 * np.log1p(features.profile_age_hours)
        + 0.10 * features.is_subscriber
        + 0.12 * ios
    )
    appeal = UNSEEN[:, None] * unseen
    if version is None:
        p_click = sigmoid(z + appeal.sum(axis=0))
    else:
        seen = SEEN_BY_VERSION[version]
        known = np.arange(len(UNSEEN))[:, None] < seen[None, :]
        rest = np.where(known, 0.0, UNSEEN[:, None] ** 2).sum(axis=0)
        p_click = partly_seen_each(z + np.where(known, appeal, 0.0).sum(axis=0), rest)
        p_click = np.where(fallback, sigmoid(-0.05 + 0.85 * ctr), p_click)
    conversion = sigmoid(
        -1.75
        + 1.0 * (affinity - 0.5)
        - 0.30 * (np.log(np.maximum(features.price_usd, 0.01)) - 3.4)
        + 0.35 * features.is_subscriber
    )
    if version is not None:
        conversion = np.where(fallback, 0.14, conversion)
    return Scores(p_click, p_click * conversion, np.zeros(len(z)), features.item_quality_score)


def partly_seen_each(z: Floats, variance: Floats) -> Floats:
    """`partly_seen` with a variance per row."""
    return partly_seen(z / np.sqrt(1.0 + np.pi * variance / 8.0), 0.0)


def stretch_upper_tail(p_click: Floats, rows: Bools) -> Floats:
    """Stretch values above the rows' p90 so that p95 rises by 45%; keep all others.

    The result is strictly increasing and below 0.97, so no value piles up at the maximum.
    """
    if rows.sum() < 20:
        return p_click
    p90, p95 = np.quantile(p_click[rows], [0.90, 0.95])
    factor = (TAIL_RISE * p95 - p90) / (p95 - p90)
    stretched = p90 + (p_click - p90) * factor
    knee = max(0.6, TAIL_RISE * float(p95))
    squashed = knee + (0.97 - knee) * np.tanh((stretched - knee) / (0.97 - knee))
    moved = np.where(stretched > knee, squashed, stretched)
    return np.where(rows & (p_click > p90), moved, p_click)
