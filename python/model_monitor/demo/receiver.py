"""A receiver of the demo's notifications, so that nothing leaves the machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from .registry import ADDRESS_VARIABLE

HERE = "127.0.0.1"


class Accept(BaseHTTPRequestHandler):
    """Accepts every notification and keeps none."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def receiving() -> Iterator[None]:
    """A receiver of notifications in this process, so that nothing leaves the machine.

    An address that is already in the variable is used instead.
    """
    if os.environ.get(ADDRESS_VARIABLE):
        yield
        return
    with ThreadingHTTPServer((HERE, 0), Accept) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        # a proxy would look for the address on its own machine
        without = ",".join(filter(None, (os.environ.get("NO_PROXY"), HERE)))
        address = f"http://{HERE}:{server.server_port}"
        with environment(
            {
                ADDRESS_VARIABLE: address,
                f"{ADDRESS_VARIABLE}_SECRET": secrets.token_hex(),
                "NO_PROXY": without,
                "no_proxy": without,
            }
        ):
            try:
                yield
            finally:
                server.shutdown()


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These environment variables for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
