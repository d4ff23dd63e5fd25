"""Copies of the results for readers, who must neither wait for a run nor make it wait.

DuckDB alone needs them: elsewhere a reader sees the old table until the new one is there. A copy is
made aside and put in the place of the old one in one step, so that a reader sees one run whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from model_monitor.refusals import literal
from model_monitor.warehouse import Table, Warehouse

FOLDER = "published"
PARQUET = "parquet"


def publish(warehouse: Warehouse, tables: Sequence[Table], *, parquet: bool = False) -> Path | None:
    """The copy that readers may keep open: a database file, and on request a folder of Parquet."""
    if warehouse.file is None:
        return None
    folder = warehouse.file.parent / FOLDER
    folder.mkdir(exist_ok=True)
    there = [table for table in tables if warehouse.exists(table.relation)]
    file = as_file(warehouse, there, folder / warehouse.file.name)
    if parquet:
        as_parquet(warehouse, there, folder / PARQUET)
    return file


def as_file(warehouse: Warehouse, tables: Sequence[Table], finished: Path) -> Path:
    unfinished = finished.with_name(f".{finished.name}.new")
    for leftover in (unfinished, Path(f"{unfinished}.wal")):
        leftover.unlink(missing_ok=True)
    with warehouse.connected():
        warehouse.execute(f"attach {literal(str(unfinished))} as monitor_published")
        try:
            for table in tables:
                schema = f"monitor_published.{warehouse.quote(table.schema)}"
                warehouse.execute(f"create schema if not exists {schema}")
                copy = f"{schema}.{warehouse.quote(table.name)}"
                warehouse.execute(f"create table {copy} as select * from {table.relation}")
        finally:
            warehouse.execute("detach monitor_published")
    unfinished.replace(finished)
    return finished


def as_parquet(warehouse: Warehouse, tables: Sequence[Table], finished: Path) -> None:
    """A file per table. `finished` is a link: many files are replaced by turning it round.

    The copy before the last stays: somebody may be in the middle of reading it.
    """
    current = finished.readlink().name if finished.is_symlink() else ""
    made = finished.with_name(f".{finished.name}-{'b' if current.endswith('-a') else 'a'}")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    for table in tables:
        target = literal(str(made / f"{table.name}.parquet"))
        warehouse.execute(f"copy (select * from {table.relation}) to {target} (format parquet)")
    link = finished.with_name(f".{finished.name}.new")
    link.unlink(missing_ok=True)
    link.symlink_to(made.name, target_is_directory=True)
    link.replace(finished)
