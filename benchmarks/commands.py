"""CPU seconds of the commands that people wait for, as whole processes.

    make demo && make bench-commands                    # on the demo, in this folder
    make bench-commands BENCH="--project-dir ../shop"   # on another project that has results
    make bench-commands BENCH="--ack"                   # also acknowledges an alert, once a run

Prints user and system seconds of each command and its children, and wall seconds: the medians of
five runs after one that is not counted. The last row is `alerts` when dbt reads the project.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = [sys.executable, "-m", "model_monitor"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "python"), "NO_COLOR": "1"}


def first_alert(place: list[str]) -> str:
    done = subprocess.run(
        [*PROGRAM, "alerts", "--json", *place],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not done.stdout:
        sys.exit(f"{done.stderr.strip()}\nThere are no results. To build them: make demo")
    alerts = json.loads(done.stdout)
    if not alerts:
        sys.exit("There is no open alert to explain.")
    return str(alerts[0]["alert_id"])


def measured(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of one process and its children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([*PROGRAM, *command], env=environment(), capture_output=True, check=False)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr.decode())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--project-dir", type=Path, default=ROOT)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--ack", action="store_true", help="also measure ack, which writes a row")
    chosen = options.parse_args()
    place = ["--project-dir", str(chosen.project_dir)]
    alert = first_alert(place)
    commands = {
        "--help": ["--help"],
        "alerts": ["alerts", *place],
        "explain": ["explain", alert, *place],
        "coverage": ["coverage", *place],
        "notices": ["notices", *place],
        "report": ["report", *place],
        "ack --help": ["ack", "--help"],
    }
    if chosen.ack:
        commands["ack"] = ["ack", alert, "--reason", "benchmark", *place]
    commands["alerts, with dbt"] = ["alerts", "--vars", "{unused: 1}", *place]
    print(f"{'command':<18}{'CPU s':>8}{'wall s':>8}")
    for name, command in commands.items():
        measured(command)
        runs = [measured(command) for _ in range(chosen.runs)]
        cpu, wall = (median(values) for values in zip(*runs, strict=True))
        print(f"{name:<18}{cpu:8.2f}{wall:8.2f}", flush=True)


if __name__ == "__main__":
    main()
