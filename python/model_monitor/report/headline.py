"""The state of all monitors in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model_monitor.report.overview import ORDER, Card
from model_monitor.report.wording import plural


@dataclass(frozen=True)
class Headline:
    """The state of all monitors in a sentence."""

    state: str
    text: str
    detail: str


def headline(cards: Sequence[Card]) -> Headline:
    """Which models have a problem; then which need something else."""
    wrong = [each for each in cards if each.state in ("critical", "warn")]
    noted = [each for each in cards if each.state == "info"]
    unread = [each for each in cards if each.problems]
    blind = [each for each in cards if each.coverage and not each.coverage.is_watched]
    stopped = [each for each in cards if each.stale]
    due = [each for each in cards if each.retraining is not None]
    details = [
        f"{text}: {', '.join(each.monitor for each in found)}."
        for text, found in (
            ("Not fully evaluated", unread),
            ("Not watched, because every series is too small or without labels", blind),
            ("Unresolved when its data stopped", stopped),
            ("Retraining due", due),
        )
        if found
    ]
    models = plural(len(cards), "model")
    has = "has" if len(wrong) == 1 else "have"
    if not cards:
        text = "No model has been evaluated yet"
    elif wrong and len(cards) == 1:
        text = f"{names(wrong)} has a problem"
    elif wrong:
        text = f"{len(wrong)} of {models} {has} a problem: {names(wrong)}"
    elif unread and len(cards) == 1:
        text = f"{names(unread)} could not be fully evaluated"
    elif unread:
        text = f"{len(unread)} of {models} could not be fully evaluated: {names(unread)}"
    elif noted:
        text = f"No problem in {models}; for information: {names(noted)}"
    else:
        text = f"No open incident in {models}"
    state = min((each.state for each in cards), key=ORDER.index, default="ok")
    return Headline(state, text, " ".join(details))


def names(cards: Sequence[Card], most: int = 4) -> str:
    shown = ", ".join(each.monitor for each in cards[:most])
    return shown if len(cards) <= most else f"{shown} and {len(cards) - most} more"
