"""What a log should not be: a clear error or a right result, and the other monitors complete.

One project of many monitors, each with one thing wrong, and one healthy monitor among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml

from model_monitor.doctor.report import examine
from model_monitor.findings.evaluations import describe
from model_monitor.findings.tables import findings
from model_monitor.output import Output
from model_monitor.warehouse.project import Project as Command
from model_monitor.warehouse.project import Settings

from ..harness.project_harness import Project, Result, assert_same

AS_OF = "2026-02-01 06:00:00"
DAYS = 31
ROWS = 40 * DAYS

# every monitor reads a variant of this log
LOG = f"""
select
    'p' || i as id,
    timestamp '2026-01-01' + interval (i * {DAYS} * 86400 // {ROWS}) second as happened_at,
    timestamp '2026-01-01' + interval (i * {DAYS} * 86400 // {ROWS} + 300) second as loaded_at,
    ['v1', 'v2'][1 + i % 2] as version,
    (i * 37 % 101) / 100.0 as p,
    round(sin(i) * 10, 2) as x,
    ['a', 'b', 'c'][1 + i % 3] as c,
    i % 2 = 0 as flag,
    ['north', 'south'][1 + i % 5 // 3] as region
from range({ROWS}) as rows (i)
"""
REFERENCE = LOG.replace("sin(i)", "sin(i + 0.5)")


def variant(columns: str, condition: str = "true") -> str:
    """The log with columns replaced or added ('-name' leaves one out)."""
    dropped = [name[1:] for name in columns.split(", ") if name.startswith("-")]
    added = [column for column in columns.split(" | ") if column and not column.startswith("-")]
    replaced = [column.rsplit(" as ", 1)[1].strip('"') for column in added]
    known = ("id", "happened_at", "loaded_at", "version", "p", "x", "c", "flag", "region")
    without = [name for name in (*dropped, *replaced) if name in known]
    star = f"* exclude ({', '.join(without)})" if without else "*"
    return f"select {', '.join([star, *added])} from ({LOG}) as log where {condition}"


def monitor(name: str, table: str | None = None, **settings: Any) -> dict[str, Any]:
    predictions = {
        "source": ["logs", table or name],
        "time": "happened_at",
        "loaded_at": "loaded_at",
        "version": "version",
        "id": "id",
        **settings.pop("predictions", {}),
    }
    return {
        "name": name,
        "problem": "binary",
        "predictions": {key: value for key, value in predictions.items() if value},
        "scores": {"p": {}},
        "features": {"x": {}},
        "reference": {"source": ["logs", "reference"]},
        "windows": ["day"],
        "limits": {"min_rows": 5, "min_cell": 2},
        **settings,
    }


# More than the one feature that most of these need.
FULL: dict[str, Any] = {
    "features": {"x": {}, "c": {"type": "categorical"}, "flag": {"type": "boolean"}},
    "slices": ["region"],
}


ODD_VALUES = [
    "(all)", "(other)", "(missing)", "it's", 'say "x"', "a;b", "{{ x }}", "{% y %}", "😀", " ", "",
    "line\nbreak", "-- no", "a+b", "null", "\\", "%", "$1", "?", "a'; drop table logs.healthy; --",
]  # fmt: skip
ODD_LIST = "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in ODD_VALUES) + "]"
ODD_VALUE = f"{ODD_LIST}[1 + cast(substr(id, 2) as integer) // 2 % {len(ODD_VALUES)}]"
ODD_COLUMNS = ["two words", "UPPER", "select", "at", "ünï😀", "a.b", "a-b", "50%", "a:b", "a/b?"]

# Types that a warehouse has besides: what is made of each as a number, and as a category.
KINDS = {
    "json": ("json('{\"a\": ' || cast(x as varchar) || '}')", "invalid"),
    "struct": ("{'a': x, 'b': c}", "invalid"),
    "map": ("map(['a'], [x])", "invalid"),
    "list": ("[x, x]", "invalid"),
    "array": ("array_value(x, x, x)", "invalid"),
    "union": ("union_value(k := x)", "invalid"),
    "uuid": ("uuid()", "invalid"),
    "enum": ("c::enum('a', 'b', 'c')", "invalid"),
    "blob": ("c::blob", "invalid"),
    "interval": ("to_days(cast(x as integer))", "invalid"),
    "time": ("happened_at::time", "invalid"),
    "date": ("happened_at::date", "invalid"),
    "timestamp_ns": ("happened_at::timestamp_ns", "invalid"),
    "timestamptz": ("happened_at::timestamptz", "invalid"),
    "hugeint": ("cast(x as hugeint)", "valid"),
    "uhugeint": ("cast(abs(x) as uhugeint)", "valid"),
    "bignum": ("cast(cast(x as integer) as bignum)", "valid"),
    "utinyint": ("cast(abs(x) as utinyint)", "valid"),
}
PARTS_OF_KINDS = {
    "of_json": "cast(json_extract_string(of_kind_json, '$.a') as double)",
    "of_struct": "of_kind_struct.a",
    "of_map": "of_kind_map['a']",
    "of_list": "of_kind_list[2]",
}


def kind_columns(kinds: Mapping[str, tuple[str, str]]) -> list[str]:
    return [f"{sql} as of_kind_{name}" for name, (sql, _) in kinds.items()]


def kind_features(
    kinds: Mapping[str, tuple[str, str]], parts: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Each kind as a number and as a category, the parts of some, and x to hold these to."""
    return {
        **{f"number_{name}": {"column": f"of_kind_{name}"} for name in kinds},
        **{f"text_{name}": {"column": f"of_kind_{name}", "type": "categorical"} for name in kinds},
        **{name: {"sql": sql} for name, sql in parts.items()},
        "x": {},
    }


# The averages of each subject over the days of the whole.
KIND_RATES = (
    "select subject, avg(missing_rate) as missing, avg(invalid_rate) as invalid, avg(mean) as mean "
    "from {profiles} where monitor = 'kinds' and window_name = 'day' "
    "and slice_name = '(all)' and model_version = '(all)' group by subject"
)


def every_kind_is_read(
    rates: pd.DataFrame, kinds: Mapping[str, tuple[str, str]], parts: Mapping[str, str]
) -> None:
    """As a number if it is one, as a category by what is written of it, and any part of it by SQL."""
    rates = rates.set_index("subject")
    assert (rates["missing"] == 0).all()
    for name, (_, kind) in kinds.items():
        assert rates["invalid"][f"number_{name}"] == (kind == "invalid"), name
        assert rates["invalid"][f"text_{name}"] == 0, name
    for name in parts:
        assert rates["mean"][name] == pytest.approx(rates["mean"]["x"], abs=1e-5), name


TABLES: dict[str, str] = {
    "healthy": LOG,
    "kinds": variant(" | ".join(kind_columns(KINDS))),
    "reference": REFERENCE,
    "empty": variant("", "false"),
    "one_row": variant("", "id = 'p700'"),
    "all_null": variant("null as p | null as x | null as c | null as flag | null as region"),
    "wrong_types": variant(
        "'high' as p | [1, 2] as x | {'a': 1} as c | happened_at as flag | 5 as region"
    ),
    "texts": variant(
        "cast(happened_at as varchar) as happened_at | cast(loaded_at as varchar) as loaded_at"
        " | case when x > 5 then 'n/a' else cast(x as varchar) end as x"
        " | cast(p as varchar) as p | cast(flag as varchar) as flag"
    ),
    "bad_times": variant(
        "case when id like '%7' then 'yesterday' else cast(happened_at as varchar) end as happened_at"
    ),
    "zoned": variant(
        "timezone('UTC', happened_at) as happened_at | timezone('UTC', loaded_at) as loaded_at"
    ),
    "zones": variant(
        "case cast(substr(id, 2) as integer) % 5"
        " when 0 then cast(happened_at + interval 2 hours as varchar) || '+02:00'"
        " when 1 then strftime(happened_at - interval 330 minutes, '%Y-%m-%dT%H:%M:%S.%f') || '-0530'"
        " when 2 then cast(happened_at - interval 11 hours as varchar) || ' -11'"
        " when 3 then cast(happened_at + interval 1 hour as varchar) || ' Europe/Berlin'"
        " else strftime(happened_at, '%Y-%m-%dT%H:%M:%SZ') end as happened_at"
        " | cast(loaded_at + interval 9 hours as varchar) || '+09' as loaded_at"
    ),
    "epochs": variant("epoch_ms(happened_at) as happened_at"),
    "dates": variant("cast(happened_at as date) as happened_at"),
    "no_columns": variant("-version, -x, -c, -region"),
    "no_time": variant("-happened_at"),
    "no_loaded_at": variant("-loaded_at"),
    "future": f"""
        {LOG} union all by name select 'f1' as id, timestamp '2026-03-05' as happened_at,
            timestamp '2026-01-20 10:00' as loaded_at, 'v1' as version, 0.5 as p, 1.0 as x, 'a' as c,
            true as flag, 'north' as region
        union all by name select 'f2' as id, timestamp '9999-12-31' as happened_at,
            timestamp '2026-01-21' as loaded_at, 'v1' as version, 0.5 as p, 1.0 as x, 'a' as c,
            true as flag, 'north' as region
        union all by name select 'f3' as id, timestamp '2026-01-10' as happened_at,
            timestamp '2031-01-01' as loaded_at, 'v1' as version, 0.5 as p, 1.0 as x, 'a' as c,
            true as flag, 'north' as region
        union all by name select 'f4' as id, timestamp '1970-01-01' as happened_at,
            timestamp '2026-01-20' as loaded_at, 'v1' as version, 0.5 as p, 1.0 as x, 'a' as c,
            true as flag, 'north' as region
        union all by name select 'f5' as id, timestamp 'infinity' as happened_at,
            timestamp '2026-01-20' as loaded_at, 'v1' as version, 0.5 as p, 1.0 as x, 'a' as c,
            true as flag, 'north' as region
        union all by name select 'f6' as id, null as happened_at,
            timestamp '2026-01-20' as loaded_at, 'v1' as version, 0.5 as p, 1.0 as x, 'a' as c,
            true as flag, 'north' as region
    """,
    "text_scores": variant(
        "case when id like '%7' then 'n/a' else cast(p as varchar) end as p | id[:3] as request"
    ),
    "word_scores": variant("'high' as p | id[:3] as request"),
    "twins": f"select * from ({LOG}) union all select * from ({LOG})",
    "odd_values": variant(f"{ODD_VALUE} as c | {ODD_VALUE} as region"),
    "odd_versions": variant(
        "['(all)', '(missing)', null, 'v''1; {{ x }} 😀'][1 + cast(substr(id, 2) as integer) % 4] as version"
    ),
    "odd columns 😀": variant(
        " | ".join(f'x + {number} as "{name}"' for number, name in enumerate(ODD_COLUMNS))
        + ' | region as "Region, Land"'
    ),
    "crowd": variant("'r' || id as region | 'c' || id as c"),
    "empty_reference": f"select * from ({REFERENCE}) where false",
    "narrow_reference": f"select p, c from ({REFERENCE})",
    "null_reference": f"select null as p, null as x, null as c, null as flag, null as region from ({LOG})",
    "one_row_reference": f"select * from ({REFERENCE}) limit 1",
}
MONITORS = [
    monitor("no_table"),
    monitor("empty"),
    monitor("one_row"),
    monitor("all_null", **FULL),
    monitor("wrong_types", **FULL),
    monitor("texts", features={"x": {}, "flag": {"type": "boolean"}}),
    monitor("bad_times"),
    monitor("zoned"),
    monitor("zones"),
    monitor("epochs"),
    monitor("dates"),
    monitor("healthy", **FULL),
    monitor(
        "kinds",
        features=kind_features(KINDS, PARTS_OF_KINDS),
        reference={"from": "2026-01-01", "to": "2026-01-08"},
    ),
    monitor("no_columns", **FULL),
    monitor("no_time"),
    monitor("no_loaded_at"),
    monitor("future"),
    monitor("undated_future", "future", predictions={"loaded_at": None}),
    monitor("twins"),
    monitor("odd_values", **FULL),
    monitor("odd_versions"),
    monitor(
        "odd_columns",
        "odd columns 😀",
        features=ODD_COLUMNS,
        slices=["Region, Land"],
        reference={"from": "2026-01-01", "to": "2026-01-08"},
    ),
    monitor("crowd", features=["x"], slices=["region"]),
    monitor("no_reference", "healthy", reference={"source": ["logs", "no_such_reference"]}),
    monitor("empty_reference", "healthy", reference={"source": ["logs", "empty_reference"]}),
    monitor(
        "narrow_reference", "healthy", **FULL, reference={"source": ["logs", "narrow_reference"]}
    ),
    monitor("null_reference", "healthy", reference={"source": ["logs", "null_reference"]}),
    monitor("one_row_reference", "healthy", reference={"source": ["logs", "one_row_reference"]}),
    monitor("bad_where", "healthy", predictions={"where": "is_tset = false"}),
    monitor("typed_where", "healthy", predictions={"where": "c > 1"}),
    monitor(
        "bad_expressions",
        "healthy",
        features={
            **FULL["features"],
            "absent": {"sql": "versoin || 'a'"},
            "typed": {"sql": "c + 1"},
            "unknown": {"sql": "no_such_function(x)"},
            "unparsed": {"sql": "x +"},
            "failing": {"sql": "cast(case when x > 5 then 'n/a' else '1' end as integer)"},
            "double_x": {"sql": "x * 2"},
        },
        metrics={
            "broken": {"numerator": "no_such_column > 1"},
            "filtered": {"numerator": "x", "where": "c > 1"},
            "per_none": {"numerator": "x", "per": "no_such_entity"},
            "bare": {"numerator": "also_none"},
            "sound": {"numerator": "x > 0"},
        },
    ),
    monitor(
        "bad_requests",
        "healthy",
        logs={
            "per_version": {
                "from": "predictions",
                "per": "version",
                "subjects": {
                    "n": {"sql": "count(*)"},
                    "bad": {"sql": "sum(nothing_here)"},
                    "not_an_aggregate": {"sql": "x"},
                },
            },
            "per_nothing": {
                "from": "predictions",
                "per": "no_such_column",
                "subjects": {"n": {"sql": "count(*)"}},
            },
        },
    ),
    monitor(
        "text_scores", problem="ranking", predictions={"request": "request"}, slices=["region"]
    ),
    monitor("word_scores", problem="ranking", predictions={"request": "request"}),
    monitor(
        "bad_reference",
        "healthy",
        features={"x": {}, "both": {"sql": "x + cast(flag as integer)"}},
        reference={"source": ["logs", "narrow_reference"]},
    ),
    monitor(
        "bad_reference_where",
        "healthy",
        reference={"source": ["logs", "reference"], "where": "splt = 'train'"},
    ),
    monitor(
        "odd_reference", "healthy", reference={"from": "2027-01-01", "to": "2027-01-08"}
    ),  # days that have not come
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Result]:
    project = Project(tmp_path_factory.mktemp("bad"), MONITORS, TABLES)
    return project, project.build(AS_OF, expect_success=False)


@pytest.fixture(scope="module")
def project(built: tuple[Project, Result]) -> Project:
    return built[0]


def days(project: Project, name: str, condition: str = "true") -> pd.DataFrame:
    """The whole of each day: subject, bin, row_count."""
    return project.query(
        "select period_start, subject, bin, sum(row_count) as n from int_monitor__bins "
        f"where monitor = '{name}' and grain = 'day' and slice_name = '(all)' and log = 'predictions' "
        f"and {condition} group by all"
    )


def rows_of(project: Project, name: str, subject: str = "p", bins: str = "bin = -9") -> int:
    frame = days(project, name, f"subject = '{subject}' and {bins}")
    return int(frame["n"].sum())


def status(project: Project, name: str) -> str:
    (found,) = project.frame("int_monitor__logs", f"monitor = '{name}' and log = 'predictions'")[
        "status"
    ]
    return str(found)


def test_the_build_succeeds(built: tuple[Project, Result]) -> None:
    assert built[1].success, dict(built[1].failures) or built[1].error


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables = {name: TABLES[name] for name in ("healthy", "reference")}
    alone = Project(tmp_path_factory.mktemp("alone"), [monitor("healthy", **FULL)], tables)
    alone.build(AS_OF)
    return alone


def test_a_healthy_monitor_is_as_if_it_were_alone(project: Project, alone: Project) -> None:
    models = ["int_monitor__bins", "int_monitor__distances", *alone.results()]
    of_one = dict.fromkeys(models, "monitor = 'healthy'")
    assert_same(project.dump(models, of_one), alone.dump(models))
    assert rows_of(project, "healthy") == ROWS
    drift = project.frame("monitor_drift", "monitor = 'healthy' and subject = 'x'")
    assert "ok" in set(drift["status"])


def test_no_row_of_any_result_is_there_twice(project: Project) -> None:
    keys = {
        "int_monitor__bins": "monitor, log, role, arm, model_version, grain, period_time, slice_name,"
        " slice_value, subject, bin",
        "int_monitor__series": "series_id",
        "int_monitor__window_sums": "window_id, series_id, role, model_version, ruler_version",
        "int_monitor__window_bins": "window_id, series_id, role, model_version, ruler_version, bin",
        "monitor_profiles": "monitor, log, role, model_version, window_name, window_end, slice_name,"
        " slice_value, subject",
        "monitor_drift": "monitor, log, role, model_version, window_name, window_end, slice_name,"
        " slice_value, subject, baseline",
        "monitor_distributions": "monitor, log, role, model_version, window_name, window_end,"
        " slice_name, slice_value, subject, bin",
        "monitor_metrics": "monitor, log, role, model_version, window_name, window_end, slice_name,"
        " slice_value, metric",
    }
    for model, columns in keys.items():
        twice = project.query(
            f"select {columns}, count(*) from {model} group by all having count(*) > 1"
        )
        assert twice.empty, f"{model}\n{twice.head()}"


def test_a_table_that_is_not_there_is_an_empty_log_with_a_status(project: Project) -> None:
    assert status(project, "no_table") == "missing_table"
    assert rows_of(project, "no_table") == 0


def test_an_empty_log_has_no_rows_and_no_windows(project: Project) -> None:
    assert status(project, "empty") == "ok"
    assert rows_of(project, "empty") == 0
    assert project.frame("monitor_drift", "monitor = 'empty'").empty


def test_one_row_is_counted(project: Project) -> None:
    assert rows_of(project, "one_row") == 1
    drift = project.frame("monitor_drift", "monitor = 'one_row' and baseline = 'reference'")
    assert set(drift["status"]) <= {"insufficient_data", "missing"}


@pytest.mark.parametrize("subject", ["p", "x", "c", "flag", "region"])
def test_a_column_of_nulls_is_missing(project: Project, subject: str) -> None:
    assert rows_of(project, "all_null", subject, "bin = -1") == ROWS
    assert rows_of(project, "all_null", subject) == ROWS


def test_all_missing_has_a_status_of_its_own(project: Project) -> None:
    drift = project.frame("monitor_drift", "monitor = 'all_null' and subject = 'x'")
    assert set(drift["status"]) == {"missing"}
    profiles = project.frame("monitor_profiles", "monitor = 'all_null' and subject = 'x'")
    assert set(profiles["missing_rate"]) == {1.0}
    assert profiles["mean"].isna().all()


@pytest.mark.parametrize(
    ("subject", "bins"), [("p", -2), ("x", -2), ("c", -3), ("flag", -2), ("region", -3)]
)
def test_a_value_of_another_type_is_invalid_or_unseen(
    project: Project, subject: str, bins: int
) -> None:
    assert rows_of(project, "wrong_types", subject, f"bin = {bins}") == ROWS


def test_numbers_and_times_may_be_texts(project: Project) -> None:
    assert rows_of(project, "texts") == ROWS
    bad = project.query("select count(*) as n from logs.healthy where x > 5")["n"][0]
    assert rows_of(project, "texts", "x", "bin = -2") == bad
    for subject in ("p", "flag"):
        for period in (days(project, name, f"subject = '{subject}'") for name in ("texts",)):
            healthy = days(project, "healthy", f"subject = '{subject}'")
            both = period.merge(healthy, how="outer", indicator=True)
            assert set(both["_merge"]) == {"both"}


def test_a_time_that_is_none_leaves_its_row_out_and_no_other(project: Project) -> None:
    left = project.query("select count(*) as n from logs.healthy where id not like '%7'")["n"][0]
    assert rows_of(project, "bad_times") == left


def test_times_with_a_zone_are_the_same_instants(project: Project) -> None:
    healthy = days(project, "healthy", "subject in ('p', 'x')")
    for name in ("zoned", "zones"):
        zoned = days(project, name)
        assert set(zoned.merge(healthy, how="outer", indicator=True)["_merge"]) == {"both"}


def test_dates_are_midnights(project: Project) -> None:
    assert rows_of(project, "dates") == ROWS


def test_a_time_column_of_another_type_is_said(project: Project) -> None:
    """Numbers may be seconds or milliseconds: nobody knows, so it is not guessed and not silent."""
    assert rows_of(project, "epochs") in (0, ROWS)
    if not rows_of(project, "epochs"):
        assert status(project, "epochs") not in ("ok", "")


def test_columns_that_are_not_there_are_missing_with_a_status(project: Project) -> None:
    assert status(project, "no_columns") == "missing_columns"
    (absent,) = project.frame("int_monitor__logs", "monitor = 'no_columns'")["absent_columns"]
    assert set(absent.split(", ")) == {"version", "x", "c", "region"}
    assert rows_of(project, "no_columns") == ROWS
    assert rows_of(project, "no_columns", "flag", "bin >= 0") == ROWS
    assert rows_of(project, "no_columns", "x", "bin = -1") == ROWS
    drift = project.frame("monitor_drift", "monitor = 'no_columns' and subject = 'x'")
    assert set(drift["status"]) == {"missing"}


def test_a_log_without_its_time_column_is_empty_with_a_status(project: Project) -> None:
    assert status(project, "no_time") == "missing_columns"
    assert rows_of(project, "no_time") == 0


def test_a_log_without_its_loaded_at_says_so(project: Project) -> None:
    assert status(project, "no_loaded_at") == "missing_columns"
    assert rows_of(project, "no_loaded_at") in (0, ROWS)


@pytest.mark.parametrize("name", ["future", "undated_future"])
def test_a_clock_in_the_future_completes_nothing(project: Project, name: str) -> None:
    (row,) = project.frame("int_monitor__watermarks", f"monitor = '{name}'").itertuples()
    assert row.loaded_through <= pd.Timestamp(AS_OF)
    assert row.complete_through <= pd.Timestamp(AS_OF)
    windows = project.frame("monitor_drift", f"monitor = '{name}'")
    assert windows["window_end"].max() == pd.Timestamp("2026-01-31")
    # what is dated as it should be is counted as it should be
    normal = days(project, name, "period_start between '2026-01-01' and '2026-01-31'")
    healthy = days(project, "healthy", "subject in ('p', 'x')")
    both = normal.merge(healthy, on=["period_start", "subject", "bin"], how="outer")
    extra = both["n_x"].fillna(0) - both["n_y"].fillna(0)
    # without a loaded_at the row of the tenth is a row of the tenth; with one it has not arrived
    assert extra[both["bin"] == -9].sum() == (0 if name == "future" else 2)


def test_rows_that_are_there_twice_count_twice(project: Project) -> None:
    twins, healthy = days(project, "twins"), days(project, "healthy", "subject in ('p', 'x')")
    both = twins.merge(healthy, on=["period_start", "subject", "bin"], how="outer")
    assert (both["n_x"] == 2 * both["n_y"]).all()


def test_odd_values_are_values(project: Project) -> None:
    slices = project.query(
        "select slice_value, sum(row_count) as n from int_monitor__bins where monitor = 'odd_values' "
        "and slice_name = 'region' and subject = 'p' and bin = -9 and grain = 'day' group by all"
    )
    # the reference knows only north and south
    assert set(slices["slice_value"]) == {"(other)"}
    assert slices["n"].sum() == ROWS
    assert rows_of(project, "odd_values", "c", "bin = -3") == ROWS


def test_a_version_called_all_is_not_all_versions(project: Project) -> None:
    whole = project.query(
        "select window_end, sum(row_count) as n from monitor_profiles "
        "where monitor = 'odd_versions' and model_version = '(all)' and subject = 'p' "
        "and window_name = 'day' and slice_name = '(all)' group by all"
    )
    assert set(whole["n"]) == {ROWS // DAYS}
    versions = project.query(
        "select model_version, sum(row_count) as n from int_monitor__bins "
        "where monitor = 'odd_versions' and subject = 'p' and bin = -9 and grain = 'day' "
        "and slice_name = '(all)' group by all"
    )
    assert versions["n"].sum() == ROWS
    assert "v'1; {{ x }} 😀" in set(versions["model_version"])


def test_odd_columns_are_read(project: Project) -> None:
    assert status(project, "odd_columns") == "ok"
    for name in ODD_COLUMNS:
        assert rows_of(project, "odd_columns", name, "bin >= 0") == ROWS
    centers = project.frame("int_monitor__ruler_subjects", "monitor = 'odd_columns'")
    centers = centers.set_index("subject")["center"]
    for number, name in enumerate(ODD_COLUMNS):
        assert centers[name] == pytest.approx(centers[ODD_COLUMNS[0]] + number)
    regions = project.frame(
        "int_monitor__series", "monitor = 'odd_columns' and slice_name = 'Region, Land'"
    )
    assert {"north", "south"} <= set(regions["slice_value"])


def test_every_type_a_warehouse_has_is_read(project: Project) -> None:
    rates = project.query(KIND_RATES.format(profiles="monitor_profiles"))
    every_kind_is_read(rates, KINDS, PARTS_OF_KINDS)


def test_thousands_of_slice_values_are_pooled(project: Project) -> None:
    values = project.query(
        "select distinct slice_value from int_monitor__bins where monitor = 'crowd' and slice_name = 'region'"
    )
    assert set(values["slice_value"]) == {"(other)"}


@pytest.mark.parametrize("name", ["no_reference", "empty_reference", "odd_reference"])
def test_without_rows_to_freeze_from_nothing_is_judged(project: Project, name: str) -> None:
    drift = project.frame("monitor_drift", f"monitor = '{name}' and baseline = 'reference'")
    assert not set(drift["status"]) - {"insufficient_data", "missing"}
    assert "drifted" not in set(project.frame("monitor_drift", f"monitor = '{name}'")["status"])


@pytest.mark.parametrize("name", ["narrow_reference", "null_reference", "one_row_reference"])
def test_a_poor_reference_judges_what_it_can(project: Project, name: str) -> None:
    assert rows_of(project, name) == ROWS
    drift = project.frame("monitor_drift", f"monitor = '{name}' and baseline = 'reference'")
    lacking = {"narrow_reference": ["x", "flag"], "null_reference": ["p", "x", "c", "flag"]}.get(
        name, ["p", "x", "c", "flag"]
    )
    assert "drifted" not in set(drift[drift["subject"].isin(lacking)]["status"])


# -- what cannot be found out before the query fails


@pytest.mark.slow
def test_a_monitor_of_one_feature_alone(tmp_path: Path) -> None:
    """Nothing but a time and a number: all there must be."""
    bare = [
        {
            "name": f"bare_{number}",
            "predictions": {"source": ["logs", "healthy"], "time": "happened_at"},
            "limits": {"min_rows": 5, "min_cell": 2},
            **subjects,
        }
        for number, subjects in enumerate(
            [
                {"features": {"x": {}}},
                {"features": {"c": {"type": "categorical"}}},
                {"features": {"flag": {"type": "boolean"}}},
                {"problem": "binary", "scores": {"p": {}}},
            ]
        )
    ]
    project = Project(tmp_path / "bare", bare, {"healthy": LOG})
    project.build(AS_OF)
    drift = project.frame("monitor_drift")
    assert set(drift["monitor"]) == {"bare_0", "bare_1", "bare_2", "bare_3"}
    assert set(drift["window_name"]) >= {"day", "7d"}


def problems(project: Project, name: str, log: str = "predictions") -> str:
    (found,) = project.frame("int_monitor__logs", f"monitor = '{name}' and log = '{log}'")[
        "problems"
    ]
    return str(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bad_where", "where: no column is_tset"),
        ("typed_where", "where: Cannot compare values of type VARCHAR"),
    ],
)
def test_a_filter_that_cannot_be_read_leaves_an_empty_log(
    project: Project, name: str, words: str
) -> None:
    assert status(project, name) == "invalid_where"
    assert words in problems(project, name)
    assert rows_of(project, name) == 0
    assert project.frame("monitor_drift", f"monitor = '{name}'").empty


@pytest.mark.parametrize("subject", ["absent", "typed", "unknown", "unparsed"])
def test_an_expression_that_cannot_be_read_is_missing(project: Project, subject: str) -> None:
    assert status(project, "bad_expressions") == "missing_columns"
    assert f"subject {subject}: " in problems(project, "bad_expressions")
    assert rows_of(project, "bad_expressions", subject, "bin = -1") == ROWS
    drift = project.frame("monitor_drift", f"monitor = 'bad_expressions' and subject = '{subject}'")
    assert set(drift["status"]) == {"missing"}


def test_the_nearest_names_are_said(project: Project) -> None:
    said = problems(project, "bad_expressions").split("; ")
    assert "subject absent: no column versoin (nearest: version)" in said
    assert [text for text in said if "no_such_entity" in text and "there are: id," in text]
    assert [text for text in said if text.startswith("no column also_none")]
    assert [text for text in said if text.startswith("metric broken numerator: no column")]
    assert [text for text in said if text.startswith("metric filtered where: Cannot compare")]
    assert not [text for text in said if "double_x" in text or "sound" in text or "failing" in text]


def test_the_other_subjects_and_metrics_are_whole(project: Project) -> None:
    healthy = days(project, "healthy", "subject in ('p', 'x', 'c', 'flag')")
    beside = days(project, "bad_expressions", "subject in ('p', 'x', 'c', 'flag')")
    assert set(healthy.merge(beside, how="outer", indicator=True)["_merge"]) == {"both"}
    doubled = days(project, "bad_expressions", "subject = 'double_x'")
    assert doubled[doubled["bin"] >= 0]["n"].sum() == ROWS
    metrics = project.query(
        "select metric, sum(row_count) as n from int_monitor__metric_sums "
        "where monitor = 'bad_expressions' and grain = 'day' and slice_name = '(all)' group by all"
    ).set_index("metric")["n"]
    assert metrics["sound"] == metrics["volume"] == ROWS
    assert metrics["broken"] == metrics["filtered"] == metrics["per_none"] == metrics["bare"] == 0


def test_a_value_that_an_expression_fails_on_is_missing(project: Project) -> None:
    bad = project.query("select count(*) as n from logs.healthy where x > 5")["n"][0]
    assert rows_of(project, "bad_expressions", "failing", "bin = -1") == bad
    assert rows_of(project, "bad_expressions", "failing", "bin >= 0") == ROWS - bad


def test_a_derived_log_counts_what_it_can(project: Project) -> None:
    said = problems(project, "bad_requests", "per_version")
    assert "subject bad: no column nothing_here" in said
    assert "subject not_an_aggregate: " in said
    frame = project.query(
        "select subject, bin, sum(row_count) as n from int_monitor__bins "
        "where monitor = 'bad_requests' and log = 'per_version' and grain = 'day' "
        "and slice_name = '(all)' group by all"
    )
    counted = frame[frame["bin"] == -9].set_index("subject")["n"]
    assert set(counted) == {2 * DAYS}  # a row per version and day
    missing = frame[frame["bin"] == -1].set_index("subject")["n"]
    assert dict(missing) == {"bad": 2 * DAYS, "not_an_aggregate": 2 * DAYS}
    nothing = problems(project, "bad_requests", "per_nothing")
    assert "no column no_such_column" in nothing
    assert rows_of(project, "bad_requests") == ROWS


@pytest.mark.parametrize("name", ["text_scores", "word_scores"])
def test_a_score_of_text_breaks_nothing(project: Project, name: str) -> None:
    bad = project.query(
        f"select count(*) as n from logs.{name} where try_cast(p as double) is null"
    )
    assert rows_of(project, name, "p", "bin = -2") == bad["n"][0] > 0
    assert rows_of(project, name, "p", "bin >= 0") == ROWS - bad["n"][0]
    lists = project.query(
        "select subject, sum(row_count) as n from int_monitor__bins where "
        f"monitor = '{name}' and log = 'requests' and grain = 'day' and slice_name = '(all)' "
        "and bin >= 0 group by all"
    ).set_index("subject")["n"]
    assert lists["list_length"] > 0
    assert ("p_entropy" in lists) == (name == "text_scores")
    assert ("p_top_gap" in lists) == (name == "text_scores")


def test_what_a_reference_lacks_is_said(project: Project) -> None:
    assert status(project, "bad_reference") == "ok"
    assert "reference: subject both: no column" in problems(project, "bad_reference")
    assert rows_of(project, "bad_reference", "both", "bin = -9") == ROWS
    assert "reference: where: no column splt" in problems(project, "bad_reference_where")
    assert "reference: there is no table" in problems(project, "no_reference")
    for name in ("bad_reference", "bad_reference_where"):
        drift = project.frame("monitor_drift", f"monitor = '{name}'")
        assert "drifted" not in set(drift[drift["subject"] == "both"]["status"])
        assert rows_of(project, name) == ROWS


@pytest.mark.slow
def test_an_expression_that_broke_costs_nothing_of_before(alone: Project) -> None:
    """(after all else that reads this project) What was counted before stays."""
    before = alone.dump(["int_monitor__bins"], {"int_monitor__bins": "subject <> 'flag'"})
    broken = {**FULL["features"], "flag": {"type": "boolean", "sql": "no_such_column > 1"}}
    alone.configure([monitor("healthy", **{**FULL, "features": broken})])
    alone.build("2026-02-02 06:00:00")
    assert "subject flag: no column no_such_column" in problems(alone, "healthy")
    after = alone.dump(["int_monitor__bins"], {"int_monitor__bins": "subject <> 'flag'"})
    assert_same(after, before)


@pytest.mark.slow
def test_a_log_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`external_location` of dbt-duckdb: in no catalogue, and a log all the same."""
    folder = tmp_path / "files"
    folder.mkdir()
    with duckdb.connect() as connection:
        for name, query in (("log", LOG), ("reference", REFERENCE)):
            connection.execute(f"copy ({query}) to '{folder / name}.parquet'")
    predictions = {"source": ["files", "log"], "where": "x < 100"}
    reference = {"source": ["files", "reference"]}
    settings: dict[str, Any] = {
        **FULL, "features": {**FULL["features"], "y": {"sql": "x * 2"}, "z": {"sql": "no_such + 1"}}
    }  # fmt: skip
    project = Project(
        tmp_path / "shop",
        [
            monitor("file", predictions=predictions, reference=reference, **settings),
            monitor("no_file", predictions={"source": ["files", "nothing"]}),
        ],
        {"reference": REFERENCE},
    )
    source = {
        "name": "files",
        "config": {"meta": {"external_location": f"{folder}/{{name}}.parquet"}},
        "tables": [{"name": "log"}, {"name": "reference"}, {"name": "nothing"}],
    }
    declared = yaml.safe_dump({"version": 2, "sources": [source]})
    (project.folder / "models" / "files.yml").write_text(declared, encoding="utf-8")
    project.build(AS_OF)
    assert status(project, "file") == "invalid_expression"
    assert problems(project, "file").startswith("subject z: no column no_such (there are: id,")
    assert rows_of(project, "file") == rows_of(project, "file", "y", "bin >= 0") == ROWS
    assert "ok" in set(project.frame("monitor_drift", "monitor = 'file'")["status"])
    assert status(project, "no_file") == "missing_table"
    assert "nothing.parquet" in problems(project, "no_file")

    monkeypatch.chdir(project.folder)
    report = examine(Settings(project.folder, project.folder, variables={"as_of": AS_OF}), Output())
    said = [f"{each.where}: {each.problem}" for each in report.findings if each.level == "error"]
    assert len(said) == 2
    assert said[0].startswith(
        'file › features › z: Binder Error: Referenced column "no_such" not found'
    )
    assert said[1].startswith("no_file › predictions: there is no table")
    assert next(log.rows for log in report.logs if log.monitor == "file") == ROWS


def test_a_run_says_what_could_not_be_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    found = findings(Command(Settings(project.folder, project.folder)))
    unread = {log["monitor"]: describe(log) for log in found.not_evaluated}
    assert unread["bad_where"] == (
        "bad_where › predictions: where: no column is_tset (there are: id, happened_at, loaded_at,"
        " version, p, x, c, flag). No row of this log is read."
    )
    assert "versoin" in unread["bad_expressions"]
    nothing = {
        name for name, text in unread.items() if text.endswith("No row of this log is read.")
    }
    assert nothing >= {"no_table", "no_time", "no_loaded_at", "epochs", "bad_where", "typed_where"}
    assert unread.keys() - nothing >= {"no_columns", "bad_expressions", "no_reference"}
    # a reference that lacks a column is said, and is no failure
    assert not unread.keys() & {"healthy", "narrow_reference", "bad_reference", "texts", "empty"}
    said = {each["monitor"]: each for each in found.notices if each["kind"] == "log_problem"}
    assert said["bad_reference"]["severity"] == "info"
    assert said["bad_where"]["severity"] == "warn"
    assert said["bad_where"]["evidence"] == unread["bad_where"]
    assert said["bad_where"]["since"] == said["no_table"]["since"] == pd.Timestamp(AS_OF)
    assert "healthy" not in said


def test_what_could_not_be_evaluated_is_in_the_ledger_and_in_health(project: Project) -> None:
    (run,) = project.frame("monitor_runs").itertuples()
    assert "bad_where › predictions: where: no column is_tset" in run.not_evaluated
    assert run.not_evaluated_count >= 9
    assert run.status == "finished"
    health = project.frame("monitor_health", "model_version = '(all)'").set_index("monitor")
    assert set(health.index) == {each["name"] for each in MONITORS}
    assert health.loc["no_table", "evaluation"] == "not_evaluated"
    assert health.loc["no_table", "recommendation"] == "fix the log that cannot be read"
    assert "there is no table" in health.loc["no_table", "problems"]
    assert health.loc["no_columns", "evaluation"] == "partly_evaluated"
    assert health.loc["empty", "evaluation"] == "not_evaluated_yet"
    healthy = health.loc["healthy"]
    assert (healthy["evaluation"], healthy["row_count"]) == ("evaluated", ROWS // DAYS)
    assert (healthy["traffic_share"], healthy["outcome_status"]) == (1, "not_measured")
    versions = project.frame("monitor_health", "monitor = 'healthy' and model_version <> '(all)'")
    assert set(versions["model_version"]) == {"v1", "v2"}
    assert versions["traffic_share"].sum() == pytest.approx(1)
    assert set(versions["age_days"]) == {DAYS - 1} or set(versions["age_days"]) == {DAYS}


def test_columns_that_could_be_code_are_refused_by_name(tmp_path: Path) -> None:
    columns = ['say "x"', "it's", "a;b", "{{ x }}", "f(x)", "", "two\nlines"]
    features = {f"f{number}": {"column": column} for number, column in enumerate(columns)}
    project = Project(tmp_path / "refused", [monitor("healthy", features=features)])
    result = project.build(AS_OF, expect_success=False)
    assert not result.success
    text = result.error + " ".join(result.failures.values())
    assert "7 problems" in text
    for number in range(len(columns)):
        assert f"monitors[0] 'healthy' › features › f{number} › column" in text.replace('"', "'")
    assert "Traceback" not in text
