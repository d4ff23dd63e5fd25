"""Acknowledge, silence and triage alerts: each act is a row of monitor_audit."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from model_monitor.alerting.audit import Act, add
from model_monitor.alerting.explain import find
from model_monitor.alerting.headline import headline
from model_monitor.errors import UsageError
from model_monitor.output import Output, clean, clip
from model_monitor.text import nearest
from model_monitor.warehouse.read import Readable, read

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
PATTERN = set("*,!")


def write(project: Readable, output: Output, act: Act) -> tuple[Act, dict[str, Any] | None]:
    """Append an act to the audit. The first characters of an alert's id are enough."""
    alert = None
    with project.warehouse.held(output.note):
        check(project, act)
        if act.alert_id is not None:
            alert = find(project, act.alert_id, command=act.act)
            if act.act == "silence" and alert.get("is_safety"):
                raise UsageError(
                    "silence: this alert has a safety rule, which cannot be silenced. Valid: ack, "
                    f"which stops escalation, or triage. Got: {alert['alert_id']}"
                )
            act = replace(act, alert_id=str(alert["alert_id"]))
        add(project, act)
    return act, alert


def sentence(act: Act, alert: dict[str, Any] | None) -> str:
    """One line that says what was recorded, and about what."""
    if alert is not None:
        subject = f"{act.alert_id} ({clip(clean(headline(alert)), 80)})"
    else:
        named = {"monitor": act.monitor, "subject": act.subject}
        if act.slice_name is not None:
            named[act.slice_name] = act.slice_value
        subject = ", ".join(f"{name}={value}" for name, value in named.items() if value)
    if act.act == "ack":
        return f"Acknowledged {subject}."
    if act.act == "silence":
        return f"Silenced {subject} until {act.until}."
    action = "" if act.action is None else f", action {act.action}"
    cause = "" if act.root_cause is None else f", cause: {clip(clean(act.root_cause), 80)}"
    return f"Triaged {subject}: {act.decision}{action}{cause}."


def check(project: Readable, act: Act) -> None:
    """Refuse a silence that matches nothing: its author would rely on it."""
    if act.until is not None and act.until < act.acted_at:
        raise UsageError(
            f"--until: ends before it starts. Valid: after {act.acted_at}. Got: {act.until}"
        )
    if act.subject is not None:
        refuse_unknown(
            "--subject", act.subject, known(project, "int_monitor__evaluable_metrics", "subject")
        )
    if act.monitor is not None:
        monitors = known(project, "int_monitor__monitors", "monitor")
        refuse_unknown("--monitor", act.monitor, monitors)
    if act.slice_name is not None:
        only = None if is_pattern(act.monitor or "*") else act.monitor
        slices = known(project, "int_monitor__slices", "slice_name", only)
        refuse_unknown("--slice", act.slice_name, slices)


def known(
    project: Readable, table: str, column: str, monitor: str | None = None
) -> list[str] | None:
    """Names in a table of the last run, of one monitor or of all; None if there is no table."""
    found = read(project, table, f"select distinct monitor, {column} from {{table}} order by 2, 1")
    if found is None:
        return None
    names = (str(row[column]) for row in found if monitor in (None, row["monitor"]))
    return list(dict.fromkeys(names))


def refuse_unknown(option: str, name: str, valid: Sequence[str] | None) -> None:
    """Raise for a name that is not valid. Without a run any name may be valid."""
    if valid is not None and not is_pattern(name) and name not in valid:
        hint = f"Valid: {', '.join(valid)}" if len(valid) <= 8 else nearest(name, valid)
        raise UsageError(f"{option}: unknown name. {hint}. Got: {name}")


def is_pattern(name: str) -> bool:
    return bool(PATTERN & set(name))


def author(given: str | None) -> str:
    """Who acts: the given name, or the user of this machine."""
    found = (given or "").strip() or user()
    if not found:
        raise UsageError("--author: a name is required. Valid: --author NAME. Got: nothing")
    return found


def user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""  # in a container, a user often has a number and no name


def reason(given: str | None) -> str:
    if not (given or "").strip():
        raise UsageError("--reason: a reason is required. Valid: --reason TEXT. Got: nothing")
    return str(given)


def stated(option: str, given: str | None) -> str | None:
    """A text that may be left out, but not be empty."""
    if given is not None and not given.strip():
        raise UsageError(
            f"{option}: it is empty. Valid: {option} TEXT, or no {option}. Got: nothing"
        )
    return given


def now(as_of: str | None) -> datetime:
    moment = datetime.now(UTC) if as_of is None else moment_of(as_of, "--as-of")
    return moment.replace(tzinfo=None, microsecond=0)


def until(text: str, start: datetime) -> datetime:
    """The end of a silence: a duration from now, or an instant in UTC."""
    stripped = text.strip()
    if stripped[:-1].isdecimal() and stripped[-1:] in UNITS:
        try:
            return start + timedelta(**{UNITS[stripped[-1]]: int(stripped[:-1])})
        except (OverflowError, ValueError) as error:
            raise UsageError(
                f"--until: beyond the year 9999. Valid: 90m, 4h, 2d. Got: {clip(stripped, 40)}"
            ) from error
    return moment_of(stripped, "--until").replace(tzinfo=None)


def moment_of(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option}: not a time. Valid: 90m, 4h, 2d, 2026-01-31 or 2026-01-31T12:00. Got: {text}"
        ) from error
