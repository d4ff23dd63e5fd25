"""The life of an alert, told step by step: what the SQL of int_monitor__alert_lives must agree with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """One judgement of one fingerprint."""

    window_end: datetime
    as_of: datetime
    outcome: str
    severity: str | None = None
    held_level: str | None = None
    for_windows: int = 1
    clear_windows: int = 2


@dataclass(frozen=True)
class Life:
    """From the first window in breach to the last that was needed to let go."""

    level: str
    opened_at: datetime
    fired_at: datetime | None
    detected_at: datetime
    last_seen_at: datetime
    last_open_at: datetime
    resolved_at: datetime | None = None
    first_known_as: datetime | None = (
        None  # the window in which it opened, to the first that saw it
    )


def side_of(event: Event, level: str) -> str:
    if event.outcome == "breach" and level in ("warn", event.severity):
        return "breach"
    return "near" if event.held_level in (level, "critical") else "clear"


def last_breaches(events: Sequence[Event], level: str) -> dict[datetime, datetime]:
    """When each window was last found in breach."""
    found: dict[datetime, datetime] = {}
    for event in sorted(events, key=lambda each: each.as_of):
        if event.outcome != "no_data" and side_of(event, level) == "breach":
            found[event.window_end] = event.as_of
    return found


def still_open(life: Life | None, window_end: datetime) -> Life | None:
    return None if life is None else replace(life, last_open_at=window_end)


def lives(events: Sequence[Event], level: str) -> list[Life]:
    """By window_end, then as_of; windows without data neither count nor interrupt.

    What is near the threshold of the level, or of critical, is neither in breach nor clear, and
    interrupts both.
    """
    done: list[Life] = []
    current: Life | None = None
    side: str | None = None
    counted: list[datetime] = []  # windows of the present run, each once in a row
    breaches: list[Event] = []  # of the present run, or life

    last_breach = last_breaches(events, level)

    def named(life: Life) -> Life:
        first = min(breaches, key=lambda each: (each.as_of, each.window_end))
        return replace(life, first_known_as=first.window_end)

    for event in sorted(events, key=lambda each: (each.window_end, each.as_of)):
        if event.outcome == "no_data":
            continue
        now = side_of(event, level)
        if now != side:
            side, counted, breaches = now, [], breaches if current else []
        if not counted or counted[-1] != event.window_end:
            counted.append(event.window_end)
        if now == "breach":
            breaches.append(event)
            if current is not None:
                current = replace(current, last_seen_at=event.window_end)
            elif len(counted) >= event.for_windows:
                at = event.window_end
                current = Life(level, counted[0], at, event.as_of, at, at)
        elif (
            now == "clear"
            and current is not None
            and len(counted) >= event.clear_windows
            # a window that is found in breach again lets nothing go in between
            and last_breach.get(event.window_end, event.as_of) <= event.as_of
        ):
            done.append(named(replace(current, resolved_at=event.window_end)))
            current, breaches = None, []
        current = still_open(current, event.window_end)
    if current is not None:
        done.append(named(current))
    elif side == "breach":
        last = max(events, key=lambda e: (e.outcome != "no_data", e.window_end, e.as_of))
        done.append(named(Life(level, counted[0], None, last.as_of, counted[-1], counted[-1])))
    return done
