"""The transactions of a day as tables: scores, later labels, training."""

from __future__ import annotations

import numpy as np

from .draw import jitter, labels, last_load, loaded, numbered, within
from .fraud import (
    CHANNELS,
    COUNTRIES,
    MERCHANTS,
    TENANTS,
    THRESHOLD,
    VERSIONS,
    Accounts,
    Transactions,
    transactions_of,
)
from .schedule import Schedule
from .settings import DAY, HOUR, READ_OFF, Columns, Floats, Settings, Texts

TRAINING_SHARE = 15 / 28


def fraud_day(
    settings: Settings, accounts: Accounts, schedule: Schedule, day: int
) -> dict[str, Columns]:
    """The two logs of a day, in their state at the end of the demo."""
    rows = transactions_of(settings, accounts, schedule, day)
    rng = settings.rng("fraud_tables", day)
    ids = _ids(settings, rows, day)
    arrived = loaded(rng, rows.at)
    last_load(arrived, settings, day)
    columns = {
        "transaction_id": ids,
        "scored_at": settings.timestamps(rows.at),
        "loaded_at": settings.timestamps(arrived),
        **_scored_columns(accounts, rows),
    }
    # The labels of missing rows still arrive, because only predictions are missing.
    known = (arrived < settings.days * DAY + READ_OFF) & ~within(
        rows.at, schedule.get("fraud_missing_rows")
    )
    return {
        "fraud_transactions": {name: column[known] for name, column in columns.items()},
        "fraud_labels": _label_columns(settings, day, rows, ids),
    }


def fraud_training_day(
    settings: Settings, accounts: Accounts, schedule: Schedule, day: int
) -> tuple[Columns, Floats]:
    """A sample of one day before the log, with its labels and the scores of v6."""
    rows = transactions_of(settings, accounts, schedule, day)
    rng = settings.rng("fraud_tables", day)
    keep = rng.random(len(rows.at)) < TRAINING_SHARE
    columns = {
        "transaction_id": _ids(settings, rows, day),
        "scored_at": settings.timestamps(rows.at),
        **_scored_columns(accounts, rows),
        "is_fraud": rows.is_fraud.astype(np.int64),
    }
    return {name: column[keep] for name, column in columns.items()}, rows.p_fraud_v6[keep]


def _ids(settings: Settings, rows: Transactions, day: int) -> Texts:
    return numbered(f"tx-{settings.day_name(day)}-", np.arange(len(rows.at)), 6)


def _scored_columns(accounts: Accounts, rows: Transactions) -> Columns:
    return {
        "model_version": labels(rows.version, VERSIONS),
        "account_id": accounts.ids[rows.account],
        "tenant": labels(accounts.tenant[rows.account], TENANTS),
        "country": labels(accounts.country[rows.account], COUNTRIES),
        "channel": labels(rows.channel, CHANNELS),
        "merchant_category": labels(rows.merchant, MERCHANTS),
        "amount": rows.amount,
        "account_age_days": rows.account_age,
        "velocity_1h": rows.velocity,
        "device_risk": rows.device_risk,
        "is_new_device": rows.is_new_device,
        "p_fraud": rows.p_fraud,
        "threshold": np.full(len(rows.at), THRESHOLD),
        "was_blocked": rows.p_fraud >= THRESHOLD,
        "latency_ms": rows.latency,
        "is_error": rows.is_error,
    }


def _label_columns(settings: Settings, day: int, rows: Transactions, ids: Texts) -> Columns:
    """Every fraud and a few cleared reviews within 14 days; some verdicts are overturned later."""
    rng = settings.rng("fraud_labels", day)
    reviewed = rng.random(len(rows.at)) < 0.05
    row = np.flatnonzero(rows.is_fraud | reviewed)
    value = rows.is_fraud[row].astype(np.float64)
    days = 1.0 + 13.0 * rng.beta(1.3, 3.0, len(row))
    late = rng.random(len(row)) < 0.01
    days = np.where(late, rng.uniform(14.5, 25.0, len(row)), days)
    occurred = rows.at[row] + (days * DAY).astype(np.int64)
    arrived = loaded(rng, occurred)
    overturned = np.flatnonzero(rng.random(len(row)) < 0.02)
    later = arrived[overturned] + jitter(rng, len(overturned), 12.0, 120.0, HOUR)
    row, value = np.r_[row, row[overturned]], np.r_[value, 1.0 - value[overturned]]
    occurred, arrived = np.r_[occurred, occurred[overturned]], np.r_[arrived, later]
    order = np.lexsort((row, arrived))
    order = order[arrived[order] < settings.days * DAY + READ_OFF]
    return {
        "transaction_id": ids[row[order]],
        "outcome": labels(np.zeros(len(order), dtype=np.int64), ("fraud",)),
        "value": value[order],
        "occurred_at": settings.timestamps(occurred[order]),
        "loaded_at": settings.timestamps(arrived[order]),
    }
