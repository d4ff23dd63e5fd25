"""Copies of the results for readers, so that readers and runs do not block each other.

Only DuckDB needs them: elsewhere a reader sees the old table until the new one is complete. The new
copy replaces the old one in one step, so a reader sees the complete results of one run.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from model_monitor.warehouse.connection import Table, Warehouse
from model_monitor.warehouse.sql_errors import literal

FOLDER = "published"
PARQUET = "parquet"

Execute = Callable[[str], None]


@contextmanager
def publishing(
    warehouse: Warehouse, tables: Sequence[Table], *, parquet: bool = False
) -> Iterator[Future[Path | None]]:
    """The copy for readers: a database file, and on request a folder of Parquet files.

    It is made in a thread during the block, and is complete at the end of the block. Without tables
    there is no copy.
    """
    file = warehouse.file
    existing = [table for table in tables if warehouse.exists(table.relation)]
    if file is None or not existing:
        nothing: Future[Path | None] = Future()
        nothing.set_result(None)
        yield nothing
        return
    folder = file.parent / FOLDER
    folder.mkdir(exist_ok=True)

    def publish(execute: Execute) -> Path | None:
        finished = as_file(execute, existing, folder / file.name)
        if parquet:
            as_parquet(execute, existing, folder / PARQUET)
        return finished

    with warehouse.side_connection() as execute, ThreadPoolExecutor(1) as thread:
        yield thread.submit(publish, execute)


def as_file(execute: Execute, tables: Sequence[Table], finished: Path) -> Path:
    unfinished = finished.with_name(f".{finished.name}.new")
    for leftover in (unfinished, Path(f"{unfinished}.wal")):
        leftover.unlink(missing_ok=True)
    execute(f"attach {literal(str(unfinished))} as monitor_published")
    try:
        for table in tables:
            schema = f"monitor_published.{quoted(table.schema)}"
            execute(f"create schema if not exists {schema}")
            copy = f"{schema}.{quoted(table.name)}"
            execute(f"create table {copy} as select * from {table.relation}")
    finally:
        execute("detach monitor_published")
    unfinished.replace(finished)
    return finished


def quoted(name: str) -> str:
    """Quoted for DuckDB. dbt's adapter could do this, but it may have changed by now."""
    return '"' + name.replace('"', '""') + '"'


def as_parquet(execute: Execute, tables: Sequence[Table], finished: Path) -> None:
    """A file per table. `finished` is a link, so one step replaces many files.

    The previous copy stays, because a reader may still use it.
    """
    current = finished.readlink().name if finished.is_symlink() else ""
    made = finished.with_name(f".{finished.name}-{'b' if current.endswith('-a') else 'a'}")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    for table in tables:
        target = literal(str(made / f"{table.name}.parquet"))
        execute(f"copy (select * from {table.relation}) to {target} (format parquet)")
    link = finished.with_name(f".{finished.name}.new")
    link.unlink(missing_ok=True)
    link.symlink_to(made.name, target_is_directory=True)
    link.replace(finished)
