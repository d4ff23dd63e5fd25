"""The programs `dbt` and `model-monitor` in a folder for a PATH, without the seconds that their imports take.

A process imports what they import, reads the package, and forks each command. The program in the
folder hands over its arguments, environment, working directory and streams, and ends with the exit code
of the fork. So a shell, a script or a page of the docs calls them as it calls the real ones.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from model_monitor.garbage import without_collection

from . import shared_parse
from .project_harness import ROOT, Project

NAMES = ("dbt", "model-monitor")
PROGRAM = """#!{python} -IS
import json, os, socket, sys

asked = {{"arguments": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}}
text = json.dumps(asked).encode()
with socket.socket(socket.AF_UNIX) as there:
    there.connect({door!r})
    socket.send_fds(there, [len(text).to_bytes(8)], [0, 1, 2])
    there.sendall(text)
    code = there.recv(8)
sys.exit(int(code or b"70"))
"""
SIZE = 8
STREAMS = ("stdin", "stdout", "stderr")
# where a fork ends, locks of dbt are still there
NO_WORD_OF_LOCKS = "ignore::UserWarning:multiprocessing.resource_tracker"


@contextmanager
def quick_commands() -> Iterator[Path]:
    """A folder with the programs."""
    with tempfile.TemporaryDirectory(prefix="commands-") as name:
        folder, door = Path(name), str(Path(name) / "door")
        for program in NAMES:
            file = folder / program
            file.write_text(PROGRAM.format(python=sys.executable, door=door), encoding="utf-8")
            file.chmod(0o755)
        serving = subprocess.Popen(
            [
                sys.executable,
                "-W",
                NO_WORD_OF_LOCKS,
                "-m",
                "tests.python.harness.quick_commands",
                door,
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
            stdout=subprocess.PIPE,
        )
        assert serving.stdout is not None
        assert serving.stdout.readline() == b"ready\n", "see the errors above"
        try:
            yield folder
        finally:
            with socket.socket(socket.AF_UNIX) as there:
                there.connect(door)
                there.sendall(bytes(SIZE))
            serving.wait()
            serving.stdout.close()


def _serve(door: Path) -> Callable[[], Any] | None:
    """Until a command of no length comes; in a fork, what is to be run there."""
    from dbt.cli.main import cli

    from model_monitor.cli.parser import main

    shared_parse.remember_templates()
    shared_parse.open_once_per_invocation()
    # dbt's own modules, and the parse that commands borrow
    _ = Project(door.parent / "shop", []).manifest
    assert threading.active_count() == 1, "a fork has one thread"
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(door))
        listening.listen()
        os.write(1, b"ready\n")
        while True:
            there, _ = listening.accept()
            with there:
                size, streams, *_ = socket.recv_fds(there, SIZE, 3)
                if not any(size):
                    return None
                asked = json.loads(there.makefile("rb").read(int.from_bytes(size)))
                _import_for(asked["arguments"])
                if (pid := os.fork()) == 0:
                    _become(asked, streams)
                    return _quick(cli) if Path(asked["arguments"][0]).name == "dbt" else main
                for stream in streams:
                    os.close(stream)
                _, status = os.waitpid(pid, 0)
                with suppress(OSError):  # whoever asked may have been killed
                    there.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _import_for(arguments: Sequence[str]) -> None:
    """Once for all forks what this command imports late."""
    if arguments[1:2] in (["run"], ["check"]) and "--no-check" not in arguments:
        import great_expectations  # noqa: F401


def _become(asked: Any, streams: Sequence[int]) -> None:
    """From here on this process is that of the command."""
    from dbt import deprecations
    from dbt_common.exceptions import base as exceptions

    for number, (name, stream) in enumerate(zip(STREAMS, streams, strict=True)):
        os.dup2(stream, number)
        os.close(stream)
        setattr(sys, name, _opened(number))
    # click finds the name of the program there
    sys.modules["__main__"].__package__ = None
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    # the file of dbt's log: a message for each of 7,000 events
    os.environ.setdefault("DBT_LOG_LEVEL_FILE", "none")
    sys.argv[:] = asked["arguments"]
    # what dbt keeps of the project that was read
    deprecations.reset_deprecations()
    exceptions.env_secrets.cache_clear()


def _opened(number: int) -> TextIO:
    """A stream as Python opens it when it begins."""
    if number == 0:
        return open(0, encoding="utf-8", closefd=False)
    is_error = number == 2
    return open(
        number, "w", encoding="utf-8", errors="backslashreplace" if is_error else "strict",
        buffering=1 if is_error or os.isatty(number) else -1, closefd=False,
    )  # fmt: skip


def _quick(cli: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with without_collection(), shared_parse.one_opening():
            return cli()

    return run


def _run(command: Callable[[], Any]) -> int:
    """Its exit code, with all that Python does at the end but the taking apart of its objects."""
    try:
        code = command()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 (as Python would end)
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code or 0


if __name__ == "__main__":
    command = _serve(Path(sys.argv[1]))
    # what DuckDB says of itself when Python ends is not for the streams of the command
    os._exit(0 if command is None else _run(command))
