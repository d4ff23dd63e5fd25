"""Same logs, same as_of, same ruler: the same rows, whatever the split, order or lateness of loads.

Two hundred load histories, each on dates of its own, in eleven logs: built in five runs while the
rows arrive, and once more from nothing with all of them there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .project_harness import Project, assert_same

SKETCHES = (
    "int_monitor__bins",
    "int_monitor__metric_sums",
    "int_monitor__first_pass",
    "int_monitor__suspects",
    "int_monitor__window_bins",
    "int_monitor__window_metrics",
    "int_monitor__distances",
)
# A suspicion that was lifted stays as a row that says so.
WHERE = {"int_monitor__suspects": "is_suspect"}

LOGS = 8
SLOTS = 25
SLOT_DAYS = 39  # a range of nine days, and further from the next than any history reaches
RANGE_DAYS = 9
START = pd.Timestamp("2023-01-02")
CALIBRATION = 8  # days on time, before anything else: what the rulers are frozen from
# between ranges, within ranges, one day after another
RUNS = [START + pd.Timedelta(days=days, hours=5) for days in (9, 331, 345, 346, 990)]
END = RUNS[-1]
FOREVER = {"hour": "1000d", "day": "1000d", "day_sliced": "1000d"}


def a_source(number: int) -> dict[str, Any]:
    return {
        "source": ["logs", "events"],
        "where": f"log_no = {number}",
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
    }


# The first three logs have all there can be, the others a few numbers: it is their number that counts.
FULL = 3
METRICS = {"share_of_a": {"numerator": "case when c = 'a' then 1 else 0 end"}, "total": {"numerator": "x"}}
HISTORIES = {
    "name": "histories",
    "predictions": {**a_source(0), "role": "role"},
    "features": {"x": {}, "c": {"type": "categorical"}},
    "metrics": METRICS,
    "slices": ["region"],
    "logs": {
        f"log_{number}": {**a_source(number), "subjects": {"x": {}, "c": {"type": "categorical"}}}
        | ({"slices": ["region"], "metrics": METRICS} if number < FULL else {})
        for number in range(1, LOGS)
    },
    "reference": {"from": str(START.date()), "to": str((START + pd.Timedelta(days=8)).date())},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 6, "min_cell": 3},
    "retention": FOREVER,
}  # fmt: skip


@dataclass(frozen=True)
class Loads:
    """What is in the table before each run, and what is rewritten in it."""

    inserted: list[pd.DataFrame]
    corrected: list[pd.DataFrame]
    kinds: dict[str, int]


def histories(seed: int) -> Loads:
    random = np.random.default_rng(seed)
    parts = []
    for log in range(LOGS):
        parts.append(_events(random, log, START, CALIBRATION, incident=False).assign(kind="on time"))
        for slot in range(SLOTS):
            first = START + pd.Timedelta(days=10 + slot * SLOT_DAYS + int(random.integers(0, 2)))
            events = _events(random, log, first, RANGE_DAYS, incident=bool(random.random() < 0.6))
            kind = KINDS[(log + slot * 3) % len(KINDS)]
            events["loaded"] = events["at"] + pd.to_timedelta(random.integers(1, 40, len(events)), "m")
            parts.append(_late(random, events, kind).assign(kind=f"{kind} {log} {slot}"))
    rows = pd.concat(parts, ignore_index=True)
    rows["loaded"] = rows["loaded"].clip(upper=END - pd.Timedelta(minutes=30)).dt.floor("s")
    rows["at"] = rows["at"].dt.floor("s")
    # some are in the table already, with an instant that is yet to come
    ahead = random.random(len(rows)) < 0.05
    rows["before"] = np.searchsorted(np.array(RUNS, "datetime64[us]"), rows["loaded"].to_numpy())
    rows.loc[ahead & (rows["kind"] != "on time"), "before"] -= 1
    rows["before"] = rows["before"].clip(lower=0)
    rows["id"] = np.arange(len(rows))
    inserted = [rows[rows["before"] == run].drop(columns="before") for run in range(len(RUNS))]
    corrected = [pd.DataFrame()] + [
        _corrections(random, rows[rows["before"] < run], run) for run in range(1, len(RUNS))
    ]
    return Loads(inserted, corrected, rows["kind"].value_counts().to_dict())


KINDS = ["on time", "late by hours", "late by months", "backwards", "all at once", "twice", "corrected"]


def _events(
    random: np.random.Generator, log: int, first: pd.Timestamp, days: int, *, incident: bool
) -> pd.DataFrame:
    """A few dozen rows a day; an incident shifts all there is on some of the last days."""
    count = int(random.integers(14, 24) * days)
    x = random.normal(0, 1, count)
    seconds = np.sort(random.integers(0, days * 86_400, count))
    day = seconds // 86_400
    odd = incident & (day >= days - random.integers(1, 3))
    return pd.DataFrame(
        {
            "log_no": log,
            "at": first + pd.to_timedelta(seconds, unit="s"),
            "loaded": first + pd.to_timedelta(seconds + 60, unit="s"),
            "version": random.choice(["v1", "v2"], count, p=[0.8, 0.2]) if log < FULL else "v1",
            "role": random.choice(["live", "shadow"], count, p=[0.9, 0.1]),
            "region": random.choice(["north", "south", None], count, p=[0.6, 0.3, 0.1]),
            "x": np.where(
                random.random(count) < np.where(odd, 0.6, 0.05),
                np.nan,
                np.round(x, 3 if log < FULL else 0) + 4 * odd,
            ),
            "c": np.where(odd, "z", random.choice(["a", "b"], count)),
        }
    )


def _late(random: np.random.Generator, events: pd.DataFrame, kind: str) -> pd.DataFrame:
    """When each of these rows is loaded."""
    count = len(events)
    day = events["at"].dt.floor("D")
    if kind == "late by hours":
        late = pd.to_timedelta(random.exponential(30.0, count) * 3600, unit="s")
        return events.assign(loaded=events["loaded"] + late * (random.random(count) < 0.4).astype(int))
    if kind == "late by months":
        late = pd.to_timedelta(random.integers(0, 500, count), unit="D")
        return events.assign(loaded=events["loaded"] + late * (random.random(count) < 0.3).astype(int))
    if kind == "backwards":
        # the last day first, days apart
        back = (day.max() - day) * 9
        return events.assign(loaded=day.max() + pd.Timedelta(days=1) + back)
    if kind == "all at once":
        # after the next run, or the one after that, at one instant
        later = [run for run in RUNS if run > events["at"].max()][:2]
        instant = later[int(random.integers(len(later)))] - pd.Timedelta(days=1) if later else END
        return events.assign(loaded=max(instant, events["loaded"].max()))
    if kind == "twice":
        again = events.sample(frac=0.2, random_state=int(random.integers(1 << 30)))
        late = pd.to_timedelta(random.integers(0, 100, len(again)), unit="D")
        return pd.concat([events, again.assign(loaded=again["loaded"] + late)])
    return events


def _corrections(random: np.random.Generator, rows: pd.DataFrame, run: int) -> pd.DataFrame:
    """Rows rewritten between two runs: other values, loaded now, of the same day."""
    mine = rows[rows["kind"].str.startswith("corrected")]
    chosen = mine.sample(frac=0.05, random_state=run)
    since, until = RUNS[run - 1], RUNS[run]
    share = random.random(len(chosen)) * 0.9 + 0.05
    return chosen.assign(
        loaded=(since + pd.to_timedelta(share * (until - since).total_seconds(), unit="s")).floor("s"),
        x=chosen["x"].fillna(0) + 1.5,
        c="b",
    ).query("loaded > at")


# Rows that carry the very instant that the run before read through, and come after it.
TIES = """
insert into logs.events
with through as (
    select log_no, max(loaded) as instant from logs.events where loaded <= '{as_of}' group by log_no
)
select events.* replace (through.instant as loaded, 'tied' as kind, events.id + 1_000_000 as id)
from logs.events inner join through on events.log_no = through.log_no
where events."at" < through.instant and events.kind <> 'on time'
qualify row_number() over (partition by events.log_no order by hash(events.id)) <= 6
"""
REWRITE = """
update logs.events set x = rewritten.x, c = rewritten.c, loaded = rewritten.loaded
from rewritten where events.id = rewritten.id
"""


@pytest.fixture(scope="module")
def loads() -> Loads:
    return histories(20)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, loads: Loads) -> Project:
    project = Project(tmp_path_factory.mktemp("histories"), [HISTORIES])
    project.load("events", loads.inserted[0].head(0), {"x": "double", "at": "timestamp", "loaded": "timestamp"})
    return project


@pytest.fixture(scope="module")
def both(project: Project, loads: Loads) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Every result, of the runs and of one run from nothing."""
    touched = []
    for run, as_of in enumerate(RUNS):
        if run:
            project.execute(TIES.format(as_of=RUNS[run - 1]))
            with project.connect() as connection:
                connection.register("rewritten", loads.corrected[run])
                connection.execute(REWRITE)
        project.append("events", loads.inserted[run])
        project.build(str(as_of))
        touched.append(len(project.frame("int_monitor__touched_periods")))
    print("periods counted per run:", touched)
    results = [name for name in SKETCHES if name in project.models("int_")] + project.results()
    runs = project.dump(results, WHERE)
    project.reset()
    project.build(str(END))
    return runs, project.dump(results, WHERE)


def test_two_hundred_histories(loads: Loads) -> None:
    assert len(loads.kinds) > 200
    assert sum(len(rows) for rows in loads.corrected) > 200


@pytest.mark.parametrize("group", ["sketches", "results"])
def test_runs_while_rows_arrive_equal_one_run_of_everything(
    both: tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]], group: str
) -> None:
    runs, whole = ({n: f for n, f in side.items() if (n in SKETCHES) == (group == "sketches")} for side in both)
    assert_same(runs, whole)


def test_there_was_something_to_compare(
    both: tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]
) -> None:
    sizes = {name: len(frame) for name, frame in both[0].items()}
    print(sizes)
    assert sizes["int_monitor__bins"] > 30_000
    assert sizes["int_monitor__suspects"] > 100
