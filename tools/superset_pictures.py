#!/usr/bin/env python3
"""Renews the pictures of Superset in the docs: the first screen of its dashboard, and drift.

make demo && make superset-pictures    # needs Chromium (CHROMIUM names it); installs Superset

The dashboard reads the published copy of the demo. Superset gets an environment of its own in
target/superset, which stays for the next time.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path

from notifications import IMAGES, ROOT, smaller

sys.path.insert(0, str(ROOT))
from tests.python.harness.browser import Page, chromium
from tests.python.harness.example_programs import environment
from tests.python.harness.receivers import free_port
from tests.python.harness.superset_site import imported

FILE = ROOT / "target" / "published" / "model_monitor.duckdb"
ENVIRONMENT = ROOT / "target" / "superset"
# Whoever looks needs no password: the server listens on this machine and stops again.
OPEN = """
AUTH_ROLE_PUBLIC = "Admin"
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
"""
SECONDS = 120
WIDTH, HEIGHT = 1400, 1200
DASHBOARD = "/superset/dashboard/model-monitor/?standalone=1"
# By picture: the heading that is at the top of it; the first screen has none.
PICTURES = {"superset.png": None, "superset-drift.png": "What changed?"}
LOADING = "document.querySelectorAll('.loading, [data-test=loading-indicator]').length"
CHARTS = "document.querySelectorAll('[data-test=chart-container], .chart-container').length"
TO_THE_HEADING = """
[...document.querySelectorAll("div, span")].findLast(
    each => each.textContent.trim() === {heading!r}).scrollIntoView()
"""


def main() -> int:
    if not FILE.exists():
        raise SystemExit(f"{FILE} does not exist. To write it: make demo")
    programs = installed()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = imported(programs, FILE, folder, OPEN)
        port = free_port()
        command = [programs / "superset", "run", "-p", str(port), "--with-threads"]
        with (folder / "server.log").open("wb") as log:
            surroundings = {**os.environ, **site.settings}
            server = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=log, stderr=log)
            try:
                address = f"http://127.0.0.1:{port}"
                wait_for(f"{address}/health")
                with chromium(folder) as page:
                    page.visit(f"{address}{DASHBOARD}", WIDTH, HEIGHT)
                    for file, heading in PICTURES.items():
                        picture(page, IMAGES / file, heading)
            finally:
                server.terminate()
                server.wait(SECONDS)
    return 0


def installed() -> Path:
    programs = ENVIRONMENT / "bin"
    if not (programs / "superset").exists():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        environment(ENVIRONMENT, "superset", f"duckdb=={metadata.version('duckdb')}")
    return programs


def wait_for(address: str) -> None:
    for _ in range(SECONDS):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise SystemExit(f"Superset did not start within {SECONDS} s")


def picture(page: Page, file: Path, heading: str | None) -> None:
    settle(page)
    if heading is not None:
        page.run(TO_THE_HEADING.format(heading=heading))
        settle(page)
    shot = page.call("Page.captureScreenshot", format="png")["data"]
    file.write_bytes(smaller(base64.b64decode(shot), WIDTH))


def settle(page: Page) -> None:
    """Charts load when they come into view. Wait until none is loading, three times in a row."""
    quiet = 0
    for _ in range(SECONDS):
        time.sleep(1)
        quiet = quiet + 1 if page.run(CHARTS) and not page.run(LOADING) else 0
        if quiet == 3:
            return
    raise SystemExit(f"The charts did not load within {SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
