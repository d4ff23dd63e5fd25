"""Where the dbt package is that belongs to this Python package."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from model_monitor.errors import MonitorError

DISTRIBUTION = "dbt-model-monitor"

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


def repository() -> str:
    """The git repository that the installed package names."""
    try:
        urls = metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        urls = []
    for each in urls:
        label, _, url = each.partition(", ")
        if label == "Repository":
            return f"{url.removesuffix('/').removesuffix('.git')}.git"
    raise MonitorError("The installation names no repository. Valid: --git URL")
