"""The incidents that were planted in the demo, and those that were told.

python benchmarks/incident_scores.py target/model_monitor.duckdb

An incident is that of a planted one if an alert of it lies at a primary place of that one while it
lasts. It is right if there is exactly one, in the words of an alert at a place of the planted one
(near: not a primary one), with its nature, its begin within a day, within two hours where both
name an hour (day: it began at an hour and is told by the day; a slow one: within seven days of the
day from which its effect is there), the planted change as its cause where there was one, and the
action of the truth. What only labels or people show has to be seen as that too (SEEN_AS).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

import duckdb
from demo_incidents import GRADUAL, MATCHES, MONITORS, NOT_YET, WITHIN, effect_passes

TOLD = """
select
    planted.monitor,
    planted.incident_id as planted,
    planted.nature,
    planted.action,
    planted.starts_at,
    changes.name as change,
    told.nature,
    told.recommended_action,
    told.since,
    told.likely_cause,
    told.message,
    told.alert_count,
    told.alert_id in (
        select matches.alert_id from matches where matches.incident_id = planted.incident_id
    ) as is_at_a_place,
    told.alert_id in (
        select matches.alert_id
        from matches
        where matches.incident_id = planted.incident_id
            and matches.is_primary
    ) as is_at_its_place
from (
    select
        incident_id,
        monitor,
        nature,
        action,
        min(starts_at) as starts_at
    from demo_logs.demo_incidents
    where is_primary
        and nature <> 'expected'
        and monitor in ({monitors})
        and detectable_by not in {not_yet}
    group by all
) as planted
left join demo_logs.changes as changes
    on planted.monitor = changes.monitor
    and (
        changes.change_id = 'before-' || planted.incident_id
        or (planted.incident_id = 'home_null' and changes.change_id = 'deploy-v13-2')
    )
left join (
    select distinct
        matches.incident_id as planted,
        incidents.*
    from matches
    inner join {schema}.monitor_alerts as alerts
        on matches.alert_id = alerts.alert_id
    inner join {schema}.monitor_incidents as incidents
        on alerts.incident_id = incidents.incident_id
    where matches.is_primary
        -- an alert that began with it, and not one that still lasted when it began
        and alerts.opened_at > matches.starts_at
        and incidents.nature <> 'expected'
) as told
    on planted.incident_id = told.planted
    and planted.monitor = told.monitor
order by planted.starts_at, planted.incident_id
"""

# Told, and none of those above: at no place of a planted one, or once more beside what was told.
WRONG = """
select
    incidents.monitor,
    incidents.message,
    (
        select min(matches.incident_id)
        from {schema}.monitor_alerts as alerts
        inner join matches
            on alerts.alert_id = matches.alert_id
        where alerts.incident_id = incidents.incident_id
    ) as beside
from {schema}.monitor_incidents as incidents
where incidents.monitor in ({monitors})
    and incidents.nature <> 'expected'
    and incidents.inhibited_by is null
    and incidents.incident_id not in (
        select alerts.incident_id
        from {schema}.monitor_alerts as alerts
        inner join matches
            on alerts.alert_id = matches.alert_id
        where alerts.incident_id is not null
            and matches.is_primary
            and alerts.opened_at > matches.starts_at
    )
order by incidents.monitor, incidents.since
"""

# The family of alerts that must be among those of a planted incident, whatever speaks for it.
SEEN_AS = {
    "fraud_concept": "concept",
    "home_calibration": "calibration",
    "home_concentration": "concentration",
}
FAMILIES = """
select distinct
    matches.incident_id,
    alerts.family
from matches
inner join {schema}.monitor_alerts as alerts
    on matches.alert_id = alerts.alert_id
where alerts.incident_id is not null
    and alerts.opened_at > matches.starts_at
"""

ACTIONS = {"roll_back": "rollback"}
MIDNIGHT = time()
WITHIN_HOURS = timedelta(hours=2)


@dataclass(frozen=True)
class Planted:
    """One planted incident and what was told of it."""

    name: str
    told: int
    is_at_a_place: bool = False
    is_at_its_place: bool = False
    nature: bool = False
    onset: bool = False
    is_by_the_day: bool = False  # began at an hour, and is told by the day
    cause: bool | None = None  # none where no change was planted
    action: bool = False
    message: str = ""
    alerts: int = 0


@dataclass(frozen=True)
class Told:
    planted: list[Planted]
    wrong: list[str]
    families: set[tuple[str, str]]  # of the alerts at the places of a planted one
    problems: list[str] = field(default_factory=list)


def told(
    connection: duckdb.DuckDBPyConnection, schema: str, suffix: str = "", days: int = 90
) -> Told:
    names = {
        "schema": schema,
        "not_yet": f"({', '.join(repr(one) for one in NOT_YET)})",
        "monitors": ", ".join(f"'{name}{suffix}'" for name in MONITORS),
    }
    connection.execute(MATCHES.format(**names))
    by_name: dict[str, list[tuple[object, ...]]] = {}
    for row in connection.execute(TOLD.format(**names)).fetchall():
        by_name.setdefault(str(row[1]), []).append(row)
    planted = [one(connection, rows, suffix) for rows in by_name.values()]
    wrong = [
        f"{monitor}: {message}{f' (beside {beside})' if beside else ''}"
        for monitor, message, beside in connection.execute(WRONG.format(**names)).fetchall()
    ]
    families = set(connection.execute(FAMILIES.format(**names)).fetchall())
    found = Told(planted, wrong, families)
    found.problems.extend(problems(found, suffix, days))
    return found


def one(
    connection: duckdb.DuckDBPyConnection, rows: list[tuple[object, ...]], suffix: str
) -> Planted:
    there = [row for row in rows if row[10] is not None]
    if len(there) != 1:
        return Planted(str(rows[0][1]), len(there))
    _, name, nature, action, starts, change, seen, advised, since, cause, message, count = there[0][
        :12
    ]
    assert isinstance(starts, datetime)
    assert isinstance(since, datetime)
    earliest, latest = starts - timedelta(days=1), starts + timedelta(days=1)
    if name in GRADUAL:
        latest = effect_passes(connection, str(name), starts, suffix) + WITHIN
    elif MIDNIGHT not in (starts.time(), since.time()):
        earliest, latest = starts - WITHIN_HOURS, starts + WITHIN_HOURS
    return Planted(
        str(name),
        1,
        bool(there[0][12]),
        bool(there[0][13]),
        nature == seen,
        earliest <= since <= latest,
        starts.time() != MIDNIGHT and since.time() == MIDNIGHT,
        None if change is None else str(cause or "").startswith(str(change)),
        ACTIONS.get(str(action), action) == advised,
        str(message),
        int(str(count)),
    )


def problems(found: Told, suffix: str, days: int) -> list[str]:
    below = [f"{each.name}: {each.told} incidents" for each in found.planted if each.told != 1]
    for what in ("is_at_a_place", "nature", "onset"):
        below += [
            f"{each.name}: {what} is wrong"
            for each in found.planted
            if each.told == 1 and not getattr(each, what)
        ]
    below += [f"{each.name}: the cause is wrong" for each in found.planted if each.cause is False]
    below += [
        f"{each.name}: no alert of {SEEN_AS[each.name]}"
        for each in found.planted
        if each.name in SEEN_AS and (each.name, SEEN_AS[each.name]) not in found.families
    ]
    right = sum(each.action for each in found.planted)
    if right < 0.9 * len(found.planted):
        below.append(f"the action is right in {right} of {len(found.planted)}")
    for name in MONITORS:
        count = sum(line.startswith(f"{name}{suffix}:") for line in found.wrong)
        if count > days / 28:
            below.append(f"{name}: {count} wrong incidents in {days} days")
    return below


def table(found: Told) -> str:
    """Each planted incident with what was told, and what nobody had planted."""
    asked = ("place", "nature", "onset", "cause", "action")
    lines = [f"{'incident':<20} told {'  '.join(asked)}  alerts"]
    for each in found.planted:
        place = "near" if each.is_at_a_place and not each.is_at_its_place else None
        answers = (each.is_at_a_place, each.nature, each.onset, each.cause, each.action)
        words = ["-" if answer is None else "yes" if answer else "NO" for answer in answers]
        words[0] = place or words[0]
        words[2] = "day" if each.onset and each.is_by_the_day else words[2]
        cells = "  ".join(f"{word:<{len(name)}}" for name, word in zip(asked, words, strict=True))
        lines.append(f"{each.name:<20} {each.told:>4} {cells}  {each.alerts:>6}  {each.message}")
    lines += [f"not planted, or told already: {line}" for line in found.wrong]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("--schema", default="main_model_monitor")
    parser.add_argument("--suffix", default="")
    options = parser.parse_args()
    with duckdb.connect(str(options.database), read_only=True) as connection:
        found = told(connection, options.schema, options.suffix)
    print(table(found))
    print("\n".join(found.problems) or "nothing is below the bar")


if __name__ == "__main__":
    main()
