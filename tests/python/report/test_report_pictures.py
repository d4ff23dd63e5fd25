"""The tool that takes pictures of the report: a section alone, in the report's own style."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from model_monitor.report.build import ReportOptions, render

from ..harness.project_harness import ROOT
from ..harness.report_tables import Results, write


def test_a_picture_of_a_section_shows_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    tool = importlib.import_module("report_pictures")
    page = render(Results(write(tmp_path / "warehouse.duckdb")), ReportOptions())
    assert "report-phone-dark.png" in tool.PICTURES
    assert {section for section, _ in tool.SECTIONS.values()} == {"heatmap", "reliability"}
    for section, _ in tool.SECTIONS.values():
        alone = tool.alone(page, section)
        assert alone.count("<section") == 1
        assert f'-{section}">' in alone
        assert "<svg" in alone
        assert "<details" not in alone
        assert alone.startswith(page.partition("<body>")[0])
    with pytest.raises(SystemExit, match="has no section weather"):
        tool.alone(page, "weather")
