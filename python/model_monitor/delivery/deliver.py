"""Sends what is waiting: each contact by itself, so that a dead receiver stops no other.

What must be sent is read first, and the database is released. Attempts are written down about every
second. Whoever kills the run between sending and writing has a few words sent again; none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import environ
from typing import Any

from model_monitor.delivery import channels
from model_monitor.delivery.channels import PREFIXES
from model_monitor.delivery.dispatch import Dispatch, Limits, Line, Outcome, Rows
from model_monitor.delivery.http import Http, NotSentError
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
from model_monitor.delivery.word import Receiver, Word
from model_monitor.errors import DatabaseLockedError, MonitorError, NotWrittenDownError
from model_monitor.output import Output, clean
from model_monitor.warehouse.locks import WAIT_SECONDS
from model_monitor.warehouse.project import Project

NO_CONTACT = "no longer among the contacts"
LIMITS = Limits()


@dataclass
class Delivered:
    """What came of it."""

    sent: int = 0
    digested: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # by contact: why
    skipped: dict[str, int] = field(default_factory=dict)  # by contact that there is no more
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
    """What was read: nothing more is needed of the database until something was sent."""

    known: Contacts
    words: list[Word]
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
    """Every word that waits, within the limits. The database must not be held by us."""
    prefixes = allowed_prefixes(project)
    with project.warehouse.held(output.note, wait):
        plan = planned(project)
    done = Delivered()
    for contact, problem in plan.known.problems:
        done.fail(contact, problem)
    done.notices = noticed(plan.known, environment)
    if not plan.known.receivers:
        # their table may be gone for a while: nothing is given up
        done.waiting = sum(not word.is_repeat for word in plan.words)
        return done
    meant, rows = addressed(plan, done)
    by_receiver = queues(meant)

    def post(words: Word | Sequence[Word], own: Http) -> int:
        return channels.send(words, own, environment, prefixes)

    def account(outcome: Outcome) -> Rows:
        return accounted(outcome, plan.known, done)

    def write_down(rows: Rows) -> bool:
        try:
            with project.warehouse.held(output.note, 0.0):
                write(project, rows)
        except DatabaseLockedError:
            return False
        return True

    dispatch = Dispatch(post, account, write_down, limits)
    dispatch.unwritten += rows
    sender = http or Http()
    lines = [
        Line(packed(words, plan.standing), sender.own(dispatch.until)) for words in by_receiver
    ]
    try:
        cut = dispatch.run(lines)
    finally:
        if dispatch.unwritten:
            write_last(project, output, dispatch.unwritten, wait)
    for line in cut:
        too_late(line, done, limits)
    return done


def write_last(project: Project, output: Output, rows: Rows, wait: float) -> None:
    """What is not written down yet, when somebody else may have the database by now."""
    try:
        with project.warehouse.held(output.note, wait):
            write(project, rows)
    except DatabaseLockedError as error:
        raise NotWrittenDownError(
            f"{len(rows)} attempts could not be written down, so the next run sends again what was "
            f"sent. {error}"
        ) from error


def allowed_prefixes(project: Project) -> tuple[str, ...]:
    """How the variables are named that may hold an address."""
    try:
        return tuple(project.config()["address_prefixes"])
    except MonitorError:
        return PREFIXES  # a configuration that cannot be read keeps nobody from being told


def planned(project: Project) -> Plan:
    words = waiting(project)
    return Plan(contacts(project), words, paused(project), standing(project))


def noticed(known: Contacts, environment: Mapping[str, str]) -> list[str]:
    return [
        f"{contact}: {notice}"
        for contact, channel, variable in sorted(known.receivers)
        for notice in channels.notices(channel, variable, environment)
        if environment.get(variable)
    ]


def addressed(plan: Plan, done: Delivered) -> tuple[list[Word], Rows]:
    """The words to send now, and what is to be written down of those that are given up."""
    meant, rows = [], []
    for word in plan.words:
        # whoever was told that it had begun is told that it is over
        if plan.known.has(word) or (word.is_over and not word.is_repeat):
            meant.append(word)
        elif not word.is_repeat:
            rows.append(attempt(word, SKIPPED, NO_CONTACT, 0))
            done.skip(word.contact_id)
    done.waiting = sum(not word.is_repeat for word in meant)
    return reachable(plan, meant, done), rows


def reachable(plan: Plan, words: list[Word], done: Delivered) -> list[Word]:
    """Without those whose receivers asked to be sent nothing for a while."""
    found = []
    for word in words:
        moment = plan.paused.get((word.contact_id, word.channel))
        if moment is None:
            found.append(word)
        elif not word.is_repeat:
            problem = f"{word.channel}: wants nothing until {moment:%Y-%m-%d %H:%M}"
            done.fail(word.contact_id, problem)
    return found


def queues(words: Sequence[Word]) -> list[list[Word]]:
    """The words by receiver; those last who have taken nothing the last times."""
    by_receiver: dict[Receiver, list[Word]] = {}
    for word in words:
        by_receiver.setdefault(word.receiver, []).append(word)
    return sorted(
        by_receiver.values(), key=lambda theirs: max(word.failure_count for word in theirs)
    )


def accounted(outcome: Outcome, known: Contacts, done: Delivered) -> Rows:
    """What is written down of a request. Of many words that did not arrive the first says so."""
    parcel, error = outcome.parcel, outcome.error
    status = became(error, is_contact=known.has(parcel.words[0]))
    if status == SENT and parcel.digest is not None:
        status = DIGESTED
    words = [word for word in parcel.words if not word.is_repeat]
    if status != FAILED:
        done.waiting -= len(words)
    done.sent += len(words) * (status == SENT)
    done.digested += len(words) * (status == DIGESTED)
    if status == SKIPPED:
        for word in words:
            done.skip(word.contact_id)
    elif error is not None:
        done.fail(parcel.words[0].contact_id, f"{parcel.words[0].channel}: {error}")
    pause = None if error is None else error.pause
    detail = None if error is None else str(error)
    kept = words[:1] if status == FAILED else words
    return [attempt(word, status, detail, outcome.attempts, pause) for word in kept]


def became(error: NotSentError | None, *, is_contact: bool) -> str:
    """Refused for what it says, or for somebody who is no contact any more: not tried again."""
    if error is None:
        return SENT
    if error.is_final:
        return REFUSED
    return FAILED if is_contact else SKIPPED


def too_late(line: Line, done: Delivered, limits: Limits) -> None:
    words = line.waiting
    if words:
        many = f"{len(words):,} notifications wait" if len(words) > 1 else "1 notification waits"
        problem = f"{many} for the next run: the {limits.run:.0f} seconds for sending are over"
        done.fail(words[0].contact_id, f"{words[0].channel}: {problem}")


def alone(project: Project, output: Output, wait: float) -> Delivered:
    """The same, with nobody else telling or building at once."""
    _ = project.manifest
    starts = project.relation("int_monitor__run_starts")
    with project.warehouse.reserved(output.note, project.schema, starts, wait):
        return deliver(project, output, wait)


def due(project: Project, output: Output) -> list[Word]:
    """The notifications that `notify` would send now."""
    _ = project.manifest
    with project.warehouse.held(output.note):
        plan = planned(project)
    return [word for word in addressed(plan, Delivered())[0] if not word.is_repeat]


def show_due(words: Sequence[Word], output: Output) -> None:
    for word in words:
        output.say(f"{clean(word.contact_id)} · {clean(word.channel)} · {word.title}")
    output.say(f"Due: {len(words):,}. Nothing was sent." if words else "Nothing is due.")


def show(done: Delivered, output: Output) -> None:
    if done.sent or done.digested or done.failed or done.waiting:
        digested = f"; counted in a digest: {done.digested:,}" if done.digested else ""
        rest = f"; still to be told: {done.waiting}" if done.waiting else ""
        output.say(f"Told: {done.sent}{digested}{rest}")
    for contact, problem in sorted(done.failed.items()):
        output.say(f"  {output.paint('not sent', 'error')}  {clean(contact)}: {clean(problem)}")
    for contact, count in sorted(done.skipped.items()):
        output.say(f"  not sent  {clean(contact)}: {NO_CONTACT} ({count})")
    for notice in done.notices:
        output.say(f"  notice    {clean(notice)}")
