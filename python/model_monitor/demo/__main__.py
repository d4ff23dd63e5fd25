"""`python -m model_monitor.demo --out FOLDER`: the demo logs as files."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from .settings import Settings
from .write import FORMATS, write


def main(arguments: list[str] | None = None) -> int:
    default = Settings()
    parser = argparse.ArgumentParser(prog="model_monitor.demo", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--days", type=int, default=default.days)
    parser.add_argument("--rows-per-day", type=int, default=default.rows_per_day)
    parser.add_argument(
        "--end", type=date.fromisoformat, default=default.end, help="the day after the last day"
    )
    parser.add_argument(
        "--moved", type=int, default=default.moved, help="days by which all times are later"
    )
    parser.add_argument("--suffix", default=default.suffix, help="suffix of every table name")
    parser.add_argument("--format", choices=sorted(FORMATS), default="parquet")
    given = parser.parse_args(arguments)
    try:
        settings = Settings(
            given.seed, given.days, given.rows_per_day, given.end, given.suffix, given.moved
        )
    except ValueError as error:
        parser.error(str(error))
    write(given.out, settings, given.format, progress=print)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
