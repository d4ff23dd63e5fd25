"""Writes the tiny log of the golden values: two weeks of a score with few values, and its training data.

Run once (`python make_log.py`); the files are committed, and so is what `compute.py` makes of them.
"""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
START = datetime(2026, 1, 5)  # noqa: DTZ001  (a Monday, in UTC, without a zone as in a warehouse)
DAYS, ROWS = 16, 36
COLUMNS = ["id", "at", "loaded_at", "version", "region", "p", "amount", "plan", "label"]


def row(number: int, at: datetime, generator: random.Random, moved: bool) -> dict[str, object]:
    p = generator.choice([0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9])
    amount = generator.choice([0, 1, 2, 3, 5, 8, 13, 21] if not moved else [0, 5, 8, 13, 21, 34])
    plan = generator.choice(["basic", "plus", "pro", "pro"] + (["trial"] if moved else []))
    return {
        "id": f"r{number:04}",
        "at": at.isoformat(sep=" "),
        "loaded_at": (at + timedelta(minutes=5)).isoformat(sep=" "),
        "version": generator.choice(["v1", "v1", "v2"]),
        "region": generator.choice(["north", "north", "south"]),
        "p": p,
        "amount": "" if generator.random() < (0.3 if moved else 0.05) else amount,
        "plan": "" if generator.random() < 0.04 else plan,
        "label": int(generator.random() < p),
    }


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    generator = random.Random(20260105)
    log = []
    for day in range(DAYS):
        for index in range(ROWS):
            at = START + timedelta(days=day, minutes=index * 40)
            log.append(row(len(log), at, generator, moved=day >= 12))
    training = [
        row(9000 + index, START - timedelta(days=30) + timedelta(hours=index), generator, False)
        for index in range(240)
    ]
    write("log.csv", log)
    write("training.csv", training)


if __name__ == "__main__":
    main()
