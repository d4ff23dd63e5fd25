"""Two runs at once: the second waits so long and no longer, and says who has the lock."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from ..harness.postgres_server import Server
from ..harness.small_project import small_project

ROOT = Path(__file__).resolve().parents[3]
# A model that takes until it is killed: `range` of DuckDB, `pg_sleep` of Postgres.
SLOW = {
    "duckdb": "select count(*) as n from range(40000000000) as r (i) where i % 7 = 3",
    "postgres": "select 1 as n from (select pg_sleep(300)) as slept",
}
# As the package's own: there the ledger says which run it is.
STARTS = """
select 1 as start_number, '{{ invocation_id }}' as run_id,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as started_at
"""
SOON = 180.0


def command(folder: Path, *arguments: str) -> list[str]:
    place = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    asked = ["run", "--no-check", "--fail-on", "none", *place, *arguments]
    return [sys.executable, "-m", "model_monitor", *asked]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "python")}


@contextmanager
def running(
    folder: Path, engine: str, begun: Callable[[], bool] = lambda: True
) -> Iterator[subprocess.Popen[str]]:
    """A run that is in the middle of its work, until it is killed."""
    model = folder / "models" / "int_monitor__slow.sql"
    model.write_text(SLOW[engine], encoding="utf-8")
    process = subprocess.Popen(
        command(folder), env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  "):  # a model is done
                break
        until = time.monotonic() + SOON
        while not begun() and time.monotonic() < until:
            time.sleep(0.2)
        assert process.poll() is None
        model.unlink()
        os.killpg(process.pid, signal.SIGSTOP)  # it keeps what it holds, and takes no time
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def second(folder: Path, wait: str) -> subprocess.CompletedProcess[str]:
    """Another run beside it, in a folder of its own for what dbt writes."""
    return subprocess.run(
        [*command(folder), "--wait", wait],
        env={**environment(), "DBT_TARGET_PATH": str(folder / "target" / "second")},
        capture_output=True, text=True, timeout=SOON, check=False,
    )  # fmt: skip


def refused(folder: Path, process: subprocess.Popen[str]) -> str:
    """What the second run says when it has waited for two seconds."""
    began = time.monotonic()
    done = second(folder, "2s")
    assert done.returncode == 2, done.stderr
    assert 2 <= time.monotonic() - began < SOON
    lines = done.stderr.splitlines()
    assert [line for line in lines if line.endswith("Waiting up to 2 seconds for it.")]
    (said,) = [line for line in lines if line.startswith("error: ")]
    assert f"process {process.pid} on {socket.gethostname()} since 20" in said
    return said


def test_on_duckdb(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "small")
    with running(folder, "duckdb") as process:
        said = refused(folder, process)
        assert f"Another run is writing to {folder / 'target' / 'small.duckdb'}: process" in said
        assert re.search(r"UTC, run [0-9a-f-]{36}\.$", said)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # the lock has gone with its holder; the note that it left says nothing any more
    assert (folder / "target" / "small.duckdb.holder").exists()
    done = second(folder, "1s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (folder / "target" / "small.duckdb.holder").exists()


def test_on_postgres(tmp_path: Path, postgres: Server) -> None:
    folder = small_project(tmp_path / "small")
    postgres.create("locks")
    on_postgres(folder, postgres, "locks")

    def begun() -> bool:
        with postgres.connect("locks") as connection, connection.cursor() as cursor:
            cursor.execute("select to_regclass('main_results.int_monitor__run_starts') is not null")
            return bool(cursor.fetchone()[0])

    with running(folder, "postgres", begun) as process:
        said = refused(folder, process)
        assert "Another run is writing to the schema main_results: process" in said
        assert re.search(r"UTC, run [0-9a-f-]{36}\.$", said)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with postgres.connect("locks") as connection, connection.cursor() as cursor:
        # what the dead one had asked for goes on in the server, which is none of ours to wait for
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query like '%pg_sleep%' and pid <> pg_backend_pid()"
        )
    done = second(folder, "10s")
    assert done.returncode == 0, done.stdout + done.stderr


def on_postgres(folder: Path, server: Server, database: str) -> None:
    profile = {
        "type": "postgres", "host": str(server.folder), "user": "postgres", "password": "",
        "port": 5432, "dbname": database, "schema": "main", "threads": 1,
    }  # fmt: skip
    outputs = {"small": {"target": "dev", "outputs": {"dev": profile}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(outputs), encoding="utf-8")
    (folder / "models" / "int_monitor__run_starts.sql").write_text(STARTS, encoding="utf-8")
