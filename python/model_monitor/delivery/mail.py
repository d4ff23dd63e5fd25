"""A notification as a mail: HTML in tables that mail clients show, and a picture of the series."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from model_monitor.delivery.notification import Digest, Notification, shortened
from model_monitor.delivery.picture import picture, sparkline, values

if TYPE_CHECKING:
    from apprise import NotifyBase

PICTURE = "series.png"
SUBJECT = 250
COLOURS = {"critical": "#b42318", "warn": "#b54708"}
RESOLVED_COLOUR, OTHER_COLOUR = "#067647", "#175cd3"


def is_mail(service: NotifyBase) -> bool:
    """Whether a service is a mail server, and its address does not ask for plain text."""
    from apprise import NotifyFormat
    from apprise.plugins.email import NotifyEmail

    return isinstance(service, NotifyEmail) and (
        service.resolve_format(NotifyFormat.HTML) == NotifyFormat.HTML
    )


def send_to(service: Any, notification: Notification) -> bool:
    """A mail for a mail server, plain text for any other service."""
    return (send_mail if is_mail(service) else send_text)(service, notification)


def send_mail(service: Any, notification: Notification) -> bool:
    """HTML with the plain text of the same, and the picture within it."""
    from apprise import NotifyFormat
    from apprise.attachment.memory import AttachMemory

    image = picture(notification.series, notification.at("since"))
    service.headers = {**service.headers, **thread(notification)}
    service.inline = True
    # apprise has no types here
    attached = [] if image is None else [AttachMemory(image, PICTURE, "image/png")]  # type: ignore[no-untyped-call]
    return notified(
        service, notification, html(notification), NotifyFormat.HTML, attach=attached or None
    )


def send_text(service: Any, notification: Notification) -> bool:
    from apprise import NotifyFormat

    # text stays text for receivers that show HTML
    return notified(service, notification, notification.body, NotifyFormat.TEXT)


def notified(
    service: Any, notification: Notification, body: str, body_format: Any, **more: Any
) -> bool:
    from apprise import Apprise, NotifyType

    kinds = {"critical": NotifyType.FAILURE, "warn": NotifyType.WARNING}
    kind = kinds.get(notification.severity, NotifyType.INFO)
    sender = Apprise(asset=service.asset)
    sender.add(service)
    return bool(
        sender.notify(
            body=body,
            title=shortened(notification.title, SUBJECT),
            notify_type=NotifyType.SUCCESS if notification.is_over else kind,
            body_format=body_format,
            **more,
        )
    )


def thread(notification: Notification) -> dict[str, str]:
    """Headers by which a mail client shows all mails of an alert as one conversation."""
    episode = notification.row.get("episode") or 0
    root = f"<{notification.alert_id}.{episode}@model-monitor>"
    return {"In-Reply-To": root, "References": root}


def html(notification: Notification) -> str:
    """The body. Its text is also the plain text of the mail, so each fact is in one cell."""
    series = notification.series
    has_picture = len(values(series)) >= 2
    known = dict(notification.fields)
    change = [known[name] for name in ("normally", "now") if name in known]
    colour = RESOLVED_COLOUR if notification.is_over else COLOURS.get(notification.severity)
    return (
        environment()
        .get_template("mail.html")
        .render(
            badge="Digest" if isinstance(notification, Digest) else notification.state,
            colour=colour or OTHER_COLOUR,
            what=known.get("what") or notification.title,
            short=short(known),
            change=" → ".join(change) if len(change) == 2 else "",
            details=notification.details,
            addresses=notification.addresses,
            links=notification.links,
            command=notification.command,
            has_picture=has_picture,
            picture=PICTURE,
            sparkline=sparkline(series),
            caption=caption(notification) if has_picture else "",
        )
    )


def short(known: dict[str, str]) -> list[list[tuple[str, str]]]:
    """The facts that are short enough for two columns, in rows."""
    found = [(label, text) for label, text in known.items() if label in ("where", "since", "until")]
    found += [("monitors", known["monitors"])] if "monitors" in known else []
    if "normally" in known and "now" in known:
        found.append(("normally → now", f"{known['normally']} → {known['now']}"))
    return [found[start : start + 2] for start in range(0, len(found), 2)]


def caption(notification: Notification) -> str:
    """What the picture shows, with the figures that it has no room for."""
    series = notification.series
    first, last = series[0].at, series[-1].at
    low, high = min(values(series)), max(values(series))
    dashed = "Dashed: normal. " if any(each.normal is not None for each in series) else ""
    subject = notification.text("subject") or notification.text("monitor")
    metric = (notification.text("metric") or "value").replace("_", " ")
    return (
        f"{subject}, {metric}: lowest {low:,.3g}, highest {high:,.3g}, "
        f"{first.day} {first:%b} to {last.day} {last:%b %Y}. {dashed}Red: since the onset."
    )


@cache
def environment() -> Environment:
    return Environment(
        loader=PackageLoader("model_monitor.delivery", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
