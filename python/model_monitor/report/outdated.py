"""Puts a line on top of a page that is older than the last run, so nobody takes it for current."""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import escape

START = "<body>\n"
# Its own colours: an older page may have another style sheet.
LINE = (
    '<p role="alert" class="outdated"{mark} style="margin: 0; padding: 12px 20px; '
    'background: #b42318; color: #fff; font-weight: 600">{text}</p>\n'
)
LINES = re.compile(r'<p role="alert" class="outdated".*?</p>\n', re.S)
# A page that was written after a failed build: not all of its figures are of one run.
MIXED = " data-mixed"


def is_of_one_run(file: Path) -> bool:
    """Whether the page exists and its figures are those of a complete run."""
    return file.is_file() and f'class="outdated"{MIXED}' not in file.read_text(encoding="utf-8")


def mark(file: Path, text: str, *, mixed: bool = False) -> Path | None:
    """Make the text the first line of the page, instead of an earlier one. None without a page."""
    if not file.is_file():
        return None
    page = marked(file.read_text(encoding="utf-8"), text, mixed=mixed)
    file.write_text(page, encoding="utf-8", newline="\n")
    return file.absolute()


def marked(page: str, text: str, *, mixed: bool = False) -> str:
    line = LINE.format(mark=MIXED if mixed else "", text=escape(text))
    return LINES.sub("", page).replace(START, START + line, 1)
