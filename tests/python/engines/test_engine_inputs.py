"""Logs as they should not be, on Postgres: the same result as on DuckDB, or the same words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ..harness.engine_tables import all_differences
from ..harness.postgres_project import PostgresProject
from ..harness.postgres_server import Server
from ..harness.project_harness import Project
from ..sketches.test_bad_input import (
    AS_OF,
    FULL,
    KIND_RATES,
    LOG,
    ODD_COLUMNS,
    TABLES,
    every_kind_is_read,
    kind_columns,
    kind_features,
    monitor,
    variant,
)
from .test_engines import IGNORED

pytestmark = pytest.mark.slow

LIKE = (
    "healthy",
    "reference",
    "texts",
    "bad_times",
    "zoned",
    "zones",
    "dates",
    "no_columns",
    "empty",
)
NEW = {
    "numbers": variant(
        "cast(x as decimal(18, 4)) as x | cast(p as decimal(6, 4)) as p"
        " | cast(9007199254740993 + cast(substr(id, 2) as bigint) as bigint) as big"
        " | cast(x as float) as single | cast(sqrt(-1.0 * x * x) as double) as half"
        .replace("cast(sqrt(-1.0 * x * x) as double)", "case when x > 9 then 'nan'::double"
                 " when x < -9 then '-infinity'::double else x end")
    ),
    "odd_columns": variant(
        " | ".join(f'x + {index} as "{name}"' for index, name in enumerate(ODD_COLUMNS))
        + ' | region as "Region, Land"'
    ),
    "odd_labels": variant("region || '''s \"+\" (all)' as region | c || '\\x' as c"),
}  # fmt: skip
# What no engine can parse, and where a text stands for a number.
UNPARSED = ("case when x then", "x between 1", "1 = = 2", "select from where", "c || 'a")
TYPED = ("x + c", "c > 5", "abs(c)")
MONITORS = [
    *(
        monitor(name, **FULL)
        for name in ("healthy", "texts", "bad_times", "zoned", "zones", "dates")
    ),
    *(monitor(name, **FULL) for name in ("no_columns", "empty", "no_table", "odd_labels")),
    monitor(
        "numbers",
        plugins={"distance": {"macro": "model_monitor.hellinger_distance", "threshold": 0.3}},
        features={"x": {}, "big": {}, "single": {}, "half": {}},
        metrics={"total": {"numerator": "big"}, "share": {"numerator": "x > 0"}},
        reference={"from": "2026-01-01", "to": "2026-01-08"},
    ),
    monitor(
        "odd_columns",
        features=ODD_COLUMNS,
        slices=["Region, Land"],
        reference={"from": "2026-01-01", "to": "2026-01-08"},
    ),
    monitor(
        "bad_sql",
        "healthy",
        features={
            **FULL["features"],
            "absent": {"sql": "versoin || 'a'"},
            "unknown": {"sql": "no_such_function(x)"},
            "unparsed": {"sql": "x +"},
            "double_x": {"sql": "x * 2"},
        },
        metrics={
            "broken": {"numerator": "no_such_column > 1"},
            "bare": {"numerator": "also_none"},
            "sound": {"numerator": "x > 0"},
        },
    ),
    monitor(
        "failing",
        "healthy",
        predictions={"where": "cast(case when id = 'p700' then c else '1' end as integer) = 1"},
        features={
            "fails": {"sql": "cast(case when x > 5 then c else '1.5' end as decimal(10, 2))"},
            # what stands twice is computed once, and fails all the same
            "twice": {
                "sql": "case when cast(case when x > 5 then c else '2' end as integer) > 1"
                " then cast(case when x > 5 then c else '2' end as integer) end"
            },
            # a name that is a column's here and another's in the query within
            "within": {"sql": "x + (select max(p) from (select 2.0 as p) as inner_rows)"},
            "region_fails": {
                "sql": "cast(cast(case when flag then '7' else region end as integer) as varchar(20))",
                "type": "categorical",
            },
        },
        metrics={"ratio": {"numerator": "cast(case when flag then c else '3' end as integer)"}},
    ),
    monitor("bad_where", "healthy", predictions={"where": "no_such_column = 1"}),
    monitor(
        "unread",
        "healthy",
        features={
            **{f"unparsed_{number}": {"sql": sql} for number, sql in enumerate(UNPARSED)},
            **{f"typed_{number}": {"sql": sql} for number, sql in enumerate(TYPED)},
            "double_x": {"sql": "x * 2 -- and no more"},
            "of_text": {"sql": "length(c || region) + cast(substr(id, 2) as integer)"},
            "is_a": {"sql": "c = 'a' or c in ('b', 'd')", "type": "boolean"},
        },
        metrics={
            "unparsed": {"numerator": "case when x then", "where": "x between 1"},
            "typed": {"numerator": "c + 1", "where": "c > 1"},
            "sound": {"numerator": "c > 'a'"},
        },
    ),
    monitor("unparsed_where", "healthy", predictions={"where": "x between 1"}),
    monitor("typed_where", "healthy", predictions={"where": "c > 1"}),
]
# Aggregates that fail on a row, on what is made of them, and where a filter keeps them from it; Spark,
# whose casts give null, leaves the row out instead of the group.
ODD_ROW = "cast(case when x > 9.5 then c else '2' end as integer)"
GROUPED = monitor(
    "grouped",
    logs={
        "batches": {
            "from": "predictions",
            "per": "batch",
            "subjects": {
                "size": {"sql": "count(*)"},
                "spread": {"sql": "max(x) - min(x)"},
                "of_a_row": {"sql": f"1 + sum({ODD_ROW})"},
                "of_the_whole": {
                    "sql": "cast(case when max(x) > 9.5 then max(c) else '7' end as integer) + batch"
                },
                "filtered": {"sql": f"sum({ODD_ROW}) filter (where x < 9)"},
                "middle": {"sql": "percentile_disc(0.5) within group (order by x)"},
                "first": {"sql": "min(c || region)", "type": "categorical"},
            },
        }
    },
)
GROUPS = "cast(substr(id, 2) as integer) // 6 as batch"
# what each engine says of an expression in words of its own
WORDS = IGNORED | {"problems", "not_evaluated"}
# and what its messages quote besides, in the words of either
QUOTED = (('"shop"."logs"', '"odd"."logs"'),)


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
    """The tables of either, beside each other."""
    before = Path.cwd()
    tables = {**{name: TABLES[name] for name in LIKE}, **NEW, "grouped": variant(GROUPS)}
    monitors = [*MONITORS, GROUPED]
    one = Project(tmp_path_factory.mktemp("one"), monitors, tables)
    built = one.build(AS_OF, expect_success=False)
    assert built.success, dict(built.failures) or built.error
    other = PostgresProject(tmp_path_factory.mktemp("other"), postgres, "odd", monitors, tables)
    built = other.build(AS_OF, expect_success=False)
    os.chdir(before)
    assert built.success, dict(built.failures) or built.error
    connection, names = other.beside(one)
    in_one_tongue(connection)
    return connection, names


def in_one_tongue(
    connection: duckdb.DuckDBPyConnection, quoted: Sequence[tuple[str, str]] = QUOTED
) -> None:
    """The messages of DuckDB's tables with what they quote in the words of the other."""
    columns = connection.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'one' and data_type = 'VARCHAR' and column_name not like '%_sql'"
    ).fetchall()

    def put(pairs: Sequence[tuple[str, str]]) -> None:
        words = [word for pair in pairs for word in pair]
        for table, column in columns:
            said = f'"{column}"'
            for _ in pairs:
                said = f"replace({said}, ?, ?)"
            connection.execute(
                f'update one."{table}" set "{column}" = {said} where "{column}" <> {said}',
                [*words, *words],
            )

    put(quoted)
    put(said_of_the_same(connection))


def said_of_the_same(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """What DuckDB says of a place in the configuration, and what the other one does."""
    both = connection.execute(
        "select one.problems, other.problems from one.int_monitor__logs as one "
        "inner join other.int_monitor__logs as other using (monitor, log) "
        "where one.problems <> other.problems"
    ).fetchall()
    pairs = {
        pair
        for mine, theirs in both
        for pair in zip(mine.split("; "), theirs.split("; "), strict=True)
        if pair[0] != pair[1]
    }
    # what is said of the reference holds what is said of the log
    return sorted(pairs, key=lambda pair: (-len(pair[0]), pair))


def test_every_table_is_the_same(both: tuple[duckdb.DuckDBPyConnection, set[str]]) -> None:
    connection, names = both
    assert all_differences(connection, names, WORDS) == []


def what_cannot_be_read_is_said(connection: duckdb.DuckDBPyConnection) -> None:
    """By both engines, with the name that is not there."""
    for schema in ("one", "other"):
        said = dict(
            connection.execute(
                f"select monitor, problems from {schema}.int_monitor__logs "
                "where problems is not null"
            ).fetchall()
        )
        assert set(said) >= {"bad_sql", "bad_where", "no_table", "no_columns"}, said
        assert "healthy" not in said
        assert "no column versoin (nearest: version)" in said["bad_sql"]
        assert "no_such_function" in said["bad_sql"]
        assert "subject unparsed" in said["bad_sql"]
        assert "no column no_such_column" in said["bad_where"]
        places = [f"subject unparsed_{number}" for number, _ in enumerate(UNPARSED)]
        places += [f"subject typed_{number}" for number, _ in enumerate(TYPED)]
        for metric in ("unparsed", "typed"):
            places += [f"metric {metric} numerator", f"metric {metric} where"]
        found = [place for place, *_ in (text.split(": ") for text in said["unread"].split("; "))]
        assert [place for place in found if place != "reference"] == places, said["unread"]
        for name in ("unparsed_where", "typed_where"):
            assert said[name].startswith("where: ")


def test_what_cannot_be_read_is_said(both: tuple[duckdb.DuckDBPyConnection, set[str]]) -> None:
    what_cannot_be_read_is_said(both[0])


def test_an_expression_that_fails_on_a_row_is_null_there(
    both: tuple[duckdb.DuckDBPyConnection, set[str]],
) -> None:
    """It stops neither its monitor nor the others, and of the rows where it does not fail all is counted."""
    connection, _ = both
    (expected,) = connection.execute(f"select avg(cast(x > 5 as integer)) from ({LOG})").fetchall()
    for schema in ("one", "other"):
        rates = dict(
            connection.execute(
                f"select subject, sum(missing_rate * row_count) / sum(row_count) "
                f"from {schema}.monitor_profiles where monitor = 'failing' and window_name = 'day' "
                "and slice_name = '(all)' and model_version = '(all)' group by subject"
            ).fetchall()
        )
        assert rates["fails"] == pytest.approx(expected[0], abs=0.02)
        assert rates["twice"] == rates["fails"]
        assert rates["within"] == 0
        assert rates["region_fails"] == pytest.approx(0.5, abs=0.02)
        values = connection.execute(
            f"select min(value), max(value), count(*) from {schema}.monitor_metrics "
            "where monitor = 'failing' and metric = 'ratio' and slice_name = '(all)'"
        ).fetchone()
        assert values is not None
        assert values[:2] == (3, 3)
        assert values[2] > 20
        said = connection.execute(
            f"select evaluation, problems from {schema}.int_monitor__evaluations "
            "where monitor = 'failing'"
        ).fetchone()
        assert said == ("evaluated", None)
        # of which a filter says nothing is no row of the log
        counts = dict(
            connection.execute(
                f"select monitor, sum(row_count) from {schema}.monitor_profiles "
                "where monitor in ('healthy', 'failing') and subject = 'p' and slice_name = '(all)' "
                "and window_name = 'day' and model_version = '(all)' group by monitor"
            ).fetchall()
        )
        assert counts["failing"] == counts["healthy"] - 1


def test_a_name_in_other_letters_is_another_column(
    tmp_path: Path, postgres: Server, here: Path
) -> None:
    """Where names in quotes are exact, "X" is no "x": said, and no monitor is stopped by it."""
    tables = {
        "sound": LOG,
        "capitals": f'select * exclude (x), x as "X" from ({LOG}) as log',
        "reference": TABLES["reference"],
    }
    monitors = [monitor(name, slices=["region"]) for name in ("sound", "capitals")]
    project = PostgresProject(tmp_path, postgres, "capitals", monitors, tables)
    built = project.build(AS_OF, expect_success=False)
    assert built.success, dict(built.failures) or built.error
    connection = postgres.connect("capitals")
    with connection.cursor() as cursor:
        cursor.execute(
            f"select monitor, evaluation, problems from {project.schema}.int_monitor__evaluations"
            " order by monitor"
        )
        (capitals, sound) = cursor.fetchall()
    connection.close()
    assert sound == ("sound", "evaluated", None)
    assert capitals == ("capitals", "partly_evaluated", "no column x (nearest: X)")


# Postgres's own types: whether they are numbers.
KINDS = {
    "json": ("json_build_object('a', x)", "invalid"),
    "jsonb": ("jsonb_build_object('a', x)", "invalid"),
    "list": ("array[x, x]", "invalid"),
    "uuid": ("gen_random_uuid()", "invalid"),
    "mood": ("cast(c as logs.mood)", "invalid"),
    "pair": ("cast(row(x, c) as logs.pair)", "invalid"),
    "bytea": ("cast(c as bytea)", "invalid"),
    "interval": ("x * interval '1 day'", "invalid"),
    "time": ("cast(happened_at as time)", "invalid"),
    "point": ("point(x, x)", "invalid"),
    "range": ("numrange(0, cast(abs(x) as numeric))", "invalid"),
    "search": ("to_tsvector(c)", "invalid"),
    "numeric": ("cast(x as numeric(30, 10))", "valid"),
    "smallint": ("cast(x as smallint)", "valid"),
    "real": ("cast(x as real)", "valid"),
}
PARTS_OF_KINDS = {
    "of_json": "cast(of_kind_json ->> 'a' as double precision)",
    "of_jsonb": "cast(of_kind_jsonb ->> 'a' as double precision)",
    "of_list": "of_kind_list[2]",
    "of_pair": "(of_kind_pair).x",
}


def test_every_type_of_postgres_is_read(tmp_path: Path, postgres: Server, here: Path) -> None:
    kinds = monitor(
        "kinds",
        features=kind_features(KINDS, PARTS_OF_KINDS),
        slices=["of_kind_json"],
        metrics={f"per_{kind}": {"numerator": 1, "per": f"of_kind_{kind}"} for kind in KINDS},
        reference={"from": "2026-01-01", "to": "2026-01-08"},
    )
    project = PostgresProject(tmp_path, postgres, "kinds", [kinds], {"kinds": LOG})
    project.send_all()
    connection = postgres.connect("kinds")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "create type logs.mood as enum ('a', 'b', 'c');"
            "create type logs.pair as (x double precision, c text);"
            "alter table logs.kinds rename to raw_kinds;"
            f"create table logs.kinds as select *, {', '.join(kind_columns(KINDS))}"
            " from logs.raw_kinds"
        )
    built = Project.build(project, AS_OF, expect_success=False)  # of what is there, sent before
    assert built.success, dict(built.failures) or built.error
    with connection.cursor() as cursor:
        cursor.execute(KIND_RATES.format(profiles=f"{project.schema}.monitor_profiles"))
        rates = pd.DataFrame(cursor.fetchall(), columns=[name for name, *_ in cursor.description])
        cursor.execute(f"select problems from {project.schema}.int_monitor__logs")
        assert cursor.fetchall() == [(None,)]
        cursor.execute(
            f"select metric, sum(row_count) from {project.schema}.monitor_metrics"
            " where window_name = 'day' and slice_name = '(all)' and model_version = '(all)'"
            " group by metric"
        )
        clusters = dict(cursor.fetchall())
        for kind in KINDS:  # each once per day and version, of the days that are complete
            cursor.execute(
                f"select count(distinct (happened_at::date, version, of_kind_{kind}::text))"
                " from logs.kinds where happened_at < '2026-01-31'"
            )
            assert cursor.fetchall() == [(clusters[f"per_{kind}"],)], kind
    connection.close()
    every_kind_is_read(rates, KINDS, PARTS_OF_KINDS)


def test_an_aggregate_that_fails_on_a_row_is_null_for_its_group(
    both: tuple[duckdb.DuckDBPyConnection, set[str]],
) -> None:
    connection, _ = both
    (expected,) = connection.execute(
        f"select avg(cast(odd as integer)) from (select bool_or(x > 9.5) as odd from ({LOG}) as log "
        "group by cast(substr(id, 2) as integer) // 6, cast(happened_at as date)) as groups"
    ).fetchall()
    assert expected[0] > 0.05
    for schema in ("one", "other"):
        rates = dict(
            connection.execute(
                f"select subject, sum(missing_rate * row_count) / sum(row_count) "
                f"from {schema}.monitor_profiles where monitor = 'grouped' and log = 'batches' "
                "and window_name = 'day' and slice_name = '(all)' and model_version = '(all)' "
                "group by subject"
            ).fetchall()
        )
        for subject in ("of_a_row", "of_the_whole"):
            assert rates[subject] == pytest.approx(expected[0], abs=0.02)
        for subject in ("size", "spread", "filtered", "middle", "first"):
            assert rates[subject] == 0
        said = connection.execute(
            f"select distinct evaluation, problems from {schema}.int_monitor__evaluations "
            "where monitor = 'grouped'"
        ).fetchall()
        assert said == [("evaluated", None)]
