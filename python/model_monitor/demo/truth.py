"""The ground truth: the effects of each planted incident, and where an alert must open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .schedule import Schedule, Span
from .settings import DAY

ECHO = 7 * DAY


@dataclass(frozen=True)
class Effect:
    """One place where an incident shows. `*` stands for any."""

    subject: str
    detectable_by: str
    is_primary: bool = False
    log: str = "predictions"
    model_version: str = "*"
    slice_name: str = "*"
    slice_value: str = "*"


@dataclass(frozen=True)
class Incident:
    """One cause, at one span of the schedule (or at `span`), with everything it moves."""

    name: str
    monitor: str
    title: str
    nature: str
    cause: str
    action: str
    effects: tuple[Effect, ...]
    span: Span | None = None
    echo: bool = True


@dataclass(frozen=True)
class TruthRow:
    incident_id: str
    monitor: str
    log: str
    title: str
    nature: str
    cause: str
    action: str
    detectable_by: str
    is_primary: bool
    subject: str
    model_version: str
    slice_name: str
    slice_value: str
    starts_at: int
    ends_at: int


def effects(
    detectable_by: str, *subjects: str, primary: bool = False, at: Effect | None = None
) -> tuple[Effect, ...]:
    """One effect per subject, at the place (log, version, slice) of `at`."""
    place = at or Effect("*", detectable_by)
    return tuple(
        replace(place, subject=subject, detectable_by=detectable_by, is_primary=primary)
        for subject in subjects
    )


def everywhere_in(places: tuple[Effect, ...], found: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The same effects at several places."""
    return tuple(
        replace(
            effect,
            model_version=place.model_version,
            slice_name=place.slice_name,
            slice_value=place.slice_value,
        )
        for place in places
        for effect in found
    )


def truth_rows(incidents: tuple[Incident, ...], schedule: Schedule) -> tuple[TruthRow, ...]:
    """The rows of all incidents that the schedule holds, each once."""
    return tuple(dict.fromkeys(row for incident in incidents for row in _rows(incident, schedule)))


def _rows(incident: Incident, schedule: Schedule) -> Iterator[TruthRow]:
    """A week later the days of an incident are the baseline of other days.

    These comparisons are explained too, as side effects with their own period.
    """
    span = incident.span or schedule.get(incident.name)
    if span is None:
        return
    for effect in incident.effects:
        yield _row(incident, effect, span, incident.title)
    if incident.echo:
        after = (span[1], span[1] + ECHO)
        for effect in incident.effects:
            if effect.subject != "*" or effect.detectable_by == "volume":
                quiet = replace(effect, is_primary=False)
                yield _row(incident, quiet, after, f"{incident.title} (echo in baselines)")


def _row(incident: Incident, effect: Effect, span: Span, title: str) -> TruthRow:
    return TruthRow(
        incident_id=incident.name,
        monitor=incident.monitor,
        log=effect.log,
        title=title,
        nature=incident.nature,
        cause=incident.cause,
        action=incident.action,
        detectable_by=effect.detectable_by,
        is_primary=effect.is_primary,
        subject=effect.subject,
        model_version=effect.model_version,
        slice_name=effect.slice_name,
        slice_value=effect.slice_value,
        starts_at=span[0],
        ends_at=span[1],
    )
