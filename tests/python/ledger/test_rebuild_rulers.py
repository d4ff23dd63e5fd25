"""A ruler that is frozen anew in the middle of history: no window holds a subject under two rulers."""

from __future__ import annotations

import pandas as pd
import pytest

from ..harness.project_harness import Project
from ..sketches.test_bad_input import LOG, REFERENCE, monitor

pytestmark = pytest.mark.slow

AS_OF = "2026-02-01T06:00:00Z"
FROM = pd.Timestamp("2026-01-22")
KEYS = [
    "log", "role", "model_version", "window_name", "window_end", "slice_name", "slice_value",
    "subject", "baseline",
]  # fmt: skip
SUBJECTS = ["x", "p", "v"]
SHOP = monitor(
    "shop", "log",
    scores={"p": {"outcome": "click"}, "v": {"kind": "regression", "outcome": "amount"}},
    features={"x": {}, "c": {"type": "categorical"}},
    outcomes={
        "source": ["logs", "labels"], "prediction": "id", "name": "outcome", "value": "value",
        "time": "happened_at", "loaded_at": "loaded_at",
        "kinds": {"click": {"matures_after": "1d"}, "amount": {"matures_after": "1d"}},
    },
    slices=["region"], windows=["day", "7d"], baselines=["reference", "last_week", "previous"],
)  # fmt: skip
LABELS = f"""
select id, 'click' as outcome, cast(flag as double) as value, happened_at, loaded_at from ({LOG})
union all
select id, 'amount' as outcome, x + p as value, happened_at, loaded_at from ({LOG})
"""


def rebuild(first: pd.Timestamp) -> dict[str, object]:
    return {"rebuild": {"from": str(first.date()), "monitor": "shop", "subject": SUBJECTS}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables = {
        "log": f"select *, x * 2 as v from ({LOG})",
        "reference": f"select *, x * 2 as v from ({REFERENCE})",
        "labels": LABELS,
    }
    project = Project(tmp_path_factory.mktemp("rulers"), [SHOP], tables)
    project.build(AS_OF)
    return project


def drift(project: Project, subject: str = "x") -> pd.DataFrame:
    found = project.frame("monitor_drift", f"subject = '{subject}'")
    assert not found.duplicated(KEYS).any()
    return found


def performance(project: Project, score: str) -> pd.DataFrame:
    return project.frame("monitor_performance", f"score = '{score}'")


def across(found: pd.DataFrame) -> pd.Series[bool]:
    return (found["window_start"] < FROM) & (found["window_end"] > FROM)


def test_a_window_across_two_rulers_is_not_judged(project: Project) -> None:
    before, other = drift(project), drift(project, "c")
    curves = performance(project, "p")
    errors = performance(project, "v")
    assert curves[across(curves)]["roc_auc"].notna().any()
    assert "ruler_changed" not in set(before["status"])
    built = project.build(AS_OF, variables=rebuild(FROM), tests=True)
    assert built.success, built.failures
    after = drift(project)
    # a comparison across two rulers is listed, whatever is known of its slice
    listed = after.merge(before[KEYS], how="left", on=KEYS, indicator="also")
    assert (listed["also"] == "both").sum() == len(before)
    assert set(listed[listed["also"] == "left_only"]["status"]) == {"ruler_changed"}
    measured = [*KEYS, "row_count", "baseline_row_count", "psi", "ruler_version"]
    pd.testing.assert_frame_equal(
        *(
            found[measured].sort_values(KEYS, ignore_index=True)
            for found in (other, drift(project, "c"))
        )
    )
    is_earlier = after["window_end"] <= FROM
    is_mixed = across(after) | (
        ~is_earlier & (after["baseline"] != "reference") & (after["baseline_window_start"] < FROM)
    )
    assert set(after[is_mixed]["status"]) == {"ruler_changed"}
    assert after[is_mixed][["psi", "ks", "mean_shift", "unseen_share"]].isna().all(axis=None)
    assert "ruler_changed" not in set(after[~is_mixed]["status"])
    assert set(after[is_earlier]["ruler_version"]) == {1}
    assert after[across(after)]["ruler_version"].isna().all()
    assert set(after[after["window_start"] >= FROM]["ruler_version"]) == {2}
    # counts do not depend on a ruler
    counts = [*KEYS, "row_count", "baseline_row_count"]
    in_both = listed[listed["also"] == "both"]
    pd.testing.assert_frame_equal(
        *(found[counts].sort_values(KEYS, ignore_index=True) for found in (before, in_both))
    )
    # nor do rows that are right or wrong; the order of the bins does, and sums in their scale
    rebuilt = performance(project, "p")
    assert rebuilt["labelled_count"].sum() == curves["labelled_count"].sum()
    assert rebuilt[across(rebuilt)]["roc_auc"].isna().all()
    assert rebuilt["roc_auc"].count() == curves[~across(curves)]["roc_auc"].count()
    assert len(performance(project, "v")) == len(errors[~across(errors)]) < len(errors)


def test_a_project_that_held_two_rows_comes_right_by_itself(project: Project) -> None:
    """(after the test before) As a rebuild left it that was stopped by `monitor_drift_grain`."""
    right = drift(project)
    schema = f'"{project.schema}"'
    last = project.query("select max(run_number) as last from monitor_watermarks")["last"][0]
    project.execute(f"delete from {schema}.monitor_watermarks where run_number = {last}")
    project.execute(f"update {schema}.int_monitor__run_starts set rebuilt_monitor = null")
    for table, where in {
        "int_monitor__distances": "is_ruler_changed",
        "monitor_drift": "status = 'ruler_changed'",
    }.items():
        project.execute(
            f"insert into {schema}.{table} "
            f"select * replace (2 as ruler_version) from {schema}.{table} where {where}"
        )
    assert project.frame("monitor_drift").duplicated(["monitor", *KEYS]).any()
    built = project.build(AS_OF, tests=True)
    assert built.success, built.failures
    pd.testing.assert_frame_equal(
        right.sort_values(KEYS, ignore_index=True),
        drift(project).sort_values(KEYS, ignore_index=True),
    )


def test_rebuilt_from_the_beginning_all_is_judged_again(project: Project) -> None:
    """(after the tests before)"""
    built = project.build(AS_OF, variables=rebuild(pd.Timestamp("2026-01-01")), tests=True)
    assert built.success, built.failures
    after = drift(project)
    assert "ruler_changed" not in set(after["status"])
    assert set(after["ruler_version"]) == {3}
    assert performance(project, "p").pipe(lambda found: found[across(found)])["roc_auc"].count()
