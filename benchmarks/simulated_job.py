"""Simulated sketches under the real job: alerts of logs whose rows were never written.

The job runs twice over a few rows a day: first up to the sketches, so that rulers, vocabulary and
periods are its own; then the sketches are replaced by simulated ones, and the rest is built. From
raw rows to sketches is proven by tests.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pandas as pd
from bench import SCHEMA, Build, install
from simulated_counts import count_days, read_rulers
from simulated_logs import World, subjects
from simulated_project import FIRST, REFERENCE, Size, monitor, write_logs

SKETCHES = ("int_monitor__bins", "int_monitor__reference_bins", "int_monitor__metric_sums")


INSERT = """
insert into {schema}.{table}
select
    series.monitor,
    series.log,
    '{role}' as role,
    '' as arm,
    '{version}' as model_version,
    case when counts.hour < 0 then 'day' else 'hour' end as grain,
    timestamp '{first}' + to_days(counts.day::integer) as period_start,
    timestamp '{first}' + to_days(counts.day::integer)
        + to_hours(greatest(counts.hour, 0)::integer) as period_time,
    series.slice_name,
    series.slice_value,
    series.subject,
    series.series_id,
    rulers.ruler_version,
    counts.bin::integer as bin,
    counts.n::bigint as row_count,
    case when not isnan(counts.s1) then round(counts.s1)::decimal(38, 0) end as sum_1,
    case when not isnan(counts.s2) then round(counts.s2)::decimal(38, 0) end as sum_2,
    case when not isnan(counts.low) then counts.low end as value_min,
    case when not isnan(counts.high) then counts.high end as value_max,
    case when counts.bin = -9 and counts.place = 0 and not isnan(counts.s1) then 0 end
        as clamped_count
from counts
inner join places using (place)
inner join names on counts.subject = names.position
inner join {schema}.int_monitor__series as series
    on series.monitor = '{monitor}'
    and series.slice_name = places.slice_name
    and series.slice_value = places.slice_value
    and series.subject = names.subject
inner join {schema}.int_monitor__ruler_subjects as rulers
    on series.monitor = rulers.monitor
    and series.log = rulers.log
    and series.subject = rulers.subject
"""

VOLUMES = """
insert into {schema}.int_monitor__metric_sums by name
select
    model.* replace (
        case when counts.hour < 0 then 'day' else 'hour' end as grain,
        period_start + to_days((counts.day - {some_day})::integer) as period_start,
        period_start + to_days((counts.day - {some_day})::integer)
            + to_hours(greatest(counts.hour, 0)::integer) as period_time,
        places.slice_name as slice_name,
        places.slice_value as slice_value,
        counts.n::bigint as row_count,
        (counts.n * 1e6)::decimal(38, 0) as sum_a,
        (counts.n * 1e6)::decimal(38, 0) as sum_b,
        (counts.n * 1e12)::decimal(38, 0) as sum_aa,
        (counts.n * 1e12)::decimal(38, 0) as sum_bb,
        (counts.n * 1e12)::decimal(38, 0) as sum_ab
    )
from counts
inner join places using (place)
cross join model
where counts.subject = 0
    and counts.bin = -9
    and (counts.hour < 0 or counts.place = 0)
"""


class Rules:
    """The rules with their budgets, and how many monitors each had something to judge of."""

    def __init__(self) -> None:
        self.budgets = pd.DataFrame()
        self.monitors = pd.Series(dtype=float)

    def add(self, connection: duckdb.DuckDBPyConnection, monitors: Sequence[str]) -> None:
        self.budgets = connection.execute(
            "select rule_id, any_value(false_alarms_per_monitor_28d) as budget"
            f" from {SCHEMA}.int_monitor__rules where enabled group by rule_id order by rule_id"
        ).df()
        judged = connection.execute(
            "select scopes.rule_id, count(distinct scopes.monitor) as monitors"
            f" from {SCHEMA}.int_monitor__rule_scopes as scopes"
            f" inner join {SCHEMA}.monitor_rule_runs as runs on scopes.rule_id = runs.rule_id"
            " where runs.judged > 0 and list_contains(?, scopes.monitor) group by scopes.rule_id",
            [list(monitors)],
        ).df()
        self.monitors = self.monitors.add(judged.set_index("rule_id").monitors, fill_value=0)


class Simulation:
    """A project with a few monitors, and the sketches that it had before they were replaced."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder, self.size = folder, size
        self.names = [f"m{number}" for number in range(size.together)]
        self.subjects = subjects(size.subjects)
        self.database = folder / "log.duckdb"
        write_logs(self.database, size)
        monitors = [monitor(name, self.subjects, size) for name in self.names]
        tables = ("logs.predictions", "logs.training", "logs.rules")
        policy = {"alert_rules": {"source": ["logs", "rules"]}}
        install(folder, self.database, monitors, policy, tables)
        Build(folder, size.as_of, ("--select", *(f"+{sketch}" for sketch in SKETCHES)))
        self.template = folder / "template.duckdb"
        shutil.copy(self.database, self.template)
        with duckdb.connect(str(self.template), read_only=True) as connection:
            self.rulers = read_rulers(connection, self.subjects)
        self.rules = Rules()
        self.seconds = {"simulated": 0.0, "built": 0.0, "of processor time": 0.0}
        self.peak_gib = 0.0

    def run(self, worlds: Sequence[World]) -> pd.DataFrame:
        """The alerts of one build over the simulated rows of these worlds, one per monitor."""
        before = time.perf_counter()
        shutil.copy(self.template, self.database)
        with duckdb.connect(str(self.database)) as connection:
            for name, world in zip(self.names, worlds, strict=False):
                self._replace(connection, name, world)
        simulated = time.perf_counter() - before
        sketches = [f"+{sketch}" for sketch in SKETCHES]
        built = Build(self.folder, self.size.as_of, tuple(sketches))
        self.seconds["simulated"] += simulated
        self.seconds["built"] += built.seconds
        self.seconds["of processor time"] += built.cpu_seconds
        self.peak_gib = max(self.peak_gib, built.peak_gib)
        with duckdb.connect(str(self.database), read_only=True) as connection:
            alerts = connection.execute(f"select * from {SCHEMA}.monitor_alerts").df()
            self.rules.add(connection, self.names[: len(worlds)])
        alerts["day"] = (alerts.opened_at - FIRST).dt.total_seconds() / 86400
        alerts["is_shown"] = alerts.inhibited_by.isna() & (alerts.nature != "expected")
        return alerts[(alerts.state != "pending") & alerts.monitor.isin(self.names[: len(worlds)])]

    def told(self) -> str:
        spent = ", ".join(f"{seconds:.0f} s {name}" for name, seconds in self.seconds.items())
        return f"{spent}, peak {self.peak_gib:.1f} GiB"

    def _replace(self, connection: duckdb.DuckDBPyConnection, name: str, world: World) -> None:
        count = world.slice_values
        places = [(0, "(all)", "(all)")]
        places += [
            (1 + n * count + code, column, f"v{code}")
            for n, column in enumerate(("s1", "s2"))
            for code in range(count)
        ]
        connection.register("places", pd.DataFrame(places, columns=["place", "slice_name",
                            "slice_value"]))  # fmt: skip
        subject_names = [subject.name for subject in world.subjects]
        connection.register("names", pd.DataFrame({"position": range(len(subject_names)),
                            "subject": subject_names}))  # fmt: skip
        some_day = self.size.days - 1
        connection.execute(
            f"create or replace temp table model as select * from {SCHEMA}.int_monitor__metric_sums"
            f" where monitor = '{name}' and metric = 'volume' and slice_name = '(all)'"
            " and model_version <> '(all)' and grain = 'day'"
            f" and period_start = timestamp '{FIRST}' + to_days({some_day})"
        )
        _, version = connection.execute("select count(*), any_value(model_version) from model"
                                        ).fetchall()[0]  # fmt: skip
        for table in SKETCHES:
            connection.execute(
                f"delete from {SCHEMA}.{table} where monitor = '{name}'"
                + " and model_version <> '(all)'" * table.endswith("metric_sums")
            )
        for table, role, days in (
            ("int_monitor__reference_bins", "reference", REFERENCE),
            ("int_monitor__bins", "live", range(self.size.days)),
        ):
            counts = count_days(world, self.rulers, self.size.columns, days)
            # the reference has no hours
            counts = counts if role == "live" else counts[counts.hour < 0]
            connection.register("counts", counts)
            connection.execute(INSERT.format(
                schema=SCHEMA, table=table, role=role, first=FIRST, monitor=name,
                version=version if role == "live" else "(all)",
            ))  # fmt: skip
        connection.execute(VOLUMES.format(schema=SCHEMA, some_day=some_day))


def in_batches(
    simulation: Simulation, worlds: Sequence[World]
) -> Iterator[tuple[Sequence[World], pd.DataFrame]]:
    step = simulation.size.together
    for start in range(0, len(worlds), step):
        batch = worlds[start : start + step]
        alerts = simulation.run(batch)
        print(f"monitors {start} to {start + len(batch) - 1}: {simulation.told()}", flush=True)
        yield batch, alerts
