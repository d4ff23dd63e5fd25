"""The rows of the registry and the change log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .schedule import V13_STEPS, Schedule, v6_steps
from .settings import DAY, HOUR, MINUTE, TRAINING_DAYS, Floats, Ints


@dataclass(frozen=True)
class Change:
    change_id: str
    monitor: str
    kind: str
    name: str
    started_at: int
    ended_at: int | None
    description: str
    expected_effect: str = "none"
    model_version: str = "*"
    subject: str = "*"
    slice_name: str = "*"
    slice_value: str = "*"
    recurs: str | None = None


@dataclass(frozen=True)
class Version:
    monitor: str
    model_version: str
    trained_from: int
    trained_to: int
    deployed_at: int
    stage: str
    threshold: float | None
    owner: str


# Only `model-monitor demo` sets this variable, to an address on this machine.
ADDRESS_VARIABLE = "MODEL_MONITOR_DEMO_WEBHOOK"


@dataclass(frozen=True)
class Contact:
    contact_id: str
    owner: str = "*"
    severity: str = "warn"
    escalate_after_hours: int | None = None
    monitor: str = "*"
    channel: str = "webhook"
    address_variable: str = ADDRESS_VARIABLE


CONTACTS = (
    Contact("feed-team", "feed-ranking"),
    Contact("risk-team", "payments-risk"),
    Contact("valuation-team", "valuation"),
    Contact("head-of-ml", severity="critical", escalate_after_hours=24),
)


def changes(schedule: Schedule) -> list[Change]:
    """Every change that started before the end of the log."""
    end = schedule.days * DAY
    found = [*_steps(schedule), *_around_incidents(schedule), *_calendar(schedule)]
    return sorted((c for c in found if c.started_at < end), key=lambda c: c.started_at)


def _steps(schedule: Schedule) -> Iterator[Change]:
    for number, (at, share) in enumerate(V13_STEPS, start=1):
        yield Change(
            change_id=f"deploy-v13-{number}",
            monitor="home_feed",
            kind="deploy",
            name=f"home_ranker_v13 to {share:.0%}",
            started_at=at,
            ended_at=at + DAY,
            description="A larger share of the traffic for home_ranker_v13.",
            expected_effect="annotate",
            model_version="home_ranker_v13",
        )
    for number, (at, share) in enumerate(v6_steps(schedule), start=1):
        yield Change(
            change_id=f"deploy-fraud-v6-{number}",
            monitor="fraud",
            kind="deploy",
            name=f"fraud_v6 to {share:.0%}",
            started_at=at,
            ended_at=at + DAY,
            description="fraud_v6 takes over from fraud_v5.",
            expected_effect="annotate",
            model_version="fraud_v6",
        )
    yield Change(
        change_id="deploy-infra-31",
        monitor="home_feed",
        kind="deploy",
        name="ranker_runtime 3.1",
        started_at=28 * DAY + 11 * HOUR,
        ended_at=None,
        description="Security patches, no change of behaviour.",
    )


def _noted(monitor: str, kind: str, name: str, description: str, **place: str) -> Change:
    """A change with the id and time of its incident."""
    return Change("", monitor, kind, name, 0, None, description, **place)


# By incident: the change before it, and its lead in minutes.
_BEFORE: dict[str, tuple[int, Change]] = {
    "home_latency": (20, _noted("home_feed", "deploy", "ranker nodes r7", "Smaller machines.")),
    "home_tail": (
        30,
        _noted(
            "home_feed",
            "feature_set",
            "feature_set v19",
            "New features of home_ranker_v13, deployed to all regions.",
            model_version="home_ranker_v13",
        ),
    ),
    "home_source": (
        15,
        _noted("home_feed", "deploy", "two_tower index 56", "The nightly index of two_tower."),
    ),
    "home_rename": (60, _noted("home_feed", "deploy", "app 5.2", "New client library on iOS.")),
    "home_calibration": (10, _noted("home_feed", "deploy", "checkout 9", "New checkout page.")),
    "fraud_unit": (25, _noted("fraud", "deploy", "gateway_kw 4.1", "New gateway for KW.")),
    "house_null": (
        15,
        _noted("house_price", "feature_set", "geo_v3", "New geographic features."),
    ),
}
# By incident: the change that ended it.
_AFTER: dict[str, Change] = {
    "home_null": _noted(
        "home_feed",
        "deploy",
        "feature_reader 2.8.1",
        "Reads the feature under its new key.",
        model_version="home_ranker_v13",
    ),
    "home_latency": _noted("home_feed", "deploy", "ranker nodes r6", "Back to the old machines."),
    "home_tail": _noted(
        "home_feed",
        "feature_set",
        "feature_set v18",
        "v19 rolled back.",
        model_version="home_ranker_v13",
    ),
    "home_concentration": _noted(
        "home_feed", "policy", "diversity floor", "At most 2% of the exposure per item."
    ),
    "fraud_concept": _noted(
        "fraud", "policy", "step-up for known devices", "Stops the ring that looked harmless."
    ),
    "house_null": _noted("house_price", "feature_set", "geo_v3.1", "The register is back."),
}


def _around_incidents(schedule: Schedule) -> Iterator[Change]:
    for incident, (minutes, change) in _BEFORE.items():
        span = schedule.get(incident)
        if span is not None:
            at = span[0] - minutes * MINUTE
            yield replace(change, change_id=f"before-{incident}", started_at=at)
    for incident, change in _AFTER.items():
        span = schedule.get(incident)
        if span is not None:
            yield replace(change, change_id=f"after-{incident}", started_at=span[1])


def _calendar(schedule: Schedule) -> Iterator[Change]:
    experiment = schedule.get("home_experiment")
    if experiment is not None:
        yield Change(
            change_id="exp-diverse-feed",
            monitor="home_feed",
            kind="experiment",
            name="exp_diverse_feed",
            started_at=experiment[0],
            ended_at=experiment[1],
            description="15% of the users get a more diverse feed, 15% are the control.",
            expected_effect="annotate",
            subject="rank_score",
        )
    for monitor in ("home_feed", "fraud"):
        holiday = schedule.get("home_holiday" if monitor == "home_feed" else "fraud_holiday")
        if holiday is not None:
            yield Change(
                change_id=f"holiday-{monitor}",
                monitor=monitor,
                kind="holiday",
                name="mid-year sale",
                started_at=holiday[0],
                ended_at=holiday[1],
                description="Two days of sale: more traffic, other categories, lower prices.",
                expected_effect="hold",
                recurs="yearly",
            )
    outage = schedule.get("home_late_load")
    if outage is not None:
        yield Change(
            change_id="warehouse-load-down",
            monitor="home_feed",
            kind="incident",
            name="load of the product logs down",
            started_at=outage[0],
            ended_at=outage[1],
            description="Nothing is lost; the logs arrive late.",
            expected_effect="annotate",
        )


def versions(schedule: Schedule) -> list[Version]:
    """All versions are trained on the reference data, except retired ones."""
    before, start = -TRAINING_DAYS * DAY, 0
    steps = v6_steps(schedule)
    feed, risk, homes = "feed-ranking", "payments-risk", "valuation"
    rows = [
        Version(
            "home_feed", "home_ranker_v11", 5 * before, 4 * before, 3 * before, "retired", 0.5, feed
        ),
        Version("home_feed", "home_ranker_v12", before, start, start, "champion", 0.5, feed),
        Version("home_feed", "home_ranker_v13", before, start, start, "challenger", 0.5, feed),
        Version("home_feed", "home_ranker_v14", before, start, start, "shadow", 0.5, feed),
        Version(
            "fraud", "fraud_v5", before, start, start, "retired" if steps else "champion", 0.8, risk
        ),
        Version("house_price", "house_price_v3", before, start, start, "champion", None, homes),
    ]
    if steps:
        rows.append(Version("fraud", "fraud_v6", before, start, steps[0][0], "champion", 0.8, risk))
    return rows


def binary_metrics(score: Floats, outcome: Ints) -> dict[str, float]:
    """The metrics of a version on its training data."""
    positives = int(outcome.sum())
    if positives == 0 or positives == len(outcome):
        return {}
    clipped = np.clip(score, 1e-15, 1 - 1e-15)
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    above = ranks[outcome == 1].sum() - positives * (positives + 1) / 2.0
    loss = -np.mean(np.where(outcome == 1, np.log(clipped), np.log1p(-clipped)))
    return {
        "roc_auc": float(above / (positives * (len(outcome) - positives))),
        "log_loss": float(loss),
        "brier": float(np.mean((score - outcome) ** 2)),
        "prevalence": positives / len(outcome),
    }


def regression_metrics(predicted: Floats, actual: Floats) -> dict[str, float]:
    error = predicted - actual
    return {
        "mae": float(np.mean(np.abs(error))),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mape": float(np.mean(np.abs(error) / actual)),
        "r2": float(1.0 - np.sum(error**2) / np.sum((actual - actual.mean()) ** 2)),
        "bias": float(np.mean(error)),
    }
