"""Records automatic decisions in monitor_audit, next to those of people.

A fired trigger asks for retraining, and a changed rule changes later judgements. Each is recorded
once, however often the job runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from model_monitor.alerting.audit import TABLE, Act, add
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

KNOWN_SQL = """
select act, monitor, subject, decision, acted_at
from {table}
where act in ('trigger', 'rule')
"""
TRIGGERS_SQL = """
select monitor, model_version, action, kind, fired_at, reasons
from {table}
where fired_at is not null
order by fired_at, monitor, kind
"""
# The rules of every moment at which they changed, and of the moment before. Runs that failed later
# are included, because they recorded nothing.
RULES_SQL = """
with runs as (
    select distinct as_of, rule_id, rule_version from {table}
),
moments as (
    select as_of, count(*) as rule_count, lag(as_of) over (order by as_of) as earlier
    from runs
    group by as_of
),
kept as (
    select moments.as_of, count(*) as rule_count
    from moments
    inner join runs on moments.as_of = runs.as_of
    inner join runs as earlier_runs
        on moments.earlier = earlier_runs.as_of
        and runs.rule_id = earlier_runs.rule_id
        and runs.rule_version = earlier_runs.rule_version
    group by moments.as_of
),
turns as (
    select moments.as_of, moments.earlier
    from moments
    inner join moments as befores on moments.earlier = befores.as_of
    left join kept on moments.as_of = kept.as_of
    where moments.rule_count <> coalesce(kept.rule_count, 0)
        or befores.rule_count <> coalesce(kept.rule_count, 0)
)
select runs.as_of, runs.rule_id, runs.rule_version
from runs
inner join (select as_of from turns union select earlier from turns) as moments_shown
    on runs.as_of = moments_shown.as_of
order by runs.as_of, runs.rule_id
"""


def record(project: Project) -> int:
    """Append the triggers and rule changes that are not in the audit yet; return their number."""
    known = read(project, TABLE, KNOWN_SQL)
    if known is None:
        return 0
    already = {key(row) for row in records(known)}
    fired = records(read(project, "monitor_triggers", TRIGGERS_SQL))
    # a run of some monitors leaves the rows of other monitors unchanged
    only = project.settings.variables.get("only_monitors")
    if isinstance(only, str):
        only = [only]
    acts = (
        *triggers([row for row in fired if not only or row["monitor"] in only]),
        *rules(records(read(project, "monitor_rule_runs", RULES_SQL))),
    )
    by_key = {key(asdict(act)): act for act in acts}
    new = {known_by: act for known_by, act in by_key.items() if known_by not in already}
    for known_by, act in new.items():
        # the same id on every engine, also in a new schema
        text = "|".join(map(str, known_by))
        add(project, act, hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
    return len(new)


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    """The identity of an act."""
    names = ("act", "monitor", "subject", "decision")
    return (*(row[name] for name in names), row["acted_at"])


def triggers(rows: list[dict[str, Any]]) -> Iterator[Act]:
    for row in rows:
        yield Act(
            act="trigger",
            acted_at=row["fired_at"],
            author="model_monitor",
            reason=f"{row['model_version']}: {row['reasons']}",
            monitor=row["monitor"],
            subject=row["kind"],
            decision=row["action"],
        )


def rules(rows: list[dict[str, Any]]) -> Iterator[Act]:
    """The rules that were added, removed or changed at each moment."""
    moments: dict[Any, dict[str, set[str]]] = {}
    for row in rows:
        found = moments.setdefault(row["as_of"], {})
        found.setdefault(row["rule_id"], set()).add(row["rule_version"])
    known: dict[str, set[str]] | None = None
    for moment in sorted(moments):
        if known is None:
            known = dict(moments[moment])
            continue
        for rule in sorted({*known, *moments[moment]}):
            old, new = known.get(rule, set()), moments[moment].get(rule, set())
            # two versions at one moment: the next moment shows which one stays
            if len(new) > 1:
                continue
            known[rule] = new
            if old == new or len(old) > 1:
                continue
            yield Act(
                act="rule",
                acted_at=moment,
                author="configuration",
                reason=f"before: {', '.join(old) or 'none'}; now: {', '.join(new) or 'none'}",
                subject=rule,
                decision="changed" if old and new else "added" if new else "removed",
            )
