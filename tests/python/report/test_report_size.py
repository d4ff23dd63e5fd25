"""The size of a large report: three monitors, 90 days, 40 subjects that drift now and then."""

from __future__ import annotations

import functools
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from model_monitor.report.build import ReportOptions, render

from ..harness.recount import is_rounding, numbers, recounted
from ..harness.report_tables import DAILY, KEYS, ONCE, SCHEMA, SPREAD, Results, filled, write

MONITORS = ("house_price", "home_feed", "refund_risk")
SCORES = ("p_sold", "p_viewed", "p_refund")
DAYS, SUBJECTS = 90, 40
MOST_BYTES, MOST_SECONDS = 500_000, 5.0


def listed(names: Sequence[str], column: str) -> str:
    values = ", ".join(f"('{name}')" for name in names)
    return f"(values {values}) as {column}s ({column})"


MONITOR_TABLE, SCORE_TABLE = listed(MONITORS, "monitor"), listed(SCORES, "score")
WINDOW_END = "timestamp '2026-03-23' + day * interval '1 day'"
# A number from 0 to 1 that differs from day to day, and is the same in each run.
CHANCE = "(hash({of}) % 1000) / 1000.0"
DRIFTS = CHANCE.format(of="concat(monitor, subject, day)")
SIZE = CHANCE.format(of="concat(subject, day)")
NAMES = f"""
    select monitor, case when number <= 3 then 'p_' else 'feature_of_the_input_' end || number
        as subject, number
    from {MONITOR_TABLE} cross join range(1, {SUBJECTS} + 1) as numbers (number)
"""
KEY = """
    monitor, 'predictions' as log, 'live' as role, '(all)' as model_version,
    '(all)' as slice_name, '(all)' as slice_value, subject
"""
TABLES = {
    # Each third day drifts, by 0 to 10 times the threshold; each thirtieth is not evaluated.
    "monitor_drift": f"""
        select {KEY}, 'reference' as baseline, 'day' as window_name, {WINDOW_END} as window_end,
            case when number % 30 = day % 30 then 'insufficient_data'
                when {DRIFTS} < 0.35 then 'drifted' else 'ok' end as status,
            false as is_reference_mismatch, false as is_learning,
            case when number % 30 <> day % 30 then
                0.03 + case when {DRIFTS} < 0.35 then {SIZE} else 0.1 * {SIZE} end
            end as psi_valid,
            case when number % 30 <> day % 30 then 0.03 end as psi_noise_limit
        from ({NAMES}) cross join range(1, {DAYS} + 1) as days (day)
    """,
    "monitor_coverage": f"""
        select {KEY}, 'drift' as family, 'day' as resolution, cast(null as varchar) as reason
        from ({NAMES})
    """,
    "monitor_incidents": f"""
        select given.* replace (
            concat('incident', names.monitor, number) as incident_id,
            concat('incident', names.monitor, number) as alert_id, names.monitor as monitor,
            names.subject as subject,
            concat(names.monitor, ': ', names.subject, ' shifted: median 31.4 (normally 12.9)',
                ' since 2026-06-14, after pricing 4.2.0 deploy') as message,
            case when number <= 8 then 'firing' else 'resolved' end as state,
            '12.9 to 31.4: 18% (normally 4%); above 31.4: 22% (normally 9%)' as top_bins,
            'city = Ulm: 40% of the change' as top_segments,
            'pricing 4.2.0 deploy, 2 hours before' as likely_cause)
        from {SCHEMA}.given cross join ({NAMES}) as names
        where number <= 24
    """,
    "monitor_alerts": f"""
        select incident.*, incident.alert_id as fingerprint, 'live' as role,
            'last_week' as baseline, 'day' as window_name, 2.5 as strength
        from {SCHEMA}.monitor_incidents as incident
    """,
    "monitor_judgements": f"""
        select monitor, fingerprint, timestamp '2026-06-20' as window_end,
            timestamp '2026-06-21 06:00' as as_of, 'breach' as outcome, 'drift' as family,
            5.7 as strength
        from {SCHEMA}.monitor_alerts
    """,
    "monitor_rulers": f"""
        select monitor, 'predictions' as log, subject, bin, 'fine' as bin_kind, bin as bin_group,
            case when bin > 0 then bin * 2.5 end as lower,
            case when bin < 19 then bin * 2.5 + 2.5 end as upper, '' as bin_label,
            0.05 as reference_share, true as is_active
        from ({NAMES}) cross join range(0, 20) as bins (bin)
    """,
    "monitor_distributions": f"""
        select {KEY}, 'day' as window_name, timestamp '2026-06-20' - week * interval '7 day'
            as window_end, bin, 'fine' as bin_kind, bin as bin_group, '' as bin_label,
            0.1 * {CHANCE.format(of="concat(subject, bin, week)")} as share
        from ({NAMES}) cross join range(0, 20) as bins (bin) cross join range(0, 2) as weeks (week)
    """,
}
# Columns in which the daily tables of the stand-ins are equal in all rows.
VARIED = {
    "monitor_calibration_buckets": {"bucket": "bucket", "average_prediction": "bucket / 10.0",
        "observed_rate": "bucket / 11.0"},
    "monitor_metrics": {
        "metric": "case when number = 0 then 'volume' else concat('metric_', number, '_rate') end",
        "model_version": "case when number = 0 then 'v3' else '(all)' end",
        "value": "case when number = 0 then 90.0 else 0.05 end",
    },
}  # fmt: skip
MORE = {
    "monitor_calibration_buckets": "range(1, 11) as buckets (bucket)",
    "monitor_metrics": "range(0, 13) as metrics (number)",
}

# Families that not every model has.
OF_MONITOR = {
    "monitor_ranking": "home_feed", "monitor_proxies": "home_feed",
    "monitor_concentration": "home_feed", "monitor_value": "refund_risk",
    "monitor_fairness": "refund_risk",
}  # fmt: skip
# A protected column has fewer values than the one of the stand-ins. MORE has the metrics and buckets.
GROUPS = {
    "monitor_fairness": ("b", "c", "d", "e"),
    "monitor_metrics": ("(all)",),
    "monitor_calibration_buckets": ("1",),
}
SCORED = (
    "monitor_performance", "monitor_ranking", "monitor_calibration_buckets", "monitor_calibration",
    "monitor_value", "monitor_fairness",
)  # fmt: skip


def daily(name: str) -> str:
    """A table of the stand-ins, for each monitor, score and day; the values vary."""
    columns = {**KEYS, **DAILY[name], **VARIED.get(name, {}), "monitor": "monitor"}
    columns["window_start"] = f"{WINDOW_END} - interval '1 day'"
    columns["window_end"] = WINDOW_END
    if name in SCORED:
        columns["score"] = "score"
    if "is_final" in columns:
        columns["is_final"] = "day < 85"
    for column, sql in columns.items():
        if sql.endswith("0.001 * day") or column == "value":
            columns[column] = f"({sql}) * (1 + 0.1 * {CHANCE.format(of='day')})"
    sources = [f"range(1, {1 if name in ONCE else DAYS} + 1) as days (day)", MONITOR_TABLE]
    sources += [SCORE_TABLE] if name in SCORED else []
    sources += [MORE[name]] if name in MORE else []
    sources.append(f"(from {listed(GROUPS.get(name, SPREAD.get(name, ('',))), 'name')}) as spread")
    chosen = f" where monitor = '{OF_MONITOR[name]}'" if name in OF_MONITOR else ""
    given = ", ".join(f"{sql} as {column}" for column, sql in columns.items())
    return f"select {given} from {' cross join '.join(sources)}{chosen}"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = write(tmp_path_factory.mktemp("large") / "warehouse.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"create table {SCHEMA}.given as from {SCHEMA}.monitor_incidents limit 1"
        )
        for name, sql in {**TABLES, **{name: daily(name) for name in DAILY}}.items():
            connection.execute(
                f"create or replace table {SCHEMA}.{name} as {filled(sql, {'hostile': 'Ulm'})}"
            )
        for name in ("monitor_health", "monitor_notices", "stg_monitor__changes"):
            connection.execute(
                f"create or replace table {SCHEMA}.{name} as select t.* replace (monitors.monitor as"
                f" monitor) from (from {SCHEMA}.{name} where monitor = 'prices') as t"
                f" cross join {MONITOR_TABLE}"
            )
    return file


@pytest.fixture(scope="module")
def page(file: Path) -> str:
    return render(Results(file), ReportOptions())


def test_a_large_report_is_small(page: str) -> None:
    assert len(page.encode()) < MOST_BYTES


def test_it_is_as_large_as_it_says(page: str) -> None:
    """Each monitor shows as much as fits: subjects, charts, diagrams and histograms."""
    chapters = page.split('<section class="chapter"')[1:]
    assert len(chapters) == len(MONITORS)
    for chapter in chapters:
        sections = dict(re.findall(r'id="m-[0-9a-f]{8}-(\w+)">(.*?)</section>', chapter, re.S))
        shown = {name: part.count("<figure") for name, part in sections.items()}
        assert sections["heatmap"].count('<li class="heat-row">') == SUBJECTS
        assert (shown["performance"], shown["reliability"], shown["histograms"]) == (8, 3, 4)


def test_it_is_rendered_quickly(file: Path) -> None:
    results, start = Results(file), time.process_time()
    render(results, ReportOptions())
    assert time.process_time() - start < MOST_SECONDS


def test_its_numbers_are_counted_again(file: Path, page: str) -> None:
    run = functools.cache(Results(file).warehouse.rows)
    for each in random.Random(41).sample(numbers(page), 200):
        assert recounted(each, run) == each.value, each
        assert is_rounding(each.text, each.value), each
