"""A small project by the name of the package: its configuration, a log, and finished results.

The command line is tested on it without a minute of building. The models stand in for the real
ones: same names, the columns that the command line reads.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[3]

MONITOR: dict[str, Any] = {
    "name": "loans",
    "problem": "binary",
    "owner": "credit",
    "predictions": {
        "source": ["raw", "loan_scores"],
        "time": "scored_at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "model_version",
        "label": "defaulted",
    },
    "scores": {"p_default": {"outcome": "label", "threshold": 0.5}},
    "features": {
        "income": {"min": 0},
        "purpose": {"type": "categorical"},
        "is_employed": {"type": "boolean"},
    },
    "slices": ["region"],
    "limits": {"min_rows": 100},
}

LOG = """
create schema raw;
create table raw.loan_scores as
select
    'p' || i as id,
    timestamp '2026-01-01' + i * interval 4 minute as scored_at,
    timestamp '2026-01-01' + i * interval 4 minute + interval 5 minute as loaded_at,
    'v1' as model_version,
    (i * 37 % 101) / 101.0 as p_default,
    1000.0 + (i * 7919 % 5003) as income,
    ['car', 'home', 'study'][1 + i % 3] as purpose,
    i % 4 <> 0 as is_employed,
    ['north', 'south'][1 + i % 2] as region,
    i % 11 = 0 as defaulted
from range(6900) as rows (i);
"""

MODELS = {
    "monitor_alerts": """
        select * from (values
            ('a1', 'loans', 'firing', 'critical', 'loans v1 income p95 shifted +45% in south',
                timestamp '2026-01-19 09:00', 1450.0, 1000.0, null),
            ('a2', 'loans', 'firing', 'warn', 'loans v1 purpose has a new category: boat',
                timestamp '2026-01-18 00:00', 0.2, 0.0, null),
            ('a3', 'loans', 'resolved', 'critical', 'loans v1 was down',
                timestamp '2026-01-02 00:00', 1.0, 0.0, null),
            ('a4', 'loans', 'firing', 'critical', 'loans v1 known trouble',
                timestamp '2026-01-19 10:00', 1.0, 0.0, 's1')
        ) as t (alert_id, monitor, state, severity, message, opened_at, current_value,
            baseline_value, silenced_by)
        cross join (values ('f1', null, 'select 1450 as value, 360 as row_count'))
            as u (fingerprint, inhibited_by, reproduce_sql)
    """,
    "monitor_judgements": """
        select 'f1' as fingerprint, timestamp '2026-01-20' as window_end,
            timestamp '2026-01-20 08:00' as as_of, 'breach' as outcome, 'critical' as severity,
            1450.0 as value, 1000.0 as baseline_value, 0.2 as threshold, 4.5 as z
    """,
    "monitor_notices": """
        select
            kind, severity, monitor, log, cast(null as varchar) as subject,
            cast(null as varchar) as slice_name, cast(null as varchar) as slice_value,
            cast(null as timestamp) as since, evidence, suggested_command
        from (
            values
            ('log_problem', 'warn', 'loans', 'predictions', 'loans › predictions: no table.',
                'model-monitor doctor'),
            ('rule_not_applied', 'warn', null, null,
                'policy › alert_rules › tails: the rule is not applied.', null),
            ('warming_up', 'info', 'loans', null, 'loans: baseline warming up: 9 of 14 days.', null)
        ) as t (kind, severity, monitor, log, evidence, suggested_command)
        union all
        select 'policy_mistake', 'warn', null, null, null, null, null, null,
            'policy › changes › c' || number || ': recurs: unknown.', 'model-monitor doctor'
        from (values (0), (1), (2), (3), (4), (5)) as r (number)
    """,
    "monitor_rule_runs": "select 'tails' as rule_id, timestamp '2026-01-20 08:00' as as_of",
    "monitor_drift": """
        select
            'loans' as monitor, 'predictions' as log, 'live' as role, 'v1' as model_version,
            window_name, window_end, slice_name, slice_value, subject,
            'reference' as baseline, 360 as row_count, 28 as history_windows, status
        from (values
            ('day', timestamp '2026-01-19', '(all)', '(all)', 'income', 'ok'),
            ('day', timestamp '2026-01-20', '(all)', '(all)', 'income', 'drifted'),
            ('day', timestamp '2026-01-20', '(all)', '(all)', 'purpose', 'ok'),
            ('day', timestamp '2026-01-20', 'region', 'south', 'income', 'drifted'),
            ('7d', timestamp '2026-01-20', '(all)', '(all)', 'income', 'ok')
        ) as t (window_name, window_end, slice_name, slice_value, subject, status)
    """,
    "monitor_dataset": """
        select 'loans' as monitor, 'live' as role, 'day' as window_name, '(all)' as slice_name,
            timestamp '2026-01-20' as window_end, verdict, drifted_share
        from (values ('ok', 0.1), ('critical', 0.5), ('warn', 0.2)) as t (verdict, drifted_share)
    """,
    "monitor_coverage": """
        select
            'loans' as monitor, 'predictions' as log, '(all)' as model_version, *,
            timestamp '2026-01-08' as since, cast(null as double precision) as usual_labelled_count,
            cast(null as double precision) as dispersion, timestamp '2026-01-08' as valid_from
        from (values
            ('(all)', '(all)', 'income', 'drift', 'day', 360.0, 'psi', 0.15, null),
            ('(all)', '(all)', 'purpose', 'drift', 'day', 360.0, 'psi', 0.16, null),
            ('region', 'south', 'income', 'drift', '7d', 660.0, 'psi', 0.31,
                'a day has about 94 independent rows; 100 are needed'),
            ('region', 'north', 'income', 'drift', 'too_small', 60.0, null, null,
                '30 days have about 60 independent rows; 100 are needed')
        ) as t (slice_name, slice_value, subject, family, resolution, usual_row_count, metric,
            detectable_change, reason)
    """,
    "int_monitor__private": "select 1 as nothing",
}


def small_project(folder: Path, monitors: list[dict[str, Any]] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "macros", folder / "macros")
    (folder / "analyses").mkdir()
    analysis = "monitor_configuration.sql"
    shutil.copy(ROOT / "analyses" / analysis, folder / "analyses" / analysis)
    configure(folder, [MONITOR] if monitors is None else monitors)
    profile = {"type": "duckdb", "path": "target/small.duckdb", "threads": 1, "keep_open": False}
    write(folder / "profiles.yml", {"small": {"target": "dev", "outputs": {"dev": profile}}})
    models = folder / "models"
    models.mkdir()
    for name, sql in MODELS.items():
        (models / f"{name}.sql").write_text(sql, encoding="utf-8")
    source = {
        "name": "raw",
        "schema": "raw",
        "tables": [{"name": "loan_scores"}, {"name": "contacts"}, {"name": "kinds"}],
    }
    write(models / "sources.yml", {"sources": [source]})
    (folder / "target").mkdir()
    execute(folder, LOG)
    return folder


def configure(
    folder: Path, monitors: list[dict[str, Any]], policy: dict[str, Any] | None = None
) -> None:
    project = {
        "name": "model_monitor",
        "version": "0.1.0",
        "profile": "small",
        "flags": {"send_anonymous_usage_stats": False},
        "models": {"model_monitor": {"+materialized": "table", "+schema": "results"}},
        "vars": {"model_monitor": {"monitors": monitors, "policy": policy or {}}},
    }
    write(folder / "dbt_project.yml", project)


def execute(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "target" / "small.duckdb")) as connection:
        return connection.execute(sql).fetchall()


def write(path: Path, value: Any) -> None:
    path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), encoding="utf-8")
