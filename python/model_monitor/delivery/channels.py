"""The channels: how a word looks to each receiver, within the receiver's limits."""

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
from model_monitor.delivery.word import Word, shortened

JSON = {"Content-Type": "application/json"}
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
# Alertmanager ends an alert that nobody repeats; ours end when we say so.
LASTS = timedelta(days=365)
# Only variables that are named so hold an address: a contacts row must not send a password away.
PREFIXES = ("MODEL_MONITOR_",)
OVER_HTTP = ("alertmanager", "slack", "webhook")
Send = Callable[[Word, str, Http, Mapping[str, str]], int]


def webhook(word: Word, address: str, http: Http, environment: Mapping[str, str]) -> int:
    """JSON to any URL, signed when <address variable>_SECRET is set."""
    content = encoded({"transition": word.transition, "title": word.title, **plain(word.row)})
    headers = {**JSON, "Idempotency-Key": word.transition_id}
    secret = environment.get(f"{word.address_variable}_SECRET")
    if secret:
        moment = str(int(datetime.now(UTC).timestamp()))
        signed = hmac.new(secret.encode(), f"{moment}.".encode() + content, hashlib.sha256)
        headers["X-Model-Monitor-Timestamp"] = moment
        headers["X-Model-Monitor-Signature"] = f"sha256={signed.hexdigest()}"
    return http.post(address, content, headers)


def slack(word: Word, address: str, http: Http, _: Mapping[str, str]) -> int:
    """An incoming webhook of Slack."""
    title = shortened(escaped(word.title), 2900)
    lines = "\n".join(f"*{label}:* {escaped(text)}" for label, text in word.facts)
    blocks = [
        # verbatim: no name, channel or link is made of what stands in the text
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
        for text in (f"*{title}*", shortened(lines, 2900))
    ]
    return http.post(address, encoded({"text": title, "blocks": blocks}), JSON)


def pagerduty(word: Word, address: str, http: Http, environment: Mapping[str, str]) -> int:
    """Events API v2; the address is the routing key.

    Another event of an open incident notifies nobody there: what becomes critical is another one,
    which takes the place of the warning.
    """
    url = environment.get("MODEL_MONITOR_PAGERDUTY_URL", PAGERDUTY)
    keys = {"warn": word.alert_id, "critical": f"{word.alert_id}/critical"}
    opened = None if word.is_over else keys.get(word.severity, word.alert_id)
    events = (
        [] if opened is None else [{"event_action": "trigger", "dedup_key": opened, **page(word)}]
    )
    events += [
        {"event_action": "resolve", "dedup_key": key} for key in keys.values() if key != opened
    ]
    try:
        return max(
            http.post(url, encoded({"routing_key": address, **event}), JSON) for event in events
        )
    except NotSentError as error:
        # a routing key that is wrong is refused like an event that is, and can be put right
        error.is_final = False
        raise


def page(word: Word) -> dict[str, Any]:
    links = [(name, word.row.get(name)) for name in ("runbook", "dashboard")]
    return {
        "payload": {
            "summary": shortened(word.title, 1024),
            "source": word.row["monitor"],
            "severity": {"critical": "critical", "warn": "warning"}.get(word.severity, "info"),
            "timestamp": iso(word.at("since")),
            "component": word.row["subject"],
            "group": word.row["monitor"],
            "class": word.row["rule_id"],
            "custom_details": {**dict(word.facts), "transition_id": word.transition_id},
        },
        "links": [
            {"href": link, "text": name} for name, link in links if str(link).startswith("http")
        ],
    }


def alertmanager(word: Word, address: str, http: Http, _: Mapping[str, str]) -> int:
    """The API v2 of a Prometheus Alertmanager: labels are the alert's identity there."""
    return alertmanager_batch([word], address, http)


def alertmanager_batch(words: Sequence[Word], address: str, http: Http) -> int:
    """Several alerts in one request; the receiver groups them itself."""
    alerts = [alert for word in words for alert in managed(word)]
    return http.post(f"{address.rstrip('/')}/api/v2/alerts", encoded(alerts), JSON)


def managed(word: Word) -> list[dict[str, Any]]:
    """An alert in Alertmanager's words, once for each severity."""
    names = ("monitor", "model_version", "subject", "metric", "slice_name", "slice_value")
    labels = {"alertname": word.row["rule_id"], "alert_id": word.alert_id}
    labels |= {name: str(word.row[name]) for name in names if word.row.get(name)}
    # who owns it now may be another: with other labels it would be another alert, and this one stay
    labels |= {"owner": word.told_owner} if word.told_owner else {}
    notes = {**dict(word.facts), "summary": word.title}
    now = datetime.now(UTC)
    alerts = []
    # the gravity is part of the identity: the same alert of another gravity ends
    for severity in ("warn", "critical"):
        is_on = severity == word.severity and not word.is_over
        alerts.append(
            {
                "labels": {**labels, "severity": severity},
                "annotations": {name.replace(" ", "_"): text for name, text in notes.items()},
                "startsAt": iso(word.at("since")),
                "endsAt": iso(now + LASTS if is_on else now),
            }
        )
    return alerts


def apprise(word: Word, address: str, http: Http, _: Mapping[str, str]) -> int:
    """Everything else, e-mail among it: the address is one of the library's URLs."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    # its log holds addresses
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    kinds = {"critical": NotifyType.FAILURE, "warn": NotifyType.WARNING}
    kind = NotifyType.SUCCESS if word.is_over else kinds.get(word.severity, NotifyType.INFO)
    # the library sends through requests, which adds a password from a .netrc to what it sends
    os.environ["NETRC"] = os.devnull
    sender = Apprise(asset=AppriseAsset(http_redirects=False))
    if not sender.add(address):
        raise NotSentError("the address is none that apprise knows", 0)
    # what is text stays text where the receiver's own form is HTML
    with http.exchange():
        taken = sender.notify(
            body=word.body,
            title=shortened(word.title, 250),
            notify_type=kind,
            body_format=NotifyFormat.TEXT,
        )
    if not taken:
        raise NotSentError("the receiver did not take it", 1)
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
    """Why nothing can be sent to a contact, as far as it is known beforehand.

    What stands in the wrong column may be the address: it is not quoted.
    """
    if channel not in CHANNELS:
        got = f" Got: {channel}" if re.fullmatch("[a-z]{1,20}", channel) else ""
        return f"no such channel. Valid: {', '.join(CHANNELS)}.{got}"
    if not names_variable(variable):
        return (
            "address_variable is no name of an environment variable. The address belongs into a "
            "variable, its name into the table"
        )
    # a name without the prefix may be the secret itself: it is not quoted
    if not variable.startswith(tuple(prefixes)):
        return (
            f"address_variable must begin with {' or '.join(prefixes)}, so that no other variable "
            "is sent away. policy › address_prefixes allows others"
        )
    if not environment.get(variable, "").strip():
        return f"the environment variable {variable} is not set"
    return None


def names_variable(text: str) -> bool:
    """A long one without an underscore is taken for a key that was pasted."""
    is_name = re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", text) is not None
    return is_name and (len(text) < 20 or "_" in text)


def notices(channel: str, variable: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """What is sent, and could be sent more safely."""
    found = []
    if channel in OVER_HTTP and is_readable_on_the_way(environment.get(variable, "").strip()):
        found.append(f"{variable} is plain http: anyone on the way can read it. Use https")
    if channel == "webhook" and not environment.get(f"{variable}_SECRET"):
        found.append(f"the webhook is not signed: set {variable}_SECRET")
    return found


def send(
    words: Word | Sequence[Word],
    http: Http,
    environment: Mapping[str, str] = os.environ,
    prefixes: Sequence[str] = PREFIXES,
) -> int:
    """How often it was tried until it was taken; NotSentError if it was not.

    Several words are one request, where the channel has that.
    """
    word = words if isinstance(words, Word) else words[0]
    problem = unreachable(word.channel, word.address_variable or "", environment, prefixes)
    if problem is not None:
        raise NotSentError(problem, 0)
    address = environment[word.address_variable or ""].strip()
    try:
        if not isinstance(words, Word):
            return alertmanager_batch(words, address, http)
        return CHANNELS[word.channel](word, address, http, environment)
    except NotSentError:
        raise
    except Exception as error:  # noqa: BLE001 no receiver ends the others' words or tells its address
        raise NotSentError(f"{type(error).__name__}", 1) from None


def encoded(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=str).encode()


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: times in ISO form."""
    return {
        name: f"{value.isoformat()}Z" if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


def escaped(text: str) -> str:
    """Slack's three characters, and nothing that would page a channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
