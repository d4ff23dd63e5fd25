"""The quickstart is executed as it is written: its data, its files, its commands, in its order.

One command of each program is the installed one, the others begin at once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.apart

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```(\w+) (quickstart\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REAL = str(Path(sys.executable).parent)
INSTALLED = ("dbt deps", "model-monitor run")
FILES = {"quickstart-data": "make_predictions.py", "quickstart-sources": "models/sources.yml"}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> tuple[Path, str]:
    """A project folder after every block of the page, and what the commands printed."""
    folder = tmp_path_factory.mktemp("quickstart")
    (folder / "model_monitor").symlink_to(ROOT)
    project = folder / "churn"
    (project / "models").mkdir(parents=True)
    environment = {
        **os.environ,
        "NO_COLOR": "1",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    printed, as_installed = [], 0
    for _, kind, text in BLOCK.findall((ROOT / "docs/start/quickstart.md").read_text()):
        if kind in FILES:
            (project / FILES[kind]).write_text(text)
        elif kind == "quickstart-config":
            with (project / "dbt_project.yml").open("a") as file:
                file.write("\n" + text)
        else:
            is_installed = any(command in text for command in INSTALLED)
            as_installed += is_installed
            programs = [REAL] if is_installed else [str(commands), REAL]
            path = os.pathsep.join([*programs, os.environ["PATH"]])
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", text],
                cwd=project,
                env={**environment, "PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
            printed.append(done.stdout)
    assert as_installed == len(INSTALLED)
    return project, "\n".join(printed)


def test_the_lost_fee_is_found(walked: tuple[Path, str]) -> None:
    _, printed = walked
    assert re.search(
        r"churn: monthly_fee missing in 15% of rows \(normally 0.0%\) since 2025-03-10", printed
    )


def test_ten_days_show_profiles_and_how_long_it_learns(walked: tuple[Path, str]) -> None:
    project, printed = walked
    assert re.search(r"churn: baseline warming up: \d+ of 14 days", printed)
    with duckdb.connect(str(project / "churn.duckdb"), read_only=True) as warehouse:
        days = warehouse.execute(
            "select cast(window_start as date), missing_rate from main_model_monitor.monitor_profiles"
            " where subject = 'monthly_fee' and window_name = 'day' and slice_name = '(all)'"
            " and model_version = '(all)' order by 1"
        ).fetchall()
    assert len(days) == 10
    assert [rate for _, rate in days[:-1]] == [0.0] * 9
    assert days[-1][1] == pytest.approx(0.154, abs=0.001)


def test_what_the_page_shows_is_what_comes_out(walked: tuple[Path, str]) -> None:
    _, printed = walked
    page = (ROOT / "docs/start/quickstart.md").read_text()
    for line in (
        "| 2025-03-01 |      2000 |        0.000 | 22.38 | 14.05 | 60.78 |",
        "No problems found. Next: model-monitor run",
        "(normally 0.0%) since 2025-03-10 (baseline warming up: 9 of 14 windows)",
        "churn: baseline warming up: 2 of 14 days. Until then slices and distances",
    ):
        assert line in page
        assert line in printed
