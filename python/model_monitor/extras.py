"""Packages that a part of the command line needs, and that come with an extra of this package."""

from __future__ import annotations

from importlib.util import find_spec

# The package that is imported: its name in a sentence, and the extra that installs it.
EXTRAS = {
    "apprise": ("Apprise", "notify"),
    "great_expectations": ("Great Expectations", "checks"),
    "numpy": ("numpy", "notify"),
    "pandas": ("pandas", "demo"),
}


def missing(package: str) -> str | None:
    """What to install, or None if the package is there."""
    if find_spec(package) is not None:
        return None
    name, extra = EXTRAS[package]
    return f"{name} is not installed. To install it: pip install 'dbt-model-monitor[{extra}]'"
