"""The examples for schedulers, executed as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
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
    # the stand-ins for the models are too few for the suites and the outbox
    program.write_text(
        '#!/bin/sh\ncase "$1" in run) shift; set -- run --no-check "$@" ;;\n'
        'alert|check) shift; set -- alert --dry-run "$@" ;; esac\n'
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


def environment(folder: Path, example: str, *more: str) -> Path:
    """An environment of its own with what an example says it needs; its programs."""
    uv = str(Path(sys.executable).parent / "uv")
    needed = EXAMPLES / example / "requirements.txt"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    install = [uv, "pip", "install", "-q", "-p", python, "-r", needed, *more]
    subprocess.run(install, check=True)
    return folder / "bin"


@pytest.mark.apart
def test_airflow(folder: Path, tmp_path: Path) -> None:
    programs = environment(tmp_path / "airflow", "airflow")
    venv = tmp_path / "shop" / "bin"
    venv.mkdir(parents=True)
    (venv / "dbt").symlink_to(Path(sys.executable).parent / "dbt")
    (venv / "model-monitor").symlink_to(folder / "bin" / "model-monitor")
    settings = {
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLES / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "SHOP": str(folder),
        "VENV": str(venv.parent),
        "PROFILE": "small",
        "TARGET": "dev",
    }
    airflow = str(programs / "airflow")
    assert shell(folder, [airflow, "db", "migrate"], **settings).returncode == 0
    # the job succeeds with a breach, the gate behind it does not
    done = shell(folder, [airflow, "dags", "test", "model_monitor_bash"], **settings)
    said = done.stdout + done.stderr
    assert "end task task_id=run" in said, said
    assert "The command returned a non-zero exit code 1." in said, said
    assert said.count("new_state=success") == 1, said
    # with Cosmos: the package is built and what it found is told
    done = shell(folder, [airflow, "dags", "test", "model_monitor_cosmos"], **settings)
    said = done.stdout + done.stderr
    assert said.count("new_state=success") == 2, said
    assert done.returncode == 0


@pytest.mark.apart
def test_dagster(folder: Path, tmp_path: Path) -> None:
    ours = [f"{name}=={metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb")]
    programs = environment(tmp_path / "dagster", "dagster", *ours)
    settings = {
        "DAGSTER_HOME": str(tmp_path),
        "SHOP": str(folder),
        "TARGET": "dev",
        "ALERTS": "results/monitor_alerts",
        "PATH": f"{folder / 'bin'}{os.pathsep}{programs}{os.pathsep}{os.environ['PATH']}",
    }
    assert shell(folder, ["dbt", "parse"]).returncode == 0
    definitions = str(EXAMPLES / "dagster" / "definitions.py")
    job = [str(programs / "dagster"), "job", "execute", "-f", definitions, "-j", "hourly"]
    done = shell(folder, job, **settings)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Materialized value results monitor_alerts" in said
    # a breach fails the check and not the run
    assert "ASSET_CHECK_EVALUATION" in said
    assert "Asset check 'no_critical_alert' on 'results/monitor_alerts' did not pass" in said, said


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
