"""Checks OpenLineage events against the JSON Schemas that OpenLineage publishes, and against ours.

The published schemas are in tests/python/delivery/openlineage, unchanged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from .project_harness import ROOT

OURS = ROOT / "python" / "model_monitor" / "delivery" / "ModelMonitorFiguresRunFacet.json"
FILES = (*sorted((ROOT / "tests/python/delivery/openlineage").glob("*.json")), OURS)
SCHEMAS: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8")) for file in FILES
}
CORE = f"{SCHEMAS['OpenLineage']['$id']}#/$defs"
RUN_EVENT = f"{CORE}/RunEvent"
# The schema of a facet names the facet's key: {"nominalTime": {"$ref": "#/$defs/Nominal…"}}
FACETS = {
    key: schema["$id"] + value["$ref"]
    for schema in SCHEMAS.values()
    for key, value in schema.get("properties", {}).items()
}
REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
CHARACTER = r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
QUERY = CHARACTER.replace("@/", "@/?")
URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{CHARACTER}+(?:\?{QUERY}*)?(?:#{QUERY}*)?", re.ASCII)

# jsonschema checks uuid. For date-time and uri it needs packages that are not in our lock.
formats = FormatChecker(formats=["uuid"])


@formats.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """RFC 3339: a date, a time and a zone."""
    if not isinstance(value, str):
        return True
    return bool(DATE_TIME.fullmatch(value)) and datetime.fromisoformat(value).tzinfo is not None


@formats.checks("uri")
def is_uri(value: object) -> bool:
    """RFC 3986: a scheme, and only characters that a URI may have."""
    return not isinstance(value, str) or bool(URI.fullmatch(value))


def mistakes(event: dict[str, Any]) -> list[str]:
    """All mistakes in a run event: none if every schema accepts it and describes its fields."""
    found = errors(RUN_EVENT, event)
    if found:
        return found
    if event["schemaURL"] != RUN_EVENT:
        found.append(f"schemaURL: {event['schemaURL']} is not {RUN_EVENT}")
    for where, url, part in parts(event):
        found += [f"{where}: unknown field {name}" for name in sorted({*part} - fields(url))]
    for where, kind, key, facet in facets(event):
        expected = FACETS.get(key, "")
        if not expected.endswith(kind):
            found.append(f"{where}: no schema of a {kind}")
            continue
        if facet["_schemaURL"] != expected:
            found.append(f"{where}: _schemaURL {facet['_schemaURL']} is not {expected}")
        found += [f"{where}: {each}" for each in errors(expected, facet)]
        found += [f"{where}: unknown field {name}" for name in sorted({*facet} - fields(expected))]
    return found


def errors(url: str, value: Any) -> list[str]:
    validator = Draft202012Validator({"$ref": url}, registry=REGISTRY, format_checker=formats)
    return [
        f"{each.json_path}: {each.message}"
        for error in validator.iter_errors(value)
        for each in causes(error)
    ]


def causes(error: ValidationError) -> Iterator[ValidationError]:
    """The errors inside an error of anyOf or oneOf, which alone only says that none matches."""
    if not error.context:
        yield error
    for each in error.context or ():
        yield from causes(each)


def parts(event: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The objects of an event without its facets, with their schemas."""
    yield "event", RUN_EVENT, event
    yield "run", f"{CORE}/Run", event["run"]
    yield "job", f"{CORE}/Job", event["job"]
    for key, name in (("inputs", "InputDataset"), ("outputs", "OutputDataset")):
        for number, dataset in enumerate(event.get(key, ())):
            yield f"{key}[{number}]", f"{CORE}/{name}", dataset


def facets(event: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each facet with its place, the kind of its schema and its key."""
    for where, url, part in parts(event):
        name = url.removeprefix(f"{CORE}/")
        kinds = {
            "facets": f"{name.removeprefix('Input').removeprefix('Output')}Facet",
            "inputFacets": "InputDatasetFacet",
            "outputFacets": "OutputDatasetFacet",
        }
        for holder, kind in kinds.items():
            for key, facet in part.get(holder, {}).items():
                yield f"{where}.{holder}.{key}", kind, key, facet


@cache
def fields(url: str) -> frozenset[str]:
    """The fields that a schema describes. OpenLineage allows others, but no reader knows them."""
    found = REGISTRY.resolver().lookup(url)
    base = url.partition("#")[0]
    schemas = [found.contents, *found.contents.get("allOf", ())]
    names = {name for schema in schemas for name in schema.get("properties", ())}
    for schema in schemas:
        if "$ref" in schema:
            reference = schema["$ref"]
            names |= fields(base + reference if reference.startswith("#") else reference)
    return frozenset(names)
