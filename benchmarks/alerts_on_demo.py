"""How good the alerts on the demo are: each against the incidents that were planted.

    python benchmarks/alerts_on_demo.py target/model_monitor.duckdb

An alert is right if it lies in a place and time where an incident (or its echo a week later) shows;
an incident is found if an alert lies at one of its primary places while it lasts. Alerts that are
held back by another alert or by a known change are not shown; an incident that only such an alert
found is told in the words of a wider (or stronger) one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

# Families of incidents that need tables which are not there yet.
NOT_YET = ("concept", "calibration", "concentration")

MATCHES = """
create temp table matches as
with alerts as (
    select * from {schema}.monitor_alerts where state <> 'pending'
)
select
    alerts.alert_id,
    alerts.inhibited_by is null as is_shown,
    incidents.incident_id,
    incidents.is_primary,
    incidents.nature,
    incidents.starts_at,
    alerts.opened_at
from alerts
inner join demo_logs.demo_incidents as incidents
    on alerts.monitor = incidents.monitor
    and alerts.log = incidents.log
    -- counting knows no subject, and only counting sees rows that are not there
    and (incidents.detectable_by in ('volume', 'freshness')) <= (
        incidents.detectable_by = alerts.family
    )
    and (
        incidents.subject in ('*', alerts.subject)
        or (alerts.family = 'dataset' and not incidents.is_primary)
    )
    and (incidents.model_version in ('*', alerts.model_version) or alerts.model_version = '(all)')
    and (
        incidents.slice_name = '*'
        or (incidents.slice_name, incidents.slice_value) = (alerts.slice_name, alerts.slice_value)
    )
    and alerts.since < incidents.ends_at
    and alerts.last_seen_at > incidents.starts_at
"""

INCIDENTS = """
with planted as (
    select
        incident_id,
        monitor,
        min(case when is_primary then starts_at end) as starts_at,
        bool_or(detectable_by in {not_yet}) as is_not_yet
    from demo_logs.demo_incidents
    where nature <> 'expected'
        and is_primary
    group by incident_id, monitor
)
select
    planted.monitor,
    planted.incident_id,
    planted.starts_at,
    planted.is_not_yet,
    min(case when matches.is_primary then matches.opened_at end) as found_at,
    count(distinct case when matches.is_primary and is_shown then matches.alert_id end)
        as primary_alerts,
    count(distinct case when is_shown then matches.alert_id end) as alerts
from planted
left join matches using (incident_id)
group by all
order by starts_at
"""

WRONG = """
select monitor, severity, message
from {schema}.monitor_alerts
where inhibited_by is null
    and nature <> 'expected'
    and state <> 'pending'
    and alert_id not in (select alert_id from matches)
order by monitor, since
"""

COUNTS = """
select
    count(*) as shown,
    count(*) filter (alert_id in (select alert_id from matches)) as right_ones,
    (select count(*) from {schema}.monitor_alerts) as every
from {schema}.monitor_alerts
where inhibited_by is null
    and nature <> 'expected'
    and state <> 'pending'
"""


REPRODUCED = """
select family, current_value, reproduce_sql
from {schema}.monitor_alerts
where inhibited_by is null
    and nature <> 'expected'
    and state <> 'pending'
"""
# A p95 is interpolated within bins; the query takes it from the rows.
TOLERANCE = {"tail": 0.1}


def reproduces(
    connection: duckdb.DuckDBPyConnection, family: str, value: float, query: str
) -> bool:
    row = connection.execute(query).fetchone()
    tolerance = TOLERANCE.get(family, 1e-6) * max(1.0, abs(value))
    return row is not None and row[0] is not None and abs(float(row[0]) - value) <= tolerance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("database", type=Path)
    parser.add_argument("--schema", default="main_model_monitor")
    options = parser.parse_args()
    with duckdb.connect(str(options.database), read_only=True) as connection:
        report(connection, options.schema)


def report(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    connection.execute(MATCHES.format(schema=schema))
    found = missed = 0
    leads = []
    print(f"{'monitor':<12} {'incident':<20} {'begins':<17} found after  alerts (at its place)")
    for row in connection.execute(INCIDENTS.format(not_yet=NOT_YET)).fetchall():
        monitor, incident, starts_at, is_not_yet, found_at, primary, alerts = row
        if found_at is not None:
            hours = (found_at - starts_at).total_seconds() / 3600
            leads.append(hours)
            said = f"{hours:.0f} h" if primary else f"{hours:.0f} h, wider"
        else:
            said = "not yet seen" if is_not_yet else "MISSED"
        found += found_at is not None and not is_not_yet
        missed += found_at is None and not is_not_yet
        print(f"{monitor:<12} {incident:<20} {starts_at:%Y-%m-%d %H:%M}  {said:<12} "
              f"{alerts} ({primary})")  # fmt: skip
    shown, right, every = connection.execute(COUNTS.format(schema=schema)).fetchall()[0]
    (days,) = connection.execute(
        "select count(distinct cast(predicted_at as date)) from demo_logs.home_feed_predictions"
    ).fetchall()[0]
    wrong = connection.execute(WRONG.format(schema=schema)).fetchall()
    print()
    for monitor, severity, message in wrong:
        print(f"wrong  {monitor:<12} {severity:<9} {message}")
    print()
    print(f"alerts shown {shown} of {every}, right {right}: precision {right / max(shown, 1):.2f}")
    visible = found + missed
    print(f"incidents found {found} of {visible}: recall {found / max(visible, 1):.2f}")
    if leads:
        print(f"hours from the begin to the end of the window that found it: median "
              f"{sorted(leads)[len(leads) // 2]:.0f}, most {max(leads):.0f}")  # fmt: skip
    again = sum(reproduces(connection, *row) for row in connection.execute(
        REPRODUCED.format(schema=schema)
    ).fetchall())  # fmt: skip
    print(f"alerts shown whose query gives their number: {again} of {shown}")
    print(f"wrong ones per monitor and 28 days: {len(wrong) / 3 / days * 28:.2f}")


if __name__ == "__main__":
    main()
