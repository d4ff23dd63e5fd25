"""Random layouts of protected slices, and what the two models that decide publish of them.

The SQL is that of the package, compiled by dbt, over tables that are made here: a thousand
configurations in one query, each a monitor of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from .cell_attack import Sum, recovered

START = pd.Timestamp("2026-03-02")


@dataclass(frozen=True)
class Layouts:
    """The rows of every monitor, day, version, arm and group, and how each is configured."""

    cells: pd.DataFrame
    monitors: pd.DataFrame

    @classmethod
    def random(cls, count: int, seed: int) -> Layouts:
        random = np.random.default_rng(seed)
        cells, monitors = [], []
        for number in range(count):
            days, groups = int(random.integers(2, 6)), int(random.integers(2, 6))
            versions, arms = int(random.integers(1, 3)), int(random.integers(1, 3))
            min_cell = int(random.integers(2, 30))
            # from hardly any row to many more than are needed, on a usual day
            usual = np.exp(random.uniform(np.log(0.2), np.log(40 * min_cell), groups))
            of_versions = random.dirichlet(np.full(versions, 1.5))
            of_arms = random.dirichlet(np.full(arms, 1.5))
            counts = random.poisson(
                usual[None, :, None, None]
                * of_versions[None, None, :, None]
                * of_arms[None, None, None, :]
                * random.uniform(0.5, 1.5, (days, 1, 1, 1))
            )
            day, group, version, arm = (axis.ravel() for axis in np.indices(counts.shape))
            cells.append(
                pd.DataFrame(
                    {
                        "monitor": f"m{number}",
                        "period_time": START + pd.to_timedelta(day, unit="D"),
                        "slice_value": [f"g{value}" for value in group],
                        "model_version": [f"v{value}" for value in version],
                        "arm": [("control", "new")[value] if arms > 1 else "" for value in arm],
                        "row_count": counts.ravel(),
                        # labels and decisions lack of some
                        "labelled_count": random.binomial(counts.ravel(), random.choice([1, 0.8])),
                    }
                )
            )
            monitors.append(
                {
                    "monitor": f"m{number}", "min_cell": min_cell, "days": days,
                    "week": int(random.integers(2, days + 1)),
                    "control_arm": "control" if arms > 1 else None,
                }
            )  # fmt: skip
        return cls(pd.concat(cells, ignore_index=True), pd.DataFrame(monitors))

    @property
    def logged(self) -> pd.DataFrame:
        """A log has no row of nobody; an attacker does not know which cells are empty."""
        return self.cells[self.cells["row_count"] > 0]

    def windows(self) -> pd.DataFrame:
        """Days, and the weeks (of 2 to 5 days here) that end on each of them."""
        rows = [
            {
                "monitor": monitor.monitor, "window_name": name,
                "window_start": START + pd.Timedelta(days=end - length),
                "window_end": START + pd.Timedelta(days=end),
            }
            for monitor in self.monitors.itertuples()
            for name, length in (("day", 1), ("7d", monitor.week))
            for end in range(length, monitor.days + 1)
        ]  # fmt: skip
        return pd.DataFrame(rows).assign(window_id=range(len(rows)))

    def sums(self, counts: list[str]) -> pd.DataFrame:
        """Each window by group, version and role, as the windows of the package add up."""
        joined = self.windows().merge(self.logged, on="monitor")
        joined = joined[
            (joined["period_time"] >= joined["window_start"])
            & (joined["period_time"] < joined["window_end"])
        ]
        parts = []
        for version in (None, "(all)"):
            for role, where in (("live", ["", "control", "new"]), ("untreated", ["control"])):
                part = joined[joined["arm"].isin(where)].assign(role=role)
                parts.append(part if version is None else part.assign(model_version=version))
        keys = [
            "monitor", "window_id", "window_name", "window_start", "window_end", "role",
            "model_version", "slice_value",
        ]  # fmt: skip
        return pd.concat(parts).groupby(keys, as_index=False)[counts].sum()


def published(layouts: Layouts, sql: dict[str, str]) -> dict[str, pd.DataFrame]:
    """The windows that are not hidden: of a log's metrics, and of an outcome."""
    counts = ["row_count", "labelled_count"]
    sums = layouts.sums(counts).assign(slice_name="age", log="predictions", metric="volume")
    sums["series_id"] = range(len(sums))
    periods = layouts.windows().merge(
        layouts.logged[["monitor", "period_time"]].drop_duplicates(), on="monitor"
    )
    periods = periods[
        (periods["period_time"] >= periods["window_start"])
        & (periods["period_time"] < periods["window_end"])
    ].assign(grain="day", log="predictions")
    cells = layouts.logged.assign(role="live", slice_name="age", log="predictions")
    outcome = {"log": "predictions.y", "score": "(label)", "class": "(label)"}
    no_decisions = dict.fromkeys(
        ("true_positives", "false_positives", "true_negatives", "false_negatives", "scored_count"),
        0,
    )
    monitors = layouts.monitors.assign(log="predictions")
    tables: dict[str, pd.DataFrame] = {
        "monitors": monitors[["monitor", "min_cell"]],
        "logs": monitors[["monitor", "log", "control_arm"]],
        "protected_slices": monitors[["monitor"]].assign(slice_name="age"),
        "metric_definitions": monitors[["monitor", "log"]].assign(metric="volume", definition="x"),
        "window_periods": pd.concat([periods, periods.assign(log="predictions.y")]),
        "metric_sums": cells.assign(metric="volume", definition="x", grain="day"),
        "window_metrics": sums,
        "touched_windows": periods.drop(columns="period_time").drop_duplicates(),
        "outcome_bins": cells.rename(columns={"period_time": "period_start"}).assign(
            **outcome, **no_decisions
        ),
        "outcome_watermarks": monitors[["monitor"]].assign(
            log="predictions.y", final_through=START + pd.Timedelta(days=99)
        ),
        "score_sums": sums.assign(**outcome, is_final=True),
    }
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register("frame", table)
            connection.execute(f"create table int_monitor__{name} as select * from frame")
            connection.unregister("frame")
        connection.execute("create table hidden_groups as " + sql["int_monitor__suppressed_groups"])
        connection.execute("create table hidden_series as " + sql["int_monitor__suppressed_series"])
        return {
            "log": connection.sql(
                "select * from int_monitor__window_metrics anti join hidden_groups using"
                " (monitor, window_name, window_end, role, model_version, slice_value)"
            ).df(),
            "outcome": connection.sql(
                "select * from int_monitor__score_sums anti join hidden_series using (series_id)"
            ).df(),
        }


@dataclass
class Findings:
    """What an attack tried, and what it got."""

    attacked: int = 0
    told: int = 0
    direct: int = 0
    recovered: int = 0
    examples: list[Any] = field(default_factory=list)


def attack(layouts: Layouts, told: pd.DataFrame, count: str) -> Findings:
    """All numbers of rows below min_cell, and all that is left of a whole: does one follow?"""
    found = Findings()
    windows = dict(iter(layouts.windows().groupby("monitor")))
    told_of = dict(iter(told.groupby("monitor")))
    min_cells = layouts.monitors.set_index("monitor")["min_cell"]
    for monitor, cells in layouts.cells.groupby("monitor", sort=False):
        least = int(min_cells[monitor])
        values = cells[count].to_numpy()
        rows = told_of.get(monitor, told.iloc[:0])
        times = cells["period_time"].to_numpy()
        arms = cells["arm"].to_numpy()
        of_role = {
            "live": np.full(len(arms), True),
            "untreated": arms == "control",
            "treated": arms == "new",
        }
        names = cells["model_version"].to_numpy()
        of_version = {name: names == name for name in np.unique(names)}
        of_version["(all)"] = np.full(len(names), True)
        names = cells["slice_value"].to_numpy()
        of_group = {name: names == name for name in np.unique(names)}
        of_window = {
            (row.window_name, row.window_end): (times >= row.window_start)
            & (times < row.window_end)
            for row in windows[monitor].itertuples()
        }

        known: list[Sum] = []
        shown = defaultdict(set)
        for row in rows.itertuples():
            place = ((row.window_name, row.window_end), row.model_version, row.role)
            known.append(
                of_window[place[0]] & of_version[place[1]] & of_role[place[2]]
                & of_group[row.slice_value]
            )  # fmt: skip
            shown[place].add(row.slice_value)
        told_values = np.array([known_sum @ values for known_sum in known])
        found.told += len(known)
        found.direct += int(((told_values > 0) & (told_values < least)).sum())
        few, places = [], []
        for window, in_window in of_window.items():
            for version, in_version in of_version.items():
                for role in of_role if (arms != "").any() else ("live",):
                    whole = in_window & in_version & of_role[role]
                    known.append(whole)
                    if not whole @ values:
                        known.extend(np.eye(len(values), dtype=bool)[whole])
                    hidden = {
                        name: whole & chosen
                        for name, chosen in of_group.items()
                        if name not in shown[window, version, role]
                    }
                    # what all hidden groups have together is no group's own number: a few, too
                    # (that the others are none follows: then it is the whole, which is published)
                    rest = np.logical_or.reduce(list(hidden.values())) if hidden else ~whole & whole
                    if 0 < rest @ values < whole @ values:
                        hidden["the rest"] = rest
                    for name, target in hidden.items():
                        if 0 < target @ values < least:
                            few.append(target)
                            places.append((window, version, role, name))
        found.attacked += len(few)
        sums = [target.astype(float) for target in known]
        for place, target, is_found in zip(
            places, few, recovered(sums, [target.astype(float) for target in few]), strict=True
        ):
            if is_found:
                found.recovered += 1
                found.examples.append((monitor, least, int(target @ values), *place))
    return found
