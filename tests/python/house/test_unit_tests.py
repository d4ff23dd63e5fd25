"""dbt's unit tests of the package: they pass, and somebody else's project has none of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ..harness.project_harness import ROOT, Project


def listed() -> set[str]:
    """The unit tests that the ymls of the package have."""
    return {
        test["name"]
        for path in (ROOT / "models").rglob("*.yml")
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
    }


@pytest.mark.slow
def test_they_pass_and_are_off_unless_asked_for(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop", [])
    assert len(project.manifest.unit_tests) == 0
    project.build("2026-02-01")  # dbt reads the types of what is given from these tables
    with project.asked_for("unit_tests", {"+enabled": True}):
        ran = project.dbt("test", "--select", "package:model_monitor,test_type:unit")
    assert ran.success, ran.failures or ran.error
    assert len(listed()) > 60
    assert len(ran.timings) == len(listed())
