"""Scales, ticks and paths of the figures."""

from __future__ import annotations

import itertools
import re
from datetime import datetime

import pytest

from model_monitor.report.figures import band, line, outline, plain, share, time_axis, value_axis
from model_monitor.report.histogram import Bar, columns
from model_monitor.report.sections.heatmap import path, paths


@pytest.mark.parametrize(
    ("values", "from_zero", "labels"),
    [
        ([0.641, 0.658], False, ["0.640", "0.645", "0.650", "0.655", "0.660"]),
        ([0.2, 0.9], True, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ([3, 3], True, ["0", "1", "2", "3"]),
        ([18_000, 26_000], False, ["18k", "20k", "22k", "24k", "26k"]),
        ([0, 0], False, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ([], False, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ([-3e15, 4e15], False, ["-4.0e+15", "-2.0e+15", "0", "2.0e+15", "4.0e+15"]),
    ],
)
def test_ticks_are_round_and_hold_all_values(
    values: list[float], from_zero: bool, labels: list[str]
) -> None:
    scale, ticks = value_axis(values, from_zero=from_zero)
    assert [tick.label for tick in ticks] == labels
    assert all(scale.low <= value <= scale.high for value in values)
    places = [tick.at for tick in ticks]
    assert places == sorted(places, reverse=True), "larger values are higher"


def test_shares_and_small_numbers_are_written_in_few_characters() -> None:
    assert share(0.25, 0.05) == "25%"
    assert share(0.005, 0.005) == "0.5%"
    assert plain(1500, 500) == "1,500"
    assert plain(2_500_000, 500_000) == "2.5M"
    assert plain(0.0000012, 0.0000004) == "1.2e-06"


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2026-04-02", "2026-07-01", ["2 Apr", "30 Apr", "28 May"]),
        ("2026-06-01", "2026-06-21", ["1 Jun", "8 Jun", "15 Jun"]),
        ("2026-06-30", "2026-07-01", ["30 Jun"]),
    ],
)
def test_dates_have_room(first: str, last: str, labels: list[str]) -> None:
    scale, ticks = time_axis(datetime.fromisoformat(first), datetime.fromisoformat(last))
    assert [tick.label for tick in ticks] == labels
    assert ticks[-1].at <= scale.end - 40


def test_a_gap_interrupts_a_line_and_its_interval() -> None:
    assert line([(0, 1), (1, 2), (2, None), (3, 4)]) == "M0 1l1 1M3 4h.1"
    assert band([(0, 1, 2), (1, 1, 3), (2, None, None), (3, 1, 2)]) == "M0 2l1 1 0-2-1 0z"


def test_points_of_a_straight_line_are_left_out() -> None:
    assert line([(0, 0), (1, 10), (2, 21), (3, 30), (4, 0), (5, 0), (6, 0)]) == "M0 0l3 30 1-30 2 0"
    curve = [(x, x * x) for x in range(90)]
    corners = itertools.accumulate(
        ((int(x), int(y)) for x, y in re.findall(r"(\d+) (\d+)", line(curve))),
        lambda last, step: (last[0] + step[0], last[1] + step[1]),
    )
    for (left, low), (right, high) in itertools.pairwise(corners):
        for x in range(left, right):
            drawn = low + (high - low) * (x - left) / (right - left)
            assert abs(drawn - x * x) <= 1, "no point is more than one unit away"


def test_columns_that_touch_share_an_outline() -> None:
    assert outline([(0, 1, 5), (1, 2, 3), (3, 4, 5)], 10) == "M0 40v-20h4v-8h4v28m4 0v-20h4v20"


def test_a_run_of_days_is_one_line() -> None:
    assert path([4, 1, 2]) == "M1 .5h2m1 0h1"
    assert path([4, 1, 2], covered={3}) == "M1 .5h4"


def test_only_calm_days_are_drawn_below_others() -> None:
    cells = {0: [0, 5], 1: [1, 3], 2: [7], 4: [2], 5: [8]}
    assert paths(cells) == (
        (0, "M0 .5h4m1 0h1m1 0h2"),
        (1, "M1 .5h3"),
        (2, "M7 .5h1"),
        (4, "M2 .5h1"),
        (5, "M8 .5h1"),
    )
    assert paths({4: [1, 2]}) == ((0, "M1 .5h2"), (4, "M1 .5h2"))
    assert paths({}) == ()


def test_a_group_of_too_few_rows_is_no_zero() -> None:
    bar = Bar("a", None, 0.2)
    assert (bar.before_text, bar.now_text, bar.change) == ("too few rows", "20%", 0.0)
    drawn = columns([bar, Bar("b", 0.5, 0.1, upper=3.0), Bar("c", 0.5, 0.7)])
    assert (drawn.before.count("h"), drawn.now.count("h")) == (2, 3)
    assert [tick.label for tick in drawn.x_ticks] == ["3"]
