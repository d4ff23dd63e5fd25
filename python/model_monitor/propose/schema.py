"""`model-monitor schema`: the JSON Schema of a dbt_project.yml, for editors.

The keys and their types are those that macros/config checks. The descriptions are those of
docs/start/configuration.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

FILE = "model_monitor.schema.json"
SHAPES, WALK = "macros/config/shapes.sql", "macros/config/walk.sql"
PAGE = "docs/start/configuration.md"

Schema = dict[str, Any]
Shapes = Mapping[str, Mapping[str, Any]]

# What no text contains: Jinja. In a column nothing that only an expression has either.
JINJA = "[{][{%#]"
EXPRESSION = r"['\"`;\n]|\w[(]"
FILLED = r"^(?![\s\S]*(?:%s))[\s\S]*\S"
TEXT = {"type": "string", "pattern": FILLED % JINJA}
DURATION = {"type": "string", "pattern": "^[0-9]{1,6}[mhd]$", "examples": ["30m", "2h", "7d"]}
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
COUNT = {"type": "integer", "minimum": 1, "maximum": 1_000_000_000}
TEXTS = {"type": "array", "items": {"type": "string"}}
PAIR = {**TEXTS, "minItems": 2, "maxItems": 2}
# The types of _config_scalar. A type that is missing here is an error of `schema`.
SCALARS: dict[str, Schema] = {
    "text": TEXT,
    "name": {"type": "string", "pattern": "^[a-z0-9_]+$"},
    "column": {"type": "string", "pattern": FILLED % f"{JINJA}|{EXPRESSION}"},
    "sql": {"type": ["string", "number"], "pattern": FILLED % JINJA},
    "label": {"type": ["string", "integer"], "pattern": FILLED % JINJA},
    "prefix": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*_$"},
    "page": {"type": "string", "pattern": r"\{page\}"},
    "url": {"type": "string", "pattern": r"^https?://[^\s\"<>|#]+$"},
    "flag": {"type": "boolean"},
    "date": {"type": "string", "pattern": f"{DAY}$"},
    "instant": {"type": "string", "pattern": f"{DAY}([Tt ].*)?$"},
    "duration": DURATION,
    "days": {**DURATION, "examples": ["70d"]},
    "number": {"type": "number"},
    "amount": {"type": "number", "minimum": 0},
    "worth": {"type": ["string", "number"], "pattern": FILLED % JINJA},
    "positive": {"type": "number", "exclusiveMinimum": 0},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "count": COUNT,
    "pair": PAIR,
    "names": {"type": ["string", "array"], "items": {"type": "string"}},
    "slices": {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "string", "pattern": r"^[^+]+$"},
                {**TEXTS, "minItems": 2, "maxItems": 3, "uniqueItems": True},
            ]
        },
    },
    "correlations": {
        "anyOf": [
            {
                "type": "object",
                "properties": {"top": COUNT},
                "required": ["top"],
                "additionalProperties": False,
            },
            {"type": "array", "items": PAIR},
        ]
    },
}
UNUSED, LATER = "Checked now, used later", "; not used yet"
# The shapes that a section of the page is about.
SECTIONS = {
    "Top level": ("vars",),
    "A monitor": ("monitor",),
    "Predictions": ("predictions", "log"),
    "Scores": ("score",),
    "Features, operations, subjects": ("feature", "operation", "subject"),
    "Metrics": ("metric",),
    "Reference": ("reference",),
    "Outcomes": ("outcomes",),
    "Retraining and gates": ("monitor",),
    "Limits and retention": ("monitor",),
    "Policy": ("policy",),
    UNUSED: ("monitor",),
}
SEE_ALSO = re.compile(r"\s*\(\[[^\]]+\]\([^)]*\)\)")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
KEY = re.compile(r"`([^`]+)`")


def schema(package: Path) -> Schema:
    """The JSON Schema of a project's dbt_project.yml: only the vars of this package are checked."""
    shapes: Shapes = {
        **returned(package / SHAPES, "_config_shapes"),
        **returned(package / SHAPES, "_config_vars"),
    }
    pattern = returned(package / WALK, "_config_name_pattern")
    described = descriptions((package / PAGE).read_text(encoding="utf-8"), shapes)
    definitions = {name: shape_schema(name, shapes, described) for name in shapes}
    # each key has a full name too, beside the mapping of the package
    named = definitions["vars"]["properties"].items()
    full = {f"model_monitor_{key}": of for key, of in named}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dbt_project.yml with the vars of model_monitor",
        "type": "object",
        "properties": {
            "vars": {
                "type": ["object", "null"],
                "properties": {"model_monitor": nullable(reference("vars")), **full},
            }
        },
        "definitions": {
            **definitions,
            "column_name": {"type": "string", "pattern": f"^{pattern}$"},
        },
    }


class _ReturnedError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def returned(file: Path, macro: str) -> Any:
    """What a macro without arguments returns, read without dbt."""
    from jinja2.sandbox import SandboxedEnvironment

    def give(value: Any) -> NoReturn:
        raise _ReturnedError(value)

    environment = SandboxedEnvironment(extensions=["jinja2.ext.do"])
    text = file.read_text(encoding="utf-8") + f"{{% do {macro}() %}}"
    try:
        environment.from_string(text).render({"return": give})
    except _ReturnedError as found:
        return found.value
    raise ValueError(f"{file}: {macro} returns nothing")


def shape_schema(name: str, shapes: Shapes, described: Mapping[tuple[str, str], str]) -> Schema:
    shape = shapes[name]
    required = list(shape["required"])
    properties = {}
    for key, kind in shape["keys"].items():
        of = type_schema(kind, shapes)
        of = of if key in required else nullable(of)
        text = described.get((name, key))
        if text is not None:
            # draft 7 ignores what stands beside a reference
            of = {"description": text, **({"allOf": [of]} if "$ref" in of else of)}
        properties[key] = of
    # a key without a value is one that is not there
    kind = ["object", "null"]
    found: Schema = {"type": kind, "properties": properties, "additionalProperties": False}
    if required:
        found["required"] = required
    if "relation" in shape:
        found["not"] = {"required": ["source", "ref"]}
    if shape.get("relation") == "required":
        found["anyOf"] = [{"required": ["source"]}, {"required": ["ref"]}]
    return found


def type_schema(kind: Any, shapes: Shapes) -> Schema:
    """The JSON Schema of a type of macros/config/shapes.sql."""
    if isinstance(kind, str):
        return SCALARS[kind]
    if "a" in kind:
        found = reference(kind["a"])
    elif "choice" in kind:
        found = {"type": "string", "enum": list(kind["choice"])}
    elif "choices" in kind:
        words = {"type": "string", "enum": list(kind["choices"])}
        found = {"type": "array", "items": words, "minItems": 1, "uniqueItems": True}
    elif "list" in kind:
        found = {"type": "array", "items": type_schema(kind["list"], shapes)}
    else:
        found = names_schema(kind, shapes)
    return found


def names_schema(kind: Mapping[str, Any], shapes: Shapes) -> Schema:
    """Names with values. A name alone has all defaults, or is its own column."""
    of = kind["some"] if "some" in kind else kind["map"]
    value = type_schema(of, shapes)
    if "map" in kind:
        return {"type": "object", "additionalProperties": value}
    names = reference("column_name")
    mapping = {"type": "object", "propertyNames": names, "additionalProperties": nullable(value)}
    if isinstance(of, Mapping) and shapes[of["a"]]["required"]:
        return mapping
    return {"anyOf": [mapping, {"type": "array", "items": names}]}


def reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def nullable(of: Schema) -> Schema:
    """The same, or nothing. A reference leads to a shape, which may be nothing."""
    if "anyOf" in of:
        return {**of, "anyOf": [*of["anyOf"], {"type": "null"}]}
    if "type" not in of:
        return of
    kinds = [of["type"]] if isinstance(of["type"], str) else of["type"]
    words = {"enum": [*of["enum"], None]} if "enum" in of else {}
    return {**of, "type": [*kinds, "null"], **words}


def descriptions(page: str, shapes: Shapes) -> dict[tuple[str, str], str]:
    """What the tables of the page say of each key of a shape."""
    found: dict[tuple[str, str], str] = {}
    heading = ""
    columns: list[str] = []
    for line in page.splitlines():
        if line.startswith("#"):
            heading, columns = line.lstrip("# "), []
        if not line.startswith("|") or heading not in SECTIONS or set(line) <= set("|-"):
            continue
        cells = [cell.strip() for cell in line[1:].removesuffix("|").split(" |")]
        columns = columns or cells
        text = described(dict(zip(columns, cells, strict=True)))
        for name, key in keys_of(cells[0], SECTIONS[heading], shapes):
            # a cell that only links to the section of the key says nothing
            if text.lower() not in ("", "later", key):
                found.setdefault((name, key), text + LATER * (heading == UNUSED))
    return found


def described(row: Mapping[str, str]) -> str:
    meaning = next(text for key, text in row.items() if key.startswith(("meaning", "holds")))
    default = row.get("default", "")
    if default in ("none", "required"):
        default = ""  # the schema says it
    elif default and not default.startswith("required"):
        default = f"default: {default}"
    text = "; ".join(part for part in (SEE_ALSO.sub("", meaning), default) if part)
    text = LINK.sub(r"\1", text).replace("◦", "not used yet")
    return text[:1].upper() + text[1:]


def keys_of(cell: str, names: tuple[str, ...], shapes: Shapes) -> Iterator[tuple[str, str]]:
    """The shapes and keys of a cell such as `min`, `max` or `limits: min_rows`, `min_cell`."""
    words = [each.split(": ") for each in KEY.findall(cell)]
    prefix = words[0][0] if words and len(words[0]) > 1 else None
    for name in names:
        for word in words:
            of: str | None = name
            if prefix is not None:
                of = inner(shapes[name]["keys"].get(prefix))
            if of is not None and word[-1] in shapes[of]["keys"]:
                yield of, word[-1]


def inner(kind: Any) -> str | None:
    """The shape that a type leads to."""
    while isinstance(kind, Mapping):
        of = next(iter(kind.values()))
        if "a" in kind:
            return str(of)
        kind = of
    return None
