"""A lasting shift of a population is one incident, and ends as accepted, not as resolved.

Two kinds of people; the share of the second one moves twelve of fourteen features, the score and
the label rate. Each series crosses its threshold on its own day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import SCHEMA, Project

pytestmark = pytest.mark.apart

START, DAYS, SHIFT = pd.Timestamp("2026-01-05"), 134, 85
SIGNS = np.sign(np.random.default_rng(5).normal(0, 1, 14))
SHIFTED, COUNT = 12, 14
MODELS = {
    "none": 1000, "step": 1000, "weekly": 400, "slice": 2500, "version": 1000, "back": 2500,
}  # fmt: skip


def share_of_second(kind: str, day: Any, region: Any) -> Any:
    is_late = day >= SHIFT
    if kind == "none":
        is_late = is_late & False
    elif kind == "slice":
        is_late = is_late & (region == "s")
    elif kind == "back":
        is_late = is_late & (day < SHIFT + 21)
    return np.where(is_late, 0.75, 0.3)


def logs(kind: str, rows: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The predictions of a model and their outcomes."""
    generator = np.random.default_rng(seed)
    counts = generator.poisson(rows * np.where(np.arange(DAYS) % 7 < 5, 1.0, 0.8))
    day = np.repeat(np.arange(DAYS), counts)
    size = len(day)
    region = generator.choice(["n", "s", "e"], size, p=[0.5, 0.3, 0.2])
    is_second = generator.random(size) < share_of_second(kind, day, region)
    values = generator.normal(0, 1, (size, COUNT))
    values[:, :SHIFTED] += 1.1 * is_second[:, None] * SIGNS[:SHIFTED]
    p = 1 / (1 + np.exp(-1.3 * (0.6 * values[:, 0] + 0.5 * values[:, 4] + 1.1 * is_second - 0.3)))
    scored_at = START + pd.to_timedelta(
        day * 86_400 + generator.integers(0, 86_400, size), unit="s"
    )
    ids = [f"{kind}-{number}" for number in range(size)]
    predictions = pd.DataFrame({
        "id": ids, "scored_at": scored_at,
        "version": np.where((kind == "version") & (day >= SHIFT + 9), "v2", "v1"),
        "p": p, "region": region, "plan": generator.choice(["free", "pro"], size, p=[0.7, 0.3]),
        **{f"f{number:02d}": values[:, number] for number in range(COUNT)},
    })  # fmt: skip
    outcomes = pd.DataFrame({
        "id": ids, "outcome": "bought", "value": (generator.random(size) < p).astype(float),
        "occurred_at": scored_at + pd.to_timedelta(generator.integers(3600, 86_400, size), unit="s"),
    })  # fmt: skip
    return predictions, outcomes


def monitor(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "problem": "binary",
        "predictions": {
            "source": [SCHEMA, name], "time": "scored_at", "id": "id", "version": "version",
        },
        "scores": {"p": {"outcome": "bought", "threshold": 0.5}},
        "outcomes": {
            "source": [SCHEMA, f"{name}_outcomes"], "prediction": "id", "name": "outcome",
            "value": "value", "time": "occurred_at", "kinds": {"bought": {"matures_after": "2d"}},
        },
        "features": {f"f{number:02d}": {"importance": 0.1} for number in range(COUNT)},
        "slices": ["region", "plan"],
    }  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables = {}
    for seed, (kind, rows) in enumerate(MODELS.items(), start=1):
        tables[kind], tables[f"{kind}_outcomes"] = logs(kind, rows, seed)
    folder = tmp_path_factory.mktemp("shifts") / "shop"
    project = Project(folder, [monitor(kind) for kind in MODELS], tables=tables)
    project.build(str(START + pd.Timedelta(days=DAYS, hours=12)))
    return project


@pytest.fixture(scope="module")
def incidents(project: Project) -> pd.DataFrame:
    return project.query("select * from monitor_incidents order by monitor, opened_at")


@pytest.mark.parametrize("kind", [kind for kind in MODELS if kind != "none"])
def test_a_shift_is_one_incident(incidents: pd.DataFrame, kind: str) -> None:
    found = incidents[incidents["monitor"] == kind]
    assert len(found) == 1, found["message"].tolist()
    (incident,) = found.to_dict("records")
    assert incident["is_population_shift"]
    words = incident["message"].split()
    moved = int(words[1])
    assert 10 <= moved <= SHIFTED
    assert words[2:5] == ["of", "16", "inputs"]  # and two slice columns
    assert "and p shifted together" in incident["message"]
    began = START + pd.Timedelta(days=SHIFT)
    late = incident["since"] - began
    assert pd.Timedelta(0) <= late <= pd.Timedelta(days=0 if MODELS[kind] > 400 else 7)
    assert len(incident["top_contributors"].split(", ")) >= moved - 1


def test_nothing_is_found_without_one(incidents: pd.DataFrame) -> None:
    assert "none" not in set(incidents["monitor"])


def test_it_lies_where_it_happened(incidents: pd.DataFrame) -> None:
    (incident,) = incidents[incidents["monitor"] == "slice"].to_dict("records")
    assert (incident["slice_name"], incident["slice_value"]) == ("region", "s")


@pytest.mark.parametrize("kind", ["step", "weekly", "slice", "version"])
def test_what_stays_is_accepted_after_four_weeks(
    project: Project, incidents: pd.DataFrame, kind: str
) -> None:
    (incident,) = incidents[incidents["monitor"] == kind].to_dict("records")
    assert incident["state"] == "accepted"
    assert incident["message"].endswith("(accepted as the new normal)")
    assert pd.isna(incident["resolved_at"])
    assert pd.isna(incident["accepted_by"])
    weeks_after = incident["accepted_at"] - (START + pd.Timedelta(days=SHIFT))
    assert pd.Timedelta(days=28) <= weeks_after <= pd.Timedelta(days=36)
    states = project.query("select distinct monitor, state from monitor_alerts")
    assert not {"firing", "acknowledged"} & set(states[states["monitor"] == kind]["state"])


def test_what_comes_back_is_resolved(incidents: pd.DataFrame) -> None:
    (incident,) = incidents[incidents["monitor"] == "back"].to_dict("records")
    assert incident["state"] == "resolved"
    assert pd.isna(incident["accepted_at"])
