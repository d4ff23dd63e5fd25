"""The demo as files, so that a warehouse loads each table with one statement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from .schema import TABLES
from .settings import Settings
from .tables import chunks

FORMATS = {"parquet": "format parquet, compression snappy", "csv": "format csv, header true"}


def write(
    folder: Path,
    settings: Settings,
    file_format: str = "parquet",
    progress: Callable[[str], None] | None = None,
) -> dict[str, Path]:
    """Write one file per table and return them by table name.

    One thread and insertion order: equal settings give equal bytes.
    """
    if file_format not in FORMATS:
        raise ValueError(f"file_format: one of {', '.join(FORMATS)}. Got: {file_format!r}")
    folder.mkdir(parents=True, exist_ok=True)
    names = [table.name + settings.suffix for table in TABLES]
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for table in TABLES:
            columns = ", ".join(f'"{c.name}" {c.type}' for c in table.columns)
            connection.execute(f'create table "{table.name}{settings.suffix}" ({columns})')
        for name, frame in chunks(settings):
            connection.register("chunk", frame)
            connection.execute(f'insert into "{name}" by name select * from chunk')
            connection.unregister("chunk")
        paths = {name: folder / f"{name}.{file_format}" for name in names}
        for name, path in paths.items():
            target = str(path).replace("'", "''")
            # Written beside and renamed: an interrupted run leaves no half file behind.
            partial = f"{target}.partial"
            connection.execute(f"copy \"{name}\" to '{partial}' ({FORMATS[file_format]})")
            Path(f"{path}.partial").replace(path)
            if progress is not None:
                progress(name)
    return paths
