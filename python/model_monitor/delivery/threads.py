"""The threads of alerts that were notified of before, as monitor_deliveries keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from model_monitor.delivery.notification import Notification, Thread
from model_monitor.delivery.outbox import (
    IN_ORDER,
    SENT,
    SETTLED_SQL,
    notification_of,
    readable,
    tables,
)
from model_monitor.warehouse.project import Project

CHANNEL = "slack"  # the only channel whose receiver names its messages
# Messages that opened a thread or are in one, of alerts with a notification that waits.
IN_THREADS = f"""
with settled as (
{SETTLED_SQL}
),

in_order as (

    select
        outbox.*,
        row_number() over (order by {IN_ORDER}) as place
    from {{outbox}} as outbox
    where outbox.channel = '{CHANNEL}'

),

waiting as (

    select distinct in_order.alert_id
    from in_order
    left join settled
        on in_order.transition_id = settled.transition_id
        and in_order.channel = settled.channel
    where settled.transition_id is null

)

select
    in_order.*,
    deliveries.thread_id
from in_order
inner join waiting
    on in_order.alert_id = waiting.alert_id
inner join {{deliveries}} as deliveries
    on in_order.transition_id = deliveries.transition_id
    and in_order.channel = deliveries.channel
where deliveries.status = '{SENT}'
    and deliveries.thread_id is not null
order by in_order.place, deliveries.thread_id
"""
# An episode of an alert at an address.
Key = tuple[str, int, str, str]


def threaded(project: Project, notifications: Sequence[Notification]) -> list[Notification]:
    """The notifications of Slack, each with the thread of its alert."""
    if not any(each.channel == CHANNEL for each in notifications) or not keeps_threads(project):
        return list(notifications)
    found = earlier(project.warehouse.rows(IN_THREADS.format(**readable(project))))
    return [
        replace(each, thread=found.setdefault(key_of(each), Thread()))
        if each.channel == CHANNEL
        else each
        for each in notifications
    ]


def keeps_threads(project: Project) -> bool:
    """Whether monitor_deliveries has the column. An older table gets it from a build."""
    columns = project.warehouse.columns(str(tables(project)["deliveries"])) or []
    return "thread_id" in {column.name.lower() for column in columns}


def earlier(rows: Sequence[dict[str, Any]]) -> dict[Key, Thread]:
    """The latest thread of each alert, with its first message."""
    found: dict[Key, Thread] = {}
    for row in rows:
        thread_id = str(row.pop("thread_id"))
        notification = notification_of(row)
        thread = found.setdefault(key_of(notification), Thread())
        if thread.id is None or moment_of(thread_id) > moment_of(thread.id):
            thread.id, thread.first = thread_id, notification
    return found


def key_of(notification: Notification) -> Key:
    episode = int(notification.row.get("episode") or 1)
    return notification.alert_id, episode, notification.channel, notification.address_variable


def moment_of(thread_id: str) -> str:
    """The part of an id that grows with time."""
    return thread_id.rpartition(":")[2]
