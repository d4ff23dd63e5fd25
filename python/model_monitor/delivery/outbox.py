"""Notifications that are due and that were sent: monitor_outbox and monitor_deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from model_monitor.delivery.notification import Notification, Receiver
from model_monitor.errors import MonitorError, QueryError
from model_monitor.severity import SEVERITIES, severity_rank_sql
from model_monitor.warehouse.insert import insert
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import of_this_version, read, records

# Status of a delivery. All but FAILED are final.
SENT, FAILED, REFUSED, SKIPPED = "sent", "failed", "refused", "skipped"
DIGESTED = "digested"
SETTLED = (SENT, DIGESTED, REFUSED, SKIPPED)

# Also within one run: an alert starts, becomes critical, ends, and may start again.
IN_ORDER = f"""
    outbox.as_of,
    outbox.alert_id,
    coalesce(outbox.episode, 0),
    case when outbox.transition = 'resolved' then 1 else 0 end,
    {severity_rank_sql("outbox.severity")},
    outbox.contact_id,
    outbox.transition_id
"""
SETTLED_SQL = f"""
    select
        deliveries.transition_id,
        deliveries.channel,
        max(case when deliveries.status = '{SENT}' then 1 else 0 end) as was_sent,
        max(case when deliveries.status = '{DIGESTED}' then 1 else 0 end) as was_digested
    from {{deliveries}} as deliveries
    where deliveries.status in {SETTLED}
    group by deliveries.transition_id, deliveries.channel
"""
# How a receiver was notified of the start of an alert. An alert that started as a warning and
# became critical counts as sent if either notification was sent.
BEGINNINGS_SQL = f"""
    select
        outbox.alert_id,
        outbox.contact_id,
        outbox.channel,
        outbox.address_variable,
        coalesce(outbox.episode, 1) as episode,
        max(
            case when outbox.transition <> 'resolved' and settled.was_digested = 1 then 1 else 0 end
        ) as was_digested,
        max(case when outbox.transition <> 'resolved' and settled.was_sent = 1 then 1 else 0 end)
            as was_sent,
        max(case when outbox.transition = 'resolved' then 1 else 0 end) as is_over,
        max(case when outbox.severity = 'info' then 1 else 0 end) as was_info,
        max(
            case
                when outbox.transition <> 'resolved' and settled.was_digested = 1
                    then {severity_rank_sql("outbox.severity")}
                else 0
            end
        ) as severity_rank
    from {{outbox}} as outbox
    left join settled
        on outbox.transition_id = settled.transition_id
        and coalesce(outbox.channel, '') = settled.channel
    group by
        outbox.alert_id,
        outbox.contact_id,
        outbox.channel,
        outbox.address_variable,
        coalesce(outbox.episode, 1)
"""
# Waiting notifications, and open alerts of an Alertmanager, which forgets them on a restart.
WAITING = f"""
with settled as (
{SETTLED_SQL}
),

beginnings as (
{BEGINNINGS_SQL}
),

tried as (

    select
        deliveries.transition_id,
        deliveries.channel,
        count(*) as failure_count
    from {{deliveries}} as deliveries
    where deliveries.status = '{FAILED}'
    group by deliveries.transition_id, deliveries.channel

),

ordered as (

    select
        outbox.*,
        row_number() over (order by {IN_ORDER}) as place,
        lead(outbox.transition_id) over (
            partition by outbox.alert_id, outbox.contact_id, outbox.channel,
                outbox.address_variable
            order by {IN_ORDER}
        ) as next_id,
        first_value(outbox.owner) over (
            partition by outbox.alert_id, outbox.contact_id, outbox.channel,
                outbox.address_variable, coalesce(outbox.episode, 1)
            order by {IN_ORDER}
        ) as first_owner
    from {{outbox}} as outbox

)

select
    ordered.*,
    coalesce(settled.was_sent, 0) as was_sent,
    case when beginnings.was_digested = 1 and beginnings.was_sent = 0 then 1 else 0 end
        as was_digested,
    beginnings.was_info,
    coalesce(tried.failure_count, 0) as failure_count
from ordered
left join settled
    on ordered.transition_id = settled.transition_id
    and coalesce(ordered.channel, '') = settled.channel
left join tried
    on ordered.transition_id = tried.transition_id
    and coalesce(ordered.channel, '') = tried.channel
left join beginnings
    on ordered.alert_id = beginnings.alert_id
    and coalesce(ordered.contact_id, '') = coalesce(beginnings.contact_id, '')
    and coalesce(ordered.channel, '') = coalesce(beginnings.channel, '')
    and coalesce(ordered.address_variable, '') = coalesce(beginnings.address_variable, '')
    and coalesce(ordered.episode, 1) = beginnings.episode
where settled.transition_id is null
    or (
        settled.was_sent = 1
        and ordered.channel = 'alertmanager'
        and ordered.transition <> 'resolved'
        and ordered.next_id is null
    )
order by ordered.place
"""
# Open alerts that only a digest reported.
STANDING = f"""
with settled as (
{SETTLED_SQL}
),

beginnings as (
{BEGINNINGS_SQL}
)

select
    contact_id,
    channel,
    address_variable,
    max(severity_rank) as severity_rank
from beginnings
where was_digested = 1
    and was_sent = 0
    and is_over = 0
group by contact_id, channel, address_variable
"""
PAUSED = """
select contact_id, channel, max(not_before) as not_before
from {deliveries}
where not_before is not null
group by contact_id, channel
"""
LONGEST_WAIT = timedelta(days=1)
CONTACTS = "select contact_id, channel, address_variable, problem from {table}"


@dataclass(frozen=True)
class Contacts:
    """Current contacts, and the problems of rows that cannot be used."""

    receivers: set[Receiver] = field(default_factory=set)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def has(self, notification: Notification) -> bool:
        return notification.receiver in self.receivers


def has_outbox(project: Project) -> bool:
    return all(
        relation is not None and project.warehouse.exists(relation)
        for relation in tables(project).values()
    )


def tables(project: Project) -> dict[str, str | None]:
    return {name: project.relation(f"monitor_{name}") for name in ("outbox", "deliveries")}


def waiting(project: Project) -> list[Notification]:
    """Notifications without a final status, oldest first."""
    if not has_outbox(project):
        raise MonitorError(
            "The table monitor_outbox does not exist yet. To build it: model-monitor run"
        )
    with of_this_version():
        found = project.warehouse.rows(WAITING.format(**readable(project)))
    return [notification_of(row) for row in found]


def standing(project: Project) -> dict[Receiver, str]:
    """By receiver: the highest severity among open alerts that only digests reported."""
    with of_this_version():
        found = project.warehouse.rows(STANDING.format(**readable(project)))
    return {receiver_of(row): SEVERITIES[row["severity_rank"]] for row in found}


def readable(project: Project) -> dict[str, str | None]:
    """The tables, with all columns of the outbox."""
    names = tables(project)
    # an older table lacks this column if the build that adds it failed
    columns = project.warehouse.columns(str(names["outbox"])) or []
    if "episode" not in {column.name.lower() for column in columns}:
        names["outbox"] = f"(select *, cast(null as integer) as episode from {names['outbox']})"
    return names


def paused(project: Project) -> dict[tuple[str, str], datetime]:
    """Contacts and channels whose receivers asked for a pause, with its end."""
    names = tables(project)
    columns = project.warehouse.columns(str(names["deliveries"])) or []
    if "not_before" not in {column.name.lower() for column in columns}:
        return {}
    found = project.warehouse.rows(PAUSED.format(**names))
    return {
        (str(row["contact_id"]), str(row["channel"])): row["not_before"]
        for row in found
        if row["not_before"] > now()
    }


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def contacts(project: Project) -> Contacts:
    try:
        rows = records(read(project, "stg_monitor__contacts", CONTACTS))
    except QueryError:  # a view on a table that does not exist
        rows = []
    found = Contacts()
    for row in rows:
        who = receiver_of(row)
        found.receivers.add(who)
        if row["problem"]:
            found.problems.append((who[0] or "a contact", str(row["problem"])))
    return found


def receiver_of(row: dict[str, Any]) -> Receiver:
    contact, channel, variable = (
        str(row[name] or "") for name in ("contact_id", "channel", "address_variable")
    )
    return contact, channel, variable


def notification_of(row: dict[str, Any]) -> Notification:
    """A row of the outbox as a notification, whose row lacks the internal columns."""
    ours = ("transition", "contact_id", "channel", "address_variable")
    internal = (
        *ours, "place", "next_id", "first_owner", "was_sent", "was_digested", "was_info",
        "failure_count",
    )  # fmt: skip
    transition, contact_id, channel, variable = (str(row[name] or "") for name in ours)
    return Notification(
        transition_id=str(row["transition_id"]),
        transition=transition,
        contact_id=contact_id,
        channel=channel,
        address_variable=variable,
        row={name: value for name, value in row.items() if name not in internal},
        first_owner=row.get("first_owner"),
        is_repeat=bool(row.get("was_sent")),
        was_digested=bool(row.get("was_digested")),
        was_info=bool(row.get("was_info")),
        failure_count=int(row.get("failure_count") or 0),
    )


def attempt(
    about: Notification,
    status: str,
    problem: str | None,
    attempts: int,
    pause: float | None = None,
    thread_id: str | None = None,
) -> dict[str, Any]:
    """A row of monitor_deliveries."""
    row = {
        "transition_id": about.transition_id,
        "contact_id": about.contact_id,
        "channel": about.channel,
        "attempted_at": now(),
        "status": status,
        "attempts": attempts,
        "detail": problem,
    }
    # an older table lacks these columns until a build adds them
    if pause is not None:
        row["not_before"] = now() + min(timedelta(seconds=pause), LONGEST_WAIT)
    if thread_id is not None:
        row["thread_id"] = thread_id
    return row


def write(project: Project, rows: list[dict[str, Any]]) -> None:
    """Record attempts, all of them or none."""
    insert(project, "monitor_deliveries", *rows)
