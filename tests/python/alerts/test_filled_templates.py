"""A value that fills a place of a template comes out of the query as it went in, on every engine."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import duckdb
import pytest

from model_monitor.warehouse.sql_errors import literal

from ..harness.evidence import Note
from ..harness.hostile_values import HOSTILE, PLACES, shown
from ..harness.macro_harness import ROOT, Macros
from ..harness.postgres_server import Server
from ..harness.spark_session import QUICK_JAVA, Session, environment, session

TEMPLATE = "select {one} as one, '{ -- }' as braces, {two} as two, {one} as again"
CASES = 600

pytestmark = pytest.mark.promise(1)


def values(seed: int) -> list[tuple[str, str]]:
    """Pairs of texts, put together from the hostile ones, places and any characters."""
    source = random.Random(seed)

    def character() -> str:
        code = source.choice((source.randrange(1, 128), source.randrange(1, 0x2FFFF)))
        return "x" if 0xD800 <= code < 0xE000 else chr(code)

    def text() -> str:
        pieces = [source.choice((*HOSTILE, *(f"{{{name}}}" for name in ("one", "two", *PLACES))))]
        pieces += [character() for _ in range(source.randrange(6))]
        source.shuffle(pieces)
        return "".join(pieces)

    exact = [(value, other) for value, other in zip(HOSTILE, reversed(HOSTILE), strict=True)]
    return [*exact, *((text(), text()) for _ in range(CASES - len(exact)))]


def queries(engine: str, pairs: Sequence[tuple[str, str]]) -> str:
    """One statement that fills the template for every pair."""
    macros = Macros(engine)
    # two columns of queries and not of values: as int_monitor__repro_query_parts has them
    places = {name: macros.render("quoted", f"parts.{name}") for name in ("one", "two")}
    filled = macros.call("filled", TEMPLATE, places)
    rows = ", ".join(
        f"({number}, {macros.render('text_literal', one)}, {macros.render('text_literal', two)})"
        for number, (one, two) in enumerate(pairs)
    )
    return f"select {filled} from (values {rows}) as parts (number, one, two) order by number"


def answer(one: str, two: str) -> tuple[str, ...]:
    return one, "{ -- }", two, one


def words(engine: str) -> str:
    """A query that gives each hostile text as a message has it."""
    macros = Macros(engine)
    rows = ", ".join(
        f"({number}, {macros.render('text_literal', value)})"
        for number, value in enumerate(HOSTILE)
    )
    spoken = macros.render("shown_text", "value")
    return f"select {spoken} from (values {rows}) as spoken (number, value) order by number"


SHOWN = [shown(value) for value in HOSTILE]


def test_a_growth_from_next_to_nothing_is_told_from_what_to_what() -> None:
    api = SimpleNamespace(Column=SimpleNamespace(translate_type=lambda _: "varchar"))
    grown = Macros("duckdb", api=api).render("shown_growth", "value", "usual")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {grown} from (values (1, 28, 100), (2, 150, 100), (3, 24629, 100), (4, 5, 0), "
            "(5, -3, 0.04)) as rows (number, value, usual) order by number"
        ).fetchall()
    assert [row[0] for row in found] == [
        "down 72%", "up 50%", "from 100 to 24629", None,
        "from 0.040 to -3.000",
    ]  # fmt: skip


def test_on_duckdb(evidence: Note) -> None:
    pairs = values(1)
    with duckdb.connect() as connection:
        assert [row[0] for row in connection.execute(words("duckdb")).fetchall()] == SHOWN
        found = [row[0] for row in connection.execute(queries("duckdb", pairs)).fetchall()]
        assert len(found) == CASES
        for query, pair in zip(found, pairs, strict=True):
            assert len(duckdb.extract_statements(query)) == 1
            assert connection.execute(query).fetchall() == [answer(*pair)], query
    evidence("pairs of hostile texts filled into a query on DuckDB, each one statement", CASES)


@pytest.mark.slow
def test_on_postgres(postgres: Server, evidence: Note) -> None:
    postgres.create("filled")
    connection = postgres.connect("filled")
    pairs = values(2)
    try:
        with connection.cursor() as cursor:
            cursor.execute(words("postgres"))
            assert [row[0] for row in cursor.fetchall()] == SHOWN
            cursor.execute(queries("postgres", pairs))
            found = [row[0] for row in cursor.fetchall()]
            assert len(found) == CASES
            for query, pair in zip(found, pairs, strict=True):
                cursor.execute(query)
                assert cursor.fetchall() == [answer(*pair)], query
    finally:
        connection.close()
    evidence("pairs of hostile texts filled into a query on Postgres", CASES)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with session(ROOT, environment(tmp_path_factory.mktemp("spark"), QUICK_JAVA)) as begun:
        yield begun


@pytest.mark.slow
def test_on_spark(spark: Session, evidence: Note) -> None:
    assert [row[0] for row in spark.query(words("spark"))] == SHOWN
    # each query takes Spark a while: all hostile texts in a few
    pairs = [("".join(HOSTILE[start::12]), "".join(HOSTILE[start::11])) for start in range(12)]
    found = [row[0] for row in spark.query(queries("spark", pairs))]
    assert len(found) == len(pairs)
    # one statement of them all, in brackets that none of them closes
    together = " union all ".join(
        f"select {number} as number, * from ({query}) as one_{number}"
        for number, query in enumerate(found)
    )
    answers = sorted(spark.query(together))
    assert [tuple(row[1:]) for row in answers] == [answer(*pair) for pair in pairs]
    evidence("hostile texts filled into queries on Spark", len(HOSTILE))
    # as Python writes them
    listed = ", ".join(literal(value, escapes=True) for value in HOSTILE)
    assert list(spark.query(f"select {listed}")[0]) == list(HOSTILE)
    # what read_only asks before it runs a query: in its grammar nothing else is one
    assert spark.query(f"describe query\n{together};")
    spark.execute(["create table kept (x int) using parquet"])
    written = "with one as (select 1 as x) insert into kept select * from one"
    with pytest.raises(AssertionError, match="PARSE_SYNTAX_ERROR"):  # it ends the session
        spark.query(f"describe query\n{written}")
