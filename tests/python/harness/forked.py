"""Runs in processes of their own that begin at once, to be killed at any moment.

A process that imports dbt and reads a project needs longer than a run of a small log. So one process
does both, and each run is a fork of it: the same run as that of a command, killed as a command is.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import quick_dbt, shared_parse

Command = Callable[[Sequence[str]], int]
ROOT = Path(__file__).resolve().parents[3]


class Forks:
    """The process that forks runs of a command, `dbt` or `model-monitor`, of one project."""

    def __init__(
        self,
        project: Sequence[str],
        command: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log, self._own_log = log, log.with_name(f"{log.name}.forks")
        with self._own_log.open("w", encoding="utf-8") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.python.harness.forked", command, *project],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    def start(self, *arguments: str, largest_file: int | None = None) -> Run:
        """A run; with `largest_file`, none of its writes beyond that many bytes succeeds."""
        asked = {"start": arguments, "log": str(self.log), "largest_file": largest_file}
        return Run(self, int(self.ask(asked)))

    def warm(self, *arguments: str) -> None:
        """Run it before there is a fork: what each would read, parse and compile again is there."""
        assert self.ask({"warm": arguments}) == 0, self._own_log.read_text(encoding="utf-8")

    def ask(self, what: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self._own_log.read_text(encoding="utf-8")
        return json.loads(answer)

    def end(self) -> None:
        self._process.communicate()

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Run:
    """One run, with what is used of `subprocess.Popen`."""

    def __init__(self, forks: Forks, pid: int) -> None:
        self._forks, self.pid = forks, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._forks.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float = 600.0) -> int:
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired([str(self.pid)], timeout)
            time.sleep(0.02)
        return code

    def is_killed_after(self, seconds: float) -> bool:
        """Kill it unless it ends within that time; was it still running? It may not fail."""
        try:
            self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return True
        assert self.returncode == 0, self.output()
        return False

    def kill(self) -> None:
        """The run and all it has begun, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def said(self) -> str:
        """What it wrote for whoever reads its results."""
        return self._forks.log.read_text(encoding="utf-8")

    def output(self) -> str:
        """All that it wrote, how far it was and what went wrong included."""
        return self.said() + _of_errors(self._forks.log).read_text(encoding="utf-8")


def _of_errors(log: Path) -> Path:
    return log.with_name(f"{log.name}.errors")


def _serve(command: str, project: Sequence[str]) -> None:
    # dbt talks to where the answers go
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # the file of dbt's log: a message for each of 7,000 events
    os.environ.setdefault("DBT_LOG_LEVEL_FILE", "none")
    shared_parse.remember_templates()
    quick_dbt.make_dbt_quick()
    run = _of_dbt(project) if command == "dbt" else _of_model_monitor(project)
    _be_ready_to_fork()
    for line in sys.stdin:
        asked = json.loads(line)
        if "poll" in asked:
            ended, status = os.waitpid(asked["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        elif "warm" in asked:
            answer = run(asked["warm"])
            _be_ready_to_fork()
        elif (answer := os.fork()) == 0:
            if (largest := asked["largest_file"]) is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
            os._exit(_in_a_fork(run, asked["start"], asked["log"]))
        print(json.dumps(answer), file=answers, flush=True)


def _be_ready_to_fork() -> None:
    assert threading.active_count() == 1, "a fork has one thread"
    gc.collect()
    gc.freeze()


def _in_a_fork(run: Command, arguments: Sequence[str], log: str) -> int:
    os.setsid()
    for stream, file in ((1, Path(log)), (2, _of_errors(Path(log)))):
        os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), stream)
    try:
        return run(arguments)
    except BaseException:  # noqa: BLE001 (a fork that is not killed ends here, whatever happens)
        traceback.print_exc()
        return 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _of_dbt(project: Sequence[str]) -> Command:
    manifest = _read(project)

    def run(arguments: Sequence[str]) -> int:
        from dbt.cli.main import dbtRunner

        from model_monitor.garbage import without_collection

        with without_collection(), shared_parse.one_opening(), quick_dbt.without_files():
            done = dbtRunner(manifest=manifest).invoke([*arguments, *project])
        return 0 if done.success else 1

    return run


def _of_model_monitor(project: Sequence[str]) -> Command:
    from model_monitor.cli.parser import main

    # it reads the project again, which is quick where dbt did
    _read(project)

    def run(arguments: Sequence[str]) -> int:
        command, *others = arguments
        return main([command, *project, *others])

    return run


def _read(project: Sequence[str]) -> Any:
    from dbt.cli.main import dbtRunner

    read = dbtRunner().invoke(["parse", *project])
    assert read.success, read.exception
    return read.result


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
