"""A receiver on this machine that answers as it is told to, and remembers what it was sent."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = int | str | dict[str, Any]


@dataclass
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Receiver:
    """Its answers, one per request and the last one from then on: a status, what goes wrong, or the
    content of a good one. `answering` decides by the request instead."""

    answers: list[Answer] = field(default_factory=lambda: [200])
    retry_after: str | None = None
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    connections: int = 0
    # what happens when something has arrived, before it is answered
    arrived: Callable[[Request], None] = lambda _: None
    answering: Callable[[Request], Answer] | None = None

    def answer(self, number: int) -> Answer:
        """The answer to the request of this number."""
        if self.answering is not None:
            return self.answering(self.requests[number])
        return self.answers[min(number, len(self.answers) - 1)]


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _never_end(connection: socket.socket, *, in_headers: bool) -> None:
    """An answer that comes byte by byte, for twenty seconds or until nobody reads it any more."""
    headers = b"HTTP/1.1 200 OK\r\nX-Never-Ends: "
    with suppress(OSError):
        if not in_headers:
            connection.sendall(headers + b"\r\n\r\n")
        for byte in (headers if in_headers else b"") + b"." * 200:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Not of a sender that has gone: its answer is for nobody, and the next test may be on."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def receiver(
    *answers: Answer,
    retry_after: str | None = None,
    keeps_alive: bool = False,
    answering: Callable[[Request], Answer] | None = None,
) -> Iterator[Receiver]:
    state = Receiver(list(answers) or [200], retry_after, answering=answering)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keeps_alive else "HTTP/1.0"

        def setup(self) -> None:
            super().setup()
            state.connections += 1

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            content = self.rfile.read(length)
            if len(content) < length:  # who sent it was killed on the way: no request arrived
                return
            number = len(state.requests)
            state.requests.append(Request(self.path, dict(self.headers), content))
            state.arrived(state.requests[-1])
            answer = state.answer(number)
            if answer == "cut":
                self.close_connection = True
                self.connection.close()
                return
            if answer == "slow":
                time.sleep(1.5)
                answer = 200
            if answer in ("dripping", "endless"):
                _never_end(self.connection, in_headers=answer == "dripping")
                return
            body = json.dumps(answer).encode() if isinstance(answer, dict) else b""
            status = 200 if isinstance(answer, dict) else int(answer)
            self.send_response(status)
            if status == 429 and state.retry_after:
                self.send_header("Retry-After", state.retry_after)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
