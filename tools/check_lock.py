#!/usr/bin/env python3
"""Check that the locks are what was asked for, with hashes and without addresses."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.in": "requirements.lock",
    "requirements-spark.in": "requirements-spark.lock",
}
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.IGNORECASE | re.MULTILINE)
ADDRESS = re.compile(r"\w+://|^\s*-{1,2}(?:index|extra-index|find-links|[if]\s)", re.MULTILINE)


def main() -> int:
    problems = []
    for name in (*LOCKS.values(), "bootstrap.txt", "bootstrap-spark.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        if ADDRESS.search(text):
            problems.append(f"{name} holds the address of an index")
        blocks = re.split(r"\n(?=[a-z0-9])", text, flags=re.IGNORECASE)
        bare = [block.split()[0] for block in blocks if "--hash=sha256:" not in block]
        problems += [f"{name}: {pin} has no hash" for pin in bare]
    for asked, lock in LOCKS.items():
        locked = pins(lock)
        problems += [
            f"{asked} asks for {name} {version}, not {locked.get(name, 'none')}: make lock"
            for name, version in pins(asked).items()
            if locked.get(name) != version
        ]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {re.sub(r"[-_.]+", "-", pin.lower()): version for pin, version in PIN.findall(text)}


if __name__ == "__main__":
    sys.exit(main())
