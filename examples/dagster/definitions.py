"""Dagster: the result tables as assets with lineage, an hourly job, and the alerts as a check.

SHOP is the dbt project. dbt, dagster-dbt and model-monitor live in one environment. `dbt parse`
writes the manifest that is read here: run it at deployment; `dagster dev` runs it for you.
"""

import os
import subprocess
from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetSelection,
    Definitions,
    Failure,
    ScheduleDefinition,
    asset_check,
    define_asset_job,
)
from dagster_dbt import (
    DbtCliResource,
    DbtProject,
    build_dbt_asset_selection,
    dbt_assets,
    get_asset_key_for_model,
)

SHOP = Path(os.environ.get("SHOP", "/srv/shop"))
PACKAGE = "package:model_monitor"
shop = DbtProject(project_dir=SHOP, profiles_dir=SHOP, target=os.environ.get("TARGET"))
shop.prepare_if_dev()


# One build of the whole package: a run is evaluated as of one moment.
@dbt_assets(manifest=shop.manifest_path, select=PACKAGE, name="model_monitor")
def model_monitor(context: AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()


# Sends what changed. An open critical alert (1) fails the check. Anything else fails the run: not
# everything could be evaluated (2), or a notification could not be sent (3).
@asset_check(
    asset=get_asset_key_for_model([model_monitor], "monitor_alerts"), name="no_critical_alert"
)
def no_critical_alert() -> AssetCheckResult:
    done = subprocess.run(
        ["model-monitor", "notify", "--fail-on", "critical"],
        cwd=SHOP,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise Failure(f"model-monitor ended with {done.returncode}: {done.stderr or done.stdout}")
    return AssetCheckResult(passed=done.returncode == 0, description=done.stdout)


hourly = define_asset_job(
    "hourly",
    selection=build_dbt_asset_selection([model_monitor], PACKAGE)
    | AssetSelection.checks(no_critical_alert),
)
definitions = Definitions(
    assets=[model_monitor],
    asset_checks=[no_critical_alert],
    jobs=[hourly],
    schedules=[ScheduleDefinition(job=hourly, cron_schedule="7 * * * *")],
    resources={"dbt": DbtCliResource(project_dir=shop)},
)
