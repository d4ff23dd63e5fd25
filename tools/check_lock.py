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
            f"{asked} asks for {name} {version}, not {', '.join(got) or 'none'}: make lock"
            for name, versions in pins(asked).items()
            for got in [sorted(locked.get(name, set()))]
            for version in sorted(versions - set(got))
        ]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def pins(name: str) -> dict[str, set[str]]:
    """The versions of each package: a Python may have one of its own."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for pin, version in PIN.findall(text):
        found.setdefault(re.sub(r"[-_.]+", "-", pin.lower()), set()).add(version)
    return found


if __name__ == "__main__":
    sys.exit(main())
