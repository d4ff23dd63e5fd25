"""The error analysis of the report, against a recount of the log in pandas."""

from __future__ import annotations

import functools
import html
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from model_monitor.cli.parser import main
from model_monitor.report.error_queries import ErrorQueries, error_queries
from model_monitor.report.wording import percent
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.settings import Settings

from ..harness.errors_project import (
    AS_OF,
    END,
    HOSTILE,
    LIMITS,
    PURPOSE,
    START,
    errors_project,
    graded,
    log,
    on_postgres,
)
from ..harness.postgres_server import Server
from ..harness.recount import is_rounding, loose, numbers, places, recounted

KINDS = {"loans": "p_default", "amounts": "estimate", "kinds": "kind_score"}
MIN_CELL = LIMITS["min_cell"]
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return errors_project(tmp_path_factory.mktemp("errors") / "project")


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    file = folder.parent / "errors.html"
    asked = ["report", "--error-analysis", "--output", str(file), "--project-dir", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder.parent)  # every command goes into its project
        assert main(asked) == 0
    return file.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


@pytest.fixture(scope="module")
def run(folder: Path) -> Any:
    def rows(sql: str) -> Rows:
        with duckdb.connect(str(folder / "target" / "small.duckdb"), read_only=True) as connection:
            found = connection.execute(sql)
            names = [each[0] for each in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return functools.cache(rows)


@pytest.fixture(scope="module")
def answers(page: str, run: Any) -> dict[str, dict[str, Rows]]:
    """The rows of each query by monitor and by what it returns, as the page shows them."""
    found: dict[str, dict[str, Rows]] = {}
    for place in places(page):
        for sql in place.queries if place.anchor.endswith("-errors") else ():
            rows = run(sql)
            name = {"kind": "counts", "bin_kind": "features", "slice_name": "slices"}
            key = next((name[each] for each in name if each in rows[0]), "weeks")
            key = "examples" if "prediction_id" in rows[0] else key
            found.setdefault(rows[0]["monitor"], {})[key] = rows
    return found


def section(page: str, monitor: str) -> str:
    found = re.findall(r'<section class="block" id="([^"]*-errors)">(.*?)</section>', page, re.S)
    (body,) = [body for _, body in found if KINDS[monitor] in body]
    return re.sub(r"<pre.*?</pre>", "", body, flags=re.S)


@pytest.mark.parametrize("monitor", KINDS)
def test_counts_are_those_of_the_log(answers: Any, page: str, monitor: str) -> None:
    rows = {(row["kind"], row["is_wrong"]): row for row in answers[monitor]["counts"]}
    week = graded(log(), monitor)
    expected = week.groupby(["kind", "is_wrong"]).size().to_dict()
    assert {key: row["row_count"] for key, row in rows.items()} == expected
    assert len(week) == 2800
    text = html.unescape(re.sub(r"<[^>]+>", " ", section(page, monitor)))
    for (kind, _), size in expected.items():
        assert re.search(rf"{kind}\s.*?{size:,}\s+{percent(size / len(week))}", text, re.S)
    assert "7 days to 20 Jun" in text


@pytest.mark.parametrize("monitor", KINDS)
@pytest.mark.parametrize("feature", ["income", "debt", PURPOSE, "is_employed", "region"])
def test_features_are_those_of_the_log(answers: Any, monitor: str, feature: str) -> None:
    rows = [row for row in answers[monitor]["features"] if row["feature"] == feature]
    week = graded(log(), monitor)
    values = week.income / 10 if feature == "debt" else week[feature]
    is_missing = values.isna()
    if feature in ("income", "debt"):
        known = values[~is_missing]
        tenth = np.floor(10 * (known.rank(method="min") - 1) / len(known))
        bins = tenth.reindex(values.index).fillna(-1)
        for side, is_wrong in (("wrong", True), ("right", False)):
            median = values[(week.is_wrong == is_wrong) & ~is_missing].median()
            assert rows[0][f"{side}_median"] == pytest.approx(median)
    else:
        bins = values.astype(str).where(~is_missing, "missing")
    wrong = bins[week.is_wrong].value_counts().reindex(bins.unique(), fill_value=0)
    right = bins[~week.is_wrong].value_counts().reindex(bins.unique(), fill_value=0)
    p, q, size = wrong / wrong.sum(), right / right.sum(), len(wrong)
    psi = ((p - q) * np.log((p + 1e-4) / (q + 1e-4))).sum() / (1 + size * 1e-4)
    assert len({row["psi"] for row in rows}) == 1
    assert rows[0]["psi"] == pytest.approx(psi, abs=1e-9)
    assert len(rows) == size
    share = is_missing[week.is_wrong].sum()
    if share == 0 or share >= MIN_CELL:
        assert rows[0]["wrong_missing_share"] == pytest.approx(is_missing[week.is_wrong].mean())

    totals = wrong.sum(), right.sum()
    expected = sorted(
        (int(a), int(b))
        for a, b in zip(wrong, right, strict=True)
        if not any(0 < each < MIN_CELL for each in (a, b, totals[0] - a, totals[1] - b))
    )
    shown = [row for row in rows if row["wrong_count"] is not None]
    assert sorted((row["wrong_count"], row["right_count"]) for row in shown) == expected
    for row in shown:
        n = row["wrong_count"] + row["right_count"]
        assert row["error_rate"] == pytest.approx(row["wrong_count"] / n)
        extra = row["wrong_count"] - n * totals[0] / sum(totals)
        assert row["extra_count"] == pytest.approx(extra)


@pytest.mark.parametrize("monitor", KINDS)
def test_slices_are_those_of_the_log(answers: Any, page: str, monitor: str) -> None:
    rows = {row["slice_value"]: row for row in answers[monitor]["slices"]}
    week = graded(log(), monitor)
    for value, part in week.groupby("region"):
        wrong, right = int(part.is_wrong.sum()), int((~part.is_wrong).sum())
        assert rows[value]["row_count"] == len(part)
        is_small = 0 < wrong < MIN_CELL or 0 < right < MIN_CELL
        assert rows[value]["wrong_count"] == (None if is_small else wrong)
        if not is_small:
            assert rows[value]["extra_count"] == pytest.approx(
                wrong - len(part) * week.is_wrong.mean()
            )
            n, rate = len(part), week.is_wrong.mean()
            chance = 4.26 * (n * rate * (1 - rate)) ** 0.5
            assert rows[value]["chance_count"] == pytest.approx(chance)
            is_listed = f"region = {value}" in section(page, monitor)
            assert is_listed == (wrong - n * rate > chance)
    assert set(rows) == set(week.region)
    assert {row["slice_name"] for row in rows.values()} == {"region"}, "age_band is protected"


def test_small_groups_are_not_shown(answers: Any, page: str) -> None:
    rare = [row for row in answers["loans"]["slices"] if row["slice_value"] == "rare"]
    assert [(row["wrong_count"], row["error_rate"], row["extra_count"]) for row in rare] == [
        (None, None, None)
    ]
    assert "region = rare" not in section(page, "loans")
    assert "Slice values not shown" in section(page, "loans")
    hidden = [row for row in answers["amounts"]["features"] if row["wrong_count"] is None]
    assert hidden
    assert {row["error_rate"] for row in hidden} == {None}


def test_a_protected_column_is_left_out(answers: Any, page: str) -> None:
    assert "age_band" not in section(page, "loans")
    assert "age_band" in {row["feature"] for row in answers["amounts"]["features"]}


@pytest.mark.parametrize(("monitor", "score"), [("loans", "p_default"), ("kinds", "p_a")])
def test_examples_are_the_largest_and_smallest_errors(
    answers: Any, page: str, monitor: str, score: str
) -> None:
    week = graded(log(), monitor)
    actual = week.actual if monitor == "loans" else week.kind.str.endswith("a occurred")
    week["error"] = (week[score] - actual).abs()
    wrong = week[week.is_wrong].nlargest(5, "error").id
    right = week[~week.is_wrong].nsmallest(3, "error").id
    found = {
        is_wrong: list(
            dict.fromkeys(
                row["prediction_id"]
                for row in answers[monitor]["examples"]
                if row["is_wrong"] == is_wrong
            )
        )
        for is_wrong in (True, False)
    }
    assert found == {True: list(wrong), False: list(right)}
    incomes = log().set_index("id").income
    for row in answers[monitor]["examples"]:
        if row["feature"] == "income" and row["number"] is not None:
            assert row["number"] == incomes[row["prediction_id"]]
    assert f">{wrong.iloc[0]}<" in section(page, monitor)


def test_without_examples_no_prediction_is_named(answers: Any, page: str) -> None:
    assert "examples" not in answers["amounts"]
    body = section(page, "amounts")
    assert "Examples" not in body
    assert not re.search(r">p\d+<", body)


def test_each_number_is_counted_again(page: str, run: Any) -> None:
    found = [each for each in numbers(page) if each.place.anchor.endswith("-errors")]
    assert len(found) > 100
    for each in found:
        assert recounted(each, run) == pytest.approx(each.value, rel=1e-12), each
        assert is_rounding(each.text, each.value), each
    sections = [place for place in places(page) if place.anchor.endswith("-errors")]
    assert {place.anchor: left for place in sections if (left := loose(place, run))} == {}


def test_hostile_values_are_inert(answers: Any, page: str) -> None:
    assert "<script" not in page
    assert "<i>Purpose" not in page
    assert html.escape(PURPOSE) in page
    labels = {row["label"] for row in answers["loans"]["features"] if row["feature"] == PURPOSE}
    assert labels == {"car", "home", None, '"(other)"', *HOSTILE[:-1]}


def test_it_is_there_only_if_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["report", "--output", "plain.html", "--project-dir", str(folder)]
    assert main(asked) == 0
    page = (tmp_path / "plain.html").read_text(encoding="utf-8")
    assert "Error analysis" not in page
    assert "loan_scores" not in page


def test_a_manifest_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["report", "--error-analysis", "--manifest", "manifest.json"]
    assert main([*asked, "--project-dir", str(folder)]) == 64
    assert (
        "--error-analysis: it reads the logs, which --manifest does not name. "
        "Leave out one of the two"
    ) in capsys.readouterr().err


def test_a_value_with_braces_stays_a_value() -> None:
    queries = {"counts": "select '{start}' where at < cast('\0start\0' as timestamp)"}
    each = ErrorQueries("l", "s", "o", "binary", 20, queries)
    filled = each.filled("counts", START, END, pd.Timestamp(AS_OF))
    assert filled == "select '{{start}}' where at < cast('2026-06-14 00:00:00' as timestamp)"
    assert each.filled("slices", START, END, END) is None


@pytest.mark.slow
def test_postgres_counts_the_same(folder: Path, tmp_path: Path, postgres: Server, run: Any) -> None:
    other = Project(
        Settings(on_postgres(tmp_path / "project", postgres, "errors"), tmp_path / "project")
    )
    here = error_queries(Project(Settings(folder, folder)))
    there = error_queries(other)
    assert list(here) == list(there)
    compared = 0
    for monitor, scores in here.items():
        for mine, its in zip(scores, there[monitor], strict=True):
            for name in mine.queries:
                sqls = [each.filled(name, START, END, pd.Timestamp(AS_OF)) for each in (mine, its)]
                if sqls[0] is None:
                    assert sqls[1] is None
                    continue
                texts = [sql.replace("{{", "{").replace("}}", "}") for sql in sqls]
                assert plain(other.warehouse.rows(texts[1])) == plain(run(texts[0])), name
                compared += 1
    assert compared == 11


def plain(rows: Rows) -> Rows:
    """The rows with the digits that both engines are to have."""
    return [
        {
            name: round(float(value), 9)
            if isinstance(value, float | int | Decimal) and not isinstance(value, bool)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]
