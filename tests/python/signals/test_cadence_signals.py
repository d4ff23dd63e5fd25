"""What the gap of a log becomes: two signals, a verdict under the default rules, and a sentence."""

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import pytest

from ..harness.macro_harness import Macros
from ..harness.project_harness import ROOT

AS_OF = "timestamp '2026-04-07 11:43'"
# The columns that int_monitor__metric_signals reads, of a log that it says nothing else about.
TABLES = f"""
create table int_monitor__evaluated_windows as
    select 'shop' as monitor, 'predictions' as log, 'run' as window_name, {AS_OF} as window_end;
create table int_monitor__scoped_signals as
    select 'shop' as monitor, log, 'freshness' as family, '(log)' as subject,
        'log' as subject_kind, 'hours_behind' as metric, 'operations' as layer, baseline,
        'run' as window_name, 0.0 as min_effect
    from (values ('predictions'), ('predictions.bought'), ('young')) as logs (log)
    cross join (values ('none'), ('cadence')) as baselines (baseline);
create table int_monitor__row_dispersions as
    select '' as monitor, '' as log, '' as window_name, {AS_OF} as window_end, '' as slice_name,
        '' as slice_value, 1.0 as dispersion
    limit 0;
create table monitor_metrics as
    select '' as monitor, '' as log, '' as role, '' as model_version, '' as metric,
        '' as window_name, {AS_OF} as window_start, {AS_OF} as window_end, '' as slice_name,
        '' as slice_value, 1.0 as value, 1 as row_count, 1.0 as ci_upper
    limit 0;
create table int_monitor__watermarks as
    select 'shop' as monitor, 'predictions' as log, {AS_OF} - interval '43 minutes'
        as loaded_through, 7 / 60.0 as usual_gap_hours, 28 as usual_gap_days
    union all
    select 'shop', 'young', {AS_OF} - interval '43 minutes', null, null;
create table int_monitor__outcome_watermarks as
    select 'shop' as monitor, 'predictions.bought' as log, {AS_OF} - interval '10 hours'
        as loaded_through, 1.5 as usual_gap_hours, 28 as usual_gap_days;
create table int_monitor__outcomes as
    select 'shop' as monitor, 'predictions.bought' as log, 7200 as matures_seconds;
create table int_monitor__evaluations as select '' as monitor, '' as log, '' as evaluation limit 0;
create table int_monitor__logs as
    select 'shop' as monitor, 'predictions' as log, 'orders' as relation;
"""
# The default rules of the family, and what they may evaluate here.
RULES = f"""
create table int_monitor__rules as
    select rule_id, 'v' as rule_version, timestamp '1970-01-01' as valid_from,
        timestamp '9999-12-31' as valid_to, true as enabled, null as problem, monitor, log, family,
        subject, subject_kind, importance, metric, baseline, window_name, model_version, slice_name,
        slice_value, kind, direction, warn::double as warn, critical::double as critical,
        for_windows::int as for_windows, clear_windows::int as clear_windows,
        null::bigint as min_rows, 0.8 as clear_below, null::double as error_budget,
        null::varchar as short_window
    from read_csv('{ROOT}/seeds/monitor_alert_rules.csv', all_varchar = true)
    where family = 'freshness';
create table int_monitor__evaluable_metrics as
    select 'shop' as monitor, 'predictions' as log, 'freshness' as family, '(log)' as subject,
        'log' as subject_kind, false as is_critical, 'hours_behind' as metric,
        'operations' as layer, 'run' as window_name, baseline
    from (values ('none'), ('cadence')) as baselines (baseline);
create table int_monitor__monitors as
    select 'shop' as monitor, 500 as min_rows, 50 as rate_rows, 60 as label_rows;
create table int_monitor__outcome_scores as
    select '' as monitor, '' as log, '' as subject, '' as score_kind limit 0;
create table int_monitor__resolutions as
    select '' as monitor, '' as log, '' as model_version, '' as window_name, {AS_OF} as window_end,
        '' as slice_name, '' as slice_value, '' as evidence, 1 as evidence_need, '' as subject,
        true as is_resolution, true as is_longer
    limit 0;
"""


@pytest.fixture
def macros() -> Macros:
    api = SimpleNamespace(Column=SimpleNamespace(translate_type=lambda _: "varchar"))
    made = Macros("duckdb", api=api)
    made._environment.globals["model_monitor"].as_of_timestamp = lambda: AS_OF
    return made


def test_a_gap_is_beside_its_cadence_where_one_is_known(macros: Macros) -> None:
    """Labels count from the end of their window for the fixed hours, from the last label for the rhythm."""
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        found = connection.execute(
            "select log, baseline, round(60 * value), round(60 * baseline_value)"
            f" from ({macros.model('int_monitor__metric_signals')}) as signals order by log, baseline"
        ).fetchall()
    assert found == [
        ("predictions", "cadence", 43, 7),
        ("predictions", "none", 43, None),
        ("predictions.bought", "cadence", 600, 90),
        ("predictions.bought", "none", 480, None),
        ("young", "none", 43, None),
    ]


@pytest.mark.parametrize(
    ("minutes", "late", "fixed"),
    [
        (41, None, None),
        (43, "warn", None),
        (167, "warn", None),
        (169, "critical", None),
        (1_561, "critical", "warn"),
        (2_881, "critical", "critical"),
    ],
)
def test_each_rule_judges_its_own_baseline(
    macros: Macros, minutes: int, late: str | None, fixed: str | None
) -> None:
    """Usually seven minutes: a warning from 42 on, critical from 168 on."""
    tables = TABLES.replace("'43 minutes'", f"'{minutes} minutes'")
    with duckdb.connect() as connection:
        connection.execute(tables + RULES)
        for name in ("int_monitor__rule_scopes", "monitor_signals"):
            model = "int_monitor__metric_signals" if name == "monitor_signals" else name
            more = ", null::double as history_deviation" if name == "monitor_signals" else ""
            connection.execute(
                f"create table {name} as select *{more} from ({macros.model(model)})"
            )
        found = connection.execute(
            f"select rule_id, severity from ({macros.model('int_monitor__verdicts')}) as verdicts"
            " where log = 'predictions' order by rule_id"
        ).fetchall()
    assert found == [("freshness", fixed), ("late", late)]


@pytest.mark.parametrize(
    ("log", "baseline", "value", "usual", "said"),
    [
        ("orders", "cadence", 43 / 60, 7 / 60,
         "orders has had no new rows for 43 minutes (normally at most 7 minutes at this time of day)"),
        ("orders", "cadence", 40.0, 5.1,
         "orders has had no new rows for 40 hours (normally at most 5 hours at this time of day)"),
        ("predictions.bought", "cadence", 10.0, 1.5,
         "no label of bought has arrived for 10 hours"
         " (normally at most 90 minutes at this time of day)"),
        ("orders", "none", 28.0, None, "orders has had no new rows for 28 hours"),
        ("predictions.bought", "none", 30.0, None,
         "no label of bought has arrived for 30 hours beyond its label window"),
    ],
)  # fmt: skip
def test_a_late_log_is_a_sentence(
    macros: Macros, log: str, baseline: str, value: float, usual: float | None, said: str
) -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {macros.render('alert_what')} from (select 'freshness' as family,"
            " 'hours_behind' as metric, '(log)' as subject, ? as log, ? as baseline,"
            " ?::double as current_value, ?::double as baseline_value, '(all)' as slice_name,"
            " '(all)' as slice_value, 'run' as window_name, 1 as sample_size, null as problems,"
            " null::double as p95, null::double as baseline_p95, null::double as error_budget,"
            " null as short_window, null as rule_id, null::double as threshold)",
            [log, baseline, value, usual],
        ).fetchone()
    assert found == (said,)
