"""What asks for a new version, what it waits for, and what a candidate must reach before it serves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from .project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 57
PER_DAY = 700
TRIED = START + pd.Timedelta("42D")  # from then on two versions beside the one that serves
TURNED = START + pd.Timedelta("42D")  # from then on v1 knows little of what it used to know
BROKEN = START + pd.Timedelta("48D")  # a feature is empty for two days
MENDED = START + pd.Timedelta("50D")
DRIFTED = START + pd.Timedelta("47D 6h")
BLOCKED = START + pd.Timedelta("50D 6h")
AFTER = START + pd.Timedelta("56D 6h")
MATURES = pd.Timedelta("1D")
LATENESS = pd.Timedelta("2h")
LABELS = 12_000

MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "version",
        "role": "role",
    },
    "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": 0.5}},
    "outcomes": {
        "source": ["logs", "repaid"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "kinds": {"repaid": {"matures_after": "1d", "otherwise": 0}},
    },
    "features": ["income", "tenure"],
    "gates": {"min_auc": 0.6, "min_labelled": 2_000, "max_age": "30d"},
    "retraining": {"every": "90d", "labels": LABELS, "events": ["launch"]},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200},
}
# A monitor of the same log with nothing to go by: no registry, no outcome, nothing configured.
BARE: dict[str, Any] = {
    "name": "bare",
    "predictions": MONITOR["predictions"],
    "features": ["income"],
    "retraining": {"drift": False, "every": "30d"},
    "windows": ["day"],
}
VERSIONS = pd.DataFrame(
    [
        ("loans", "v1", START, START, "champion", None),
        ("loans", "v2", START + pd.Timedelta("50D"), START + pd.Timedelta("51D"), "shadow", None),
        ("loans", "v3", START + pd.Timedelta("50D"), START + pd.Timedelta("51D"), "shadow", None),
    ],
    columns=["monitor", "model_version", "trained_to", "deployed_at", "stage", "valid_from"],
)
CHANGES = pd.DataFrame(
    [
        ("l1", "loans", "launch", "second country", START + pd.Timedelta("12D 9h")),
        ("l0", "loans", "launch", "first country", START - pd.Timedelta("5D")),
        ("x1", "loans", "policy", "new limits", START + pd.Timedelta("3D")),
    ],
    columns=["change_id", "monitor", "kind", "name", "started_at"],
)
POLICY = {"versions": {"source": ["logs", "versions"]}, "changes": {"source": ["logs", "changes"]}}


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    """How much each version knows of what will be: v1 until it turns, v2 for good, v3 next to nothing."""
    random = np.random.default_rng(8)
    size = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(size) * 86_400 // PER_DAY, unit="s")
    broken = (at >= BROKEN) & (at < MENDED)
    truth = random.random(size)
    repaid = random.random(size) < truth
    parts = []
    for version, role, known, first in (
        ("v1", "live", np.where(at < TURNED, 0.8, 0.2), START), ("v2", "shadow", 0.7, TRIED), ("v3", "shadow", 0.05, TRIED),
    ):  # fmt: skip
        rows = pd.DataFrame(
            {
                "at": at,
                "version": version,
                "role": role,
                "p": known * truth + (1 - known) * random.random(size),
                "income": random.normal(3000, 500, size),
                "tenure": np.where(broken, np.nan, random.gamma(2, 3, size)),
                "repaid": repaid,
            }
        )
        parts.append(rows[rows["at"] >= first])
    log = pd.concat(parts, ignore_index=True)
    log["id"] = [f"p{number}" for number in range(len(log))]
    log["loaded_at"] = log["at"] + pd.Timedelta("1min")
    paid = log[log["repaid"]]
    outcomes = pd.DataFrame({"id": paid["id"], "value": 1, "at": paid["at"] + MATURES / 2})
    return log, outcomes


@pytest.fixture(scope="module")
def both() -> tuple[pd.DataFrame, pd.DataFrame]:
    return logs()


@pytest.fixture(scope="module")
def told(
    both: tuple[pd.DataFrame, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, dict[str, pd.DataFrame]]:
    """The table of three runs: the drift, the fault on top of it, and when that is mended."""
    project = Project(tmp_path_factory.mktemp("triggers") / "shop", [MONITOR, BARE], policy=POLICY)
    log, outcomes = both
    found = {}
    for name, as_of in (("drifted", DRIFTED), ("blocked", BLOCKED), ("after", AFTER)):
        project.load("scores", log[log["loaded_at"] <= as_of])
        project.load("repaid", outcomes[outcomes["at"] <= as_of])
        project.load("versions", VERSIONS)
        project.load("changes", CHANGES)
        project.build(str(as_of))
        found[name] = project.frame("monitor_triggers").set_index(["monitor", "kind"])
    return project, found
