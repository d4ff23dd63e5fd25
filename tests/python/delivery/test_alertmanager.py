"""Our words in a real Alertmanager: one alert however often it is said, over when we say so."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from ..harness.receivers import Receiver, free_port, receiver
from .test_channels import sent, word

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
ROUTES = """
route: {{receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


@pytest.fixture
def told() -> Iterator[Receiver]:
    """Whom Alertmanager tells."""
    with receiver() as there:
        yield there


@pytest.fixture
def manager(tmp_path: Path, told: Receiver) -> Iterator[str]:
    if PROGRAM is None:
        pytest.skip("no Alertmanager on this machine: apt-get install prometheus-alertmanager")
    (tmp_path / "routes.yml").write_text(ROUTES.format(url=told.url), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    running = subprocess.Popen(
        [
            PROGRAM, f"--config.file={tmp_path / 'routes.yml'}", f"--storage.path={tmp_path}",
            "--cluster.listen-address=", f"--web.listen-address={address}",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        soon(lambda: alerts(f"http://{address}") == [])
        yield f"http://{address}"
    finally:
        running.terminate()
        running.wait(10)


def alerts(address: str) -> list[dict[str, Any]] | None:
    """What is active there; none while it does not answer yet."""
    try:
        with urlopen(f"{address}/api/v2/alerts?active=true", timeout=2) as answer:
            found: list[dict[str, Any]] = json.load(answer)
    except OSError:
        return None
    return found


def soon(holds: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to hold in time"
        time.sleep(0.1)


def of(told: Receiver, status: str) -> list[dict[str, Any]]:
    """Each alert of that status that was passed on."""
    return [
        alert
        for request in told.requests
        for alert in request.json["alerts"]
        if alert["status"] == status
    ]


def test_an_alert_is_one_until_it_is_over(manager: str, told: Receiver) -> None:
    for _ in range(2):
        assert sent(word("alertmanager"), manager) == 1
    soon(lambda: len(alerts(manager) or []) == 1)
    (alert,) = alerts(manager) or []
    assert alert["labels"]["alertname"] == "score_tail"
    assert alert["labels"]["severity"] == "critical"
    assert "p_click p95 shifted +45% in <ID> & mobile" in str(alert["annotations"])
    soon(lambda: len(of(told, "firing")) > 0)

    assert sent(word("alertmanager", severity="warn"), manager) == 1
    soon(lambda: [a["labels"]["severity"] for a in alerts(manager) or []] == ["warn"])

    assert sent(word("alertmanager", "resolved"), manager) == 1
    soon(lambda: alerts(manager) == [])
    soon(lambda: {a["labels"]["severity"] for a in of(told, "resolved")} == {"critical", "warn"})
