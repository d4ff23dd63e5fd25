"""Maturity as a property: whatever order labels come in, what is final is what was to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.moved import moved
from ..harness.outcome_cases import (
    DAYS,
    LATENESS,
    MATURES,
    MONITOR,
    START,
    TYPES,
    VERSIONS,
    labels,
    observed,
    predictions,
    thresholds,
)
from ..harness.project_harness import LEDGER, Project, assert_same

pytestmark = pytest.mark.apart

SELECT = [
    "+monitor_confusion", "+monitor_labels", "+monitor_calibration_buckets", "+monitor_value",
    "+monitor_calibration", *LEDGER,
]  # fmt: skip
RESULTS = [
    "int_monitor__outcome_bins", "monitor_labels", "monitor_performance", "monitor_confusion",
    "monitor_calibration", "monitor_calibration_buckets", "monitor_value",
]  # fmt: skip
# Seven days for the rulers, then a run in the middle of a day, two on one day, one after a silence.
AS_OFS = [
    pd.Timestamp(text)
    for text in (
        "2026-03-09 06:00", "2026-03-10 11:30", "2026-03-10 18:05", "2026-03-14 02:00",
        "2026-03-26 00:00",
    )
]  # fmt: skip
CASES = 8
WINDOW = ["window_name", "window_start", "window_end"]
CELL = [*WINDOW, "model_version", "slice_name", "slice_value"]
LABELS = {
    "prediction_count": "there", "matured_count": "matured", "labelled_count": "labelled",
    "observed_count": "observed", "late_outcome_count": "late", "early_outcome_count": "early",
    "invalid_outcome_count": "invalid", "repeated_outcome_count": "repeated",
    "corrected_outcome_count": "corrected",
}  # fmt: skip
DECISIONS = ["true_positives", "false_positives", "true_negatives", "false_negatives"]


def raw(log: pd.DataFrame) -> pd.DataFrame:
    return log.drop(columns=["true_click", "true_amount", "true_intent", "is_labelled"])


def loads(seed: int, log: pd.DataFrame) -> pd.DataFrame:
    """The same labels in another order: some at once, some days late, in batches."""
    known = labels(log)
    random = np.random.default_rng(seed)
    delay = random.choice([60, 3_000, 90_000, 700_000], len(known), p=[0.6, 0.2, 0.1, 0.1])
    loaded = known["at"] + pd.to_timedelta(delay, unit="s")
    if seed % 2:  # a batch a day
        loaded = loaded.dt.floor("1D") + pd.Timedelta("1D")
    return known.assign(loaded=np.minimum(loaded, AS_OFS[-1]))


def a_monitor(name: str, predictions: str = "predictions") -> dict[str, Any]:
    """One with labels of its own, and the predictions of all unless it says otherwise."""
    return {
        **MONITOR,
        "name": name,
        "predictions": {**MONITOR["predictions"], "source": ["logs", predictions]},
        "outcomes": {**MONITOR["outcomes"], "source": ["logs", f"labels_{name}"]},
    }


def a_project(folder: Path, *monitors: dict[str, Any]) -> Project:
    project = Project(folder, monitors, policy={"versions": {"source": ["logs", "versions"]}})
    project.load(
        "versions", pd.concat([VERSIONS.assign(monitor=each["name"]) for each in monitors])
    )
    return project


def of(frame: pd.DataFrame, monitor: str) -> pd.DataFrame:
    return frame[frame["monitor"] == monitor].reset_index(drop=True)


def counted(rows: pd.DataFrame, windows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of the live rows, summed over windows, versions and slices."""
    live = rows[rows["role"] == "live"]
    every = [
        live.assign(model_version=version, slice_name=name, slice_value=value)
        for version in ("(all)", live["version"])
        for name, value in (("(all)", "(all)"), ("case", live["case"]))
    ]
    cells = pd.concat(every).merge(windows, how="cross")
    inside = (cells["at"] >= cells["window_start"]) & (cells["at"] < cells["window_end"])
    return cells[inside].groupby(CELL)[list(columns)].sum().astype("int64")


def decided(rows: pd.DataFrame) -> pd.DataFrame:
    """Who was right, of those with a probability and an outcome."""
    p = pd.to_numeric(rows["p"], errors="coerce")
    is_scored = p.between(0, 1) & rows["y"].notna()
    said, came = p >= thresholds(rows), rows["y"] == 1
    cells = zip(DECISIONS, [said & came, said & ~came, ~said & ~came, ~said & came], strict=True)
    return rows.assign(scored=is_scored, **{name: is_scored & cell for name, cell in cells})


def apart_from_what_was_to_be_seen(
    said: Said, monitor: str, log: pd.DataFrame, known: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The rows that are not those of an observer who has read all there is at as_of, final or not."""
    apart = []
    for outcome in MATURES:
        rows = observed(log, known, outcome, as_of)
        rows = rows.assign(there=True, labelled=rows["y"].notna())
        where = f"monitor == '{monitor}' and role == 'live' and outcome == '{outcome}'"
        told = said.labels.query(where).set_index(CELL).sort_index()
        windows = told.index.to_frame(index=False)[WINDOW].drop_duplicates()
        seen = counted(rows, windows, list(LABELS.values()))
        pairs = [(told[list(LABELS)], seen.set_axis(list(LABELS), axis=1))]
        if outcome == "click":
            told = said.performance.query(f"{where} and score == 'p'")
            told = told.set_index(CELL).sort_index()
            columns = ["matured_count", "labelled_count", *DECISIONS]
            seen = counted(decided(rows), windows, ["matured", "scored", *DECISIONS])
            seen = seen.set_axis(columns, axis=1).query("matured_count > 0")
            # of nobody it is not known how many were right
            pairs.append((told[columns].fillna(0), seen))
        for ours, theirs in pairs:
            assert ours.index.is_unique
            both = ours.astype("int64").add_suffix(" told").join(theirs, how="outer")
            differs = [both[f"{name} told"].ne(both[name]) for name in theirs]
            apart.append(both[np.logical_or.reduce(differs)].assign(outcome=outcome))
    return pd.concat(apart)


@dataclass(frozen=True)
class Said:
    """What the results are after one build."""

    dump: dict[str, pd.DataFrame]
    labels: pd.DataFrame
    performance: pd.DataFrame


@dataclass(frozen=True)
class Story:
    """Builds at each as_of in turn, and some of them again from nothing."""

    known: dict[str, pd.DataFrame]  # the labels of each monitor
    builds: list[Said]
    replays: dict[int, dict[str, pd.DataFrame]]


SEEDS = (1, 2)
REPLAYED = {1: (1, 4), 2: (2,)}  # which builds are made again, by seed


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One project: a monitor per seed, and one with every label there within its lateness."""
    log = predictions(CASES)
    known = {f"seed_{seed}": loads(seed, log) for seed in SEEDS}
    in_time = labels(log)
    in_time["loaded"] = in_time["at"] + pd.Timedelta("90min")
    known["in_time"] = in_time.drop_duplicates(["prediction", "outcome"])
    folder = tmp_path_factory.mktemp("maturity") / "shop"
    project = a_project(folder, *map(a_monitor, known))
    project.load("predictions", raw(log), types=TYPES)
    for name, rows in known.items():
        project.load(f"labels_{name}", rows)
    builds = []
    for as_of in AS_OFS:
        project.build(str(as_of), SELECT)
        frames = project.frames(["monitor_labels", "monitor_performance"])
        builds.append(Said(project.dump(RESULTS), *frames.values()))
    replays = {}
    for build in (build for seed in SEEDS for build in REPLAYED[seed]):
        project.reset()
        project.build(str(AS_OFS[build]), SELECT)
        replays[build] = project.dump(RESULTS)
    return Story(known, builds, replays)


@pytest.mark.parametrize("seed", SEEDS)
def test_several_builds_are_one_build(story: Story, seed: int) -> None:
    """And what they say is what an observer sees who reads everything, whenever each label came."""
    log, monitor = predictions(CASES), f"seed_{seed}"
    known = story.known[monitor]
    final = []
    for as_of, said in zip(AS_OFS, story.builds, strict=True):
        apart = apart_from_what_was_to_be_seen(said, monitor, log, known, as_of)
        assert apart.empty, f"{as_of}\n{apart.head().to_string()}"
        seen_through = known.loc[known["loaded"] <= as_of, "loaded"].max()
        for frame in (of(said.labels, monitor), of(said.performance, monitor)):
            clock = frame["outcome"].map(MATURES) + LATENESS
            assert (frame["is_final"] == (frame["window_end"] + clock <= seen_through)).all()
        final.append(of(said.labels, monitor).query("is_final and role == 'live'"))
    # in the end nothing is provisional, and nobody knows more
    end = of(story.builds[-1].labels, monitor)
    assert end["is_final"].all()
    # the log ends within its last day
    assert set(end.loc[end["window_name"] == "day", "window_start"]) == set(
        pd.date_range(START, periods=DAYS - 1)
    )
    forever = AS_OFS[-1] + pd.Timedelta("365D")
    assert apart_from_what_was_to_be_seen(story.builds[-1], monitor, log, known, forever).empty
    # what came later than its lateness was counted all the same, in days that were final
    key = [*CELL, "outcome"]
    once, last = (frame.set_index(key)["observed_count"] for frame in (final[0], final[-1]))
    assert (once != last[once.index]).any()
    # a past day judged again says what it said
    for build in REPLAYED[seed]:
        assert not of(story.replays[build]["monitor_labels"], monitor).empty
        assert_same(story.replays[build], story.builds[build].dump)


def test_what_is_final_stays_and_what_is_not_says_so(story: Story) -> None:
    """Every label is there within its lateness: final rows are those of an all-seeing observer."""
    log, known = predictions(CASES), story.known["in_time"]
    finals = []
    for as_of, said in list(zip(AS_OFS, story.builds, strict=True))[:-1]:
        frame = of(said.labels, "in_time").query("slice_name == '(all)' and window_name == 'day'")
        seen_through = min(as_of, known.loc[known["loaded"] <= as_of, "loaded"].max())
        for row in frame.itertuples():
            clock = MATURES[row.outcome] + pd.Timedelta("2h")
            assert row.is_final == (row.window_end + clock <= seen_through)
            if row.window_start + clock > as_of:
                assert row.matured_count == 0
                assert row.labelled_count == 0
        finals.append(frame[frame["is_final"]])
    omniscient = {
        outcome: observed(log, known, outcome, pd.Timestamp("2026-04-30")) for outcome in MATURES
    }
    checked = 0
    for frame in finals:
        live = frame[(frame["role"] == "live") & (frame["model_version"] == "(all)")]
        for row in live.itertuples():
            rows = omniscient[row.outcome]
            day = rows[(rows["at"].dt.normalize() == row.window_start) & (rows["role"] == "live")]
            assert row.matured_count == len(day)
            assert row.observed_count == day["observed"].sum()
            assert row.late_outcome_count == day["late"].sum()
            if row.outcome == "click":
                assert row.mean_outcome == pytest.approx(day["y"].astype(float).mean(), abs=1e-6)
            checked += 1
    assert checked > 20


@dataclass(frozen=True)
class Arrivals:
    """What the results are before something arrives, after it, and in one run of everything."""

    log: pd.DataFrame
    unknown: str  # a prediction that comes after its labels
    before: dict[str, pd.DataFrame]
    after: dict[str, pd.DataFrame]
    dumped_before: dict[str, pd.DataFrame]
    dumped_after: dict[str, pd.DataFrame]
    whole: dict[str, pd.DataFrame]


def late_day(log: pd.DataFrame) -> pd.DataFrame:
    """A label that comes late, for a prediction of the fourth day."""
    case = log[log["at"].dt.normalize() == START + pd.Timedelta("3D")].iloc[0]
    return pd.DataFrame(
        {
            "prediction": [case["id"]],
            "outcome": ["click"],
            "value": ["1" if not case["true_click"] else "0"],
            "at": [case["at"] + pd.Timedelta("1min")],
            "loaded": [pd.Timestamp("2026-03-18 07:00")],
        }
    )


@pytest.fixture(scope="module")
def arrivals(tmp_path_factory: pytest.TempPathFactory) -> Arrivals:
    """Three monitors: a label is late, labels have stopped, labels of unknown predictions wait."""
    log = predictions(CASES)
    known = labels(log)
    folder = tmp_path_factory.mktemp("arrivals") / "shop"
    project = a_project(
        folder, a_monitor("late"), a_monitor("stopped"), a_monitor("unknown", "others")
    )
    project.load("predictions", raw(log), types=TYPES)
    project.load("labels_late", known.query("loaded < '2026-03-18'"))
    project.load("labels_stopped", known.query("loaded < '2026-03-08'"))
    # nobody has declared these: misspelt, and without a name; of others nobody knows when they came
    odd = [
        known.head(7).assign(outcome="clik"),
        known.tail(2).assign(outcome=None),
        known.head(3).assign(loaded=pd.NaT, value="1"),
    ]
    project.load("labels_unknown", pd.concat([known, *odd]))
    # after the days that the rulers are frozen from
    unknown = log[log["at"] > START + pd.Timedelta("8D")]["id"].iloc[0]
    project.load("others", raw(log)[log["id"] != unknown], types=TYPES)

    read = [
        "monitor_labels", "monitor_watermarks", "int_monitor__outcome_watermarks",
        "int_monitor__touched_outcomes", "int_monitor__touched_periods", "int_monitor__bins",
    ]  # fmt: skip
    first, later = "2026-03-18 06:00", "2026-03-18 09:00"
    project.build(first, SELECT)
    before, dumped_before = project.frames(read), project.dump(RESULTS)
    project.append("labels_late", late_day(log))
    row = raw(log)[log["id"] == unknown].assign(loaded=pd.Timestamp("2026-03-18 08:00"))
    project.append("others", row, types=TYPES)
    project.build(later, SELECT)
    after, dumped_after = project.frames(read), project.dump(RESULTS)
    project.reset()
    project.build(later, SELECT)
    whole = project.dump(RESULTS)
    return Arrivals(log, unknown, before, after, dumped_before, dumped_after, whole)


def test_a_late_label_restates_its_day_of_its_outcome_alone(arrivals: Arrivals) -> None:
    touched = of(arrivals.after["int_monitor__touched_outcomes"], "late")
    assert touched[["log", "period_start"]].to_numpy().tolist() == [
        ["predictions.click", START + pd.Timedelta("3D")]
    ]
    assert of(arrivals.after["int_monitor__touched_periods"], "late").empty
    counts = [
        (len(bins), bins["row_count"].sum())
        for side in (arrivals.before, arrivals.after)
        for bins in (of(side["int_monitor__bins"], "late"),)
    ]
    assert counts[0] == counts[1]
    for name in ("monitor_performance", "monitor_labels"):
        before, after, whole = (
            of(side[name], "late")
            for side in (arrivals.dumped_before, arrivals.dumped_after, arrivals.whole)
        )
        changed = after.merge(before, how="outer", indicator=True).query("_merge != 'both'")
        assert set(changed["outcome"]) == {"click"}
        day = START + pd.Timedelta("3D")
        assert (pd.to_datetime(changed["window_start"]) <= day).all()
        assert (pd.to_datetime(changed["window_end"]) > day).all()
        assert_same({name: whole}, {name: after})


def without_the_name(rows: pd.DataFrame) -> pd.DataFrame:
    """A series has an id that depends on the name: instead, the number of the series."""
    series = [name for name in rows if name.endswith("series_id")]
    others = [name for name in rows if name not in (*series, "monitor")]
    by = sorted(others, key=lambda name: rows[name].dtype == np.float64)
    rows = rows.sort_values(by, ignore_index=True)
    numbers = {name: pd.factorize(rows[name])[0].astype(str) for name in series}
    return rows[others].assign(**numbers)


NUMBERS = [("bigint", "integer"), ("uinteger", "varchar"), ("decimal(18, 0)", "bigint")]


@pytest.fixture(scope="module")
def with_ids(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, pd.DataFrame]]:
    """What a monitor says of ids that are texts, and of those of each kind of number."""

    def number(names: pd.Series) -> pd.Series:
        return names.str.replace("nobody", "9000").str.lstrip("p")

    log = predictions(CASES)
    known = labels(log)
    names = ["texts", *(f"numbers_{number}" for number in range(len(NUMBERS)))]
    project = a_project(
        tmp_path_factory.mktemp("ids") / "shop",
        *(a_monitor(name, f"predictions_{name}") for name in names),
    )
    for name, types in zip(names, [None, *NUMBERS], strict=True):
        rows, found = raw(log), known
        if types:
            rows, found = (
                frame.assign(**{column: number(frame[column])})
                for frame, column in ((rows, "id"), (known, "prediction"))
            )
        of_ids, of_labels = ({"id": types[0]}, {"prediction": types[1]}) if types else ({}, {})
        project.load(f"predictions_{name}", rows, types={**TYPES, **of_ids})
        project.load(f"labels_{name}", found, types=of_labels)
    for as_of in AS_OFS[::3]:
        project.build(str(as_of), SELECT)
    said = project.dump(RESULTS)
    return {
        name: {model: without_the_name(of(rows, name)) for model, rows in said.items()}
        for name in names
    }


@pytest.mark.parametrize("kinds", NUMBERS, ids="-".join)
def test_ids_may_be_numbers(
    with_ids: dict[str, dict[str, pd.DataFrame]], kinds: tuple[str, str]
) -> None:
    """As numbers or as texts: what belongs together is found."""
    assert all(len(rows) for rows in with_ids["texts"].values())
    assert_same(with_ids[f"numbers_{NUMBERS.index(kinds)}"], with_ids["texts"])


def test_labels_that_have_stopped_are_never_final(arrivals: Arrivals) -> None:
    """No row means 0, but not where nobody has written for days."""
    frame = of(arrivals.before["monitor_labels"], "stopped").query("outcome == 'click'")
    assert frame["matured_count"].sum() > 0
    assert frame.loc[frame["is_final"], "window_end"].max() <= pd.Timestamp("2026-03-07")


def test_labels_of_unknown_predictions_wait_for_them(arrivals: Arrivals) -> None:
    known = labels(arrivals.log)
    clocks = of(arrivals.before["int_monitor__outcome_watermarks"], "unknown")
    assert clocks["unknown_row_count"].sum() >= 20
    nobody = known[
        known["prediction"].str.startswith("nobody") | (known["prediction"] == arrivals.unknown)
    ]
    marks = of(arrivals.before["monitor_watermarks"], "unknown").set_index("log")
    for outcome in MATURES:
        stray = (nobody["outcome"] == outcome).sum()
        assert marks.loc[f"predictions.{outcome}", "unmatched_label_count"] == stray
    assert marks.loc["predictions", "undeclared_label_count"] == 12
    assert marks.loc["predictions", "undeclared_outcomes"] == "(missing): 2; (undated): 3; clik: 7"
    assert marks["undeclared_outcomes"].count() == 1
    again = of(arrivals.after["monitor_watermarks"], "unknown").query("run_number == 2")
    assert again["undeclared_outcomes"].dropna().tolist() == ["(undated): 3"], (
        "each is counted when it arrives, if anybody knows when that was"
    )
    assert again["unmatched_label_count"].sum() == 0
    after, whole = (
        {model: of(rows, "unknown") for model, rows in side.items()}
        for side in (arrivals.dumped_after, arrivals.whole)
    )
    assert_same(whole, after)


def test_an_outcomes_log_that_cannot_be_read_is_named_and_stops_nobody(tmp_path: Path) -> None:
    """No such table, a time that is a number, a value that is not there, a filter of no column."""
    log = raw(predictions(3))
    known = labels(predictions(3))
    tables = {
        "sound": known,
        "numbers": known.assign(at=known["at"].astype("int64")),
        "no_value": known.rename(columns={"value": "worth"}),
        "filtered": known,
    }
    words = {
        "absent": "no table",
        "numbers": "at is bigint, not a timestamp",
        "no_value": "no column value",
        "filtered": "no column no_such_column",
    }

    def monitor(name: str) -> dict[str, object]:
        more = {"where": "no_such_column = 1"} if name == "filtered" else {}
        return {
            **MONITOR,
            "name": name,
            "outcomes": {**MONITOR["outcomes"], "source": ["logs", name], **more},
        }

    project = Project(
        tmp_path / "shop",
        [monitor(name) for name in ("absent", *tables)],
        policy={"versions": {"source": ["logs", "versions"]}},
    )
    project.load("predictions", log, types=TYPES)
    project.load("versions", VERSIONS)
    for name, frame in tables.items():
        project.load(name, frame)
    assert project.build("2026-03-14", SELECT).success
    said = project.frame("monitor_watermarks").set_index(["monitor", "log"])
    frame = project.frame("monitor_labels").set_index("monitor")
    for name, word in words.items():
        assert said.loc[(name, "predictions"), "evaluation"] == "evaluated"
        for outcome in MATURES:
            row = said.loc[(name, f"predictions.{outcome}")]
            assert row["evaluation"] == "not_evaluated", name
            assert word in row["problems"], name
        assert not frame.loc[name, "is_final"].any(), name
        assert frame.loc[name, "observed_count"].sum() == 0, name
    assert frame.loc["sound", "is_final"].any()
    assert frame.loc["sound", "observed_count"].sum() > 0


def test_labels_that_have_stopped_are_late(tmp_path: Path) -> None:
    """Late is what has matured without them: the soonest outcome speaks for all."""
    log = predictions(3)
    known = labels(log)
    stopped = log["at"].max().normalize() - pd.Timedelta("2D")
    last = known.loc[known["loaded"] <= stopped, "loaded"].max()
    as_of = last + MATURES["intent"] + pd.Timedelta("30h")
    # all of the second one is ten hours later: as late as the soonest outcome needs, so nothing is
    # missed yet
    later = pd.Timedelta("10h")
    project = a_project(
        tmp_path / "shop", a_monitor("stopped"), a_monitor("recent", "recent_predictions")
    )
    project.load("predictions", raw(log), types=TYPES)
    project.load("recent_predictions", moved(raw(log), later), types=TYPES)
    arrived = known[known["loaded"] <= stopped]
    project.load("labels_stopped", arrived)
    project.load("labels_recent", moved(arrived, later))
    project.build(str(as_of))
    alerts = project.frame("monitor_alerts", "family = 'freshness'")
    assert of(alerts, "recent").empty
    assert list(alerts["log"]) == ["predictions.intent"]
    alert = alerts.iloc[0]
    assert alert["metric"] == "hours_behind"
    assert (alert["state"], alert["severity"]) == ("firing", "warn")
    assert alert["current_value"] == pytest.approx(30, abs=0.02)
    assert "has arrived for 30 hours beyond its label window" in alert["message"]
    assert project.query(alert["reproduce_sql"])["value"].iloc[0] == pytest.approx(30, abs=0.02)
    project.load("labels_stopped", known)
    project.load("labels_recent", moved(known, later))
    project.build(str(as_of + pd.Timedelta("1h")))
    alerts = project.frame("monitor_alerts", "family = 'freshness' and log like '%.%'")
    assert list(alerts["monitor"]) == ["stopped"]
    assert list(alerts["state"]) == ["resolved"]
