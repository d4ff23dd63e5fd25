"""Card transactions: accounts of eight tenants, a score, a block above 0.8, labels days later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .draw import (
    WEEK_VOLUME,
    distinct,
    hours_of_day,
    logit,
    lognormal,
    numbered,
    partly_seen,
    pick,
    popularity,
    rounded,
    sigmoid,
    within,
)
from .schedule import Schedule, v6_steps
from .settings import DAY, HOUR, Bools, Floats, Ints, Settings, Texts

VERSIONS = ("fraud_v5", "fraud_v6")
TENANTS = tuple(f"tenant_{letter}" for letter in "abcdefgh")
TENANT_SHARES = (0.45, 0.20, 0.12, 0.08, 0.06, 0.05, 0.03, 0.01)
SMALL_TENANT = TENANTS.index("tenant_g")
COUNTRIES = ("US", "GB", "DE", "FR", "BR", "IN", "KW", "ES")
COUNTRY_SHARES = (0.34, 0.16, 0.12, 0.09, 0.09, 0.09, 0.07, 0.04)
PEAK_HOUR_UTC = np.array([19.0, 14.0, 13.0, 13.0, 18.0, 9.0, 12.0, 14.0])
KUWAIT = COUNTRIES.index("KW")
CHANNELS = ("web", "app", "pos")
MERCHANTS = ("grocery", "fuel", "fashion", "travel", "gaming", "electronics", "crypto", "dining")
MERCHANT_SHARES = (0.26, 0.12, 0.14, 0.06, 0.10, 0.10, 0.03, 0.19)
MERCHANT_AMOUNT = np.array([32.0, 45.0, 60.0, 260.0, 25.0, 180.0, 220.0, 28.0])
MERCHANT_RISK = np.array([-0.8, -0.5, 0.0, 0.4, 0.6, 0.6, 1.4, -0.6])
THRESHOLD, ROWS_PER_ACCOUNT = 0.8, 3.33
UNSEEN = np.array([0.25, 0.35])


@dataclass(frozen=True)
class Accounts:
    ids: Texts
    tenant: Ints
    country: Ints
    lifetime: Floats
    born: Floats
    device_risk: Floats
    spend: Floats
    busy: Floats
    log_weight: Floats


@dataclass(frozen=True)
class Transactions:
    at: Ints
    account: Ints
    version: Ints
    channel: Ints
    merchant: Ints
    amount: Floats
    account_age: Floats
    velocity: Ints
    device_risk: Floats
    is_new_device: Bools
    p_fraud: Floats
    p_fraud_v6: Floats
    is_fraud: Bools
    latency: Floats
    is_error: Bools


def build_accounts(settings: Settings) -> Accounts:
    rng = settings.rng("fraud_accounts")
    count = max(12_000, settings.rows_per_day)
    lifetime = np.clip(lognormal(rng, count, 1400.0, 0.7), 60.0, 8000.0)
    return Accounts(
        ids=numbered("a", np.arange(count), 6),
        tenant=pick(rng, TENANT_SHARES, count),
        country=pick(rng, COUNTRY_SHARES, count),
        lifetime=lifetime,
        born=lifetime * rng.random(count),
        device_risk=rng.normal(-1.9, 0.35, count),
        spend=rng.normal(0.0, 0.35, count),
        busy=rng.gamma(6.0, 0.1, count),
        log_weight=np.log(rng.permutation(popularity(count, 0.8, 200.0))),
    )


def transactions_of(
    settings: Settings, accounts: Accounts, schedule: Schedule, day: int
) -> Transactions:
    rng = settings.rng("fraud", day)
    holiday = bool(within(np.array([day * DAY]), schedule.get("fraud_holiday"))[0])
    volume = WEEK_VOLUME[settings.weekday(day)] * rng.normal(1.0, 0.02) * (1.45 if holiday else 1.0)
    wanted = settings.rows_per_day / 3.0 * volume / ROWS_PER_ACCOUNT
    present = distinct(rng, accounts.log_weight, max(1, round(wanted)))
    account = np.repeat(present, np.minimum(rng.geometric(0.3, len(present)), 20))
    count = len(account)
    hour = hours_of_day(rng, PEAK_HOUR_UTC[accounts.country[account]])
    at = np.minimum((hour * HOUR).astype(np.int64), DAY - 1) + day * DAY
    order = np.argsort(at, kind="stable")
    at, account = at[order], account[order]
    shares = np.array(MERCHANT_SHARES)
    if settings.is_weekend(day):
        shares = shares * np.array([1.1, 0.9, 1.3, 1.1, 1.2, 1.0, 1.0, 1.4])
    merchant = pick(rng, shares, count)
    spend = MERCHANT_AMOUNT[merchant] * np.exp(accounts.spend[account])
    amount = rounded(spend * lognormal(rng, count, 1.0, 0.85) * (1.25 if holiday else 1.0), 2)
    # A new account replaces each closed one, so the distribution of ages stays constant.
    born = accounts.born[account] + settings.date_of(day).toordinal()
    age = np.floor(born % accounts.lifetime[account])
    velocity = rng.poisson(accounts.busy[account]).astype(np.int64)
    risk = rounded(sigmoid(accounts.device_risk[account] + rng.normal(0.0, 1.02, count)), 6)
    is_new = rng.random(count) < 0.07
    unseen = rng.normal(0.0, 1.0, (2, count)) * UNSEEN[:, None]
    country = accounts.country[account]
    amount_logged = np.where(
        within(at, schedule.get("fraud_unit")) & (country == KUWAIT), amount * 1000.0, amount
    )
    tenant_broken = within(at, schedule.get("fraud_small_tenant"))
    risk_logged = np.where(tenant_broken & (accounts.tenant[account] == SMALL_TENANT), 0.0, risk)
    z_true = _logit(amount, age, velocity, risk, is_new, merchant)
    z_seen = _logit(amount_logged, age, velocity, risk_logged, is_new, merchant)
    version = _versions(rng, at, schedule)
    by_v5 = partly_seen(z_seen + unseen[0], float(UNSEEN[1] ** 2))
    by_v6 = sigmoid(z_seen + unseen.sum(axis=0))
    p_fraud = rounded(np.where(version == 1, by_v6, by_v5), 6)
    p_true = sigmoid(z_true + unseen.sum(axis=0))
    # A fraud ring that looks harmless: fraud moves to cases that the score trusts.
    ring = np.clip(0.40 * p_true + np.where(is_new, 0.0, 0.016), 0.0, 1.0)
    p_true = np.where(within(at, schedule.get("fraud_concept")), ring, p_true)
    return Transactions(
        at=at,
        account=account,
        version=version,
        channel=pick(rng, (0.42, 0.33, 0.25), count),
        merchant=merchant,
        amount=rounded(amount_logged, 2),
        account_age=age,
        velocity=velocity,
        device_risk=risk_logged,
        is_new_device=is_new,
        p_fraud=p_fraud,
        p_fraud_v6=rounded(by_v6, 6),
        is_fraud=rng.random(count) < p_true,
        latency=rounded(lognormal(rng, count, 34.0, 0.35), 2),
        is_error=rng.random(count) < 0.001,
    )


def _logit(
    amount: Floats, age: Floats, velocity: Ints, risk: Floats, is_new: Bools, merchant: Ints
) -> Floats:
    z: Floats = (
        -7.3
        + 1.3 * (np.log(np.maximum(amount, 0.01)) - 3.9)
        - 0.5 * (np.log1p(age) - 6.0)
        + 1.04 * np.minimum(velocity, 6)
        + 1.6 * (logit(np.clip(risk, 0.005, 0.995)) + 1.9)
        + 2.2 * is_new
        + MERCHANT_RISK[merchant]
    )
    return z


def _versions(rng: np.random.Generator, at: Ints, schedule: Schedule) -> Ints:
    share = np.zeros(len(at))
    for since, value in v6_steps(schedule):
        share[at >= since] = value
    return (rng.random(len(at)) < share).astype(np.int64)
