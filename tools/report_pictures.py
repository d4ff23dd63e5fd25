#!/usr/bin/env python3
"""Renews the pictures of the report in the docs: its first screen on a desk and on a phone.

make demo && make report-pictures    # needs Chromium (CHROMIUM names it)

The report is target/report.html, which the demo has written.
"""

from __future__ import annotations

import sys

from notifications import IMAGES, ROOT, shoot

REPORT = ROOT / "target" / "report.html"
MOST_BYTES = 130_000
# What is shown: width, height, and whether it is dark.
PICTURES = {
    "report.png": (1280, 900, False),
    "report-dark.png": (1280, 900, True),
    "report-phone.png": (390, 844, False),
}
# A window of Chromium cannot be as narrow as a phone, a frame in it can.
FRAME = """<!doctype html><style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}</style>
<iframe src="{source}" width="{width}" height="{height}" scrolling="no"></iframe>"""


def main() -> int:
    if not REPORT.exists():
        raise SystemExit(f"{REPORT} does not exist. To write it: make demo")
    for name, (width, height, is_dark) in PICTURES.items():
        page = FRAME.format(source=REPORT.as_uri(), width=width, height=height)
        shoot(page, IMAGES / name, width, height, is_dark=is_dark, most_bytes=MOST_BYTES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
