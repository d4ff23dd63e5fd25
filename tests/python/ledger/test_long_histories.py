"""What one late batch changes half a year back: runs while rows arrive equal one run of everything.

Each monitor has one thing that comes late: rows of features, labels, a note about an incident. There are
more than eight weeks before it, within which everything is judged again, and more than twelve between it
and the days that have just matured, from which on everything is judged again too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project, assert_same

pytestmark = pytest.mark.apart

START = pd.Timestamp("2026-01-05")
PER_DAY = 60
DAYS = 196
AS_OFS = [START + pd.Timedelta(days=days, hours=6) for days in (DAYS - 1, DAYS)]
LATE = AS_OFS[0] + pd.Timedelta("9h")
SECOND = 66  # the day from which on there is a second version
MATURES = pd.Timedelta("30D")
CAUSES = ("row", "label", "note")


def a_monitor(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "predictions": {
            "source": ["logs", f"scores_{name}"],
            "time": "at",
            "loaded_at": "loaded",
            "id": "id",
            "version": "version",
        },
        "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": 0.5}},
        "features": {"x": {"importance": 0.5}, "c": {"type": "categorical", "importance": 0.5}},
        "outcomes": {
            "source": ["logs", f"labels_{name}"],
            "prediction": "id",
            "value": "value",
            "time": "at",
            "loaded_at": "loaded",
            "kinds": {"repaid": {"matures_after": "30d", "otherwise": 0}},
        },
        "windows": ["day", "7d"],
        "limits": {"min_rows": 20, "min_cell": 5},
        "retention": {"hour": "400d", "day": "400d", "day_sliced": "400d"},
    }


NOTE = f"""
select 'outage' as change_id, 'note' as monitor, 'incident' as kind, 'outage' as name,
    timestamp '{START}' + interval {SECOND} day as started_at,
    timestamp '{START}' + interval {SECOND + 9} day as ended_at,
    timestamp '{LATE}' as valid_from
"""


def a_log(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Days that are alike within and unlike each other: rows depend on each other."""
    random = np.random.default_rng(seed)
    count = DAYS * PER_DAY
    day = np.arange(count) // PER_DAY
    at = START + pd.to_timedelta(np.arange(count) * 86_400 // PER_DAY, unit="s")
    p = random.choice([0.03, 0.1, 0.9, 0.97], count)
    rows = pd.DataFrame(
        {
            "id": np.arange(count),
            "at": at,
            "loaded": at + pd.Timedelta("1min"),
            "version": np.where((day >= SECOND) & (random.random(count) < 0.5), "v2", "v1"),
            "p": p,
            "x": (random.normal(0, 1, count) + 0.7 * random.normal(0, 1, DAYS)[day]).round(2),
            "c": np.where(random.random(count) < random.beta(4, 4, DAYS)[day], "a", "b"),
        }
    )
    paid = rows[random.random(count) < p]
    paid_at = paid["at"] + pd.Timedelta("2D")
    labels = pd.DataFrame({"id": paid["id"], "value": 1, "at": paid_at, "loaded": paid_at})
    return rows, labels[labels["loaded"] <= AS_OFS[-1]]


def of_days(rows: pd.DataFrame, first: int, last: int) -> pd.Series:
    days = (rows["at"] - START).dt.days
    return (days >= first) & (days <= last)


def tables(name: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, labels = a_log(seed)
    if name == "row":
        rows.loc[of_days(rows, 70, 70) & (rows["c"] == "a"), "loaded"] = LATE
    if name == "label":
        # the first weeks of the second version were the other way round
        wrong = rows[of_days(rows, SECOND, SECOND + 19)]
        paid = wrong["id"].isin(labels["id"])
        turned = wrong.assign(value=1 - paid.astype(int), loaded=LATE)
        turned["at"] += pd.Timedelta("2D")
        labels = pd.concat([labels, turned[labels.columns]], ignore_index=True)
    return rows, labels


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    project = Project(
        tmp_path_factory.mktemp("long") / "shop",
        [a_monitor(name) for name in CAUSES],
        policy={"changes": {"source": ["logs", "changes"]}},
    )
    project.load("changes", NOTE)
    for seed, name in enumerate(CAUSES):
        for kind, table in zip(("scores", "labels"), tables(name, seed), strict=True):
            project.load(f"{kind}_{name}", table)
    said = []
    for as_ofs in (AS_OFS, AS_OFS[-1:]):
        project.reset()
        for as_of in as_ofs:
            project.build(str(as_of))
        said.append(project.dump(project.results(), {"monitor_signals": "window_name <> 'run'"}))
    return said[0], said[1]


@pytest.mark.parametrize("name", CAUSES)
def test_what_came_late_is_judged_wherever_it_counts(
    told: tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]], name: str
) -> None:
    runs, whole = (
        {
            model: frame[frame["monitor"] == name].reset_index(drop=True)
            for model, frame in side.items()
            if "monitor" in frame
        }
        for side in told
    )
    signals = whole["monitor_signals"]
    for family in ("performance", "estimates", "concept"):
        assert (signals["family"] == family).sum() > 20, family
    assert (whole["monitor_concept"]["dispersion"] > 1.2).any()
    assert_same(runs, whole)
