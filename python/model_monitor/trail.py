"""What was decided without anybody, put down beside what people decided: rows of monitor_audit.

A trigger that fired asks for a model to be trained; a rule that is not what it was judges
otherwise. Each is put down once, however often the job is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from model_monitor.audit import TABLE, Act, add
from model_monitor.project import Project
from model_monitor.reading import read, records

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
# the rules of the last two moments that were judged
RULES_SQL = """
select distinct rules.as_of, rules.rule_id, rules.rule_version
from {table} as rules
inner join (select distinct as_of from {table} order by as_of desc limit 2) as moments
    on rules.as_of = moments.as_of
order by rules.as_of, rules.rule_id
"""


def put_down(project: Project) -> int:
    """The triggers and changes of rules that are not in the audit yet: how many there were."""
    known = read(project, TABLE, KNOWN_SQL)
    if known is None:
        return 0
    already = {key(row) for row in records(known)}
    fired = records(read(project, "monitor_triggers", TRIGGERS_SQL))
    # a run of some monitors leaves the rows of the others alone
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
        # the same on every engine, and in a schema that is made anew
        text = "|".join(map(str, known_by))
        add(project, act, hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
    return len(new)


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    """What tells two acts apart."""
    names = ("act", "monitor", "subject", "decision")
    return (*(row[name] for name in names), pd.Timestamp(row["acted_at"]))


def triggers(rows: list[dict[str, Any]]) -> Iterator[Act]:
    for row in rows:
        yield Act(
            act="trigger",
            acted_at=pd.Timestamp(row["fired_at"]).to_pydatetime(),
            author="model_monitor",
            reason=f"{row['model_version']}: {row['reasons']}",
            monitor=row["monitor"],
            subject=row["kind"],
            decision=row["action"],
        )


def rules(rows: list[dict[str, Any]]) -> Iterator[Act]:
    """Of two moments, the rules that came, went, or changed in between."""
    moments = sorted({row["as_of"] for row in rows})
    if len(moments) < 2:
        return
    before: dict[str, set[str]] = {}
    now: dict[str, set[str]] = {}
    for row in rows:
        found = now if row["as_of"] == moments[-1] else before
        found.setdefault(row["rule_id"], set()).add(row["rule_version"])
    for rule in sorted({*before, *now}):
        old, new = before.get(rule, set()), now.get(rule, set())
        # judged twice at one moment by different rules: the next run tells
        if old == new or len(old) > 1 or len(new) > 1:
            continue
        yield Act(
            act="rule",
            acted_at=pd.Timestamp(moments[-1]).to_pydatetime(),
            author="configuration",
            reason=f"{', '.join(old) or 'none'} before, {', '.join(new) or 'none'} now",
            subject=rule,
            decision="changed" if old and new else "added" if new else "removed",
        )
