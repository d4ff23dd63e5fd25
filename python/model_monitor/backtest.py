"""Replays rules over history: alerts per week, and the budget they need.

The models from signals to incidents are compiled as dbt would run them, with every window to
evaluate and no earlier judgement, and run as temporary tables, so nothing is written. Spark has no
temporary tables: there a schema holds them, which is dropped at the end.
"""

from __future__ import annotations

import csv
import math
import re
from bisect import insort
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from model_monitor.errors import UsageError
from model_monitor.findings.policy import RULE_COLUMNS, misspelt
from model_monitor.output import Output, clean
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.settings import PACKAGE

FIRST = ("int_monitor__rules", "int_monitor__evaluated_windows")
LAST = "monitor_incidents"
PREFIX = "replayed_"
SHOWN_WEEKS = 13
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class BacktestOptions:
    """The part of history that counts."""

    monitor: str | None = None
    start: date | None = None
    end: date | None = None

    def counts(self, moment: datetime) -> bool:
        day = moment.date()
        return (self.start is None or day >= self.start) and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Rule:
    """The replay of one rule."""

    rule_id: str
    warn: float | None
    critical: float | None
    alerts: int
    incidents: int
    weeks: list[int]
    budget: float
    per_budget: float  # alerts per monitor and 28 days
    warn_within_budget: float | None
    precision: float | None  # share of its lead alerts within a known incident
    problem: str | None


@dataclass(frozen=True)
class Backtest:
    """A replay: its weeks (by their Mondays), its rules, the known incidents."""

    weeks: list[date]
    monitors: int
    days: int
    rules: list[Rule]
    known_incidents: int = 0
    found_incidents: int = 0
    precision: float | None = None
    recall: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def rules_of(path: Path) -> list[dict[str, str | None]]:
    """The rows of a CSV file of rules, each column as text; an empty value is None."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"--rules: {path} cannot be read: {error}") from error
    rows = [
        {
            str(name).strip().lower(): value or None
            for name, value in row.items()
            if name is not None
        }
        for row in rows
    ]
    if not rows or "rule_id" not in rows[0]:
        raise UsageError(
            f"--rules: {path} needs a column rule_id and at least one row. Valid: a CSV file with "
            "some or all columns of alert rules (docs/use/alerts.md)."
        )
    absent = [name for name in RULE_COLUMNS if name not in rows[0]]
    own = [name for name in rows[0] if name not in RULE_COLUMNS]
    if problems := [found for name in own if (found := misspelt(name, absent))]:
        raise UsageError(f"--rules: {path}: {'; '.join(problems)}")
    return rows


def backtest(project: Project, output: Output, chosen: BacktestOptions) -> Backtest:
    output.note("Reading the project …")
    _ = project.manifest
    with project.warehouse.held(output.note):
        nodes = chain(project)
        with project.warehouse.connected(), scratch(project) as prefix:
            replay(project, output, nodes, prefix)
            found = read_all(project, prefix)
    return summary(found, chosen)


@contextmanager
def scratch(project: Project) -> Iterator[str]:
    """The prefix of the replay's tables, which are dropped at the end."""
    warehouse = project.warehouse
    if warehouse.adapter_type != "spark":
        yield PREFIX
        return
    schema = f"model_monitor_backtest_{uuid4().hex[:8]}"
    warehouse.execute(f"create schema {schema}")
    try:
        yield f"{schema}.{PREFIX}"
    finally:
        warehouse.execute(f"drop schema {schema} cascade")


def chain(project: Project) -> list[Any]:
    """The models between rules and incidents with their queries, in dependency order."""
    between = [f"{name}+,+{LAST},package:{PACKAGE}" for name in FIRST]
    return project.compiled("--indirect-selection", "empty", "--select", *between)


def replay(project: Project, output: Output, nodes: list[Any], prefix: str) -> None:
    warehouse = project.warehouse
    tables = {str(node.relation_name): f"{prefix}{node.name}" for node in nodes}
    # one name may be a prefix of another
    replaced = re.compile(rf"(?:{'|'.join(map(re.escape, tables))})(?!\w)")
    for number, node in enumerate(nodes, start=1):
        sql = replaced.sub(lambda found: tables[found[0]], str(node.compiled_code))
        table = tables[str(node.relation_name)]
        output.progress(f"  {number} of {len(nodes)} {node.name}", done=number == len(nodes))
        if warehouse.adapter_type == "spark":
            warehouse.execute(f"create table {table} using parquet as {sql}")
            continue
        warehouse.execute(f"drop table if exists {table}")
        warehouse.execute(f"create temporary table {table} as {sql}")
        # the planner needs statistics of this table for the next one
        warehouse.execute(f"analyze {table}")


def read_all(project: Project, prefix: str) -> dict[str, list[dict[str, Any]]]:
    changes = project.relation("stg_monitor__changes")
    queries = {
        "alerts": f"""
            select alerts.alert_id, alerts.monitor, alerts.rule_id, alerts.opened_at, alerts.since,
                incidents.incident_id is not null as is_lead
            from {prefix}monitor_alerts as alerts
            left join {prefix}monitor_incidents as incidents on alerts.alert_id = incidents.alert_id
            where alerts.state <> 'pending' and alerts.family <> 'freshness'
        """,
        "efforts": f"""
            select fingerprint, rule_id, monitor, window_end, effect, clear_windows, place
            from (
                select *, row_number() over (partition by fingerprint order by window_end) as place
                from {prefix}int_monitor__breach_histories
                where outcome in ('breach', 'clear') and family <> 'freshness'
            ) as evaluated
            where outcome = 'breach'
        """,
        "rules": f"""
            select rule_id, max(warn) as warn, max(critical) as critical, max(problem) as problem,
                max(false_alarms_per_monitor_28d) as budget,
                max(case when kind = 'static' and direction = 'below' then 1 else 0 end) as is_floor
            from {prefix}int_monitor__rules
            where enabled and coalesce(family, '') <> 'freshness'
            group by rule_id
        """,
        "windows": f"""
            select distinct monitor, window_end
            from {prefix}int_monitor__evaluated_windows
            where window_name = 'day'
        """,
        "incidents": f"""
            select change_id, monitor, started_at,
                coalesce(ended_at, started_at + interval '7 days') as ended_at
            from {changes}
            where kind = 'incident'
        """,
    }
    return {name: project.warehouse.rows(sql) for name, sql in queries.items()}


def summary(found: Mapping[str, list[dict[str, Any]]], chosen: BacktestOptions) -> Backtest:
    def selected(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
        return [
            row
            for row in rows
            if chosen.monitor in (None, row["monitor"]) and chosen.counts(row[column])
        ]

    windows = selected(found["windows"], "window_end")
    if not windows:
        raise UsageError(
            "backtest: no day was evaluated in this selection. Valid: a configured monitor, and "
            "days that monitor_drift has."
        )
    monitors = {row["monitor"] for row in windows}
    days = sorted({row["window_end"].date() for row in windows})
    monitor_days = len({(row["monitor"], row["window_end"]) for row in windows})
    alerts = selected(found["alerts"], "opened_at")
    # an hourly alert may open before the first evaluated day
    opened = [days[0], days[-1], *(row["opened_at"].date() for row in alerts)]
    first = min(opened) - timedelta(days=min(opened).weekday())
    weeks = [first + number * WEEK for number in range((max(opened) - first).days // 7 + 1)]
    efforts = selected(found["efforts"], "window_end")
    incidents = selected(found["incidents"], "started_at")
    leads = [row for row in alerts if row["is_lead"]]
    right = {row["alert_id"] for row in leads if any(matches(row, each) for each in incidents)}
    caught = sum(any(matches(row, each) for row in leads) for each in incidents)
    rules = [
        replayed(
            rule,
            [row for row in alerts if row["rule_id"] == rule["rule_id"]],
            right if incidents else None,
            [row for row in efforts if row["rule_id"] == rule["rule_id"]],
            weeks,
            monitor_days,
        )
        for rule in found["rules"]
    ]
    ranked = sorted(rules, key=lambda rule: (rule.problem is None, -rule.alerts, rule.rule_id))
    return Backtest(
        weeks,
        len(monitors),
        len(days),
        ranked,
        known_incidents=len(incidents),
        found_incidents=caught,
        precision=share(len(right), len(leads)) if incidents else None,
        recall=share(caught, len(incidents)),
    )


def matches(alert: Mapping[str, Any], incident: Mapping[str, Any]) -> bool:
    """Whether an alert opened after an incident started, with an onset before it ended."""
    return bool(
        alert["monitor"] == incident["monitor"]
        and alert["opened_at"] > incident["started_at"]
        and alert["since"] < incident["ended_at"]
    )


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def replayed(
    rule: Mapping[str, Any],
    alerts: list[dict[str, Any]],
    right: set[str] | None,
    efforts: list[dict[str, Any]],
    weeks: list[date],
    monitor_days: int,
) -> Rule:
    counts = [0] * len(weeks)
    for alert in alerts:
        counts[(alert["opened_at"].date() - weeks[0]).days // 7] += 1
    leads = [alert["alert_id"] for alert in alerts if alert["is_lead"]]
    budget = float(rule["budget"] or 0)
    allowed = math.floor(budget * monitor_days / 28)
    return Rule(
        rule_id=str(rule["rule_id"]),
        warn=rule["warn"],
        critical=rule["critical"],
        alerts=len(alerts),
        incidents=len(leads),
        weeks=counts,
        budget=budget,
        per_budget=len(alerts) / monitor_days * 28,
        warn_within_budget=(
            suggested_threshold(efforts, allowed, is_floor=bool(rule.get("is_floor")))
            if len(alerts) > allowed
            else None
        ),
        precision=None if right is None else share(len(right.intersection(leads)), len(leads)),
        problem=rule["problem"],
    )


def suggested_threshold(
    efforts: list[dict[str, Any]], allowed: int, *, is_floor: bool
) -> float | None:
    """The threshold nearest to the rule's that leaves at most this many alerts.

    It is rounded outward to two digits. A breach within clear_windows of the last one belongs to
    the same alert. From the most severe breach down, the first that makes one alert too many must
    not reach the threshold.
    """
    ordered = sorted(
        (row for row in efforts if row["effect"] is not None),
        key=lambda row: float(row["effect"]),
        reverse=not is_floor,
    )
    reached: dict[str, list[int]] = {}
    for row in ordered:
        places = reached.setdefault(str(row["fingerprint"]), [])
        before = episodes(places, row["clear_windows"])
        insort(places, int(row["place"]))
        allowed += before - episodes(places, row["clear_windows"])
        if allowed < 0:
            return beyond(float(row["effect"]), is_floor=is_floor)
    return None


def episodes(places: list[int], clear_windows: int) -> int:
    """The most alerts that these breaches of one series can make."""
    return sum(
        number == 0 or place - places[number - 1] > clear_windows
        for number, place in enumerate(places)
    )


def beyond(effect: float, *, is_floor: bool) -> float | None:
    if effect <= 0:
        return None
    digit = 10.0 ** (math.floor(math.log10(effect)) - 1)
    digits = effect / digit
    return round((math.ceil(digits) - 1 if is_floor else math.floor(digits) + 1) * digit, 12)


def show(found: Backtest, output: Output, *, everything: bool) -> None:
    rules = [rule for rule in found.rules if everything or rule.alerts or rule.problem]
    weeks = found.weeks[-SHOWN_WEEKS:]
    output.title(
        f"Alerts per week and rule (monitors: {found.monitors}, days: {found.days}, "
        f"alerts: {sum(rule.alerts for rule in found.rules)}, "
        f"incidents: {sum(rule.incidents for rule in found.rules)})"
    )
    headers = [
        "rule", "warn", "alerts", "incidents", "precision", "per 28 days", "budget",
        "suggested threshold",
    ]  # fmt: skip
    output.table(
        [*headers, *(f"{week:%m-%d}" for week in weeks)],
        [
            [
                rule.rule_id, rule.warn, rule.alerts, rule.incidents,
                None if rule.precision is None else round(rule.precision, 2),
                round(rule.per_budget, 2), rule.budget, rule.warn_within_budget,
                *(count or None for count in rule.weeks[-SHOWN_WEEKS:]),
            ]
            for rule in rules
        ],
    )  # fmt: skip
    for rule in rules:
        if rule.problem:
            output.say(f"  {clean(rule.rule_id)}: {clean(rule.problem)}")
    quiet = len(found.rules) - len(rules)
    if quiet:
        output.say(f"  Rules without an alert: {quiet}. To list them: --all")
    output.say()
    if found.known_incidents:
        output.say(
            f"Found {found.found_incidents} of {found.known_incidents} known incidents (policy: "
            f"changes). {found.precision or 0:.0%} of the reported incidents match a known one."
        )
    output.say(
        "incidents: incidents that the rule reports.\n"
        "precision: share of these that match a known incident (policy: changes).\n"
        "per 28 days: alerts per monitor and 28 days.\n"
        "suggested threshold: a value of warn that keeps the rule within its budget, if all its\n"
        "alerts were false. To select quiet days: --from and --to."
    )
