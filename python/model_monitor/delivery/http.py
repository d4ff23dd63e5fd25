"""Requests to one receiver: tried again when it may help, each within a total time."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

TIMEOUT = (5.0, 10.0)  # to connect, to answer
PAUSES = (1.0, 4.0)
LONGEST_PAUSE = 30.0
MAY_PASS = (408, 425, 429, 500, 502, 503, 504)
MEANS_THE_WORD = (400, 413, 422)  # and not who sends it, or where to
SCHEMES = ("http", "https")
SHORT = 4096  # bytes of a body


class NotSentError(Exception):
    """The receiver did not take it; the text holds no address and no secret."""

    def __init__(
        self, text: str, attempts: int, *, is_refused: bool = False, pause: float | None = None
    ) -> None:
        super().__init__(text)
        self.attempts = attempts
        self.pause = pause  # seconds in which it wants to hear nothing
        self.is_refused = is_refused  # this word, and not every word
        self.is_final = is_refused  # nothing will change that


@dataclass
class Http:
    """How requests are sent to one receiver; a test puts its own clock in.

    `timeout` limits each read. A receiver that sends a byte now and then passes it for ever, so
    whoever watches this object gives up on an exchange by `begun`.
    """

    sleep: Callable[[float], None] = time.sleep
    timeout: tuple[float, float] = TIMEOUT
    until: float = math.inf  # of time.monotonic(): nothing is begun or waited for after it
    begun: float | None = field(default=None, init=False)
    _session: requests.Session | None = field(default=None, init=False, repr=False)

    def own(self, until: float) -> Http:
        """The same for another receiver."""
        return Http(self.sleep, self.timeout, until)

    @contextmanager
    def exchange(self) -> Iterator[None]:
        """One request and its answer."""
        self.begun = time.monotonic()
        try:
            yield
        finally:
            self.begun = None

    def lasts(self) -> float:
        """Seconds since the exchange that is under way has begun."""
        begun = self.begun
        return 0.0 if begun is None else time.monotonic() - begun

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """How often it was tried until the receiver took it."""
        if urlsplit(url).scheme not in SCHEMES:
            raise NotSentError("the address is no http or https URL", 0)
        for attempt in range(1, len(PAUSES) + 2):
            try:
                with self.exchange():
                    status, retry_after = self._answer(url, content, headers)
            except requests.RequestException as error:
                # the text of the error holds the address
                problem, pause = f"no answer ({type(error).__name__})", None
            else:
                if status < 300:
                    return attempt
                problem = f"HTTP {status}"
                if status not in MAY_PASS:
                    refused = status in MEANS_THE_WORD
                    raise NotSentError(problem, attempt, is_refused=refused)
                pause = asked_pause(retry_after)
            if attempt > len(PAUSES) or (pause or 0.0) > LONGEST_PAUSE:
                raise NotSentError(problem, attempt, pause=pause)
            rest = PAUSES[attempt - 1] if pause is None else pause
            if time.monotonic() + rest >= self.until:
                raise NotSentError(problem, attempt, pause=pause)
            self.sleep(rest)
        raise AssertionError("unreachable")

    def _answer(
        self, url: str, content: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str | None]:
        """The status and Retry-After: the body says no more."""
        left = max(0.1, self.until - time.monotonic())
        timeout = (min(self.timeout[0], left), min(self.timeout[1], left))
        if self._session is None:
            self._session = requests.Session()
            # a .netrc adds a password to what is sent; proxies and the CA file are still the user's
            self._session.trust_env = False
            self._session.proxies = get_environ_proxies(url, no_proxy=None)
            self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        with self._session.post(
            url, data=content, headers=dict(headers), timeout=timeout, stream=True,
            allow_redirects=False,
        ) as answer:  # fmt: skip
            self._session.cookies.clear()
            read_short(answer)
            return answer.status_code, answer.headers.get("Retry-After")


def read_short(answer: requests.Response) -> None:
    """Read a short body, so that the connection serves again; one that does not come in a second is
    left, and the connection with it."""
    length = answer.headers.get("Content-Length", "")
    socket = getattr(getattr(answer.raw, "connection", None), "sock", None)
    if not length.isdigit() or int(length) > SHORT or socket is None:
        return
    until = time.monotonic() + 1.0
    with suppress(Exception):
        socket.settimeout(1.0)
        while answer.raw.read1(SHORT) and time.monotonic() < until:
            pass


def is_readable_on_the_way(url: str) -> bool:
    """Whether it goes over a network as plain text; this machine is none."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    host = parts.hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def asked_pause(text: str | None) -> float | None:
    """The seconds of a Retry-After, which may be a number or a date."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # -0000, or no zone at all, is UTC
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
