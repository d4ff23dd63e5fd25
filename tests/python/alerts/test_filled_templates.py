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
from ..harness.macro_harness import Macros
from ..harness.postgres_server import Server
from ..harness.spark_session import QUICK_JAVA, Session, bare_project, environment, session

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


@pytest.mark.parametrize(
    ("family", "metric", "baseline", "value", "normal", "shown_values"),
    [
        ("quality", "missing_rate", "history", 0.601, 0.004, ("60%", "0.4%")),
        ("labels", "mean_outcome", "history", 0.006, 0.014, ("0.6%", "1.4%")),
        ("labels", "mean_value", "history", 12.5, 250.0, ("12.500", "250")),
        ("metrics", "value", "seasonal", 0.18, 0.0, ("18%", "0.0%")),
        ("metrics", "value", "seasonal", 180.0, 2.0, ("180", "2.000")),
        ("volume", "row_count", "history", 1036.0, 3703.0, ("1036 rows", "3703 rows")),
        ("performance", "roc_auc", "history", 0.626, 0.942, ("0.626", "0.942")),
        ("calibration", "calibration_ratio", "history", 0.71, 1.0, ("0.71 × as predicted", "1.00 × as predicted")),
        ("proxies", "correlation", "history", 0.2, 0.8, ("0.200", "0.800")),
        ("proxies", "outcome_given_proxy", "history", 0.2, 0.8, ("20%", "80%")),
        ("freshness", "hours_behind", "cadence", 0.7, 1.5, ("42 minutes", "90 minutes")),
        ("freshness", "hours_behind", "cadence", 28.2, 2.4, ("28 hours", "2 hours")),
        ("freshness", "hours_behind", "none", 28.2, None, (None, None)),
        # another unit, another model, or a limit is not what is normal
        ("drift", "psi", "reference", 5.8, 0.01, (None, None)),
        ("tail", "p95_shift", "reference", 0.49, 0.0, (None, None)),
        ("performance", "roc_auc", "training", 0.626, 0.942, (None, None)),
        ("sla", "p95", "limit", 300.0, 200.0, (None, None)),
        ("estimates", "roc_auc_error", "history", 0.2, 0.1, (None, None)),
        ("quality", "missing_rate", "history", 0.601, None, (None, None)),
    ],
)  # fmt: skip
def test_a_value_and_its_normal_value_have_a_unit(
    family: str,
    metric: str,
    baseline: str,
    value: float,
    normal: float | None,
    shown_values: tuple[str | None, str | None],
) -> None:
    api = SimpleNamespace(Column=SimpleNamespace(translate_type=lambda _: "varchar"))
    macros = Macros("duckdb", api=api)
    shown_level = [
        macros.render("shown_level", f"{name}_value") for name in ("current", "baseline")
    ]
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {', '.join(shown_level)} from (select ? as family, ? as metric, ? as baseline, "
            "?::double as current_value, ?::double as baseline_value)",
            [family, metric, baseline, value, normal],
        ).fetchall()
    assert found == [shown_values]


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
    home = tmp_path_factory.mktemp("spark")
    with session(bare_project(home / "project"), environment(home, QUICK_JAVA)) as begun:
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
