"""`model-monitor demo`: the logs, two runs, and what people do between them.

A run sees only what is true when it runs. The first one sees a load that is late, and people answer
what it found. The second one, after the last day, shows their answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from model_monitor.cli.commands import Options, job
from model_monitor.cli.projects import open_project
from model_monitor.errors import OK, MonitorError, UsageError
from model_monitor.extras import missing
from model_monitor.output import Output
from model_monitor.warehouse.project import Project

if TYPE_CHECKING:
    from model_monitor.alerting.audit import Act
    from model_monitor.demo import Settings

# Between the two runs. The load of the product logs is late at the first one.
APART = timedelta(days=2)
SILENCE = timedelta(days=14)
# The lead alert of an incident: of those on a subject, the one that is open or ended last.
LEAD_SQL = """
select alert_id
from {{table}}
where monitor = '{monitor}'
    and subject = '{subject}'
    and inhibited_by is null
    and state in ({states})
order by since desc, alert_id
"""


def demo_command(options: Options, output: Output) -> int:
    if lacking := missing("pandas"):
        raise MonitorError(f"The demo logs cannot be made. {lacking}")
    from model_monitor.demo.load import load, making
    from model_monitor.demo.receiver import receiving

    settings = settings_of(options)
    as_of = getattr(options, "as_of", None) or f"{settings.read_off_at}"
    project = open_project(options, as_of=as_of)
    with making(settings, output) as made:
        output.note("Reading the project …")
        count = load(project, output, settings, made, options.schema)
    if not options.run:
        output.say(
            f"Wrote {count} tables to schema {options.schema}. "
            f"Next: model-monitor run --as-of '{as_of}'"
            + (" --vars 'full_demo: true'" if options.full else "")
        )
        return OK
    with receiving():
        answer(options, output, settings.read_off_at - APART)
        output.note(f"The second run, as of {as_of}:")
        # Alerts are the purpose of the demo, so they do not fail it; more resolved ones are shown.
        return job(options, output, project, severity="none", resolved=30)


def settings_of(options: Options) -> Settings:
    from model_monitor.demo import Settings

    names = ("seed", "days", "rows_per_day")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    try:
        return Settings.ending(options.end or last_midnight(datetime.now(UTC)), **given)
    except ValueError as error:
        raise UsageError(f"demo: {error}") from error


def last_midnight(now: datetime) -> date:
    """The day that began with the last midnight after which the logs have been read off."""
    from model_monitor.demo.settings import READ_OFF

    return (now - timedelta(microseconds=READ_OFF)).date()


def answer(options: Options, output: Output, moment: datetime) -> None:
    """The first run, and what people do about its findings."""
    from model_monitor.alerting import actions
    from model_monitor.job import JobOptions, run, show_broken

    output.note(f"The first run, as of {moment}:")
    project = open_project(Options(**{**vars(options), "as_of": f"{moment}"}))
    # the second run tests the tables
    wanted = JobOptions(publish=False, check=False, report=False)
    done = run(project, output, wanted, ("--exclude-resource-type", "test"))
    show_broken(done.broken, output)
    for act in answers(project, output, moment):
        output.note(f"  {actions.sentence(*actions.write(project, output, act))}")


def answers(project: Project, output: Output, moment: datetime) -> Iterator[Act]:
    """Acts of people on what the logs hold: a short log has fewer incidents."""
    from model_monitor.alerting.audit import Act

    yield Act(
        "silence", moment, "ada", "Anonymous users move to a new feed in these two weeks.",
        monitor="home_feed", slice_name="user_segment", slice_value="anonymous",
        until=moment + SILENCE,
    )  # fmt: skip
    with project.warehouse.held(output.note):
        moved = lead(project, "house_price", "distance_km", "firing", "acknowledged")
        missing_rows = lead(project, "fraud", "volume", "resolved")
    if moved is not None:
        reason = "Listings move to the suburbs. A new version is in training."
        yield Act("ack", moment, "grace", reason, alert_id=moved)
    if missing_rows is not None:
        yield Act(
            "triage", moment, "edsger", "The transactions of the afternoon were never loaded.",
            alert_id=missing_rows, decision="true", action="investigate_data",
            root_cause="A job was restarted after the hour it had to load",
            prevention="The job loads every hour that is missing",
        )  # fmt: skip


def lead(project: Project, monitor: str, subject: str, *states: str) -> str | None:
    from model_monitor.warehouse.read import read, records

    named = ", ".join(f"'{state}'" for state in states)
    sql = LEAD_SQL.format(monitor=monitor, subject=subject, states=named)
    rows = records(read(project, "monitor_alerts", sql))
    return str(rows[0]["alert_id"]) if rows else None
