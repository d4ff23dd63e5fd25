"""The sections of a monitor, in the order of the report. A new family adds its module here."""

from __future__ import annotations

from model_monitor.report.section import Section
from model_monitor.report.sections import (
    actions,
    concentration,
    concept,
    coverage,
    effectiveness,
    errors,
    fairness,
    heatmap,
    histograms,
    metrics,
    notices,
    performance,
    proxies,
    quality,
    reliability,
    review,
    segments,
    sources,
    timeline,
    value,
    versions,
)

SECTIONS: tuple[Section, ...] = tuple(
    module.SECTION
    for module in (
        actions, review, timeline, heatmap, histograms, concept, performance, errors, reliability,
        value, segments, versions, metrics, sources, proxies, concentration, fairness,
        effectiveness, notices, coverage, quality,
    )
)  # fmt: skip
