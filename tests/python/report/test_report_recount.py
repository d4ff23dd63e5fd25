"""Each number of the report names its query, and that query counts it again."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor.report.build import ReportOptions, render
from model_monitor.report.sections import SECTIONS
from model_monitor.report.traced import END, MIDDLE, START
from model_monitor.report.wording import count, number, percent, points
from model_monitor.text import chapter_anchor

from ..harness import figures_project
from ..harness.recount import NUMBER, Place, is_rounding, loose, numbers, places, recounted
from ..harness.report_tables import Results, write

# How many numbers the sections of the stand-ins have at least.
LEAST = {
    "actions": 1, "review": 5, "heatmap": 5, "histograms": 3, "concept": 8, "performance": 4,
    "reliability": 3, "value": 15, "segments": 2, "versions": 5, "metrics": 1, "sources": 2,
    "proxies": 8, "concentration": 2, "fairness": 80, "effectiveness": 10, "quality": 40,
}  # fmt: skip
LEAST_OF_A_PROJECT = 40


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("recount") / "warehouse.duckdb")


@pytest.fixture(scope="module")
def page(file: Path) -> str:
    return render(Results(file), ReportOptions())


@pytest.fixture
def run(file: Path) -> functools._lru_cache_wrapper:
    return functools.cache(Results(file).warehouse.rows)


def test_each_number_is_counted_again(page: str, run) -> None:
    assert_recounted(page, run)


def assert_recounted(page: str, run) -> None:
    """Each number of the page is the one that its query returns, and its text is a rounding."""
    for each in numbers(page):
        assert recounted(each, run) == each.value, each
        assert is_rounding(each.text, each.value), each


def test_each_section_has_its_numbers(page: str) -> None:
    """Otherwise many rows of one table could hide that another has none."""
    anchor = chapter_anchor("prices")
    found = Counter(each.place.anchor.removeprefix(f"{anchor}-") for each in numbers(page))
    assert {name: found[name] for name, least in LEAST.items() if found[name] < least} == {}
    # texts alone, and what is there only if asked for
    without = {"timeline", "notices", "coverage", "errors"}
    assert {section.name for section in SECTIONS} - without == set(LEAST)


def test_numbers_of_a_section_differ(page: str) -> None:
    """A number of a neighbouring row or column would be another number."""
    for place in places(page):
        values = [float(value) for value, _, _ in NUMBER.findall(place.body)]
        assert len(set(values)) >= 0.4 * len(values), place.anchor


@pytest.mark.slow
def test_a_page_of_a_project_is_read_and_counted_again(tmp_path: Path) -> None:
    """The report that the job writes, from the tables that the package builds."""
    folder = figures_project.built(tmp_path).folder
    page = (folder / "target" / "report.html").read_text(encoding="utf-8")
    assert "Not everything could be read" not in page
    assert "cannot be read" not in page
    with duckdb.connect(str(folder / "target" / "shop.duckdb"), read_only=True) as connection:

        def rows(sql: str) -> list[dict[str, Any]]:
            found = connection.execute(sql)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        run = functools.cache(rows)
        assert len(numbers(page)) > LEAST_OF_A_PROJECT
        assert_recounted(page, run)
        assert {place.anchor: left for place in places(page) if (left := loose(place, run))} == {}


def test_each_number_names_a_query(page: str, run) -> None:
    """A number without a query is one of a text that a query returned, or of a date."""
    found = list(places(page))
    assert len(found) > 20
    assert {place.anchor: left for place in found if (left := loose(place, run))} == {}


def test_sections_name_counts_sums_and_ratios_too(page: str) -> None:
    origins = {each.origin for each in numbers(page)}
    assert "Query 1, rows 14–20: count" in origins, "days that drifted"
    assert any(origin.endswith(": sum of prediction_count") for origin in origins)
    assert any(" ÷ Query 3, row" in origin for origin in origins), "effect over its threshold"


def test_another_value_in_the_warehouse_is_noticed(tmp_path: Path) -> None:
    file = write(tmp_path / "other.duckdb")
    page = render(Results(file), ReportOptions())
    with duckdb.connect(str(file)) as connection:
        connection.execute("update results.monitor_fairness set selection_rate = 0.9")
    run = functools.cache(Results(file).warehouse.rows)
    wrong = [each for each in numbers(page) if recounted(each, run) != each.value]
    assert {each.origin.split(": ")[1] for each in wrong} == {"selection_rate"}


def test_a_wrong_digit_is_no_rounding() -> None:
    assert is_rounding("20%", 0.2013)
    assert not is_rounding("21%", 0.2013)
    assert is_rounding("1,234", 1234.4)
    assert not is_rounding("1,235", 1234.4)
    assert is_rounding("+1.2", 0.0124)
    assert not is_rounding("-1.2", 0.0124)
    assert is_rounding("4.0e-05", 0.00004)


def test_a_number_without_a_query_is_found(run) -> None:
    place = Place(
        "m", '<p>7 days, <data value="1" title="Query 1, row 1: a">1</data> of 31</p>', ()
    )
    assert loose(place, run) == ["31"]


def test_marks_of_a_hostile_text_are_removed(tmp_path: Path) -> None:
    """No text of the warehouse can pretend to be a number of a query."""
    text = f"prices: {START}1|<b>{MIDDLE}99{END} moved"
    more = {"monitor": "tiny", "subject": "rooms", "message": text, "moved": "null"}
    page = render(Results(write(tmp_path / "marks.duckdb", more=(more,))), ReportOptions())
    assert "\ufffd1|&lt;b&gt;\ufffd99\ufffd moved" in page
    assert not {START, MIDDLE, END} & set(page)


def test_numbers_of_no_query_are_plain_text() -> None:
    assert (number(0.5912), percent(0.2), count(1200), points(-0.012)) == (
        "0.591", "20%", "1,200", "-1.2 points",
    )  # fmt: skip
