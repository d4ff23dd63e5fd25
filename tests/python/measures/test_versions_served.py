"""Versions that serve, beside the registry: recounted hour by hour from the rows of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.postgres_project import ENGINES, on_engine
from ..harness.project_harness import Project
from ..sketches.test_bad_input import monitor

START = pd.Timestamp("2026-03-02")
DAYS = 24
AS_OF = START + pd.Timedelta(days=DAYS, hours=6)
MIN_CELL = 5
SELECT = ["+monitor_versions_served"]
LENGTHS = {"day": 1, "7d": 7}
SERVING, IDLE = {"champion", "challenger", "canary"}, {"shadow", "candidate", "retired"}
# Monitor, version, stage, deployed_at, valid_from, in days after START.
REGISTRY: list[tuple[str, str, str | None, float | None, float | None]] = [
    ("shop", "v1", "champion", -50, None),
    ("shop", "v2", "candidate", None, None),
    ("shop", "v2", "challenger", None, 8),
    ("shop", "v2", "champion", None, 12),
    ("shop", "v1", "retired", -50, 12),
    ("shop", "v3", " Champion", 18.5, 16),
    ("shop", "v4", "odd", None, None),
    ("undated", "v1", "champion", None, None),
    ("undated", "v2", None, None, None),
]  # fmt: skip
# Rows of a day by version; from the day, in days after START.
TRAFFIC: dict[str, dict[int, dict[str, int]]] = {
    "shop": {
        0: {"v1": 60, "v2": 3},
        5: {"v1": 60, "v2": 9, "v9": 12},
        8: {"v1": 50, "v2": 20, "v4": 8},
        12: {"v1": 30, "v2": 40},
        15: {"v2": 70},
        19: {"v2": 40, "v3": 30},
        22: {"v9": 4, "v1": 60},
    },
    "undated": {0: {"v1": 30, "v2": 30}, 20: {"v2": 50}},
    "unregistered": {0: {"v1": 30}},
}


def logs() -> dict[str, pd.DataFrame]:
    found = {}
    random = np.random.default_rng(38)
    for name, traffic in TRAFFIC.items():
        parts = []
        for day in range(DAYS):
            counts = traffic[max(first for first in traffic if first <= day)]
            for version, count in counts.items():
                at = START + pd.Timedelta(days=day) + pd.to_timedelta(
                    np.r_[30, np.sort(random.integers(60, 86_000, count - 2)), 86_300], unit="s"
                )  # fmt: skip
                parts.append(pd.DataFrame({"happened_at": at, "version": version}))
        log = pd.concat(parts, ignore_index=True).sort_values("happened_at", ignore_index=True)
        log["id"] = [f"{name}{number}" for number in range(len(log))]
        log["loaded_at"] = log["happened_at"] + pd.Timedelta("2min")
        log["p"] = random.random(len(log)).round(3)
        log["x"] = random.normal(size=len(log))
        found[name] = log
    # so that the last day counts as complete
    last = pd.DataFrame(
        {"happened_at": [AS_OF - pd.Timedelta("1h")], "version": ["v2"], "p": [0.5]}
    )
    last = last.assign(loaded_at=last["happened_at"], x=0.0, id="last")
    return {name: pd.concat([log, last], ignore_index=True) for name, log in found.items()}


def registry() -> pd.DataFrame:
    def day(number: float | None) -> pd.Timestamp | None:
        return None if number is None else START + pd.Timedelta(days=number)

    rows = [
        {
            "monitor": name, "model_version": version, "stage": stage,
            "deployed_at": day(deployed), "valid_from": day(known),
        }
        for name, version, stage, deployed, known in REGISTRY
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.astype({"deployed_at": "datetime64[us]", "valid_from": "datetime64[us]"})


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest) -> Project:
    tables = {**logs(), "versions": registry()}
    monitors = [
        monitor(
            name, limits={"min_rows": 5, "min_cell": MIN_CELL}, windows=list(LENGTHS),
            reference={"from": str(START.date()), "to": str((START + pd.Timedelta("7D")).date())},
        )
        for name in TRAFFIC
    ]  # fmt: skip
    policy = {"versions": {"source": ["logs", "versions"]}}
    made = on_engine(request, "served", monitors, tables, policy)
    made.send_all()
    made.build(str(AS_OF), SELECT)
    return made


def stage_at(name: str, version: str, moment: pd.Timestamp) -> tuple[bool, str | None, bool]:
    """Whether the version is registered then, with which stage, and since a known day."""
    found: tuple[bool, str | None, bool] = (False, None, False)
    begun = pd.Timestamp.min
    for of, each, stage, deployed, known in REGISTRY:
        dates = [START + pd.Timedelta(days=day) for day in (deployed, known) if day is not None]
        since = max(dates, default=pd.Timestamp("1900-01-01"))
        if (of, each) == (name, version) and begun <= since <= moment:
            found = (True, None if stage is None else stage.strip().lower(), bool(dates))
            begun = since
    return found


def expected(name: str) -> list[dict[str, Any]]:
    """Every window of every length, counted from the rows; the registry asked for every hour."""
    log, found = logs()[name], []
    known = sorted({version for of, version, *_ in REGISTRY if of == name})
    for length, days in LENGTHS.items():
        for end in range(days, DAYS + 1):
            until = START + pd.Timedelta(days=end)
            since = until - pd.Timedelta(days=days)
            rows = log[(log["happened_at"] >= since) & (log["happened_at"] < until)]
            counts = rows["version"].value_counts()
            hours = pd.date_range(since, until, freq="1h", inclusive="left")
            by_version = {
                version: [stage_at(name, version, hour) for hour in hours]
                for version in {*known, *counts.index}
            }
            champions = {
                version
                for version, stages in by_version.items()
                if all(stage == "champion" for _, stage, _ in stages)
                and (stages[0][2] or end == DAYS)
            }
            serving = [v for v in champions if counts.get(v, 0) >= MIN_CELL]
            for version in sorted({*counts.index, *champions}):
                stages = by_version[version]
                count = int(counts.get(version, 0))
                is_expected: bool | None = None
                if version in champions or any(stage in SERVING for _, stage, _ in stages):
                    is_expected = True
                elif all(not there or stage in IDLE for there, stage, _ in stages):
                    is_expected = False
                problem = None
                if version in champions and not any(counts.get(v, 0) for v in champions):
                    problem = "missing_champion"
                elif version in champions and len(serving) > 1 and count >= MIN_CELL:
                    problem = "two_live"
                elif is_expected is False and count >= MIN_CELL:
                    problem = "unexpected_version"
                found.append(
                    {
                        "model_version": version, "window_name": length, "window_end": until,
                        "row_count": count, "traffic_share": count / len(rows),
                        "registered_stage": stages[-1][1],
                        "is_expected": is_expected if champions else None,
                        "problem": problem if champions else None,
                    }
                )  # fmt: skip
    return found


def values(column: pd.Series) -> list[object]:
    return list(column.astype(object).where(column.notna(), None))


@pytest.mark.parametrize("name", ["shop", "undated"])
def test_every_window_is_as_recounted(project: Project, name: str) -> None:
    keys = ["window_name", "window_end", "model_version"]
    right = pd.DataFrame(expected(name)).sort_values(keys, ignore_index=True)
    found = project.frame("monitor_versions_served", f"monitor = '{name}'")
    found = found.sort_values(keys, ignore_index=True)
    assert len(found) == len(right) > 40
    for column in right:
        if column == "traffic_share":
            assert np.allclose(found[column], right[column])
        else:
            assert values(found[column]) == values(right[column]), column


def test_every_kind_of_problem_is_among_them() -> None:
    found = pd.DataFrame(expected("shop"))
    by_day = found[found["window_name"] == "day"].dropna(subset="problem")
    assert by_day.groupby("problem")["window_end"].agg(lambda ends: (min(ends) - START).days).to_dict() == {
        "unexpected_version": 6,  # v2, a candidate, and v9
        "two_live": 20,  # v3 is a champion since noon of day 18, and v2 still is
        "missing_champion": 23,
    }  # fmt: skip


def test_a_monitor_without_a_registry_has_no_row(project: Project) -> None:
    assert project.frame("monitor_versions_served", "monitor = 'unregistered'").empty


def test_the_latest_day_has_these_problems(project: Project) -> None:
    end = START + pd.Timedelta(days=DAYS)
    found = project.frame(
        "monitor_versions_served", f"window_name = 'day' and window_end = '{end}'"
    )
    shop = found[(found["monitor"] == "shop") & found["problem"].notna()]
    assert dict(zip(shop["model_version"], shop["problem"], strict=True)) == {
        "v1": "unexpected_version", "v2": "missing_champion", "v3": "missing_champion",
    }  # fmt: skip
