"""The life of an alert, step by step: what the SQL of int_monitor__alert_lifecycles must agree with."""

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


def breaches_by_window(events: Sequence[Event], level: str) -> dict[datetime, list[Event]]:
    """Where each window was found in breach, in the order of the runs."""
    found: dict[datetime, list[Event]] = {}
    for event in sorted(events, key=lambda each: each.as_of):
        if side_of(event, level) == "breach":
            found.setdefault(event.window_end, []).append(event)
    return found


def places_of(events: Sequence[Event], level: str) -> dict[datetime, int]:
    """Windows beside each other whose breach was taken back share a place."""
    sides: dict[datetime, list[str]] = {}
    for event in sorted(events, key=lambda each: each.as_of):
        sides.setdefault(event.window_end, []).append(side_of(event, level))
    places: dict[datetime, int] = {}
    was_taken_back = False
    for window_end in sorted(sides):
        found = sides[window_end]
        is_taken_back = "breach" in found and found[-1] != "breach"
        places[window_end] = len(places) and max(places.values()) + (
            not (is_taken_back and was_taken_back)
        )
        was_taken_back = is_taken_back
    return places


def in_order(events: Sequence[Event], level: str) -> list[Event]:
    """By place, and there in the order in which the verdicts became known."""
    places = places_of(events, level)
    return sorted(events, key=lambda e: (places[e.window_end], e.as_of, e.window_end))


def found_again_after(events: Sequence[Event], level: str) -> list[Event]:
    """Those after which their window, or one beside it that was in breach before, is in breach."""
    breaches = breaches_by_window(events, level)
    places = places_of(events, level)
    found = []
    for event in in_order(events, level):
        now = event.as_of, event.window_end
        later = {
            window: [(each.as_of, window) > now for each in of_window]
            for window, of_window in breaches.items()
            if places[window] == places[event.window_end]
        }
        if any(later.get(event.window_end, [])) or any(
            each[-1] and not each[0] for each in later.values()
        ):
            found.append(event)
    return found


def still_open(life: Life | None, window_end: datetime) -> Life | None:
    if life is None:
        return None
    return replace(life, last_open_at=max(life.last_open_at, window_end))


def lives(events: Sequence[Event], level: str) -> list[Life]:
    """In their order; windows without data neither count nor interrupt.

    What is near the threshold of the level, or of critical, is neither in breach nor clear, and
    interrupts both.
    """
    done: list[Life] = []
    current: Life | None = None
    side: str | None = None
    counted: list[datetime] = []  # windows of the present run, each once in a row
    breaches: list[Event] = []  # since something was let go
    is_opening = False  # the present run is that in which the life began

    events = [event for event in events if event.outcome != "no_data"]
    found_again = found_again_after(events, level)

    def named(life: Life) -> Life:
        own = [each for each in breaches if each.window_end >= life.opened_at]
        first = min(own, key=lambda each: (each.as_of, each.window_end))
        return replace(life, first_known_as=first.window_end)

    for event in in_order(events, level):
        now = side_of(event, level)
        if now != side:
            side, counted, is_opening = now, [], False
        if not counted or counted[-1] != event.window_end:
            counted.append(event.window_end)
        if now == "breach":
            breaches.append(event)
            if current is not None:
                current = replace(current, last_seen_at=max(current.last_seen_at, event.window_end))
                # an earlier window of the run in which it opened, found to be in breach later
                if is_opening:
                    current = replace(current, opened_at=min(counted))
            elif len(counted) >= event.for_windows:
                at, is_opening = event.window_end, True
                current = Life(level, min(counted), at, event.as_of, max(counted), max(counted))
        elif (
            now == "clear"
            and current is not None
            and len(counted) >= event.clear_windows
            and event not in found_again
        ):
            done.append(named(replace(current, resolved_at=event.window_end)))
            current, breaches = None, []
        current = still_open(current, event.window_end)
    if current is not None:
        done.append(named(current))
    elif side == "breach":
        last = in_order(events, level)[-1]
        until = max(counted)
        done.append(named(Life(level, min(counted), None, last.as_of, until, until)))
    return done
