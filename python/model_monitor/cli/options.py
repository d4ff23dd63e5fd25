"""Options shared by several commands."""

from __future__ import annotations

import argparse
import re
from datetime import date
from pathlib import Path

from model_monitor.warehouse.locks import WAIT_SECONDS


def common_options() -> argparse.ArgumentParser:
    """Options accepted before or after the command."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = common.add_argument_group("dbt")
    group.add_argument(
        "--project-dir", type=Path, help="folder of the dbt project (default: this folder)"
    )
    group.add_argument(
        "--profiles-dir", type=Path, help="folder of profiles.yml (default: where dbt finds it)"
    )
    group.add_argument("--target", "-t", help="target in the dbt profile")
    group.add_argument("--vars", help="dbt variables, as a YAML mapping")
    group.add_argument("--as-of", help="evaluate as of this time, in UTC")
    common.add_argument("--json", action="store_true", help="print JSON, for programs")
    return common


def job_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--full-refresh", action="store_true", help="same as dbt build --full-refresh"
    )
    command.add_argument(
        "--no-publish", action="store_true", help="DuckDB: publish no copy of the results"
    )
    command.add_argument(
        "--parquet", action="store_true", help="DuckDB: also publish the results as Parquet files"
    )
    wait(command)
    command.add_argument(
        "--prometheus",
        type=Path,
        metavar="FILE",
        help="write open incidents and figures to this file, for Prometheus to collect",
    )
    command.add_argument(
        "--checks",
        choices=("changed", "full"),
        default="changed",
        help="changed: check what the run changed (default); full: the whole history",
    )
    command.add_argument("--no-check", action="store_true", help="do not run the checks")
    command.add_argument("--no-report", action="store_true", help="do not write the report")
    command.add_argument("--no-send", action="store_true", help="send no notifications")
    fail_on(command)


def report_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--monitor",
        dest="only",
        action="append",
        metavar="NAME",
        help="show this monitor only; may be repeated",
    )
    command.add_argument(
        "--since", type=day, metavar="DATE", help="first day to show (default: the last 90 days)"
    )
    command.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="file to write (default: target/report.html in the project)",
    )
    command.add_argument(
        "--error-analysis",
        action="store_true",
        help="add features of wrong against right predictions; reads a week of the logs",
    )


def export_options(command: argparse.ArgumentParser) -> None:
    for name, text in (
        ("--prometheus", "gauges as text, for the textfile collector"),
        ("--otlp", "metrics of OpenTelemetry as JSON, for a collector"),
        ("--openlineage", "the last run as events of OpenLineage, one per line"),
    ):
        command.add_argument(name, type=Path, metavar="FILE", help=text)
    command.add_argument(
        "--namespace",
        default="model_monitor",
        metavar="NAME",
        help="namespace of the job in OpenLineage (default: model_monitor)",
    )


def wait(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--wait",
        type=seconds,
        default=WAIT_SECONDS,
        metavar="10m",
        help="how long to wait for another run to finish (default: 60s), before exit code 2",
    )


def manifest(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--manifest",
        type=Path,
        metavar="FILE",
        help="read the tables that this manifest.json names, such as one of production (default: "
        "target/manifest.json, or dbt reads the project)",
    )


def name_alert(command: argparse.ArgumentParser, nargs: str | None = None) -> None:
    text = "id of an alert or an incident; its first characters are enough"
    command.add_argument("alert_id", metavar="ALERT_ID", nargs=nargs, help=text)


def act_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", metavar="TEXT", required=True, help="why, for later readers")
    command.add_argument(
        "--author", metavar="NAME", help="who acts (default: the user of this machine)"
    )


def seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)([smh])", text.strip())
    if found is None:
        problem = f"not a duration. Valid: 90s, 10m, 2h. Got: {text}"
        raise argparse.ArgumentTypeError(problem)
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        problem = f"not a day. Valid: a date such as 2026-01-31. Got: {text}"
        raise argparse.ArgumentTypeError(problem) from error


def fail_on(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fail-on",
        choices=("info", "warn", "critical", "none"),
        default="critical",
        help="lowest severity of an open alert that gives exit code 1 (default: critical)",
    )
