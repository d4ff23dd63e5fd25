"""The commands of `model-monitor`; each returns an exit code."""

from __future__ import annotations

import argparse
from typing import Any

from model_monitor import __version__
from model_monitor.cli.projects import open_project, open_reader, options_settings
from model_monitor.errors import NOT_DELIVERED, OK, UsageError
from model_monitor.output import Output
from model_monitor.warehouse.locks import WAIT_SECONDS
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import Readable

Options = argparse.Namespace


def run_command(options: Options, output: Output) -> int:
    given = {"only_monitors": options.only} if options.only else {}
    project = open_project(options, **given, **checked(options))
    return job(options, output, project, severity=options.fail_on)


def checked(options: Options) -> dict[str, str]:
    """What the suites read: by default the windows that the run changed."""
    return {"check": "all"} if getattr(options, "checks", "") == "full" else {}


def rebuild_command(options: Options, output: Output) -> int:
    from model_monitor.rebuild import plan, show

    given = {name: getattr(options, name) for name in ("monitor", "subject", "slice")}
    request = {name: value for name, value in given.items() if value is not None}
    if options.all:
        return rebuild_all(options, output, request)
    project = open_project(
        options, rebuild={**request, "from": str(options.start)}, **checked(options)
    )
    with project.warehouse.held(output.note):
        found = plan(
            project, options.start, options.monitor, options.subject or [], options.slice or []
        )
    if not options.dry_run:
        return job(options, output, project, severity=options.fail_on)
    if wants_json(options):
        output.json(found.as_json())
    else:
        show(found, output)
    return OK


def rebuild_all(options: Options, output: Output, request: dict[str, Any]) -> int:
    from model_monitor.rebuild import drop_results

    if request or options.dry_run:
        named = [f"--{name}" for name in request] + ["--dry-run"] * options.dry_run
        raise UsageError(
            f"rebuild --all: recomputes everything, so it takes no {' and no '.join(named)}. "
            "Valid: rebuild --all, or rebuild --from DATE with these options."
        )
    project = open_project(options, **checked(options))
    starts = project.relation("int_monitor__run_starts")
    with project.warehouse.reserved(output.note, project.schema, starts, options.wait):
        output.note(f"Dropped {len(drop_results(project))} tables and views.")
    return job(options, output, project, severity=options.fail_on)


def job(options: Options, output: Output, project: Project, severity: str, **shown: int) -> int:
    from model_monitor.job import JobOptions, as_json, run, show

    wanted = JobOptions(
        publish=not getattr(options, "no_publish", False),
        parquet=getattr(options, "parquet", False),
        check=not getattr(options, "no_check", False),
        check_everything=bool(checked(options)),
        send=not getattr(options, "no_send", False),
        report=not getattr(options, "no_report", False),
        wait=getattr(options, "wait", WAIT_SECONDS),
        prometheus=getattr(options, "prometheus", None),
    )
    arguments = ("--full-refresh",) if getattr(options, "full_refresh", False) else ()
    done = run(project, output, wanted, arguments)
    if wants_json(options):
        output.json(as_json(done))
    else:
        show(done, output, **shown)
    return done.exit_code(severity)


def check_command(options: Options, output: Output) -> int:
    from model_monitor.expectations.result_checks import CheckOptions
    from model_monitor.gate import as_json, gate, show

    chosen = CheckOptions(options.max_age, options.max_lag, options.reproduce, options.suites)
    chosen.parameters()  # raises for a bad duration before anything is read
    project = open_project(options, **({"check": "all"} if options.all else {}))
    found = gate(project, output, chosen, options.fail_on)
    if wants_json(options):
        output.json(as_json(found))
    else:
        show(found, output)
    return found.exit_code


def alerts_command(options: Options, output: Output) -> int:
    from model_monitor.alerting.show import exit_code, read, series_of, show, show_notices
    from model_monitor.findings import evaluations

    if options.show:
        if options.alert_id is None:
            raise UsageError("alerts show: no alert is named. Valid: alerts show ALERT_ID")
        return explain_command(options, output)
    project = open_reader(options, output)
    found, not_evaluated = read(project, output)
    if wants_json(options):
        output.json(found)
    else:
        evaluations.show(not_evaluated, output)
        series = series_of(project, found, output, everything=options.all)
        show(found, output, everything=options.all, series=series)
        show_notices(project, output)
    return exit_code(found, not_evaluated, options.fail_on)


def notify_command(options: Options, output: Output) -> int:
    from model_monitor.alerting.show import exit_code, read
    from model_monitor.delivery.deliver import alone, due, show, show_due
    from model_monitor.findings import evaluations

    project = open_project(options)
    if options.dry_run:
        notifications = due(project, output)
        if wants_json(options):
            output.json([each.as_json() for each in notifications])
        else:
            show_due(notifications, output)
        return OK
    done = alone(project, output, options.wait)
    found, not_evaluated = read(project, output)
    if wants_json(options):
        output.json({"alerts": found, "delivery": done.as_json()})
    else:
        evaluations.show(not_evaluated, output)
        show(done, output)
    return NOT_DELIVERED if done.failed else exit_code(found, not_evaluated, options.fail_on)


def ack_command(options: Options, output: Output) -> int:
    return act(options, output, "ack", alert_id=options.alert_id)


def triage_command(options: Options, output: Output) -> int:
    from model_monitor.alerting.actions import stated

    verdict = {
        "decision": options.decision,
        "action": options.action,
        "root_cause": stated("--cause", options.cause),
        "prevention": stated("--prevention", options.prevention),
    }
    return act(options, output, "triage", alert_id=options.alert_id, **verdict)


def silence_command(options: Options, output: Output) -> int:
    from model_monitor.alerting import actions

    patterns = {name: getattr(options, name) for name in ("monitor", "subject")}
    name, _, value = (options.slice or "").partition("=")
    if options.slice and not (name and value):
        raise UsageError(f"--slice: not NAME=VALUE. Valid: such as region=ID. Got: {options.slice}")
    patterns |= {"slice_name": name or None, "slice_value": value or None}
    if (options.alert_id is None) == (not any(patterns.values())):
        raise UsageError(
            "silence: name either one alert or a pattern. Valid: silence ALERT_ID --until 2d, "
            "or --monitor, --subject, --slice NAME=VALUE instead of ALERT_ID. Got: "
            + ("both" if options.alert_id else "neither")
        )
    end = actions.until(options.until, actions.now(getattr(options, "as_of", None)))
    return act(options, output, "silence", alert_id=options.alert_id, until=end, **patterns)


def act(options: Options, output: Output, name: str, **about: Any) -> int:
    """Append a person's act on an alert to the audit."""
    from model_monitor.alerting import actions
    from model_monitor.alerting.audit import Act

    moment = actions.now(getattr(options, "as_of", None))
    request = Act(
        name, moment, actions.author(options.author), actions.reason(options.reason), **about
    )
    done, alert = actions.write(open_reader(options, output, writes=True), output, request)
    if wants_json(options):
        output.json(vars(done))
    else:
        output.say(f"{actions.sentence(done, alert)} Takes effect on the next run.")
    return OK


def explain_command(options: Options, output: Output) -> int:
    from model_monitor.alerting.explain import as_json, explain, show

    found = explain(open_reader(options, output), output, options.alert_id)
    if wants_json(options):
        output.json(as_json(found))
    else:
        show(found, output)
    return OK


def coverage_command(options: Options, output: Output) -> int:
    from model_monitor.findings import coverage

    project = open_reader(options, output)
    with project.warehouse.held(output.note):
        if wants_json(options):
            output.json(coverage.rows(project, options.monitor))
        else:
            coverage.show(project, output, options.monitor)
    return OK


def notices_command(options: Options, output: Output) -> int:
    from model_monitor.findings import notices

    project = open_reader(options, output)
    with project.warehouse.held(output.note):
        found = notices.notices_about(project, options.monitor)
    if wants_json(options):
        output.json(found)
    else:
        notices.show(found, output)
    return OK


def report_command(options: Options, output: Output) -> int:
    from model_monitor.report.build import FILE, ReportOptions, show, write
    from model_monitor.report.error_queries import error_queries

    # a given path starts here, the default one in the project
    file = FILE if options.output is None else options.output.absolute()
    wanted = ReportOptions(tuple(options.only or ()), options.since, file)
    project = report_project(options, output)
    with project.warehouse.held(output.note):
        errors = None
        if options.error_analysis and isinstance(project, Project):
            errors = error_queries(project)
        file = write(project, wanted, errors)
    if wants_json(options):
        output.json({"report": str(file), "bytes": file.stat().st_size})
    else:
        show(file, output)
    return OK


def report_project(options: Options, output: Output) -> Readable:
    """dbt says where the logs are, which the error analysis reads. A manifest does not."""
    if not options.error_analysis:
        return open_reader(options, output)
    if options.manifest is not None:
        raise UsageError(
            "--error-analysis: it reads the logs, which --manifest does not name. "
            "Leave out one of the two"
        )
    return open_project(options)


def export_command(options: Options, output: Output) -> int:
    from model_monitor.delivery.export import ExportOptions, export, show

    # given paths start here, before the project's folder is entered
    given = {name: getattr(options, name) for name in ("prometheus", "otlp", "openlineage")}
    files = {name: file.absolute() for name, file in given.items() if file is not None}
    wanted = ExportOptions(**files, namespace=options.namespace)
    wanted.check()
    project = open_reader(options, output)
    with project.warehouse.held(output.note):
        done = export(project, wanted)
    if wants_json(options):
        output.json(done.as_json())
    else:
        show(done, output)
    return OK


def backtest_command(options: Options, output: Output) -> int:
    from model_monitor.backtest import BacktestOptions, backtest, rules_of, show

    chosen = BacktestOptions(options.monitor, options.start, options.end)
    rules = None if options.rules is None else rules_of(options.rules)
    project = open_project(options, backtest={"rules": rules})
    found = backtest(project, output, chosen)
    if wants_json(options):
        output.json(found.as_json())
    else:
        show(found, output, everything=options.all)
    return OK


def doctor_command(options: Options, output: Output) -> int:
    from model_monitor.doctor.report import as_json, examine, show

    report = examine(options_settings(options), output)
    if wants_json(options):
        output.json(as_json(report))
    else:
        show(report, output, rulers=options.rulers)
    return report.exit_code


def init_command(options: Options, output: Output) -> int:
    from model_monitor.propose.proposal import propose

    project = open_project(options)
    with project.warehouse.held(output.note):
        proposal = propose(project, options.relation)
    if wants_json(options):
        output.json(proposal.config)
    else:
        output.say(proposal.text)
    return OK


def exposures_command(options: Options, output: Output) -> int:
    from model_monitor.propose.exposures import TOOLS, exposures, text

    project = open_project(options)
    monitors = project.config()["monitors"]
    given = {tool: getattr(options, tool) for tool in TOOLS}
    addresses = {tool: address for tool, address in given.items() if address is not None}
    found = exposures(monitors, lambda name: project.relation(name) is not None, addresses)
    if wants_json(options):
        output.json(found)
    else:
        output.say(text(found, addresses).rstrip())
    return OK


def completion_command(options: Options, output: Output) -> int:
    from model_monitor.cli.completion import SCRIPTS, lines
    from model_monitor.cli.parser import parser

    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        output.say(SCRIPTS[options.shell].rstrip())
        return OK
    for line in lines(parser(), options.shell, words):
        output.say(line)
    return OK


def init_project_command(options: Options, output: Output) -> int:
    from model_monitor.propose import packages_yml
    from model_monitor.propose.dbt_package import dbt_package, repository

    project = options_settings(options).project_dir.absolute()
    if options.git is None:
        if options.revision is not None:
            raise UsageError("--revision: a folder has none. Valid: --git URL --revision TAG")
        entry = packages_yml.local_entry(project, dbt_package())
    else:
        revision = options.revision or f"v{__version__}"
        entry = {"git": options.git or repository(), "revision": revision}
    found = packages_yml.write(project, entry)
    if wants_json(options):
        output.json(found.as_json())
    else:
        packages_yml.show(found, output)
    return OK


def schema_command(_options: Options, output: Output) -> int:
    from model_monitor.propose.dbt_package import dbt_package
    from model_monitor.propose.schema import schema

    output.json(schema(dbt_package()))
    return OK


def wants_json(options: Options) -> bool:
    return bool(getattr(options, "json", False))
