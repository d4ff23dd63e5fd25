"""Airflow with Cosmos: `dbt build` of the package as one task, then notifications.

One task, not one per model: a run is one build, evaluated as of one moment, and a DuckDB file has
one writer. SHOP is the dbt project, VENV the environment with dbt and model-monitor.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from cosmos import ProfileConfig
from cosmos.operators.local import DbtBuildLocalOperator

SHOP = Path(os.environ.get("SHOP", "/srv/shop"))
VENV = Path(os.environ.get("VENV", "/srv/shop/.venv"))
PROFILE = ProfileConfig(
    profile_name=os.environ.get("PROFILE", "shop"),
    target_name=os.environ.get("TARGET", "prod"),
    profiles_yml_filepath=SHOP / "profiles.yml",
)

with DAG(
    dag_id="model_monitor_cosmos",
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
):
    build = DbtBuildLocalOperator(
        task_id="build",
        project_dir=SHOP,
        profile_config=PROFILE,
        dbt_executable_path=VENV / "bin" / "dbt",
        select="package:model_monitor",
        install_deps=False,
        retries=2,
        retry_delay=timedelta(minutes=5),
    )
    # Sends what changed. It fails if a notification could not be sent (3), not for an open alert.
    alert = BashOperator(
        task_id="notify",
        bash_command="model-monitor notify --fail-on none",
        env={"PATH": f"{VENV / 'bin'}:{os.environ['PATH']}"},
        append_env=True,
        cwd=str(SHOP),
        retries=2,
        retry_delay=timedelta(minutes=5),
    )
    build >> alert
