"""Logs as they should not be, on Spark: the same result as on DuckDB, or what cannot be read is said."""

from __future__ import annotations

import duckdb
import pytest

from ..harness.engine_tables import all_differences
from ..harness.spark_session import SparkProject
from ..sketches.test_bad_input import AS_OF, TABLES
from .test_engine_inputs import (
    LIKE,
    MONITORS,
    NEW,
    WORDS,
    in_one_tongue,
    what_cannot_be_read_is_said,
)

pytestmark = pytest.mark.apart

# What is quoted of DuckDB besides, and what Spark says for it. Java writes a double with a digit too many
# now and then.
QUOTED = (
    ('"shop"."logs"."no_table"', "logs.`no_table`"),
    ('"shop"."logs"."none"', "logs.`none`"),
    ("-1.2216013989242662e+18", "-1.22160139892426624e+18"),
    ("1.2396157974337485e+18", "1.23961579743374848e+18"),
)


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
    """The tables of either, beside each other."""
    tables = {**{name: TABLES[name] for name in LIKE}, **NEW}
    folder = tmp_path_factory.mktemp("odd") / "shop"
    project = SparkProject(folder, MONITORS, tables)
    built = project.build(AS_OF, expect_success=False)
    assert built.success, dict(built.failures) or built.error
    done = project.built_on_spark(AS_OF)
    assert done.returncode == 0, done.stdout[-3000:]
    connection, names, found = project.beside()
    in_one_tongue(connection, QUOTED)
    return connection, names & found


def test_every_table_is_the_same(both: tuple[duckdb.DuckDBPyConnection, set[str]]) -> None:
    connection, names = both
    assert all_differences(connection, names, WORDS) == []


def test_what_cannot_be_read_is_said(both: tuple[duckdb.DuckDBPyConnection, set[str]]) -> None:
    what_cannot_be_read_is_said(both[0])
