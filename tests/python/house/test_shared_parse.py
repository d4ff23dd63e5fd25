"""What a test borrows of the parse of the package is what dbt reads of its project by itself.

But for more refs and macros: those that a model has with the configuration of every family.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..harness.project_harness import Project

LOG = "select 1 as id, 0.5 as p, 'v1' as version, timestamp '2026-01-01' as at"
DIFFERENT_EACH_TIME = {"created_at", "checksum"}


def nodes(manifest: Any, *, with_sources: bool) -> dict[str, Any]:
    found = {}
    for name, node in manifest.nodes.items():
        fields = {k: v for k, v in node.to_dict().items() if k not in DIFFERENT_EACH_TIME}
        if not with_sources:  # found again when a model is compiled
            fields["sources"] = []
            read = fields.get("depends_on", {}).get("nodes", [])
            kept = [one for one in read if not one.startswith("source.")]
            fields["depends_on"] = {**fields.get("depends_on", {}), "nodes": kept}
        found[name] = fields
    return found


def is_borrowed(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """All that dbt reads of a node by itself, with no more than refs and macros besides."""
    same = [name for name in theirs if name not in ("refs", "depends_on")]
    kinds = ("nodes", "macros")
    ours_read, theirs_read = (each.get("depends_on", {}) for each in (ours, theirs))
    return (
        ours.keys() == theirs.keys()
        and all(ours[name] == theirs[name] for name in same)
        and all(ref in ours.get("refs", []) for ref in theirs.get("refs", []))
        and all(set(theirs_read.get(kind, [])) <= set(ours_read.get(kind, [])) for kind in kinds)
    )


@pytest.mark.slow
@pytest.mark.parametrize("reads", ["source", "ref"])
def test_a_borrowed_parse_is_that_of_dbt(tmp_path: Path, reads: str) -> None:
    relation = {"source": ["logs", "log"]} if reads == "source" else {"ref": ["shop", "logged"]}
    monitor = {
        "name": "tiny",
        "problem": "binary",
        "predictions": {**relation, "time": "at", "version": "version", "id": "id"},
        "scores": {"p": {}},
    }
    project = Project(tmp_path / "shop", [monitor], {"log": LOG})
    (project.folder / "models" / "logged.sql").write_text(LOG, encoding="utf-8")
    borrowed, parsed = project.manifest, project.parse_whole()
    assert sorted(borrowed.sources) == sorted(parsed.sources)
    ours = nodes(borrowed, with_sources=reads == "ref")
    theirs = nodes(parsed, with_sources=reads == "ref")
    assert ours.keys() == theirs.keys()
    assert {name: node for name, node in ours.items() if not is_borrowed(node, theirs[name])} == {}
