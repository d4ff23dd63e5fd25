"""What moved: the values of a subject at its worst window, beside its baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from model_monitor.report import incidents
from model_monitor.report.histogram import Bar, Columns, columns
from model_monitor.report.section import Block, Section, View
from model_monitor.report.traced import total
from model_monitor.report.wording import clip, last_day, number, place

ALERTS = """
select
    monitor, alert_id, fingerprint, log, role, model_version, subject, baseline, window_name,
    slice_name, slice_value
from {monitor_alerts}
where {monitors}
    and family in ('drift', 'tail', 'quality')
    and alert_id in (select alert_id from {monitor_incidents} where {monitors})
order by monitor, alert_id
"""
BREACHES = """
select monitor, fingerprint, window_end, strength
from {monitor_judgements}
where {monitors}
    and outcome = 'breach'
    and family in ('drift', 'tail', 'quality')
    and window_end > {since}
order by monitor, fingerprint, window_end, as_of
"""
RULERS = """
select monitor, log, subject, bin, bin_kind, bin_group, lower, upper, bin_label, reference_share
from {monitor_rulers}
where {monitors}
    and is_active
order by monitor, log, subject, bin
"""
SERIES = (
    "log", "role", "model_version", "subject", "window_name", "slice_name", "slice_value",
)  # fmt: skip
SHOWN, SHOWN_GROUPS = 4, 14
WEEK = timedelta(days=7)
SPECIAL = ("missing", "invalid", "unseen")
REFERENCE = "reference"
WEEK_EARLIER = ("last_week", "previous")
OR = "\n        or "
LENGTHS = {"7d": "7 days to ", "30d": "30 days to "}
# A group of bins: its name, its share in the reference, its kind and its upper edge.
Group = tuple[str, float, str, float | None]


@dataclass(frozen=True)
class Before:
    """A stored window that an alert is compared with: its series, its end and its name."""

    series: Mapping[str, Any]
    end: datetime
    name: str


@dataclass(frozen=True)
class Histogram:
    """One subject before and after: columns of a number, or bars of categories."""

    subject: str
    where: str
    when: str
    before: str
    has_reference: bool
    columns: Columns | None
    bars: tuple[Bar, ...]
    note: str
    label: str


def build(view: View) -> Block | None:
    if not view.has(ALERTS, BREACHES, RULERS, "{monitor_distributions}"):
        return None
    chosen = choose(view)
    if not chosen:
        note = "No incident of this period is about the distribution of an input or a score."
        return Block(note=note, queries=(ALERTS,))
    asked = champions(view, chosen)
    versions = view.alone(asked) if asked else []
    pairs = [(alert, end, compared(alert, end, versions)) for alert, end in chosen]
    wanted = [distributions(view, pairs), moves(view, chosen)]
    rows, exact = (view.alone(query) for query in wanted)
    drawings = [
        drawn(view, alert, end, before, rows, series(alert, exact, (*SERIES, "baseline")))
        for alert, end, before in pairs
    ]
    found = tuple(each for each in drawings if each is not None)
    wanted = [query for query in (asked, *wanted) if query and view.has(query)]
    queries = (ALERTS, BREACHES, *wanted)
    if not found:
        note = "No distribution is stored for the worst window of these incidents."
        return Block(note=note, queries=queries)
    return Block(found, queries=(*queries, RULERS))


def choose(view: View) -> list[tuple[dict[str, Any], datetime]]:
    """Open incidents, then the newest: each with its lead alert and its worst window."""
    alerts = {row["alert_id"]: row for row in view.rows(ALERTS)}
    worst: dict[str, Mapping[str, Any]] = {}
    for row in view.rows(BREACHES):
        best = worst.get(row["fingerprint"])
        if best is None or (row["strength"] or 0) > (best["strength"] or 0):
            worst[row["fingerprint"]] = row
    newest = sorted(view.rows(incidents.INCIDENTS), key=lambda row: str(row["since"]), reverse=True)
    found, seen = [], set()
    for incident in sorted(newest, key=lambda row: not incidents.is_open(row)):
        alert = alerts.get(incident["alert_id"])
        if alert is None or alert["fingerprint"] not in worst or alert["subject"] in seen:
            continue
        seen.add(alert["subject"])
        found.append((alert, worst[alert["fingerprint"]]["window_end"]))
    return found[:SHOWN]


def series(
    alert: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], names: Sequence[str] = SERIES
) -> list[Mapping[str, Any]]:
    """The rows of the series of an alert."""
    return [row for row in rows if all(row[name] == alert[name] for name in names)]


def condition(
    view: View, alert: Mapping[str, Any], end: datetime, names: Sequence[str] = SERIES
) -> str:
    """What picks a window of the series of an alert."""
    parts = [f"{name} = {view.source.text(str(alert[name]))}" for name in names]
    return " and ".join([*parts, f"window_end = timestamp '{end:%Y-%m-%d %H:%M:%S}'"])


def champions(view: View, chosen: Sequence[tuple[dict[str, Any], datetime]]) -> str:
    """The query for the versions that alerts are compared with; empty without such alerts."""
    names = (*SERIES, "baseline")
    conditions = [
        condition(view, alert, end, names)
        for alert, end in chosen
        if alert["baseline"] == "champion"
    ]
    if not conditions:
        return ""
    return f"""
select monitor, {", ".join(names)}, window_end, baseline_version
from {{monitor_drift}}
where {{monitors}}
    and (
        {OR.join(conditions)}
    )
order by monitor, {", ".join(names)}, window_end
"""


def compared(
    alert: Mapping[str, Any], end: datetime, versions: Sequence[Mapping[str, Any]]
) -> Before | None:
    """The stored window that an alert is compared with; None if it is the reference."""
    if alert["baseline"] in WEEK_EARLIER:
        return Before(alert, end - WEEK, f"a week before ({last_day(end - WEEK)})")
    known = series(alert, versions, (*SERIES, "baseline"))
    version = next((row["baseline_version"] for row in known if row["window_end"] == end), None)
    if version is None:
        return None
    champion = {**alert, "model_version": version, "role": "live"}
    return Before(champion, end, f"the champion, {version}")


def distributions(
    view: View, pairs: Sequence[tuple[dict[str, Any], datetime, Before | None]]
) -> str:
    """The query for the values in each window, and in the window it is compared with."""
    conditions = []
    for alert, end, before in pairs:
        conditions.append(condition(view, alert, end))
        if before is not None:
            conditions.append(condition(view, before.series, before.end))
    keys = ", ".join(SERIES)
    return f"""
select
    monitor, {keys},
    window_end, bin_group, count(*) as bin_count, count(share) as shown_count, sum(share) as share
from {{monitor_distributions}}
where {{monitors}}
    and (
        {OR.join(conditions)}
    )
group by monitor, {keys}, window_end, bin_group
order by monitor, {keys}, window_end, bin_group
"""


def moves(view: View, chosen: Sequence[tuple[dict[str, Any], datetime]]) -> str:
    """The query for the groups that moved most. Their shares include bins of few rows."""
    names = (*SERIES, "baseline")
    conditions = [condition(view, alert, end, names) for alert, end in chosen]
    return f"""
select
    monitor, {", ".join(names)},
    window_end, bin_group, share, baseline_share
from {{monitor_drift_bins}}
where {{monitors}}
    and (
        {OR.join(conditions)}
    )
order by monitor, {", ".join(names)}, window_end, place, bin_group
"""


def drawn(
    view: View,
    alert: Mapping[str, Any],
    end: datetime,
    before: Before | None,
    rows: Sequence[Mapping[str, Any]],
    exact: Sequence[Mapping[str, Any]],
) -> Histogram | None:
    groups = names_of_groups(view, alert)
    window = at(end, series(alert, rows))
    if not window or not groups:
        return None
    now = {group: row["share"] for group, row in window.items()}
    stored = before and at(before.end, series(before.series, rows))
    if before is not None and stored:
        shares, name = {group: row["share"] for group, row in stored.items()}, before.name
    else:
        shares, name = {group: each[1] for group, each in groups.items()}, "the reference"
    has_reference = bool(stored)
    # exact shares of another baseline than the one that is drawn would mix two
    if has_reference or alert["baseline"] == REFERENCE:
        for row in exact:
            shares[int(row["bin_group"])] = row["baseline_share"]
            now[int(row["bin_group"])] = row["share"]
    bars = [
        Bar(
            label,
            shares.get(group, 0.0),
            now.get(group, 0.0),
            upper,
            kind == "special",
            share if has_reference else None,
        )
        for group, (label, share, kind, upper) in sorted(groups.items())
        if kind == "number" or shares.get(group, 0.0) != 0 or group in now
    ]
    is_number = any(kind == "number" for _, _, kind, _ in groups.values())
    if not is_number:
        bars = sorted(bars, key=lambda bar: -max(bar.before or 0, bar.now or 0))[:SHOWN_GROUPS]
    most = max(bars, key=lambda bar: bar.change)
    known = {int(row["bin_group"]) for row in exact}
    hidden = any(
        row["shown_count"] < row["bin_count"] for group, row in window.items() if group not in known
    )
    return Histogram(
        subject=str(alert["subject"]),
        where=place(alert),
        when=LENGTHS.get(str(alert["window_name"]), "") + last_day(end),
        before=name,
        has_reference=has_reference,
        columns=columns(bars) if is_number else None,
        bars=tuple(bars),
        note="Bins with too few rows to be shown are left out." if hidden else "",
        label=f"{alert['subject']}: {most.name} has {most.now_text} of the rows, "
        f"{most.before_text} in the baseline"
        + (f", {most.reference_text} in the reference" if has_reference else ""),
    )


def at(end: datetime, rows: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """The groups of a window. A share is None if each of its bins has too few rows to be shown."""
    return {int(row["bin_group"]): row for row in rows if row["window_end"] == end}


def names_of_groups(view: View, alert: Mapping[str, Any]) -> dict[int, Group]:
    """Of each group its name, its share in the reference, its kind and its upper edge."""
    bins: dict[int, list[Mapping[str, Any]]] = {}
    for row in view.rows(RULERS):
        if (row["log"], row["subject"]) == (alert["log"], alert["subject"]):
            bins.setdefault(int(row["bin_group"]), []).append(row)
    return {group: named(rows) for group, rows in bins.items()}


def named(rows: Sequence[Mapping[str, Any]]) -> Group:
    kind = str(rows[0]["bin_kind"])
    reference = total(row["reference_share"] or 0.0 for row in rows)
    if kind in SPECIAL:
        return kind, reference, "special", None
    if kind == "category":
        return clip(rows[0]["bin_label"], 28), reference, "category", None
    lows, highs = ([row[name] for row in rows] for name in ("lower", "upper"))
    low = None if None in lows else min(lows)
    high = None if None in highs else max(highs)
    if low is None and high is None:
        return "all values", reference, "number", None
    if low is None:
        return f"up to {number(high)}", reference, "number", high
    if high is None:
        return f"above {number(low)}", reference, "number", None
    name = number(low) if low == high else f"{number(low)} to {number(high)}"
    return name, reference, "number", high


SECTION = Section(
    "histograms", "What moved", "How are the values distributed now, and how were they before?",
    build,
)  # fmt: skip
