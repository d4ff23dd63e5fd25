"""Every query of the report fits the columns and types that the contracts of the models promise."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import model_monitor.report
from model_monitor.report.build import ReportOptions, render
from model_monitor.report.section import View
from model_monitor.report.sections import SECTIONS, histograms
from model_monitor.report.sections.histograms import Before
from model_monitor.report.source import Period, Source, named

from ..harness.report_tables import SCHEMA, Results

ROOT = Path(__file__).resolve().parents[3]
TYPES = {"string": "varchar", "timestamp": "timestamp", "boolean": "boolean",
         "bigint": "bigint", "integer": "integer", "double": "double"}  # fmt: skip
PERIOD = Period(datetime(2026, 6, 1), datetime(2026, 6, 21))  # noqa: DTZ001
ALERT = {
    "log": "predictions", "role": "live", "model_version": "(all)", "subject": "x",
    "baseline": "last_week", "window_name": "day", "slice_name": "(all)", "slice_value": "(all)",
}  # fmt: skip


# The report reads one internal model, which has no contract.
INTERNAL = {
    "int_monitor__rule_scopes": {
        "monitor": "varchar", "log": "varchar", "subject": "varchar", "family": "varchar",
        "metric": "varchar", "baseline": "varchar", "window_name": "varchar", "kind": "varchar",
        "direction": "varchar", "rule_id": "varchar", "warn": "double", "critical": "double",
        "valid_from": "timestamp", "valid_to": "timestamp", "slice_pattern": "varchar",
        "version_pattern": "varchar", "at_resolution": "boolean", "is_named": "boolean",
    },
}  # fmt: skip


def contracts() -> dict[str, dict[str, str]]:
    """The columns of each model and seed, and their types."""
    found = {}
    for file in sorted([*ROOT.glob("models/**/*.yml"), *ROOT.glob("seeds/**/*.yml")]):
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for node in [*content.get("models", []), *content.get("seeds", [])]:
            columns = {each["name"]: each for each in node.get("columns", [])}
            types = node.get("config", {}).get("column_types", {})
            found[node["name"]] = {
                name: type_of(kind)
                for name, each in columns.items()
                if (kind := each.get("data_type") or types.get(name))
            }
    return found


def type_of(kind: str) -> str:
    """The type in DuckDB. Some engines call a type another name, so the yml has an expression."""
    found = re.fullmatch(r"\{\{ '(\w+)' if target\.type == 'spark' else '[\w ]+' \}\}", kind)
    return TYPES[kind if found is None else found[1]]


def static_queries() -> dict[str, str]:
    """The queries that are constants of the report's modules, by where they are."""
    found = {}
    for module in pkgutil.walk_packages(model_monitor.report.__path__, "model_monitor.report."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.isupper() and isinstance(value, str) and "select" in value and named(value):
                found[value] = f"{module.name.rsplit('.')[-1]}.{name}"
    return {where: query for query, where in found.items()}


QUERIES = static_queries()
CONTRACTS = {**contracts(), **INTERNAL}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which each model of the package is empty."""
    found = tmp_path_factory.mktemp("contracts") / "warehouse.duckdb"
    with duckdb.connect(str(found)) as connection:
        connection.execute(f"create schema {SCHEMA}")
        for name, columns in CONTRACTS.items():
            if columns:
                listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
                connection.execute(f"create table {SCHEMA}.{name} ({listed})")
    return found


@pytest.fixture(scope="module")
def source(file: Path) -> Source:
    return Source(Results(file), ("m",), PERIOD)


@pytest.mark.parametrize("where", QUERIES)
def test_a_query_reads_what_the_contracts_promise(source: Source, where: str) -> None:
    assert_answered(source, QUERIES[where])


CHAMPION = {**ALERT, "baseline": "champion"}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (histograms.champions, (CHAMPION, PERIOD.until)),
        (histograms.distributions, (ALERT, PERIOD.until, Before(ALERT, PERIOD.since, ""))),
        (histograms.moves, (ALERT, PERIOD.until)),
    ],
)
def test_a_query_about_an_alert_reads_what_the_contracts_promise(
    source: Source, written: Callable[..., str], wanted: tuple[Any, ...]
) -> None:
    query = written(View(source, "m", PERIOD), [wanted])
    assert query
    assert_answered(source, query)


def assert_answered(source: Source, query: str) -> None:
    assert source.problem(query) is None, "each table has a contract"
    rows = source.everything(query)
    assert source.problem(query) is None
    assert [value for row in rows for value in row.values() if value is not None] == []


def test_a_column_without_a_contract_is_noticed(source: Source) -> None:
    query = "select monitor, no_such_column from {monitor_drift} where {monitors}"
    source.everything(query)
    assert "no_such_column" in str(source.problem(query))


def test_every_section_has_its_queries_here() -> None:
    modules = {where.partition(".")[0] for where in QUERIES}
    # the error analysis reads the logs: dbt compiles its queries
    assert {section.name for section in SECTIONS} - {"errors"} <= modules
    assert len(QUERIES) > 35
    tables = {name for query in QUERIES.values() for name in named(query)}
    assert tables <= {name for name, columns in CONTRACTS.items() if columns}


def test_a_page_of_empty_tables_is_read_in_full(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        for monitor in ("m", "n"):
            connection.execute(
                f"insert into {SCHEMA}.monitor_health by name select '{monitor}' as monitor,"
                " '(all)' as model_version, 'evaluated' as evaluation"
            )
    page = render(Results(file), ReportOptions())
    assert "Not everything could be read" not in page
    assert "cannot be read" not in page
    assert page.count('<section class="block"') > 10
