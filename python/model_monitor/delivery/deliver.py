"""Sends what is waiting: each contact for itself, so that a dead receiver stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import environ
from queue import SimpleQueue

from model_monitor.delivery.channels import send
from model_monitor.delivery.http import Http, NotSentError
from model_monitor.delivery.outbox import record, waiting
from model_monitor.delivery.word import Word
from model_monitor.output import Output, clean
from model_monitor.project import Project

MOST_AT_ONCE = 8


@dataclass
class Delivered:
    """What came of it."""

    sent: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # by contact: why
    waiting: int = 0

    def as_json(self) -> dict[str, object]:
        return {"sent": self.sent, "failed": self.failed, "waiting": self.waiting}


Outcome = tuple[Word, str | None, int]
Gate = SimpleQueue[bool]


def deliver(
    project: Project, http: Http | None = None, environment: Mapping[str, str] = environ
) -> Delivered:
    """Every word that waits; what a receiver has taken is written down at once."""
    words = waiting(project)
    done = Delivered(waiting=len(words))
    for word, problem, attempts in outcomes(words, http or Http(), environment):
        record(project, word, problem, attempts)
        if problem is None:
            done.sent += 1
            done.waiting -= 1
        else:
            done.failed[word.contact_id] = f"{word.channel}: {problem}"
    return done


def alone(project: Project, output: Output, wait: float) -> Delivered:
    """The same, with nobody else telling or building at once."""
    _ = project.manifest
    starts = project.relation("int_monitor__run_starts")
    with project.warehouse.reserved(output.note, project.schema, starts, wait):
        return deliver(project)


def outcomes(words: list[Word], http: Http, environment: Mapping[str, str]) -> Iterator[Outcome]:
    """Each contact's words in their order, until it takes none any more; contacts at once.

    The next word leaves when what became of the last is written down: whoever kills the run, a
    contact has had one word at most of which nobody knows.
    """
    by_contact: dict[str, list[Word]] = {}
    for word in words:
        by_contact.setdefault(word.contact_id, []).append(word)
    if not by_contact:
        return
    found: SimpleQueue[tuple[Outcome, Gate] | None] = SimpleQueue()

    def tell(theirs: list[Word], gate: Gate) -> None:
        try:
            for word in theirs:
                try:
                    found.put(((word, None, send(word, http, environment)), gate))
                except NotSentError as error:
                    found.put(((word, str(error), error.attempts), gate))
                    # what is refused for what it says keeps nobody else waiting
                    if not error.is_refused:
                        return
                if not gate.get():
                    return
        finally:
            found.put(None)

    gates: list[Gate] = [SimpleQueue() for _ in by_contact]
    with ThreadPoolExecutor(min(len(by_contact), MOST_AT_ONCE)) as pool:
        for theirs, gate in zip(by_contact.values(), gates, strict=True):
            pool.submit(tell, theirs, gate)
        busy = len(by_contact)
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
    if done.sent or done.failed:
        rest = f"; still to be told: {done.waiting}" if done.waiting else ""
        output.say(f"Told: {done.sent}{rest}")
    for contact, problem in sorted(done.failed.items()):
        output.say(f"  {output.paint('not sent', 'error')}  {clean(contact)}: {clean(problem)}")
