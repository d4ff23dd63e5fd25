"""Writes tests/trust: the conditions of the expectation suites as dbt tests.

make trust-tests    # after a change of python/expectations

A suite is one test, and one more for its warnings. A test returns the rows of the suite's frame
that break a condition, with the names of the conditions. Left to the suites: how old a run may be,
an option of the command, and the reproduction of alerts, whose queries have to be run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "trust"
LEFT_OUT = {"reproduction"}
ANALYSIS = "monitor_trust_"


def main() -> int:
    wanted = texts()
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.sql"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} files written to {FOLDER.relative_to(ROOT)}")
    return 0


def texts() -> dict[str, str]:
    """The test of each suite, by the name of its file."""
    sys.path.insert(0, str(ROOT / "python"))
    from model_monitor.expectations.suites import load

    found = {}
    for suite in load([ROOT / "python" / "expectations"]):
        for severity, ending in {"critical": "", "warning": "_warnings"}.items():
            chosen = [
                each.configuration
                for each in suite.expectations
                if str(each.configuration.severity.value) == severity
            ]
            if suite.name not in LEFT_OUT and chosen:
                found[f"trust_{suite.name}{ending}.sql"] = text(suite, chosen, severity)
    return found


def text(suite: Any, configurations: list[Any], severity: str) -> str:
    rows = [(name_of(each), broken(each)) for each in configurations if is_of_a_row(each)]
    tables = [(name_of(each), each.kwargs) for each in configurations if each.type == ROW_COUNT]
    frame = (
        f"{{{{ model_monitor.trust_{suite.frame.removeprefix(ANALYSIS)}() | indent(4) }}}}"
        if suite.frame.startswith(ANALYSIS)
        else f"select * from {{{{ ref('model_monitor', '{suite.frame}') }}}}"
    )
    keys = ", ".join(suite.keys)
    cases = "\n        || ".join(
        f"case when {condition} then ' {name}' else '' end" for name, condition in rows
    )
    parts = [f"select\n    {keys},\n    broken\nfrom checked\nwhere broken <> ''"] if rows else []
    nulls = ", ".join("null" for _ in suite.keys)
    parts += [
        f"select {nulls}, ' {name}'\nfrom (select count(*) as row_count from frame) as counted\n"
        f"where row_count < {int(limits['min_value'])}"
        for name, limits in tables
    ]
    more = ", severity='warn'" if severity == "warning" else ""
    return (
        f"{{#- Made by tools/trust_tests.py from python/expectations: {suite.name}. -#}}\n"
        f"{{{{ config(tags=['trust']{more}) }}}}\n"
        f"with frame as (\n\n    {frame}\n\n),\n\n"
        f"checked as (\n\n    select\n        *,\n        {cases}\n            as broken\n"
        "    from frame\n\n)\n\n" + "\nunion all\n".join(parts) + "\n"
    )


ROW_COUNT = "expect_table_row_count_to_be_between"


def name_of(configuration: Any) -> str:
    return str(configuration.meta["name"])


def is_of_a_row(configuration: Any) -> bool:
    limits = configuration.kwargs.values()
    is_option = any(isinstance(value, dict) and "$PARAMETER" in value for value in limits)
    return configuration.type != ROW_COUNT and not is_option


def broken(configuration: Any) -> str:
    """SQL that is true for a row that breaks the condition."""
    condition = " or ".join(CONDITIONS[configuration.type](configuration.kwargs))
    only = configuration.kwargs.get("row_condition")
    if only is None:
        return condition
    assert (only["type"], only["operator"]) == ("comparison", "IN"), only
    return f"{only['column']['name']} in ({listed(only['parameter'])}) and ({condition})"


def not_null(of: Any) -> Iterator[str]:
    yield f"{of['column']} is null"


def unique(of: Any) -> Iterator[str]:
    yield f"count(*) over (partition by {of['column']}) > 1 and {of['column']} is not null"


def in_set(of: Any) -> Iterator[str]:
    yield f"{of['column']} not in ({listed(of['value_set'])})"


def between(of: Any) -> Iterator[str]:
    if of.get("min_value") is not None:
        yield f"{of['column']} < {of['min_value']!r}"
    if of.get("max_value") is not None:
        yield f"{of['column']} > {of['max_value']!r}"


def not_blank(of: Any) -> Iterator[str]:
    assert of["regex"] == r"\S", of
    yield f"trim({of['column']}) = ''"


def equal(of: Any) -> Iterator[str]:
    yield f"{of['column_A']} <> {of['column_B']}"
    yield from one_is_null(of)


def greater(of: Any) -> Iterator[str]:
    yield f"{of['column_A']} {'<' if of.get('or_equal') else '<='} {of['column_B']}"
    yield from one_is_null(of)


def one_is_null(of: Any) -> Iterator[str]:
    if of.get("ignore_row_if") != "either_value_is_missing":
        first, second = f"{of['column_A']} is null", f"{of['column_B']} is null"
        yield f"({first}) <> ({second})"


def listed(values: list[str]) -> str:
    assert all(re.fullmatch(r"\w+", value) for value in values), values
    return ", ".join(f"'{value}'" for value in values)


CONDITIONS = {
    "expect_column_values_to_not_be_null": not_null,
    "expect_column_values_to_be_unique": unique,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_match_regex": not_blank,
    "expect_column_pair_values_to_be_equal": equal,
    "expect_column_pair_values_a_to_be_greater_than_b": greater,
}

if __name__ == "__main__":
    raise SystemExit(main())
