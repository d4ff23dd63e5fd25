"""Logs in which nothing happens stay silent, rule by rule, by the day and by the hour; small."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("false_alarms")


def test_a_rule_is_held_to_its_own_budget_and_all_of_them_to_the_sum(benchmark: ModuleType) -> None:
    """Ten monitors times four weeks at 0.1: one alert is expected, three are the limit.

    Where only one of ten had something to judge one alert is.
    """
    known = importlib.import_module("simulated_job").Rules()
    known.budgets = pd.DataFrame(
        {"rule_id": ["tail", "volume", "rest", "few", "none"], "budget": [0.1, 0.1, 0.8, 0.1, 0.1]}
    )
    known.monitors = pd.Series({"tail": 10, "volume": 10, "rest": 10, "few": 1})
    alerts = pd.DataFrame({
        "rule_id": ["tail"] * 4 + ["volume"] * 5 + ["few"] * 2,
        "day": [40.0] * 4 + [40.0] * 3 + [20.0, 40.0] + [40.0] * 2,
        "is_shown": [True] * 4 + [True] * 3 + [True, False] + [True] * 2,
    })  # fmt: skip
    rules = benchmark.against_budgets(alerts, known, 56)
    assert list(rules.loc[["tail", "volume", "rest", "few", "none"], "limit"]) == [3, 3, 13, 1, 0]
    assert not rules.loc["few", "passes"]
    assert "none " in benchmark.told(rules)
    assert benchmark.told(rules).count("had nothing to judge") == 1
    assert not rules.loc["tail", "passes"]
    assert rules.loc["volume", "passes"], "one was learning, one held back by another"
    assert (rules.loc["volume", "learning"], rules.loc["volume", "every"]) == (1, 4)
    assert (rules.loc["(all)", "shown"], rules.loc["(all)", "limit"]) == (9, 16)


def test_the_hours_of_a_simulated_day_add_up_to_it(benchmark: ModuleType) -> None:
    counts = importlib.import_module("simulated_counts")
    logs = importlib.import_module("simulated_logs")
    subjects = logs.subjects(12)
    rulers = {}
    for subject in subjects:
        if subject.is_numeric:
            edges, cells = np.array([-1.0, 0.0, 1.0, np.inf]), np.array([1000, 1000, 1001, 1001])
        else:
            edges, cells = np.arange(100), np.arange(100)
        keeps_fine = subject.kind in ("score", "operation") or not subject.is_numeric
        rulers[subject.name] = counts.Ruler(edges, cells, 0.0, 1.0, keeps_fine)
    world = logs.World(subjects, 30_000, 5, np.random.default_rng(4), 4, has_hours=True)
    found = counts.count_days(world, rulers, ("s1", "s2"), range(1))

    whole = found[(found.place == 0) & (found.bin >= -1)]
    # an hour keeps the cells of features, of two bins each here
    is_coarse = [not rulers[subjects[j].name].keeps_fine for j in whole.subject]
    cells = whole.bin.where(~(np.array(is_coarse) & (whole.bin >= 0)), 1000 + whole.bin // 2)
    days = whole.assign(bin=cells)[whole.hour < 0].groupby(["subject", "bin"]).n.sum()
    hours = whole[whole.hour >= 0].groupby(["subject", "bin"]).n.sum()
    pd.testing.assert_series_equal(days.sort_index(), hours.sort_index(), check_names=False)

    sizes = found[(found.bin == -9) & (found.subject == 0)]
    traffic = sizes[(sizes.place == 0) & (sizes.hour >= 0)].set_index("hour").n
    assert traffic.idxmax() in range(12, 19)
    assert traffic.min() < 0.5 * traffic.max()
    sliced = sizes[(sizes.place > 0) & (sizes.hour >= 0)]
    assert (sliced.n >= counts.MIN_ROWS).all(), "smaller ones are not kept"
    assert 0 < len(sliced) < 24 * 8
    # an hour of a slice has scores, operations and critical features alone
    kept = {subjects[j].name for j in found[(found.place > 0) & (found.hour >= 0)].subject}
    assert kept == {"p_main", "p_second", "latency_ms", "is_error", "kind", "f0", "f1"}


DAYS = ["--monitors", "2", "--days", "63", "--subjects", "12", "--slices", "10"]
HOURS = ["--hours", "--monitors", "2", "--days", "42", "--subjects", "12", "--slices", "4"]
# 200 judged days; of the second sort rows, with outcomes and with what is agreed of operations
LONG = ["--monitors", "2", "--days", "228"]
OUTCOMES = ["--outcomes", "--monitors", "3", "--days", "228"]


@pytest.mark.apart
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(DAYS, id="days"),
        pytest.param(HOURS, id="hours"),
        pytest.param(LONG, id="200-days"),
        pytest.param(OUTCOMES, id="200-days-of-outcomes"),
    ],
)
def test_logs_in_which_nothing_happens_stay_within_the_budgets(arguments: list[str]) -> None:
    command = [sys.executable, ROOT / "benchmarks" / "false_alarms.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rules = {"slice_drift", *(["sla", "calibration"] if "--outcomes" in arguments else [])}
    assert all(rule in done.stdout for rule in rules)
    assert ("hour_drift" in done.stdout) == ("--hours" in arguments)
