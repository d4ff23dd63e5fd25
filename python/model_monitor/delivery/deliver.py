"""Sends what is waiting: each contact for itself, so that a dead receiver stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import environ
from queue import SimpleQueue

from model_monitor.delivery.channels import send
from model_monitor.delivery.http import Http, NotSentError
from model_monitor.delivery.outbox import (
    FAILED,
    REFUSED,
    SENT,
    SKIPPED,
    contacts,
    paused,
    record,
    waiting,
)
from model_monitor.delivery.word import Receiver, Word
from model_monitor.output import Output, clean
from model_monitor.project import Project

MOST_AT_ONCE = 8
NO_CONTACT = "no longer among the contacts"


@dataclass
class Delivered:
    """What came of it."""

    sent: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # by contact: why
    skipped: dict[str, int] = field(default_factory=dict)  # by contact that there is no more
    waiting: int = 0

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
            "failed": self.failed,
            "skipped": self.skipped,
            "waiting": self.waiting,
        }


Outcome = tuple[Word, NotSentError | None, int]
Gate = SimpleQueue[bool]


def deliver(
    project: Project, http: Http | None = None, environment: Mapping[str, str] = environ
) -> Delivered:
    """Every word that waits; what has become of it is written down at once."""
    done = Delivered()
    known = contacts(project)
    for contact, problem in known.problems:
        done.fail(contact, problem)
    words = waiting(project)
    if not known.receivers:
        # their table may be gone for a while: nothing is given up
        done.waiting = sum(not word.is_repeat for word in words)
        return done
    meant = []
    for word in words:
        # whoever was told that it had begun is told that it is over
        if known.has(word) or (word.is_over and not word.is_repeat):
            meant.append(word)
        elif not word.is_repeat:
            record(project, word, SKIPPED, NO_CONTACT, 0)
            done.skip(word.contact_id)
    done.waiting = sum(not word.is_repeat for word in meant)
    meant = reachable(project, meant, done)
    for word, error, attempts in outcomes(meant, http or Http(), environment):
        status = became(error, is_contact=known.has(word))
        if not word.is_repeat:
            detail = None if error is None else str(error)
            pause = None if error is None else error.pause
            record(project, word, status, detail, attempts, pause)
            done.sent += status == SENT
            done.waiting -= status != FAILED
        if status == SKIPPED:
            done.skip(word.contact_id)
        elif error is not None:
            done.fail(word.contact_id, f"{word.channel}: {error}")
    return done


def reachable(project: Project, words: list[Word], done: Delivered) -> list[Word]:
    """Without those whose receivers asked to be sent nothing for a while."""
    until = paused(project)
    found = []
    for word in words:
        moment = until.get((word.contact_id, word.channel))
        if moment is None:
            found.append(word)
        elif not word.is_repeat:
            problem = f"{word.channel}: wants nothing until {moment:%Y-%m-%d %H:%M}"
            done.fail(word.contact_id, problem)
    return found


def became(error: NotSentError | None, *, is_contact: bool) -> str:
    """Refused for what it says, or for somebody who is no contact any more: not tried again."""
    if error is None:
        return SENT
    if error.is_final:
        return REFUSED
    return FAILED if is_contact else SKIPPED


def alone(project: Project, output: Output, wait: float) -> Delivered:
    """The same, with nobody else telling or building at once."""
    _ = project.manifest
    starts = project.relation("int_monitor__run_starts")
    with project.warehouse.reserved(output.note, project.schema, starts, wait):
        return deliver(project)


def outcomes(words: list[Word], http: Http, environment: Mapping[str, str]) -> Iterator[Outcome]:
    """Each receiver's words in their order, until it takes none any more; receivers at once.

    The next word leaves when what became of the last is written down: whoever kills the run, a
    receiver has had one word at most of which nobody knows.
    """
    by_receiver: dict[Receiver, list[Word]] = {}
    for word in words:
        by_receiver.setdefault(word.receiver, []).append(word)
    if not by_receiver:
        return
    found: SimpleQueue[tuple[Outcome, Gate] | None] = SimpleQueue()

    def tell(theirs: list[Word], gate: Gate) -> None:
        try:
            for word in theirs:
                try:
                    found.put(((word, None, send(word, http, environment)), gate))
                except NotSentError as error:
                    found.put(((word, error, error.attempts), gate))
                    # what is refused for what it says keeps nobody else waiting
                    if not error.is_refused:
                        return
                if not gate.get():
                    return
        finally:
            found.put(None)

    gates: list[Gate] = [SimpleQueue() for _ in by_receiver]
    with ThreadPoolExecutor(min(len(by_receiver), MOST_AT_ONCE)) as pool:
        for theirs, gate in zip(by_receiver.values(), gates, strict=True):
            pool.submit(tell, theirs, gate)
        busy = len(by_receiver)
        try:
            while busy:
                outcome = found.get()
                if outcome is None:
                    busy -= 1
                else:
                    yield outcome[0]
                    outcome[1].put(True)
        finally:
            for gate in gates:
                gate.put(False)


def show(done: Delivered, output: Output) -> None:
    if done.sent or done.failed or done.waiting:
        rest = f"; still to be told: {done.waiting}" if done.waiting else ""
        output.say(f"Told: {done.sent}{rest}")
    for contact, problem in sorted(done.failed.items()):
        output.say(f"  {output.paint('not sent', 'error')}  {clean(contact)}: {clean(problem)}")
    for contact, count in sorted(done.skipped.items()):
        output.say(f"  not sent  {clean(contact)}: {NO_CONTACT} ({count})")
