"""Writes docs/internals/evidence.md: the tests behind each promise of SECURITY.md, and its counts.

make evidence    # runs every test with the mark `promise`, those apart too

A run of all tests, as in .ci/run, has most of them too. From the files of one or more runs, without
running anything:

MODEL_MONITOR_EVIDENCE=notes make test-all TESTS=--junitxml=all.xml
MODEL_MONITOR_EVIDENCE=notes make test-apart TESTS=--junitxml=apart.xml
.venv/bin/python tools/evidence.py --ran notes all.xml apart.xml
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/internals/evidence.md"
PROMISES = {
    1: "No value of a log can change a query",
    2: "A number is right within its stated bound, or marked",
    3: "One monitor's data cannot stop another",
    4: "No small cell in a public table, and none by subtraction",
    5: "What must be sent is sent, whatever else fails",
    6: "An upgraded schema equals a fresh one, or the run says what to rebuild",
    7: "A run that was killed, or could not write, is repaired by the next one",
}
COLLECT = """
import json, sys, pytest
class Marks:
    def pytest_collection_finish(self, session):
        found = {}
        for item in session.items:
            for mark in item.iter_markers("promise"):
                found.setdefault(item.nodeid, []).extend(mark.args)
        json.dump(found, open(sys.argv[1], "w"))
sys.exit(pytest.main(["--collect-only", "-q", "-m", "promise"], plugins=[Marks()]))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--ran", nargs="+", type=Path, metavar="FILE", help="notes, then results")
    options, more = parser.parse_known_args()
    if options.ran and len(options.ran) < 2:
        parser.error("--ran: the notes, then at least one file of results")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        marks = folder / "marks.json"
        listed = subprocess.run(
            [sys.executable, "-c", COLLECT, marks], cwd=ROOT, check=False, capture_output=True
        )
        if listed.returncode != 0:
            sys.stderr.buffer.write(listed.stdout + listed.stderr)
            return listed.returncode
        notes, *results = options.ran or (folder / "notes", folder / "results.xml")
        code = 0 if options.ran else run(notes, results[0], more)
        if not all(file.exists() for file in results):
            return code
        lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
        figures = [json.loads(line) for line in lines]
        text = page(json.loads(marks.read_text()), outcomes(results), figures)
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return code


def run(notes: Path, results: Path, more: list[str]) -> int:
    """Every test with the mark; its exit code."""
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-q",
            "-m", "promise", f"--junitxml={results}", *more,
        ],
        cwd=ROOT, check=False, env={**os.environ, "MODEL_MONITOR_EVIDENCE": str(notes)},
    ).returncode  # fmt: skip


def outcomes(results: list[Path]) -> dict[str, bool]:
    """Whether each test that was run passed, by file and name."""
    found = {}
    for case in (case for file in results for case in ElementTree.parse(file).iter("testcase")):
        file = str(case.get("classname", "")).rsplit(".", 1)[-1]
        found[f"{file}::{case.get('name')}"] = not any(
            case.find(bad) is not None for bad in ("failure", "error", "skipped")
        )
    return found


def page(
    marks: dict[str, list[int]], passed: dict[str, bool], figures: list[dict[str, str]]
) -> str:
    commit = subprocess.run(
        ["git", "log", "-1", "--format=%h"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    lines = [
        "# What the tests of the promises counted",
        "",
        "For people who want to check the promises of [SECURITY.md](../../SECURITY.md). After this",
        "page you know which tests hold each promise, and what they counted.",
        f"`make evidence` wrote it on {datetime.now(UTC):%Y-%m-%d} at commit {commit}.",
    ]
    by_promise = defaultdict(list)
    for test, numbers in marks.items():
        for number in numbers:
            by_promise[number].append(test)
    for number, promise in PROMISES.items():
        tests = by_promise[number]
        short = [f"{Path(test.split('::')[0]).stem}::{test.split('::', 1)[1]}" for test in tests]
        held = sum(passed.get(test, False) for test in short)
        lines += ["", f"## {number}. {promise}", "", f"{held} of {len(tests)} tests passed."]
        rows = [
            f"| {note['what']} | {note['figure']} | `{note['test'].rsplit('/', 1)[-1]}` |"
            for note in figures
            if note["test"] in tests
        ]
        if rows:
            lines += ["", "| counted | figure | test |", "|---|---|---|", *sorted(rows)]
        bad = [
            f"{'Failed' if test in passed else 'Not run'}: `{test}`"
            for test in short
            if not passed.get(test, False)
        ]
        lines += ["", *bad] if bad else []
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
