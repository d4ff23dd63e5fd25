"""What outcomes cost: their sketches and measures beside the best query by hand, and a late batch.

    make bench-outcomes                                # 5 million predictions, three outcomes
    make bench-outcomes BENCH="--rows 500000 --runs 1" # a quick look

By hand: for each outcome one join and one grouping of the log by day and slice into a hundred bins
of the score, out of which come the area under the curve, calibration and confusion. Ours is the
time of the models from what has arrived to the measures, one at a time, less that of logs with no
row. Everything is measured in one run on one machine.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

import duckdb
import numpy as np
from bench import SCHEMA, SLICES, START, THREADS, Build, install, slice_values, slices, timed
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_auc_score

OUTCOMES = ("click", "order", "return")
LATE_DAY = 20
AS_OF = "2026-03-01"
MODELS = (
    "int_monitor__outcome_arrivals", "int_monitor__outcome_watermarks",
    "int_monitor__touched_outcomes",
    "int_monitor__outcome_bins", "int_monitor__treated_windows", "int_monitor__outcome_windows",
    "int_monitor__score_sums", "int_monitor__score_curves", "int_monitor__calibration_fits",
    "monitor_labels", "monitor_performance", "monitor_confusion", "monitor_calibration",
    "monitor_calibration_buckets",
)  # fmt: skip
SKETCH = "int_monitor__outcome_bins"
FEW = 3_000  # rows of a log whose late labels cost next to nothing but the constant
CELLS = 60  # of the thousands that scikit-learn is asked for


def write_logs(database: Path, rows: int, days: int, late_days: int) -> None:
    """Predictions with a calibrated score for each outcome, and the outcomes that came true."""
    step = days * 86_400_000_000 // max(rows, 1)
    scores = ", ".join(
        f"power((hash(i * {k + 3}) % 1000003) / 1000003.0, {k + 2}) as p_{name}"
        for k, name in enumerate(OUTCOMES)
    )
    outcomes = " union all ".join(
        f"select id, '{name}' as outcome, 1 as value, served_at + to_hours(2) as told_at,"
        f" served_at + to_hours(3) as loaded_at from logs.predictions"
        f" where (hash(id * {k + 11}) % 1000003) / 1000003.0 < p_{name}"
        for k, name in enumerate(OUTCOMES)
    )
    # a third of one day's labels, one in a hundred of all, come later; or as many of several days
    is_late = (
        f"date_trunc('day', told_at - to_hours(2)) between timestamp '{START}' + to_days("
        f"{LATE_DAY} - {late_days} + 1) and timestamp '{START}' + to_days({LATE_DAY})"
        f" and hash(id) % 1000 < {300 // late_days}"
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute("create schema logs")
        connection.execute(
            f"create table logs.predictions as select i as id, timestamp '{START}' +"
            f" to_microseconds(i * {step}) as served_at, {slices()}, {scores}"
            f" from range({rows}) r(i)"
        )
        connection.execute(f"create table logs.everything as {outcomes}")
        connection.execute(f"create table logs.late as from logs.everything where {is_late}")
        connection.execute(
            f"create table logs.outcomes as from logs.everything where not ({is_late})"
        )
        connection.execute("drop table logs.everything")


def write_project(folder: Path, database: Path) -> None:
    monitor = {
        "name": "bench",
        "problem": "binary",
        "predictions": {"source": ["logs", "predictions"], "time": "served_at", "id": "id"},
        "scores": {f"p_{name}": {"outcome": name, "threshold": 0.5} for name in OUTCOMES},
        "outcomes": {
            "source": ["logs", "outcomes"],
            "prediction": "id", "name": "outcome", "value": "value", "time": "told_at",
            "loaded_at": "loaded_at",
            "kinds": {name: {"matures_after": "1d", "otherwise": 0} for name in OUTCOMES},
        },
        "slices": list(SLICES),
        "windows": ["day"],
    }  # fmt: skip
    sources = ("logs.predictions", "logs.outcomes")
    install(folder, database, [monitor], None, sources, models_at_once=1)


def by_hand(name: str) -> str:
    """Area, calibration and confusion of one outcome, by day and slice."""
    sets = ", ".join(["()", *(f"({slice_name})" for slice_name in SLICES)])
    return f"""
create or replace temp table hand_{name} as
with labelled as (
    select date_trunc('day', p.served_at) as day, {", ".join(SLICES)}, p_{name} as score,
        least(cast(floor(p_{name} * 100) as integer), 99) as bin,
        case when o.id is null then 0 else 1 end as label
    from logs.predictions as p
    left join (select distinct id from logs.outcomes where outcome = '{name}') as o on p.id = o.id
),
bins as (
    select
        day, {", ".join(SLICES)}, bin, count(*) as n, sum(label) as positives, sum(score) as total
    from labelled group by day, bin, grouping sets ({sets})
),
ordered as (
    select *, sum(n - positives) over (
        partition by day, {", ".join(SLICES)} order by bin
        rows between unbounded preceding and 1 preceding
    ) as below from bins
)
select day, {", ".join(SLICES)},
    sum(positives * (coalesce(below, 0) + 0.5 * (n - positives)))
        / nullif(sum(positives) * sum(n - positives), 0) as area,
    sum(abs(total - positives)) / sum(n) as calibration_error,
    sum(case when bin >= 50 then positives end) as true_positives,
    sum(case when bin >= 50 then n - positives end) as false_positives,
    sum(case when bin < 50 then positives end) as false_negatives,
    sum(case when bin < 50 then n - positives end) as true_negatives
from ordered group by day, {", ".join(SLICES)}
"""


def scikit_learn(database: Path, days: int) -> float:
    """Seconds of the same table, from a frame that is there: extrapolated from a few cells."""
    labels = ", ".join(
        f"p.id in (select id from logs.outcomes where outcome = '{name}') as y_{name}"
        for name in OUTCOMES
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        frame = connection.execute(
            "select p.* exclude (served_at),"
            f" date_diff('day', timestamp '{START}', served_at) as day, {labels}"
            " from logs.predictions as p"
        ).df()
    places = [(None, None), *slice_values()]
    cells = [(day, place, name) for day in range(days) for place in places for name in OUTCOMES]
    random = np.random.default_rng(1)
    chosen = [cells[number] for number in random.choice(len(cells), CELLS, replace=False)]

    def ask() -> None:
        for day, (slice_name, value), name in chosen:
            here = frame["day"] == day
            if slice_name is not None:
                here &= frame[slice_name] == value
            scores, found = frame.loc[here, f"p_{name}"], frame.loc[here, f"y_{name}"]
            roc_auc_score(found, scores)
            calibration_curve(found, scores, n_bins=10)
            confusion_matrix(found, scores >= 0.5)

    return timed(ask) * len(cells) / CELLS


def measured(build: Build, idle: Build) -> float:
    return sum(build.models[name] - idle.models[name] for name in MODELS)


def late_batch(folder: Path) -> tuple[Build, float]:
    """A build with no news, and what the late labels cost beyond it."""
    again = Build(folder, f"{AS_OF} 01:00:00")
    with duckdb.connect(str(folder / "log.duckdb")) as connection:
        connection.execute(
            "insert into logs.outcomes select * replace"
            f" (timestamp '{AS_OF} 01:30:00' as loaded_at) from logs.late"
        )
    return again, measured(Build(folder, f"{AS_OF} 02:00:00"), again)


def measure(rows: int, days: int, runs: int, late_days: int) -> dict[str, float]:
    floors, ours, sketches, late, full = [], [], [], [], []
    no_news, constant = [], []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        log, empty, small = (work / f"{name}.duckdb" for name in ("log", "empty", "small"))
        write_logs(log, rows, days, late_days)
        write_logs(empty, 0, days, late_days)
        write_logs(small, FEW, days, late_days)
        for number in range(runs):
            print(f"run {number + 1} of {runs}", flush=True)
            with duckdb.connect(str(log), read_only=True) as connection:
                connection.execute(f"set threads = {THREADS}")
                floors.append(timed(lambda c=connection: [c.execute(by_hand(o)) for o in OUTCOMES]))
            folder, nothing, few = (Path(tempfile.mkdtemp(dir=work)) for _ in range(3))
            for template, target in ((log, folder), (empty, nothing), (small, few)):
                shutil.copy(template, target / "log.duckdb")
                write_project(target, target / "log.duckdb")
            build, idle = Build(folder, AS_OF), Build(nothing, AS_OF)
            ours.append(measured(build, idle))
            sketches.append(build.models[SKETCH] - idle.models[SKETCH])
            again, took = late_batch(folder)
            late.append(took)
            full.append(measured(build, again))
            no_news.append(again.seconds)
            Build(few, AS_OF)
            constant.append(late_batch(few)[1])
            if number < runs - 1:
                shutil.rmtree(folder)
        with duckdb.connect(str(folder / "log.duckdb"), read_only=True) as connection:
            share = connection.execute(
                "select (select count(*) from logs.late) / (select count(*) from logs.outcomes)"
            ).fetchall()[0][0]
            cells = connection.execute(
                f"select count(*) from {SCHEMA}.monitor_performance"
            ).fetchall()[0][0]
        peer = scikit_learn(log, days)
    floor = statistics.median(floors)
    return {
        "by hand, seconds": floor,
        "sketches x by hand": statistics.median(sketches) / floor,
        "sketches and measures x by hand": statistics.median(ours) / floor,
        "scikit-learn x by hand": peer / floor,
        "late labels, share of all": share,
        "late batch, share of the full computation": statistics.median(late)
        / statistics.median(full),
        "late batch less its constant, share": (
            statistics.median(late) - statistics.median(constant)
        )
        / statistics.median(full),
        "the constant: late labels of few rows, seconds": statistics.median(constant),
        "a build with no news, seconds": statistics.median(no_news),
        "rows of monitor_performance": cells,
        "peak GiB": build.peak_gib,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--late-days", type=int, default=1, choices=range(1, 22), metavar="1-21",
        help="days that late labels are of",
    )  # fmt: skip
    options = parser.parse_args()
    results = measure(options.rows, options.days, options.runs, options.late_days)
    print(f"{options.rows:,} predictions x {len(OUTCOMES)} outcomes x {options.days} days")
    print(f"late labels of {options.late_days} of them")
    for name, value in results.items():
        print(f"{name:48} {value:,.3f}")


if __name__ == "__main__":
    main()
