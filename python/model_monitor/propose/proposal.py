"""`model-monitor init`: a configuration for a table, as YAML that works unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from model_monitor.errors import UsageError
from model_monitor.inspect import queries
from model_monitor.inspect.datatypes import TEXT, family
from model_monitor.inspect.queries import Source
from model_monitor.inspect.samples import SAMPLE_ROWS, Values, sample
from model_monitor.output import clean
from model_monitor.propose.column_names import SLICE_VALUES
from model_monitor.propose.column_roles import Facts, Guess, find_times
from model_monitor.propose.guess import guess, slug
from model_monitor.text import nearest
from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.statements import Column

PART = re.compile(r'"((?:[^"]|"")+)"|`([^`]+)`|([^."`]+)')
SUFFIX = re.compile(r"_(predictions?|scores?|logs?|inferences?)$")


@dataclass(frozen=True)
class Place:
    """The address of a table: two or three names, and their form in SQL."""

    schema: str
    table: str
    database: str | None = None

    def sql(self, warehouse: Warehouse) -> str:
        parts = [self.database, self.schema, self.table]
        return ".".join(warehouse.quote(part) for part in parts if part)


@dataclass(frozen=True)
class Proposal:
    """The proposed configuration, and its text."""

    config: dict[str, Any]
    text: str


def propose(project: Project, relation: str) -> Proposal:
    place = place_of(relation, str(project.warehouse.credentials.schema))
    columns = look(project.warehouse, place)
    found = guess(columns, project.warehouse.quote)
    if "time" not in found.roles:
        times = ", ".join(f"{clean(c.name)} ({c.data_type})" for c in columns[:12])
        raise UsageError(
            f"init: {relation} has no timestamp column. It has: {times}. "
            "Cast the time of a row to a timestamp in a model, and name that model."
        )
    declared = declared_as(project, place)
    named = declared or {"source": [slug(place.schema), slug(place.table)]}
    entry = entry_of(found, named, monitor_name(place))
    sources = None if declared else sources_of(place)
    return Proposal(
        {"sources": sources, "monitors": [entry]}, text_of(relation, entry, sources, found)
    )


def place_of(relation: str, schema: str) -> Place:
    found = PART.findall(relation)
    parts = [(quoted or ticked or plain).replace('""', '"') for quoted, ticked, plain in found]
    if not 1 <= len(parts) <= 3:
        raise UsageError(f"init: not a table. Valid: table, schema.table. Got: {relation!r}")
    padded = [None] * (3 - len(parts)) + parts
    return Place(padded[1] or schema, str(padded[2]), padded[0])


def look(warehouse: Warehouse, place: Place) -> list[Facts]:
    """The facts of every column in the newest rows."""
    relation = place.sql(warehouse)
    columns = warehouse.columns(relation)
    if columns is None:
        advice = nearest(f"{place.schema}.{place.table}", warehouse.tables())
        raise UsageError(f"init: there is no table {place.schema}.{place.table}. {advice}")
    # The newest rows are found by the time column, which is known by name and type alone.
    times = Guess()
    find_times([Facts(c.name, c.data_type, Values(0, 0)) for c in columns], times)
    by_name = {column.name.lower(): column for column in columns}
    source = Source(relation, by_name, time=times.roles.get("time"))
    last = queries.bounds(warehouse, source, datetime.now(UTC).replace(tzinfo=None)).last
    recent = queries.newest(warehouse, source, last)
    sampled = sample(warehouse, source, {}, [column.name for column in columns], recent)
    return [
        Facts(
            column.name,
            column.data_type,
            sampled.columns[column.name],
            few_values(warehouse, source, column, sampled.columns[column.name], recent),
        )
        for column in columns
    ]


def few_values(
    warehouse: Warehouse, source: Source, column: Column, found: Values, recent: list[str]
) -> tuple[str, ...]:
    if family(column.data_type) != TEXT or not 0 < (found.distinct or 0) <= SLICE_VALUES:
        return ()
    quoted = warehouse.quote(column.name)
    inner = queries.inner_query(warehouse, source, [quoted], *recent)
    few = warehouse.rows(f"select distinct v0 from ({inner} limit {SAMPLE_ROWS}) as newest")
    return tuple(str(row["v0"]) for row in few if row["v0"] is not None)


def declared_as(project: Project, place: Place) -> dict[str, list[str]] | None:
    """The model or source of the project for this table, if there is one."""
    manifest = project.manifest

    def is_it(node: Any, identifier: str) -> bool:
        same = (str(node.schema).lower(), identifier.lower())
        return same == (place.schema.lower(), place.table.lower())

    for node in manifest.nodes.values():
        if node.resource_type in ("model", "seed", "snapshot") and is_it(node, str(node.alias)):
            return {"ref": [node.package_name, node.name]}
    for node in manifest.sources.values():
        if is_it(node, str(node.identifier)):
            return {"source": [node.source_name, node.name]}
    return None


def monitor_name(place: Place) -> str:
    return SUFFIX.sub("", slug(place.table)) or slug(place.table)


def sources_of(place: Place) -> dict[str, Any]:
    table: dict[str, Any] = {"name": slug(place.table)}
    if table["name"] != place.table:
        table["identifier"] = place.table
    source: dict[str, Any] = {"name": slug(place.schema)}
    if place.database:
        source["database"] = place.database
    return {"sources": [{**source, "schema": place.schema, "tables": [table]}]}


def entry_of(found: Guess, relation: dict[str, list[str]], name: str) -> dict[str, Any]:
    experiment = {"experiment": found.experiment} if found.experiment else {}
    parts = {
        "name": name,
        "problem": found.problem,
        "predictions": {**relation, **found.roles, **experiment},
        "scores": found.scores,
        "features": found.features,
        "operations": found.operations,
        "slices": found.slices,
    }
    return {key: value for key, value in parts.items() if value}


def text_of(
    relation: str, entry: dict[str, Any], sources: dict[str, Any] | None, found: Guess
) -> str:
    lines = [f"# A proposal for {clean(relation)}. Every line is a guess, so check it first."]
    if sources is not None:
        lines += ["", "# 1. models/sources.yml", as_yaml(sources)]
    lines += ["", f"# {'2' if sources else '1'}. dbt_project.yml"]
    lines.append(as_yaml({"vars": {"model_monitor": {"monitors": [entry]}}}))
    if found.left_out:
        lines += ["", "# Omitted columns:"]
        lines += [f"#   {clean(name)}: {clean(reason)}" for name, reason in found.left_out]
    if "label" not in found.roles:
        lines += ["", "# If outcomes arrive later in another table, configure it with outcomes:."]
    lines += ["", "# Then: model-monitor doctor"]
    return "\n".join(lines)


def as_yaml(value: Any) -> str:
    """YAML with leaves on one line, and quotes where YAML needs them."""
    text = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return str(text).rstrip()
