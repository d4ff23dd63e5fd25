"""A page in headless Chromium, driven through its debugging pipe without a library."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SECONDS = 300
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe")
# Chromium reads commands from the descriptor 3 and answers on 4: here, two ends of one socket.
START = 'exec "$@" 3<&{socket} 4>&{socket}'


class Page:
    """One tab. A window cannot be narrower than 500 pixels, so the width is emulated."""

    def __init__(self, pipe: socket.socket, log: Path) -> None:
        self.pipe, self.log = pipe, log
        self.unread = b""
        self.events: list[dict[str, Any]] = []
        self.last_id = 0
        self.session: dict[str, str] = {}
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        found = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": found["sessionId"]}
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """The answer to a command of the DevTools protocol."""
        answer = self.wait("id", self.send(method, parameters))
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def send(self, method: str, parameters: dict[str, Any]) -> int:
        self.last_id += 1
        command = {"id": self.last_id, "method": method, "params": parameters, **self.session}
        self.pipe.sendall(json.dumps(command).encode() + b"\0")
        return self.last_id

    def wait(self, key: str, value: Any) -> dict[str, Any]:
        """The next message with this value."""
        while True:
            while b"\0" not in self.unread:
                received = self.pipe.recv(1 << 20)
                assert received, f"Chromium has stopped:\n{self.log.read_text()}"
                self.unread += received
            message, self.unread = self.unread.split(b"\0", maxsplit=1)
            found: dict[str, Any] = json.loads(message)
            if "method" in found:
                self.events.append(found)
            if found.get("method") == "Page.javascriptDialogOpening":
                # the page waits for an answer, and so would we
                self.send("Page.handleJavaScriptDialog", {"accept": True})
            if found.get(key) == value:
                return found

    def seen(self, method: str) -> list[Any]:
        """What was reported by events of this name."""
        return [each["params"] for each in self.events if each["method"] == method]

    def open(self, file: Path, width: int, scheme: str) -> None:
        """Show a file: `scheme` is light or dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        self.visit(file.as_uri(), width, 900)

    def visit(self, address: str, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Page.navigate", url=address)
        self.wait("method", "Page.loadEventFired")

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression, or of what it promises."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """A page of Chromium, the one that CHROMIUM names or the one on the path."""
    name = os.environ.get("CHROMIUM", "chromium")
    program = shutil.which(name)
    if program is None:
        pytest.fail(f"{name} is not installed. To install it: apt-get install chromium")
    log = folder / "chromium.log"
    ours, theirs = socket.socketpair()
    with ours:
        ours.settimeout(SECONDS)
        with theirs, log.open("wb") as messages:
            start = ["bash", "-c", START.format(socket=theirs.fileno()), "bash", program]
            process = subprocess.Popen(
                [*start, *OPTIONS, f"--user-data-dir={folder / 'profile'}"],
                pass_fds=[theirs.fileno()], stdout=messages, stderr=messages,
            )  # fmt: skip
        try:
            yield Page(ours, log)
        finally:
            process.terminate()
            process.wait(SECONDS)
