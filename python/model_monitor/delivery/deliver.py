"""Sends waiting notifications, each contact separately so that a dead receiver stops no other.

Notifications are read first, and then the database is released. Attempts are recorded about every
second. If a run is killed in between, a few notifications are sent again and none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import environ
from typing import Any

from model_monitor.delivery import channels
from model_monitor.delivery.channels import PREFIXES
from model_monitor.delivery.dispatch import Dispatch, Limits, Line, Outcome, Rows
from model_monitor.delivery.http import Http, NotSentError
from model_monitor.delivery.notification import Notification, Receiver
from model_monitor.delivery.outbox import (
    DIGESTED,
    FAILED,
    REFUSED,
    SENT,
    SKIPPED,
    Contacts,
    attempt,
    contacts,
    paused,
    standing,
    waiting,
    write,
)
from model_monitor.delivery.parcels import packed
from model_monitor.delivery.series import with_series
from model_monitor.delivery.threads import threaded
from model_monitor.errors import DatabaseLockedError, MonitorError, NotRecordedError
from model_monitor.output import Output, clean
from model_monitor.text import chapter_anchor, section_anchor
from model_monitor.warehouse.locks import WAIT_SECONDS
from model_monitor.warehouse.project import Project

NO_CONTACT = "no longer a contact"
LIMITS = Limits()
# The section of the report that shows the incidents of a monitor, with what changed before them.
INCIDENTS = "timeline"


@dataclass
class Delivered:
    """The result of a delivery."""

    sent: int = 0
    digested: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # problem by contact
    skipped: dict[str, int] = field(default_factory=dict)  # count by former contact
    waiting: int = 0
    notices: list[str] = field(default_factory=list)

    def fail(self, contact: str, problem: str) -> None:
        known = self.failed.get(contact)
        if known is None:
            self.failed[contact] = problem
        elif problem not in known:
            self.failed[contact] = f"{known}; {problem}"

    def skip(self, contact: str) -> None:
        self.skipped[contact] = self.skipped.get(contact, 0) + 1

    def as_json(self) -> dict[str, object]:
        return {
            "sent": self.sent,
            "digested": self.digested,
            "failed": self.failed,
            "skipped": self.skipped,
            "waiting": self.waiting,
            "notices": self.notices,
        }


@dataclass(frozen=True)
class Plan:
    """Everything read before sending, so that the database is free meanwhile."""

    known: Contacts
    notifications: list[Notification]
    paused: Mapping[tuple[str, str], Any]
    standing: Mapping[Receiver, str]


def deliver(
    project: Project,
    output: Output,
    wait: float = WAIT_SECONDS,
    *,
    http: Http | None = None,
    environment: Mapping[str, str] = environ,
    limits: Limits = LIMITS,
) -> Delivered:
    """Send every waiting notification, within the limits. Call it without holding the database."""
    prefixes = allowed_prefixes(project)
    with project.warehouse.held(output.note, wait):
        plan = planned(project)
        pictured = with_series(project, plan.notifications, environment)
    plan = replace(plan, notifications=with_report(pictured, report_url(project)))
    done = Delivered()
    for contact, problem in plan.known.problems:
        done.fail(contact, problem)
    done.notices = noticed(plan.known, environment)
    if not plan.known.receivers:
        # the table of contacts may be missing for a while, so everything keeps waiting
        done.waiting = sum(not each.is_repeat for each in plan.notifications)
        return done
    selected, rows = addressed(plan, done)
    by_receiver = queues(selected)

    def post(notifications: Notification | Sequence[Notification], own: Http) -> int:
        return channels.send(notifications, own, environment, prefixes)

    def account(outcome: Outcome) -> Rows:
        return accounted(outcome, plan.known, done)

    def store(rows: Rows) -> bool:
        try:
            with project.warehouse.held(output.note, 0.0):
                write(project, rows)
        except DatabaseLockedError:
            return False
        return True

    dispatch = Dispatch(post, account, store, limits)
    dispatch.unwritten += rows
    sender = http or Http()
    lines = [
        Line(packed(queue, plan.standing), sender.own(dispatch.until)) for queue in by_receiver
    ]
    try:
        cut = dispatch.run(lines)
    finally:
        if dispatch.unwritten:
            write_last(project, output, dispatch.unwritten, wait)
    for line in cut:
        cut_short(line, done, limits)
    return done


def write_last(project: Project, output: Output, rows: Rows, wait: float) -> None:
    """Record the rest. Another process may hold the database by now."""
    try:
        with project.warehouse.held(output.note, wait):
            write(project, rows)
    except DatabaseLockedError as error:
        raise NotRecordedError(
            f"{len(rows)} delivery attempts could not be recorded, so the next run sends these "
            f"notifications again. {error}"
        ) from error


def allowed_prefixes(project: Project) -> tuple[str, ...]:
    """Prefixes of the environment variables that may hold an address."""
    try:
        return tuple(project.config()["address_prefixes"])
    except MonitorError:
        return PREFIXES  # an invalid configuration must not stop notifications


def report_url(project: Project) -> str | None:
    """Where the report is published."""
    try:
        found: str | None = project.config().get("report_url")
    except MonitorError:
        return None
    return found


def with_report(notifications: Sequence[Notification], url: str | None) -> list[Notification]:
    """The notifications with a link to the incidents of their monitor."""
    if url is None:
        return list(notifications)
    return [
        replace(each, report=f"{url}#{incidents_anchor(str(each.row['monitor']))}")
        for each in notifications
    ]


def incidents_anchor(monitor: str) -> str:
    return section_anchor(chapter_anchor(monitor), INCIDENTS)


def planned(project: Project) -> Plan:
    found = threaded(project, waiting(project))
    return Plan(contacts(project), found, paused(project), standing(project))


def noticed(known: Contacts, environment: Mapping[str, str]) -> list[str]:
    return [
        f"{contact}: {notice}"
        for contact, channel, variable in sorted(known.receivers)
        for notice in channels.notices(channel, variable, environment)
        if environment.get(variable)
    ]


def addressed(plan: Plan, done: Delivered) -> tuple[list[Notification], Rows]:
    """The notifications to send now, and the records of those that are dropped."""
    selected, rows = [], []
    for each in plan.notifications:
        # a former contact that was notified of the start is also notified of the end
        if plan.known.has(each) or (each.is_over and not each.is_repeat):
            selected.append(each)
        elif not each.is_repeat:
            rows.append(attempt(each, SKIPPED, NO_CONTACT, 0))
            done.skip(each.contact_id)
    done.waiting = sum(not each.is_repeat for each in selected)
    return reachable(plan, selected, done), rows


def reachable(plan: Plan, notifications: list[Notification], done: Delivered) -> list[Notification]:
    """The notifications whose receivers did not ask for a pause."""
    found = []
    for each in notifications:
        moment = plan.paused.get((each.contact_id, each.channel))
        if moment is None:
            found.append(each)
        elif not each.is_repeat:
            problem = f"{each.channel}: receiver asked to wait until {moment:%Y-%m-%d %H:%M}"
            done.fail(each.contact_id, problem)
    return found


def queues(notifications: Sequence[Notification]) -> list[list[Notification]]:
    """The notifications by receiver. Receivers that failed most often come last."""
    by_receiver: dict[Receiver, list[Notification]] = {}
    for each in notifications:
        by_receiver.setdefault(each.receiver, []).append(each)
    return sorted(by_receiver.values(), key=lambda queue: max(each.failure_count for each in queue))


def accounted(outcome: Outcome, known: Contacts, done: Delivered) -> Rows:
    """The rows that record a request. Of many failed notifications only the first is recorded."""
    parcel, error = outcome.parcel, outcome.error
    first = parcel.notifications[0]
    status = status_of(error, is_contact=known.has(first))
    if status == SENT and parcel.digest is not None:
        status = DIGESTED
    new = [each for each in parcel.notifications if not each.is_repeat]
    if status != FAILED:
        done.waiting -= len(new)
    done.sent += len(new) * (status == SENT)
    done.digested += len(new) * (status == DIGESTED)
    if status == SKIPPED:
        for each in new:
            done.skip(each.contact_id)
    elif error is not None:
        done.fail(first.contact_id, f"{first.channel}: {error}")
    pause = None if error is None else error.pause
    detail = None if error is None else str(error)
    kept = new[:1] if status == FAILED else new
    return [
        attempt(each, status, detail, outcome.attempts, pause, thread_of(each, status))
        for each in kept
    ]


def thread_of(notification: Notification, status: str) -> str | None:
    """The thread that has the message of this notification."""
    return notification.thread.id if status == SENT and notification.thread else None


def status_of(error: NotSentError | None, *, is_contact: bool) -> str:
    """The status of a delivery. Refused content and former contacts are not tried again."""
    if error is None:
        return SENT
    if error.is_final:
        return REFUSED
    return FAILED if is_contact else SKIPPED


def cut_short(line: Line, done: Delivered, limits: Limits) -> None:
    rest = line.waiting
    if rest:
        many = f"{len(rest):,} notifications wait" if len(rest) > 1 else "1 notification waits"
        problem = f"{many} for the next run: the {limits.run:.0f} seconds for sending are used up"
        done.fail(rest[0].contact_id, f"{rest[0].channel}: {problem}")


def alone(project: Project, output: Output, wait: float) -> Delivered:
    """Deliver while no other run builds or delivers."""
    _ = project.manifest
    starts = project.relation("int_monitor__run_starts")
    with project.warehouse.reserved(output.note, project.schema, starts, wait):
        return deliver(project, output, wait)


def due(project: Project, output: Output) -> list[Notification]:
    """The notifications that `notify` would send now."""
    _ = project.manifest
    with project.warehouse.held(output.note):
        plan = planned(project)
    return [each for each in addressed(plan, Delivered())[0] if not each.is_repeat]


def show_due(notifications: Sequence[Notification], output: Output) -> None:
    for each in notifications:
        output.say(f"{clean(each.contact_id)} · {clean(each.channel)} · {each.title}")
    due_count = f"Notifications due: {len(notifications):,}. Nothing was sent."
    output.say(due_count if notifications else "No notification is due.")


def show(done: Delivered, output: Output) -> None:
    if done.sent or done.digested or done.failed or done.waiting:
        sent = "1 notification" if done.sent == 1 else f"{done.sent:,} notifications"
        digested = f"; {done.digested:,} more in a digest" if done.digested else ""
        rest = f"; {done.waiting:,} still waiting" if done.waiting else ""
        output.say(f"Sent {sent}{digested}{rest}")
    for contact, problem in sorted(done.failed.items()):
        output.say(f"  {output.paint('not sent', 'error')}  {clean(contact)}: {clean(problem)}")
    for contact, count in sorted(done.skipped.items()):
        output.say(f"  not sent  {clean(contact)}: {NO_CONTACT} ({count})")
    for notice in done.notices:
        output.say(f"  notice    {clean(notice)}")
