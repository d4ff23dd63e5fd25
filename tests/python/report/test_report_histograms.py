"""The histograms: before and now, and the reference where it is not what both are compared with."""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path

import duckdb
import pytest

from model_monitor.report.build import ReportOptions, render

from ..harness.recount import numbers, recounted
from ..harness.report_tables import SCHEMA, Results, write

WEEK_BEFORE = f"""
    insert into {SCHEMA}.monitor_distributions
    select * replace (window_end - interval '7 day' as window_end, 0.2 as share)
    from {SCHEMA}.monitor_distributions
"""
# The alert is about version v4; the champion is v3.
CHAMPION = f"""
    update {SCHEMA}.monitor_alerts set model_version = 'v4', role = 'canary';
    alter table {SCHEMA}.monitor_drift add column baseline_version varchar;
    insert into {SCHEMA}.monitor_drift
    select * replace (
        'v4' as model_version, 'canary' as role, 'champion' as baseline, 'v3' as baseline_version
    )
    from {SCHEMA}.monitor_drift
"""
VERSIONS = f"""
    insert into {SCHEMA}.monitor_distributions
    select * replace ('v4' as model_version, 'canary' as role)
    from {SCHEMA}.monitor_distributions
    where model_version = '(all)';
    insert into {SCHEMA}.monitor_distributions
    select * replace ('v3' as model_version, 0.2 as share)
    from {SCHEMA}.monitor_distributions
    where model_version = '(all)'
"""
WITHOUT_CHAMPION = f"delete from {SCHEMA}.monitor_distributions where model_version = 'v3'"
# What moved most against the baseline of the alert, counted exactly.
EXACT = f"""
    create table {SCHEMA}.monitor_drift_bins as
    select distinct
        stored.monitor, stored.log, stored.role, stored.model_version, stored.subject,
        stored.window_name, stored.slice_name, stored.slice_value, alerts.baseline,
        stored.window_end, 3 as bin_group, 0.7 as share, 0.2 as baseline_share, 1 as place
    from {SCHEMA}.monitor_distributions as stored
    inner join {SCHEMA}.monitor_alerts as alerts
        on stored.monitor = alerts.monitor
        and stored.subject = alerts.subject
"""
CATEGORIES = f"""
    update {SCHEMA}.monitor_rulers set bin_kind = 'category', bin_label = 'city ' || bin,
        lower = null, upper = null;
    update {SCHEMA}.monitor_distributions set bin_kind = 'category', bin_label = 'city ' || bin
"""
LEGEND = "in the reference, where that is not the baseline"


def section(file: Path, baseline: str, *statements: str) -> str:
    write(file)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"update {SCHEMA}.monitor_alerts set baseline = '{baseline}'")
        for statement in statements:
            connection.execute(statement)
    page = render(Results(file), ReportOptions(monitors=("prices",)))
    run = functools.cache(Results(file).warehouse.rows)
    for each in numbers(page):
        assert recounted(each, run) == each.value, each
    [shown] = re.findall(r'<section class="block" id="\S+-histograms">(.*?)</section>', page, re.S)
    return html.unescape(shown)


@pytest.mark.parametrize("baseline", ["last_week", "previous"])
def test_the_reference_is_drawn_behind_two_weeks(tmp_path: Path, baseline: str) -> None:
    shown = section(tmp_path / "week.duckdb", baseline, WEEK_BEFORE)
    assert "above 8 has 70% of the rows, 20% in the baseline, 25% in the reference" in shown
    assert LEGEND in shown
    before, reference, now = (
        shown.index(f'<path class="{name}"') for name in ("before", "reference", "now")
    )
    assert before < reference < now, "the values now cover the others"
    path = shown[reference:].split('d="')[1].split('"')[0]
    assert (path.count("v"), path.count("h")) == (5, 4), "one outline around equal columns"


def test_a_category_has_a_mark_at_its_share_of_the_reference(tmp_path: Path) -> None:
    shown = section(tmp_path / "city.duckdb", "last_week", WEEK_BEFORE, CATEGORIES)
    assert "city 3: 70%, 20% before, 25% in the reference" in shown
    marks = re.findall(r'<path class="reference" d="M(\d+) 0v12"/>', shown)
    assert sorted(marks) == ["17", "25", "28", "30"], "in per cent of the width"
    assert LEGEND in shown


def test_a_version_is_drawn_beside_its_champion(tmp_path: Path) -> None:
    shown = section(tmp_path / "champion.duckdb", "champion", CHAMPION, VERSIONS)
    assert "compared with the champion, v3" in shown
    assert "above 8 has 70% of the rows, 20% in the baseline, 25% in the reference" in shown
    assert LEGEND in shown


@pytest.mark.parametrize(
    ("baseline", "statements"),
    [
        ("champion", (CHAMPION, VERSIONS, WITHOUT_CHAMPION)),
        ("champion", ()),
        ("control", ()),
        ("last_week", ()),
    ],
)
def test_without_its_window_the_reference_is_the_baseline(
    tmp_path: Path, baseline: str, statements: tuple[str, ...]
) -> None:
    """Not empty columns, and no share of another baseline among those of the reference."""
    shown = section(tmp_path / "none.duckdb", baseline, *statements, EXACT)
    assert "compared with the reference" in shown
    assert "above 8 has 70% of the rows, 25% in the baseline" in shown
    assert LEGEND not in shown


def test_shares_of_groups_that_moved_are_exact(tmp_path: Path) -> None:
    """Whole groups, while the stored distribution leaves out bins of few rows."""
    shown = section(tmp_path / "exact.duckdb", "reference", EXACT)
    assert "above 8 has 70% of the rows, 20% in the baseline" in shown


@pytest.mark.parametrize("statements", [(), (CATEGORIES,)])
def test_a_reference_that_is_the_baseline_is_drawn_once(
    tmp_path: Path, statements: tuple[str, ...]
) -> None:
    shown = section(tmp_path / "reference.duckdb", "reference", *statements)
    text = re.sub(r"</?data[^>]*>", "", shown)
    assert "70% of the rows, 25% in the baseline" in text
    assert 'class="reference"' not in shown
    assert LEGEND not in shown
