"""axe-core reads the report in Chromium: light and dark, on a desk and on a phone.

It needs npm, which fetches axe-core, and Chromium.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_monitor.cli.parser import main
from model_monitor.report.build import ReportOptions, render

from ..harness.browser import Page, chromium
from ..harness.errors_project import errors_project
from ..harness.report_tables import Results, rename, write
from .test_report import SHIFT

pytestmark = pytest.mark.apart

# A page in points; in pixels, the width between its margins, beside which Chromium has a scrollbar.
A4, PRINTED_WIDTH = (595, 842), 688 + 15
AXE = "axe-core@4.14.1"
LEAST_CHECKS = 20
STATES = (
    SHIFT,
    SHIFT | {"state": "accepted", "accepted_at": "timestamp '2026-06-18'", "accepted_by": "'ada'"},
    SHIFT | {"monitor": "prices", "state": "stale"},
)
# A closed part would not be checked, nor the text on the shade that says how far a table scrolls.
PREPARE = """
document.querySelectorAll("details").forEach(each => { each.open = true; });
document.head.insertAdjacentHTML("beforeend", "<style>.scroll { background: none }</style>");
"""
CHECK = """
axe.run({resultTypes: ["violations", "incomplete"], rules: {"target-size": {enabled: true}}})
    .then(found => ({
        passes: found.passes.map(each => each.id),
        violations: places(found.violations),
        undecided: places(found.incomplete),
    }));

function places(results) {
    return results.flatMap(each => each.nodes.map(node => ({
        rule: each.id,
        why: [...node.any, ...node.all, ...node.none].map(check => check.message),
        key: [...node.any, ...node.all, ...node.none].map(check => (check.data || {}).messageKey),
        html: node.html,
    })));
}
"""
# Contrast that axe-core does not measure: of text in a figure, of a single sign, and of cells that are
# scrolled out of sight. Their colours are those of other text.
UNDECIDED = {
    ("color-contrast", "imgNode"),
    ("color-contrast", "shortTextContent"),
    ("color-contrast", "elmPartiallyObscured"),
}
COLOURS = """
({
    figures: [...new Set([...document.querySelectorAll("svg text")].map(
        each => getComputedStyle(each).fill))],
    muted: getComputedStyle(document.querySelector(".question")).color,
})
"""
PLANTED = """
document.querySelector("main").insertAdjacentHTML(
    "beforeend", '<img src="data:,"><p style="color: #888; background: #777">hard to read</p>'
);
"""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("npm is not installed. To install it: apt-get install npm")
    folder = tmp_path_factory.mktemp("axe")
    packed = subprocess.run(
        [npm, "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, check=False
    )
    assert packed.returncode == 0, f"npm pack {AXE}: {packed.stderr}"
    with tarfile.open(folder / packed.stdout.strip()) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every section, with names that are long and odd, and incidents of every state."""
    folder = tmp_path_factory.mktemp("tables")
    return saved(folder, Results(write(folder / "warehouse.duckdb", more=STATES)))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calm")
    return saved(folder, Results(write(folder / "warehouse.duckdb", incidents=False)))


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the error analysis."""
    folder = tmp_path_factory.mktemp("errors")
    file, project = folder / "report.html", errors_project(folder / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        asked = ["report", "--error-analysis", "--output", str(file)]
        assert main([*asked, "--project-dir", str(project)]) == 0
    return file


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With an odd text in every name that people choose."""
    folder = tmp_path_factory.mktemp("odd")
    file = write(folder / "warehouse.duckdb", more=STATES)
    rename(file)
    return saved(folder, Results(file))


def saved(folder: Path, results: Results) -> Path:
    file = folder / "report.html"
    file.write_text(render(results, ReportOptions()), encoding="utf-8")
    return file


def checked(tab: Page, axe: str) -> Json:
    """What axe-core finds on the open page."""
    tab.run(axe)
    tab.run(PREPARE)
    found: Json = tab.run(CHECK)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["tables", "calm", "errors", "odd"])
def test_axe_finds_no_violation(
    request: pytest.FixtureRequest, tab: Page, axe: str, name: str, width: int, scheme: str
) -> None:
    tab.open(request.getfixturevalue(name), width, scheme)
    found = checked(tab, axe)
    assert found["violations"] == [], json.dumps(found["violations"], indent=2)
    assert len(found["passes"]) > LEAST_CHECKS
    undecided = {(each["rule"], key) for each in found["undecided"] for key in each["key"]}
    assert undecided <= UNDECIDED, json.dumps(found["undecided"], indent=2)
    colours = tab.run(COLOURS)
    assert set(colours["figures"]) <= {colours["muted"]}


@pytest.mark.parametrize("name", ["tables", "calm", "errors", "odd"])
def test_the_page_is_no_wider_than_a_phone(
    request: pytest.FixtureRequest, tab: Page, name: str
) -> None:
    tab.open(request.getfixturevalue(name), 390, "light")
    assert tab.run("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]


@pytest.mark.parametrize("name", ["tables", "calm", "errors", "odd"])
def test_it_prints_on_a4(request: pytest.FixtureRequest, tab: Page, name: str) -> None:
    """Each page is A4, and nothing is cut off at its right edge."""
    tab.open(request.getfixturevalue(name), PRINTED_WIDTH, "light")
    tab.call("Emulation.setEmulatedMedia", media="print")
    needed, there = tab.run(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert needed == there
    printed = base64.b64decode(tab.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    sizes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert len(sizes) > 1
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {A4}


def happened(tab: Page, file: Path) -> tuple[list[str], list[str]]:
    """What a page asked for, and what it said in dialogs, until some time after it is loaded."""
    tab.call("Network.enable")
    tab.events.clear()
    tab.open(file, 1280, "light")
    tab.run(PREPARE)
    tab.run("new Promise(done => setTimeout(done, 500))")
    requests = [each["request"]["url"] for each in tab.seen("Network.requestWillBeSent")]
    return requests, [each["message"] for each in tab.seen("Page.javascriptDialogOpening")]


@pytest.mark.parametrize("name", ["tables", "errors", "odd"])
def test_no_dialog_opens_and_nothing_is_requested(
    request: pytest.FixtureRequest, tab: Page, name: str
) -> None:
    file = request.getfixturevalue(name)
    assert happened(tab, file) == ([file.as_uri()], [])


def test_dialogs_and_requests_are_seen(tab: Page, tmp_path: Path) -> None:
    file = tmp_path / "acts.html"
    file.write_text("<body><script>alert(1)</script><img src='other.png'>", encoding="utf-8")
    requests, dialogs = happened(tab, file)
    assert (requests[0], dialogs) == (file.as_uri(), ["1"])
    assert [each.rsplit("/")[-1] for each in requests[1:]] == ["other.png"]


def test_axe_finds_what_is_planted(tab: Page, axe: str, calm: Path) -> None:
    tab.open(calm, 1280, "light")
    tab.run(PLANTED)
    found = checked(tab, axe)
    assert {each["rule"] for each in found["violations"]} == {"image-alt", "color-contrast"}
