"""Airflow with the command line: the job once an hour, and a gate for what depends on it.

SHOP is the dbt project, VENV the environment in which dbt and model-monitor are installed.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

SHOP = os.environ.get("SHOP", "/srv/shop")
VENV = os.environ.get("VENV", "/srv/shop/.venv")

with DAG(
    dag_id="model_monitor_bash",
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # a run reads everything that arrived since the last one
    max_active_runs=1,
):
    # An open alert is a finding, not a failure of this task (--fail-on none). The task fails and is
    # retried if a check failed (1), not everything could be evaluated (2) or a notification could
    # not be sent (3).
    run = BashOperator(
        task_id="run",
        bash_command="model-monitor run --wait 30m --fail-on none",
        env={"PATH": f"{VENV}/bin:{os.environ['PATH']}"},
        append_env=True,
        cwd=SHOP,
        retries=2,
        retry_delay=timedelta(minutes=5),
    )
    # Put this before every task that needs a healthy model. It fails while a critical alert is open
    # or a check fails (1), and if not everything could be evaluated (2).
    gate = BashOperator(
        task_id="gate",
        bash_command="model-monitor check --fail-on critical",
        env={"PATH": f"{VENV}/bin:{os.environ['PATH']}"},
        append_env=True,
        cwd=SHOP,
        retries=0,
    )
    run >> gate
