"""What alerts say of why: another mix told from a change within, the bins, and since when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
SHIFT = pd.Timestamp("2026-04-16")
DAYS = 49
AS_OF = pd.Timestamp("2026-04-20 06:00")
TABLES = ["monitor_segments", "monitor_drift_bins", "monitor_detections"]
MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
    },
    "features": {"taste": {}, "speed": {}, "steady": {}},
    "reference": {"source": ["logs", "training"]},
    "slices": ["region", "device"],
    "windows": ["day"],
    "baselines": ["reference", "last_week"],
    "limits": {"min_rows": 200, "min_cell": 20},
}


def rows(random: np.random.Generator, size: int, *, is_shifted: bool) -> pd.DataFrame:
    """Other regions come, whose taste is as ever; on mobile speed breaks."""
    shares = [0.2, 0.2, 0.6] if is_shifted else [0.6, 0.3, 0.1]
    region = random.choice(["de", "fr", "br"], size, p=shares)
    device = random.choice(["web", "mobile"], size, p=[0.6, 0.4])
    taste = pd.Series(region).map({"de": 0.0, "fr": 1.0, "br": 4.0})
    speed = random.normal(0, 1, size) + np.where(is_shifted & (device == "mobile"), 6, 0)
    return pd.DataFrame(
        {
            "region": region,
            "device": device,
            "taste": taste + random.normal(0, 1, size),
            "speed": speed,
            "steady": random.random(size),
        }
    )


def tables() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(12)
    parts = []
    for day in range(DAYS):
        at = START + pd.Timedelta(days=day)
        part = rows(random, 1_500, is_shifted=at >= SHIFT)
        part["at"] = at + pd.to_timedelta(random.integers(0, 86_400, len(part)), unit="s")
        parts.append(part)
    log = pd.concat(parts).sort_values("at", ignore_index=True)
    log["loaded"] = log["at"] + pd.Timedelta("1min")
    log["version"] = "v1"
    training = rows(random, 10_000, is_shifted=False)
    return {"scores": log, "training": training.assign(at=START - pd.Timedelta("9D"))}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("why") / "shop", [MONITOR], tables())
    project.build(str(AS_OF))
    return project


def test_an_alert_says_mix_or_within(project: Project) -> None:
    alerts = project.frame(
        "monitor_alerts",
        "family = 'drift' and slice_name = '(all)' and model_version = '(all)'"
        " and baseline = 'last_week'",
    ).set_index("subject")
    assert set(alerts.index) == {"taste", "speed", "region"}
    taste, speed, region = (alerts.loc[name] for name in ("taste", "speed", "region"))
    assert (taste["shift_kind"], taste["shift_dimension"]) == ("mix", "region")
    assert taste["recommended_action"] == "investigate_data"
    assert taste["message"].endswith("of rows (normally 9.9%))")
    assert "a mix shift of region (br: 59% of rows" in taste["message"]
    assert taste["top_segments"].startswith("region br: ")
    assert "region de: 21% of rows (normally 58%)" in taste["top_segments"]
    assert (speed["shift_kind"], speed["shift_dimension"]) == ("within", "device")
    assert speed["recommended_action"] == "fix_feature"
    assert "mix" not in speed["message"]
    assert speed["top_segments"].startswith("device mobile: ")
    assert "web" not in speed["top_segments"]
    assert speed["top_bins"].startswith("speed above ")
    # a slice column is the mix itself
    assert pd.isna(region["shift_kind"])
    assert "region br: " in region["top_bins"]


def test_detectors_date_it(project: Project) -> None:
    found = project.frame(
        "monitor_detections",
        "subject = 'speed' and family = 'drift' and slice_name = '(all)' and model_version = '(all)'"
        " and baseline = 'last_week'",
    ).set_index("detector")
    assert {"cusum", "ewma", "page_hinkley"} <= set(found.index)
    for name in ("cusum", "ewma", "page_hinkley"):
        row = found.loc[name]
        assert row["direction"] == "up"
        assert row["nature"] == "sudden"
        assert abs(row["onset_at"] - SHIFT) <= pd.Timedelta("2D")
        assert SHIFT <= row["window_start"] <= SHIFT + pd.Timedelta("2D")
        assert row["statistic"] > row["control_limit"]
    points = project.frame("int_monitor__detector_points")
    assert points.groupby("frame_id")["n"].max().max() <= 56
