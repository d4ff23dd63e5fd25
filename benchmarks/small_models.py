"""What is found of models with few rows: one fault each, and models without a fault.

    make small-models                          # both tables of docs/use/alerts-evidence.md
    make small-models SMALL_MODELS="--seed 7"

Each model has one score, three features, a slice and labels that are known at once. A fault begins
on day 85 of 120. The models without a fault have 150 days; in half of them rows depend on whose
they are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.python.harness.project_harness import Project
from tests.python.harness.small_models import DAYS, FAULT, START, days_of, monitor, with_fault

QUIET_DAYS = 150
ROWS = (10, 24, 80, 300, 1500)
QUIET_ROWS = (10, 24, 50, 80, 150, 300, 700)
# fault -> the subject that an alert must name
FAULTS = {"none": "", "missing": "x", "scaled": "amount", "worse": "p", "renamed": "kind"}


def log(rows: int, fault: str, days: int, seed: int, *, has_users: bool = False) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    day = days_of(generator, rows, days, weekend=0.8 if days == DAYS else 0.6)
    x, amount, kind, is_missing = values(generator, len(day), rows, has_users)
    logit = 0.9 * np.log(x) + 0.8 * (amount - 100) / 70 + 0.5 * (kind == "a")
    known = {"x": np.where(is_missing, np.nan, x), "amount": amount, "kind": kind}
    return with_fault(generator, fault, day, logit, known)


def values(
    generator: np.random.Generator, size: int, rows: int, has_users: bool
) -> tuple[Any, Any, Any, Any]:
    """Two numbers, a category, and which of the first are missing: of rows, or of users."""
    kinds, shares = ["a", "b", "c", "d"], [0.4, 0.3, 0.2, 0.1]
    if not has_users:
        x = np.exp(generator.normal(size=size))
        amount = generator.gamma(2, 50, size)
        return x, amount, generator.choice(kinds, size, p=shares), np.zeros(size, bool)
    users = max(20, 3 * rows)
    of_user = generator.integers(0, users, size)
    x = np.exp(generator.normal(size=users)[of_user] + generator.normal(0, 0.3, size))
    amount = generator.gamma(2, 50, users)[of_user] * generator.gamma(20, 0.05, size)
    kind = generator.choice(kinds, users, p=shares)[of_user]
    return x, amount, kind, (generator.random(users) < 0.05)[of_user]


def incidents(logs: Mapping[str, pd.DataFrame], days: int) -> pd.DataFrame:
    """The incidents of all models, each with the subjects of its alerts."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "shop", [monitor(name) for name in logs], logs)
        project.build(str(START + pd.Timedelta(days=days, hours=12)))
        return project.query("""
            select incidents.monitor, incidents.opened_at, incidents.message,
                string_agg(distinct alerts.subject, ',') as subjects
            from monitor_incidents as incidents
            inner join monitor_alerts as alerts on incidents.incident_id = alerts.incident_id
            group by all
            order by incidents.monitor, incidents.opened_at
        """)


def show_faults(seed: int) -> None:
    names = [(rows, fault) for rows in ROWS for fault in FAULTS]
    logs = {
        f"m{rows}_{fault}": log(rows, fault, DAYS, seed + number)
        for number, (rows, fault) in enumerate(names)
    }
    found = incidents(logs, DAYS)
    since = START + pd.Timedelta(days=FAULT)
    print("rows a day  fault    found after days  incidents  before the fault")
    for rows, fault in names:
        mine = found[found["monitor"] == f"m{rows}_{fault}"]
        early = mine[mine["opened_at"] <= since] if FAULTS[fault] else mine
        right = mine[(mine["opened_at"] > since) & mine["subjects"].str.contains(FAULTS[fault])]
        is_found = bool(FAULTS[fault]) and len(right) > 0
        after = (right["opened_at"].min() - since).days if is_found else "-"
        print(f"{rows:10}  {fault:8} {after:>16}  {len(mine) - len(early):9}  {len(early):16}")


def show_quiet(seed: int) -> None:
    logs = {
        f"q{rows}_{'users' if has_users else 'rows'}{number}": log(
            rows, "none", QUIET_DAYS, seed + 7 * rows + 2 * number + has_users, has_users=has_users
        )
        for rows in QUIET_ROWS
        for has_users in (False, True)
        for number in range(3)
    }
    found = incidents(logs, QUIET_DAYS)
    months = len(logs) * QUIET_DAYS / 28
    print(f"\n{len(found)} false incidents in {len(logs)} models over {QUIET_DAYS} days,")
    print(f"{len(found) / months:.3f} per model and 28 days")
    for row in found.itertuples():
        print(f"  {row.opened_at:%Y-%m-%d}  {row.message}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    show_faults(seed)
    show_quiet(1000 * seed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
