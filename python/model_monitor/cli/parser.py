"""The command `model-monitor`: its arguments and exit codes."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from model_monitor import __version__
from model_monitor.cli import commands
from model_monitor.cli.commands import Options
from model_monitor.cli.completion import SHELLS
from model_monitor.cli.demo import demo_command
from model_monitor.cli.options import (
    act_options,
    common_options,
    day,
    export_options,
    fail_on,
    job_options,
    manifest,
    name_alert,
    report_options,
    wait,
)
from model_monitor.errors import NOT_EVALUATED, OK, USAGE, MonitorError
from model_monitor.garbage import without_collection
from model_monitor.output import Output
from model_monitor.text import ACTIONS, nearest

INTERRUPTED = 130
EXIT_CODES = """\
exit codes: 0 no open alert at or above --fail-on, 1 such an alert is open or a check failed,
2 not fully evaluated, 3 delivery failed, 64 the command line is wrong"""
# How argparse words a word that is none of its choices.
NO_CHOICE = re.compile(
    r"(argument (?P<of>\S+): )?invalid choice: '(?P<word>.*)' \(choose from (?P<valid>.*)\)"
)
Command = Callable[[Options, Output], int]
# Errors of these packages are about a profile, a project or a warehouse.
OTHERS = frozenset({"dbt", "dbt_common", "duckdb", "_duckdb", "psycopg2", "pyspark"})


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    output = Output()
    try:
        command: Command = options.command
        with without_collection():  # a command ends soon
            return command(options, output)
    except MonitorError as error:
        output.note(f"{output.paint('error', 'error')}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        output.note("Interrupted. Finished work is kept. To continue, run the command again.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe (`| head`), so a later flush would fail.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # last resort; the traceback is shown on request
        if os.environ.get("MODEL_MONITOR_DEBUG"):
            raise
        output.note(f"{output.paint('error', 'error')}: {unexpected(error)}")
        return NOT_EVALUATED


def unexpected(error: Exception) -> str:
    """An unforeseen error is a bug of ours, unless a file or the warehouse refused."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    if type(error).__module__.partition(".")[0] in OTHERS:
        return str(error).strip()
    return (
        f"{type(error).__name__}: {error}\n"
        "This is a bug in model-monitor. To see the traceback, set MODEL_MONITOR_DEBUG=1."
    )


class Parser(argparse.ArgumentParser):
    """What is wrong on the command line ends with 64; a mistyped word names the nearest one."""

    # argparse has two signatures, one for any kind of namespace; this program needs one
    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """A command knows all that follows it, so what it does not know is a mistake.

        An unknown option is named first: its value would look like an argument of the command.
        """
        words = list(sys.argv[1:] if args is None else args)
        if self._subparsers is None:
            self._refuse([word for word in words[: index_of("--", words)] if word[:2] == "--"])
        found, rest = super().parse_known_args(words, namespace)
        self._refuse(rest)
        return found, rest

    def _refuse(self, words: Sequence[str]) -> None:
        """End with the unknown ones among these options, or with an argument too many."""
        known = [name for name in self._option_string_actions if name.startswith("--")]
        names = [word.partition("=")[0] for word in words if word.startswith("-")]
        unknown = [name for name in names if not any(each.startswith(name) for each in known)]
        if unknown:
            said = (f"{name} is unknown. {nearest(name, known, 20)}" for name in unknown)
            self.error("\nerror: ".join(said))
        if words and not names:
            self.error(f"unexpected argument: {words[0]}")

    def error(self, message: str) -> NoReturn:
        found = NO_CHOICE.fullmatch(message)
        if found is not None:
            of = "" if found["of"] in (None, "COMMAND") else f"{found['of']}: "
            valid = [each.strip().strip("'") for each in found["valid"].split(",")]
            message = f"{of}{found['word']} is unknown. {nearest(found['word'], valid, 20)}"
        self.exit(USAGE, f"error: {message}\nSee: {self.prog} --help\n")


def index_of(word: str, words: Sequence[str]) -> int:
    return words.index(word) if word in words else len(words)


def parser() -> argparse.ArgumentParser:
    common = common_options()
    top: argparse.ArgumentParser = Parser(
        prog="model-monitor",
        description="Monitor deployed models in the warehouse, with dbt.",
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

    demo = add("demo", demo_command, "write the demo logs to the target warehouse")
    demo.add_argument("--seed", type=int, help="equal seeds give equal rows")
    demo.add_argument("--days", type=int, help="number of days in the logs")
    demo.add_argument("--rows-per-day", type=int, help="predictions per day of the largest monitor")
    demo.add_argument(
        "--end",
        type=day,
        help="the day after the last day (YYYY-MM-DD; default: today, before 06:00 UTC yesterday)",
    )
    demo.add_argument(
        "--full", action="store_true", help="more slices, and windows of 30 days: takes longer"
    )
    demo.add_argument("--schema", default="demo_logs", help="target schema (default: demo_logs)")
    demo.add_argument("--run", action="store_true", help="then run the job and show its findings")

    run = add(
        "run",
        commands.run_command,
        "run the scheduled job: dbt build, notifications, checks and a summary",
    )
    run.add_argument(
        "--monitor",
        dest="only",
        action="append",
        help="evaluate only this monitor, leave the others as they are; may be repeated",
    )
    job_options(run)

    check = add(
        "check", commands.check_command, "check the result tables, as a gate for a pipeline"
    )
    check.add_argument("--max-age", metavar="2h", help="fail if the last finished run is older")
    check.add_argument(
        "--max-lag", metavar="26h", help="fail if the latest arrival of a log is older"
    )
    check.add_argument("--reproduce", action="store_true", help="run the query of every open alert")
    check.add_argument(
        "--all", action="store_true", help="check every window, not only those of the last run"
    )
    check.add_argument(
        "--suites",
        type=Path,
        metavar="FOLDER",
        help="folder of your own suites (default: expectations)",
    )
    fail_on(check)

    people(add)
    readers(add)

    replay = add(
        "backtest",
        commands.backtest_command,
        "replay rules over all history and show alerts per week and budgets; writes nothing",
    )
    replay.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="a CSV file to use instead of policy: alert_rules",
    )
    replay.add_argument("--monitor", metavar="NAME", help="count alerts of this monitor only")
    replay.add_argument("--from", dest="start", type=day, metavar="DATE", help="first day to count")
    replay.add_argument("--to", dest="end", type=day, metavar="DATE", help="the day after the last")
    replay.add_argument("--all", action="store_true", help="also list rules without an alert")

    doctor = add(
        "doctor",
        commands.doctor_command,
        "check the profile, configuration and logs, and estimate the cost",
    )
    doctor.add_argument("--rulers", action="store_true", help="show what each ruler would freeze")

    beginners(add)

    rebuild = add(
        "rebuild", commands.rebuild_command, "recompute results from the logs, from a given day"
    )
    since = rebuild.add_mutually_exclusive_group(required=True)
    since.add_argument(
        "--from", dest="start", type=day, metavar="DATE", help="first day to recompute"
    )
    since.add_argument(
        "--all",
        action="store_true",
        help="drop all results except the audit and the deliveries, and recompute every day",
    )
    rebuild.add_argument("--monitor", help="recompute only this monitor")
    rebuild.add_argument(
        "--subject", action="append", help="freeze the ruler of this subject again; may be repeated"
    )
    rebuild.add_argument(
        "--slice", action="append", metavar="COLUMN",
        help="report the values of this slice that are frequent since then; may be repeated",
    )  # fmt: skip
    rebuild.add_argument(
        "--dry-run", action="store_true", help="only show what would be recomputed"
    )
    job_options(rebuild)
    return top


def beginners(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Commands that set a project, an editor or a shell up."""
    init = add("init", commands.init_command, "propose a configuration for a table")
    init.add_argument("relation", metavar="RELATION", help="schema.table in the target warehouse")

    init_project = add(
        "init-project",
        commands.init_project_command,
        "add the dbt package to packages.yml: the folder that comes with this command, or git",
    )
    init_project.add_argument(
        "--git",
        nargs="?",
        const="",
        metavar="URL",
        help="a git repository instead of the folder (default: that of this version)",
    )
    init_project.add_argument(
        "--revision", metavar="TAG", help=f"tag of the repository (default: v{__version__})"
    )

    exposures = add(
        "exposures",
        commands.exposures_command,
        "print dbt exposures: one per monitored model, and the dashboards",
    )
    exposures.add_argument(
        "--grafana",
        metavar="URL",
        help="address of the Grafana that has the dashboards of examples/grafana",
    )
    exposures.add_argument(
        "--superset",
        metavar="URL",
        help="address of the Superset that has the dashboard of examples/superset",
    )
    exposures.add_argument(
        "--streamlit", metavar="URL", help="address of the page of examples/streamlit"
    )

    completion = add(
        "completion", commands.completion_command, "print the completion script of a shell"
    )
    completion.add_argument("shell", choices=SHELLS, help="the shell that reads it")
    completion.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)

    add("schema", commands.schema_command, "print the JSON Schema of dbt_project.yml, for editors")


def readers(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Commands that show results."""
    explain = add(
        "explain",
        commands.explain_command,
        "show one alert in full, recompute its number and list its history",
    )
    name_alert(explain)
    manifest(explain)

    coverage = add(
        "coverage",
        commands.coverage_command,
        "show what is watched daily, weekly, monthly and not at all, and why",
    )
    coverage.add_argument("--monitor", metavar="NAME", help="show this monitor only")
    manifest(coverage)

    notices = add(
        "notices",
        commands.notices_command,
        "list what needs attention but is not an alert: unevaluated series, policy mistakes",
    )
    notices.add_argument("--monitor", metavar="NAME", help="show this monitor only")
    manifest(notices)

    report = add(
        "report",
        commands.report_command,
        "write one HTML file: what is wrong, since when, what to do and the figures",
    )
    report_options(report)
    manifest(report)

    export = add(
        "export",
        commands.export_command,
        "write the figures for Prometheus, OpenTelemetry or OpenLineage",
    )
    export_options(export)
    manifest(export)


def people(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Commands on alerts."""
    alerts = add("alerts", commands.alerts_command, "list the open alerts")
    alerts.add_argument("show", nargs="?", choices=("show",), help="show one alert, as explain")
    name_alert(alerts, nargs="?")
    alerts.add_argument("--all", action="store_true", help="show all, also suppressed alerts")
    fail_on(alerts)
    manifest(alerts)

    notify = add("notify", commands.notify_command, "send new and changed alerts to the contacts")
    notify.add_argument(
        "--dry-run", action="store_true", help="print the notifications that are due, send nothing"
    )
    wait(notify)
    fail_on(notify)

    ack = add("ack", commands.ack_command, "acknowledge an alert")
    name_alert(ack)
    act_options(ack)
    manifest(ack)

    silence = add(
        "silence", commands.silence_command, "suppress notifications about an alert until a time"
    )
    name_alert(silence, nargs="?")
    silence.add_argument("--until", required=True, metavar="2d", help="4h, 2d or a time in UTC")
    silence.add_argument("--monitor", metavar="PATTERN", help="instead of an alert: a,b or home_*")
    silence.add_argument(
        "--subject", metavar="PATTERN", help="such as a feature, a score or a metric"
    )
    silence.add_argument("--slice", metavar="NAME=VALUE", help="such as region=ID")
    act_options(silence)
    manifest(silence)

    triage = add("triage", commands.triage_command, "record what an alert turned out to be")
    name_alert(triage)
    triage.add_argument(
        "decision",
        choices=("true", "false", "expected", "accepted"),
        help="was the alert right? accepted: the new level of its incident is normal from now on",
    )
    triage.add_argument(
        "--action", choices=ACTIONS, help="what you do, if not the recommended action"
    )
    triage.add_argument("--cause", metavar="TEXT", help="the root cause, once it is known")
    triage.add_argument(
        "--prevention", metavar="TEXT", help="what is done so that it does not happen again"
    )
    act_options(triage)
    manifest(triage)
