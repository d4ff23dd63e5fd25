"""Builds the report: reads the result tables, renders the templates, writes one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from model_monitor.errors import MonitorError, UsageError
from model_monitor.output import Output
from model_monitor.report import outdated
from model_monitor.report.error_queries import ByMonitor
from model_monitor.report.headline import headline
from model_monitor.report.overview import HEALTH, ORDER, Card, card
from model_monitor.report.section import Printed, Prints, Shown, View, shown
from model_monitor.report.sections import SECTIONS
from model_monitor.report.sections.notices import NOBODY, NOTICES
from model_monitor.report.source import Period, Source
from model_monitor.report.traced import REST, SOURCES, annotate, without_marks
from model_monitor.report.wording import moment
from model_monitor.text import chapter_anchor, nearest
from model_monitor.warehouse.read import Readable

DAYS = 90
FILE = Path("target/report.html")
# With more monitors, the reasons stand in the chapters alone.
FEW = 5
NAMES = "select distinct monitor from {monitor_health} order by monitor"
ALERTED = "select distinct monitor from {monitor_alerts} order by monitor"
FIRST = """
select min(window_start) as first_start
from {monitor_dataset}
where {monitors}
    and window_name = 'day'
"""
RUNS = """
select run_id, as_of, status, started_at
from {monitor_runs}
where status <> 'nothing_to_do'
    and started_at = (
        select max(newest.started_at) from {monitor_runs} as newest
        where newest.status <> 'nothing_to_do'
    )
order by as_of, run_id
"""
# States of the newest run in which its tables may be of two runs.
STOPPED = ("started", "unfinished")
UNFINISHED = "The last build did not finish. Figures on this page are missing or of an earlier run."


@dataclass(frozen=True)
class ReportOptions:
    """The options of `model-monitor report`."""

    monitors: tuple[str, ...] = ()
    since: date | None = None
    output: Path = FILE


@dataclass(frozen=True)
class Chapter:
    """One monitor: its card on the first screen, and its sections."""

    card: Card
    queries: tuple[Printed, ...]
    sections: tuple[Shown, ...]


def write(project: Readable, options: ReportOptions, errors: ByMonitor | None = None) -> Path:
    """Write the report and return its path. With `errors`, it has the error analysis too."""
    page = render(project, options, errors)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(page, encoding="utf-8", newline="\n")
    return options.output.absolute()


def show(file: Path, output: Output) -> None:
    shown_file = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    output.say(f"Wrote {shown_file} ({file.stat().st_size / 1000:,.0f} kB). Open it in a browser.")


def render(project: Readable, options: ReportOptions, errors: ByMonitor | None = None) -> str:
    """The report as one HTML page; the same tables give the same bytes."""
    with project.warehouse.connected():
        return page_of(project, options, errors)


def page_of(project: Readable, options: ReportOptions, errors: ByMonitor | None) -> str:
    source = Source(project)
    if not source.has(ALERTED):
        raise MonitorError(
            "The table monitor_alerts does not exist yet. To build it: model-monitor run"
        )
    source = Source(
        project,
        chosen(source, options.monitors),
        relations=source.relations,
        errors=errors or {},
    )
    period = period_of(source, options.since)
    source.period = period
    chapters = [
        chapter(View(source, monitor, period), anchor)
        for monitor, anchor in anchors(source.monitors)
    ]
    chapters.sort(key=lambda each: urgency(each.card))
    cards = [each.card for each in chapters]
    runs = source.everything(RUNS)
    status = str(runs[-1]["status"]) if runs else ""
    page = (
        environment()
        .get_template("page.html")
        .render(
            chapters=chapters,
            cards=cards,
            has_reasons=len(cards) <= FEW,
            headline=headline(cards),
            period=period,
            policy=source.rows(NOTICES, NOBODY),
            as_of=max((row["as_of"] for row in runs), default=None),
            status=status.replace("_", " "),
            style=style(),
            sources=SOURCES,
            rest=REST,
        )
    )
    page = without_marks(page)
    if status in STOPPED:
        return outdated.marked(page, UNFINISHED, mixed=True)
    return page


def chosen(source: Source, wanted: Sequence[str]) -> list[str]:
    """The monitors of the report; an unknown name is an error."""
    known = [row["monitor"] for query in (NAMES, ALERTED) for row in source.everything(query)]
    known = list(dict.fromkeys(known))
    for name in wanted:
        if name not in known:
            raise UsageError(f"--monitor: no results. {nearest(name, known)}. Got: {name}")
    return [name for name in known if not wanted or name in wanted]


def period_of(source: Source, since: date | None) -> Period:
    """Up to the latest evaluated window. Days after it have no rows."""
    ends = [row["window_end"] for row in source.everything(HEALTH) if row["window_end"] is not None]
    ends = ends or [row["as_of"] for row in source.everything(RUNS)]
    until = as_time(max(ends, default=datetime(2000, 1, 1)))  # noqa: DTZ001
    if since is None:
        first_start = until - timedelta(days=DAYS)
        known = [row["first_start"] for row in source.everything(FIRST)]
        if known and known[0] is not None and first_start < as_time(known[0]) < until:
            first_start = as_time(known[0])
        return Period(first_start, until)
    first = datetime(since.year, since.month, since.day)  # noqa: DTZ001
    if first >= until:
        raise UsageError(
            f"--since: no results after that day. Valid: a day before {until:%Y-%m-%d}. "
            f"Got: {since:%Y-%m-%d}"
        )
    return Period(first, until)


def as_time(value: Any) -> datetime:
    return datetime.fromisoformat(str(value)[:19])


def chapter(view: View, anchor: str) -> Chapter:
    prints = Prints(anchor)
    found = card(view, anchor)
    queries = prints.of("first", "the first screen", found.sql)
    return Chapter(found, queries, shown(SECTIONS, view, prints))


def urgency(found: Card) -> tuple[int, str]:
    return ORDER.index(found.state), found.monitor


def anchors(monitors: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, chapter_anchor(name)) for name in monitors]


@cache
def environment() -> Environment:
    found = Environment(
        loader=PackageLoader("model_monitor.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["moment"] = moment
    found.filters["year"] = lambda value: moment(value, year=True)
    found.filters["stamp"] = lambda value: f"{value:%-d %b %Y, %H:%M} UTC"
    found.filters["last_day_year"] = lambda value: moment(value - timedelta(days=1), year=True)
    found.filters["sentence_case"] = lambda text: text[:1].upper() + text[1:]
    found.filters["annotated"] = annotate
    found.filters["as_text"] = as_text
    found.filters["g"] = lambda value: f"{value:g}"
    return found


def as_text(text: str) -> Markup:
    """A text between tags. A query has many quotes, which are themselves there."""
    escaped = str(escape(text))
    return Markup(escaped.replace("&#39;", "'").replace("&#34;", '"'))  # noqa: S704


@cache
def style() -> Any:
    text = (
        resources.files("model_monitor.report").joinpath("templates/style.css").read_text("utf-8")
    )
    return Markup(text)  # noqa: S704  our own file
