"""The report on paper: parts that are closed on the screen are printed. It needs Chromium."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest

from model_monitor.report.build import ReportOptions, render

from ..harness.browser import Page, chromium
from ..harness.report_tables import Results, write

pytestmark = pytest.mark.apart

# Eighteen more incidents than the timeline shows at first.
MORE = tuple(
    {"monitor": "prices", "subject": f"input_{number}", "message": f"prices: input {number} moved"}
    for number in range(34)
)
# How many of the closed parts show their content, how high the highest is, and how many queries.
HEIGHTS = """
({
    closed: document.querySelectorAll("details.more:not([open])").length,
    shown: document.querySelectorAll("details.more:not([open])").values().filter(
        each => each.lastElementChild.checkVisibility()).toArray().length,
    height: Math.max(...document.querySelectorAll("details.more").values().map(
        each => each.getBoundingClientRect().height)),
    queries: [...document.querySelectorAll("pre")].filter(each => each.checkVisibility()).length,
})
"""
OPEN = 'document.querySelectorAll("details.more").forEach(each => { each.open = true; })'
PAGES = re.compile(rb"/Type /Page\b")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("print")
    page = render(Results(write(folder / "warehouse.duckdb", more=MORE)), ReportOptions())
    (folder / "report.html").write_text(page, encoding="utf-8")
    with chromium(folder) as tab:
        tab.open(folder / "report.html", 1280, "light")
        yield tab


def test_closed_parts_are_open_on_paper(tab: Page) -> None:
    on_screen = tab.run(HEIGHTS)
    assert on_screen["closed"] > 1
    assert (on_screen["shown"], on_screen["height"] < 40) == (0, True)
    tab.call("Emulation.setEmulatedMedia", media="print")
    on_paper = tab.run(HEIGHTS)
    tab.call("Emulation.setEmulatedMedia", media="")
    assert on_paper["shown"] == on_paper["closed"] == on_screen["closed"]
    assert on_paper["height"] > 18 * 30, "the incidents"
    assert on_paper["queries"] == 0, "queries are left out"


def test_a_pdf_has_as_many_pages_as_with_all_parts_open(tab: Page) -> None:
    closed = pages(tab)
    tab.run(OPEN)
    assert closed == pages(tab) > 3


def pages(tab: Page) -> int:
    printed = tab.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    return len(PAGES.findall(base64.b64decode(printed)))
