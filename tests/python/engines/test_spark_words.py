"""What Spark says and is told, without a Spark."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from model_monitor.errors import LockedError
from model_monitor.warehouse import spark
from model_monitor.warehouse.sql_errors import as_lock, is_missing, literal

MISSING = (
    "[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`b` cannot be found. Verify the spelling.; "
    "line 1 pos 14;\n'Project [*]\n+- 'UnresolvedRelation [a, b], [], false\n"
)
JAVA = (
    "Job aborted due to stage failure: Task 0 in stage 2.0 failed 1 times\n"
    "\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2898)\n"
)


def test_an_error_is_its_words_without_plan_and_stack() -> None:
    assert spark.readable(MISSING).endswith("Verify the spelling.; line 1 pos 14")
    assert spark.readable(JAVA).endswith("failed 1 times")
    assert spark.readable("column a; or b\nelse") == "column a; or b\nelse"
    assert is_missing(MISSING)


def test_a_catalogue_that_is_open_elsewhere_is_a_lock() -> None:
    said = as_lock("ERROR XSDB6: Another instance of Derby may have already booted the database")
    assert isinstance(said, LockedError)
    assert "Another process" in str(said)


@pytest.mark.parametrize(
    ("text", "plain", "escaped"),
    [("it's", "'it''s'", r"'it\'s'"), (r"a\b", r"'a\b'", r"'a\\b'")],
)
def test_a_text_as_a_literal(text: str, plain: str, escaped: str) -> None:
    assert literal(text) == plain
    assert literal(text, escapes=True) == escaped


def test_exact_numbers_become_doubles() -> None:
    found = spark.frame([(1, Decimal(2), "a"), (2, None, "b")], ["n", "total", "name"])
    assert str(found["total"].dtype) == "float64"
    assert found["total"].tolist()[0] == 2.0
    assert str(found["n"].dtype) == "int64"
    assert found["name"].tolist() == ["a", "b"]


def test_a_file_of_the_demo_is_read_in_the_types_of_spark() -> None:
    query = spark.loaded(Path("/x/y.parquet"), {"a": "varchar", "b": "timestamp"})
    assert query == (
        "select cast(`a` as string) as `a`, cast(`b` as timestamp) as `b` "
        "from parquet.`file:///x/y.parquet`"
    )
