"""A project of artifacts with the tables that notebooks and exporters read: few rows, known values."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import duckdb

from .artifacts_project import artifacts_project, manifest, save
from .postgres_server import Server
from .small_project import write

SCHEMA = "main_results"
# A name that ends a literal, a label and a line.
HOSTILE = "it's \"odd\"\\ \n{name} ' or 1 = 1 --"
OVERALL = "'(all)' as model_version, '(all)' as slice_name, '(all)' as slice_value, 'live' as role"
DAY = "'day' as window_name, timestamp '2026-06-19' as window_start, timestamp '2026-06-20' as window_end"

TABLES = {
    "monitor_runs": """
        select * from (values
            ('0b6cf6f4-2c1d-4d0c-9f0a-0f8f0f6a7d11', 1, timestamp '2026-06-20 06:00',
                timestamp '2026-06-20 06:00:00', timestamp '2026-06-20 06:01:00', 'finished', 0, null, 5),
            ('5a5e2f0e-7a52-4c66-9d3a-9a3f1c8f2b22', 2, timestamp '2026-06-20 07:00',
                timestamp '2026-06-20 07:00:00', timestamp '2026-06-20 07:02:30', 'finished', 1,
                'loans › predictions: x cannot be read', 7),
            ('77777777-7a52-4c66-9d3a-9a3f1c8f2b22', null, timestamp '2026-06-20 08:00',
                timestamp '2026-06-20 08:00:00', null, 'started', null, null, null)
        ) as t (run_id, run_number, as_of, started_at, finished_at, status, not_evaluated_count,
            not_evaluated, new_row_count)
        cross join (select 2 as monitor_count)
    """,
    "monitor_watermarks": """
        select
            monitor, log, run_number, as_of, finished_at, loaded_through, evaluation
        from (values
            ('loans', 'predictions', 1, timestamp '2026-06-20 06:00', timestamp '2026-06-20 06:01:00',
                timestamp '2026-06-20 05:00', 'evaluated'),
            ('loans', 'predictions.paid', 1, timestamp '2026-06-20 06:00',
                timestamp '2026-06-20 06:01:00', null, 'evaluated'),
            ('loans', 'predictions', 2, timestamp '2026-06-20 07:00', timestamp '2026-06-20 07:02:30',
                timestamp '2026-06-20 05:00:00.25', 'partly_evaluated'),
            ('loans', 'predictions.paid', 2, timestamp '2026-06-20 07:00',
                timestamp '2026-06-20 07:02:30', null, 'evaluated'),
            ('{hostile}', 'predictions', 2, timestamp '2026-06-20 07:00',
                timestamp '2026-06-20 07:02:30', timestamp '2026-06-20 06:59', 'evaluated')
        ) as t (monitor, log, run_number, as_of, finished_at, loaded_through, evaluation)
    """,
    "monitor_health": f"""
        select monitor, {OVERALL}, 'day' as window_name, timestamp '2026-06-20' as window_end,
            row_count, drifted_share, performance
        from (values ('loans', 1093, 0.1, 0.8125), ('{{hostile}}', 7, null, null))
            as t (monitor, row_count, drifted_share, performance)
    """,
    "monitor_incidents": f"""
        select incident_id, incident_id as alert_id, monitor, state, severity, 'drift' as family,
            'predictions' as log, 'income' as subject, 'psi' as metric, {OVERALL},
            since, since + interval 2 day as last_seen_at, 'incident' as nature, inhibited_by,
            null as silenced_by, false as is_safety, monitor || ': income shifted' as message,
            'retrain' as recommended_action, 'credit' as owner, null as likely_cause,
            null as top_contributors, null as action_reason, null as action_against, 'model' as fix,
            1 as alert_count, 1 as subject_count, '31,204 predictions in 6 days' as affected
        from (values
            ('i1', 'loans', 'firing', 'critical', timestamp '2026-06-18', null),
            ('i2', 'loans', 'acknowledged', 'warn', timestamp '2026-06-10', null),
            ('i3', 'loans', 'resolved', 'critical', timestamp '2026-06-01', null),
            ('i4', '{{hostile}}', 'firing', 'warn', timestamp '2026-06-17', null),
            ('i5', 'loans', 'firing', 'warn', timestamp '2026-06-17', 'i1')
        ) as t (incident_id, monitor, state, severity, since, inhibited_by)
    """,
    "monitor_alerts": """
        select *, alert_id as fingerprint, since as opened_at from main_results.monitor_incidents
    """,
    "monitor_coverage": """
        select monitor, 'predictions' as log, model_version, slice_name, slice_value, subject,
            family, resolution, null as reason
        from (values
            ('loans', '(all)', '(all)', '(all)', 'income', 'drift', 'day'),
            ('loans', '(all)', '(all)', '(all)', 'income', 'quality', '7d'),
            ('loans', 'v1', '(all)', '(all)', 'income', 'drift', '7d'),
            ('loans', '(all)', '(all)', '(all)', 'p_default', 'drift', '7d'),
            ('loans', '(all)', 'region', 'south', 'income', 'drift', '30d'),
            ('{hostile}', '(all)', '(all)', '(all)', '{hostile}', 'drift', 'day'),
            ('{hostile}', '(all)', '(all)', '(all)', 'few', 'drift', 'too_small')
        ) as t (monitor, model_version, slice_name, slice_value, subject, family, resolution)
    """,
    "monitor_notices": """
        select *, 'predictions' as log, 'income' as subject, cast(null as varchar) as slice_name,
            cast(null as varchar) as slice_value
        from (values
            ('unwatched_series', 'info', '{hostile}'), ('invalid_labels', 'warn', 'loans'),
            ('policy_mistake', 'warn', null)
        ) as t (kind, severity, monitor)
    """,
    # the last day of income is not evaluated, and p_default is evaluated by the week
    "monitor_drift": """
        select monitor, 'predictions' as log, role, model_version, window_name,
            window_end - interval 1 day as window_start, window_end, slice_name, slice_value, subject,
            baseline, 1093 as row_count, psi, status
        from (values
            ('loans', 'live', '(all)', 'day', timestamp '2026-06-18', '(all)', '(all)', 'income', 'reference', 0.1, 'ok'),
            ('loans', 'live', '(all)', 'day', timestamp '2026-06-19', '(all)', '(all)', 'income', 'reference', 0.30000000000000004, 'drifted'),
            ('loans', 'live', '(all)', 'day', timestamp '2026-06-20', '(all)', '(all)', 'income', 'reference', null, 'insufficient_data'),
            ('loans', 'live', '(all)', 'day', timestamp '2026-06-19', '(all)', '(all)', 'income', 'last_week', 0.02, 'ok'),
            ('loans', 'live', '(all)', '7d', timestamp '2026-06-20', '(all)', '(all)', 'income', 'reference', 9.0, 'drifted'),
            ('loans', 'live', '(all)', '7d', timestamp '2026-06-20', '(all)', '(all)', 'p_default', 'reference', 1e-07, 'ok'),
            ('loans', 'live', '(all)', 'day', timestamp '2026-06-20', '(all)', '(all)', 'p_default', 'reference', 8.0, 'drifted'),
            ('loans', 'shadow', '(all)', 'day', timestamp '2026-06-20', '(all)', '(all)', 'income', 'reference', 7.0, 'drifted'),
            ('loans', 'live', 'v1', 'day', timestamp '2026-06-20', '(all)', '(all)', 'income', 'reference', 6.0, 'drifted'),
            ('loans', 'live', '(all)', 'day', timestamp '2026-06-20', 'region', 'south', 'income', 'reference', 5.0, 'drifted'),
            ('{hostile}', 'live', '(all)', 'day', timestamp '2026-06-20', '(all)', '(all)', '{hostile}', 'reference', 0.25, 'ok')
        ) as t (monitor, role, model_version, window_name, window_end, slice_name, slice_value, subject,
            baseline, psi, status)
    """,
    "monitor_dataset": f"""
        select monitor, 'predictions' as log, {OVERALL}, {DAY}, baseline, drifted_share, 'ok' as verdict
        from (values ('loans', 'reference', 0.0625), ('loans', 'last_week', null))
            as t (monitor, baseline, drifted_share)
    """,
    "monitor_profiles": f"""
        select monitor, 'predictions' as log, {OVERALL}, {DAY}, subject, subject_kind, 1093 as row_count,
            mean, p95
        from (values
            ('loans', 'p_default', 'score', 0.171, 0.9), ('loans', 'latency_ms', 'operation', 40.5, 118.75),
            ('loans', 'is_error', 'operation', 0.015625, null), ('loans', 'income', 'feature', 3.0, 9.0),
            ('loans', 'node', 'operation', null, null)
        ) as t (monitor, subject, subject_kind, mean, p95)
        union all
        select 'loans', 'predictions', {OVERALL}, 'day', timestamp '2026-06-18', timestamp '2026-06-19',
            'p_default', 'score', 1000, 0.5, 0.9
    """,
    "monitor_metrics": f"""
        select 'loans' as monitor, 'predictions' as log, {OVERALL}, {DAY}, 'refused_rate' as metric,
            1093 as row_count, 0.05 as value, 'business' as layer
    """,
    "monitor_performance": f"""
        select 'loans' as monitor, 'predictions.paid' as log, {OVERALL},
            'day' as window_name, timestamp '2026-06-01' + day * interval 1 day as window_start,
            timestamp '2026-06-02' + day * interval 1 day as window_end, 'p_default' as score,
            'paid' as outcome, '(binary)' as class, 0.8 + day / 1000 as roc_auc, 0.5 as recall,
            900 as labelled_count, day < 3 as is_final
        from range(5) as days (day)
    """,
    "monitor_outbox": """
        select * from (values ('t1', 'ops', 'slack', 'loans'), ('t2', 'ops', 'slack', 'loans'),
            ('t3', 'ops', 'webhook', 'loans'), ('t4', 'ops', 'slack', '{hostile}'))
            as t (transition_id, contact_id, channel, monitor)
    """,
    "monitor_deliveries": """
        select * from (values
            ('t1', 'ops', 'slack', timestamp '2026-06-20 06:02', 'failed'),
            ('t1', 'ops', 'slack', timestamp '2026-06-20 07:03', 'sent'),
            ('t2', 'ops', 'slack', timestamp '2026-06-20 06:02', 'failed'),
            ('t2', 'ops', 'slack', timestamp '2026-06-20 07:03', 'failed'),
            ('t3', 'ops', 'webhook', timestamp '2026-06-20 06:02', 'refused'),
            ('t4', 'ops', 'slack', timestamp '2026-06-20 07:03', 'sent')
        ) as t (transition_id, contact_id, channel, attempted_at, status)
    """,
    "monitor_triggers": """
        select 'loans' as monitor, 'v1' as model_version, 'retrain' as action, 'drift' as kind,
            'fired' as state, timestamp '2026-06-18' as fired_at, null as blocked_by,
            null as candidate_version, 'retrain' as recommended_action
    """,
}  # fmt: skip


def observed_project(folder: Path, *, without: tuple[str, ...] = ()) -> Path:
    """The project, without the tables that are named."""
    artifacts_project(folder)
    with duckdb.connect(str(folder / "target" / "shop.duckdb")) as connection:
        for name, sql in TABLES.items():
            filled = sql.replace("{hostile}", HOSTILE.replace("'", "''"))
            connection.execute(f"create or replace table {SCHEMA}.{name} as {filled}")
        for name in without:
            connection.execute(f"drop table {SCHEMA}.{name}")
    content = manifest("main")
    nodes: dict[str, Any] = content["nodes"]
    pattern = nodes["model.model_monitor.monitor_alerts"]
    for name in TABLES:
        relation = f'"shop"."{SCHEMA}"."{name}"'
        nodes[f"model.model_monitor.{name}"] = {**pattern, "name": name, "relation_name": relation}
    save(folder, content)
    return folder


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """A query on the tables, which it names without their schema."""
    with duckdb.connect(str(folder / "target" / "shop.duckdb"), read_only=True) as connection:
        connection.execute(f"set schema '{SCHEMA}'")
        return connection.execute(sql).fetchall()


def on_postgres(folder: Path, server: Server, database: str) -> Path:
    """The same tables there, and a profile and a manifest that name them; no performance."""
    server.create(database)
    with contextlib.closing(server.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(f"create schema {SCHEMA}")
        for name, sql in TABLES.items():
            if name != "monitor_performance":
                filled = sql.replace("{hostile}", HOSTILE.replace("'", "''"))
                cursor.execute(f"create table {SCHEMA}.{name} as {for_postgres(filled)}")
        connection.commit()
    target = {
        "type": "postgres", "host": str(server.folder), "user": "postgres", "pass": "",
        "port": 5432, "dbname": database, "schema": "main", "threads": 1,
    }  # fmt: skip
    write(folder / "profiles.yml", {"shop": {"target": "main", "outputs": {"main": target}}})
    content = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    content["metadata"]["adapter_type"] = "postgres"
    for node in content["nodes"].values():
        if "database" in node:
            node["database"] = database
            node["relation_name"] = node["relation_name"].replace('"shop"', f'"{database}"', 1)
    save(folder, content)
    return folder


def for_postgres(sql: str) -> str:
    for length in (1, 2):
        sql = sql.replace(f"interval {length} day", f"interval '{length} day'")
    for name in ("silenced_by", "reason", "likely_cause", "top_contributors", "blocked_by"):
        sql = sql.replace(f"null as {name}", f"cast(null as text) as {name}")
    return sql.replace(
        "cross join (select 2 as monitor_count)", "cross join (select 2 as monitor_count) as c"
    )
