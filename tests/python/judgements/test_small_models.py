"""Models with few rows are evaluated on longer windows, and what cannot be seen is said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import SCHEMA, Project

pytestmark = pytest.mark.slow

START, DAYS, FAULT = pd.Timestamp("2026-01-05"), 120, 85
FAULT_DAY = START + pd.Timedelta(days=FAULT)
LENGTHS = {"day": 1, "7d": 7, "30d": 30}
# rows a day, fault -> subject, metrics of a right finding, length of the windows that find it
FAULTS: dict[str, tuple[int, str, set[str], str]] = {
    "missing": (24, "x", {"missing_rate"}, "7d"),
    "scaled": (24, "amount", {"psi"}, "30d"),
    "renamed": (24, "kind", {"unseen_share", "psi"}, "7d"),
    "worse": (24, "p", {"roc_auc", "accuracy", "precision", "recall"}, "7d"),
    "missing_tiny": (10, "x", {"missing_rate"}, "7d"),
}
MODELS = {**{name: rows for name, (rows, *_) in FAULTS.items()}, "sound": 24, "sound_tiny": 10}


def log(name: str, rows: int, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    counts = generator.poisson(rows * np.where(np.arange(DAYS) % 7 < 5, 1.0, 0.8))
    day = np.repeat(np.arange(DAYS), counts)
    size, late = len(day), day >= FAULT
    amount = generator.gamma(2, 50, size)
    kind = generator.choice(["a", "b", "c", "d"], size, p=[0.4, 0.3, 0.2, 0.1])
    x = generator.normal(size=size)
    logit = 1.6 * (0.9 * x + 0.8 * (amount - 100) / 70 + 0.5 * (kind == "a"))
    p = 1 / (1 + np.exp(-logit))
    label = generator.random(size) < p
    fault = name.removesuffix("_tiny")
    if fault == "missing":
        x = np.where(late & (generator.random(size) < 0.6), np.nan, x)
    if fault == "scaled":
        amount = np.where(late, amount * 1000, amount)
    if fault == "renamed":
        kind = np.where(late & (kind == "b"), "z", kind)
    if fault == "worse":
        is_random = late & (generator.random(size) < 0.6)
        label = np.where(is_random, generator.random(size) < 0.5, label)
    seconds = generator.integers(0, 86_400, size)
    return pd.DataFrame({
        "id": np.arange(size).astype(str),
        "scored_at": START + pd.to_timedelta(day * 86_400 + seconds, unit="s"),
        "model_version": "v1",
        "p": p, "x": x, "amount": amount, "kind": kind,
        "region": generator.choice(["north", "south"], size),
        "label": label,
    }).sort_values("scored_at")  # fmt: skip


def monitor(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "problem": "binary",
        "predictions": {
            "source": [SCHEMA, name], "time": "scored_at", "id": "id",
            "version": "model_version", "label": "label",
        },
        "scores": {"p": {"outcome": "label", "threshold": 0.5}},
        "features": {
            "x": {"importance": 0.5}, "amount": {"importance": 0.3},
            "kind": {"type": "categorical", "importance": 0.2},
        },
        "slices": ["region"],
    }  # fmt: skip


LOGS = {name: log(name, rows, seed) for seed, (name, rows) in enumerate(MODELS.items())}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("small") / "project"
    made = Project(folder, [monitor(name) for name in MODELS], LOGS)
    made.build(as_of=(START + pd.Timedelta(days=DAYS, hours=12)).isoformat())
    return made


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_incident_within_two_windows(project: Project, name: str) -> None:
    _, subject, metrics, length = FAULTS[name]
    incidents = project.frame("monitor_incidents", f"monitor = '{name}'")
    assert len(incidents) == 1, incidents["message"].tolist()
    incident = incidents.iloc[0]
    alerts = project.frame("monitor_alerts", f"incident_id = '{incident['incident_id']}'")
    first = alerts[alerts["opened_at"] == alerts["opened_at"].min()]
    assert set(first["subject"]) == {subject}
    assert set(first["metric"]) <= metrics
    opened = pd.Timestamp(incident["opened_at"])
    assert FAULT_DAY < opened <= FAULT_DAY + pd.Timedelta(days=2 * LENGTHS[length])
    assert incident["since"] <= opened


@pytest.mark.parametrize("name", ["sound", "sound_tiny"])
def test_nothing_is_found_without_a_fault(project: Project, name: str) -> None:
    assert project.frame("monitor_incidents", f"monitor = '{name}'").empty


def test_coverage_says_how_often_each_family_is_evaluated(project: Project) -> None:
    def lengths(monitor: str, slice_name: str) -> dict[str, str]:
        found = project.frame(
            "monitor_coverage",
            f"monitor = '{monitor}' and model_version = '(all)' and slice_name = '{slice_name}'",
        )
        assert found.groupby("family")["resolution"].nunique().max() == 1
        return dict(zip(found["family"], found["resolution"], strict=True))

    overall = lengths("sound", "(all)")
    assert overall["quality"] == overall["performance"] == overall["labels"] == "7d"
    assert overall["drift"] == overall["tail"] == overall["dataset"] == "30d"
    # 12 rows a day: not even a month has the rows that a distribution needs
    assert lengths("sound", "region")["drift"] == "too_small"
    assert lengths("sound_tiny", "(all)")["drift"] == "too_small"
    small = project.frame("monitor_coverage", "resolution = 'too_small' and family = 'drift'")
    assert small["reason"].str.contains(" independent rows; 500 are needed").all()
    assert small["detectable_change"].isna().all()


def test_nothing_too_small_is_evaluated(project: Project) -> None:
    """An alert of a family has the length that its series had at that time."""
    with project.connect() as connection:
        wrong = connection.execute(
            f"""
            select judgements.*
            from {project.schema}.monitor_judgements as judgements
            where judgements.family = 'drift'
                and not exists (
                    select 1
                    from {project.schema}.int_monitor__resolutions as resolutions
                    where resolutions.monitor = judgements.monitor
                        and resolutions.log = judgements.log
                        and resolutions.model_version = judgements.model_version
                        and resolutions.window_name = judgements.window_name
                        and resolutions.window_end = judgements.window_end
                        and resolutions.slice_name = judgements.slice_name
                        and resolutions.slice_value = judgements.slice_value
                        and resolutions.evidence = 'distribution'
                        and (resolutions.is_resolution or resolutions.is_longer)
                )
            """
        ).fetchdf()
    assert wrong.empty


def test_the_resolution_is_that_of_a_plain_program(project: Project) -> None:
    """Rows of raw logs, their medians by day, and a state that remembers: for every window."""
    found = project.frame(
        "int_monitor__resolutions",
        "log = 'predictions' and model_version = '(all)' and evidence in ('rate', 'distribution')",
    )
    keys = ["monitor", "slice_value", "evidence"]
    checked = 0
    for (name, value, _), series in found.groupby(keys):
        rows = LOGS[str(name)]
        rows = rows if value == "(all)" else rows[rows["region"] == value]
        days = (rows["scored_at"].dt.normalize() - START).dt.days
        by_day = np.bincount(days, minlength=DAYS)
        need = int(series["evidence_need"].iloc[0])
        wanted = {(row.window_name, row.window_end): row for row in series.itertuples()}
        counts, lasting = {}, {}
        for (length, end), row in wanted.items():
            last = (end - START).days
            assert row.row_count == by_day[last - LENGTHS[length] : last].sum()
            dispersion = (
                1.0 if row.evidence == "rate" or pd.isna(row.dispersion) else row.dispersion
            )
            counts[length, last] = row.row_count / dispersion
        for length in LENGTHS:
            ends = sorted(last for name_, last in counts if name_ == length)
            for last in ends:
                lasting[length, last] = qualifies(counts, length, last, ends, need)
        for (length, end), row in wanted.items():
            last = (end - START).days
            enough = [name_ for name_ in LENGTHS if lasting.get((name_, last))]
            assert row.is_resolution == (enough[:1] == [length]), (name, value, length, end)
            checked += 1
    assert checked > 3000


def qualifies(
    counts: dict[tuple[str, int], float], length: str, last: int, ends: list[int], need: int
) -> bool:
    """Whether the last three weeks have a day of enough, after every day of too few."""
    state = False
    for day in [each for each in ends if last - 21 < each <= last]:
        recent = [counts[length, each] for each in ends if day - 8 < each <= day]
        middle = sorted(recent, reverse=True)[math.ceil(len(recent) / 2) - 1]
        if middle >= need:
            state = True
        elif middle * 1.3 < need:
            state = False
    return state
