"""The incidents planted in the transactions and the valuations."""

from __future__ import annotations

from .schedule import Schedule, v6_steps
from .settings import DAY
from .truth import Effect, Incident, effects, everywhere_in

FRAUD_FEATURES = ("amount", "account_age_days", "velocity_1h", "device_risk", "is_new_device")
FRAUD_MEASURES = (
    *effects("calibration", "p_fraud"),
    *effects("metrics", "p_fraud", "was_blocked", "blocked_rate", "blocked_amount"),
)
HOUSE_SCORE = (
    *effects("drift", "predicted_price", "sale_price"),
    *effects("tail", "predicted_price", "sale_price"),
    *effects("metrics", "predicted_price"),
    *effects("calibration", "predicted_price"),
)


def other_incidents(schedule: Schedule) -> tuple[Incident, ...]:
    steps = v6_steps(schedule)
    end = schedule.days * DAY
    deploys = () if not steps else (_v6(steps[0][0], end),)
    return (*deploys, *_FRAUD, *_HOUSE)


def _v6(start: int, end: int) -> Incident:
    """The old version fades away and the new one has no history: both are expected."""
    return Incident(
        name="fraud_v6_deploy",
        monitor="fraud",
        title="fraud_v6 replaces fraud_v5",
        nature="expected",
        cause="deploy",
        action="ignore",
        effects=tuple(Effect("*", "volume", model_version=f"fraud_v{v}") for v in (5, 6)),
        span=(start, min(start + 32 * DAY, end)),
        echo=False,
    )


_FRAUD = (
    Incident(
        name="fraud_unit",
        monitor="fraud",
        title="amount is 1000 times too large in KW",
        nature="incident",
        cause="The gateway of KW sends fils instead of dinars since its release 4.1.",
        action="fix_feature",
        effects=(
            *effects(
                "drift",
                "amount",
                primary=True,
                at=Effect("*", "drift", slice_name="country", slice_value="KW"),
            ),
            *effects("drift", "amount", "p_fraud", "was_blocked", "decision"),
            *effects("tail", "amount", "p_fraud"),
            *effects("quality", "amount"),
            *effects("concept", "amount", "p_fraud"),
            *FRAUD_MEASURES,
        ),
    ),
    Incident(
        name="fraud_small_tenant",
        monitor="fraud",
        title="device_risk is always 0 at tenant_g, 3% of the rows",
        nature="incident",
        cause="tenant_g's integration lost the device fingerprint.",
        action="fix_feature",
        effects=(
            *effects(
                "drift",
                "device_risk",
                primary=True,
                at=Effect("*", "drift", slice_name="tenant", slice_value="tenant_g"),
            ),
            *everywhere_in(
                (Effect("*", "*", slice_name="tenant", slice_value="tenant_g"),),
                (
                    *effects("quality", "device_risk"),
                    *effects("drift", "p_fraud", "was_blocked", "decision"),
                    *effects("tail", "p_fraud", "device_risk"),
                    *effects("concept", "device_risk", "p_fraud"),
                    *FRAUD_MEASURES,
                ),
            ),
            *effects("quality", "device_risk"),
        ),
    ),
    Incident(
        name="fraud_concept",
        monitor="fraud",
        title="A ring that looks harmless: fraud no longer follows the score",
        nature="incident",
        cause="Stolen accounts on known devices; no feature and no score moves.",
        action="retrain",
        effects=(
            *effects("concept", "p_fraud", primary=True),
            *effects("metrics", "p_fraud", primary=True),
            # the ring also fools the decision, which is made from the score
            *effects("concept", *FRAUD_FEATURES, "merchant_category", "decision"),
            *effects("calibration", "p_fraud"),
            *effects("drift", "fraud"),
        ),
    ),
    Incident(
        name="fraud_missing_rows",
        monitor="fraud",
        title="The second half of a day was never loaded",
        nature="incident",
        cause="A load failed and was never repeated.",
        action="investigate_data",
        effects=(
            Effect("*", "volume", is_primary=True),
            # Half a day covers other time zones, so anything may look different on that day.
            *(Effect("*", kind) for kind in ("drift", "tail", "metrics")),
            *effects("drift", "country", "tenant", "account_age_days"),
            *effects("volume", "fraud"),
        ),
    ),
    Incident(
        name="fraud_holiday",
        monitor="fraud",
        title="The mid-year sale: more and larger transactions",
        nature="expected",
        cause="holiday",
        action="ignore",
        effects=(
            Effect("*", "volume"),
            *effects("drift", "amount", "p_fraud", "was_blocked", "decision", "fraud"),
            *effects("tail", "amount", "p_fraud"),
            *FRAUD_MEASURES,
        ),
    ),
)

_HOUSE = (
    Incident(
        name="house_null",
        monitor="house_price",
        title="year_built is null in 80% of Cologne's listings",
        nature="incident",
        cause="feature_set geo_v3 dropped the register of the city.",
        action="fix_feature",
        effects=(
            *effects(
                "quality",
                "year_built",
                primary=True,
                at=Effect("*", "quality", slice_name="city", slice_value="Cologne"),
            ),
            *effects("quality", "year_built"),
            *effects("drift", "year_built"),
            *effects("tail", "year_built"),
            *effects("concept", "year_built"),
            *HOUSE_SCORE,
        ),
    ),
    Incident(
        name="house_duplicates",
        monitor="house_price",
        title="A whole day was loaded twice",
        nature="incident",
        cause="A load was repeated by hand after it had succeeded.",
        action="investigate_data",
        effects=(
            Effect("duplicate_share", "metrics", is_primary=True),
            Effect("*", "quality"),
            Effect("*", "volume"),
        ),
    ),
    Incident(
        name="house_gradual",
        monitor="house_price",
        title="Listings move to the suburbs: distance_km nearly doubles within a month",
        nature="gradual",
        cause="The market changes; prices far out fall faster than the model learned.",
        action="retrain",
        effects=(
            *effects("drift", "distance_km", primary=True),
            *effects("tail", "distance_km"),
            *effects("concept", "distance_km"),
            *HOUSE_SCORE,
        ),
        echo=False,
    ),
)
