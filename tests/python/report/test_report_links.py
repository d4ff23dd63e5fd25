"""Numbers link the queries that count them again, and a chapter prints each query once."""

from __future__ import annotations

import re

import pytest

from model_monitor.report.build import ReportOptions, render
from model_monitor.report.section import Prints
from model_monitor.report.traced import REST, SOURCES, Found, annotate, key_of
from model_monitor.report.wording import count

from ..harness.recount import places
from ..harness.report_tables import Results, write

LINK = re.compile(r'<a href="#([^"]+)">query (\d+)</a>')
NAMED = re.compile(r'title="(Query [^"]+)"')
# A table or a figure, and the links behind its numbers.
PART = re.compile(r"(?:<table.*?</table>\s*</div>\s*<small|<figure).*?(?:</figure>|</small>)", re.S)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = write(tmp_path_factory.mktemp("links") / "warehouse.duckdb")
    return render(Results(file), ReportOptions())


def named(part: str) -> set[str]:
    """The queries that the numbers of a part name."""
    return {number for title in NAMED.findall(part) for number in re.findall(r"Query (\d+)", title)}


def test_each_number_is_followed_by_a_link_to_its_query(page: str) -> None:
    found = list(places(page))
    assert len(found) > 20
    for place in found:
        linked = {number for _, number in LINK.findall(place.body)}
        assert linked, f"{place.anchor} links no query"
        assert named(place.body) <= linked, place.anchor


def test_a_table_and_a_figure_link_the_queries_of_their_own_numbers(page: str) -> None:
    parts = [part for part in PART.findall(page) if named(part)]
    assert len(parts) > 20
    for part in parts:
        linked = {number for _, number in LINK.findall(part)}
        # The title of a figure has room for a number, but not for its mark.
        assert named(part) == linked or ("<title>" in part and named(part) < linked), part[:500]


def test_a_link_leads_to_the_text_of_its_query(page: str) -> None:
    """Also where the chapter has printed the text in an earlier section."""
    texts = dict(re.findall(r'<pre id="([^"]+)"><code>(.*?)</code>', page, re.S))
    for place in places(page):
        for anchor, number in LINK.findall(place.body):
            escaped = place.queries[int(number) - 1].replace("&", "&amp;").replace("<", "&lt;")
            assert texts[anchor] == escaped.replace(">", "&gt;")


def test_a_chapter_prints_a_query_once(page: str) -> None:
    chapters = page.split('<section class="chapter"')[1:]
    assert len(chapters) == 3
    for chapter in chapters:
        printed = re.findall(r"<pre[^>]*>(.*?)</pre>", chapter, re.S)
        assert len(printed) == len(set(printed)) > 5
    assert "Query 1 is <a href=" in page
    assert re.search(r'<a href="#m-[0-9a-f]{8}-first-q\d">query \d of the first screen</a>', page)


def test_a_query_that_was_printed_is_named_by_its_place() -> None:
    prints = Prints("m-1")
    assert [each.place for each in prints.of("first", "the first screen", ["a", "b"])] == ["", ""]
    again = prints.of("actions", "What to do", ["b", "c"])
    assert [each.place for each in again] == ["query 2 of the first screen", ""]
    assert [each.anchor for each in again] == ["m-1-first-q2", "m-1-actions-q2"]


def test_links_stand_behind_the_numbers_that_they_explain() -> None:
    first, second = (
        count(Found({"rows": 7}, key_of(query), 0)["rows"]) for query in ("first", "second")
    )
    html = str(annotate(f"{second}{SOURCES}|{first}{REST}", ("first", "second"), ("q1", "q2")))
    tables, rest = html.split("|")
    assert LINK.findall(tables) == [("q2", "2")]
    assert LINK.findall(rest) == [("q1", "1")]
    unnumbered = str(annotate(f"none{SOURCES}|{REST}", ("first", "second"), ("q1", "q2")))
    assert unnumbered.startswith("none|")
    assert LINK.findall(unnumbered) == [("q1", "1"), ("q2", "2")], "a section links its queries"


def test_the_headline_counts_the_cards_below_it(page: str) -> None:
    """No query counts it."""
    cards = re.findall(r'<article class="card (\w+)', page)
    wrong = sum(state in ("critical", "warn") for state in cards)
    assert f"{wrong} of {len(cards)} models have a problem" in page
