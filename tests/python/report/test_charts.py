"""Each chart draws what its table says: places are compared with values through the axes."""

from __future__ import annotations

import html
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor.report.build import ReportOptions, render

from ..harness.drawn_charts import (
    ROUNDING,
    Figure,
    Place,
    Scale,
    box,
    day_of,
    figures,
    is_near,
    section,
    time_ticks,
)
from ..harness.report_tables import DAYS, SCHEMA, Results, write

# Where the charts of lines have their right edge and their top.
RIGHT, TOP = 352.0, 10.0
# One incident that began before the report does and is over, one that was accepted, one expected.
MORE = (
    {
        "monitor": "prices", "subject": "city", "message": "prices: city moved",
        "state": "resolved", "severity": "warn", "since": "timestamp '2026-05-20'",
        "last_seen_at": "timestamp '2026-06-07 12:00'",
    },
    {
        "monitor": "prices", "subject": "rooms", "message": "prices: rooms moved",
        "state": "accepted", "severity": "info", "since": "timestamp '2026-06-05 06:00'",
        "last_seen_at": "timestamp '2026-06-19'", "accepted_at": "timestamp '2026-06-11'",
        "accepted_by": "'ada'",
    },
)  # fmt: skip
BARS = {
    "distance_km": ("critical", "2026-06-14", "2026-06-21"),
    "rooms": ("info", "2026-06-05 06:00", "2026-06-11"),
    "city": ("warn", "2026-06-01", "2026-06-07 12:00"),
}
# The values of `city`, against those of the week before.
CITIES = {"Ulm": (0.5, 0.2), "Bonn": (0.3, 0.45), "Kiel": (0.2, 0.35)}
CHANGES = {
    "deploy": ("2026-06-13 22:00", None),
    "experiment": ("2026-06-04", "2026-06-09 12:00"),
    "holiday": ("2026-05-01", "2026-06-03"),
    "policy": ("2026-06-18", "2026-07-01"),
}
INSERTED = f"""
insert into {SCHEMA}.stg_monitor__changes values
    ('prices', 'c2', 'experiment', 'Blue', null, timestamp '2026-06-04',
        timestamp '2026-06-09 12:00', null),
    ('prices', 'c3', 'holiday', 'May', null, timestamp '2026-05-01', timestamp '2026-06-03', null),
    ('prices', 'c4', 'policy', 'Rules', null, timestamp '2026-06-18', timestamp '2026-07-01', null);
insert into {SCHEMA}.monitor_judgements
    select * replace ('m0' as fingerprint, timestamp '2026-06-06' as window_end)
    from {SCHEMA}.monitor_judgements;
update {SCHEMA}.monitor_alerts set baseline = 'last_week' where alert_id = 'm0';
insert into {SCHEMA}.monitor_rulers
    select ruler.* replace ('city' as subject, index as bin, index as bin_group,
        'category' as bin_kind, null as lower, null as upper, city as bin_label,
        0.9 as reference_share)
    from (from {SCHEMA}.monitor_rulers limit 1) as ruler
    cross join (values (0, 'Ulm'), (1, 'Bonn'), (2, 'Kiel')) as c (index, city);
"""
DISTRIBUTION = f"""
insert into {SCHEMA}.monitor_distributions
    select * replace ('city' as subject, ? as bin, ? as bin_group, 'category' as bin_kind,
        cast(? as timestamp) as window_end, ? as share)
    from (from {SCHEMA}.monitor_distributions limit 1)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = write(tmp_path_factory.mktemp("charts") / "warehouse.duckdb", more=MORE)
    with duckdb.connect(str(found)) as connection:
        connection.execute(INSERTED)
        for index, (now, before) in enumerate(CITIES.values()):
            for end, share in (("2026-06-06", now), ("2026-05-30", before)):
                connection.execute(DISTRIBUTION, [index, index, end, share])
    return found


@pytest.fixture(scope="module")
def page(file: Path) -> str:
    return render(Results(file), ReportOptions())


@pytest.fixture(scope="module")
def ask(file: Path) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """The rows of a query that names the tables without their schema."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute(f"set schema '{SCHEMA}'")

        def rows(sql: str) -> list[dict[str, Any]]:
            found = connection.execute(sql)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, map(plain, row), strict=True)) for row in found.fetchall()]

        yield rows


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


# The section, the start of a chart's label, and its points.
LINES = (
    *(
        ("performance", label, f"""
            select window_end as moment, {name} as value, {name}_lower as lower,
                {name}_upper as upper, estimated_{name} as estimate, is_final
            from monitor_performance""")
        for name, label in (
            ("roc_auc", "area under the ROC curve of"), ("precision", "precision of"),
            ("recall", "recall of"),
        )
    ),
    ("performance", "NDCG at 10 of", """
        select window_end as moment, ndcg as value, ndcg_lower as lower, ndcg_upper as upper,
            null as estimate, is_final
        from monitor_ranking"""),
    ("concept", "Change of sold at equal values", """
        select window_end as moment, rate_change as value, null as lower, null as upper,
            rate_change_noise as estimate, true as is_final
        from monitor_concept where is_final"""),
    ("value", "Worth of a decision", """
        select window_end as moment, value_per_decision as value,
            value_per_decision - 1.96 * value_per_decision_error as lower,
            value_per_decision + 1.96 * value_per_decision_error as upper,
            greatest(value_of_none, value_of_all) / decided_count as estimate, is_final
        from monitor_value where slice_name = '(all)'"""),
    ("value", "Share of the possible gain", """
        select window_end as moment, gain_share as value,
            gain_share - 1.96 * gain_share_error as lower,
            gain_share + 1.96 * gain_share_error as upper, null as estimate, is_final
        from monitor_value where slice_name = '(all)'"""),
    ("metrics", "refused_rate per day", """
        select window_end as moment, value, ci_lower as lower, ci_upper as upper, null as estimate,
            true as is_final
        from monitor_metrics where metric = 'refused_rate' and value is not null"""),
    ("proxies", "sold where viewed occurred", """
        select window_end as moment, outcome_given_proxy as value,
            outcome_given_proxy - 1.96 * outcome_given_proxy_error as lower,
            outcome_given_proxy + 1.96 * outcome_given_proxy_error as upper, null as estimate,
            is_final
        from monitor_proxies"""),
    ("proxies", "Correlation of viewed and sold", """
        select window_end as moment, correlation as value, null as lower, null as upper,
            null as estimate, is_final
        from monitor_proxies"""),
    ("concentration", "Concentration of agent", """
        select window_end as moment, gini as value, null as lower, null as upper, null as estimate,
            true as is_final
        from monitor_concentration"""),
)  # fmt: skip
Points = list[dict[str, Any]]


def chart(page: str, name: str, label: str, monitor: str = "prices") -> Figure:
    found = [each for each in figures(section(page, monitor, name)) if each.label.startswith(label)]
    assert len(found) == 1, f"{name}: {len(found)} × {label}"
    return found[0]


@pytest.fixture(params=LINES, ids=[f"{name}: {label}" for name, label, _ in LINES])
def drawn(request: pytest.FixtureRequest, page: str, ask: Any) -> tuple[Figure, Points]:
    name, label, sql = request.param
    points = ask(f"from ({sql}) order by moment")
    assert len(points) > 10
    return chart(page, name, label), points


def unbroken(points: Points, names: Sequence[str]) -> list[Points]:
    """The stretches of points that have all of these values."""
    stretches = itertools.groupby(points, lambda row: all(row[name] is not None for name in names))
    return [list(rows) for has_values, rows in stretches if has_values]


def places(figure: Figure, points: Points, name: str) -> list[Place]:
    return [
        (figure.across(day_of(row["moment"])), figure.up.clipped(float(row[name])))
        for row in points
    ]


def assert_places(found: list[list[Place]], expected: list[list[Place]]) -> None:
    assert [len(part) for part in found] == [len(part) for part in expected]
    for part, wanted in zip(found, expected, strict=True):
        for place, other in zip(part, wanted, strict=True):
            assert is_near(place, other), (place, other)


def test_a_line_goes_through_its_values(drawn: tuple[Figure, Points]) -> None:
    figure, points = drawn
    expected = [places(figure, part, "value") for part in unbroken(points, ["value"])]
    # a point between two gaps is a short line
    expected = [[*part, (part[0][0] + 0.1, part[0][1])] if len(part) == 1 else part
                for part in expected]  # fmt: skip
    assert_places(figure.path("line"), expected)
    for row in points:
        assert row["value"] is None or is_inside(figure.up, row["value"]), row


def test_a_band_is_the_interval(drawn: tuple[Figure, Points]) -> None:
    figure, points = drawn
    stretches = [part for part in unbroken(points, ["lower", "upper"]) if len(part) > 1]
    expected = [
        [*places(figure, part, "upper"), *reversed(places(figure, part, "lower"))]
        for part in stretches
    ]
    if not expected:
        assert figure.paths("band") == []
        return
    assert_places(figure.path("band"), expected)
    known = [row for part in stretches for row in part]
    values = [row["value"] for row in points if row["value"] is not None]
    wide = 2 * (max(values) - min(values))
    for row in known:
        is_cut = not is_inside(figure.up, row["lower"])
        assert is_cut == (row["value"] - row["lower"] > wide), "or the line would be flat"
    for row in known:
        assert is_inside(figure.up, row["upper"]), row


def test_the_estimate_is_a_second_line(drawn: tuple[Figure, Points]) -> None:
    figure, points = drawn
    expected = [places(figure, part, "estimate") for part in unbroken(points, ["estimate"])]
    if not expected:
        assert figure.paths("estimate") == []
        return
    assert_places(figure.path("estimate"), expected)


def test_the_shade_starts_at_the_first_window_that_is_not_final(
    drawn: tuple[Figure, Points],
) -> None:
    figure, points = drawn
    still_open = [row["moment"] for row in points if not row["is_final"]]
    found = figure.rectangles("provisional")
    if not still_open:
        assert found == []
        return
    [(left, top, width, height)] = found
    assert is_near((left, top), (figure.across(day_of(min(still_open))), TOP))
    assert is_near((left + width,), (RIGHT,)), "up to the right edge"
    assert is_near((top + height,), (figure.up.ticks[0][1],)), "down to the axis"


def is_inside(scale: Scale, value: Any) -> bool:
    return scale.ticks[0][0] <= float(value) <= scale.ticks[-1][0]


def test_lines_have_all_kinds_of_points(ask: Any) -> None:
    """Each of the tests above sees gaps, intervals, estimates and open windows."""
    points = [ask(f"from ({sql}) order by moment") for _, _, sql in LINES]
    every = [row for rows in points for row in rows]
    assert any(len(unbroken(rows, ["value"])) > 1 for rows in points)
    assert any(len(part) == 1 for rows in points for part in unbroken(rows, ["value"]))
    assert any(len(unbroken(rows, ["estimate"])) > 1 for rows in points)
    for name in ("lower", "upper", "estimate"):
        assert sum(row[name] is not None for row in every) > 2 * DAYS
    assert sum(not row["is_final"] for row in every) > DAYS
    for rows in points:
        assert len({row["value"] for row in rows}) > 1, "a flat line could be any line"


def test_each_tick_has_a_line(page: str) -> None:
    checked = 0
    for name in {name for name, _, _ in LINES} | {
        "versions",
        "sources",
        "histograms",
        "reliability",
    }:
        for figure in figures(section(page, "prices", name)):
            if figure.texts("tick end"):
                [lines] = figure.paths("grid")
                heights = [height for _, height in figure.up.ticks]
                assert is_near([part[0][1] for part in lines], heights)
                for part in lines:
                    left, _, right, _ = box(part)
                    assert right - left > 200
                checked += 1
    assert checked > len(LINES)


def test_a_reliability_diagram_shows_each_bucket(page: str, ask: Any) -> None:
    figure = chart(page, "reliability", "Reliability of p_sold")
    buckets = ask("""
        select average_prediction as predicted, observed_rate as observed,
            average_prediction + gap_lower as lower, average_prediction + gap_upper as upper,
            gap_lower > 0 or gap_upper < 0 as is_off
        from monitor_calibration_buckets
        where window_end = (
            select max(window_end) from monitor_calibration_buckets where is_final)
        order by bucket
    """)
    assert len(buckets) == 5
    across, up = scale_across(figure), figure.up
    dots = [(at(each, "cx"), at(each, "cy")) for each in figure.root.iter("circle")]
    off = [parts[0] for parts in figure.paths("point off")]
    middles = [
        ((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in map(box, off)
    ]
    expected = {
        is_off: [
            (across(row["predicted"]), up(row["observed"]))
            for row in buckets
            if bool(row["is_off"]) == is_off
        ]
        for is_off in (False, True)
    }
    assert [len(expected[False]), len(expected[True])] == [3, 2]
    assert_places([dots, middles], [expected[False], expected[True]])
    for kind, is_off in (("whisker", False), ("whisker off", True)):
        chosen = [row for row in buckets if bool(row["is_off"]) == is_off]
        ends = [
            [
                (across(row["predicted"]), up.clipped(max(0.0, end(row, name))))
                for name in ("lower", "upper")
            ]
            for row in chosen
        ]
        assert_places([parts[0] for parts in figure.paths(kind)], ends)
    [[ideal]] = figure.paths("ideal")
    most = across.ticks[-1][0]
    assert_places([ideal], [[(across(0), up(0)), (across(most), up(most))]])


def end(row: dict[str, Any], name: str) -> float:
    """An end of an interval; a bucket without one has its dot there."""
    return float(row["observed"] if row[name] is None else row[name])


def scale_across(figure: Figure) -> Scale:
    """The horizontal scale of shares."""
    ticks = [(each.text or "", at(each, "x")) for each in figure.texts("tick middle")]
    return Scale(tuple((float(text.removesuffix("%")) / 100, x) for text, x in ticks))


def at(element: Any, name: str) -> float:
    return float(element.get(name))


@pytest.mark.parametrize(("kind", "column"), [("before", "reference_share"), ("now", "share")])
def test_a_histogram_has_a_column_per_bin(page: str, ask: Any, kind: str, column: str) -> None:
    figure = chart(page, "histograms", "distance_km: above 8")
    bins = ask(f"""
        select {column} as share, upper
        from monitor_rulers join monitor_distributions using (subject, bin)
        where subject = 'distance_km' order by bin
    """)
    columns = [box(part) for part in figure.path(kind)]
    assert len(columns) == len(bins) == len({row["share"] for row in bins})
    for (left, top, right, bottom), row in zip(columns, bins, strict=True):
        assert is_near((top, bottom), (figure.up(float(row["share"])), figure.up(0)))
        assert right - left > 20
    edges = {each.text: at(each, "x") for each in figure.texts("tick middle")}
    assert list(edges) == ["2", "4", "8"]
    for (_, _, right, _), (left, _, _, _), edge in zip(
        columns, columns[1:], edges.values(), strict=False
    ):
        assert right < edge < left, "an edge stands between its columns"


def test_before_and_now_stand_in_the_same_place(page: str) -> None:
    figure = chart(page, "histograms", "distance_km: above 8")
    middles = [
        [(box(part)[0] + box(part)[2]) / 2 for part in figure.path(kind)]
        for kind in ("before", "now")
    ]
    assert is_near(*middles, within=0.2)


def test_a_category_has_two_bars(page: str) -> None:
    part = section(page, "prices", "histograms")
    assert "compared with a week before (29 May)" in part
    for city, (now, before) in CITIES.items():
        figure = chart(page, "histograms", f"{city}: ")
        for kind, share in (("before", before), ("now", now)):
            [(left, _, width, height)] = figure.rectangles(kind)
            assert is_near((left, width), (0, 100 * share))
            assert height > 0
        assert f"{city}: {now:.0%}, {before:.0%} before" == figure.label


def test_the_shares_of_the_sources_add_up_to_all_rows(page: str, ask: Any) -> None:
    rows = ask("""
        select if(bin_kind = 'category', bin_label, bin_kind) as name, window_start, window_end,
            share
        from monitor_distributions where log = 'candidates' order by window_end
    """)
    figure = chart(page, "sources", "Shares of source in the log candidates")
    found = stacks(section(page, "prices", "sources"))
    assert list(found) == ["search", "popular", "missing"], "the largest share first"
    assert_stacked(figure, found, rows, "name", "share", gap=0.0)
    assert [len(columns) for columns in found.values()] == [DAYS, DAYS, DAYS - 1]
    for part in found["missing"]:
        assert is_near([part[1]], [figure.up(1.0)]), "the whole height"


def stacks(part: str) -> dict[str, list[tuple[float, float, float, float]]]:
    """The columns of each part of a stack, by its name in the legend."""
    [figure] = [each for each in figures(part) if each.paths("v0")]
    legend = re.findall(r'<span class="swatch (v\d)"></span><span><bdi>(.*?)</bdi>', part)
    return {
        html.unescape(name): [box(each) for each in figure.path(colour)] for colour, name in legend
    }


def test_the_traffic_of_the_versions_adds_up(page: str, ask: Any) -> None:
    rows = ask("""
        select model_version, window_start, window_end, row_count
        from monitor_metrics where metric = 'volume' order by window_end, model_version
    """)
    figure = chart(page, "versions", "Rows per day by version")
    found = stacks(section(page, "prices", "versions"))
    assert set(found) == {"v2", "v3"}
    assert_stacked(figure, found, rows, "model_version", "row_count", gap=0.6)
    [of_v2, of_v3] = (found["v2"], found["v3"])
    for row, lower, upper in zip(
        ask("""
            select window_end, sum(row_count) as row_count from monitor_metrics
            where metric = 'volume' group by window_end order by window_end
        """),
        of_v2, of_v3, strict=True,
    ):  # fmt: skip
        height = figure.up(0) - figure.up(row["row_count"])
        assert is_near([lower[3] - lower[1] + upper[3] - upper[1]], [height], 2 * ROUNDING)


def assert_stacked(
    figure: Figure,
    found: dict[str, list[tuple[float, float, float, float]]],
    rows: list[dict[str, Any]],
    name: str,
    value: str,
    gap: float,
) -> None:
    """Each column stands on the one before it, from the start of its window to its end."""
    below: dict[datetime, float] = defaultdict(float)
    left_over = {each: list(columns) for each, columns in found.items()}
    for each in found:
        for row in rows:
            if row[name] != each:
                continue
            left, top, right, bottom = left_over[each].pop(0)
            low = below[row["window_end"]]
            below[row["window_end"]] = low + float(row[value])
            ends = (figure.across(day_of(row[key])) for key in ("window_start", "window_end"))
            start, end_ = ends
            assert is_near((left, right), (start, end_ - gap), 2 * ROUNDING)
            heights = (figure.up(low + float(row[value])), figure.up(low))
            assert is_near((top, bottom), heights)
    assert not any(left_over.values())


def test_a_bar_of_the_timeline_is_its_incident(page: str) -> None:
    part = section(page, "prices", "timeline")
    scale = time_ticks(part)
    found = re.findall(r'<li class="tl-row">(.*?)</li>', part, re.S)
    assert len(found) == len(BARS)
    for (subject, (severity, start, until)), row in zip(BARS.items(), found, strict=True):
        assert subject in row
        [figure] = figures(row)
        [(left, _, width, _)] = figure.rectangles(f"s-{severity}")
        ends = [scale(day_of(datetime.fromisoformat(each))) for each in (start, until)]
        assert is_near((left, left + width), ends), subject


def test_a_change_is_a_mark_and_what_lasts_is_a_span(page: str) -> None:
    part = section(page, "prices", "timeline")
    scale = time_ticks(part)
    # in the order of their starts, and no earlier or later than the report
    changes = sorted(CHANGES.items(), key=lambda change: change[1][0])
    starts = [edge(scale, start) for _, (start, _) in changes]
    marks = re.findall(r'<span class="marker k-(\w+)" style="left:([\d.]+)%;', part)
    assert [kind for kind, _ in marks] == [kind for kind, _ in changes]
    assert is_near([float(left) for _, left in marks], starts)
    spans = [(edge(scale, start), edge(scale, until)) for _, (start, until) in changes if until]
    rows = [each for each in figures(part) if each.paths("changes")]
    assert len(rows) == len(BARS)
    for figure in rows:
        lines = figure.path("changes")
        assert is_near([line[0][0] for line in lines], starts)
        assert {tuple(y for _, y in line) for line in lines} == {(0.0, 10.0)}
        boxes = [box(each) for each in figure.path("spans")]
        assert [is_near(each[::2], ends) for each, ends in zip(boxes, spans, strict=True)] == [
            True
        ] * len(spans)


def edge(scale: Scale, moment: str) -> float:
    """The place of a time; what is not in the period of the report is at its edge."""
    return min(max(scale(day_of(datetime.fromisoformat(moment))), 0.0), 100.0)


def test_the_first_screen_shows_how_much_is_watched(page: str, ask: Any) -> None:
    counts = {
        row["resolution"]: row["count"]
        for row in ask("""
            select resolution, count(*) as count from monitor_coverage
            where monitor = 'prices' group by resolution
        """)
    }
    [card] = [
        each
        for each in re.findall(r"<article .*?</article>", page, re.S)
        if '<bdi class="name">prices</bdi>' in each
    ]
    [figure] = figures(card)
    at_ = 0.0
    for name in ("day", "7d", "30d", "too_small"):
        if name in counts:
            [(left, _, width, _)] = figure.rectangles(f"c-{name}")
            assert is_near((left, width), (at_, 100 * counts[name] / sum(counts.values())))
            at_ += width
    assert is_near([at_], [100])


# A day of `distance_km`, which drifts from the 14th day on, without a value that can be shown.
UNKNOWN = {
    "insufficient_data": "update {table} set status = 'insufficient_data', psi_valid = null",
    "reference_mismatch": "update {table} set is_reference_mismatch = true",
    "no_noise_limit": "update {table} set psi_noise_limit = null",
    "no_row": "delete from {table}",
}
# Distances beyond chance in thresholds, the status of the day, and its step in the legend.
COLOURS = (
    (-1.0, "ok", 0), (0.3, "ok", 1), (0.9, "ok", 2), (1.5, "drifted", 3), (4.0, "drifted", 4),
    (9.0, "drifted", 5),
)  # fmt: skip


@pytest.fixture
def drift(tmp_path: Path) -> Callable[[str], dict[int, set[int]]]:
    """What the row of `distance_km` shows after a statement: the days of each colour."""
    found = write(tmp_path / "drift.duckdb")

    def days(sql: str) -> dict[int, set[int]]:
        with duckdb.connect(str(found)) as connection:
            connection.execute(sql)
        page = render(Results(found), ReportOptions(monitors=("prices",)))
        part = section(page, "prices", "heatmap")
        return painted(next(each for each in figures(part) if "distance_km" in each.label))

    return days


def painted(figure: Figure) -> dict[int, set[int]]:
    """The days of each colour, from 1 on."""
    found: dict[int, set[int]] = {}
    for colour in range(6):
        for parts in figure.paths(f"h{colour}"):
            for left, top, right, bottom in map(box, parts):
                assert (top, bottom) == (0.0, 1.0)
                found.setdefault(colour, set()).update(range(int(left) + 1, int(right) + 1))
    return found


@pytest.mark.parametrize("day", [5, 17])
@pytest.mark.parametrize("why", UNKNOWN)
def test_a_day_that_was_not_evaluated_is_grey(drift: Any, why: str, day: int) -> None:
    """Exactly that day: nothing is painted over the hatching of the row."""
    table = f"{SCHEMA}.monitor_drift"
    where = f"where subject = 'distance_km' and window_end = date '2026-06-01' + {day}"
    found = drift(f"{UNKNOWN[why].format(table=table)} {where}")
    assert found == {0: {*range(1, 14)} - {day}, 5: {*range(14, DAYS + 1)} - {day}}


def test_each_day_has_the_colour_of_its_distance(drift: Any) -> None:
    statements = [
        f"""
        update {SCHEMA}.monitor_drift
        set psi_valid = psi_noise_limit + 0.1 * {effect}, status = '{status}'
        where subject = 'distance_km' and window_end = date '2026-06-01' + {2 * index + 1}
        """
        for index, (effect, status, _) in enumerate(COLOURS)
    ]
    expected = {day: 0 if day < 14 else 5 for day in range(1, DAYS + 1)}
    expected |= {2 * index + 1: colour for index, (_, _, colour) in enumerate(COLOURS)}
    found = drift(";".join(statements))
    assert {day: colour for colour, days in found.items() for day in days} == expected
