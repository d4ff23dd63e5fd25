"""Kills in a row at any moment, and writes that fail: then as if undisturbed.

Nothing is cleaned up between two runs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ..harness.evidence import Note
from ..harness.forked import Forks, Run
from ..harness.project_harness import MODELS, Project, assert_same

KILLS_BETWEEN_FAULTS = 5  # a fault: a run whose file cannot grow any more, as on a full disk
DAYS = 32
FIRST = pd.Timestamp("2026-01-05")
MONITOR = {
    "name": "killed",
    "problem": "ranking",
    "ranking": {"order_by": "p", "ks": [2]},
    "predictions": {
        "source": ["logs", "killed"], "time": "happened_at", "loaded_at": "loaded_at",
        "version": "version", "id": "id", "request": "request", "position": "position",
    },
    "scores": {"p": {"outcome": "bought", "threshold": 0.5}},
    "outcomes": {
        "source": ["logs", "bought"], "prediction": "id", "name": "outcome", "value": "value",
        "time": "at", "loaded_at": "loaded_at",
        "kinds": {
            "bought": {"matures_after": "2d", "otherwise": 0, "proxy": "opened"},
            "opened": {"matures_after": "6h", "otherwise": 0},
        },
    },
    "features": {"x": {}, "c": {"type": "categorical"}},
    "slices": ["region"],
    "protected_slices": ["band"],
    "metrics": {"total": {"numerator": "x"}},
    "reference": {"source": ["logs", "training"]},
    "windows": ["hour", "day", "7d"],
    "limits": {"min_rows": 5, "min_cell": 2},
    "exposure": {"item": "item"},
    "costs": {"true_positive": "x / 3", "false_positive": -4, "false_negative": -3},
    "labelling": {"budget": 20},
    "plugins": {"distance": {"macro": "model_monitor.hellinger_distance", "threshold": 0.3}},
    "logs": {
        "others": {
            "source": ["logs", "killed"], "time": "happened_at", "loaded_at": "loaded_at",
            "where": "region = 'south'", "subjects": {"x": {}},
        }
    },
}  # fmt: skip

# what is added to from run to run, beside the results
COMPARED = [
    "int_monitor__reference_facts", "int_monitor__vocabulary", "int_monitor__bins",
    "int_monitor__reference_bins", "int_monitor__daily_reference_drift", "int_monitor__suspect_days",
    "int_monitor__metric_sums", "int_monitor__window_sums",
    "int_monitor__window_bins", "int_monitor__distances", "int_monitor__outcome_bins",
    "int_monitor__rankings", "int_monitor__proxies", "int_monitor__entity_counts",
    "int_monitor__label_candidates", "int_monitor__unseen_values", "int_monitor__category_changes",
]  # fmt: skip
WHERE = {"int_monitor__suspect_days": "is_suspect"}
# A change is looked for in four weeks behind the four that were learned from: the log is shorter. And
# there is no registry of versions.
NEVER_THERE = {"monitor_detections", "monitor_versions_served"}


def a_log(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    count = 40 * DAYS
    happened = FIRST + pd.to_timedelta(np.sort(random.integers(0, DAYS * 86_400, count)), unit="s")
    late = random.exponential(1.0, count) * np.where(random.random(count) < 0.2, 86_400 * 3, 600)
    # the log without a reference freezes its rulers from its first days: none of these is late
    late = np.where(happened < FIRST + pd.Timedelta(days=9), 60, late)
    return pd.DataFrame(
        {
            "happened_at": happened,
            "loaded_at": (happened + pd.to_timedelta(late, unit="s")).floor("s"),
            "id": [f"k{number}" for number in range(count)],
            "request": [f"r{number // 4}" for number in range(count)],
            "position": [number % 4 + 1 for number in range(count)],
            "band": [("old", "young", "young")[number % 3] for number in range(count)],
            "version": random.choice(["v1", "v2"], count),
            "p": random.random(count).round(3),
            "x": random.normal(0, 1, count).round(2),
            "c": random.choice(["a", "b"], count),
            "region": random.choice(["north", "south"], count),
            "item": [f"i{number}" for number in random.geometric(0.15, count)],
        }
    )


def the_labels(log: pd.DataFrame) -> pd.DataFrame:
    """Of what came true a label: some days after it did, some taken back, in no order."""
    parts = [
        labels_of(log, outcome, soon, np.random.default_rng(seed))
        for seed, (outcome, soon) in enumerate({"bought": 50_000, "opened": 6_000}.items(), 7)
    ]
    return pd.concat(parts).sample(frac=1.0, random_state=2)


def labels_of(
    log: pd.DataFrame, outcome: str, soon: int, random: np.random.Generator
) -> pd.DataFrame:
    true = log[random.random(len(log)) < log["p"]]
    at = true["happened_at"] + pd.to_timedelta(random.exponential(soon, len(true)), unit="s")
    late = np.where(random.random(len(true)) < 0.3, random.exponential(4.0, len(true)), 0.01)
    rows = pd.DataFrame(
        {
            "id": true["id"],
            "outcome": outcome,
            "value": 1,
            "at": at.dt.floor("s"),
            "loaded_at": (at + pd.to_timedelta(late, unit="D")).dt.floor("s"),
        }
    )
    again = rows.sample(frac=0.1, random_state=1)
    again = again.assign(value=0, loaded_at=again["loaded_at"] + pd.Timedelta("3D"))
    return pd.concat([rows, again])


def the_tables() -> dict[str, pd.DataFrame]:
    log = a_log(1)
    # a value comes that the reference lacks
    is_late = log["happened_at"] >= FIRST + pd.Timedelta("11D")
    log["c"] = log["c"].mask(is_late & (log.index % 3 == 0), "new")
    return {"killed": log, "training": a_log(2), "bought": the_labels(log)}


def empty(dumped: Mapping[str, pd.DataFrame]) -> set[str]:
    """What is compared for nothing."""
    return {name for name, frame in dumped.items() if frame.empty}


def a_build(as_of: str) -> list[str]:
    """`dbt build` of the models."""
    return ["build", *MODELS, "--vars", json.dumps({"as_of": as_of})]


def first_write(project: Project, process: Run, before: int) -> float:
    """When the run began to write."""
    while process.poll() is None and project.file.stat().st_mtime_ns == before:
        time.sleep(0.02)
    return time.monotonic()


def killed(project: Project, forks: Forks, as_of: str, after: float) -> bool:
    """Start a run and kill it so many seconds after its first write; was it still running?"""
    before = project.file.stat().st_mtime_ns
    process = forks.start(*a_build(as_of))
    first_write(project, process, before)
    return process.is_killed_after(after)


def as_if_undisturbed(
    project: Project, runs: int, least: int, most_finished: int
) -> dict[str, pd.DataFrame]:
    """What kills left, after a last run, is what that run alone makes: these tables."""
    end = str(FIRST + pd.Timedelta(days=DAYS, hours=6))
    project.build(end)
    models = [*COMPARED, *project.results()]
    after_kills = project.dump(models, WHERE)
    ledger = project.frame("monitor_runs")["status"].value_counts()
    # one that was killed before it wrote anything is in no ledger; one that was killed between its
    # last word there and its end has finished
    assert runs + 1 <= ledger.pop("finished") <= most_finished
    assert ledger.pop("unfinished") > 0
    assert ledger.empty
    assert len(after_kills["int_monitor__bins"]) > least
    assert empty(after_kills) == NEVER_THERE
    project.reset()
    project.build(end)
    assert_same(after_kills, project.dump(models, WHERE))
    return after_kills


def is_stopped_by_its_disk(forks: Forks, as_of: str, largest_file: int) -> bool:
    """Start a run whose files cannot exceed that size; did it fail for that?"""
    return forks.start(*a_build(as_of), largest_file=largest_file).wait() != 0


def kill_and_run(project: Project, forks: Forks, most: int) -> tuple[int, int]:
    """Kill so many runs; how many came through between, and how many did the disk stop?"""
    random = np.random.default_rng(9)
    # undisturbed runs tell how long one takes; their results are thrown away
    as_of = str(FIRST + pd.Timedelta(days=14, hours=6))
    forks.warm(*a_build(as_of))
    project.reset()
    before = project.file.stat().st_mtime_ns
    first = forks.start(*a_build(as_of))
    began = first_write(project, first, before)
    assert first.wait() == 0, first.output()
    lasts = time.monotonic() - began
    size = project.file.stat().st_size
    project.reset()
    kills, runs, faults, moments = 0, 0, 0, []
    between = most // 3
    while kills < most:
        assert runs < DAYS - 18, "too few runs are killed before they end, or stopped by their disk"
        # a run that comes through leaves nothing to do, so the next is a day later; some are
        # let through, so that not every kill hits a first run
        as_of = str(FIRST + pd.Timedelta(days=14 + runs + kills // between, hours=6))
        let_through = kills % between == 0 and runs < kills // between
        if faults < kills // KILLS_BETWEEN_FAULTS:
            if is_stopped_by_its_disk(forks, as_of, int(size * random.uniform(0.2, 0.9))):
                faults += 1
            else:
                runs += 1
            continue
        after = 600.0 if let_through else float(random.uniform(0.0, 0.95 * lasts))
        if killed(project, forks, as_of, after):
            kills += 1
            moments.append(round(after, 1))
        else:
            runs += 1
            # a machine that has become faster since lets runs end before they are killed
            lasts *= 1.0 if let_through else 0.8
    print(
        f"killed {moments} s after the first write, a run lasts {lasts:.1f}; came through: {runs}"
    )
    assert runs >= 2
    return runs, faults


@pytest.mark.promise(7)
@pytest.mark.parametrize(
    "kills",
    [pytest.param(10, marks=pytest.mark.slow), pytest.param(30, marks=pytest.mark.apart)],
)
def test_killed_anywhere_and_run_again_is_as_if_undisturbed(
    tmp_path: Path, evidence: Note, kills: int
) -> None:
    # with DuckDB's own threshold, as a user has it: the file is written in the middle of a run
    project = Project(tmp_path / "killed", [MONITOR], the_tables(), checkpoint_threshold="16MB")
    with project.forks() as forks:
        runs, faults = kill_and_run(project, forks, kills)
    made = as_if_undisturbed(project, runs, least=5_000, most_finished=kills - 1)
    assert {"monitor_labels", "monitor_performance", "monitor_calibration"} <= set(made)
    # four weeks that were all counted: what was shown beside what there is
    assert made["monitor_concentration"]["coverage"].notna().any()
    assert set(made["monitor_proxies"]["is_final"]) == {"true", "false"}
    labels = made["monitor_labels"]
    assert set(labels["is_final"]) == {"true", "false"}
    assert pd.to_numeric(labels["late_outcome_count"]).sum() > 0
    evidence("kills of `dbt build` on DuckDB at any moment, repaired by the next run", kills)
    evidence("builds on DuckDB whose file could not grow, repaired by the next run", faults)
