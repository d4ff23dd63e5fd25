"""Logs as they should not be, on Spark: the same result as on DuckDB, or what cannot be read is said."""

from __future__ import annotations

import duckdb
import pytest

from .engine_tables import attach_duckdb, attach_spark, differences
from .spark_session import SparkProject
from .test_bad_input import AS_OF, TABLES
from .test_engine_inputs import LIKE, MONITORS, NEW, WORDS, in_one_tongue
from .test_engines import NUMBERED

pytestmark = pytest.mark.apart

# What is quoted of DuckDB, and what Spark says for it. Java writes a double with a digit too many
# now and then.
QUOTED = (
    (
        "Scalar Function with name no_such_function does not exist!",
        "[UNRESOLVED_ROUTINE] Cannot resolve function `no_such_function` on search path "
        "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`].",
    ),
    ('syntax error at or near ")"', "syntax error at or near +"),
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
    project = SparkProject(tmp_path_factory.mktemp("odd") / "shop", MONITORS, tables)
    built = project.build(AS_OF, expect_success=False)
    assert built.success, dict(built.failures) or built.error
    done = project.built_on_spark(AS_OF)
    assert done.returncode == 0, done.stdout[-3000:]
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    names = attach_duckdb(connection, project.file, project.schema)
    found = attach_spark(connection, project.tables)
    in_one_tongue(connection, QUOTED)
    return connection, names & found


def test_every_table_is_the_same(both: tuple[duckdb.DuckDBPyConnection, set[str]]) -> None:
    connection, names = both
    apart = [
        text
        for name in sorted(names)
        if name.removeprefix("int_monitor__") not in NUMBERED
        for text in differences(connection, name, WORDS)
    ]
    assert apart == []


def test_what_cannot_be_read_is_said(both: tuple[duckdb.DuckDBPyConnection, set[str]]) -> None:
    connection, _ = both
    for schema in ("one", "other"):
        said = dict(
            connection.execute(
                f"select monitor, problems from {schema}.int_monitor__logs "
                "where problems is not null"
            ).fetchall()
        )
        assert set(said) >= {"bad_sql", "bad_where", "no_table", "no_columns"}, said
        assert "no column versoin (nearest: version)" in said["bad_sql"]
        assert "no_such_function" in said["bad_sql"]
        assert "subject unparsed" in said["bad_sql"]
        assert "no column no_such_column" in said["bad_where"]
