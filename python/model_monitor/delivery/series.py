"""Reads the recent windows of alerts, for the picture in a mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from model_monitor.delivery.notification import Notification, Point, Series
from model_monitor.errors import QueryError
from model_monitor.severity import severity_rank
from model_monitor.warehouse.read import Readable

WINDOWS = 42
MOST_ALERTS = 200
# The newest evaluation of each window. The series ends with the newest window of the alert.
SERIES = """
with newest as (

    select
        alerts.alert_id,
        judgements.window_end,
        judgements.value,
        judgements.baseline_value,
        row_number() over (
            partition by alerts.alert_id, judgements.window_end order by judgements.as_of desc
        ) as recency
    from {monitor_alerts} as alerts
    inner join {monitor_judgements} as judgements
        on alerts.fingerprint = judgements.fingerprint
    where alerts.alert_id in ({ids})

),

numbered as (

    select
        alert_id,
        window_end,
        value,
        baseline_value,
        row_number() over (partition by alert_id order by window_end desc) as place
    from newest
    where recency = 1

)

select
    alert_id,
    window_end,
    value,
    baseline_value
from numbered
where place <= {windows}
order by alert_id, window_end
"""


def with_series(
    project: Readable, notifications: Sequence[Notification], environment: Mapping[str, str]
) -> list[Notification]:
    """The notifications, those that go out as mail with the series of their alerts.

    A warehouse that refuses the query costs the picture, not the notification.
    """
    mailed = [each for each in notifications if is_mailed(each, environment) and not each.is_repeat]
    mailed.sort(key=lambda each: (each.is_over, -severity_rank(each.severity)))
    wanted = list(dict.fromkeys(each.alert_id for each in mailed))[:MOST_ALERTS]
    found = series_of(project, wanted) if wanted else {}
    return [
        replace(each, series=found[each.alert_id])
        if is_mailed(each, environment) and each.alert_id in found
        else each
        for each in notifications
    ]


def is_mailed(notification: Notification, environment: Mapping[str, str]) -> bool:
    address = environment.get(notification.address_variable, "").strip()
    return notification.channel == "apprise" and address.startswith(("mailto:", "mailtos:"))


def series_of(project: Readable, alert_ids: Sequence[str]) -> dict[str, Series]:
    names = {name: project.relation(name) for name in ("monitor_alerts", "monitor_judgements")}
    ids = ", ".join(project.warehouse.literal(alert_id) for alert_id in alert_ids)
    try:
        if not all(name and project.warehouse.exists(name) for name in names.values()):
            return {}
        rows = project.warehouse.rows(SERIES.format(**names, ids=ids, windows=WINDOWS))
    except QueryError:
        return {}
    found: dict[str, list[Point]] = {}
    for row in rows:
        point = Point(
            datetime.fromisoformat(str(row["window_end"])).replace(tzinfo=UTC),
            number(row["value"]),
            number(row["baseline_value"]),
        )
        found.setdefault(str(row["alert_id"]), []).append(point)
    return {alert_id: tuple(points) for alert_id, points in found.items()}


def number(value: Any) -> float | None:
    """None for what is not a finite number."""
    if value is None:
        return None
    found = float(value)
    return found if abs(found) < float("inf") else None
