"""A standalone Spark of a master and workers on this machine, out of the wheel."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .receivers import free_port
from .spark_session import QUICK_JAVA, java, python, surroundings

HOST = "127.0.0.1"
WHERE = "import pyspark; print(*pyspark.__path__)"


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its address and the folder of each worker."""

    master: str
    workers: tuple[Path, ...]

    def executors(self) -> list[int]:
        """How many executors each worker was given."""
        return [len(list(worker.glob("app-*/*/stderr"))) for worker in self.workers]


@contextmanager
def cluster(folder: Path, count: int = 2) -> Iterator[Cluster]:
    """Started for as long as it is needed, in processes of its own."""
    folder.mkdir(parents=True)
    found = subprocess.run([python(), "-c", WHERE], capture_output=True, text=True, check=True)
    home = found.stdout.strip()
    # five processes of Java for a few minutes: none lasts long enough for the thorough compiler
    own = surroundings(
        {"JAVA_HOME": java(), "SPARK_HOME": home, "SPARK_LOCAL_IP": HOST, **QUICK_JAVA}
    )
    program, deploy = f"{home}/bin/spark-class", "org.apache.spark.deploy"
    port = free_port()
    master = f"spark://{HOST}:{port}"
    ports = ("--host", HOST, "--webui-port", "0")
    workers = tuple(folder / f"worker-{index}" for index in range(count))
    started: list[subprocess.Popen[bytes]] = []
    try:
        given = [f"{deploy}.master.Master", "--port", str(port), *ports]
        started.append(begun([program, *given], own, folder / "master.log"))
        answering(port)
        for worker in workers:
            size = ("--cores", "1", "--memory", "2g", "--work-dir", str(worker))
            given = [f"{deploy}.worker.Worker", *ports, *size, master]
            started.append(begun([program, *given], own, folder / f"{worker.name}.log"))
        for worker in workers:
            said(folder / f"{worker.name}.log", "Successfully registered with master")
        yield Cluster(master, workers)
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def begun(command: Sequence[str], own: dict[str, str], file: Path) -> subprocess.Popen[bytes]:
    with file.open("wb") as log:
        return subprocess.Popen(command, env=own, stdout=log, stderr=log, start_new_session=True)


def answering(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, "the master does not answer"
            time.sleep(0.2)
        else:
            return


def said(log: Path, words: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while words not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < until, log.read_text(encoding="utf-8")[-2000:]
        time.sleep(0.2)
