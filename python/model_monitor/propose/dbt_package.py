"""Where the dbt package is that belongs to this Python package."""

from __future__ import annotations

from pathlib import Path

from model_monitor.errors import MonitorError

PACKAGE = Path(__file__).resolve().parents[1]
# In a wheel it is a folder of the Python package; in a clone it is the clone.
PLACES = (PACKAGE / "package", PACKAGE.parents[1])


def dbt_package() -> Path:
    """The folder of the dbt package, with its dbt_project.yml."""
    for place in PLACES:
        if (place / "dbt_project.yml").is_file() and (place / "macros" / "config").is_dir():
            return place
    raise MonitorError(
        "The dbt package does not come with this installation of model-monitor. "
        "Install the wheel, or a clone with: pip install -e FOLDER"
    )
