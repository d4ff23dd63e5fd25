"""Incidents over time, with the changes that people recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.report import incidents
from model_monitor.report.figures import Scale, Tick, seconds, time_axis
from model_monitor.report.section import Block, Section, View
from model_monitor.report.wording import day, is_missing, moment, naive

CHANGES = """
select monitor, change_id, kind, name, model_version, started_at, ended_at, description
from {stg_monitor__changes}
where {monitors}
    and (started_at >= {since} or ended_at >= {since})
    and started_at < {until}
order by monitor, started_at, change_id
"""
SHOWN, SHOWN_LATER, SHOWN_CHANGES = 16, 40, 26
# Two markers closer than this share of the width stand in two rows: 17 pixels on a phone.
ROOM = 5.2


@dataclass(frozen=True)
class Bar:
    """One incident: its text, and the share of the period in which it was open."""

    severity: str
    sentence: str
    when: str
    start: float
    width: float
    is_open: bool
    state: str
    is_population_shift: bool


@dataclass(frozen=True)
class Marker:
    """A change: its letter, its place on the axis, how long it lasted there, and its text."""

    letter: str
    at: float
    width: float
    row: int
    when: str
    kind: str
    name: str
    description: str


@dataclass(frozen=True)
class Timeline:
    """The content of the section."""

    bars: tuple[Bar, ...]
    later: tuple[Bar, ...]
    more: int
    markers: tuple[Marker, ...]
    marker_rows: int
    ticks: tuple[Tick, ...]
    more_changes: int


def build(view: View) -> Block | None:
    found = view.rows(incidents.INCIDENTS)
    changes = view.rows(CHANGES)
    queries = tuple(query for query in (incidents.INCIDENTS, CHANGES) if view.has(query))
    since, until = day(view.period.since), day(view.period.until)
    note = "" if found else f"No incident between {since} and {until}."
    if not found and not changes:
        return Block(note=note, queries=queries)
    scale, ticks = time_axis(view.period.since, view.period.until, 0, 100, most=6)
    ordered = in_order(found)
    bars = [bar(each, view, scale) for each in ordered]
    markers = placed(changes[-SHOWN_CHANGES:], scale)
    content = Timeline(
        tuple(bars[:SHOWN]),
        tuple(bars[SHOWN : SHOWN + SHOWN_LATER]),
        max(0, len(bars) - SHOWN - SHOWN_LATER),
        markers,
        1 + max((marker.row for marker in markers), default=0),
        ticks,
        max(0, len(changes) - SHOWN_CHANGES),
    )
    return Block(content, note, queries)


def in_order(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Open incidents first, then the newest."""
    newest = sorted(found, key=lambda each: str(each["since"]), reverse=True)
    return sorted(newest, key=lambda each: not incidents.is_open(each))


def bar(incident: Mapping[str, Any], view: View, scale: Scale) -> Bar:
    is_open, is_accepted = incidents.is_open(incident), incidents.is_accepted(incident)
    end = naive((incident["accepted_at"] if is_accepted else None) or incident["last_seen_at"])
    first = max(naive(incident["since"]), view.period.since)
    last = view.period.until if is_open else end
    last = min(max(last, first), view.period.until)
    start = min(max(scale(seconds(first)), 0.0), 99.2)
    width = max(round(scale(seconds(last)) - start, 1), 0.8)
    state = "open" if is_open else str(incident["state"])
    state = "suppressed" if is_open and not incidents.is_lead(incident) else state
    state = "unresolved" if state == "stale" else state
    state = "expected" if incident["nature"] == "expected" else state
    state = incidents.acceptance(incident) if is_accepted else state
    until = "still open" if is_open else f"until {moment(last)}"
    when = f"{moment(naive(incident['since']))} – {until.removeprefix('until ')}"
    return Bar(
        str(incident["severity"]), incidents.text(incident, view.monitor), when, start, width,
        is_open, state, bool(incident["is_population_shift"]),
    )  # fmt: skip


def placed(changes: Sequence[Mapping[str, Any]], scale: Scale) -> tuple[Marker, ...]:
    """A letter for each change, in the first row that has room for it."""
    ends: list[float] = []
    markers = []
    for index, change in enumerate(changes):
        began = naive(change["started_at"])
        ended = began if is_missing(change["ended_at"]) else max(began, naive(change["ended_at"]))
        at, end = (min(max(scale(seconds(each)), 0.0), 100.0) for each in (began, ended))
        row = next((number for number, last in enumerate(ends) if at - last >= ROOM), len(ends))
        ends[row : row + 1] = [at]
        name = str(change["name"] or change["change_id"])
        letter = chr(ord("A") + index)
        when = moment(began) if ended == began else f"{moment(began)} – {moment(ended)}"
        kind, description = str(change["kind"] or "change"), str(change["description"] or "")
        width = round(end - at, 1)
        markers.append(Marker(letter, at, width, row, when, kind, name, description))
    return tuple(markers)


SECTION = Section(
    "timeline", "Incidents and changes", "When did something go wrong, and after which change?",
    build,
)  # fmt: skip
