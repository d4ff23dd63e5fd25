"""Models with few rows are evaluated on longer windows, and what is too small is shown."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project
from ..harness.small_models import DAYS, FAULT, START, days_of, monitor, with_fault

pytestmark = pytest.mark.apart

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
    day = days_of(generator, rows, DAYS, weekend=0.8)
    amount = generator.gamma(2, 50, len(day))
    kind = generator.choice(["a", "b", "c", "d"], len(day), p=[0.4, 0.3, 0.2, 0.1])
    x = generator.normal(size=len(day))
    logit = 0.9 * x + 0.8 * (amount - 100) / 70 + 0.5 * (kind == "a")
    values = {"x": x, "amount": amount, "kind": kind}
    return with_fault(generator, name.removesuffix("_tiny"), day, logit, values)


LOGS = {name: log(name, rows, seed) for seed, (name, rows) in enumerate(MODELS.items())}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("small") / "project"
    made = Project(folder, [monitor(name, importance=0.2) for name in MODELS], LOGS)
    made.build(as_of=(START + pd.Timedelta(days=DAYS, hours=12)).isoformat())
    return made


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_incident_within_two_windows(project: Project, name: str) -> None:
    _, subject, metrics, length = FAULTS[name]
    incidents = project.frame("monitor_incidents", f"monitor = '{name}'")
    assert len(incidents) == 1, incidents["message"].tolist()
    incident = incidents.iloc[0]
    alerts = project.frame("monitor_alerts", f"incident_id = '{incident['incident_id']}'")
    # the count of drifted subjects may be there on the same day
    first = alerts[
        (alerts["opened_at"] == alerts["opened_at"].min()) & (alerts["family"] != "dataset")
    ]
    assert set(first["subject"]) == {subject}
    assert set(first["metric"]) <= metrics
    opened = pd.Timestamp(incident["opened_at"])
    assert FAULT_DAY < opened <= FAULT_DAY + pd.Timedelta(days=2 * LENGTHS[length])
    assert incident["since"] <= opened
    # the days of the week or month tell when it began; of an AUC it is an estimate
    assert abs((incident["since"] - FAULT_DAY).days) <= (7 if subject == "p" else 1)


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
