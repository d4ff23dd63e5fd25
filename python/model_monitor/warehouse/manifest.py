"""The manifest that dbt wrote: where the tables of the package are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.settings import PACKAGE

Node = Mapping[str, Any]
# Macros of dbt that a project replaces to name its schemas, databases and tables itself.
NAMING = re.compile(r"(?:\w+__)?generate_(?:schema|database|alias)_name$")

PART = r'(?:"(?:[^"]|"")+"|\w+)'
RELATION = re.compile(rf"{PART}(?:\.{PART}){{0,2}}")


@dataclass(frozen=True)
class Manifest:
    """The few parts of a manifest that readers need."""

    generated_at: datetime
    adapter_type: str
    project_name: str
    nodes: Mapping[str, Node]  # the models and seeds of the package, by name
    naming_macros: tuple[str, ...]  # those that are not dbt's own

    def relations(self) -> dict[str, str]:
        """The relations as dbt writes them, by the name of the model or seed."""
        found = {
            name: str(node["relation_name"])
            for name, node in self.nodes.items()
            if node.get("relation_name")
        }
        # a relation becomes part of a statement, so it must be a name and nothing else
        for name, relation in found.items():
            if RELATION.fullmatch(relation) is None:
                raise NeedsDbtError(f"the manifest has no valid relation for {name}")
        return found


def read_manifest(file: Path, shown: str) -> Manifest:
    """The manifest in this file, which messages call `shown`."""
    try:
        content = json.loads(file.read_bytes())
        metadata, nodes = content["metadata"], content["nodes"]
        adapter_type = str(metadata["adapter_type"])
        found = Manifest(
            in_utc(datetime.fromisoformat(str(metadata["generated_at"]))),
            adapter_type,
            str(metadata.get("project_name")),
            {str(node["name"]): node for node in ours(nodes)},
            tuple(own_naming_macros(content.get("macros") or {}, adapter_type)),
        )
    except FileNotFoundError as error:
        raise NeedsDbtError(f"{shown} is missing") from error
    except OSError as error:
        raise NeedsDbtError(f"{shown} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NeedsDbtError(f"{shown} is not a manifest of dbt") from error
    if not found.nodes:
        raise NeedsDbtError(f"{shown} does not contain the package {PACKAGE}")
    return found


def in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def ours(nodes: Mapping[str, Node]) -> Iterator[Node]:
    for key, node in nodes.items():
        kind, _, rest = key.partition(".")
        if kind in ("model", "seed") and rest.startswith(f"{PACKAGE}."):
            yield node


def own_naming_macros(macros: Mapping[str, Any], adapter_type: str) -> Iterator[str]:
    dbts = {"dbt", f"dbt_{adapter_type}"}
    for key in macros:
        package, _, name = key.removeprefix("macro.").partition(".")
        if package not in dbts and NAMING.match(name):
            yield name
