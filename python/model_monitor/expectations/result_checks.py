"""Runs the suites that check the result tables, and prints the outcome."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_monitor.errors import BREACH, NOT_EVALUATED, OK, MonitorError, QueryError, UsageError
from model_monitor.extras import missing
from model_monitor.output import Output, clean, duration, shown
from model_monitor.warehouse.project import Project

if TYPE_CHECKING:
    import pandas as pd

    from model_monitor.expectations.frames import Frames
    from model_monitor.expectations.run_suite import Outcome

SHOWN_FAILURES = 10
HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0}


@dataclass(frozen=True)
class CheckOptions:
    """Options of the command line for the checks."""

    max_age: str | None = None
    max_lag: str | None = None
    reproduce: bool = False
    folder: Path | None = None

    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.max_age is not None:
            found["max_age_hours"] = hours(self.max_age)
        if self.max_lag is not None:
            found["max_lag_hours"] = hours(self.max_lag)
        return found | ({"reproduce": True} if self.reproduce else {})


@dataclass(frozen=True)
class Trust:
    """The outcomes of all suites."""

    outcomes: tuple[Outcome, ...]
    rows: Mapping[str, int] = field(default_factory=dict)  # by suite
    seconds: float = 0.0

    def of(self, state: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.state == state]

    def exit_code(self, *, critical_only: bool = False) -> int:
        if self.of("not evaluated"):
            return NOT_EVALUATED
        failed = [
            each for each in self.of("failed") if not critical_only or each.severity == "critical"
        ]
        return BREACH if failed else OK


def hours(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text.strip())
    if found is None:
        raise UsageError(f"not a duration. Valid: 30m, 2h, 7d. Got: {text}")
    return float(found[1]) * HOURS[found[2]]


def check(project: Project, output: Output, chosen: CheckOptions | None = None) -> Trust:
    """Run every suite, ours and the user's. The caller must hold the database."""
    chosen = chosen or CheckOptions()
    parameters = chosen.parameters()
    if lacking := missing("great_expectations"):
        raise MonitorError(f"The results cannot be checked. {lacking}")
    output.note("Checking the results …")
    started = time.monotonic()
    # These imports take seconds, so a command without checks must not pay for them.
    from model_monitor.expectations import run_suite, suites
    from model_monitor.expectations.frames import FrameError, Frames

    own = chosen.folder or project.settings.project_dir / suites.FOLDER
    if chosen.folder is not None and not own.is_dir():
        raise UsageError(f"--suites: there is no folder {own}.")
    loaded = suites.load([suites.shipped(), *([own] if own.is_dir() else [])])
    frames = Frames(project, {suite.frame for suite in loaded})
    outcomes: list[Outcome] = []
    rows: dict[str, int] = {}
    for suite in loaded:
        try:
            frame = read(project, frames, suite.frame, chosen)
        except FrameError as error:
            outcomes += [
                run_suite.described(suite, each, run_suite.NOT_EVALUATED, reason=str(error))
                for each in suite.expectations
            ]
            continue
        rows[suite.name] = len(frame)
        found = run_suite.evaluate(suite, frame, parameters)
        row_keys = tuple(suite.meta.get("row_keys") or suite.keys)
        outcomes += [located(project, each, row_keys) for each in found]
    return Trust(tuple(outcomes), rows, time.monotonic() - started)


def read(project: Project, frames: Frames, name: str, chosen: CheckOptions) -> pd.DataFrame:
    from model_monitor.expectations import reproduction

    if name == reproduction.FRAME:
        return reproduction.reproduce(project, run=chosen.reproduce)
    return frames.read(name)


def located(project: Project, outcome: Outcome, row_keys: tuple[str, ...]) -> Outcome:
    """A failure with example rows of the table, if a condition selects them."""
    relation = project.relation(outcome.table)
    if outcome.state != "failed" or not outcome.where or relation is None:
        return outcome
    try:
        columns = [column.name for column in project.warehouse.columns(relation) or []]
        named = set(re.findall(r"\w+", outcome.where))
        chosen = [*row_keys, *(each for each in columns if each in named - set(row_keys))]
        quoted = ", ".join(project.warehouse.quote(column) for column in chosen)
        among = f"from {relation} where {outcome.where}"
        [counts] = project.warehouse.rows(
            f"select (select count(*) {among}) as odd, count(*) as n from {relation}"
        )
        found = project.warehouse.rows(f"select {quoted} {among} limit 3")
    except QueryError:
        return outcome  # the rows of the frame still show the failure
    if not found:
        return outcome
    return replace(outcome, count=int(counts["odd"]), of=int(counts["n"]), examples=tuple(found))


# ---- what is printed ----------------------------------------------------------------------------


def show(trust: Trust, output: Output) -> None:
    failed, unknown = trust.of("failed"), trust.of("not evaluated")
    passed, took = len(trust.of("held")), duration(trust.seconds)
    total = passed + len(failed) + len(unknown)
    if failed:
        headline = f"Checks fail: {len(failed)} of {total} checks failed"
    elif unknown:
        headline = f"Checks incomplete: {len(unknown)} of {total} checks not evaluated"
    else:
        headline = f"Checks pass: all {passed} checks passed"
    output.title(f"{headline} ({len(trust.rows)} suites, {took})")
    for outcome in failed[:SHOWN_FAILURES]:
        show_failure(outcome, output)
    if len(failed) > SHOWN_FAILURES:
        output.say(f"  … and {len(failed) - SHOWN_FAILURES} more. To list all: --json")
    for reason, outcomes in by_reason(unknown).items():
        output.say(f"  {output.paint('error', 'error')}  not evaluated: {listed(outcomes)}")
        output.say(f"         {clean(reason)}")
    reasons = by_reason(trust.of("left out"))
    if reasons:
        skipped = "; ".join(f"{reason} ({len(outcomes)})" for reason, outcomes in reasons.items())
        output.say(output.paint(f"  skipped: {clean(skipped)}", "dim"))


def show_failure(outcome: Outcome, output: Output) -> None:
    of = f": {outcome.count:,} of {outcome.of:,} rows" if outcome.of else ""
    level = "error" if outcome.severity == "critical" else "warn"
    output.say(f"  {output.paint(level, level)}  {outcome.suite} › {outcome.name}")
    output.say(f"         {outcome.table}{of}. Expected: {clean(outcome.means)}")
    for example in outcome.examples:
        parts = [f"{name} {shown(value)}" for name, value in example.items() if shown(value)]
        output.say(f"         e.g. {clean(' · '.join(parts))}")
    if outcome.do:
        output.say(f"         {output.paint('to fix', 'title')}: {clean(outcome.do)}")


def by_reason(outcomes: list[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.reason, []).append(outcome)
    return found


def listed(outcomes: list[Outcome], most: int = 4) -> str:
    names = [f"{outcome.suite} › {outcome.name}" for outcome in outcomes]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def as_json(trust: Trust) -> dict[str, Any]:
    return {
        "trusted": trust.exit_code() == OK,
        "counts": {
            state.replace(" ", "_"): len(trust.of(state))
            for state in ("held", "failed", "not evaluated", "left out")
        },
        "frame_rows": dict(trust.rows),
        "seconds": round(trust.seconds, 3),
        "expectations": [asdict(outcome) for outcome in trust.outcomes],
    }
