#!/usr/bin/env python3
"""Check that a tag may be released, and print its section of the changelog.

    python tools/check_release.py v0.1.0

The versions of pyproject.toml, dbt_project.yml and the Python package are that of the tag, and
CHANGELOG.md has a heading with it and a date. Standard library only.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = {
    "pyproject.toml": r'^version = "(.+)"$',
    "dbt_project.yml": r'^version: "?([^"\s]+)"?$',
    "python/model_monitor/__init__.py": r'^__version__ = "(.+)"$',
}
HEADING = re.compile(r"^## (\S+)(?: – (\S+))?$", re.MULTILINE)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: check_release.py v0.1.0", file=sys.stderr)
        return 64
    (tag,) = arguments
    version = tag.removeprefix("v")
    problems = [] if tag == f"v{version}" else [f"the tag {tag} does not begin with v"]
    for name, pattern in VERSIONS.items():
        found = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        if found is None or found[1] != version:
            problems.append(f"{name} says {found[1] if found else 'no version'}, not {version}")
    notes, day = section((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if not is_date(day):
        problems.append(f"CHANGELOG.md has no heading '## {version} – {date.today()}'")  # noqa: DTZ011
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(notes)
    return 1 if problems else 0


def section(changelog: str, version: str) -> tuple[str, str]:
    """The text below the heading of a version, and the date in it."""
    headings = list(HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading[1] == version:
            end = following.start() if following else len(changelog)
            return changelog[heading.end() : end].strip(), heading[2] or ""
    return "", ""


def is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
