"""One request to a receiver: tried again when it may help, 105 seconds at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

TIMEOUT = (5.0, 10.0)  # to connect, to answer
PAUSES = (1.0, 4.0)
LONGEST_PAUSE = 30.0
MAY_PASS = (408, 425, 429, 500, 502, 503, 504)
MEANS_THE_WORD = (400, 413, 422)  # and not who sends it, or where to


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


@dataclass(frozen=True)
class Http:
    """How requests are sent; a test puts its own clock in."""

    sleep: Callable[[float], None] = time.sleep
    timeout: tuple[float, float] = TIMEOUT

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """How often it was tried until the receiver took it."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise NotSentError("the address is no http or https URL", 0)
        for attempt in range(1, len(PAUSES) + 2):
            try:
                # the status is all there is to know: a body that never ends is not waited for
                with requests.post(
                    url, data=content, headers=dict(headers), timeout=self.timeout,
                    allow_redirects=False, stream=True,
                ) as answer:  # fmt: skip
                    pass
            except requests.RequestException as error:
                # the text of the error holds the address
                problem, pause = f"no answer ({type(error).__name__})", None
            else:
                if answer.status_code < 300:
                    return attempt
                problem = f"HTTP {answer.status_code}"
                if answer.status_code not in MAY_PASS:
                    refused = answer.status_code in MEANS_THE_WORD
                    raise NotSentError(problem, attempt, is_refused=refused)
                pause = asked_pause(answer.headers.get("Retry-After"))
            if attempt > len(PAUSES) or (pause or 0.0) > LONGEST_PAUSE:
                raise NotSentError(problem, attempt, pause=pause)
            self.sleep(PAUSES[attempt - 1] if pause is None else pause)
        raise AssertionError("unreachable")


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
