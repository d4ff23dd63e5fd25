"""One request: a notification, a batch of alerts, or a digest of many notifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_monitor.delivery.notification import Digest, Notification, Receiver, digest
from model_monitor.severity import severity_rank

# Channels that people read. Beyond INDIVIDUAL notifications a run, a digest counts the others.
READ_BY_PEOPLE = ("apprise", "pagerduty", "slack")
INDIVIDUAL = 30
BATCH = 100  # alerts in one request to an Alertmanager


@dataclass(frozen=True)
class Parcel:
    """One request."""

    notifications: tuple[Notification, ...]  # covered by the request
    digest: Digest | None = None

    @property
    def content(self) -> Notification | Sequence[Notification]:
        if self.digest is not None:
            return self.digest
        return self.notifications[0] if len(self.notifications) == 1 else self.notifications


def packed(notifications: Sequence[Notification], standing: Mapping[Receiver, str]) -> list[Parcel]:
    """The notifications of one receiver as requests, in order, a digest last.

    `standing` holds the severity of open alerts that only an earlier digest reported.
    """
    channel = notifications[0].channel
    if channel == "alertmanager":
        return list(batches(notifications))
    if channel not in READ_BY_PEOPLE:
        return [Parcel((each,)) for each in notifications]
    chosen = individual(notifications)
    single = [each for number, each in enumerate(notifications) if number in chosen]
    covered = [each for number, each in enumerate(notifications) if number not in chosen]
    parcels = [Parcel((each,)) for each in single]
    if covered:
        # PagerDuty has one incident for all digests, open as long as any alert that they cover
        earlier = standing.get(notifications[0].receiver) if channel == "pagerduty" else None
        severity = more_severe(open_severity(covered, notifications), earlier)
        parcels.append(Parcel(tuple(covered), digest(covered, severity)))
    return parcels


def individual(notifications: Sequence[Notification]) -> set[int]:
    """The positions of notifications that are sent one by one: critical first, resolved last.

    If only a digest reported an alert, a digest also reports its end. The end of an incident in
    PagerDuty notifies nobody but is needed to close it, so it does not count towards the limit.
    """
    positions = [
        position
        for position, each in enumerate(notifications)
        if not (each.is_over and each.was_digested)
    ]
    free = [
        position
        for position in positions
        if notifications[position].channel == "pagerduty" and notifications[position].is_over
    ]
    limited = [position for position in positions if position not in set(free)]
    limited.sort(
        key=lambda position: (
            notifications[position].is_over,
            -severity_rank(notifications[position].severity),
        )
    )
    return {*free, *limited[:INDIVIDUAL]}


def open_severity(
    covered: Sequence[Notification], notifications: Sequence[Notification]
) -> str | None:
    """The highest severity among alerts of a digest that are still open."""
    over = {of_episode(each) for each in notifications if each.is_over}
    severity = None
    for each in covered:
        if not each.is_over and of_episode(each) not in over:
            severity = more_severe(severity, each.severity)
    return severity


def of_episode(notification: Notification) -> tuple[str, object]:
    return notification.alert_id, notification.row.get("episode")


def more_severe(one: str | None, other: str | None) -> str | None:
    given = [severity for severity in (one, other) if severity]
    return max(given, key=severity_rank, default=None)


def batches(notifications: Sequence[Notification]) -> Iterator[Parcel]:
    """Consecutive notifications in one request, at most one per alert so that the order holds."""
    batch: list[Notification] = []
    for each in notifications:
        if len(batch) == BATCH or each.alert_id in {other.alert_id for other in batch}:
            yield Parcel(tuple(batch))
            batch = []
        batch.append(each)
    if batch:
        yield Parcel(tuple(batch))
