"""The sections of a monitor, in the order of the report. A new family adds its module here."""

from __future__ import annotations

from model_monitor.report.section import Section
from model_monitor.report.sections import (
    actions,
    concentration,
    coverage,
    fairness,
    heatmap,
    histograms,
    metrics,
    performance,
    quality,
    reliability,
    segments,
    sources,
    timeline,
    versions,
)

SECTIONS: tuple[Section, ...] = tuple(
    module.SECTION
    for module in (
        actions, timeline, heatmap, histograms, performance, reliability, segments, versions,
        metrics, sources, concentration, fairness, coverage, quality,
    )
)  # fmt: skip
