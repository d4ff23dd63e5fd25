"""What Spark says of expressions before they stand in a model: nothing of those that are fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ..harness.macro_harness import Macros
from ..harness.spark_session import QUICK_JAVA, Session, bare_project, environment, session

COLUMNS = {
    "x": "double",
    "n": "int",
    "c": "string",
    "v": "varchar(10)",
    "flag": "boolean",
    "day": "date",
    "at": "timestamp",
    "two words": "string",
    "nested": "struct<c:string>",
}
# Texts are texts, and become numbers only where somebody says so.
FINE = """
x * 2
upper(c)
c || 'x'
c || x
concat(x, c, n)
c = 'a'
c in ('a', 'b')
c = 'cast(c as int) + 1'
c between 'a' and 'b'
c > v
c is null or c like 'a%'
case when c = 'a' then 1 else 0 end
case c when 'a' then x end
coalesce(c, '')
coalesce(c, v, 'none')
if(flag, c, 'none')
nullif(c, '')
least(c, 'b')
length(c) + 1
length(c) > n
substring(c, 1, 2)
regexp_extract(c, '[0-9]+', 0)
split(c, ',')[0]
cast(substr(c, 2) as int)
cast(split(c, ',')[0] as double) + 1
get_json_object(c, '$.a') + 1
cast(c as double)
cast(C as int) + 1
cast(`c` as bigint) div 2
cast(c as decimal(10, 2)) > 0.5
cast(c as boolean)
cast(cast(c as string) as int)
cast(log.c as int)
double(c)
DOUBLE(C) * x
int(log.c) % 2
int(c) + cast(c as double)
decimal(c)
try_cast(c as double) > 1
nullif(cast(c as int), 0)
nvl2(cast(c as int), 1, 2)
case cast(c as int) when 1 then 2 when 3 then 4 end
case when cast(c as int) > 1 then cast(c as int) end
cast(c as int) between 1 and 3
cast(c as int) in (1, 2)
greatest(cast(c as int), 1)
try_add(cast(c as int), 1)
date_add(day, cast(c as int))
transform(array(c), part -> cast(part as int))
hour(c)
to_date(c) > day
datediff(day, at)
date_trunc('day', at)
at > '2026-01-01'
x > '5'
cast(c as int) -- how many
x -- is no c + 1
cast(nested.c as int)
cast(`two words` as int)
x + (select max(part + 1.5) from (select '5' as part) as inner_rows)
rank() over (partition by cast(c as int) order by cast(c as int))
lag(cast(c as int)) over (order by at)
count(distinct c)
count(*)
max(c)
sum(cast(c as int)) filter (where cast(c as int) > 1)
percentile_cont(0.5) within group (order by cast(c as double))
""".strip().splitlines()
UNPARSED = [
    "x +", "case when x then", "x between 1", "1 = = 2", "c || 'a", 'c || "a',
    "(x", "x)", "x; select 1", "x in (", "cast(x as)", "count(* from", "x y z", "x as double precision", "*/",
    "`x", "x, -- )",
]  # fmt: skip
# A number is asked for, and Spark would make one.
TEXTS = [
    "x + c", "c + 1", "-c", "C * x", "c > 5", "c > n", "5 < log.c", "c = 1.5", "c between 1 and 5", "abs(c)",
    "round(c, 1)", "sum(c)", "avg(c) - 1", "x = c", "c = true", "cast(c as int) + c",
    "case when c > 1 then 'a' end", "coalesce(c + 1, x)", "sum(c) over (partition by n)",
]  # fmt: skip


def rows(found: Sequence[Sequence[Any]]) -> SimpleNamespace:
    """What run_query of dbt returns, as far as our macros look at it."""
    return SimpleNamespace(columns=[SimpleNamespace(values=lambda: [row[0] for row in found])])


def query(expression: str) -> str:
    """As check_expressions asks, of an expression as the configuration is read."""
    end = "\n" if "--" in expression else ""
    return f"select ({expression}{end}) as v from log where 1 = 0"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    home = tmp_path_factory.mktemp("spark")
    with session(bare_project(home / "project"), environment(home, QUICK_JAVA)) as begun:
        listed = ", ".join(f"`{name}` {kind}" for name, kind in COLUMNS.items())
        begun.execute(
            [
                f"create table plain_log ({listed}) using parquet",
                # a view has casts of its own, which are nobody's mistake
                "create view log as select *, c + 1 as number from plain_log where c > 1",
            ]
        )
        yield begun


@pytest.fixture
def errors(spark: Session) -> Any:
    macros = Macros("spark", run_query=lambda sql: rows(spark.query(sql)))
    return lambda queries: macros.call("binding_errors", queries, COLUMNS)


@pytest.mark.apart
def test_nothing_is_said_of_what_is_fine(errors: Any) -> None:
    said = errors([query(expression) for expression in FINE])
    assert {text: error for text, error in zip(FINE, said, strict=True) if error is not None} == {}


@pytest.mark.apart
def test_what_cannot_be_parsed_is_said_and_raises_nothing(errors: Any) -> None:
    asked = [*UNPARSED, "x * 2", "absent"]
    said = dict(zip(asked, errors([query(expression) for expression in asked]), strict=True))
    assert said.pop("x * 2") is None
    assert said.pop("absent")["column"] == "absent"
    syntax = {"message": "syntax error", "column": None}
    assert {text: error for text, error in said.items() if error != syntax} == {}


@pytest.mark.apart
def test_a_text_where_a_number_is_asked_for_is_said(errors: Any) -> None:
    said = errors([query(expression) for expression in TEXTS])
    words = {"message": "types do not go together without a cast: c is text", "column": None}
    assert {text: error for text, error in zip(TEXTS, said, strict=True) if error != words} == {}
    (filtered,) = errors(
        ["select 1 as nothing from log where 1 = 0 and (cast(v as int) > n and v > 5)"]
    )
    assert filtered["message"].endswith("v is text")


def test_where_nobody_parses_every_text_is_taken_for_sound() -> None:
    """Some clusters refuse the function that does."""

    def answer(sql: str) -> SimpleNamespace:
        if "reflect(" in sql:
            return rows(
                [["== Physical Plan ==\norg.apache.spark.sql.AnalysisException: no reflect"]]
            )
        return rows([["== Physical Plan ==\nLocalTableScan <empty>, [v#1]"]])

    macros = Macros("spark", run_query=answer)
    assert macros.call("binding_errors", [query("x"), query("n")], COLUMNS) == [None, None]
