"""The command `model-monitor`: what can be asked, and what the answer's exit code is."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from model_monitor import __version__
from model_monitor.cli import commands
from model_monitor.cli.commands import Options
from model_monitor.cli.options import (
    ACTIONS,
    act_options,
    common_options,
    day,
    fail_on,
    job_options,
    name_alert,
    wait,
)
from model_monitor.errors import NOT_EVALUATED, OK, MonitorError
from model_monitor.output import Output

INTERRUPTED = 130
EXIT_CODES = """\
exit codes: 0 nothing at or above --fail-on, 1 a breach or results that cannot be trusted,
2 could not evaluate, 3 delivery failed"""
Command = Callable[[Options, Output], int]
# Whose errors are about a profile, a project or a warehouse.
OTHERS = frozenset({"dbt", "dbt_common", "duckdb", "_duckdb", "psycopg2", "pyspark"})


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    output = Output()
    try:
        command: Command = options.command
        return command(options, output)
    except MonitorError as error:
        output.note(f"{output.paint('error', 'error')}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        output.note("Interrupted. What was finished is kept; the next run goes on from there.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`): nothing may be flushed to it any more.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # the last resort, and the trace on request
        if os.environ.get("MODEL_MONITOR_DEBUG"):
            raise
        output.note(f"{output.paint('error', 'error')}: {unexpected(error)}")
        return NOT_EVALUATED


def unexpected(error: Exception) -> str:
    """What nobody foresaw: a defect of ours, unless a file or the warehouse refuses."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    if type(error).__module__.partition(".")[0] in OTHERS:
        return str(error).strip()
    return (
        f"{type(error).__name__}: {error}\n"
        "This is a defect of model-monitor. MODEL_MONITOR_DEBUG=1 shows where it is."
    )


def parser() -> argparse.ArgumentParser:
    common = common_options()
    top = argparse.ArgumentParser(
        prog="model-monitor",
        description="Monitors deployed models in the warehouse, beside dbt.",
        epilog=EXIT_CODES,
        parents=[common],
    )
    top.add_argument("--version", action="version", version=__version__)
    added_to = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = added_to.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common]
        )
        added.set_defaults(command=command)
        return added

    demo = add("demo", commands.demo_command, "write the demo logs into the target warehouse")
    demo.add_argument("--seed", type=int, help="the same seed gives the same rows")
    demo.add_argument("--days", type=int, help="length of the logs")
    demo.add_argument("--rows-per-day", type=int, help="predictions a day of the largest monitor")
    demo.add_argument("--end", type=day, help="day after the last one: YYYY-MM-DD")
    demo.add_argument("--schema", default="demo_logs", help="where to (demo_logs)")
    demo.add_argument("--run", action="store_true", help="then do the job and show what it finds")

    run = add(
        "run", commands.run_command, "the scheduled job: dbt build, suites, alerts, a summary"
    )
    run.add_argument(
        "--monitor",
        dest="only",
        action="append",
        help="only this monitor; the others stay as they are; may be repeated",
    )
    job_options(run)

    check = add(
        "check", commands.check_command, "may the results be believed: the suites, for a pipeline"
    )
    check.add_argument("--max-age", metavar="2h", help="the last finished run is no older")
    check.add_argument("--max-lag", metavar="26h", help="no log's latest arrival is older")
    check.add_argument("--reproduce", action="store_true", help="run every open alert's query")
    check.add_argument("--all", action="store_true", help="every window, not the last run's alone")
    check.add_argument("--suites", type=Path, metavar="FOLDER", help="yours (expectations)")
    fail_on(check)

    people(add)

    explain = add(
        "explain", commands.explain_command, "one alert in full: its query, run, and its history"
    )
    name_alert(explain)

    replay = add(
        "backtest",
        commands.backtest_command,
        "rules over all of history: alerts per week, and their budgets; nothing is written",
    )
    replay.add_argument(
        "--rules", type=Path, metavar="FILE", help="a CSV file, instead of policy: alert_rules"
    )
    replay.add_argument("--monitor", metavar="NAME", help="count the alerts of this one only")
    replay.add_argument("--from", dest="start", type=day, metavar="DATE", help="from this day on")
    replay.add_argument("--to", dest="end", type=day, metavar="DATE", help="before this day")
    replay.add_argument("--all", action="store_true", help="rules without an alert, too")

    doctor = add(
        "doctor",
        commands.doctor_command,
        "check profile, configuration, logs, and say what it will cost",
    )
    doctor.add_argument("--rulers", action="store_true", help="what each ruler would freeze")

    init = add("init", commands.init_command, "propose the configuration of a table")
    init.add_argument("relation", metavar="RELATION", help="schema.table in the target warehouse")

    rebuild = add("rebuild", commands.rebuild_command, "count again from the logs, from a day on")
    since = rebuild.add_mutually_exclusive_group(required=True)
    since.add_argument("--from", dest="start", type=day, metavar="DATE")
    since.add_argument(
        "--all",
        action="store_true",
        help="drop all results but the audit and the deliveries, and count every day again",
    )
    rebuild.add_argument("--monitor", help="only this monitor")
    rebuild.add_argument(
        "--subject", action="append", help="freeze the ruler of this subject anew; may be repeated"
    )
    rebuild.add_argument(
        "--slice", action="append", metavar="COLUMN",
        help="report what has become frequent in this slice column since then; may be repeated",
    )  # fmt: skip
    rebuild.add_argument("--dry-run", action="store_true", help="only say what would be counted")
    job_options(rebuild)
    return top


def people(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Commands on alerts."""
    alerts = add("alerts", commands.alerts_command, "list the open alerts")
    alerts.add_argument("show", nargs="?", choices=("show",), help="one alert in full, as explain")
    name_alert(alerts, nargs="?")
    alerts.add_argument("--all", action="store_true", help="all of them, suppressed ones included")
    fail_on(alerts)

    notify = add("notify", commands.notify_command, "send what is new or changed to the contacts")
    notify.add_argument("--dry-run", action="store_true", help="print what is due, send nothing")
    wait(notify)
    fail_on(notify)

    ack = add("ack", commands.ack_command, "acknowledge an alert")
    name_alert(ack)
    act_options(ack)

    silence = add("silence", commands.silence_command, "send nothing about an alert until a time")
    name_alert(silence, nargs="?")
    silence.add_argument("--until", required=True, metavar="2d", help="4h, 2d or a time in UTC")
    silence.add_argument("--monitor", metavar="PATTERN", help="instead of one alert: a,b or home_*")
    silence.add_argument("--subject", metavar="PATTERN", help="a feature, score or metric")
    silence.add_argument("--slice", metavar="NAME=VALUE", help="such as region=ID")
    act_options(silence)

    triage = add("triage", commands.triage_command, "record what an alert turned out to be")
    name_alert(triage)
    triage.add_argument("decision", choices=("true", "false", "expected"), help="was it right?")
    triage.add_argument("--action", choices=ACTIONS, help="what you will do instead of the advice")
    act_options(triage)
