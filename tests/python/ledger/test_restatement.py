"""Same logs, same as_of, same ruler: the same rows, whatever the split, order or lateness of loads.

Two hundred load histories, each on dates of its own, in eight logs, and four logs without a gap:
built in five runs while the rows arrive, and once more from nothing with all of them there. What came
of the predictions arrives as it likes too. On Postgres a dozen, and one log without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.postgres_project import ENGINES, PostgresProject, on_engine
from ..harness.postgres_server import Server
from ..harness.project_harness import LEDGER, Project, Result, assert_same

pytestmark = pytest.mark.apart

SKETCHES = (
    "int_monitor__bins",
    "int_monitor__metric_sums",
    "int_monitor__daily_reference_drift",
    "int_monitor__suspect_days",
    "int_monitor__window_sums",
    "int_monitor__window_bins",
    "int_monitor__window_metrics",
    "int_monitor__distances",
    "int_monitor__outcome_bins",
    "int_monitor__concepts",
    "int_monitor__proxies",
    "int_monitor__rankings",
)
# A suspicion that was lifted stays as a row that says so.
# How late a log is belongs to the run that asks.
WHERE = {"int_monitor__suspect_days": "is_suspect", "monitor_signals": "window_name <> 'run'"}

SLOT_DAYS = 39  # a range of nine days, and further from the next than any history reaches
RANGE_DAYS = 9
START = pd.Timestamp("2023-08-18")
CALIBRATION = 8  # days on time, before anything else: what the rulers are frozen from
FOREVER = {"hour": "1100d", "day": "1100d", "day_sliced": "1100d"}


def a_source(number: int) -> dict[str, Any]:
    return {
        "source": ["logs", "events"],
        "where": f"log_no = {number}",
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
    }


@dataclass(frozen=True)
class Extent:
    """How many logs with how many histories each, and the days of the runs."""

    logs: int
    slots: int
    days: tuple[int, ...]

    @property
    def runs(self) -> list[pd.Timestamp]:
        return [START + pd.Timedelta(days=days, hours=6) for days in self.days]


WHOLE = Extent(8, 25, (9, 287, 951, 996, 999))
RUNS, END = WHOLE.runs, WHOLE.runs[-1]

# The first three logs have all there can be, the others a few numbers: it is their number that counts.
FULL = 3
METRICS = {
    "share_of_a": {"numerator": "case when c = 'a' then 1 else 0 end"},
    "total": {"numerator": "x"},
}


def histories_of(extent: Extent) -> dict[str, Any]:
    subjects = {"x": {}, "c": {"type": "categorical"}}
    return {
        "name": "histories",
        "problem": "ranking",
        "ranking": {"order_by": "p", "ks": [2]},
        "predictions": {
            **a_source(0), "role": "role", "id": "id", "request": "request", "position": "position",
        },
        "scores": {"p": {"outcome": "bought", "threshold": 0.5}},
        "outcomes": {
            "source": ["logs", "labels"], "prediction": "id", "name": "outcome", "value": "value",
            "time": "at", "loaded_at": "loaded",
            "kinds": {
                "bought": {"matures_after": "2d", "otherwise": 0},
                "kept": {"matures_after": "20d", "otherwise": 0, "proxy": "bought"},
            },
        },
        "features": subjects,
        "metrics": METRICS,
        "slices": ["region"],
        "protected_slices": ["band"],
        "logs": {
            f"log_{number}": {**a_source(number), "subjects": subjects}
            | ({"slices": ["region"], "metrics": METRICS} if number < FULL else {})
            for number in range(1, extent.logs)
        },
        "reference": {
            "from": str(START.date()), "to": str((START + pd.Timedelta(days=CALIBRATION)).date()),
        },
        "windows": ["day", "7d"],
        "limits": {"min_rows": 6, "min_cell": 3},
        "retention": FOREVER,
    }  # fmt: skip


@dataclass(frozen=True)
class Loads:
    """What is in the table before each run, and what is rewritten in it."""

    inserted: list[pd.DataFrame]
    corrected: list[pd.DataFrame]
    labels: list[pd.DataFrame]
    kinds: dict[str, int]


def histories(seed: int, extent: Extent) -> Loads:
    random, runs = np.random.default_rng(seed), extent.runs
    parts = []
    for log in range(extent.logs):
        parts.append(
            _events(random, log, START, CALIBRATION, incident=False).assign(kind="on time")
        )
        for slot in range(extent.slots):
            first = START + pd.Timedelta(days=10 + slot * SLOT_DAYS + int(random.integers(0, 2)))
            kind = KINDS[(log + slot * 3) % len(KINDS)]
            incident = kind == "a day before" or bool(random.random() < 0.6)
            events = _events(random, log, first, RANGE_DAYS, incident=incident)
            events["loaded"] = events["at"] + pd.to_timedelta(
                random.integers(1, 40, len(events)), "m"
            )
            parts.append(_late(random, events, kind, runs).assign(kind=f"{kind} {log} {slot}"))
    rows = pd.concat(parts, ignore_index=True)
    rows["loaded"] = rows["loaded"].clip(upper=runs[-1] - pd.Timedelta(minutes=30)).dt.floor("s")
    rows["at"] = rows["at"].dt.floor("s")
    # some are in the table already, with an instant that is yet to come
    ahead = random.random(len(rows)) < 0.05
    rows["before"] = np.searchsorted(np.array(runs, "datetime64[us]"), rows["loaded"].to_numpy())
    rows.loc[ahead & (rows["kind"] != "on time"), "before"] -= 1
    rows["before"] = rows["before"].clip(lower=0)
    rows["id"] = np.arange(len(rows))
    # what people were given at once, some of it seen by one run and the rest by another
    rows["request"] = rows["at"].dt.floor("4h").astype(str)
    rows["position"] = rows.groupby(["log_no", "request"]).cumcount() + 1
    rows["band"] = np.where(rows["id"] % 3 == 0, "old", "young")
    random = np.random.default_rng(seed + 100)
    rows["p"] = random.random(len(rows)).round(2)
    labels = _labels(random, rows[rows["log_no"] == 0], runs)
    inserted = [rows[rows["before"] == run].drop(columns="before") for run in range(len(runs))]
    corrected = [pd.DataFrame()] + [
        _corrections(random, rows[rows["before"] < run], runs, run) for run in range(1, len(runs))
    ]
    return Loads(inserted, corrected, labels, rows["kind"].value_counts().to_dict())


KINDS = [
    "on time",
    "late by hours",
    "late by months",
    "backwards",
    "all at once",
    "twice",
    "corrected",
    "a day before",
]


def _events(
    random: np.random.Generator, log: int, first: pd.Timestamp, days: int, *, incident: bool
) -> pd.DataFrame:
    """A few dozen rows a day; an incident shifts all there is on some of the last days."""
    count = int(random.integers(14, 24) * days)
    x = random.normal(0, 1, count)
    seconds = np.sort(random.integers(0, days * 86_400, count))
    day = seconds // 86_400
    odd = incident & (day >= 7)
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


def _run_after(
    events: pd.DataFrame, random: np.random.Generator, runs: list[pd.Timestamp]
) -> pd.Timestamp:
    """A day before the run that follows these rows, or before the one after that."""
    later = [run for run in runs if run > events["at"].max()][:2]
    return later[int(random.integers(len(later)))] - pd.Timedelta(days=1) if later else runs[-1]


def _late(  # noqa: PLR0911
    random: np.random.Generator, events: pd.DataFrame, kind: str, runs: list[pd.Timestamp]
) -> pd.DataFrame:
    """When each of these rows is loaded."""
    count = len(events)
    day = events["at"].dt.floor("D")
    if kind == "late by hours":
        late = pd.to_timedelta(random.exponential(30.0, count) * 3600, unit="s")
        return events.assign(
            loaded=events["loaded"] + late * (random.random(count) < 0.4).astype(int)
        )
    if kind == "late by months":
        late = pd.to_timedelta(random.integers(0, 500, count), unit="D")
        return events.assign(
            loaded=events["loaded"] + late * (random.random(count) < 0.3).astype(int)
        )
    if kind == "backwards":
        # the last day first, days apart
        back = (day.max() - day) * 9
        return events.assign(loaded=day.max() + pd.Timedelta(days=1) + back)
    if kind == "all at once":
        return events.assign(loaded=max(_run_after(events, random, runs), events["loaded"].max()))
    if kind == "a day before":
        # the seventh day of the history of an incident: three weeks earlier, and a run later
        first = day == day.min()
        moved = events["at"].where(~first, events["at"] - pd.Timedelta(days=20))
        later = max(_run_after(events, random, runs), events["loaded"].max())
        return events.assign(at=moved, loaded=events["loaded"].where(~first, later))
    if kind == "twice":
        again = events.sample(frac=0.2, random_state=int(random.integers(1 << 30)))
        late = pd.to_timedelta(random.integers(0, 100, len(again)), unit="D")
        return pd.concat([events, again.assign(loaded=again["loaded"] + late)])
    return events


def _corrections(
    random: np.random.Generator, rows: pd.DataFrame, runs: list[pd.Timestamp], run: int
) -> pd.DataFrame:
    """Rows rewritten between two runs: other values, loaded now, of the same day."""
    mine = rows[rows["kind"].str.startswith("corrected")]
    chosen = mine.sample(frac=0.05, random_state=run)
    since, until = runs[run - 1], runs[run]
    share = random.random(len(chosen)) * 0.9 + 0.05
    return chosen.assign(
        loaded=(since + pd.to_timedelta(share * (until - since).total_seconds(), unit="s")).floor(
            "s"
        ),
        x=chosen["x"].fillna(0) + 1.5,
        c="b",
    ).query("loaded > at")


def _labels(
    random: np.random.Generator, rows: pd.DataFrame, runs: list[pd.Timestamp]
) -> list[pd.DataFrame]:
    """What is in the table of labels before each run, in no order.

    Some are months late, some taken back, some there before their prediction, some for nobody.
    """
    of_each = []
    for outcome, hours, share in (("bought", 20.0, 1.0), ("kept", 150.0, 0.6)):
        true = rows[random.random(len(rows)) < rows["p"] * share]
        at = true["at"] + pd.to_timedelta(random.exponential(hours, len(true)), unit="h")
        late = random.choice([0.01, 0.3, 12.0, 300.0], len(true), p=[0.6, 0.2, 0.1, 0.1])
        loaded = at + pd.to_timedelta(late, unit="D")
        known = pd.DataFrame(
            {"id": true["id"], "outcome": outcome, "value": 1, "at": at, "loaded": loaded}
        )
        again = known.sample(frac=0.15, random_state=int(random.integers(1 << 30)))
        days = pd.to_timedelta(random.choice([1, 40, 500], len(again)), unit="D")
        nobody = known.head(9).assign(id=-1 - np.arange(9))
        of_each += [known, again.assign(value=0, loaded=again["loaded"] + days), nobody]
    labels = pd.concat(of_each, ignore_index=True).sample(frac=1.0, random_state=5)
    for name in ("at", "loaded"):
        labels[name] = labels[name].clip(upper=runs[-1] - pd.Timedelta(minutes=30)).dt.floor("s")
    before = np.searchsorted(np.array(runs, "datetime64[us]"), labels["loaded"].to_numpy())
    # some are in the table already, with an instant that is yet to come
    before = np.maximum(before - (random.random(len(labels)) < 0.05), 0)
    return [labels[before == run] for run in range(len(runs))]


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
TIED_LABELS = """
insert into logs.labels
with through as (select max(loaded) as instant from logs.labels where loaded <= '{as_of}')
select labels.* replace (through.instant as loaded, 1 - labels.value as value)
from logs.labels cross join through
where labels."at" < through.instant
order by hash(labels.id, labels.outcome, labels.loaded) limit 6
"""
REWRITE = """
update logs.events set x = rewritten.x, c = rewritten.c, loaded = rewritten.loaded
from rewritten where events.id = rewritten.id
"""


@pytest.fixture(scope="module")
def loads() -> Loads:
    return histories(20, WHOLE)


# -- four months without a gap

DAYS = 128
FIRST = START + pd.Timedelta(days=871)
AS_OFS = [str(as_of) for as_of in RUNS[2:]]  # days 80, 125 and 128
LONG = {
    "problem": "binary",
    "features": {"x": {}, "c": {"type": "categorical"}},
    "metrics": {"total": {"numerator": "x"}},
    "reference": {"source": ["logs", "training"]},
    "limits": {"min_rows": 6, "min_cell": 2},
    "retention": FOREVER,
}


def a_monitor(name: str, **settings: Any) -> dict[str, Any]:
    log = {"source": ["logs", name], "time": "at", "loaded_at": "loaded", "version": "version"}
    predictions = {**log, **settings.pop("predictions", {})}
    predictions = {key: value for key, value in predictions.items() if value}
    return {"name": name, **LONG, "predictions": predictions, **settings}


# late in every way, all windows
DENSE = a_monitor(
    "dense", windows=["hour", "day", "7d", "30d"], slices=["region", "device", ["region", "device"]]
)
# an incident over days 5 to 40: the yardstick of the reference reaches far
CLOUDED = a_monitor("clouded", windows=["day", "7d"])
# reads again what is two days old
UNDATED = a_monitor(
    "undated",
    predictions={"loaded_at": None},
    windows=["day", "7d"],
    limits={**LONG["limits"], "lateness": "2d"},
)
# forgets: hours after five days, slices after twenty, days after sixty
BRIEF = a_monitor(
    "brief",
    windows=["hour", "day"],
    slices=["region"],
    retention={"hour": "5d", "day": "60d", "day_sliced": "20d"},
)
MONITORS = [DENSE, CLOUDED, UNDATED, BRIEF]
POLICY = {"changes": {"source": ["logs", "changes"]}}
CHANGES = f"""
select 'i1' as change_id, 'clouded' as monitor, 'incident' as kind, 'outage' as name,
    timestamp '{FIRST}' + interval 5 day as started_at,
    timestamp '{FIRST}' + interval 40 day as ended_at
"""


def a_long_log(seed: int, days: int = DAYS) -> pd.DataFrame:
    """Fourteen rows a day, each with the run before which it is in the table."""
    random = np.random.default_rng(seed)
    count = 14 * days
    seconds = np.sort(random.integers(0, days * 86_400, count))
    # every noon is busy enough to be judged as an hour
    noon = random.random(count) < 0.6
    seconds = np.where(noon, seconds // 86_400 * 86_400 + 43_200 + seconds % 3600, seconds)
    odd = np.isin(seconds // 86_400, (55, 70, 71, 100))
    rows = pd.DataFrame(
        {
            "at": FIRST + pd.to_timedelta(seconds, unit="s"),
            "loaded": FIRST + pd.to_timedelta(seconds + 600, unit="s"),
            "version": random.choice(["v1", "v2"], count),
            "region": random.choice(["north", "south"], count, p=[0.7, 0.3]),
            "device": random.choice(["ios", "web"], count),
            "x": np.round(random.normal(0, 1, count) + 3 * odd, 1),
            "c": np.where(odd, "z", random.choice(["a", "b"], count)),
        }
    )
    ends = np.array(AS_OFS, "datetime64[us]")
    return rows.assign(before=np.searchsorted(ends, rows["loaded"].to_numpy()))


def the_day(rows: pd.DataFrame) -> pd.Series:
    return (rows["at"] - FIRST).dt.days


def long_logs() -> dict[str, pd.DataFrame]:
    logs = {monitor["name"]: a_long_log(seed) for seed, monitor in enumerate(MONITORS)}
    for name, late_day in (("dense", 58), ("clouded", 58), ("brief", 80)):
        # one row, months late, and a few that are weeks late
        rows = logs[name]
        late = rows.index[(the_day(rows) == late_day) & (rows["at"].dt.hour == 12)][0]
        rows.loc[late, ["loaded", "before"]] = [pd.Timestamp(AS_OFS[2]) - pd.Timedelta(hours=8), 2]
        weeks = rows.index[(the_day(rows) > 62) & (the_day(rows) < 78)][::9]
        rows.loc[weeks, "loaded"] += pd.Timedelta(days=46)
        rows.loc[weeks, "before"] = np.searchsorted(
            np.array(AS_OFS, "datetime64[us]"), rows.loc[weeks, "loaded"].to_numpy()
        )
    # late by less than two days: what happened then is in the table one run later
    rows = logs["undated"]
    for run, _as_of in enumerate(AS_OFS[:-1]):
        through = rows[rows["before"] <= run]["at"].max()
        recent = rows.index[
            (rows["at"] > through - pd.Timedelta(hours=47)) & (rows["at"] < through)
        ]
        rows.loc[recent[::3], "before"] = run + 1
    return logs


@dataclass(frozen=True)
class Story:
    """What the results were on the way."""

    counted: list[int]  # periods, run by run
    runs: dict[str, pd.DataFrame]
    again: dict[str, pd.DataFrame]
    counted_again: int
    refused: str
    whole: dict[str, pd.DataFrame]


def compared(project: Project) -> list[str]:
    return [name for name in SKETCHES if name in project.models("int_")] + project.results()


def build(project: Project, as_of: str, *, expect_success: bool = True, **variables: Any) -> Result:
    """A run up to the judgements: signals are those of windows that were not judged before."""
    select = [*(f"+{name}" for name in compared(project)), "+monitor_judgements", *LEDGER]
    return project.build(as_of, select, variables, expect_success=expect_success)


def everything(project: Project, condition: str = "true") -> dict[str, pd.DataFrame]:
    models = compared(project)
    return project.dump(
        models, {name: f"({WHERE.get(name, 'true')}) and {condition}" for name in models}
    )


def load_events(project: Project, loads: Loads) -> None:
    """The tables of the histories, with nothing in them."""
    types = {"x": "double", "at": "timestamp", "loaded": "timestamp"}
    project.load("events", loads.inserted[0].head(0), types)
    project.load("labels", loads.labels[0].head(0))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, loads: Loads) -> Project:
    training = a_long_log(99, 60).drop(columns="before")
    tables: dict[str, Any] = {"training": training, "changes": CHANGES}
    folder = tmp_path_factory.mktemp("story")
    project = Project(folder, [histories_of(WHOLE), *MONITORS], tables, POLICY)
    load_events(project, loads)
    return project


def tell(
    project: Project, loads: Loads, logs: dict[str, pd.DataFrame], runs: list[pd.Timestamp]
) -> Story:
    """Runs while the rows arrive, one that finds nothing new, and one of everything."""
    counted = []
    for run, as_of in enumerate(runs):
        if run:
            project.execute(TIES.format(as_of=runs[run - 1]))
            project.execute(TIED_LABELS.format(as_of=runs[run - 1]))
            with project.connect() as connection:
                connection.register("rewritten", loads.corrected[run])
                connection.execute(REWRITE)
        project.append("events", loads.inserted[run])
        project.append("labels", loads.labels[run])
        for name, rows in logs.items():
            new = rows[rows["before"] == run - (len(runs) - len(AS_OFS))].drop(columns="before")
            (project.append if run else project.load)(name, new)
        build(project, str(as_of))
        counted.append(len(project.frame("int_monitor__touched_periods")))
    arrived = everything(project)
    # nothing has come since
    build(project, str(runs[-1] + pd.Timedelta(hours=9)))
    again = everything(project)
    counted_again = len(project.frame("int_monitor__touched_periods", "monitor <> 'undated'"))
    refused = build(project, str(runs[0]), expect_success=False)
    assert not refused.success
    project.reset()
    build(project, str(runs[-1]))
    whole = everything(project)
    return Story(counted, arrived, again, counted_again, str(dict(refused.failures)), whole)


@pytest.fixture(scope="module")
def story(project: Project, loads: Loads) -> Story:
    return tell(project, loads, long_logs(), RUNS)


def of_monitor(dump: dict[str, pd.DataFrame], name: str) -> dict[str, pd.DataFrame]:
    return {
        model: frame[frame["monitor"] == name].reset_index(drop=True)
        for model, frame in dump.items()
    }


def test_two_hundred_histories(loads: Loads) -> None:
    assert len(loads.kinds) > 200
    assert sum(len(rows) for rows in loads.corrected) > 200


def what_came_of_it_is_there(story: Story, least: int, of_groups: int) -> None:
    """At least so many rows; of groups there are fewer where days are few (decision 34)."""
    found = of_monitor(story.whole, "histories")
    for name in (
        "int_monitor__outcome_bins", "monitor_labels", "monitor_performance", "monitor_ranking",
    ):  # fmt: skip
        assert len(found[name]) > least, name
    assert len(found["monitor_fairness"]) > of_groups
    labels = story.whole["monitor_labels"]
    assert pd.to_numeric(labels["labelled_count"]).sum() > 1_000
    assert pd.to_numeric(labels["late_outcome_count"]).sum() > 100


@pytest.mark.parametrize("name", ["histories", "dense", "clouded", "undated"])
def test_runs_while_rows_arrive_equal_one_run_of_everything(story: Story, name: str) -> None:
    runs, whole = of_monitor(story.runs, name), of_monitor(story.whole, name)
    assert len(whole["int_monitor__bins"]) > (30_000 if name == "histories" else 500)
    assert len(whole["monitor_drift"]) > (50_000 if name == "histories" else 500)
    what_came_of_it_is_there(story, 1_000, 1_000)
    assert_same(runs, whole)


def test_a_run_reads_what_was_touched(story: Story) -> None:
    """The last run but one follows 45 days, the last three days: and late rows of months."""
    first, second, third, fourth, fifth = story.counted
    assert first <= (WHOLE.logs + 1) * 9  # and that of requests
    assert min(second, third) > 1_000
    assert fifth < fourth < 1_500


def test_what_is_past_its_retention_is_gone(story: Story) -> None:
    """One run of everything never counts it; runs that counted it in time do not keep it."""
    models = ("int_monitor__bins", "int_monitor__metric_sums")
    runs, whole = (of_monitor(side, "brief") for side in (story.runs, story.whole))
    assert_same({name: runs[name] for name in models}, {name: whole[name] for name in models})
    bins = runs["int_monitor__bins"].assign(
        age=lambda rows: (END.floor("D") - pd.to_datetime(rows["period_start"])).dt.days
    )
    whole_days = bins[(bins["grain"] == "day") & (bins["slice_name"] == "(all)")]
    assert whole_days["age"].max() <= 61
    assert bins[(bins["grain"] == "day") & (bins["slice_name"] != "(all)")]["age"].max() <= 21
    assert bins[bins["grain"] == "hour"]["age"].max() <= 6


def test_a_run_that_finds_nothing_new_changes_nothing(story: Story) -> None:
    assert_same(story.again, story.runs)
    assert story.counted_again == 0


def test_an_as_of_before_the_last_run_is_refused(story: Story) -> None:
    assert "as_of is earlier than the last run" in story.refused


# -- the same on Postgres

FEW = Extent(3, 4, (9, 70, 115, 163, 166))


@pytest.fixture(scope="module")
def story_on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Story:
    folder, few = tmp_path_factory.mktemp("story") / "shop", histories(21, FEW)
    assert {kind.rstrip(" 0123456789") for kind in few.kinds} == set(KINDS)
    project = PostgresProject(folder, postgres, "story", [histories_of(FEW)], {}, POLICY)
    load_events(project, few)
    project.load("changes", CHANGES)
    return tell(project, few, {}, FEW.runs)


def test_on_postgres_runs_while_rows_arrive_equal_one_run_of_everything(
    story_on_postgres: Story,
) -> None:
    story = story_on_postgres
    assert len(story.whole["int_monitor__bins"]) > 2_000
    assert len(story.whole["monitor_drift"]) > 5_000
    what_came_of_it_is_there(story, 300, 200)
    assert_same(story.runs, story.whole)


def test_on_postgres_what_is_late_restates_and_nothing_else_does(story_on_postgres: Story) -> None:
    story = story_on_postgres
    *_, before_last, last = story.counted
    # nothing happened in the days before the last run: what it counts is late
    assert 0 < last < before_last
    assert story.counted_again == 0
    assert_same(story.again, story.runs)
    assert "as_of is earlier than the last run" in story.refused


# -- a past day replayed; what people change: a note about last week, the configuration

SMALL_AS_OFS = [str(FIRST + pd.Timedelta(days=days, hours=6)) for days in (50, 55, 58)]
NOTED = f"""
select 'i2' as change_id, 'changed' as monitor, 'incident' as kind, 'outage' as name,
    timestamp '{FIRST}' + interval 40 day as started_at,
    timestamp '{FIRST}' + interval 43 day as ended_at
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables: dict[str, Any] = {
        "training": a_long_log(99, 60).drop(columns="before"),
        "changes": f"select * from ({NOTED}) as noted where false",
    }
    monitor = a_monitor("changed", windows=["day", "7d"])
    return Project(tmp_path_factory.mktemp("small"), [monitor], tables, POLICY)


def test_a_past_day_replayed_is_what_its_run_said(small: Project) -> None:
    rows = a_long_log(3, 60).drop(columns="before")
    late = rows.index[(the_day(rows) > 25) & (the_day(rows) < 45)][::7]
    rows.loc[late, "loaded"] += pd.Timedelta(days=9)
    arrived = rows["loaded"] <= pd.Timestamp(SMALL_AS_OFS[0])
    small.load("changed", rows[arrived])
    build(small, SMALL_AS_OFS[0])
    said = everything(small)
    assert len(said["monitor_drift"]) > 500
    small.append("changed", rows[~arrived])
    small.reset()
    build(small, SMALL_AS_OFS[0])
    assert_same(everything(small), said)


def test_an_incident_that_is_noted_later_counts_from_then_on(small: Project) -> None:
    """(after the replay, whose results it goes on from)"""
    before = small.frame("int_monitor__distances", "baseline = 'previous'")
    small.load("changes", NOTED)
    build(small, SMALL_AS_OFS[1])
    runs = everything(small)
    small.reset()
    build(small, SMALL_AS_OFS[1])
    whole = everything(small)
    after = small.frame("int_monitor__distances", "baseline = 'previous'")
    assert after["baseline_row_count"].sum() != before["baseline_row_count"].sum()
    assert_same(runs, whole)


def test_a_changed_configuration_starts_now_and_a_rebuild_reaches_back(small: Project) -> None:
    """(after the note) A new subject, a changed one, and a filter that empties day 30 and halves day 35."""
    thirty, thirty_five = (str((FIRST + pd.Timedelta(days=day)).date()) for day in (30, 35))
    where = (
        f"""cast("at" as date) <> date '{thirty}' """
        f"""and (region = 'north' or cast("at" as date) <> date '{thirty_five}')"""
    )
    features = {"x": {"min": -1}, "c": {"type": "categorical"}, "z": {"sql": "x * 2"}}
    changed = a_monitor(
        "changed", predictions={"where": where}, features=features, windows=["day", "7d"]
    )
    kept = "subject = 'c' and baseline = 'reference' and window_end < '2026-02-20'"
    untouched = small.dump(["monitor_drift"], {"monitor_drift": kept})
    small.configure([changed], POLICY)
    build(small, SMALL_AS_OFS[2])
    starts = small.query(
        "select subject, min(period_start) as first_day from int_monitor__bins group by subject"
    ).set_index("subject")["first_day"]
    assert starts["x"] == starts["c"] == FIRST
    assert starts["z"] >= pd.Timestamp(SMALL_AS_OFS[1]).floor("D") - pd.Timedelta(days=1)
    drift = small.frame(
        "monitor_drift", f"window_end > '{SMALL_AS_OFS[1]}' and window_name = 'day'"
    )
    assert set(drift[drift["subject"] == "x"]["status"]) == {"ruler_changed"}
    assert "ruler_changed" not in set(drift[drift["subject"] != "x"]["status"])
    assert_same(small.dump(["monitor_drift"], {"monitor_drift": kept}), untouched)

    rebuild = {"from": str(FIRST.date()), "monitor": "changed", "subject": "x"}
    build(small, SMALL_AS_OFS[2], rebuild=rebuild)
    rebuilt = everything(small)
    emptied = f"period_start = '{thirty}'"
    assert small.frame("int_monitor__bins", emptied)["row_count"].sum() == 0
    small.reset()
    build(small, SMALL_AS_OFS[2])
    whole = everything(small)
    for side in (rebuilt, whole):
        rulers = side["monitor_rulers"]
        side["monitor_rulers"] = rulers[rulers["is_active"] == "true"].reset_index(drop=True)
        for model, frame in side.items():
            side[model] = frame.drop(columns="ruler_version", errors="ignore")
    assert_same(rebuilt, whole)


# -- a day that is emptied

EMPTIED = [
    a_monitor("changed", windows=["day", "7d"]),
    a_monitor(
        "undated",
        predictions={"loaded_at": None},
        windows=["day", "7d"],
        limits={**LONG["limits"], "lateness": "3d"},
    ),
]


@pytest.fixture(params=ENGINES)
def emptied(request: pytest.FixtureRequest) -> Project:
    tables = {"training": a_long_log(99, 60).drop(columns="before")}
    return on_engine(request, "emptied", EMPTIED, tables)


def test_a_day_that_is_emptied_leaves_nothing_behind(emptied: Project) -> None:
    """One day is deleted, and one becomes the day after: by a rebuild, or where `lateness` is read again."""
    as_of, later = SMALL_AS_OFS[:2]
    deleted, moved = {"changed": 30, "undated": 48}, {"changed": 35, "undated": 49}
    for seed, name in enumerate(deleted):
        rows = a_long_log(seed, 60).drop(columns="before")
        emptied.load(name, rows[rows["loaded"] <= as_of])
    build(emptied, as_of)
    before = everything(emptied)
    for seed, name in enumerate(deleted):
        rows = a_long_log(seed, 60).drop(columns="before")
        day = the_day(rows)
        rows.loc[day == moved[name], "at"] += pd.Timedelta(days=1)
        rows = rows[(day != deleted[name]) & (rows["loaded"] <= later)]
        emptied.load(name, rows)
    rebuild = {"from": str((FIRST + pd.Timedelta(days=30)).date()), "monitor": "changed"}
    build(emptied, later, rebuild=rebuild)
    after = everything(emptied)
    for name, day in [*deleted.items(), *moved.items()]:
        of_day = f"monitor = '{name}' and period_start = '{FIRST + pd.Timedelta(days=day)}'"
        assert emptied.frame("int_monitor__bins", of_day)["row_count"].sum() == 0, (name, day)
    emptied.reset()
    build(emptied, later)
    whole = everything(emptied)
    assert len(whole["monitor_drift"]) > len(before["monitor_drift"]) > 500
    assert_same(after, whole)
