"""An attack on every public table of a real build (docs/decisions/0034-small-cells.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.cell_attack import Sum, recovered
from ..harness.evidence import Note
from ..harness.project_harness import Project

pytestmark = [pytest.mark.slow, pytest.mark.promise(4)]

START = pd.Timestamp("2026-03-02")
DAYS = 26  # as long as slices need to be evaluated
AS_OF = START + pd.Timedelta(days=DAYS, hours=6)
MIN_CELL = 12
PROTECTED = ("age", "sex", "town")
CLASSES = ("buy", "browse", "leave")
LOG = {
    "time": "at", "version": "version", "id": "id",
    "experiment": {"id": "experiment", "variant": "variant", "control": "control"},
}  # fmt: skip
COMMON: dict[str, Any] = {
    "slices": ["region"],
    "protected_slices": list(PROTECTED),
    "limits": {"min_rows": 60, "min_cell": MIN_CELL, "lateness": "1h"},
}
PEOPLE: dict[str, Any] = {
    **COMMON,
    "name": "people",
    "predictions": {**LOG, "source": ["logs", "people"], "label": "repaid"},
    "scores": {"p": {"kind": "binary", "outcome": "label", "threshold": 0.5}},
    "features": {
        "amount": {}, "kind": {"type": "categorical"}, "years": {"type": "categorical", "column": "age"},
        "shop": {"type": "categorical"},
    },
    "metrics": {"approval": {"numerator": "case when p > 0.5 then 1 else 0 end", "denominator": "1"}},
    "costs": {"true_positive": "3 + abs(amount)", "false_positive": -1},
    "windows": ["hour", "day", "7d"],
}  # fmt: skip
FEED: dict[str, Any] = {
    **COMMON,
    "name": "feed",
    "plugins": {"distance": {"macro": "model_monitor.hellinger_distance", "threshold": 0.3}},
    "problem": "ranking",
    "predictions": {
        **LOG, "source": ["logs", "feed"], "request": "request", "item": "item", "position": "place",
    },
    "scores": {
        "p": {"kind": "binary", "outcome": "click", "threshold": 0.5},
        "intent": {
            "kind": "multiclass", "outcome": "intent",
            "probabilities": {name: f"c_{name}" for name in CLASSES},
        },
    },
    "ranking": {"order_by": "p", "ks": [5]},
    "exposure": {"item": "item"},
    "outcomes": {
        "source": ["logs", "events"], "prediction": "id", "name": "outcome", "value": "value",
        "time": "at",
        "kinds": {
            "view": {"matures_after": "1h", "otherwise": 0},
            "click": {"matures_after": "1d", "otherwise": 0, "proxy": "view"},
            "intent": {"matures_after": "1d"},
        },
    },
    "windows": ["day", "7d"],
}  # fmt: skip


def logs() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(36)
    size = DAYS * 160
    base = pd.DataFrame({"id": [f"i{number}" for number in range(size)]})
    base["at"] = START + pd.to_timedelta(np.arange(size) * DAYS * 86_400 // size, unit="s")
    late = (base["at"] >= START + pd.Timedelta(days=DAYS - 4)).to_numpy()
    base["version"] = random.choice(["v1", "v2", "v3"], size, p=[0.7, 0.25, 0.05])
    base["experiment"] = "e"
    base["variant"] = random.choice(["control", "new"], size, p=[0.85, 0.15])
    base["region"] = random.choice(
        ["north", "south", "isles", "far"], size, p=[0.5, 0.4, 0.06, 0.04]
    )
    base["age"] = random.choice(
        ["young", "middle", "old", "oldest"], size, p=[0.45, 0.3, 0.2, 0.05]
    )
    base["sex"] = random.choice(["f", "m", "x"], size, p=[0.5, 0.48, 0.02])
    base["town"] = random.choice(
        list("abcdefgh"), size, p=[0.4, 0.25, 0.13, 0.1, 0.06, 0.03, 0.02, 0.01]
    )
    base["p"] = np.where(late, random.beta(5, 2, size), random.beta(2, 3, size)).round(3)
    base["amount"] = random.normal(0, 1, size) + 2 * late
    base["kind"] = np.where(
        late, random.choice(list("abcd"), size, p=[0.1, 0.5, 0.35, 0.05]),
        random.choice(list("abcd"), size, p=[0.7, 0.2, 0.08, 0.02]),
    )  # fmt: skip
    # other shops come, large and small ones, and some go
    other = np.random.default_rng(47)
    base["shop"] = np.where(
        late,
        other.choice(
            list("kuvwxyzlm"), size, p=[0.3, 0.2, 0.15, 0.1, 0.05, 0.04, 0.03, 0.07, 0.06]
        ),
        other.choice(list("klmn"), size, p=[0.6, 0.25, 0.1, 0.05]),
    )
    base["repaid"] = random.random(size) < base["p"]
    feed = base.copy()
    feed["request"] = [f"r{number // 4}" for number in range(size)]
    feed["item"] = [f"item{value}" for value in random.integers(0, 40, size)]
    feed["place"] = np.arange(size) % 4 + 1
    chances = random.dirichlet([1.0, 1.0, 1.0], size)
    for number, name in enumerate(CLASSES):
        feed[f"c_{name}"] = chances[:, number]
    events = []
    for name, value in (
        ("view", np.where(random.random(size) < 0.5, 1, None)),
        ("click", np.where(random.random(size) < feed["p"], 1, None)),
        ("intent", random.choice(CLASSES, size)),
    ):
        rows = pd.DataFrame({"id": feed["id"], "outcome": name, "value": value})
        rows["at"] = feed["at"] + pd.Timedelta("20min")
        events.append(rows.dropna().astype({"value": "str"}))
    return {"people": base, "feed": feed, "events": pd.concat(events, ignore_index=True)}


@pytest.fixture(scope="module")
def log() -> dict[str, pd.DataFrame]:
    return logs()


@pytest.fixture(scope="module")
def project(log: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("cells") / "shop", [PEOPLE, FEED], log)
    project.build(str(AS_OF))
    return project


# Every whole number of a public table is one of these: a new column has to be placed.
# Rows that are parts by value: of the whole, too.
PARTS = {
    "monitor_distributions": ["row_count"],
    "monitor_drift_bins": ["row_count", "baseline_row_count"],
    "monitor_calibration_buckets": ["prediction_count"],
    "monitor_segments": ["row_count", "baseline_row_count"],
    "monitor_rulers": ["reference_count"],
    "monitor_new_categories": ["row_count"],
}
# Rows of a slice's window.
ROWS = {
    "monitor_calibration": ["row_count"],
    "monitor_concentration": ["exposure_count"],
    "monitor_confusion": ["row_count"],
    "monitor_coverage": ["usual_row_count", "usual_labelled_count"],
    "monitor_drift": ["row_count", "baseline_row_count"],
    "monitor_estimates": ["prediction_count", "labelled_count"],
    "monitor_fairness": ["labelled_count"],
    "monitor_labels": ["prediction_count"],
    "monitor_metrics": ["row_count"],
    "monitor_plugins": ["row_count"],
    "monitor_performance": [
        "matured_count", "labelled_count", "true_positives", "false_positives", "true_negatives",
        "false_negatives",
    ],
    "monitor_profiles": ["row_count"],
    "monitor_proxies": ["matched_count"],
    "monitor_ranking": ["request_count"],
    "monitor_value": ["decided_count"],
    "monitor_signals": ["sample_size", "baseline_sample_size"],
    "monitor_judgements": ["sample_size"],
    "monitor_alerts": ["sample_size"],
}  # fmt: skip
# What has happened to rows of which there are enough: of protected slices it is null.
EVENTS = {
    "monitor_labels": [
        "matured_count", "labelled_count", "observed_count", "late_outcome_count",
        "early_outcome_count", "invalid_outcome_count", "repeated_outcome_count",
        "corrected_outcome_count",
    ],
    "monitor_calibration_buckets": ["outcome_count"],
    "monitor_proxies": ["given_count"],
    "monitor_ranking": ["excluded_request_count"],
    "monitor_value": ["unvalued_count"],
}  # fmt: skip
# Numbers of other things than rows, rows of a whole log, and sums of published row counts.
OTHERS = {
    "affected_days", "affected_requests", "affected_rows", "age_days", "alert_count",
    "attempts", "baseline_sample_size", "bin", "bin_count", "bin_group",
    "breach", "bucket", "catalogue_count", "chi2_df", "clear", "clear_windows",
    "data_quality_incidents", "distinct_count", "entity_count", "model_age_days", "open_incidents",
    "episode", "false_count", "for_windows", "history_windows", "incident_count",
    "judged", "k", "monitor_count", "needed_count", "new_row_count", "no_data",
    "not_evaluated_count", "open_alert_count", "place", "rank", "ruler_version", "run_number",
    "notified_count", "stored_shape", "subject_count", "tied_row_count", "trained_age_days", "true_count",
    "undeclared_label_count", "reference_mismatch_count", "unmatched_label_count", "valid_bin_count",
    "window_count",
}  # fmt: skip
OF_A_LOG = {
    "monitor_concept": ["row_count", "baseline_row_count"],
    "monitor_gates": ["labelled_count"],
    "monitor_health": ["row_count"],
    "monitor_versions_served": ["row_count"],
}
IS_FEW = f"between 1 and {MIN_CELL - 1}"
IS_PROTECTED = f"slice_name in {PROTECTED}"


def test_every_number_has_its_place(project: Project) -> None:
    columns = project.query(
        "select table_name, column_name from information_schema.columns"
        f" where table_schema = '{project.schema}' and table_name like 'monitor\\_%' escape '\\'"
        " and data_type in ('BIGINT', 'INTEGER', 'HUGEINT')"
    )
    unplaced = [
        (table, column)
        for table, column in columns.itertuples(index=False)
        if column not in OTHERS
        and not any(column in places.get(table, ()) for places in (PARTS, ROWS, EVENTS, OF_A_LOG))
    ]
    assert not unplaced


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in PARTS for column in PARTS[table]]
)
def test_no_part_by_value_is_small(project: Project, table: str, column: str) -> None:
    found = project.query(
        f"select count(*) filter ({column} {IS_FEW}) as few,"
        f" count(*) filter ({column} >= {MIN_CELL}) as published from {table}"
    ).iloc[0]
    assert found["few"] == 0
    # of all rows, while values are new
    assert found["published"] > (20 if table == "monitor_new_categories" else 100)


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in ROWS for column in ROWS[table]]
)
def test_no_cell_of_a_slice_is_small(project: Project, table: str, column: str) -> None:
    """But for the number of rows of a slice that is not protected: that it is gone is to be seen."""
    volume = {
        "monitor_metrics": "metric = 'volume'",
        "monitor_signals": "family = 'volume'",
        "monitor_judgements": "family = 'volume'",
        "monitor_alerts": "family = 'volume'",
    }.get(table, "false")
    # a sample of family dataset is one of subjects
    rows = "family <> 'dataset'" if table == "monitor_signals" else "true"
    found = project.query(
        f"select count(*) filter ({column} {IS_FEW} and ({IS_PROTECTED} or not {volume})) as few,"
        f" count({column}) as published from {table} where slice_name <> '(all)' and {rows}"
    ).iloc[0]
    assert found["few"] == 0
    assert found["published"] > 0 or table in (
        "monitor_confusion",
        "monitor_judgements",
        "monitor_alerts",
    )


@pytest.mark.parametrize(
    ("table", "whole"),
    [
        ("monitor_distributions", "any_value(round(row_count / share))"),
        ("monitor_drift_bins", "any_value(round(row_count / share))"),
        ("monitor_rulers", "any_value(round(reference_count / reference_share))"),
    ],
)
def test_the_whole_less_its_parts_is_not_small(project: Project, table: str, whole: str) -> None:
    count = "reference_count" if table == "monitor_rulers" else "row_count"
    keys = {
        "monitor_distributions": "monitor, log, role, model_version, window_name, window_end,"
        " slice_name, slice_value, subject",
        "monitor_drift_bins": "monitor, log, role, model_version, window_name, window_end,"
        " slice_name, slice_value, subject, baseline",
        "monitor_rulers": "monitor, log, subject, ruler_version",
    }[table]
    rest = project.query(
        f"select {whole} - sum({count}) as rest from {table} group by {keys} having count({count}) > 0"
    )["rest"]
    assert not ((rest > 0) & (rest < MIN_CELL)).any()
    assert (rest >= MIN_CELL).any(), "something is left out somewhere"


def test_names_of_new_categories_tell_nothing_more(
    log: dict[str, pd.DataFrame], project: Project
) -> None:
    """The rows of each value are unknown; known are the bins, the whole and the named values."""
    place = ["role", "model_version", "window_start", "window_end"]
    where = "monitor = 'people' and subject = 'shop' and window_name <> 'hour' and role = 'live'"
    bins = project.frame("monitor_distributions", f"{where} and slice_name = '(all)'")
    named = project.frame("monitor_new_categories", where)
    new = named[named["kind"] == "new"].groupby(place)
    assert len(new) > 5
    known_shops, attacked = set("klmn"), 0
    for key, of_bins in bins.groupby(place):
        _, version, start, end = key
        people = log["people"]
        here = people[(people["at"] >= start) & (people["at"] < end)]
        here = here if version == "(all)" else here[here["version"] == version]
        counts = here["shop"].value_counts()
        shops, sizes = list(counts.index), counts.to_numpy()
        if sizes.sum() < MIN_CELL:
            continue  # the whole is published as it is
        unseen = np.array([shop not in known_shops for shop in shops], float)

        def part(label: str, shops: list[str] = shops, unseen: Sum = unseen) -> Sum:
            return unseen if label == "(unseen)" else np.array([s == label for s in shops], float)

        known = [np.ones(len(shops))]
        rest = unseen.copy()
        for row in of_bins.dropna(subset=["row_count"]).itertuples():
            assert part(row.bin_label) @ sizes == row.row_count
            known.append(part(row.bin_label))
        published = new.get_group(key) if key in new.groups else named.head(0)
        for row in published.itertuples():
            assert part(row.value) @ sizes == row.row_count
            known.append(part(row.value))
            rest -= part(row.value)
        few = [one for one, size in zip(np.eye(len(shops)), sizes, strict=True) if size < MIN_CELL]
        few += [one for one in (rest, unseen) if 0 < one @ sizes < MIN_CELL]
        assert not any(recovered(known, few)), key
        attacked += len(few)
    assert attacked > 50


def test_buckets_of_both_kinds_do_not_tell_what_lies_between_their_edges(
    log: dict[str, pd.DataFrame], project: Project
) -> None:
    """Ten of equal mass less ten of equal width: the rows of one and not of the other."""
    found = project.frame(
        "monitor_calibration_buckets",
        "monitor = 'people' and window_name = '7d' and slice_name in ('(all)', 'region')"
        " and role = 'live' and model_version = '(all)'",
    )
    people, attacked = log["people"], 0
    for (end, name, value), rows in found.groupby(["window_end", "slice_name", "slice_value"]):
        here = people[(people["at"] < end) & (people["at"] >= end - pd.Timedelta("7D"))]
        p = (here if name == "(all)" else here[here[name] == value])["p"].to_numpy()
        edges = np.unique([*rows["lower_bound"], *rows["upper_bound"]])
        atoms = np.searchsorted(edges, p, side="left")
        sizes = np.bincount(atoms, minlength=len(edges) + 1)
        of_rows = [
            ((np.arange(len(sizes)) > np.searchsorted(edges, row.lower_bound))
             & (np.arange(len(sizes)) <= np.searchsorted(edges, row.upper_bound))).astype(float)
            for row in rows.itertuples()
        ]  # fmt: skip
        known = [
            part
            for part, count in zip(of_rows, rows["prediction_count"], strict=True)
            if not pd.isna(count)
        ]
        few = np.eye(len(sizes))[(sizes > 0) & (sizes < MIN_CELL)]
        few = [*few, *(part for part in of_rows if 0 < part @ sizes < MIN_CELL)]
        assert not any(recovered([*known, np.ones(len(sizes))], few)), (end, name, value)
        attacked += len(few)
    assert attacked > 100


def test_of_protected_slices_other_tables_tell_nothing(project: Project) -> None:
    for table in (
        "monitor_distributions", "monitor_drift_bins", "monitor_confusion", "monitor_ranking",
        "monitor_proxies", "monitor_concentration", "monitor_concept", "monitor_labelling_queue",
    ):  # fmt: skip
        assert project.frame(table, IS_PROTECTED).empty, table
    assert project.frame("monitor_segments", f"dimension in {PROTECTED}").empty
    groups = "subject in ('age', 'sex', 'town', 'years')"  # years is age by another name
    for table in (
        "monitor_distributions", "monitor_drift_bins", "monitor_profiles", "monitor_new_categories",
    ):  # fmt: skip
        assert project.frame(table, groups).empty, table
    assert project.frame("monitor_rulers", f"{groups} and reference_count is not null").empty
    nulls = {
        "monitor_calibration_buckets": ["prediction_count", "outcome_count", "observed_rate"],
        "monitor_profiles": ["min", "max"],
        "monitor_drift": ["baseline_row_count"],
        "monitor_performance": ["true_positives", "false_positives", "true_negatives"],
        "monitor_labels": EVENTS["monitor_labels"][2:],
    }
    for table, columns in nulls.items():
        found = project.frame(table, IS_PROTECTED)
        # a slice that is published by the week is not evaluated for drift before many weeks
        assert len(found) or table == "monitor_drift", table
        assert found[columns].isna().all(axis=None), table


# One number of rows each: all predictions have labels, scores and decisions here.
OF_ROWS = {
    "monitor_metrics": ("row_count", "true"),
    "monitor_profiles": ("row_count", "true"),
    "monitor_drift": ("row_count", "true"),
    "monitor_labels": ("prediction_count", "true"),
    "monitor_performance": ("labelled_count", "is_final"),
    "monitor_estimates": ("prediction_count", "true"),
    "monitor_calibration": ("row_count", "is_final"),
    "monitor_value": ("decided_count", "is_final"),
    "monitor_fairness": ("labelled_count", "is_final"),
}


@pytest.mark.parametrize("monitor", ["people", "feed"])
@pytest.mark.parametrize("column", PROTECTED)
def test_no_group_is_recovered_from_all_tables_together(
    log: dict[str, pd.DataFrame], project: Project, monitor: str, column: str, evidence: Note
) -> None:
    raw = log[monitor]
    cells = raw.assign(day=raw["at"].dt.normalize())
    cells = cells.groupby(["day", "version", "variant", column]).size()
    cells = cells.unstack(fill_value=0).stack().rename("n").reset_index()  # empty ones are unknown
    values = cells["n"].to_numpy()
    arms = {"live": ["control", "new"], "untreated": ["control"], "treated": ["new"]}

    def cover(start: Any, end: Any, version: str, role: str, group: str | None) -> Sum:
        chosen = (cells["day"] >= start) & (cells["day"] < end) & cells["variant"].isin(arms[role])
        if version != "(all)":
            chosen &= cells["version"] == version
        if group is not None:
            chosen &= cells[column] == group
        return np.asarray(chosen, float)

    place = ["window_start", "window_end", "model_version", "role"]
    published: set[tuple[Any, ...]] = set()
    places: set[tuple[Any, ...]] = set()
    for table, (count, where) in OF_ROWS.items():
        found = project.query(
            f"select distinct {', '.join(place)}, slice_name, slice_value, {count} as n from {table}"
            f" where monitor = '{monitor}' and (log = 'predictions' or log like 'predictions.%')"
            f" and slice_name in ('(all)', '{column}') and window_name <> 'hour' and {where}"
        )
        for *key, name, value, n in found.itertuples(index=False):
            group = None if name == "(all)" else value
            # or the attack would be on other numbers than these
            assert cover(*key, group) @ values == n, (table, key, value)
            if group is not None:
                published.add((*key, group))
            places.add(tuple(key))
    assert project.frame("monitor_metrics", f"{IS_PROTECTED} and window_name = 'hour'").empty
    known = [cover(*row) for row in published] + [cover(*key, None) for key in places]
    groups, few = sorted(cells[column].unique()), []
    for start, end, version, _ in places:
        window = f"{start} to {end}"
        for role in arms:
            hidden = {
                group: cover(start, end, version, role, group)
                for group in groups
                if (start, end, version, role, group) not in published
            }
            whole = cover(start, end, version, role, None)
            if not whole @ values:
                known += list(np.eye(len(values))[whole > 0])
            rest = np.sum(list(hidden.values()), axis=0)
            # that the others are none is published: the rest is the whole, which is, too
            if hidden and rest @ values < whole @ values:
                hidden["the rest"] = rest
            few += [
                ((window, version, role, group, int(target @ values)), target)
                for group, target in hidden.items()
                if 0 < target @ values < MIN_CELL
            ]
    assert len(few) > 50
    assert published
    found = recovered(known, [target for _, target in few])
    evidence(
        f"hidden cells of {column} attacked in all tables of {monitor}, recovered",
        f"{len(few)}, {sum(found)}",
    )
    assert not [name for (name, _), is_found in zip(few, found, strict=True) if is_found]
