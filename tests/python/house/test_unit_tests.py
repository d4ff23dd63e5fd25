"""What dbt tests of the package: it passes, and somebody else's project has none of it unless asked."""

from __future__ import annotations

from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Without a monitor, so without a run; asked for both kinds, which one parse reads."""
    project = Project(tmp_path_factory.mktemp("asked") / "shop", [])
    assert len(project.manifest.unit_tests) == 0
    assert not [one for one in project.manifest.nodes.values() if "trust" in one.tags]
    unit_tests, data_tests = {"+enabled": True}, {"trust": {"+enabled": True}}
    with (
        project.asked_for("unit_tests", unit_tests),
        project.asked_for("data_tests", data_tests),
    ):
        project.build("2026-02-01")  # dbt reads the types of what is given from these tables
        yield project


@pytest.mark.slow
def test_unit_tests_pass(project: Project) -> None:
    ran = project.dbt("test", "--select", "package:model_monitor,test_type:unit")
    assert ran.success, ran.failures or ran.error
    assert len(listed()) > 60
    assert len(ran.timings) == len(listed())


@pytest.mark.slow
def test_the_conditions_of_the_suites_are_tests(project: Project) -> None:
    """All of them run, and the one that misses a finished run says so."""
    ran = project.dbt("test", "--select", "tag:trust", variables={"as_of": "2026-02-01"})
    assert set(ran.failures) == {"trust_freshness"}
    written = {file.stem for file in (ROOT / "tests" / "trust").glob("*.sql")}
    assert set(ran.timings) == written
    assert len(written) > 12
