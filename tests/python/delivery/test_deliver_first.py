"""A run delivers before anything else can fail, says what failed, and may be killed anywhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor import job
from model_monitor.errors import NOT_DELIVERED, NOT_EVALUATED
from model_monitor.output import Output
from model_monitor.warehouse.project import Build, Failure

from ..harness.evidence import Note
from ..harness.receivers import Receiver, receiver
from ..harness.telling_project import (
    CONTACT,
    PHASES,
    WORDS,
    exposed,
    opened,
    telling_project,
    wanted,
)

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.promise(5)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as found:
        monkeypatch.setenv(CONTACT, found.url)
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return telling_project(tmp_path_factory.mktemp("first") / "project")


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every run goes into its project."""


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "target" / "small.duckdb")) as connection:
        connection.execute("use main_results")
        return connection.execute(sql).fetchall()


def test_whatever_fails_what_waits_was_sent(
    folder: Path,
    there: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All of it at once: a broken suite file, no room for the copies, an unreadable audit."""
    suites = folder / "expectations"
    suites.mkdir()
    (suites / "broken.json").write_text("{", encoding="utf-8")
    (folder / "target" / "published").write_text("in the way", encoding="utf-8")
    exposed(folder).mkdir()
    monkeypatch.setattr(job.audit_trail, "record", broken)
    project = opened(folder)
    done = job.run(project, Output(), wanted(folder, check=True))
    assert len(there.requests) == WORDS
    assert list(done.broken) == ["audit", "publishing", "checks", "prometheus"]
    assert done.exit_code("none") == NOT_EVALUATED
    job.show(done, Output())
    printed = capsys.readouterr().out
    assert "Failed steps: audit, publishing, checks, prometheus" in printed
    assert "audit: RuntimeError: the disk is full" in printed
    assert "broken.json" in printed
    assert f"Sent {WORDS} notifications" in printed
    # what was found is shown all the same
    assert "Open incidents: 1 critical, 1 warn" in printed

    monkeypatch.undo()
    (suites / "broken.json").unlink()
    suites.rmdir()
    (folder / "target" / "published").unlink()
    exposed(folder).rmdir()
    waits_again(folder)
    monkeypatch.setenv(CONTACT, there.url)
    # part of the build fails
    monkeypatch.setattr(project, "build", lambda: Build((Failure("some", "model", "no"),), 9, 1))
    done = job.run(project, Output(), wanted(folder))
    assert (len(there.requests), done.exit_code("none")) == (2 * WORDS, NOT_EVALUATED)
    # or all of it
    waits_again(folder)
    monkeypatch.setattr(project, "build", broken)
    with pytest.raises(RuntimeError, match="the disk is full"):
        job.run(project, Output(), wanted(folder))
    assert len(there.requests) == 3 * WORDS
    assert f"Sent {WORDS} notifications" in capsys.readouterr().out
    # and where delivery itself is broken, the rest is done and the code says so
    monkeypatch.setattr(project, "build", lambda: Build((), 9, 0))
    monkeypatch.setattr(job, "deliver", broken)
    done = job.run(project, Output(), wanted(folder))
    assert done.broken == {"delivery": "RuntimeError: the disk is full"}
    assert done.exit_code("none") == NOT_DELIVERED
    assert done.published is not None
    assert exposed(folder).is_file()


def broken(*_: Any) -> Any:
    raise RuntimeError("the disk is full")


def waits_again(folder: Path) -> None:
    query(folder, "delete from monitor_deliveries")


@pytest.mark.promise(7)
def test_killed_in_any_phase_and_run_again_is_as_if_undisturbed(
    folder: Path, there: Receiver, evidence: Note
) -> None:
    """One after the other in one project, nothing cleaned up between."""
    query(folder, "drop schema main_results cascade")
    exposed(folder).unlink(missing_ok=True)
    paths = os.pathsep.join([str(ROOT / "python"), str(ROOT)])
    killed = subprocess.run(
        [sys.executable, "-m", "tests.python.harness.telling_project", str(folder)],
        env={**os.environ, "PYTHONPATH": paths, CONTACT: there.url}, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    said = [f"{phase} {int(signal.SIGKILL)}" for phase in PHASES]
    assert killed.stdout.splitlines() == said, killed.stderr
    project = opened(folder)
    done = job.run(project, Output(), wanted(folder))
    assert (done.broken, done.build.failures, done.exit_code("none")) == ({}, (), 0)
    arrived = Counter(request.headers["Idempotency-Key"] for request in there.requests)
    # the one that was sent when the run was killed is sent again, and by its key it is one
    assert sorted(arrived) == [f"t{number}" for number in range(WORDS)]
    assert sum(arrived.values()) == WORDS + 1
    settled = query(
        folder,
        "select transition_id, status, count(*) from monitor_deliveries group by all order by all",
    )
    assert settled == [(f"t{number}", "sent", 1) for number in range(WORDS)]
    assert done.published is not None
    with duckdb.connect(str(done.published), read_only=True) as copy:
        assert copy.execute("select count(*) from main_results.monitor_outbox").fetchall() == [
            (WORDS,)
        ]
    assert "model_monitor_open_incidents" in exposed(folder).read_text(encoding="utf-8")
    # nothing is left in the way
    leftovers = [file.name for file in (folder / "target").iterdir() if ".holder" in file.name]
    assert leftovers == []
    evidence(f"phases of `run` killed, then run again: {', '.join(PHASES)}", len(PHASES))


def test_a_profile_that_keeps_the_file_open_lets_it_go_while_something_is_sent(
    folder: Path, there: Receiver
) -> None:
    profile = folder / "profiles.yml"
    kept = profile.read_text(encoding="utf-8")
    profile.write_text(kept.replace("keep_open: false", "keep_open: true"), encoding="utf-8")
    try:
        project = opened(folder)
        warehouse = project.warehouse
        with warehouse.held(Output().note):
            assert warehouse.query("select 1 as one")["one"].tolist() == [1]
        free = processes_can_open(folder)
        assert free
    finally:
        profile.write_text(kept, encoding="utf-8")


def processes_can_open(folder: Path) -> bool:
    code = f"import duckdb; duckdb.connect({str(folder / 'target' / 'small.duckdb')!r})"
    return (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )
