"""The schedule: one span per planted incident, shared by the rows and the truth.

Positions are those of a log of 90 days. A longer log stretches the gaps and keeps the lengths; a
shorter one keeps the positions and has only the incidents that end within it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .settings import DAY, HOUR

FIRST_INCIDENT_DAY = 36
NOMINAL_DAYS = 90

Span = tuple[int, int]


@dataclass(frozen=True)
class Slot:
    """A place in the 90 days: start and end as day + hour."""

    start_day: int
    start_hour: float
    end_day: int
    end_hour: float


SLOTS: dict[str, Slot] = {
    # home_feed
    "home_null": Slot(36, 10, 39, 0),
    "home_experiment": Slot(41, 0, 46, 0),
    "home_latency": Slot(43, 14, 45, 11),
    "home_tail": Slot(48, 9, 52, 0),
    "home_source": Slot(56, 6, 58, 12),
    "home_small_segment": Slot(56, 0, 61, 0),
    "home_rename": Slot(63, 0, 66, 0),
    "home_concentration": Slot(68, 0, 73, 0),
    "home_stale": Slot(75, 0, 80, 0),
    "home_calibration": Slot(75, 0, 80, 0),
    "home_holiday": Slot(82, 0, 84, 0),
    "home_late_load": Slot(87, 2, 88, 8),
    # fraud
    "fraud_unit": Slot(38, 6, 41, 9),
    "fraud_v6_half": Slot(45, 9, 46, 9),
    "fraud_small_tenant": Slot(50, 0, 55, 0),
    "fraud_concept": Slot(60, 0, 66, 0),
    "fraud_missing_rows": Slot(75, 12, 76, 0),
    "fraud_holiday": Slot(82, 0, 84, 0),
    # house_price
    "house_null": Slot(40, 0, 43, 0),
    "house_duplicates": Slot(52, 0, 53, 0),
    "house_gradual": Slot(60, 0, 90, 0),
}


def _place(slot: Slot, days: int) -> Span | None:
    shift = 0
    if days > NOMINAL_DAYS:
        room = (days - FIRST_INCIDENT_DAY) / (NOMINAL_DAYS - FIRST_INCIDENT_DAY)
        moved = FIRST_INCIDENT_DAY + (slot.start_day - FIRST_INCIDENT_DAY) * room
        shift = int(moved) - slot.start_day
    start = (slot.start_day + shift) * DAY + int(slot.start_hour * HOUR)
    end = (slot.end_day + shift) * DAY + int(slot.end_hour * HOUR)
    return (start, end) if end <= days * DAY else None


@dataclass(frozen=True)
class Schedule:
    """The spans of one log, by name, in microseconds since its first midnight."""

    days: int
    spans: dict[str, Span]

    @classmethod
    def of(cls, days: int) -> Schedule:
        placed = {name: _place(slot, days) for name, slot in SLOTS.items()}
        return cls(days, {name: span for name, span in placed.items() if span is not None})

    def get(self, name: str) -> Span | None:
        return self.spans.get(name)


# Deploys that are not incidents: home_ranker_v13's traffic share grows, fraud_v6 replaces fraud_v5.
V13_SHARE_BEFORE = 0.25
V13_STEPS: tuple[tuple[int, float], ...] = (
    (14 * DAY + 9 * HOUR, 0.40),
    (36 * DAY + int(9.5 * HOUR), 0.60),
)


def v6_steps(schedule: Schedule) -> tuple[tuple[int, float], ...]:
    """When fraud_v6 takes half and then all of the traffic; in a short log it never does."""
    half = schedule.get("fraud_v6_half")
    return () if half is None else ((half[0], 0.5), (half[1], 1.0))
