#!/usr/bin/env python3
"""Renews the pictures of the report in the docs: its first screen, and two of its sections.

make demo && make report-pictures    # needs Chromium (CHROMIUM names it)

The report is target/report.html, which the demo has written. The first screen is shown on a desk
and on a phone, in the light and in the dark; the sections are the heat map and the reliability
diagrams of the model that shows most.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from notifications import IMAGES, ROOT, shoot

REPORT = ROOT / "target" / "report.html"
MOST_BYTES = 130_000
# What is shown: width, height, and whether it is dark.
PICTURES = {
    "report.png": (1280, 900, False),
    "report-dark.png": (1280, 900, True),
    "report-phone.png": (390, 844, False),
    "report-phone-dark.png": (390, 844, True),
}
# By picture: the section, and the height that shows it.
SECTIONS = {
    "report-heatmap.png": ("heatmap", 410),
    "report-reliability.png": ("reliability", 630),
}
WIDTH = 1280
# A window of Chromium cannot be as narrow as a phone, a frame in it can.
FRAME = """<!doctype html><style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}</style>
<iframe src="{source}" width="{width}" height="{height}" scrolling="no"></iframe>"""


def main() -> int:
    if not REPORT.exists():
        raise SystemExit(f"{REPORT} does not exist. To write it: make demo")
    for name, (width, height, is_dark) in PICTURES.items():
        frame = FRAME.format(source=REPORT.as_uri(), width=width, height=height)
        picture(frame, IMAGES / name, width, height, is_dark=is_dark)
    report = REPORT.read_text(encoding="utf-8")
    for name, (section, height) in SECTIONS.items():
        picture(alone(report, section), IMAGES / name, WIDTH, height)
    return 0


def picture(page: str, file: Path, width: int, height: int, *, is_dark: bool = False) -> None:
    shoot(page, file, width, height, is_dark=is_dark, most_bytes=MOST_BYTES)


def alone(report: str, section: str) -> str:
    """A page with this section of the model that shows most, in the report's own style."""
    head, _, body = report.partition("<body>")
    opening = rf'<section class="block" id="[^"]*-{section}">'
    blocks = re.findall(rf"{opening}.*?</section>", body, re.DOTALL)
    if not blocks:
        raise SystemExit(f"{REPORT.name} has no section {section}. To write it: make demo")
    closed = re.compile(r'<details class="(?:query|more)">.*?</details>\n', re.DOTALL)
    shown = closed.sub("", max(blocks, key=len))
    return f'{head}<body>\n<main class="wide">\n{shown}\n</main>\n</body>\n</html>\n'


if __name__ == "__main__":
    sys.exit(main())
