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
    STRAIGHT,
    Figure,
    Place,
    Scale,
    box,
    day_of,
    drawings,
    figures,
    is_near,
    middle,
    section,
    span,
    time_ticks,
    value,
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


# The section, the title of a chart, and its points.
LINES = (
    *(
        ("performance", title, f"""
            select window_end as moment, {name} as value, {name}_lower as lower,
                {name}_upper as upper, estimated_{name} as estimate, is_final
            from monitor_performance""")
        for name, title in (
            ("roc_auc", "area under the ROC curve"), ("precision", "precision"),
            ("recall", "recall"),
        )
    ),
    ("performance", "NDCG at 10", """
        select window_end as moment, ndcg as value, ndcg_lower as lower, ndcg_upper as upper,
            null as estimate, is_final
        from monitor_ranking"""),
    ("concept", "distance_km", """
        select window_end as moment, rate_change as value, null as lower, null as upper,
            rate_change_noise as estimate, true as is_final
        from monitor_concept where is_final"""),
    ("value", "worth of a decision", """
        select window_end as moment, value_per_decision as value,
            value_per_decision - 1.96 * value_per_decision_error as lower,
            value_per_decision + 1.96 * value_per_decision_error as upper,
            greatest(value_of_none, value_of_all) / decided_count as estimate, is_final
        from monitor_value where slice_name = '(all)'"""),
    ("value", "share of the possible gain", """
        select window_end as moment, gain_share as value,
            gain_share - 1.96 * gain_share_error as lower,
            gain_share + 1.96 * gain_share_error as upper, null as estimate, is_final
        from monitor_value where slice_name = '(all)'"""),
    ("metrics", "refused_rate", """
        select window_end as moment, value, ci_lower as lower, ci_upper as upper, null as estimate,
            true as is_final
        from monitor_metrics where metric = 'refused_rate' and value is not null"""),
    ("proxies", "sold where viewed occurred", """
        select window_end as moment, outcome_given_proxy as value,
            outcome_given_proxy - 1.96 * outcome_given_proxy_error as lower,
            outcome_given_proxy + 1.96 * outcome_given_proxy_error as upper, null as estimate,
            is_final
        from monitor_proxies"""),
    ("proxies", "correlation", """
        select window_end as moment, correlation as value, null as lower, null as upper,
            null as estimate, is_final
        from monitor_proxies"""),
    ("concentration", "agent", """
        select window_end as moment, gini as value, null as lower, null as upper, null as estimate,
            true as is_final
        from monitor_concentration"""),
)  # fmt: skip
Points = list[dict[str, Any]]


def chart(page: str, name: str, title: str, monitor: str = "prices") -> Figure:
    found = [each for each in figures(section(page, monitor, name), page) if each.title == title]
    assert len(found) == 1, f"{name}: {len(found)} × {title}"
    return found[0]


@pytest.fixture(params=LINES, ids=[f"{name}: {title}" for name, title, _ in LINES])
def drawn(request: pytest.FixtureRequest, page: str, ask: Any) -> tuple[Figure, Points]:
    name, title, sql = request.param
    points = ask(f"from ({sql}) order by moment")
    assert len(points) > 10
    return chart(page, name, title), points


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


def assert_line(figure: Figure, kind: str, points: Points, name: str) -> None:
    """A line per stretch of known values, from its first to its last, and through each."""
    stretches = unbroken(points, [name])
    lines = figure.parts(kind)
    assert len(lines) == len(stretches)
    for line, stretch in zip(lines, stretches, strict=True):
        expected = places(figure, stretch, name)
        assert is_near([line[0][0]], [expected[0][0]])
        # a point between two gaps is a short line
        if len(stretch) == 1:
            assert 0.05 < line[-1][0] - line[0][0] < 2
        else:
            assert is_near([line[-1][0]], [expected[-1][0]])
        for x, y in expected:
            assert is_near(span(line, x), (y, y), STRAIGHT), (x, y)
    for row in points:
        assert row[name] is None or figure.up.holds(row[name]), row


def test_a_line_goes_through_its_values(drawn: tuple[Figure, Points]) -> None:
    assert_line(drawn[0], "line", drawn[1], "value")


def test_the_estimate_is_a_second_line(drawn: tuple[Figure, Points]) -> None:
    assert_line(drawn[0], "estimate", drawn[1], "estimate")


def test_a_band_is_the_interval(drawn: tuple[Figure, Points]) -> None:
    figure, points = drawn
    stretches = [part for part in unbroken(points, ["lower", "upper"]) if len(part) > 1]
    bands = figure.parts("band")
    assert len(bands) == len(stretches)
    for band, stretch in zip(bands, stretches, strict=True):
        upper, lower = (places(figure, stretch, name) for name in ("upper", "lower"))
        assert is_near(box(band)[::2], (upper[0][0], upper[-1][0])), "from the first to the last"
        for (x, top), (_, bottom) in zip(upper, lower, strict=True):
            assert is_near(span([*band, band[0]], x), (top, bottom), STRAIGHT), x
    values = [row["value"] for row in points if row["value"] is not None]
    wide = 2 * (max(values) - min(values))
    for row in (row for stretch in stretches for row in stretch):
        is_cut = not figure.up.holds(row["lower"])
        assert is_cut == (row["value"] - row["lower"] > wide), "or the line would be flat"
        assert figure.up.holds(row["upper"]), row


def test_the_shade_starts_at_the_first_window_that_is_not_final(
    drawn: tuple[Figure, Points],
) -> None:
    figure, points = drawn
    still_open = [row["moment"] for row in points if not row["is_final"]]
    found = figure.boxes("provisional")
    if not still_open:
        assert found == []
        return
    [(left, top, right, bottom)] = found
    assert is_near((left, top), (figure.across(day_of(min(still_open))), TOP))
    assert is_near((right,), (RIGHT,)), "up to the right edge"
    assert is_near((bottom,), (figure.up.ticks[0][1],)), "down to the axis"


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
    for name in {name for name, _, _ in LINES} | {"versions", "sources", "reliability"}:
        for figure in figures(section(page, "prices", name), page):
            lines = figure.boxes("grid")
            heights = [height for _, height in figure.up.ticks]
            assert is_near([top for _, top, _, _ in lines], heights)
            assert min(right - left for left, _, right, _ in lines) > 200
            checked += 1
    assert checked > len(LINES)


def test_a_reliability_diagram_shows_each_bucket(page: str, ask: Any) -> None:
    figure = chart(page, "reliability", "p_sold → sold")
    buckets = ask("""
        select average_prediction as predicted, observed_rate as observed,
            average_prediction + gap_lower as lower, average_prediction + gap_upper as upper,
            coalesce(gap_lower > 0 or gap_upper < 0, false) as is_off
        from monitor_calibration_buckets
        where window_end = (
            select max(window_end) from monitor_calibration_buckets where is_final)
        order by bucket
    """)
    across, up = figure.axis(value), figure.up
    near = [row for row in buckets if not row["is_off"]]
    off = [row for row in buckets if row["is_off"]]
    assert (len(near), len(off)) == (3, 2)
    for chosen, dots, whiskers in (
        (near, without(figure, "point", "off"), without(figure, "whisker", "off")),
        (off, both(figure, "point", "off"), both(figure, "whisker", "off")),
    ):
        expected = [(across(row["predicted"]), up(row["observed"])) for row in chosen]
        assert_places([[middle(part) for part in dots]], [expected])
        ends = [
            [
                (across(row["predicted"]), up.clipped(max(0.0, end(row, name))))
                for name in ("lower", "upper")
            ]
            for row in chosen
        ]
        assert_places(whiskers, ends)
    most = across.ticks[-1][0]
    assert_places(figure.parts("ideal"), [[(across(0), up(0)), (across(most), up(most))]])


def without(figure: Figure, kind: str, other: str) -> list[list[Place]]:
    return [part for each in figure.of(kind) if other not in each.kinds for part in each.parts]


def both(figure: Figure, kind: str, other: str) -> list[list[Place]]:
    return [part for each in figure.of(kind) if other in each.kinds for part in each.parts]


def end(row: dict[str, Any], name: str) -> float:
    """An end of an interval; a bucket without one has its dot there."""
    return float(row["observed"] if row[name] is None else row[name])


@pytest.mark.parametrize(("kind", "column"), [("before", "reference_share"), ("now", "share")])
def test_a_histogram_has_a_column_per_bin(page: str, ask: Any, kind: str, column: str) -> None:
    figure = chart(page, "histograms", "distance_km")
    bins = ask(f"""
        select {column} as share, upper
        from monitor_rulers join monitor_distributions using (subject, bin)
        where subject = 'distance_km' order by bin
    """)
    assert len(bins) == len({row["share"] for row in bins}) == 4
    # each column stands between the edges of its bin, and these stand at equal distances
    [(low, left), _, (high, right)] = figure.axis(value).ticks
    assert (low, high) == (bins[0]["upper"], bins[2]["upper"])
    wide = (right - left) / 2
    for index, row in enumerate(bins):
        centre = left + wide * (index - 0.5)
        assert is_near([figure.top(kind, centre)], [figure.up(row["share"])])
        assert is_near([figure.top(kind, centre + 0.2 * wide)], [figure.up(row["share"])])
        assert figure.seen(centre, figure.up(0.01), ("before", "now")) == "now"
    assert is_near([box(part)[3] for part in figure.parts(kind)][:1], [figure.up(0)])


def test_the_wider_columns_of_a_histogram_are_those_before(page: str) -> None:
    figure = chart(page, "histograms", "distance_km")
    [(_, left), (_, right), _] = figure.axis(value).ticks
    places = [figure.seen(left + (right - left) * share, figure.up(0.01), ("before", "now"))
              for share in (0.1, 0.5, 0.9)]  # fmt: skip
    assert places == ["before", "now", "before"]


def test_a_category_has_two_bars(page: str) -> None:
    part = section(page, "prices", "histograms")
    assert "compared with a week before (29 May)" in part
    pairs = re.findall(r'<div class="pair">.*?</div>', part, re.S)
    assert len(pairs) == len(CITIES)
    for pair, (city, (now, before)) in zip(pairs, sorted_by_share(CITIES), strict=True):
        assert f"<bdi>{city}</bdi>" in pair
        [figure] = drawings(pair, page)
        for kind, share in (("before", before), ("now", now)):
            [(left, top, right, bottom)] = figure.boxes(kind)
            assert is_near((left, right), (0, 100 * share))
            assert bottom > top


def sorted_by_share(
    found: dict[str, tuple[float, float]],
) -> list[tuple[str, tuple[float, float]]]:
    return sorted(found.items(), key=lambda city: -max(city[1]))


def colours(part: str) -> dict[str, str]:
    """The class of each part of a stack, by its name in the legend."""
    legend = re.findall(r'<span class="swatch (v\d)"></span><span><bdi>(.*?)</bdi>', part)
    return {html.unescape(name): colour for colour, name in legend}


def assert_stacked(
    figure: Figure, names: dict[str, str], rows: list[dict[str, Any]], label: str, measure: str
) -> None:
    """Each part is seen in its own colour from the end of the one below it to its own end."""
    below: dict[datetime, float] = defaultdict(float)
    for name, colour in names.items():
        for row in [row for row in rows if row[label] == name]:
            start, until = (
                figure.across(day_of(row[key])) for key in ("window_start", "window_end")
            )
            low = below[row["window_end"]]
            high = below[row["window_end"]] = low + float(row[measure])
            for x in (start + 1, (start + until) / 2, until - 1.5):
                assert is_near([figure.top(colour, x)], [figure.up(high)]), (name, row)
                for share in (0.1, 0.5, 0.9):
                    y = figure.up(low + share * (high - low))
                    assert figure.seen(x, y, [*names.values()]) == colour, (name, row)
    for moment, high in below.items():
        x = figure.across(day_of(moment)) - 3
        assert figure.seen(x, figure.up(high) - 1, [*names.values()]) == "", "the whole, no more"


def test_the_traffic_of_the_versions_adds_up(page: str, ask: Any) -> None:
    rows = ask("""
        select model_version, window_start, window_end, row_count
        from monitor_metrics where metric = 'volume' order by window_end, model_version
    """)
    names = colours(section(page, "prices", "versions"))
    assert list(names) == ["v2", "v3"]
    assert len(rows) == 2 * DAYS
    figure = chart(page, "versions", "Rows per day")
    assert_stacked(figure, names, rows, "model_version", "row_count")


def test_the_shares_of_the_sources_add_up_to_all_rows(page: str, ask: Any) -> None:
    rows = ask("""
        select if(bin_kind = 'category', bin_label, bin_kind) as name, window_start, window_end,
            share
        from monitor_distributions where log = 'candidates' order by window_end
    """)
    names = colours(section(page, "prices", "sources"))
    assert list(names) == ["search", "popular", "missing"], "the largest share first"
    assert len(rows) == 3 * DAYS - 1
    figure = chart(page, "sources", "source")
    assert_stacked(figure, names, rows, "name", "share")
    assert is_near([figure.top(names["missing"], figure.across.ticks[1][1])], [figure.up(1.0)])


def test_a_bar_of_the_timeline_is_its_incident(page: str) -> None:
    part = section(page, "prices", "timeline")
    scale = time_ticks(part)
    found = re.findall(r'<li class="tl-row">(.*?)</li>', part, re.S)
    assert len(found) == len(BARS)
    for (subject, (severity, start, until)), row in zip(BARS.items(), found, strict=True):
        assert subject in row
        [figure] = drawings(row, page)
        [(left, _, right, _)] = figure.boxes(f"s-{severity}")
        ends = [scale(day_of(datetime.fromisoformat(each))) for each in (start, until)]
        assert is_near((left, right), ends), subject


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
    rows = [each for each in drawings(part, page) if each.of("changes")]
    assert len(rows) == len(BARS)
    for figure in rows:
        lines = figure.boxes("changes")
        assert is_near([left for left, _, _, _ in lines], starts)
        assert {(top, bottom) for _, top, _, bottom in lines} == {(0.0, 10.0)}
        found = figure.boxes("spans")
        assert len(found) == len(spans)
        for (left, _, right, _), ends in zip(found, spans, strict=True):
            assert is_near((left, right), ends)


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
    [figure] = drawings(card, page)
    at_ = 0.0
    for name in ("day", "7d", "30d", "too_small"):
        if name in counts:
            [(left, _, right, _)] = figure.boxes(f"c-{name}")
            assert is_near((left, right), (at_, at_ + 100 * counts[name] / sum(counts.values())))
            at_ = right
    assert is_near([at_], [100])


# A day of `distance_km`, which drifts from the 14th day on, without a value that can be shown.
UNKNOWN = {
    "insufficient_data": "update {table} set status = 'insufficient_data'",
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
        rows = re.findall(
            r'<li class="heat-row">.*?</li>', section(page, "prices", "heatmap"), re.S
        )
        [row] = [each for each in rows if "<bdi>distance_km</bdi>" in each]
        [figure] = drawings(row, page)
        return painted(figure)

    return days


def painted(figure: Figure) -> dict[int, set[int]]:
    """The days of each colour, from 1 on. A day has the colour that is painted last."""
    found: dict[int, set[int]] = defaultdict(set)
    for day in range(1, DAYS + 1):
        colour = figure.seen(day - 0.5, 0.5, [f"h{number}" for number in range(6)])
        if colour:
            found[int(colour[1:])].add(day)
    assert not figure.seen(DAYS + 0.5, 0.5, ["h0"])
    return dict(found)


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
