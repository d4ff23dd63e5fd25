"""The same table by others: PSI, KS, mean and missing share per feature, day and slice value.

    make bench-peers                                # 5 million rows, 20 features
    make bench-peers BENCH="--rows 500000 --runs 1" # a quick look

Everybody reads the same rows in one run on one machine, each peer in an environment of its own
(target/peers), pinned below. A peer that has to be called per day or slice value is called a few
times and multiplied: Evidently for 20 cells by chance, NannyML and popmon for the whole and one
value of each slice, whylogs for three days of each slice. Their reading of files is not counted;
ours is a `dbt build`, from the start of the process to its end, of a project that dbt has read
before, as in every run but the first: how long that takes is told beside it. It is built twice:
what makes the table that all of them make (`--select +monitor_drift +monitor_profiles`), and the
whole, which nobody else does, up to the alerts. DuckDB is given no more than 240 MB in both (dbt
itself takes another 170).
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import shutil
import statistics
import subprocess
import tempfile
import venv
from pathlib import Path

import duckdb
from bench import (
    ROOT,
    SCHEMA,
    SLICES,
    START,
    THREADS,
    Build,
    Dbt,
    features,
    install,
    judged_at,
    slice_values,
    started,
    write_log,
)

PINNED = {
    "evidently": ("evidently==0.7.23", "pandas==2.3.3", "pyarrow"),
    "nannyml": ("nannyml==0.13.1", "pandas==2.3.3", "statsmodels", "pyarrow"),
    "popmon": ("popmon==1.4.12", "pyarrow"),
    "whylogs": ("whylogs[viz]==1.6.4", "pandas==2.3.3", "pyarrow"),
}
STATISTICS = 4
TABLE = ("--select", "+monitor_drift", "+monitor_profiles")
WHOLE = ("(all)", "(all)")
PLACES = [WHOLE, *slice_values()]
CELLS, DAYS = 20, 3  # of Evidently, of whylogs
AS_OF = "2026-03-01"
OURS = "model_monitor"


def environment(name: str) -> Path:
    folder = ROOT / "target" / "peers" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"installing {', '.join(PINNED[name])}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED[name]], check=True)
        (folder / "ready").touch()
    return python


def export(database: Path, folder: Path, days: int, count: int) -> None:
    """The rows for those who read files, and what is asked for: the log's last day is not over."""
    (folder / "days").mkdir()
    columns = ", ".join(("served_at", *SLICES, *features(count)))
    with duckdb.connect(str(database), read_only=True) as connection:
        for day in range(days):
            connection.execute(
                f"copy (select {columns} from logs.predictions"
                f" where served_at >= timestamp '{START}' + to_days({day})"
                f" and served_at < timestamp '{START}' + to_days({day + 1}))"
                f" to '{folder / 'days' / str(day)}.parquet'"
            )
        connection.execute(f"copy logs.training to '{folder / 'reference.parquet'}'")
    chance = random.Random(1)
    asked = {
        "features": features(count),
        "cells": [(chance.randrange(days - 1), *chance.choice(PLACES)) for _ in range(CELLS)],
        "slices": [WHOLE, *((name, f"{name}1") for name in SLICES)],
        "groupings": [
            (day, name)
            for name in (WHOLE[0], *SLICES)
            for day in chance.sample(range(days - 1), DAYS)
        ],
    }
    (folder / "calls.json").write_text(json.dumps(asked))


def extrapolated(name: str, seconds: list[float], days: int) -> float:
    if name == "evidently":
        return statistics.mean(seconds) * days * len(PLACES)
    if name == "whylogs":
        return sum(seconds) / DAYS * days
    return sum(one * times for one, times in zip(seconds, (1, *SLICES.values()), strict=True))


def ours(
    work: Path, log: Path, count: int, days: int, memory: str, selection: tuple[str, ...]
) -> tuple[float, Build]:
    """Seconds of reading the project, which dbt keeps, and the run that makes the table."""
    folder = Path(tempfile.mkdtemp(dir=work))
    database = folder / "log.duckdb"
    shutil.copy(log, database)
    monitor = {
        "name": "bench",
        "problem": "regression",
        "predictions": {"source": ["logs", "predictions"], "time": "served_at"},
        "features": features(count),
        "slices": list(SLICES),
        "windows": ["day"],
        "baselines": ["reference"],
        "reference": {"source": ["logs", "training"]},
    }
    install(folder, database, [monitor], memory=memory)
    read = Dbt(folder, "parse", *judged_at(AS_OF)).seconds
    build = Build(folder, AS_OF, selection)
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            f"select count(*) from {SCHEMA}.monitor_drift inner join {SCHEMA}.monitor_profiles"
            " using (monitor, log, role, model_version, window_name, window_end, slice_name,"
            " slice_value, subject) where model_version = '(all)' and psi is not null"
            f" and ks is not null and mean is not null and subject in {tuple(features(count))}"
        ).fetchone()
    table = count * (days - 1) * len(PLACES)
    assert found == (table,), f"{found} rows of the table, not {table:,}"
    shutil.rmtree(folder)
    return read, build


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--features", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3, help="of ours; the median is told")
    parser.add_argument("--memory", default="240MB", help="what DuckDB may take in ours")
    parser.add_argument("--peers", nargs="*", choices=PINNED, default=list(PINNED))
    options = parser.parse_args()
    pythons = {name: environment(name) for name in options.peers}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        log = work / "log.duckdb"
        write_log(log, options.rows, options.days, options.features)
        export(log, work, options.days, options.features)
        reads: list[float] = []
        builds: dict[str, list[Build]] = {OURS: [], f"{OURS}, all": []}
        for run in range(options.runs):
            print(f"{OURS}, run {run + 1} of {options.runs}", flush=True)
            for (what, done), selection in zip(builds.items(), (TABLE, ()), strict=True):
                read, build = ours(
                    work, log, options.features, options.days, options.memory, selection
                )
                print(f"  {what}: {build.seconds:.1f} s, {build.peak_gib:.2f} GiB", flush=True)
                reads.append(read)
                done.append(build)
        took = {
            what: (
                statistics.median(build.seconds for build in done),
                max(build.peak_gib for build in done),
                None,
            )
            for what, done in builds.items()
        }
        for peer, python in pythons.items():
            print(peer, flush=True)
            script = Path(__file__).with_name("peers_at_work.py")
            status, *_ = started([python, script, peer, work], work)
            if status:
                raise SystemExit(f"{peer} failed")
            found = json.loads((work / f"{peer}.json").read_text())
            seconds = extrapolated(peer, found["seconds"], options.days - 1)
            took[peer] = (seconds, found["peak_gib"], found["with_log_gib"])
    table = options.features * (options.days - 1) * len(PLACES)
    print(f"{platform.machine()}, {THREADS} threads, Python {platform.python_version()}")
    print(
        f"{options.rows:,} rows x {options.features} features x {options.days} days,"
        f" {options.memory} for DuckDB"
    )
    print(f"dbt reads the project, before the first run: {statistics.median(reads):.1f} s")
    print(
        f"{'':18} {'seconds':>9} {'x ours':>7} {'rows/s':>11} {'us per cell':>12} {'peak GiB':>9}"
        f" {'with the log in a frame':>24}"
    )
    for who, (seconds, peak, with_log) in took.items():
        print(
            f"{who:18} {seconds:9,.1f} {seconds / took[OURS][0]:7,.1f}"
            f" {options.rows / seconds:11,.0f} {1e6 * seconds / (STATISTICS * table):12,.0f}"
            f" {peak:9.2f} {'' if with_log is None else format(with_log, '.2f'):>24}"
        )


if __name__ == "__main__":
    main()
