"""How often alerts come from logs in which nothing happens, and how soon when something does.

    make false-alarms                         # 20 monitors, 98 days, 30 subjects, 40 slice values
    make false-alarms FALSE_ALARMS="--hours --monitors 8 --days 56 --slices 10"
    make false-alarms FALSE_ALARMS="--seed 101 --seeds 10 --monitors 2"  # ten seeds
    make false-alarms FALSE_ALARMS="--kinds"  # control charts, seasons, budgets too
    make false-alarms FALSE_ALARMS="--power"  # the table of docs/understand/power.md
    make false-alarms FALSE_ALARMS="--outcomes --monitors 12 --days 200"  # rows, and outcomes
    make false-alarms FALSE_ALARMS="--monitors 2 --days 63 --subjects 12 --slices 10"

Exit code 1 if a rule shows more alerts than its budget allows: the 95% point of a Poisson count at
the budget for the time that was judged, which begins after four weeks, and the monitors that it had
something to judge of. What had none is named: no run of this has proved anything about it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from planted import found, planted_worlds, write_page
from quiet_outcomes import Outcomes
from scipy.stats import chi2, poisson
from simulated_job import Rules, Simulation, in_batches
from simulated_logs import World, subjects
from simulated_project import Size

LEARNING = 28
# Rows a day and rows per user: each monitor of the simulation has one of either.
ROWS = (10_000, 2_000, 30_000, 5_000, 1_000)
ROWS_PER_USER = (5, 20, 10, 50)
# By the hour: an hour of the whole needs the 500 rows of min_rows, and effective ones.
ROWS_OF_HOURS = (30_000, 100_000)


def quiet_worlds(count: int, size: Size, seed: int) -> list[World]:
    rows = ROWS_OF_HOURS if size.has_hours else ROWS
    return [
        World(
            subjects(size.subjects),
            rows[number % len(rows)],
            ROWS_PER_USER[number % len(ROWS_PER_USER)],
            np.random.default_rng([seed, number]),
            size.slices // 2,
            has_hours=size.has_hours,
        )
        for number in range(count)
    ]


def judged(simulation: Simulation, worlds: Sequence[World]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The alerts of logs in which nothing happens, and each rule against its budget."""
    parts = []
    for number, (_, alerts) in enumerate(in_batches(simulation, worlds)):
        first = number * simulation.size.together
        numbers = first + alerts.monitor.str[1:].astype(int)
        parts.append(alerts.assign(
            number=numbers,
            rows=[worlds[n].rows_per_day for n in numbers],
            per_user=[worlds[n].rows_per_user for n in numbers],
        ))  # fmt: skip
    alerts = pd.concat(parts, ignore_index=True)
    return alerts, against_budgets(alerts, simulation.rules, simulation.size.days)


def against_budgets(alerts: pd.DataFrame, known: Rules, days: int) -> pd.DataFrame:
    """Each rule's alerts, and those of all together, beside what its budget allows.

    That is for the monitors that it had something to judge of, times 28 days.
    """
    after = alerts[alerts.day > LEARNING]
    rules = known.budgets.set_index("rule_id")
    rules["monitors"] = known.monitors
    rules["exposure"] = known.monitors * (days - LEARNING) / 28
    rules["shown"] = after[after.is_shown].groupby("rule_id").size()
    rules["every"] = after.groupby("rule_id").size()
    rules["learning"] = alerts[alerts.is_shown & (alerts.day <= LEARNING)].groupby("rule_id").size()
    rules = rules.fillna(0)
    rules["allowed"] = rules.budget * rules.exposure
    total = rules.sum()
    total["exposure"] = rules.exposure.max()
    total["monitors"] = rules.monitors.max()
    rules.loc["(all)"] = total
    rules["limit"] = poisson.ppf(0.95, rules.allowed)
    for name in ("shown", "every"):
        rules[f"{name}_rate"] = (rules[name] / rules.exposure).fillna(0)
    rules["passes"] = rules.shown <= rules.limit
    return rules


def told(rules: pd.DataFrame) -> str:
    head = (
        f"{'rule':<26} {'budget':>7} {'shown':>7} {'every':>7} {'alerts':>7} {'limit':>6}  learning"
    )
    lines = [f"{'':<26} {'per monitor and 28 days':>23}", head]
    for rule, row in rules.iterrows():
        verdict = "" if row.passes else "   TOO MANY"
        verdict = verdict if row.exposure else "   had nothing to judge"
        lines.append(
            f"{rule:<26} {row.budget:7.2f} {row.shown_rate:7.3f} {row.every_rate:7.3f}"
            f" {row.shown:7.0f} {row.limit:6.0f} {row.learning:9.0f}{verdict}"
        )
    whole = rules.loc["(all)"]
    weeks = whole.exposure + whole.monitors
    lines.append(interval("after the first 28 days", whole.shown, whole.exposure))
    lines.append(interval("the first 28 days included", whole.shown + whole.learning, weeks))
    return "\n".join(lines)


def interval(what: str, count: float, exposure: float) -> str:
    """Alerts per monitor and 28 days, with the exact 95% interval of a Poisson count."""
    low = chi2.ppf(0.025, 2 * count) / 2 / exposure if count else 0.0
    high = chi2.ppf(0.975, 2 * count + 2) / 2 / exposure
    rate = count / exposure
    return (
        f"{what}: {count:.0f} alerts, {rate:.2f} per monitor and 28 days ({low:.2f} to {high:.2f})"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--monitors", type=int, default=20)
    parser.add_argument("--days", type=int, default=98)
    parser.add_argument("--subjects", type=int, default=30)
    parser.add_argument("--slices", type=int, default=40, help="values, over two columns")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many, each with its monitors")
    parser.add_argument("--hours", action="store_true", help="hours too, with rules for them")
    parser.add_argument("--kinds", action="store_true", help="and rules that no default is like")
    parser.add_argument("--outcomes", action="store_true", help="raw rows, and what came of them")
    parser.add_argument("--together", type=int, default=2, help="monitors in one build")
    parser.add_argument("--power", action="store_true", help="plant changes; write the table")
    parser.add_argument("--repeats", type=int, default=2, help="of each planted change")
    parser.add_argument("--keep", type=Path, help="folder for every alert and the last database")
    options = parser.parse_args()
    columns = ("s2",) if options.power else ("s1", "s2")
    size = Size(
        options.days,
        options.subjects,
        options.slices,
        options.together,
        columns,
        options.hours,
        options.kinds,
    )
    with tempfile.TemporaryDirectory() as name:
        if options.outcomes:
            quiet = Outcomes(Path(name), options.days, options.seed)
            alerts = pd.concat(list(quiet.batches(options.monitors)), ignore_index=True)
            rules = against_budgets(alerts, quiet.rules, options.days)
            return verdict(alerts, rules, options.keep)
        simulation = Simulation(Path(name), size)
        if options.power:
            worlds = planted_worlds(size.subjects, size.slices, options.repeats, options.seed)
            results = []
            for batch, alerts in in_batches(simulation, worlds):
                results.append(found(batch, alerts))
                print(results[-1].to_string(index=False), flush=True)
            write_page(pd.concat(results, ignore_index=True), options.repeats, sys.argv[1:])
            return 0
        worlds = [
            world
            for seed in range(options.seed, options.seed + options.seeds)
            for world in quiet_worlds(options.monitors, size, seed)
        ]
        alerts, rules = judged(simulation, worlds)
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(simulation.database, options.keep / "last.duckdb")
        return verdict(alerts, rules, options.keep)


def verdict(alerts: pd.DataFrame, rules: pd.DataFrame, keep: Path | None) -> int:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        alerts.to_csv(keep / "alerts.csv", index=False)
    print(told(rules))
    return 0 if rules.passes.all() else 1


if __name__ == "__main__":
    sys.exit(main())
