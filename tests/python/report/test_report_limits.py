"""The heat map: each cell is a multiple of the limit that applies to its subject and day."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import duckdb
import pytest

from model_monitor.report.build import ReportOptions, render

from ..harness.recount import numbers, recounted
from ..harness.report_tables import SCHEMA, Results, write

# Each subject has effects of 0.57 (drifted from day 15 on) or -0.01.
RULE = """
    ('prices', 'predictions', '{subject}', '{rule}', 'day', {warn}, {critical}, {slices}, {versions},
        timestamp '{since}', timestamp '{until}')
"""
COLUMNS = """
    monitor, log, subject, rule_id, window_name, warn, critical, slice_pattern, version_pattern,
    valid_from, valid_to
"""


def rule(name: str, subject: str, warn: str, **more: str) -> str:
    values = {
        "critical": "0.57", "slices": "'(all)'", "versions": "null", "since": "1970-01-01",
        "until": "9999-12-31",
    }  # fmt: skip
    return RULE.format(rule=name, subject=subject, warn=warn, **(values | more))


def rendered(file: Path, *rules: str, learning: bool = False) -> tuple[str, list[str]]:
    """The section, and what the number of the largest effect says of itself."""
    write(file)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"create table {SCHEMA}.int_monitor__rule_scopes as select *, 'psi' as metric,"
            " 'reference' as baseline, 'drift' as kind, true as at_resolution, false as is_named"
            f" from (values {', '.join(rules)}) as t ({COLUMNS})"
        )
        connection.execute(f"update {SCHEMA}.monitor_drift set is_learning = {learning}")
    page = render(Results(file), ReportOptions(monitors=("prices",)))
    run = functools.cache(Results(file).warehouse.rows)
    found = [each for each in numbers(page) if each.place.anchor.endswith("-heatmap")]
    for each in found:
        assert recounted(each, run) == each.value, each
    return page, [f"{each.text} {each.origin}" for each in found]


@pytest.mark.parametrize(
    ("rules", "learning", "largest", "shown"),
    [
        # its own rule, and the default for the other subject
        ([rule("own", "distance_km", "0.285")], False, "2.0", "0.1 to 0.285"),
        # the smaller of two rules
        ([rule("a", "distance_km", "0.285"), rule("b", "distance_km", "0.19")], False, "3.0", "0.1 to"),
        # of a rule that changed, the one in force on the day
        (
            [
                rule("own", "distance_km", "0.057", until="2026-06-10"),
                rule("own", "distance_km", "0.285", since="2026-06-10"),
            ],
            False, "2.0", "0.057 to 0.285",
        ),
        # while the baseline warms up, the critical limit
        ([rule("own", "distance_km", "0.285")], True, "1.0", "0.1 to 0.57"),
        ([rule("own", "distance_km", "0.285", critical="null")], True, "2.0", "0.1 to 0.285"),
        # rules of slices and of single versions evaluate other rows
        ([rule("own", "distance_km", "0.285", slices="'!(all)'")], False, "5.7", "(0.1)"),
        ([rule("own", "distance_km", "0.285", versions="'v3'")], False, "5.7", "(0.1)"),
        ([rule("own", "distance_km", "0.285", versions="'(all)'")], False, "2.0", "0.1 to 0.285"),
    ],
)  # fmt: skip
def test_an_effect_is_a_multiple_of_its_own_limit(
    tmp_path: Path, rules: list[str], learning: bool, largest: str, shown: str
) -> None:
    page, found = rendered(tmp_path / "limits.duckdb", *rules, learning=learning)
    [text] = [each for each in found if "÷" in each]
    assert text.startswith(f"{largest} Query 1, row ")
    text = page.split("of its alert rule ", maxsplit=1)[1].split(". All rows", maxsplit=1)[0]
    assert shown in re.sub(r"<[^>]+>", "", text)
