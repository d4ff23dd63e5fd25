"""The command `model-monitor`: what can be asked, and what the answer's exit code is."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from model_monitor import __version__
from model_monitor.errors import NOT_EVALUATED, OK, MonitorError, UsageError
from model_monitor.options import common_options, day, fail_on, job_options
from model_monitor.output import Output
from model_monitor.project import Project, Settings

INTERRUPTED = 130
EXIT_CODES = """\
exit codes: 0 nothing at or above --fail-on, 1 a breach, 2 could not evaluate, 3 delivery failed"""
Options = argparse.Namespace
Command = Callable[[Options, Output], int]


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
    except Exception as error:  # the last resort: a defect of ours, and the trace on request
        if os.environ.get("MODEL_MONITOR_DEBUG"):
            raise
        output.note(
            f"error: {type(error).__name__}: {error}\n"
            "This is a defect of model-monitor. MODEL_MONITOR_DEBUG=1 shows where it is."
        )
        return NOT_EVALUATED


def parser() -> argparse.ArgumentParser:
    common = common_options()
    top = argparse.ArgumentParser(
        prog="model-monitor",
        description="Monitors deployed models in the warehouse, beside dbt.",
        epilog=EXIT_CODES,
        parents=[common],
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common]
        )
        added.set_defaults(command=command)
        return added

    demo = add("demo", demo_command, "write the demo logs into the target warehouse")
    demo.add_argument("--seed", type=int, help="the same seed gives the same rows")
    demo.add_argument("--days", type=int, help="length of the logs")
    demo.add_argument("--rows-per-day", type=int, help="predictions a day of the largest monitor")
    demo.add_argument("--end", type=day, help="day after the last one: YYYY-MM-DD")
    demo.add_argument("--schema", default="demo_logs", help="where to (demo_logs)")
    demo.add_argument("--run", action="store_true", help="then do the job and show what it finds")

    run = add("run", run_command, "the scheduled job: dbt build, suites, alerts, a summary")
    job_options(run)

    check = add("check", check_command, "may the results be believed: the suites, for a pipeline")
    check.add_argument("--max-age", metavar="2h", help="the last finished run is no older")
    check.add_argument("--max-lag", metavar="26h", help="no log's latest arrival is older")
    check.add_argument("--reproduce", action="store_true", help="run every open alert's query")
    check.add_argument("--all", action="store_true", help="every window, not the last run's alone")
    check.add_argument("--suites", type=Path, metavar="FOLDER", help="yours (expectations)")
    fail_on(check)

    alert = add("alert", alert_command, "print the open alerts")
    alert.add_argument("--dry-run", action="store_true", required=True, help="print, send nothing")
    alert.add_argument("--all", action="store_true", help="not ten, every one, held-back ones too")
    fail_on(alert)

    explain = add("explain", explain_command, "one alert in full: its query, run, and its history")
    explain.add_argument("alert_id", metavar="ALERT_ID", help="or its first characters")

    doctor = add(
        "doctor", doctor_command, "check profile, configuration, logs, and say what it will cost"
    )
    doctor.add_argument("--rulers", action="store_true", help="what each ruler would freeze")

    init = add("init", init_command, "propose the configuration of a table")
    init.add_argument("relation", metavar="RELATION", help="schema.table in the target warehouse")

    rebuild = add("rebuild", rebuild_command, "count again from the logs, from a day on")
    rebuild.add_argument("--from", dest="start", type=day, required=True, metavar="DATE")
    rebuild.add_argument("--monitor", help="only this monitor")
    rebuild.add_argument(
        "--subject", action="append", help="freeze the ruler of this subject anew; may be repeated"
    )
    rebuild.add_argument("--dry-run", action="store_true", help="only say what would be counted")
    job_options(rebuild)
    return top


# ---- what the commands do ----------------------------------------------------------------------


def demo_command(options: Options, output: Output) -> int:
    from model_monitor.demo import Settings as DemoSettings
    from model_monitor.load_demo import load

    names = ("seed", "days", "rows_per_day", "end")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    try:
        settings = DemoSettings(**given)
    except ValueError as error:
        raise UsageError(f"demo: {error}") from error
    project = open_project(options)
    count = load(project, output, settings, options.schema)
    if not options.run:
        output.say(f"{count} tables in schema {options.schema}. Next: model-monitor run")
        return OK
    # The demo is meant to have alerts: they are no failure of the demo.
    return job(options, output, project, severity="none")


def run_command(options: Options, output: Output) -> int:
    return job(options, output, open_project(options), severity=options.fail_on)


def rebuild_command(options: Options, output: Output) -> int:
    from model_monitor.rebuild import plan, show

    asked = {"from": options.start, "monitor": options.monitor, "subject": options.subject}
    request = {name: given for name, given in asked.items() if given is not None}
    project = open_project(options, rebuild={**request, "from": str(options.start)})
    with project.warehouse.held(output.note):
        found = plan(project, options.start, options.monitor, options.subject or [])
    if not options.dry_run:
        return job(options, output, project, severity=options.fail_on)
    if wants_json(options):
        output.json(found.as_json())
    else:
        show(found, output)
    return OK


def job(options: Options, output: Output, project: Project, severity: str) -> int:
    from model_monitor.job import as_json, run, show

    arguments = ("--full-refresh",) if getattr(options, "full_refresh", False) else ()
    publish = not getattr(options, "no_publish", False)
    checked = not getattr(options, "no_check", False)
    done = run(project, output, arguments=arguments, publish=publish, checked=checked)
    if wants_json(options):
        output.json(as_json(done))
    else:
        show(done, output)
    return done.exit_code(severity)


def check_command(options: Options, output: Output) -> int:
    from model_monitor.gate import as_json, gate, show
    from model_monitor.trust import Asked

    asked = Asked(options.max_age, options.max_lag, options.reproduce, options.suites)
    asked.parameters()  # a mistake in them is told before anything is read
    project = open_project(options, **({"check": "all"} if options.all else {}))
    found = gate(project, output, asked, options.fail_on)
    if wants_json(options):
        output.json(as_json(found))
    else:
        show(found, output)
    return found.exit_code


def alert_command(options: Options, output: Output) -> int:
    from model_monitor.alerts import exit_code, read, show

    found = read(open_project(options), output)
    if wants_json(options):
        output.json(found)
    else:
        show(found, output, everything=options.all)
    return exit_code(found, options.fail_on)


def explain_command(options: Options, output: Output) -> int:
    from model_monitor.explain import as_json, explain, show

    found = explain(open_project(options), output, options.alert_id)
    if wants_json(options):
        output.json(as_json(found))
    else:
        show(found, output)
    return OK


def doctor_command(options: Options, output: Output) -> int:
    from model_monitor.doctor import as_json, examine, show

    report = examine(options_settings(options), output)
    if wants_json(options):
        output.json(as_json(report))
    else:
        show(report, output, rulers=options.rulers)
    return report.exit_code


def init_command(options: Options, output: Output) -> int:
    from model_monitor.init import propose

    project = open_project(options)
    with project.warehouse.held(output.note):
        proposal = propose(project, options.relation)
    if wants_json(options):
        output.json(proposal.config)
    else:
        output.say(proposal.text)
    return OK


# ---- from options to a project -----------------------------------------------------------------


def open_project(options: Options, **variables: Any) -> Project:
    return Project(options_settings(options, **variables))


def options_settings(options: Options, **variables: Any) -> Settings:
    given = {**parse_vars(getattr(options, "vars", None)), **variables}
    if getattr(options, "as_of", None):
        given["as_of"] = options.as_of
    return Settings(
        project_dir=getattr(options, "project_dir", Path()),
        profiles_dir=getattr(options, "profiles_dir", None),
        target=getattr(options, "target", None),
        variables=given,
    )


def parse_vars(text: str | None) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise UsageError(f"--vars: not YAML: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"--vars: a mapping is expected, such as {{key: value}}. Got: {text}")
    return found


def wants_json(options: Options) -> bool:
    return bool(getattr(options, "json", False))
