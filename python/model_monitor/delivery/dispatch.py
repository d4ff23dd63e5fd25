"""Sends to many receivers at once, each in order, within a time limit."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import Any

from model_monitor.delivery.http import Http, NotSentError
from model_monitor.delivery.notification import Notification
from model_monitor.delivery.parcels import Parcel

Rows = list[dict[str, Any]]
Post = Callable[[Notification | Sequence[Notification], Http], int]


@dataclass(frozen=True)
class Limits:
    """Limits of delivery; docs/use/delivery.md states them."""

    run: float = 60.0  # seconds for everything
    request: float = 15.0  # seconds for one request and its whole answer
    unwritten: int = 50  # unrecorded requests; a killed run sends these again
    write_every: float = 1.0  # seconds
    at_once: int = 32  # receivers


@dataclass(frozen=True)
class Outcome:
    """The result of a request."""

    parcel: Parcel
    error: NotSentError | None
    attempts: int
    has_room: bool = True  # it counts towards Limits.unwritten


class Line:
    """The queue of one receiver, sent in order until the receiver fails."""

    def __init__(self, parcels: Sequence[Parcel], http: Http) -> None:
        self.parcels = deque(parcels)
        self.http = http
        self.current: Parcel | None = None
        self.is_stopped = False
        self.has_failed = False  # it failed before the time limit

    @property
    def waiting(self) -> list[Notification]:
        return [
            each for parcel in self.parcels for each in parcel.notifications if not each.is_repeat
        ]


class Dispatch:
    """The sending of one run. `account` gives the rows that record an outcome. `write` stores them,
    and returns False if it cannot at the moment."""

    def __init__(
        self,
        post: Post,
        account: Callable[[Outcome], Rows],
        write: Callable[[Rows], bool],
        limits: Limits,
    ) -> None:
        self.post, self.account, self.write, self.limits = post, account, write, limits
        self.unwritten: Rows = []
        self.until = time.monotonic() + limits.run
        self._room = Semaphore(limits.unwritten)
        self._taken = 0
        self._found: SimpleQueue[tuple[Line, Outcome | None]] = SimpleQueue()

    def run(self, lines: Sequence[Line]) -> list[Line]:
        """Send all lines; return those that the time limit cut."""
        queue, active = deque(lines), set[Line]()
        written_at, could_write = time.monotonic(), True
        try:
            while queue or active:
                while queue and len(active) < self.limits.at_once:
                    line = queue.popleft()
                    active.add(line)
                    Thread(target=self._work, args=(line,), daemon=True).start()
                self._take(active)
                now = time.monotonic()
                for line in [line for line in active if line.http.lasts() > self.limits.request]:
                    self._give_up(line, f"no answer within {self.limits.request:.0f} seconds")
                    active.discard(line)
                if now >= self.until:
                    break
                is_full = self._taken >= self.limits.unwritten and could_write
                if self.unwritten and (is_full or now - written_at >= self.limits.write_every):
                    could_write = self._flush()
                    written_at = time.monotonic()
            for line in active:
                self._give_up(
                    line, f"no answer within the {self.limits.run:.0f} seconds for sending"
                )
        finally:
            for line in lines:
                line.is_stopped = True
            # record the latest results, also after an interrupt
            self._take(set())
        return [line for line in lines if line.parcels and not line.has_failed]

    def _take(self, active: set[Line]) -> None:
        """Collect results of requests, waiting a moment for the first."""
        wait = 0.05
        while True:
            try:
                line, outcome = self._found.get(timeout=wait)
            except Empty:
                return
            wait = 0.0
            if outcome is None:
                active.discard(line)
            else:
                # a request that was given up may still have succeeded
                self._note(outcome if line in active else _late(outcome))
            if self._taken >= self.limits.unwritten:
                return

    def _note(self, outcome: Outcome) -> None:
        self._taken += outcome.has_room
        self.unwritten += self.account(outcome)

    def _flush(self) -> bool:
        if not self.write(self.unwritten):
            return False
        self.unwritten = []
        for _ in range(self._taken):
            self._room.release()
        self._taken = 0
        return True

    def _give_up(self, line: Line, problem: str) -> None:
        """Stop waiting for a line: its thread may hang in the network for ever."""
        line.is_stopped = True
        line.has_failed = time.monotonic() < self.until
        parcel = line.current
        if parcel is not None:
            self._note(Outcome(parcel, NotSentError(problem, 1), 1))

    def _work(self, line: Line) -> None:
        try:
            while line.parcels and self._has_room(line):
                parcel = line.current = line.parcels.popleft()
                error = None
                try:
                    attempts = self.post(parcel.content, line.http)
                except NotSentError as refusal:
                    error, attempts = refusal, refusal.attempts
                if error is not None and error.is_refused and is_splittable(parcel):
                    # send each by itself, to find the one that is refused
                    line.parcels.extendleft(
                        Parcel((each,)) for each in reversed(parcel.notifications)
                    )
                    self._room.release()
                    continue
                self._found.put((line, Outcome(parcel, error, attempts)))
                line.current = None
                # refused content does not hold back the next notification
                if error is not None and not error.is_refused:
                    line.has_failed = time.monotonic() < self.until
                    return
        finally:
            self._found.put((line, None))

    def _has_room(self, line: Line) -> bool:
        """Wait until enough is recorded; False when sending has ended."""
        while not line.is_stopped and time.monotonic() < self.until:
            if self._room.acquire(timeout=0.1):
                return True
        return False


def is_splittable(parcel: Parcel) -> bool:
    return parcel.digest is None and len(parcel.notifications) > 1


def _late(outcome: Outcome) -> Outcome:
    return Outcome(outcome.parcel, outcome.error, outcome.attempts, has_room=False)
