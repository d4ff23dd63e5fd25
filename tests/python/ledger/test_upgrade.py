"""Another version of the package stored the results: they are continued, or refused with the command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from model_monitor.cli.parser import main

from ..harness.evidence import Note
from ..harness.macro_harness import Macros
from ..harness.project_harness import (
    ROOT,
    Project,
    assert_same,
    commit_before,
    package_at,
    package_copy,
)  # fmt: skip
from ..sketches.test_bad_input import FULL, LOG, REFERENCE, monitor

pytestmark = [pytest.mark.slow, pytest.mark.promise(6)]

FIRST, THEN = "2026-01-29 06:00:00", "2026-02-01 06:00:00"
TABLES = {"shop": LOG, "reference": REFERENCE}


def shop(folder: Path) -> Project:
    return Project(folder, [monitor("shop", **FULL)], TABLES)


def rebuild(project: Project) -> int:
    command = ["rebuild", "--all", *project.place(), "--as-of", THEN, "--fail-on", "none"]
    return main([*command, "--no-check", "--no-publish"])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = shop(tmp_path_factory.mktemp("fresh") / "shop")
    project.build(THEN)
    return project


def test_results_of_another_shape_are_refused_and_rebuilt(
    fresh: Project, tmp_path: Path, here: Path
) -> None:
    project = shop(tmp_path / "shop")
    project.build(FIRST)
    project.execute(f'update "{project.schema}".monitor_watermarks set stored_shape = 0')
    project.execute(f'create table "{project.schema}".monitor_mine as select 1 as mine')
    counted = project.dump(["int_monitor__bins", "monitor_drift"])
    refused = project.build(THEN, expect_success=False)
    said = refused.error + " ".join(refused.failures.values())
    shape = Macros().call("stored_shape")
    assert f"shape unknown; this version stores shape {shape}" in said or "shape 0" in said
    assert "model-monitor rebuild --all" in said
    assert_same(project.dump(counted), counted)
    assert rebuild(project) == 0
    results = project.results()
    assert_same(project.dump(results), fresh.dump(results))
    statuses = project.query("select status from monitor_runs order by started_at")["status"]
    assert list(statuses)[-1] == "finished"
    assert len(project.frame("monitor_mine")) == 1, "a table that is not ours"
    project.build(THEN)  # the new shape is continued


def commits() -> list[str]:
    """Every release, and the commit before the last change of the package."""

    def git(*arguments: str) -> list[str]:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
        return done.stdout.decode().split()

    before = commit_before()
    return [*git("tag", "--list", "v*"), *([before] if before else [])]


@pytest.mark.parametrize("commit", commits() or [pytest.param("", id="no history")])
def test_an_upgraded_schema_equals_a_fresh_one(
    fresh: Project, tmp_path: Path, here: Path, evidence: Note, commit: str
) -> None:
    """A download or a shallow clone has no earlier version to upgrade from: then there is no test."""
    if not commit:
        return
    project = shop(tmp_path / "shop")
    package = project.folder / "dbt_packages" / "model_monitor"
    package_at(package, commit)
    project.build(FIRST)
    shutil.rmtree(package)
    package_copy(package)
    project.configure([monitor("shop", **FULL)])
    upgraded = project.build(THEN, expect_success=False)
    if not upgraded.success:
        said = upgraded.error + " ".join(upgraded.failures.values())
        assert "model-monitor rebuild --all" in said, said
        assert rebuild(project) == 0
    results = project.results()
    assert_same(project.dump(results), fresh.dump(results))
    how = "continued" if upgraded.success else "refused, then rebuilt"
    evidence(f"tables that equal a fresh build's after an upgrade ({how})", len(results))
