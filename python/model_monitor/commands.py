"""What the commands of `model-monitor` do: each answers with an exit code."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import yaml

from model_monitor.errors import OK, UsageError
from model_monitor.locks import WAIT_SECONDS
from model_monitor.output import Output
from model_monitor.project import Project, Settings

Options = argparse.Namespace


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
    only = {"only_monitors": options.only} if options.only else {}
    return job(options, output, open_project(options, **only), severity=options.fail_on)


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

    done = run(
        project,
        output,
        arguments=("--full-refresh",) if getattr(options, "full_refresh", False) else (),
        publish=not getattr(options, "no_publish", False),
        checked=not getattr(options, "no_check", False),
        wait=getattr(options, "wait", WAIT_SECONDS),
        parquet=getattr(options, "parquet", False),
    )
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
