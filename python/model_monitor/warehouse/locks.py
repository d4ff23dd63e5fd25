"""Locks: one run at a time, and the name of the holder for a run that waits.

On DuckDB the database file is the lock, which the system releases when its holder dies. A file next
to it names the holder. On Postgres it is an advisory lock of a separate session, which the server
releases when the session ends.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from model_monitor.errors import LockedError

WAIT_SECONDS = 60.0
CLASS = 0x6D6F6E  # "mon": the class of our advisory locks
NAME = "monitor"
NAME_BYTES = 63  # the longest session name in Postgres


@dataclass(frozen=True)
class Holder:
    """The process that holds the lock."""

    pid: int
    host: str
    since: str
    run_id: str | None = None

    def __str__(self) -> str:
        run = f", run {self.run_id}" if self.run_id else ""
        return f"process {self.pid} on {self.host} since {self.since} UTC{run}"


def this_process(run_id: str | None = None) -> Holder:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return Holder(os.getpid(), socket.gethostname(), now, run_id)


def waited(attempt: Callable[[], None], say: Callable[[str], None], seconds: float) -> None:
    """Try until it works or the time is over, and then raise the error that names the holder."""
    until, has_said = time.monotonic() + seconds, False
    while True:
        try:
            attempt()
        except LockedError as error:
            if time.monotonic() >= until:
                raise
            if not has_said:
                say(f"{error} Waiting up to {seconds:.0f} seconds for it.")
                has_said = True
            time.sleep(0.5)
        else:
            return


# ---- DuckDB: a file beside the database --------------------------------------------------------


class Note:
    """A file that names the holder of a database file. Without the lock it has no meaning."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.holder")

    def write(self, holder: Holder) -> None:
        unfinished = self.path.with_name(f"{self.path.name}.{holder.pid}")
        unfinished.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        unfinished.replace(self.path)

    def read(self, pid: int | None) -> Holder | None:
        """The writer of the note, if it holds the lock. A process that died may leave a note."""
        try:
            found = Holder(**json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return found if pid in (None, found.pid) else None

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


# error numbers of systems for a lock that another process holds
TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class RunLock:
    """Lets one run write to a database file, also while the file itself is free for others.

    The system releases the lock when its holder dies. The file names the holder.
    """

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.run")
        self._handle: IO[str] | None = None

    def taken(self) -> bool:
        handle = self.path.open("a+", encoding="utf-8")
        try:
            lock(handle)
        except OSError as error:
            handle.close()
            if error.errno in TAKEN:
                return False
            raise
        self._handle = handle
        self.write(this_process())
        return True

    def write(self, holder: Holder) -> None:
        if self._handle is not None:
            self._handle.seek(0)
            self._handle.truncate()
            self._handle.write(json.dumps(asdict(holder)))
            self._handle.flush()

    def holder(self) -> Holder | None:
        try:
            return Holder(**json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def close(self) -> None:
        """Release the lock. The file stays, because waiting processes have it open."""
        if self._handle is not None:
            self._handle.seek(0)
            self._handle.truncate()
            self._handle.close()
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def lock(handle: IO[str]) -> None:
        handle.seek(1 << 20)  # beyond the content, because Windows blocks reads of locked bytes
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock(handle: IO[str]) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


# ---- Postgres: a session of its own ------------------------------------------------------------

SESSION = """
set idle_session_timeout = 0;
set tcp_keepalives_idle = 30;
set tcp_keepalives_interval = 10;
set tcp_keepalives_count = 3
"""
HOLDER = """
select
    activity.application_name,
    to_char(activity.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
    activity.pid
from pg_locks as locks
inner join pg_stat_activity as activity
    on locks.pid = activity.pid
where locks.locktype = 'advisory'
    and locks.granted
    and locks.database = (select oid from pg_database where datname = current_database())
    and locks.classid = %s
    and locks.objid = %s
"""


class Session:
    """A Postgres session that holds the lock of one run, or waits for it."""

    def __init__(self, handle: Any, schema: str) -> None:
        self.handle = handle
        self.key = (CLASS, zlib.crc32(schema.encode()) & 0x7FFFFFFF)
        handle.rollback()
        handle.autocommit = True
        own = this_process()
        name = f"{NAME} {own.pid}@{own.host}".encode()[:NAME_BYTES].decode(errors="ignore")
        with handle.cursor() as cursor:
            cursor.execute(SESSION)
            cursor.execute("select set_config('application_name', %s, false)", (name,))

    def taken(self) -> bool:
        with self.handle.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s, %s)", self.key)
            return bool(cursor.fetchone()[0])

    def holder(self, run_of: Callable[[str], str | None]) -> Holder | None:
        """The holder, with its run: `run_of` gives the run that began after a time."""
        with self.handle.cursor() as cursor:
            cursor.execute(HOLDER, self.key)
            found = cursor.fetchone()
        if found is None:
            return None
        name, since, backend = found
        own, _, host = str(name or "").removeprefix(f"{NAME} ").partition("@")
        # a hidden or foreign name: only the process of the server is known
        if not own.isdigit():
            return Holder(int(backend), "the server", str(since))
        return Holder(int(own), host, str(since), run_of(str(since)))

    def close(self) -> None:
        self.handle.close()
