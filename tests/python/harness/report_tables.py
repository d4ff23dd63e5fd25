"""A small DuckDB file with the result tables that the report reads, and no dbt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.duckdb_driver import DuckDB
from model_monitor.warehouse.rows import Row

SCHEMA = "results"
HOSTILE = "<script>alert(1)</script>"
LONG = "x" * 300
RIGHT_TO_LEFT = "\u202eשלום {monitor_drift} 🦊'\""
# A name that people may choose, if nobody stops them.
ODD = f"{RIGHT_TO_LEFT} {HOSTILE} ".ljust(300, "ש")
# Columns with names that people choose.
NAMES = (
    "subject", "slice_name", "slice_value", "model_version", "candidate_version", "score",
    "outcome", "proxy", "entity", "gate", "name", "bin_label", "worst_bin", "top_segment",
    "dimension", "reference_group", "owner", "worst_segment",
)  # fmt: skip
DAYS = 20
INCIDENTS = "monitor_incidents"

INCIDENT = """
select
    '{id}' as incident_id, '{id}' as alert_id, '{monitor}' as monitor, '{state}' as state,
    '{severity}' as severity, 'incident' as nature, '{message}' as message, 'predictions' as log,
    '(all)' as model_version, 'drift' as family, '{subject}' as subject, 'psi' as metric,
    '(all)' as slice_name, '(all)' as slice_value, {since} as since,
    {last_seen_at} as last_seen_at, cast(null as timestamp) as resolved_at,
    3 as alert_count, 1 as subject_count, '31,204 predictions in 6 days' as affected,
    cast(null as varchar) as likely_cause,
    cast(null as timestamp) as cause_started_at, {moved} as top_contributors,
    cast(null as varchar) as top_segments, cast(null as varchar) as top_bins,
    'retrain' as recommended_action, 'model' as fix, 'the model is out of date' as action_reason,
    'a data-quality incident is open' as action_against,
    {moved} is not null as is_population_shift, cast({accepted_at} as timestamp) as accepted_at,
    cast({accepted_by} as varchar) as accepted_by, cast(null as varchar) as root_cause,
    cast(null as varchar) as prevention, cast(null as varchar) as inhibited_by,
    cast(null as varchar) as silenced_by, false as is_learning, false as is_safety,
    'valuation' as owner, cast(null as varchar) as runbook, cast(null as varchar) as dashboard
"""
TABLES = {
    "monitor_alerts": """
        select incident.*, incident.alert_id as fingerprint, 'live' as role,
            'reference' as baseline, 'day' as window_name, 2.5 as strength
        from {results}.monitor_incidents as incident
    """,
    "monitor_health": """
        select
            monitor, version as model_version, timestamp '2026-06-21 06:00' as as_of,
            'evaluated' as evaluation, cast(null as varchar) as problems, 'day' as window_name,
            timestamp '2026-06-21' as window_end, 1000 as row_count, 1.0 as traffic_share,
            timestamp '2026-04-01' as live_since, 80 as age_days, 90 as trained_age_days,
            0 as open_alert_count, cast(null as varchar) as worst_open_severity,
            28 as history_windows, 0.9 as performance, 0.91 as baseline_performance,
            'measured' as outcome_status, 'retrain' as recommendation
        from (values ('prices'), ('{hostile}'), ('tiny')) as m (monitor)
        cross join (values ('(all)'), ('v3')) as v (version)
    """,
    "monitor_runs": """
        select 'r1' as run_id, timestamp '2026-06-21 06:00' as as_of, 'finished' as status,
            timestamp '2026-06-21 06:00' as started_at
    """,
    "monitor_coverage": """
        select
            monitor, 'predictions' as log, '(all)' as model_version, '(all)' as slice_name,
            '(all)' as slice_value, subject, 'drift' as family, resolution, reason
        from (values
            ('prices', 'distance_km', 'day', null),
            ('prices', 'rooms', 'day', null),
            ('{hostile}', '{long}', 'day', null),
            ('tiny', 'rooms', 'too_small', '30 days have about 60 independent rows; 500 are needed')
        ) as t (monitor, subject, resolution, reason)
    """,
    "monitor_drift": """
        select
            monitor, 'predictions' as log, 'live' as role, '(all)' as model_version,
            '(all)' as slice_name, '(all)' as slice_value, subject, 'reference' as baseline,
            'day' as window_name, timestamp '2026-06-01' + day * interval '1 day' as window_end,
            case when monitor = 'tiny' then 'insufficient_data'
                when subject = 'distance_km' and day >= 14 then 'drifted' else 'ok' end as status,
            false as is_learning, false as is_reference_mismatch,
            case when monitor <> 'tiny' then
                case when subject = 'distance_km' and day >= 14 then 0.6 else 0.02 end
            end as psi_valid,
            case when monitor <> 'tiny' then 0.03 end as psi_noise_limit
        from (values ('prices', 'distance_km'), ('prices', 'rooms'), ('{hostile}', '{long}'),
            ('tiny', 'rooms')) as t (monitor, subject)
        cross join range(1, {days} + 1) as days (day)
    """,
    "monitor_alert_rules": """
        select rule_id, metric, '(all)' as slice_name, 'true' as enabled, warn
        from (values ('drift', 'psi', '0.1'), ('concept', 'rate_change', '0.3'))
            as t (rule_id, metric, warn)
    """,
    "monitor_judgements": """
        select
            'prices' as monitor, 'i1' as fingerprint, timestamp '2026-06-20' as window_end,
            timestamp '2026-06-21 06:00' as as_of, 'breach' as outcome, 'drift' as family,
            5.7 as strength
    """,
    "monitor_rulers": """
        select
            'prices' as monitor, 'predictions' as log, 'distance_km' as subject, bin as bin,
            'fine' as bin_kind, bin as bin_group, lower, upper, '' as bin_label,
            reference_share, true as is_active
        from (values (0, null, 2.0, 0.3), (1, 2.0, 4.0, 0.28), (2, 4.0, 8.0, 0.17),
            (3, 8.0, null, 0.25)) as t (bin, lower, upper, reference_share)
    """,
    "monitor_distributions": """
        select
            'prices' as monitor, log, 'live' as role, '(all)' as model_version,
            'day' as window_name, window_end - interval '1 day' as window_start, window_end,
            '(all)' as slice_name, '(all)' as slice_value, subject, bin, bin_kind,
            bin as bin_group, bin_label, share
        from (
            select 'predictions' as log, timestamp '2026-06-20' as window_end,
                'distance_km' as subject, bin, 'fine' as bin_kind, '' as bin_label, share
            from (values (0, 0.06), (1, 0.11), (2, 0.13), (3, 0.7)) as t (bin, share)
            union all
            select 'candidates', timestamp '2026-06-01' + day * interval '1 day', 'source', bin,
                bin_kind, bin_label, first_share + day * step
            from range(1, {days} + 1) as days (day)
            cross join (values
                (0, 'category', 'search', 0.6, 0.01), (1, 'category', 'popular', 0.35, -0.01),
                (2, 'missing', '', 0.05, 0.0)
            ) as t (bin, bin_kind, bin_label, first_share, step)
            where bin_kind = 'category' or day < {days}
        ) as each
    """,
    "monitor_notices": """
        select
            monitor, kind, severity, 'predictions' as log, cast(null as varchar) as subject,
            timestamp '2026-06-13' as since, evidence, command as suggested_command
        from (values
            ('prices', 'warming_up', 'info', 'prices: baseline warming up: 9 of 14 days.', null),
            ('prices', 'version_mismatch', 'warn', 'prices: champion v2 serves no rows.', null),
            ('prices', 'version_mismatch', 'warn', 'prices: baseline v1 serves no rows.', null),
            ('{hostile}', 'log_problem', 'warn', '{long}', 'model-monitor doctor'),
            (null, 'policy_mistake', 'warn', 'policy › changes › sale: <b>unknown</b>', null)
        ) as t (monitor, kind, severity, evidence, command)
    """,
    "stg_monitor__changes": """
        select
            'prices' as monitor, 'c1' as change_id, 'deploy' as kind, '{hostile}' as name,
            'v3' as model_version, timestamp '2026-06-13 22:00' as started_at,
            cast(null as timestamp) as ended_at, '{long}' as description
    """,
}

# Keys that most tables about windows share.
KEYS = {
    "monitor": "'prices'",
    "log": "'predictions'",
    "role": "'live'",
    "model_version": "'(all)'",
    "slice_name": "'(all)'",
    "slice_value": "'(all)'",
    "window_name": "'day'",
    "window_start": "timestamp '2026-05-31' + day * interval '1 day'",
    "window_end": "timestamp '2026-06-01' + day * interval '1 day'",
}
SCORE = {"score": "'p_sold'", "outcome": "'sold'", "class": "'(binary)'", "is_final": "day < 15"}


# A rate that no two days share, and an interval that is wider on one side. Some days have neither.
RATE = "case when day not in (7, 9) then 0.8 + 0.001 * day end"
ENDS = {
    "": RATE,
    # An interval of few labels is too wide for the chart.
    "_lower": f"case when day <> 11 then {RATE} - case when day = 2 then 0.3 else 0.011 end"
    " - 0.001 * (day % 3) end",
    "_upper": f"{RATE} + 0.006 + 0.001 * (day % 4)",
}


def rates(*names: str, more: str = "0") -> dict[str, str]:
    """Columns of rates with their intervals, all of them larger by `more`."""
    return {
        f"{name}{end}": f"{sql} + 0.0003 * {place} + {more}"
        for place, name in enumerate(names)
        for end, sql in ENDS.items()
    }


def estimates(*names: str) -> dict[str, str]:
    sql = "case when day <> 5 then 0.792 + 0.002 * (day % 5) end"
    return {f"estimated_{name}": sql for name in names}


BUCKET_PREDICTION = "0.15 * cast(spread.name as integer) - 0.05"
BUCKET_GAP = "[0.04, 0.25, -0.02, 0.05, -0.21][cast(spread.name as integer)]"
# No two inputs have the same rates: a number of another row would be another number.
INPUT = "(coalesce(try_cast(replace(spread.name, 'input_', '') as integer), -1) + 1)"
# Tables with one row a day: their columns, beside or instead of the keys.
DAILY: dict[str, dict[str, str]] = {
    "monitor_performance": SCORE
    | rates("roc_auc", "accuracy", "precision", "recall", "mae", "r2")
    | estimates("roc_auc", "accuracy", "precision", "recall")
    | {"labelled_count": "500"},
    "monitor_ranking": SCORE | rates("ndcg") | {"k": "10", "request_count": "50"},
    "monitor_calibration_buckets": SCORE
    | {
        # two of five differ beyond chance, and one has no interval; open windows look different
        "bucketing": "'mass'", "bucket": "cast(spread.name as integer)",
        "prediction_count": "80 + cast(spread.name as integer)",
        "average_prediction": BUCKET_PREDICTION,
        "observed_rate": f"{BUCKET_PREDICTION} + {BUCKET_GAP} + 0.01 * (day // 15)",
        "gap_lower": f"case when spread.name <> '4' then {BUCKET_GAP} - 0.13 end",
        "gap_upper": f"case when spread.name <> '4' then {BUCKET_GAP} + 0.07 end",
    },
    "monitor_calibration": SCORE | rates("calibration_ratio") | {"row_count": "400"},
    "monitor_metrics": {
        "metric": "case when spread.name = '(all)' then 'refused_rate' else 'volume' end",
        "model_version": "spread.name", "layer": "'operations'",
        "row_count": "case when spread.name = 'v2' then 60 - day else 90 + 3 * day end",
        "denominator": "90.0",
        "value": "case when spread.name <> '(all)' then 90.0"
        " when day % 4 <> 0 then 0.031 + 0.001 * day end",
        "ci_lower": "case when day % 3 <> 0 then 0.025 + 0.0005 * day end",
        "ci_upper": "0.039 + 0.001 * day",
    },
    "monitor_concentration": {
        "entity": "'agent'", "gini": "0.3 + 0.01 * day", "top_1pct_share": "0.1", "coverage": "0.9",
        "entity_count": "40",
    },
    "monitor_fairness": SCORE
    | rates(
        "selection_rate_difference", "true_positive_rate_difference",
        more="0.0007 * (ascii(spread.name) - ascii('b'))",
    )
    | {
        "slice_name": "'group'", "slice_value": "spread.name", "reference_group": "'a'",
        "labelled_count": "200 + ascii(spread.name)",
        "selection_rate": "0.2 + 0.01 * (ascii(spread.name) - ascii('b'))",
    },
    "monitor_profiles": {
        "subject": "spread.name", "row_count": f"90 + {INPUT}",
        "missing_rate": f"0.25 - 0.01 * {INPUT}", "invalid_rate": f"0.001 * {INPUT}",
        "out_of_range_rate": "null", "unseen_rate": "0.0", "stale_rate": "null",
    },
    "monitor_segments": {
        "subject": "'distance_km'", "metric": "'mean'", "baseline": "'reference'",
        "dimension": "'city'", "segment": "'(all)'", "mix_share": "0.02",
        "top_segment": "'{hostile}'", "top_segment_share": "0.4",
    },
    "monitor_dataset": {},
    "monitor_concept": SCORE
    | {
        "subject": "'distance_km'", "window_name": "'7d'", "row_count": "400",
        "rate_change": "case when day >= 12 then 0.4 else 0.05 end",
        "rate_change_noise": "0.1 + 0.002 * day",
        "baseline_rate": "0.25", "rate_shift": "0.06 + 0.001 * day", "worst_bin": "'(4, 8]'",
        "worst_shift": "-0.11",
    },
    "monitor_value": SCORE
    | {
        "slice_name": "spread.name", "slice_value": "spread.name", "window_name": "'7d'",
        "decided_count": "300", "unvalued_count": "12", "value": "day * 100.0",
        "value_per_decision": "day / 3.0",
        "value_per_decision_error": "0.2 + 0.05 * (day % 3)", "roi": "1.5",
        "value_of_none": "20.0 * day - 330.0", "value_of_all": "-800.0",
        "value_of_perfect": "4000.0", "gain_share": "0.46 + 0.01 * day",
        "gain_share_error": "0.01 + 0.002 * (day % 3)",
    },
    "monitor_proxies": SCORE
    | {
        "window_name": "'7d'", "proxy": "'viewed'", "matched_count": "250", "mean_proxy": "0.08",
        "mean_outcome": "0.013", "outcome_given_proxy": "0.16 - 0.002 * day",
        "outcome_given_proxy_error": "0.004 + 0.001 * (day % 3)",
        "outcome_without_proxy": "0.0002", "correlation": "0.369 + 0.001 * day",
    },
    "monitor_effectiveness": {
        "month_start": "timestamp '2026-06-01'", "alert_count": "12", "notified_count": "5",
        "true_count": "3", "false_count": "1", "precision": "0.75", "incident_count": "2",
        "recall": "0.5", "mean_hours_to_detect": "6.5", "mean_hours_before_impact": "null",
        "mean_hours_to_acknowledge": "1.25", "mean_hours_to_resolve": "30.0",
        "handled_automatically_share": "0.2",
    },
    "monitor_quality_report": {
        "week_end": "timestamp '2026-06-15'", "recommendation": "'retrain'",
        "model_version": "name", "reasons": "'prices: distance_km shifted since 2026-06-14'",
        "traffic_share": "case name when '(all)' then 1.0 else 0.8 end",
        "model_age_days": "case when name <> '(all)' then 76 end",
        "trained_from": "timestamp '2026-01-01'", "trained_to": "timestamp '2026-03-31'",
        "primary_metric": "'roc_auc'", "primary_value": "0.812",
        "primary_reference_value": "0.83", "calibration_ratio": "1.07", "drifted_share": "0.125",
        "worst_segment": "'city = Ulm'", "worst_segment_value": "0.701",
        "data_quality_incidents": "2", "open_incidents": "1", "watched_share": "0.9",
    },
    "monitor_watermarks": {
        "run_number": "day", "loaded_through": "timestamp '2026-06-21 05:00'",
        "complete_through": "timestamp '2026-06-21'", "new_row_count": "90",
        "unmatched_label_count": "0", "evaluation": "'evaluated'", "problems": "null",
    },
    "monitor_triggers": {
        "model_version": "'v3'", "action": "'retrain'", "kind": "'drift'", "state": "'fired'",
        "due": "true", "fired_at": "timestamp '2026-06-15'", "reasons": "'prices: moved'",
        "blocked_by": "null", "candidate_version": "null", "recommended_action": "'retrain'",
        "approvers": "'pricing'", "is_mandatory": "false",
    },
    "monitor_gates": {
        "candidate_version": "'v4'", "gate": "'min_auc'", "state": "'holds'", "reason": "'enough'",
    },
}  # fmt: skip
# Tables with one row.
ONCE = (
    "monitor_triggers", "monitor_gates", "monitor_effectiveness", "monitor_quality_report",
)  # fmt: skip
# Tables with several rows a day: what `spread.name` is.
SPREAD = {
    "monitor_calibration_buckets": tuple("12345"),
    "monitor_metrics": ("(all)", "v2", "v3"),
    "monitor_value": ("(all)", "city", "region"),
    "monitor_quality_report": ("(all)", "v3"),
    "monitor_fairness": tuple("bcdefghijk"),
    "monitor_profiles": ("rooms", *(f"input_{number}" for number in range(11))),
}


def daily(name: str) -> str:
    columns = ", ".join(f"{sql} as {column}" for column, sql in {**KEYS, **DAILY[name]}.items())
    days = 1 if name in ONCE else DAYS
    each = ", ".join(f"('{value}')" for value in SPREAD.get(name, ("",)))
    return (
        f"select {columns} from range(1, {days} + 1) as days (day) "
        f"cross join (values {each}) as spread (name)"
    )


class Recorded(Warehouse):
    """A DuckDB file, read by the driver of the commands. Every query that is run is kept."""

    def __init__(self, file: Path) -> None:
        super().__init__(DuckDB({"type": "duckdb", "path": str(file)}, writes=False))
        self.queries: list[str] = []

    def rows(self, sql: str, bindings: Sequence[Any] | None = None) -> list[Row]:
        self.queries.append(sql)
        return super().rows(sql, bindings)


class Results:
    """A project with these tables."""

    def __init__(self, file: Path) -> None:
        self.warehouse = Recorded(file)

    def relation(self, name: str) -> str | None:
        return f'"{SCHEMA}"."{name}"'


def write(
    file: Path,
    *,
    without: tuple[str, ...] = (),
    incidents: bool = True,
    more: tuple[dict[str, str], ...] = (),
) -> Path:
    """A warehouse of three monitors: one with an incident, one with odd names, one too small."""
    with duckdb.connect(str(file)) as connection:
        fill(connection, SCHEMA, incidents=incidents, more=more)
        for name in without:
            connection.execute(f"drop table {SCHEMA}.{name}")
    return file


def fill(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    *,
    incidents: bool = True,
    more: tuple[dict[str, str], ...] = (),
) -> None:
    """Create the tables in a schema of their own."""
    names = {"results": schema, "hostile": HOSTILE, "long": LONG, "days": str(DAYS)}
    connection.execute(f"create schema {schema}")
    rows = [
        incident("i1", "prices", "distance_km", "prices: distance_km shifted since 2026-06-14"),
        incident("i2", HOSTILE, LONG, f"{HOSTILE}: {RIGHT_TO_LEFT} {LONG}"),
        *(incident(f"m{number}", **each) for number, each in enumerate(more)),
    ]
    chosen = " union all ".join(rows) + ("" if incidents else " limit 0")
    connection.execute(f"create table {schema}.{INCIDENTS} as {chosen}")
    for name, sql in {**TABLES, **{name: daily(name) for name in DAILY}}.items():
        connection.execute(f"create table {schema}.{name} as {filled(sql, names)}")


def shuffle(file: Path, order: str) -> None:
    """Store the rows of every table in another order: an expression with their `rowid`."""
    with duckdb.connect(str(file)) as connection:
        for name in (INCIDENTS, *TABLES, *DAILY):
            connection.execute(
                f"create or replace table {SCHEMA}.{name} as "
                f"select * from {SCHEMA}.{name} order by {order}"
            )


def rename(file: Path) -> None:
    """Add an odd text to every name that people choose."""
    with duckdb.connect(str(file)) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = ? and list_contains(?, column_name)",
            [SCHEMA, list(NAMES)],
        ).fetchall()
        for table, column in columns:
            connection.execute(
                f"update {SCHEMA}.{table} set {column} = {column} || ' ' || ?"
                f" where {column} not in ('', '(all)')"
                + (" and outcome <> 'breach'" if table == "monitor_judgements" else ""),
                [ODD],
            )


def incident(name: str, monitor: str, subject: str, message: str, **more: str) -> str:
    """One row. Values of `more` are SQL, but for `state` and `severity`."""
    values = {
        "id": name,
        "monitor": monitor,
        "state": "firing",
        "severity": "critical",
        "message": message.replace("'", "''"),
        "subject": subject,
        "moved": "null",
        "accepted_at": "null",
        "accepted_by": "null",
        "since": "timestamp '2026-06-14'",
        "last_seen_at": "timestamp '2026-06-20'",
    }
    return filled(INCIDENT, values | more)


def filled(sql: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        sql = sql.replace("{" + name + "}", value)
    return sql
