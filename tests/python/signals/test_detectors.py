"""Sequential detectors in SQL against river on generated streams, and against plain readings of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest
from river import drift

from ..harness.macro_harness import render

LENGTH = 56
LEARNED = 28
STREAMS = 400
Stream = np.ndarray
First = dict[int, int]


def streams() -> list[Stream]:
    """Noise, jumps and slopes, up and down, of every size and at every place."""
    random = np.random.default_rng(3)
    found = []
    for number in range(STREAMS):
        size = random.choice([0.0, 0.5, 1.0, 2.0, 4.0, 8.0]) * random.choice([-1, 1])
        at = int(random.integers(5, LENGTH))
        slope = np.clip((np.arange(LENGTH) - at) / (1 if number % 2 else 14), 0, 1)
        noise = random.normal(0, 1, LENGTH) if number % 5 else random.standard_t(3, LENGTH)
        found.append(np.clip(np.round(noise + size * slope, 9), -10, 10))
    return found


def errors() -> list[Stream]:
    """Zeros and ones whose rate changes; some have none, or nothing else."""
    random = np.random.default_rng(4)
    rates = [0.0, 0.05, 0.1, 0.3, 0.5, 0.8, 1.0]
    found = []
    for _ in range(STREAMS):
        before, after = random.choice(rates, 2)
        at = int(random.integers(10, LENGTH))
        found.append((random.random(LENGTH) < np.where(np.arange(LENGTH) < at, before, after)) * 1)
    return found


def rows(name: str, values: list[Stream], **options: float) -> pd.DataFrame:
    """What the detector says of every point."""
    frame = pd.DataFrame(
        [
            (number, place + 1, place + 1 - LEARNED, float(value), int(value))
            for number, stream in enumerate(values)
            for place, value in enumerate(stream)
        ],
        columns=["frame_id", "n", "m", "value", "is_off"],
    )
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(
            "create table points as select frame_id, n, m, is_off,"
            " cast(value as decimal(18, 9)) as x from frame"
        )
        query = render(f"model_monitor.{name}_rows", "points", **options)
        return connection.sql(f"select * from ({query}) order by frame_id, n").df()


def firsts(said: pd.DataFrame) -> First:
    fired = said[said["fires"]]
    return {int(k): int(v) for k, v in fired.groupby("frame_id")["n"].min().items()}


# river's detectors share no type, and its constructors have none: hence what mypy is told to ignore here
def first_of_river(make: Callable[[], object], values: list[Stream]) -> First:
    found: First = {}
    for number, stream in enumerate(values):
        detector = make()
        for place, value in enumerate(stream):
            detector.update(float(value) if stream.dtype != int else bool(value))  # type: ignore[attr-defined]
            if detector.drift_detected:  # type: ignore[attr-defined]
                found[number] = place + 1
                break
    return found


def test_page_hinkley_is_rivers() -> None:
    """Two-sided and without forgetting: fifty-six points are few."""
    values = streams()
    for delta, threshold, least in [(0.5, 8, 15), (0.005, 10, 1), (0.1, 20, 30)]:
        expected = first_of_river(
            lambda d=delta, t=threshold, n=least: drift.PageHinkley(  # type: ignore[misc]
                min_instances=n, delta=d, threshold=t, alpha=1.0
            ),
            values,
        )
        options = {"delta": delta, "threshold": threshold, "least": least}
        assert firsts(rows("page_hinkley", values, **options)) == expected
        assert len(expected) > STREAMS / 10


def test_ddm_is_rivers() -> None:
    values = errors()
    for warm_start, width in [(15, 3), (30, 3), (5, 2)]:
        expected = first_of_river(
            lambda w=warm_start, d=width: drift.binary.DDM(  # type: ignore[misc]
                warm_start=w, drift_threshold=d
            ),
            values,
        )
        assert firsts(rows("ddm", values, warm_start=warm_start, width=width)) == expected
        assert len(expected) > STREAMS / 10


def test_eddm_is_rivers() -> None:
    values = errors()
    for warm_start, beta in [(8, 0.75), (5, 0.9), (15, 0.9)]:
        expected = first_of_river(
            lambda w=warm_start, b=beta: drift.binary.EDDM(  # type: ignore[misc]
                warm_start=w, alpha=0.95, beta=b
            ),
            values,
        )
        assert firsts(rows("eddm", values, warm_start=warm_start, beta=beta)) == expected
        assert len(expected) > STREAMS / 20


def test_adwin_is_rivers_without_compression() -> None:
    """River with room for every point in a bucket of its own, asked at every point."""
    values = streams()
    for delta in (0.002, 0.05):
        expected = first_of_river(
            lambda d=delta: drift.ADWIN(delta=d, clock=1, max_buckets=LENGTH + 1),  # type: ignore[misc]
            values,
        )
        assert firsts(rows("adwin", values, delta=delta)) == expected
        assert len(expected) > STREAMS / 10


def test_adwin_with_rivers_compression_is_nearly_the_same() -> None:
    """Buckets of two, four, eight points leave out cuts: never earlier than ours."""
    values = streams()
    ours = firsts(rows("adwin", values))
    compressed = first_of_river(lambda: drift.ADWIN(clock=1), values)
    assert set(compressed) <= set(ours)
    assert all(ours[number] <= place for number, place in compressed.items())
    delays = [place - ours[number] for number, place in compressed.items()]
    assert len(compressed) > 0.8 * len(ours)
    assert np.median(delays) <= 1


def watched(stream: Stream) -> Iterator[tuple[int, float]]:
    return ((LEARNED + place + 1, float(x)) for place, x in enumerate(stream[LEARNED:]))


def test_cusum_is_its_recursion() -> None:
    values = streams()
    said = rows("cusum", values).set_index(["frame_id", "n"])
    for number, stream in enumerate(values):
        up = down = 0.0
        up_since = down_since = LEARNED + 1
        for n, x in watched(stream):
            up, down = max(0.0, up + x - 0.5), max(0.0, down - x - 0.5)
            up_since = n + 1 if up < 1e-12 else up_since
            down_since = n + 1 if down < 1e-12 else down_since
            row = said.loc[(number, n)]
            assert row["statistic"] == pytest.approx(max(up, down), abs=1e-7)
            assert row["fires"] == (max(up, down) > 5)
            if max(up, down) > 1e-9:
                assert row["direction"] == ("up" if up > down else "down")
                assert row["onset_n"] == (up_since if up > down else down_since)


def test_ewma_is_its_recursion() -> None:
    values = streams()
    said = rows("ewma", values).set_index(["frame_id", "n"])
    for number, stream in enumerate(values):
        average, since, was_up = 0.0, LEARNED + 1, None
        for n, x in watched(stream):
            average = 0.8 * average + 0.2 * x
            since = n if was_up is not None and was_up != (average > 0) else since
            was_up = average > 0
            limit = 3 * math.sqrt(0.2 / 1.8 * (1 - 0.8 ** (2 * (n - LEARNED))))
            row = said.loc[(number, n)]
            assert row["statistic"] == pytest.approx(abs(average), abs=1e-6)
            assert row["control_limit"] == pytest.approx(limit)
            assert row["fires"] == (abs(average) > limit)
            assert row["onset_n"] == since


def test_an_onset_is_where_the_change_began() -> None:
    """A jump of four spreads: how often it is dated to two windows, and how soon it is seen."""
    random = np.random.default_rng(6)
    jumps = [
        np.round(random.normal(0, 1, LENGTH) + 4 * (np.arange(LENGTH) >= 40), 9) for _ in range(200)
    ]
    for name, near, late in [
        ("cusum", 0.7, 1), ("page_hinkley", 0.7, 2), ("adwin", 0.95, 11), ("ewma", 0.6, 1),
    ]:  # fmt: skip
        said = rows(name, jumps)
        first = said[said["fires"] & (said["n"] > LEARNED)].groupby("frame_id").first()
        assert len(first) == 200
        assert (abs(first["onset_n"] - 41) <= 2).mean() > near, name
        assert (first["n"] - 41).median() <= late, name
