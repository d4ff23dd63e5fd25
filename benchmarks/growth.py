"""What one more day costs when a year is there already: day 365 beside days 30 and 90.

    make growth                          # 20,000 rows a day, 5 features
    make growth GROWTH="--rows-per-day 5000"

Each warehouse is filled in one build up to the day before; the build that is measured finds one
new day. Time is that of the whole `dbt build`, less that of a build with no log. Rows scanned
are what the scans of the log deliver, in every statement of the build that reads it.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
from bench import SCHEMA, START, THREADS, Build, write_log, write_project


def add_day(database: Path, rows: int, day: int) -> None:
    """The rows of one more day, drawn as the others are."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into logs.predictions"
            " select * replace (served_at + to_days(1) as served_at) from logs.predictions"
            f" where served_at >= timestamp '{START}' + to_days({day - 2})"
            f" and served_at < timestamp '{START}' + to_days({day - 1})"
        )
        found = connection.execute("select count(*) from logs.predictions").fetchall()[0][0]
        assert found == rows * day, (found, rows * day)


def as_of(day: int) -> str:
    with duckdb.connect() as connection:
        moment = f"timestamp '{START}' + to_days({day}) + to_hours(6)"
        return str(connection.execute(f"select {moment}").fetchall()[0][0])


def statements(folder: Path) -> list[str]:
    """The queries of the last build that read the log, without what they are written to."""
    found = []
    # dbt goes on in another file after 10 MB
    files = sorted((folder / "logs").glob("dbt.log*"), reverse=True)
    for line in chain.from_iterable(file.read_text().splitlines() for file in files):
        if not line.startswith("{"):
            continue
        entry = json.loads(line)
        sql = entry["data"].get("sql", "")
        # alerts keep queries on the log as texts: those are not run
        spoken = re.sub(r"'(?:[^']|'')*'", "''", sql)
        if entry["info"]["name"] == "SQLQuery" and re.search(
            r'from\s+"log"\."logs"\."predictions"', spoken
        ):
            found.append(sql)
    return found


def as_query(sql: str) -> str | None:
    sql = re.sub(r"/\*.*?\*/", "", sql, flags=re.S).strip().rstrip(";")
    written = re.match(
        r"(?:insert into \S+ \([^)]*\)\s*(?P<inserted>select.*)"
        r"|create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?table.*?\bas\b\s*\((?P<created>.*)\))$",
        sql,
        flags=re.S | re.I,
    )
    if written:
        return written["inserted"] or written["created"]
    return sql if re.match(r"(select|with)\b", sql, flags=re.I) else None


def rows_scanned(database: Path, queries: list[str]) -> int:
    """Rows that the scans of the log deliver; an error if a sketch keeps them for its groupings."""

    def delivered(node: dict[str, Any]) -> int:
        here, about = 0, node.get("extra_info", {})
        if str(about.get("Table", "")).endswith("logs.predictions"):
            here = int(node["intermediate_rows"])
        if about.get("CTE Name") == "log_rows":
            modes.add(about["Execution Mode"])
        return here + sum(delivered(child) for child in node.get("children", []))

    total, modes = 0, set[str]()
    with duckdb.connect(str(database)) as connection:
        # as the run found it: what it wrote last says that it has ended
        connection.execute(
            f"delete from {SCHEMA}.monitor_watermarks"
            f" where run_number = (select max(run_number) from {SCHEMA}.monitor_watermarks)"
        )
        for sql in queries:
            query = as_query(sql)
            if query is None:
                raise SystemExit(f"a statement that reads the log is not understood:\n{sql[:500]}")
            plan = connection.execute(f"explain (analyze, format json) {query}").fetchall()[0][1]
            total += sum(delivered(node) for node in json.loads(plan)["operator"])
    if modes != {"STREAMING_FANOUT"}:
        raise SystemExit(f"rows are kept between groupings (docs/decisions/0015): {modes}")
    return total


def filled(folder: Path, day: int, rows: int, features: int) -> None:
    """A warehouse that has built everything before a day and finds that day in its log."""
    folder.mkdir()
    write_log(folder / "log.duckdb", rows * (day - 1), day - 1, features)
    write_project(folder, folder / "log.duckdb", features)
    # nobody reads its log
    Build(folder, as_of(day - 1), environment={"DBT_LOG_LEVEL_FILE": "none"})
    add_day(folder / "log.duckdb", rows, day)
    shutil.copy(folder / "log.duckdb", folder / "before.duckdb")


def timed(folder: Path, day: int) -> Build:
    shutil.copy(folder / "before.duckdb", folder / "log.duckdb")
    shutil.rmtree(folder / "logs", ignore_errors=True)
    return Build(folder, as_of(day))


def measure(days: tuple[int, ...], rows: int, features: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        empty = work / "empty"
        empty.mkdir()
        write_log(empty / "log.duckdb", 0, 1, features)
        write_project(empty, empty / "log.duckdb", features)
        folders = {day: work / f"day{day}" for day in days}
        for day, folder in folders.items():
            print(f"day {day}: everything before it", flush=True)
            filled(folder, day, rows, features)
        # one after the other, again and again: a machine that slows down slows all of them
        idle, builds = [], {day: list[Build]() for day in days}
        for number in range(runs):
            print(
                f"run {number + 1} of {runs}: an empty log, then days {', '.join(map(str, days))}",
                flush=True,
            )
            idle.append(Build(empty, as_of(1)))
            for day, folder in folders.items():
                builds[day].append(timed(folder, day))
        scanned = [
            rows_scanned(folder / "log.duckdb", statements(folder)) for folder in folders.values()
        ]

        def median(measured: list[Build], what: str) -> float:
            return float(statistics.median(getattr(build, what) for build in measured))

        print(f"DuckDB {duckdb.__version__}, {THREADS} threads, {rows:,} rows a day")
        print(f"a build with no log                {median(idle, 'seconds'):12.1f} s")
        seconds = []
        for day, count in zip(days, scanned, strict=True):
            more = {
                what: median(builds[day], what) - median(idle, what)
                for what in ("seconds", "cpu_seconds")
            }
            seconds.append(more["seconds"])
            print(
                f"day {day}: less that, {more['seconds']:6.1f} s,"
                f" {more['cpu_seconds']:6.1f} s of CPU; rows scanned {count:14,}"
            )
        for day, took, read in list(zip(days, seconds, scanned, strict=True))[1:]:
            print(
                f"day {day} beside day {days[0]}: time x {took / seconds[0]:.2f},"
                f" rows scanned x {read / scanned[0]:.2f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows-per-day", type=int, default=20_000)
    parser.add_argument("--features", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--days", type=int, nargs="+", default=(30, 90, 365))
    options = parser.parse_args()
    measure(tuple(options.days), options.rows_per_day, options.features, options.runs)


if __name__ == "__main__":
    main()
