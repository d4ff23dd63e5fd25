"""The incidents planted in the demo, and which alerts saw each of them.

An alert is right if it lies in a place and time where an incident (or its echo a week later) shows;
an incident is found if an alert lies at one of its primary places while it lasts. Alerts that are
held back by another alert or by a known change are not shown; an incident that only such an alert
found is told in the words of a wider (or stronger) one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from model_monitor.expectations.reproduction import BINNED

# Families of incidents that need tables which are not there yet: none.
NOT_YET = ("",)
MONITORS = ("home_feed", "fraud", "house_price")
# What drifts slowly: its effect passes the threshold of the rule some time after it begins.
GRADUAL = ("house_gradual", "home_concentration")
THRESHOLD = 0.1  # of a PSI, and of a Gini coefficient above what is usual
WITHIN = timedelta(days=7)

MATCHES = """
create or replace temp table matches as
with alerts as (
    select * from {schema}.monitor_alerts
    where state <> 'pending'
        and monitor in ({monitors})
)
select
    alerts.alert_id,
    alerts.inhibited_by is null as is_shown,
    alerts.inhibited_by is null and alerts.silenced_by is null and alerts.nature <> 'expected'
        as is_told,
    incidents.monitor,
    incidents.incident_id,
    incidents.is_primary,
    incidents.nature,
    incidents.starts_at,
    alerts.opened_at
from alerts
inner join demo_logs.demo_incidents as incidents
    on alerts.monitor = incidents.monitor
    -- an outcome is the predictions on another clock: predictions.click
    and split_part(alerts.log, '.', 1) = incidents.log
    -- counting knows no subject, and only counting sees rows that are not there
    and (incidents.detectable_by in ('volume', 'freshness')) <= (
        incidents.detectable_by = alerts.family
    )
    -- what only outcomes show is seen of them
    and (incidents.detectable_by in ('concept', 'calibration', 'labels')) <= (
        alerts.log like '%.%' or alerts.log <> 'predictions'
    )
    -- how well a model does is no distribution
    and (incidents.detectable_by = 'metrics') <= (alerts.family not in ('drift', 'tail', 'quality'))
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
        nature,
        min(case when is_primary then starts_at end) as starts_at,
        bool_or(detectable_by in {not_yet}) as is_not_yet
    from demo_logs.demo_incidents
    where nature <> 'expected'
        and is_primary
        and monitor in ({monitors})
    group by incident_id, monitor, nature
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
left join matches
    on planted.monitor = matches.monitor
    and planted.incident_id = matches.incident_id
group by all
order by starts_at
"""

# What was planted as expected: how many alerts saw it, and how many of those were told.
EXPECTED = """
select
    incident_id,
    count(distinct alert_id) as alerts,
    count(distinct case when is_told and not is_of_another then alert_id end) as told
from (
    select
        *,
        max(case when nature <> 'expected' then 1 else 0 end) over (partition by alert_id) = 1
            as is_of_another
    from matches
) as matched
where nature = 'expected'
group by incident_id
order by incident_id
"""

SHOWN = """
select
    alert_id,
    monitor,
    severity,
    message,
    family,
    current_value,
    reproduce_sql,
    -- what was to be expected is no incident
    alert_id in (select alert_id from matches where nature <> 'expected') as is_right
from {schema}.monitor_alerts
where inhibited_by is null
    and nature <> 'expected'
    and state <> 'pending'
    and monitor in ({monitors})
order by monitor, since
"""


@dataclass(frozen=True)
class Found:
    """One planted incident and when the alerts saw it; `due_at` is the bar."""

    monitor: str
    incident: str
    starts_at: datetime
    due_at: datetime
    found_at: datetime | None
    is_visible: bool
    shown: int
    shown_at_its_place: int

    @property
    def hours(self) -> float | None:
        if self.found_at is None:
            return None
        return (self.found_at - self.starts_at).total_seconds() / 3600


@dataclass(frozen=True)
class Score:
    incidents: list[Found]
    wrong: list[str]
    shown: int
    every: int
    reproduced: int
    days: int
    expected: list[tuple[str, int, int]]
    problems: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / max(self.shown, 1)

    @property
    def recall(self) -> float:
        visible = [each for each in self.incidents if each.is_visible]
        return sum(each.found_at is not None for each in visible) / max(len(visible), 1)


def reproduces(
    connection: duckdb.DuckDBPyConnection, family: str, value: float, query: str | None
) -> bool:
    if query is None:
        return False
    row = connection.execute(query).fetchone()
    tolerance = BINNED.get(family, 1e-6) * max(1.0, abs(value))
    return row is not None and row[0] is not None and abs(float(row[0]) - value) <= tolerance


def effect_passes(
    connection: duckdb.DuckDBPyConnection, incident: str, starts_at: datetime, suffix: str
) -> datetime:
    """The first day on which the effect reaches the threshold: of raw rows, none of our tables."""
    days = {"house_gradual": distances, "home_concentration": concentrations}[incident]
    effects = days(connection, starts_at, suffix)
    return pd.Timestamp(effects[effects >= THRESHOLD].index[0]).to_pydatetime()


def concentrations(
    connection: duckdb.DuckDBPyConnection, starts_at: datetime, suffix: str
) -> pd.Series:
    """How far the Gini coefficient of a day's items is above the middle of four weeks."""
    counts = connection.execute(
        "select cast(predicted_at as date) as day, item_id, count(*) as shown"
        f" from demo_logs.home_feed_predictions{suffix} where serving_role = 'live'"
        " and predicted_at >= ?::timestamp - interval '28 days' group by all",
        [starts_at],
    ).df()

    def gini(shown: pd.Series) -> float:
        x = np.sort(shown.to_numpy(dtype=float))
        places = 2 * np.arange(1, len(x) + 1) - len(x) - 1
        return float((places * x).sum() / (len(x) * x.sum()))

    daily = counts.groupby("day")["shown"].apply(gini)
    begun = pd.Timestamp(starts_at.date())
    return daily[daily.index >= begun] - daily[daily.index < begun].median()


def distances(connection: duckdb.DuckDBPyConnection, starts_at: datetime, suffix: str) -> pd.Series:
    """How far a day is from the training rows, less its noise.

    The middle of five days, for one day says little.
    """
    training = f"select distance_km from demo_logs.house_price_training{suffix}"
    known = connection.execute(training).df()["distance_km"].to_numpy()
    rows = connection.execute(
        "select cast(predicted_at as date) as day, distance_km as value"
        f" from demo_logs.house_price_predictions{suffix} where predicted_at >= ?",
        [starts_at],
    ).df()
    edges = np.nanquantile(known, np.arange(0.1, 1.0, 0.1))
    q = np.bincount(np.searchsorted(edges, known[~np.isnan(known)]), minlength=10) / len(known)

    def distance(day: pd.Series) -> float:
        values = day.dropna().to_numpy()
        p = np.bincount(np.searchsorted(edges, values), minlength=10) / len(values) + 1e-4
        noise = 9 * (1 / len(values) + 1 / len(known))
        return float(np.sum((p - q) * np.log(p / (q + 1e-4)))) - noise

    return rows.groupby("day")["value"].apply(distance).rolling(5, center=True).median()


def scored(connection: duckdb.DuckDBPyConnection, schema: str, suffix: str = "") -> Score:
    """The alerts of the demo's monitors (of one seed) against the truth."""
    monitors = ", ".join(f"'{name}{suffix}'" for name in MONITORS)
    connection.execute(MATCHES.format(schema=schema, monitors=monitors))
    incidents = []
    for row in connection.execute(INCIDENTS.format(not_yet=NOT_YET, monitors=monitors)).fetchall():
        monitor, incident, starts_at, is_not_yet, found_at, primary, alerts = row
        due_at = datetime.combine(starts_at.date(), datetime.min.time()) + timedelta(days=2)
        if incident in GRADUAL:
            due_at = effect_passes(connection, incident, starts_at, suffix) + WITHIN
        incidents.append(
            Found(monitor, incident, starts_at, due_at, found_at, not is_not_yet, alerts, primary)
        )
    shown = connection.execute(SHOWN.format(schema=schema, monitors=monitors)).fetchall()
    (every,) = connection.execute(
        f"select count(*) from {schema}.monitor_alerts where monitor in ({monitors})"
    ).fetchall()[0]
    (days,) = connection.execute(
        "select count(distinct cast(predicted_at as date))"
        f" from demo_logs.home_feed_predictions{suffix}"
    ).fetchall()[0]
    wrong = [f"{row[1]:<12} {row[2]:<9} {row[3]}" for row in shown if not row[7]]
    again = sum(reproduces(connection, row[4], row[5], row[6]) for row in shown)
    expected = connection.execute(EXPECTED).fetchall()
    score = Score(incidents, wrong, len(shown), every, again, days, expected)
    score.problems.extend(problems(score, suffix))
    return score


def problems(score: Score, suffix: str) -> list[str]:
    """What is below the bar, in words."""
    found = [
        f"{each.incident} is missed"
        if each.found_at is None
        else f"{each.incident} is found {each.found_at:%Y-%m-%d %H:%M}, due {each.due_at:%Y-%m-%d}"
        for each in score.incidents
        if each.is_visible and (each.found_at is None or each.found_at > each.due_at)
    ]
    found += [
        f"{incident} was expected, and {told} alerts of it are told"
        for incident, _, told in score.expected
        if told
    ]
    for name in MONITORS:
        count = sum(line.split()[0] == name + suffix for line in score.wrong)
        if count > score.days / 28:
            found.append(f"{name}: {count} wrong alerts in {score.days} days")
    if score.reproduced < score.shown:
        found.append(f"{score.shown - score.reproduced} queries do not give their number")
    return found
