"""Requests to one receiver, with retries and a time limit."""

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
REFUSES_CONTENT = (400, 413, 422)  # the content, not the sender or the address
SCHEMES = ("http", "https")
Read = Callable[[requests.Response], bytes]
SHORT = 4096  # bytes of a body
LONGEST_ANSWER = 1_000_000  # bytes of a body that matters


class NotSentError(Exception):
    """The receiver did not accept it; the text holds no address and no secret."""

    def __init__(
        self, text: str, attempts: int, *, is_refused: bool = False, pause: float | None = None
    ) -> None:
        super().__init__(text)
        self.attempts = attempts
        self.pause = pause  # seconds for which the receiver asked to be left alone
        self.is_refused = is_refused  # this notification, not every one
        self.is_final = is_refused  # a retry cannot help


@dataclass
class Http:
    """Sends requests to one receiver; a test passes its own clock.

    `timeout` limits each read only. A receiver that sends a byte now and then never exceeds it, so
    the dispatcher watches `begun` and gives up on a long exchange.
    """

    sleep: Callable[[float], None] = time.sleep
    timeout: tuple[float, float] = TIMEOUT
    until: float = math.inf  # on time.monotonic(): no request or pause starts later
    begun: float | None = field(default=None, init=False)
    _session: requests.Session | None = field(default=None, init=False, repr=False)

    def own(self, until: float) -> Http:
        """A copy for another receiver."""
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
        """Seconds since the current exchange began."""
        begun = self.begun
        return 0.0 if begun is None else time.monotonic() - begun

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """The number of attempts until the receiver accepted it."""
        return self._sent(url, content, headers, read_short)[0]

    def ask(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The number of attempts until the receiver answered, and the body of its answer."""
        return self._sent(url, content, headers, read_whole)

    def _sent(
        self, url: str, content: bytes, headers: Mapping[str, str], read: Read
    ) -> tuple[int, bytes]:
        if urlsplit(url).scheme not in SCHEMES:
            raise NotSentError("the address is not an http or https URL", 0)
        for attempt in range(1, len(PAUSES) + 2):
            try:
                with self.exchange():
                    status, retry_after, body = self._answer(url, content, headers, read)
            except requests.RequestException as error:
                # the error text holds the address, so only its type is shown
                problem, pause = f"no answer ({type(error).__name__})", None
            else:
                if status < 300:
                    return attempt, body
                problem = f"HTTP {status}"
                if status not in MAY_PASS:
                    refused = status in REFUSES_CONTENT
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
        self, url: str, content: bytes, headers: Mapping[str, str], read: Read
    ) -> tuple[int, str | None, bytes]:
        """The status, Retry-After and the body. The body of a refusal is not needed."""
        left = max(0.1, self.until - time.monotonic())
        timeout = (min(self.timeout[0], left), min(self.timeout[1], left))
        if self._session is None:
            self._session = requests.Session()
            # a .netrc would add a password; proxies and the CA file still come from the user
            self._session.trust_env = False
            self._session.proxies = get_environ_proxies(url, no_proxy=None)
            self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        with self._session.post(
            url, data=content, headers=dict(headers), timeout=timeout, stream=True,
            allow_redirects=False,
        ) as answer:  # fmt: skip
            self._session.cookies.clear()
            body = (read if answer.status_code < 300 else read_short)(answer)
            return answer.status_code, answer.headers.get("Retry-After"), body


def read_whole(answer: requests.Response) -> bytes:
    """The body, up to a size. The dispatcher gives up on one that takes too long."""
    body = b""
    for part in answer.iter_content(SHORT):
        body += part
        if len(body) > LONGEST_ANSWER:
            break
    return body


def read_short(answer: requests.Response) -> bytes:
    """Drop a short body, so that the connection can be reused. After one second, give up on the
    body and the connection."""
    length = answer.headers.get("Content-Length", "")
    socket = getattr(getattr(answer.raw, "connection", None), "sock", None)
    if not length.isdigit() or int(length) > SHORT or socket is None:
        return b""
    until = time.monotonic() + 1.0
    with suppress(Exception):
        socket.settimeout(1.0)
        while answer.raw.read1(SHORT) and time.monotonic() < until:
            pass
    return b""


def is_readable_on_the_way(url: str) -> bool:
    """Whether it goes over a network as plain text; this machine is not a network."""
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
