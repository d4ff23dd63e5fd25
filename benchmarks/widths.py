"""What more features and more monitors cost.

    make bench-widths                                  # 1 million rows, 10, 50 and 200 features
    make bench-widths BENCH="--rows 100000 --runs 1"   # a quick look

Of features it is the whole `dbt build`; the marginal cost is what one more feature adds to it, and
values per second are counted without what the same project takes for an empty log. Of monitors it
is what dbt does before it asks the warehouse for anything: `dbt parse` and `dbt compile` of 1, 10
and 50 monitors with 50 features each, from the start of the process to its end: with nothing kept
from the last time, and `dbt compile` again as a run does that follows another.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median

import duckdb
from bench import THREADS, Build, Dbt, features, fresh, install, write_log

FEATURES = (10, 50, 200)
MONITORS = (1, 10, 50)
EACH = 50  # features of a monitor


def widened(rows: int, days: int, runs: int) -> None:
    builds: dict[int, list[Build]] = {}
    idle: dict[int, list[Build]] = {}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for count in FEATURES:
            log, empty = work / f"log{count}.duckdb", work / f"empty{count}.duckdb"
            write_log(log, rows, days, count)
            write_log(empty, 0, days, count)
            builds[count], idle[count] = [], []
            for number in range(runs):
                print(f"{count} features, run {number + 1} of {runs}", flush=True)
                builds[count].append(Build(fresh(work, log, count)))
                idle[count].append(Build(fresh(work, empty, count)))
    seconds = {count: median(build.seconds for build in builds[count]) for count in FEATURES}
    cpu = {count: median(build.cpu_seconds for build in builds[count]) for count in FEATURES}
    print(f"{rows:,} rows x {days} days; whole builds, and that of an empty log beside them")
    for count in FEATURES:
        nothing = median(build.seconds for build in idle[count])
        peak = max(build.peak_gib for build in builds[count])
        print(
            f"{count:4} features {seconds[count]:8.1f} s {cpu[count]:8.1f} s of CPU"
            f" {nothing:8.1f} s empty {rows * count / (seconds[count] - nothing):12,.0f} values/s"
            f" {peak:6.2f} GiB"
        )
    for what, took in (("seconds", seconds), ("seconds of CPU", cpu)):
        steps = [(took[b] - took[a]) / (b - a) for a, b in pairwise(FEATURES)]
        told = ", ".join(f"{step:.3f}" for step in steps)
        print(f"one more feature, {what}: {told}; the second x {steps[1] / steps[0]:.2f}")


def write_monitors(folder: Path, count: int) -> None:
    """Monitors with a log and a reference each, of which the tables are there and empty."""
    database = folder / "log.duckdb"
    names = [f"monitor_{number}" for number in range(count)]
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema logs")
        columns = ", ".join(f"{name} double" for name in features(EACH))
        for name in names:
            keys = "served_at timestamp, version varchar, country varchar, device varchar"
            connection.execute(f"create table logs.{name} ({keys}, {columns})")
    monitors = [
        {
            "name": name,
            "problem": "regression",
            "predictions": {
                "source": ["logs", name], "time": "served_at", "version": "version",
            },
            "features": features(EACH),
            "slices": ["country", "device"],
        }
        for name in names
    ]  # fmt: skip
    install(folder, database, monitors, sources=tuple(f"logs.{name}" for name in names))


def multiplied(runs: int) -> None:
    print(f"monitors of {EACH} features, each with a log of its own")
    with tempfile.TemporaryDirectory() as name:
        for count in MONITORS:
            folder = Path(name) / str(count)
            folder.mkdir()
            write_monitors(folder, count)
            for told, command, flag in (
                ("parse", "parse", "--no-partial-parse"),
                ("compile", "compile", "--no-partial-parse"),
                ("compile again", "compile", "--partial-parse"),
            ):
                took = [Dbt(folder, command, flag) for _ in range(runs)]
                wall = median(one.seconds for one in took)
                cpu = median(one.cpu_seconds for one in took)
                print(f"{count:4} monitors, {told:13} {wall:6.1f} s {cpu:6.1f} s of CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("features", "monitors"))
    options = parser.parse_args()
    print(f"{platform.machine()}, DuckDB {duckdb.__version__}, {THREADS} threads")
    if options.only != "features":
        multiplied(options.runs)
    if options.only != "monitors":
        widened(options.rows, options.days, options.runs)


if __name__ == "__main__":
    main()
