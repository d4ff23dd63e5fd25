"""The channels: the form of a notification for each receiver, within its limits."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from model_monitor.delivery.http import Http, NotSentError, is_readable_on_the_way
from model_monitor.delivery.notification import Notification, shortened
from model_monitor.delivery.slack import slack_message, slack_text
from model_monitor.delivery.slack_bot import TOKEN, is_channel, post_as_bot
from model_monitor.extras import missing
from model_monitor.severity import SEVERITIES

JSON = {"Content-Type": "application/json"}
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
# Alertmanager ends an alert that is not repeated. Ours last until we end them.
LASTS = timedelta(days=365)
# Only variables with this prefix may hold an address: a contacts row must not leak a password.
PREFIXES = ("MODEL_MONITOR_",)
OVER_HTTP = ("alertmanager", "slack", "webhook")
Send = Callable[[Notification, str, Http, Mapping[str, str]], int]


def webhook(
    notification: Notification, address: str, http: Http, environment: Mapping[str, str]
) -> int:
    """JSON to any URL, signed when <address variable>_SECRET is set."""
    content = encoded(
        {
            "transition": notification.transition,
            "title": notification.title,
            **plain(notification.row),
        }
    )
    headers = {**JSON, "Idempotency-Key": notification.transition_id}
    secret = environment.get(f"{notification.address_variable}_SECRET")
    if secret:
        moment = str(int(datetime.now(UTC).timestamp()))
        signed = hmac.new(secret.encode(), f"{moment}.".encode() + content, hashlib.sha256)
        headers["X-Model-Monitor-Timestamp"] = moment
        headers["X-Model-Monitor-Signature"] = f"sha256={signed.hexdigest()}"
    return http.post(address, content, headers)


def slack(
    notification: Notification, address: str, http: Http, environment: Mapping[str, str]
) -> int:
    """A channel of Slack for a bot, or an incoming webhook. One that refuses the layout gets the
    text alone."""
    if is_channel(address):
        return post_as_bot(notification, address, http, environment)
    content = slack_message(notification)
    try:
        return http.post(address, encoded(content), JSON)
    except NotSentError as error:
        if not error.is_refused:
            raise
        del content["blocks"]
        content["text"] = slack_text(notification)
        return error.attempts + http.post(address, encoded(content), JSON)


def pagerduty(
    notification: Notification, address: str, http: Http, environment: Mapping[str, str]
) -> int:
    """Events API v2; the address is the routing key.

    A second event for an open incident notifies nobody there. So an alert that becomes critical
    opens a new incident, which replaces the one of the warning.
    """
    url = environment.get("MODEL_MONITOR_PAGERDUTY_URL", PAGERDUTY)
    try:
        return max(
            http.post(url, encoded({"routing_key": address, **event}), JSON)
            for event in pagerduty_events(notification)
        )
    except NotSentError as error:
        # a wrong routing key is refused like a wrong event, but can be fixed
        error.is_final = False
        raise


def pagerduty_events(notification: Notification) -> list[dict[str, Any]]:
    """One event opens the incident of its severity, and one resolves that of the other."""
    keys = {"warn": notification.alert_id, "critical": f"{notification.alert_id}/critical"}
    opened = (
        None if notification.is_over else keys.get(notification.severity, notification.alert_id)
    )
    events = (
        []
        if opened is None
        else [{"event_action": "trigger", "dedup_key": opened, **page(notification)}]
    )
    return events + [
        {"event_action": "resolve", "dedup_key": key} for key in keys.values() if key != opened
    ]


def page(notification: Notification) -> dict[str, Any]:
    severities = {"critical": "critical", "warn": "warning"}
    report = dict(notification.addresses).get("report")
    return {
        "payload": {
            "summary": shortened(notification.title, 1024),
            "source": notification.row["monitor"],
            "severity": severities.get(notification.severity, "info"),
            "timestamp": iso(notification.at("since")),
            "component": notification.row["subject"],
            "group": notification.row["monitor"],
            "class": notification.row["rule_id"],
            "custom_details": {
                **dict(notification.facts),
                "transition_id": notification.transition_id,
            },
        },
        "links": [{"href": link, "text": name} for name, link in notification.links],
        "client": "model_monitor",
        **({"client_url": report} if report else {}),
    }


def alertmanager(notification: Notification, address: str, http: Http, _: Mapping[str, str]) -> int:
    """The API v2 of a Prometheus Alertmanager, where labels are the identity of an alert."""
    return alertmanager_batch([notification], address, http)


def alertmanager_batch(notifications: Sequence[Notification], address: str, http: Http) -> int:
    """Several alerts in one request; the receiver groups them itself."""
    alerts = [alert for each in notifications for alert in managed(each)]
    return http.post(f"{address.rstrip('/')}/api/v2/alerts", encoded(alerts), JSON)


def managed(notification: Notification) -> list[dict[str, Any]]:
    """An alert in the form of Alertmanager, once for each severity."""
    names = ("monitor", "model_version", "subject", "metric", "slice_name", "slice_value")
    labels = {"alertname": notification.row["rule_id"], "alert_id": notification.alert_id}
    labels |= {name: str(notification.row[name]) for name in names if notification.row.get(name)}
    # the first owner, even if another owns it now: other labels would make it another alert
    labels |= {"owner": notification.first_owner} if notification.first_owner else {}
    notes = {**dict(notification.facts), "summary": notification.title}
    now = datetime.now(UTC)
    alerts = []
    # the severity is part of the identity, so the alerts of the other severities must end
    severities = SEVERITIES if notification.was_info else SEVERITIES[1:]
    for severity in severities:
        is_on = severity == notification.severity and not notification.is_over
        alerts.append(
            {
                "labels": {**labels, "severity": severity},
                "annotations": {name.replace(" ", "_"): text for name, text in notes.items()},
                "startsAt": iso(notification.at("since")),
                "endsAt": iso(now + LASTS if is_on else now),
            }
        )
    return alerts


def apprise(notification: Notification, address: str, http: Http, _: Mapping[str, str]) -> int:
    """Other receivers, such as e-mail: the address is one of the library's URLs."""
    if lacking := missing("apprise"):
        raise NotSentError(lacking, 0)
    from apprise import Apprise, AppriseAsset

    from model_monitor.delivery.mail import send_to

    # the library logs addresses
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    # the library uses requests, which would add a password from a .netrc
    os.environ["NETRC"] = os.devnull
    sender = Apprise(asset=AppriseAsset(http_redirects=False))
    if not sender.add(address):
        raise NotSentError("apprise does not know this kind of address", 0)
    with http.exchange():
        accepted = [send_to(service, notification) for service in sender]
    if not all(accepted):
        raise NotSentError("the receiver did not accept it", 1)
    return 1


CHANNELS: dict[str, Send] = {
    "alertmanager": alertmanager,
    "apprise": apprise,
    "pagerduty": pagerduty,
    "slack": slack,
    "webhook": webhook,
}


def unreachable(
    channel: str,
    variable: str,
    environment: Mapping[str, str] = os.environ,
    prefixes: Sequence[str] = PREFIXES,
) -> str | None:
    """Why nothing can be sent to a contact, as far as can be known before sending.

    A value in the wrong column may be the address, so it is not quoted.
    """
    if channel not in CHANNELS:
        got = f" Got: {channel}" if re.fullmatch("[a-z]{1,20}", channel) else ""
        return f"channel: unknown. Valid: {', '.join(CHANNELS)}.{got}"
    if not names_variable(variable):
        return (
            "address_variable: not the name of an environment variable. Put the address in a "
            "variable, and the name of the variable in the table"
        )
    # a name without the prefix may be the secret itself, so it is not quoted
    if not variable.startswith(tuple(prefixes)):
        return (
            f"address_variable: must begin with {' or '.join(prefixes)}, so that no other secret "
            "leaves this machine. To allow other prefixes: policy › address_prefixes"
        )
    address = environment.get(variable, "").strip()
    if not address:
        return f"the environment variable {variable} is not set"
    if channel == "slack" and is_channel(address) and not environment.get(TOKEN, "").strip():
        return f"{variable} is a channel of Slack, but the environment variable {TOKEN} is not set"
    return None


def names_variable(text: str) -> bool:
    """A long text without an underscore is probably a pasted key, not a name."""
    is_name = re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", text) is not None
    return is_name and (len(text) < 20 or "_" in text)


def notices(channel: str, variable: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Notices about contacts that could be reached more safely."""
    found = []
    if channel in OVER_HTTP and is_readable_on_the_way(environment.get(variable, "").strip()):
        found.append(f"{variable} is plain http, so others on the network can read it. Use https")
    if channel == "webhook" and not environment.get(f"{variable}_SECRET"):
        found.append(f"the webhook is not signed: set {variable}_SECRET")
    return found


def send(
    notifications: Notification | Sequence[Notification],
    http: Http,
    environment: Mapping[str, str] = os.environ,
    prefixes: Sequence[str] = PREFIXES,
) -> int:
    """The number of attempts until it was accepted; NotSentError if it was not.

    Several notifications are one request, on a channel with batches.
    """
    first = notifications if isinstance(notifications, Notification) else notifications[0]
    problem = unreachable(first.channel, first.address_variable or "", environment, prefixes)
    if problem is not None:
        raise NotSentError(problem, 0)
    address = environment[first.address_variable or ""].strip()
    try:
        if not isinstance(notifications, Notification):
            return alertmanager_batch(notifications, address, http)
        return CHANNELS[first.channel](notifications, address, http, environment)
    except NotSentError:
        raise
    except Exception as error:  # noqa: BLE001 one receiver stops no other, and its address stays secret
        raise NotSentError(f"{type(error).__name__}", 1) from None


def encoded(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=str).encode()


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for JSON: times in ISO form."""
    return {
        name: f"{value.isoformat()}Z" if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
