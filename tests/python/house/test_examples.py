"""The examples for schedulers, executed as they stand.

The script for cron and the steps of the workflow do the whole job, in a project with the package installed, on logs that
end now. Airflow and Dagster have a stand-in for it: what is tested is how they call it and what they make of its end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from packaging.requirements import Requirement

from ..harness.example_programs import EXAMPLES, environment, shell
from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..harness.project_harness import PACKAGE, Project
from ..harness.small_project import small_project
from ..sketches.test_bad_input import DAYS, LOG, REFERENCE, monitor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one critical alert, and `model-monitor` on the path."""
    folder = small_project(tmp_path_factory.mktemp("examples") / "project")
    program = folder / "bin" / "model-monitor"
    program.parent.mkdir()
    # the stand-ins for the models are too few for the suites and the outbox
    program.write_text(
        '#!/bin/sh\ncase "$1" in run) shift; set -- run --no-check "$@" ;;\n'
        'alerts|notify|check) shift; set -- alerts "$@" ;; esac\n'
        f'exec {sys.executable} -m model_monitor "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return folder


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


# -- the whole job


def log_until_now(trouble: int = 0) -> str:
    """The log, moved so that it ends now; of its last days all is other than it was, as just loaded."""
    now = pd.Timestamp.now("UTC").tz_localize(None).floor("s")
    end = pd.Timestamp("2026-01-01") + pd.Timedelta(days=DAYS)
    moved = f"to_seconds({int((now - end).total_seconds()) - 600})"
    since = now.floor("D") - pd.Timedelta(days=trouble)
    is_trouble = f"happened_at + {moved} >= timestamp '{since}'" if trouble else "false"
    return f"""
        select * replace (
            happened_at + {moved} as happened_at,
            case when {is_trouble} then timestamp '{now}' - interval 1 minute
                else loaded_at + {moved} end as loaded_at,
            case when {is_trouble} then x + 30 else x end as x
        ) from ({LOG}) as log
    """


def shop_tables(trouble: int = 0) -> dict[str, str]:
    return {"log": log_until_now(trouble), "reference": REFERENCE}


MONITORS = [monitor("shop", "log", owner="us")]


@pytest.mark.apart
def test_cron_mails_a_breach_and_nothing_else(tmp_path: Path, commands: Path) -> None:
    """The first run is that of the installed program."""
    project = Project(tmp_path / "shop", MONITORS, shop_tables())
    script, folder = str(EXAMPLES / "cron" / "model-monitor.sh"), project.folder
    done = shell(folder, [script], SHOP=str(folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    # it was no nothing that was done in silence
    assert list(project.frame("monitor_runs")["status"]) == ["finished"]
    assert len(project.frame("monitor_drift")) > 50
    project.load("log", log_until_now(trouble=3))
    done = shell(folder, [script], commands, SHOP=str(folder))
    assert (done.returncode, done.stderr) == (1, ""), done.stdout
    assert done.stdout.startswith("model-monitor: a critical alert is open or a check failed\n\n")
    assert "shop: x " in done.stdout
    assert shell(folder, [script], SHOP="/no/such/folder").returncode == 2
    project.load("log", "select 1 as nothing")
    done = shell(folder, [script], commands, SHOP=str(folder))
    assert done.returncode == 2, done.stdout
    assert done.stdout.startswith("model-monitor: not everything could be evaluated\n\n")


def secrets(value: str, known: dict[str, str]) -> str:
    """A value of the workflow as GitHub fills it in."""
    return re.sub(r"\$\{\{ secrets\.(\w+) \}\}", lambda found: known[found[1]], value)


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    text = (EXAMPLES / "github_actions" / "model-monitor.yml").read_text(encoding="utf-8")
    job: dict[str, Any] = yaml.safe_load(text)["jobs"]["run"]
    return job


@pytest.mark.apart
def test_the_steps_of_the_workflow(
    workflow: dict[str, Any], postgres: Server, tmp_path: Path, commands: Path
) -> None:
    """On Postgres, from what it says in its `env`; but for the download, of which the address is none.

    The first step is that of the installed program.
    """
    tables = shop_tables(trouble=3)
    project = PostgresProject(tmp_path / "shop", postgres, "workflow", MONITORS, tables)
    project.send_all()
    folder = project.folder
    profile = {
        "type": "postgres", "port": 5432, "dbname": "workflow", "schema": "main", "threads": 2,
        "host": "{{ env_var('PGHOST') }}", "user": "{{ env_var('PGUSER') }}",
        "password": "{{ env_var('DBT_ENV_SECRET_PGPASSWORD') }}",
    }  # fmt: skip
    profiles = {"shop": {"target": "prod", "outputs": {"prod": profile}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
    # what `dbt deps` is to bring
    shutil.move(folder / "dbt_packages" / PACKAGE, tmp_path / PACKAGE)
    packages = {"packages": [{"local": f"../{PACKAGE}"}]}
    (folder / "packages.yml").write_text(yaml.safe_dump(packages), encoding="utf-8")
    pip = folder / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > pip.txt\n', encoding="utf-8")
    pip.chmod(0o755)

    known = {"PGHOST": str(postgres.folder), "PGUSER": "postgres", "PGPASSWORD": "none"}
    given = {name: secrets(value, known) for name, value in workflow["env"].items()}
    summary, ended = folder / "summary.md", {}
    for step in (step for step in workflow["steps"] if "run" in step):
        # GitHub's own way to start a step
        command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
        programs = [commands] if ended else []
        done = shell(folder, command, *programs, GITHUB_STEP_SUMMARY=str(summary), **given)
        ended[step["name"]] = done.returncode
        if done.returncode and step["name"] != "Run":
            pytest.fail(done.stdout + done.stderr)
    assert ended == {"Install": 0, "Run": 1, "Summarize the findings": 0}
    is_ours((folder / "pip.txt").read_text(encoding="utf-8"))
    assert (folder / "dbt_packages" / PACKAGE / "dbt_project.yml").exists()
    # what was found stays with the run, whatever its end
    kept = workflow["steps"][-1]
    assert kept["if"] == "always()"
    found = json.loads((folder / kept["with"]["path"]).read_text(encoding="utf-8"))
    assert found["failures"] == []
    spoken = [alert for alert in found["alerts"] if alert["inhibited_by"] is None]
    critical = [alert for alert in spoken if alert["severity"] == "critical"]
    assert critical
    said = summary.read_text(encoding="utf-8")
    assert "shop: x " in said
    assert all(alert["message"] in said for alert in critical)


def is_ours(installed: str) -> None:
    """What the workflow installs is this distribution, with parts that it has."""
    command, text = installed.strip().split("\n")
    assert command == "install"
    asked = Requirement(text)
    project = tomllib.loads((EXAMPLES.parent / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert asked.name == project["name"]
    assert asked.extras == {"all"} <= set(project["optional-dependencies"])
    assert str(asked.url).startswith("git+https://")
