"""Writes the demo as files; a warehouse can load each table with one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

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
    frames: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for name, frame in chunks(settings):
        frames[name].append(frame)
    paths = {}
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for table in TABLES:
            name = table.name + settings.suffix
            connection.register("rows", pd.concat(frames.pop(name), ignore_index=True))
            columns = ", ".join(
                f'cast("{c.name}" as {c.type}) as "{c.name}"' for c in table.columns
            )
            path = folder / f"{name}.{file_format}"
            target = str(path).replace("'", "''")
            # Write and then rename, so an interrupted run leaves no partial file.
            partial = f"{target}.partial"
            connection.execute(
                f"copy (select {columns} from rows) to '{partial}' ({FORMATS[file_format]})"
            )
            connection.unregister("rows")
            Path(f"{path}.partial").replace(path)
            paths[name] = path
            if progress is not None:
                progress(name)
    return paths
