"""The scheduled job on Postgres, killed ten times in a row, nothing cleaned up between."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ..harness.evidence import Note
from ..harness.forked import Forks, Run
from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..ledger.test_kill import DAYS, FIRST, MONITOR, as_if_undisturbed, the_tables

pytestmark = pytest.mark.slow

KILLS = 10
# without hours: half the rows, the same models
KILLED = {**MONITOR, "windows": ["day", "7d"]}


def a_run(day: int) -> list[str]:
    as_of = str(FIRST + pd.Timedelta(days=day, hours=6)).replace(" ", "T") + "Z"
    return ["run", "--as-of", as_of, "--no-check", "--fail-on", "none"]


def first_write(project: PostgresProject, process: Run) -> float:
    """When the run began to write, after dbt has started and parsed.

    What a killed one told the server to do may go on meanwhile.
    """
    since = time.time()
    while process.poll() is None and not project.is_writing(since):
        time.sleep(0.05)
    return time.monotonic()


def killed(project: PostgresProject, forks: Forks, day: int, after: float) -> bool:
    """Start a run and kill it so many seconds after its first write; was it still running?"""
    process = forks.start(*a_run(day))
    first_write(project, process)
    return process.is_killed_after(after)


def can_be_read(project: PostgresProject) -> bool:
    """What a run left for readers, whatever the next one was doing when it was killed."""
    connection = project.server.connect(project.database)
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {project.schema}.monitor_distributions")
        (count,) = cursor.fetchone()
    connection.close()
    return bool(count)


def kill_and_run(project: PostgresProject, forks: Forks) -> int:
    """Kill runs until ten were; how many came through between?"""
    random = np.random.default_rng(6)
    # undisturbed runs tell how long one takes; their results are thrown away
    forks.warm(*a_run(14))
    project.reset()
    first = forks.start(*a_run(14))
    began = first_write(project, first)
    assert first.wait() == 0, first.output()
    lasts = time.monotonic() - began
    project.reset()
    kills, runs, moments = 0, 0, []
    while kills < KILLS:
        # a run that comes through leaves nothing to do, so the next is a day later; after half of
        # the kills one is let through, so that not every kill hits a first run
        let_through = kills == KILLS // 2 and runs == 0
        after = 600.0 if let_through else float(random.uniform(0.0, 0.95 * lasts))
        if killed(project, forks, 14 + runs, after):
            kills += 1
            assert runs == 0 or can_be_read(project)
            moments.append(round(after, 1))
        else:
            runs += 1
            # a machine that has become faster since lets runs end before they are killed
            lasts *= 1.0 if let_through else 0.8
        assert runs < DAYS - 16, "too few runs are killed before they end"
    print(
        f"killed {moments} s after the first write, a run lasts {lasts:.1f}; came through: {runs}"
    )
    assert runs >= 1
    return runs


@pytest.mark.promise(7)
def test_killed_anywhere_and_run_again_is_as_if_undisturbed(
    tmp_path: Path, postgres: Server, here: Path, evidence: Note
) -> None:
    project = PostgresProject(tmp_path / "killed", postgres, "killed", [KILLED], the_tables())
    project.send_all()
    with project.forks("model-monitor") as forks:
        runs = kill_and_run(project, forks)
    as_if_undisturbed(project, runs, least=1_000, most_finished=runs + 1 + KILLS // 2)
    evidence("kills of `run` on Postgres at any moment, repaired by the next run", KILLS)
