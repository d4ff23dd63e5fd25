"""Exposure over items and creators against a plain reading of the formulas, slice by slice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 33
CASES = 60
AS_OF = pd.Timestamp("2026-04-04 06:00")
SELECT = ["+monitor_concentration", *LEDGER]
TABLES = ["monitor_concentration"]
MONITOR: dict[str, Any] = {
    "name": "feed",
    "predictions": {
        "source": ["logs", "impressions"],
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
        "role": "role",
    },
    "features": {"x": {}},
    "exposure": {"item": "item_id", "creator": "creator_id"},
    "slices": ["case"],
    "windows": ["day", "7d", "30d"],
    "limits": {"min_rows": 20, "min_cell": 5, "slice_values": 1000},
}


def impressions() -> pd.DataFrame:
    """Every case of a character of its own: even, skewed, one for all, few rows, rows of nothing."""
    random = np.random.default_rng(5)
    parts = []
    for case in range(CASES):
        size = int(random.integers(60, 700)) if case % 6 else 12
        items = int(random.integers(1, 90))
        weights = (1.0 + np.arange(items)) ** -random.choice([0.0, 0.5, 1.0, 2.0, 6.0])
        item = random.choice(items, size, p=weights / weights.sum()) + 7 * case
        at = START + pd.to_timedelta(random.integers(0, DAYS * 86_400, size), unit="s")
        part = pd.DataFrame(
            {
                "at": at,
                "loaded": at + pd.Timedelta("5min"),
                "version": random.choice(["v1", "v2"], size),
                "role": random.choice(["live", "shadow"], size, p=[0.9, 0.1]),
                "case": f"case_{case:02}",
                "x": random.random(size),
                "item_id": [f"i{number}" for number in item],
                "creator_id": [f"c{number % 23}" for number in item],
            }
        )
        part.loc[random.random(size) < 0.05, "item_id"] = None
        parts.append(part)
    log = pd.concat(parts, ignore_index=True).sort_values("at", ignore_index=True)
    late = (random.random(len(log)) < 0.02) & (log["at"] > START + pd.Timedelta("8D"))
    log.loc[late, "loaded"] += pd.to_timedelta(random.integers(1, 20, late.sum()), unit="D")
    return log[log["loaded"] <= AS_OF]


def tables() -> dict[str, pd.DataFrame]:
    return {"impressions": impressions()}


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return impressions()


@pytest.fixture(scope="module")
def project(log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("concentration") / "shop", [MONITOR])
    project.load("impressions", log)
    project.build(str(AS_OF), SELECT)
    return project


def gini(counts: np.ndarray) -> float:
    """Half of the relative mean difference: no ranks, every pair."""
    return float(np.abs(counts[:, None] - counts[None, :]).mean() / (2 * counts.mean()))


def read(rows: pd.DataFrame, entity: str) -> dict[str, float] | None:
    counts = rows[f"{entity}_id"].value_counts().to_numpy(float)
    if not len(counts):
        return None
    share = counts / counts.sum()

    def top(part: float) -> float:
        return float(share[: max(1, math.ceil(round(part * len(share), 9)))].sum())

    return {
        "entity_count": len(counts),
        "exposure_count": counts.sum(),
        "gini": gini(counts),
        "hhi": float((share**2).sum()),
        "top_1pct_share": top(0.01),
        "top_10pct_share": top(0.1),
        "entropy": float(-(share * np.log(share)).sum()),
        "effective_count": 1 / float((share**2).sum()),
        "long_tail_share": 1 - top(0.2),
    }


def test_every_measure(log: pd.DataFrame, project: Project) -> None:
    found = project.frame("monitor_concentration", "role = 'live'")
    live = log[log["role"] == "live"]
    checked = 0
    for row in found.sample(1_500, random_state=1).itertuples():
        inside = live[(live["at"] >= row.window_start) & (live["at"] < row.window_end)]
        if row.model_version != "(all)":
            inside = inside[inside["version"] == row.model_version]
        if row.slice_name == "case":
            inside = inside[inside["case"] == row.slice_value]
            assert row.window_name != "30d"
        expected = read(inside, row.entity)
        assert expected is not None
        for name, value in expected.items():
            assert getattr(row, name) == pytest.approx(value, abs=1e-9), name
        checked += 1
    assert checked == 1_500
    sliced = found[(found["slice_name"] == "case") & (found["window_name"] == "7d")]
    assert sliced["slice_value"].nunique() > 40
    assert (sliced["exposure_count"] >= 5).all()


def test_the_catalogue_is_what_four_weeks_showed(log: pd.DataFrame, project: Project) -> None:
    found = project.frame("monitor_concentration", "role = 'live' and window_name <> '30d'")
    live = log[log["role"] == "live"]
    early = found["window_end"] < START + pd.Timedelta("28D")
    assert found.loc[early, "coverage"].isna().all()
    for row in found[~early].sample(300, random_state=2).itertuples():
        weeks = live[
            (live["at"] < row.window_end) & (live["at"] >= row.window_end - pd.Timedelta("28D"))
        ]
        catalogue = weeks[f"{row.entity}_id"].nunique()
        assert row.catalogue_count == catalogue
        assert row.coverage == pytest.approx(row.entity_count / catalogue)
    # the catalogue is that of live versions
    shadows = project.frame("monitor_concentration", "role = 'shadow'")
    assert shadows["catalogue_count"].notna().any()
    assert shadows["coverage"].isna().all()


def test_the_index_is_the_slope_of_the_days(project: Project) -> None:
    whole = project.frame(
        "monitor_concentration", "role = 'live' and entity = 'item' and slice_name = '(all)'"
    )
    days = whole[whole["window_name"] == "day"].set_index(["model_version", "window_start"])["gini"]
    checked = 0
    for row in whole[whole["window_name"] != "day"].itertuples():
        length = int(row.window_name[:-1])
        starts = [row.window_start + pd.Timedelta(days=day) for day in range(length)]
        ginis = [days[row.model_version, start] for start in starts]
        slope = np.polyfit(np.arange(length), ginis, 1)[0]
        assert row.feedback_loop_index == pytest.approx(7 * slope, abs=1e-9)
        checked += 1
    assert checked > 60
    assert whole.loc[whole["window_name"] == "day", "feedback_loop_index"].isna().all()
