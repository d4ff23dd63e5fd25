"""The examples for schedulers, executed as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .small_project import small_project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one critical alert, and `model-monitor` on the path."""
    folder = small_project(tmp_path_factory.mktemp("examples") / "project")
    program = folder / "bin" / "model-monitor"
    program.parent.mkdir()
    # the stand-ins for the models are too few for the suites
    program.write_text(
        f'#!/bin/sh\ncase "$1" in run) shift; set -- run --no-check "$@" ;; esac\n'
        f'exec {sys.executable} -m model_monitor "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return folder


def shell(folder: Path, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(EXAMPLES.parent / "python"),
        "DBT_PROFILES_DIR": str(folder),
        **more,
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_cron_mails_a_breach_and_nothing_else(folder: Path) -> None:
    script = str(EXAMPLES / "cron" / "model-monitor.sh")
    done = shell(folder, [script], SHOP=str(folder))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("model-monitor: a breach\n\n")
    assert "income p95 shifted +45% in south" in done.stdout
    alerts = folder / "models" / "monitor_alerts.sql"
    before = alerts.read_text(encoding="utf-8")
    alerts.write_text(f"select * from ({before}) as alerts where 1 = 0", encoding="utf-8")
    try:
        done = shell(folder, [script], SHOP=str(folder))
    finally:
        alerts.write_text(before, encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shell(folder, [script], SHOP="/no/such/folder").returncode == 2


def test_the_steps_of_the_workflow(folder: Path) -> None:
    text = (EXAMPLES / "github_actions" / "model-monitor.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    steps = {
        step["name"]: step["run"] for step in workflow["jobs"]["run"]["steps"] if "run" in step
    }
    assert list(steps) == ["Install", "Run", "Say what was found"]
    done = shell(folder, ["bash", "-e", "-o", "pipefail", "-c", steps["Run"]])
    assert done.returncode == 1
    assert '"alert_id": "a1"' in (folder / "found.json").read_text(encoding="utf-8")
    summary = folder / "summary.md"
    said = ["bash", "-e", "-o", "pipefail", "-c", steps["Say what was found"]]
    assert shell(folder, said, GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert "income p95 shifted" in summary.read_text(encoding="utf-8")
