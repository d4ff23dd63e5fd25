"""A real Prometheus collects the file of a run, and its rule about a stale run fires."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from model_monitor.delivery.prometheus import text
from model_monitor.findings.gauges import gauges
from model_monitor.warehouse.artifacts import artifacts
from model_monitor.warehouse.settings import Settings, entered

from ..harness.observed_project import HOSTILE, observed_project
from ..harness.project_harness import ROOT
from ..harness.receivers import free_port

PROGRAM = shutil.which("prometheus")
RULES = ROOT / "examples" / "prometheus" / "model_monitor.rules.yml"
SETTINGS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: node
    metrics_path: /model_monitor.prom
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Textfile(SimpleHTTPRequestHandler):
    """Serves the file as the node exporter would."""

    extensions_map: ClassVar = {".prom": "text/plain; version=0.0.4; charset=utf-8"}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def prometheus(tmp_path: Path, here: Path) -> Iterator[str]:
    if PROGRAM is None:
        pytest.skip("no Prometheus on this machine: apt-get install prometheus")
    folder = observed_project(tmp_path / "project")
    found = gauges(artifacts(entered(Settings(folder)), writes=False))
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "model_monitor.prom").write_text(text(found), encoding="utf-8")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Textfile, directory=str(tmp_path / "served"))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # at once, so that the test need not wait ten minutes
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES.read_text(encoding="utf-8").replace("for: 10m", "for: 0s"))
    settings = tmp_path / "prometheus.yml"
    settings.write_text(SETTINGS.format(rules=rules, port=server.server_port), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    running = subprocess.Popen(
        [
            PROGRAM, f"--config.file={settings}", f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address={address}",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://{address}"
    finally:
        running.terminate()
        running.wait(10)
        server.shutdown()
        server.server_close()


def answered(address: str, path: str, seconds: float = 40) -> list[dict[str, Any]]:
    """What it answers, once that is not empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urlopen(f"{address}/api/v1/{path}", timeout=2) as answer:
                data = json.load(answer)["data"]
        except OSError:
            data = {}
        found: list[dict[str, Any]] = data.get("result") or data.get("alerts") or []
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{path}: no answer in time")


@pytest.mark.slow
def test_it_is_collected_and_a_stale_run_is_an_alert(prometheus: str) -> None:
    [psi] = answered(prometheus, f"query?query={quote('model_monitor_psi > 0.26')}")
    assert psi["metric"]["subject"] == "income"
    assert float(psi["value"][1]) == 0.30000000000000004
    odd = answered(prometheus, f"query?query={quote('model_monitor_rows < 100')}")
    assert [row["metric"]["monitor"] for row in odd] == [HOSTILE]
    until = time.monotonic() + 30
    firing: set[tuple[str, str]] = set()
    wanted = {("ModelMonitorRunStale", "loans"), ("ModelMonitorIncidentOpen", "loans")}
    while not wanted <= firing and time.monotonic() < until:
        firing = {
            (alert["labels"]["alertname"], alert["labels"]["monitor"])
            for alert in answered(prometheus, "alerts")
            if alert["state"] == "firing"
        }
        time.sleep(0.5)
    assert wanted <= firing
    assert ("ModelMonitorSubjectDrifted", "loans") in firing
    assert ("ModelMonitorModelDrifted", "loans") not in firing
