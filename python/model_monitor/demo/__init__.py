"""The demo logs: three deployed models over ninety days, with planted incidents.

>>> from model_monitor.demo import Settings, write
>>> paths = write(Path("target/demo"), Settings(seed=7))       # one Parquet file per table

Then, for each: `create or replace table … as select * from read_parquet('…')`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from .schedule import Schedule
from .schema import TABLES, Column, Table
from .settings import Settings
from .tables import Chunk, chunks
from .write import write

__all__ = [
    "TABLES",
    "Chunk",
    "Column",
    "Schedule",
    "Settings",
    "Table",
    "chunks",
    "generate",
    "write",
    "write_parquet",
]

DEFAULT = Settings()


def generate(
    seed: int = DEFAULT.seed,
    days: int = DEFAULT.days,
    rows_per_day: int = DEFAULT.rows_per_day,
    end: date = DEFAULT.end,
    suffix: str = DEFAULT.suffix,
    moved: int = DEFAULT.moved,
) -> Iterator[Chunk]:
    """Chunks (table name, frame); concatenate the chunks of a table in order."""
    return chunks(Settings(seed, days, rows_per_day, end, suffix, moved))


def write_parquet(folder: Path, settings: Settings = DEFAULT) -> dict[str, Path]:
    """One Parquet file per table, by table name."""
    return write(folder, settings, "parquet")
