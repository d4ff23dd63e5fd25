"""Labelling queue, proxies and the value of decisions, against a plain reading of the raw rows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 14
SIZE = 9_000
AS_OF = pd.Timestamp("2026-03-16 06:00")
LATENESS = pd.Timedelta("2h")
CLICK, PURCHASE = pd.Timedelta("1h"), pd.Timedelta("3D")
BUDGET = 60
EDGES = {"v1": 0.4, "v2": 0.6}
LOWERED = (pd.Timestamp("2026-03-14 08:00"), 0.3)  # what the second decides by from then on
COSTS = {"true_positive": 12.5, "false_positive": -4, "false_negative": -3}
SELECT = ["+monitor_labelling_queue", "+monitor_proxies", "+monitor_value", *LEDGER]
TABLES = [
    "monitor_labelling_queue", "monitor_proxies", "monitor_value", "int_monitor__proxies",
    "int_monitor__label_candidates",
]  # fmt: skip

MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "version",
        "role": "role",
        "user": "person",
    },
    "scores": {
        "p": {"kind": "binary", "outcome": "purchase", "threshold": 0.5},
        "q": {"kind": "binary", "outcome": "review"},
    },
    "outcomes": {
        "source": ["logs", "events"],
        "prediction": "id",
        "name": "outcome",
        "value": "value",
        "time": "at",
        "loaded_at": "loaded_at",
        "kinds": {
            "click": {"matures_after": "1h", "otherwise": 0},
            "purchase": {"matures_after": "3d", "otherwise": 0, "proxy": "click"},
            "spent": {"matures_after": "3d", "proxy": "click", "horizon": "long_term"},
            "review": {"matures_after": "1d"},
        },
    },
    "slices": ["region", "device", ["region", "device"]],
    "protected_slices": ["age"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 100, "min_cell": 1},
    "costs": COSTS,
    "labelling": {"budget": BUDGET, "score": "q", "within": "5d"},
}
# The same decisions, and the same amounts as SQL.
BANK: dict[str, Any] = {
    **{name: part for name, part in MONITOR.items() if name != "labelling"},
    "name": "bank",
    "scores": {"p": MONITOR["scores"]["p"]},
    "outcomes": {
        **MONITOR["outcomes"],
        "kinds": {"purchase": {"matures_after": "3d", "otherwise": 0}},
    },
    "costs": {
        "true_positive": "12.5 + 0 * p", "false_positive": "-4", "false_negative": "(-3)",
        "true_negative": "0 * p",
    },
}  # fmt: skip
VERSIONS = pd.DataFrame(
    {
        "monitor": "shop",
        "model_version": [*EDGES, "v2"],
        "threshold": [*EDGES.values(), LOWERED[1]],
        "valid_from": [pd.NaT, pd.NaT, LOWERED[0]],
    }
)


def edges(log: pd.DataFrame) -> pd.Series:
    """What was in force when each prediction was made."""
    is_lowered = (log["version"] == "v2") & (log["at"] >= LOWERED[0])
    return log["version"].map(EDGES).mask(is_lowered, LOWERED[1])


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(11)
    log = pd.DataFrame({"id": [f"i{number:05}" for number in range(SIZE)]})
    log["at"] = START + pd.to_timedelta(np.sort(random.integers(0, DAYS * 86_400, SIZE)), unit="s")
    log["loaded_at"] = log["at"] + pd.Timedelta("1min")
    log["version"] = random.choice(["v1", "v2"], SIZE)
    log["role"] = random.choice(["live", "shadow"], SIZE, p=[0.9, 0.1])
    log["person"] = [f"user-{number % 500}" for number in range(SIZE)]
    log["region"] = random.choice(["north", "south", "isles"], SIZE, p=[0.6, 0.39, 0.01])
    log["device"] = random.choice(["ios", "web"], SIZE)
    log["age"] = np.where(np.arange(SIZE) % 97 == 0, "old", "young")
    log["p"] = random.random(SIZE).round(2)
    log["q"] = random.beta(0.5, 3, SIZE).round(3)
    log.loc[random.random(SIZE) < 0.02, "q"] = 1.5  # no probability
    clicked = random.random(SIZE) < 0.2 + 0.3 * log["p"]
    bought = random.random(SIZE) < np.where(clicked, 0.3, 0.05)
    events = []
    for name, which, most in (
        ("click", clicked, 5_000),
        ("purchase", bought, 3.2 * 86_400),
        ("spent", random.random(SIZE) < 0.7, 3.1 * 86_400),
        ("review", random.random(SIZE) < 0.6, 86_400),
    ):
        ids = np.flatnonzero(which)
        when = log["at"].to_numpy()[ids] + pd.to_timedelta(
            random.uniform(0, most, len(ids)).round(), unit="s"
        )
        value = np.ones(len(ids))
        if name == "spent":
            value = (clicked[ids] * 20 + random.gamma(2, 15, len(ids))).round(2)
        if name == "review":
            value = (random.random(len(ids)) < 0.4).astype(float)
        events.append(
            pd.DataFrame(
                {
                    "id": log["id"].to_numpy()[ids], "outcome": name, "value": value, "at": when,
                    "loaded_at": when + pd.Timedelta("2min"),
                }
            )
        )  # fmt: skip
    return log, pd.concat(events, ignore_index=True)


@pytest.fixture(scope="module")
def both() -> tuple[pd.DataFrame, pd.DataFrame]:
    return logs()


POLICY = {"versions": {"source": ["logs", "versions"]}}


def tables_of(log: pd.DataFrame, events: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"scores": log, "events": events, "versions": VERSIONS}


def tables() -> dict[str, pd.DataFrame]:
    return tables_of(*logs())


@pytest.fixture(scope="module")
def project(
    both: tuple[pd.DataFrame, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    folder = tmp_path_factory.mktemp("worth") / "shop"
    tables = tables_of(*both)
    tables["versions"] = pd.concat([VERSIONS, VERSIONS.assign(monitor="bank")])
    project = Project(folder, [MONITOR, BANK], tables, POLICY)
    project.build(str(AS_OF), SELECT)
    return project


def labels(both: tuple[pd.DataFrame, pd.DataFrame], name: str) -> pd.Series:
    """What an outcome is of each prediction that has matured; nothing where it is not known."""
    log, events = both
    matures = {"click": CLICK, "purchase": PURCHASE, "spent": PURCHASE}[name]
    mine = events[(events["outcome"] == name) & (events["loaded_at"] <= AS_OF)].set_index("id")
    value = log["id"].map(mine["value"])
    value[log["id"].map(mine["at"]) > log["at"] + matures] = np.nan
    if name != "spent":
        value = value.fillna(0)
    return value.where(log["at"] + matures + LATENESS <= AS_OF)


def places(log: pd.DataFrame, row: Any) -> pd.Series:
    """The live predictions of a row's window, slice and version."""
    here = (log["at"] >= row.window_start) & (log["at"] < row.window_end)
    here &= log["role"] == row.role
    if row.model_version != "(all)":
        here &= log["version"] == row.model_version
    for column, value in zip(row.slice_name.split("+"), row.slice_value.split("+"), strict=True):
        here &= True if column == "(all)" else log[column] == value
    return here


def to_label(asked: pd.DataFrame) -> pd.DataFrame:
    """Half of the budget the least certain, the other half round the slices."""
    order = {"by": ["u", "at", "id"], "ascending": [False, False, True]}
    asked = asked.sort_values(**order)
    first = list(asked["id"].head(BUDGET // 2))
    place = pd.concat(
        [
            pd.Series(np.arange(len(asked)), asked.index),
            *(asked.groupby(column).cumcount() for column in ("region", "device")),
        ],
        axis=1,
    ).min(axis=1)
    rest = asked[~asked["id"].isin(first)].assign(place=place)
    rest = rest.sort_values(["place", "u", "at", "id"], ascending=[True, False, False, True])
    chosen = asked[asked["id"].isin(first + list(rest["id"].head(BUDGET - len(first))))]
    return chosen.sort_values(**order)


def test_what_to_label_next(project: Project, both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    log, events = both
    known = events[(events["outcome"] == "review") & (events["loaded_at"] <= AS_OF)]
    recent = log["at"] >= log["loaded_at"].max().normalize() - pd.Timedelta("4D")
    asked = log[
        recent & (log["role"] == "live") & ~log["id"].isin(known["id"]) & log["q"].between(0, 1)
    ].copy()
    asked["u"] = 1 - (2 * asked["q"] - 1).abs()
    chosen = to_label(asked)

    found = project.frame("monitor_labelling_queue").sort_values("rank")
    assert list(found["rank"]) == list(range(1, BUDGET + 1))
    assert list(found["prediction_id"]) == list(chosen["id"])
    assert found["uncertainty"].to_numpy() == pytest.approx(chosen["u"].to_numpy(), abs=1e-12)
    assert set(found["score"]) == {"q"}
    islands = log.set_index("id").loc[found["prediction_id"], "region"] == "isles"
    assert islands.sum() >= 8, "one prediction in a hundred"
    assert set(found["slice_name"]) == {"(all)", "region", "device"}, "and not how old anybody is"
    assert "person" not in found.columns
    assert not any("user-" in str(value) for value in found.astype(str).to_numpy().ravel())


def test_what_is_no_until_it_is_told_is_asked_for_until_its_day_is_final(
    both: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    """A purchase that nobody has told of within three days was none: nobody has to look."""
    monitor = {**MONITOR, "labelling": {"budget": BUDGET, "score": "p", "within": "5d"}}
    project = Project(tmp_path / "shop", [monitor], tables_of(*both), POLICY)
    project.build(str(AS_OF), ["+monitor_labelling_queue"])
    found = project.frame("monitor_labelling_queue").sort_values("rank")

    log, events = both
    known = events[(events["outcome"] == "purchase") & (events["loaded_at"] <= AS_OF)]
    is_open = log["at"] >= (AS_OF - PURCHASE - LATENESS).normalize()
    asked = log[is_open & (log["role"] == "live") & ~log["id"].isin(known["id"])].copy()
    edge = edges(asked)
    asked["u"] = (asked["p"] / edge).where(asked["p"] < edge, (1 - asked["p"]) / (1 - edge))
    chosen = to_label(asked)
    assert list(found["prediction_id"]) == list(chosen["id"])
    assert found["uncertainty"].to_numpy() == pytest.approx(chosen["u"].to_numpy(), abs=1e-12)
    assert chosen["at"].min() < AS_OF - pd.Timedelta("2D"), "not of the last day alone"


def test_which_of_several_classes_to_label_next(
    both: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    """Where the likeliest leads the next by least: two that are equal are the least certain."""
    log, _ = both
    random = np.random.default_rng(12)
    names = ("order", "offer", "other")
    chances = random.dirichlet([1.0, 1.0, 1.0], SIZE).round(3)
    chances[random.random(SIZE) < 0.01] = [0.4, 0.4, 0.2]
    log = log.assign(**{f"is_{name}": chances[:, place] for place, name in enumerate(names)})
    known = random.random(SIZE) < 0.6
    topics = pd.DataFrame({
        "id": log["id"], "outcome": "topic", "value": random.choice(names, SIZE),
        "at": log["at"] + pd.Timedelta("1h"), "loaded_at": log["at"] + pd.Timedelta("2h"),
    })[known]  # fmt: skip
    monitor = {
        **{name: part for name, part in MONITOR.items() if name not in ("costs", "outcomes")},
        "scores": {
            "intent": {
                "kind": "multiclass", "outcome": "topic",
                "probabilities": {name: f"is_{name}" for name in names},
            }
        },
        "outcomes": {**MONITOR["outcomes"], "kinds": {"topic": {"matures_after": "1d"}}},
        "labelling": {"budget": BUDGET, "score": "intent", "within": "5d"},
    }  # fmt: skip
    project = Project(tmp_path / "shop", [monitor], tables_of(log, topics), POLICY)
    project.build(str(AS_OF), ["+monitor_labelling_queue"])
    found = project.frame("monitor_labelling_queue").sort_values("rank")

    recent = log["at"] >= log["loaded_at"].max().normalize() - pd.Timedelta("4D")
    told = topics.loc[topics["loaded_at"] <= AS_OF, "id"]
    asked = log[recent & (log["role"] == "live") & ~log["id"].isin(told)].copy()
    ordered = np.sort(asked[[f"is_{name}" for name in names]].to_numpy(), axis=1)
    # in this order: ties are of the last digit
    asked["u"] = 1 - ordered[:, -1] + ordered[:, -2]
    chosen = to_label(asked)
    assert (chosen["u"] == 1).sum() >= 5, "two that are equal"
    assert list(found["prediction_id"]) == list(chosen["id"])
    assert found["uncertainty"].to_numpy() == pytest.approx(chosen["u"].to_numpy(), abs=1e-12)
    assert set(found["score"]) == {"intent"}


def test_a_proxy_and_what_it_stands_for(
    project: Project, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    log, _ = both
    found = project.frame("monitor_proxies")
    assert set(found["outcome"]) == {"purchase", "spent"}
    # age is protected: decision 34
    assert set(found["slice_name"]) == {"(all)", "region", "device", "region+device"}
    assert found["is_final"].any()
    assert not found["is_final"].all()
    x = labels(both, "click")
    for row in found.sample(200, random_state=3).itertuples():
        y = labels(both, row.outcome)
        here = places(log, row) & x.notna() & y.notna()
        mine, theirs = x[here], y[here]
        given = theirs[mine > 0]
        assert row.matched_count == len(mine)
        assert row.mean_proxy == pytest.approx(mine.mean())
        assert row.mean_outcome == pytest.approx(theirs.mean())
        if pd.isna(row.given_count):  # one of the two parts of a slice is small
            assert row.slice_name != "(all)"
            assert len(given) * (len(mine) - len(given)) > 0
            continue
        assert row.given_count == len(given)
        assert row.outcome_given_proxy == pytest.approx(given.mean(), nan_ok=True)
        assert row.outcome_without_proxy == pytest.approx(theirs[mine == 0].mean(), nan_ok=True)
        r = np.corrcoef(mine, theirs)[0, 1] if mine.std() > 0 and theirs.std() > 0 else np.nan
        assert row.correlation == pytest.approx(r, abs=1e-6, nan_ok=True)
        if row.outcome == "spent" and len(given) > 1:
            error = given.std(ddof=0) / np.sqrt(len(given))
            assert row.outcome_given_proxy_error == pytest.approx(error, rel=1e-6)


def test_what_decisions_were_worth(
    project: Project, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    log, _ = both
    found = project.frame("monitor_value", "monitor = 'shop'")
    assert set(found["score"]) == {"p"}
    assert (found["unvalued_count"].dropna() == 0).all()
    y = labels(both, "purchase")
    said = log["p"] >= edges(log)
    worth = pd.Series(
        np.select(
            [said & (y == 1), said & (y == 0), ~said & (y == 1)],
            [COSTS["true_positive"], COSTS["false_positive"], COSTS["false_negative"]],
            0.0,
        )
    )
    for row in found.sample(150, random_state=5).itertuples():
        here = places(log, row) & y.notna()
        mine = worth[here]
        assert row.decided_count == len(mine)
        assert row.value == pytest.approx(mine.sum())
        assert row.benefit == pytest.approx(mine[mine > 0].sum())
        assert row.cost == pytest.approx(-mine[mine < 0].sum())
        assert row.value_per_decision_error == pytest.approx(
            mine.std(ddof=0) / np.sqrt(len(mine)), abs=1e-7
        )
        positives, negatives = (y[here] == 1).sum(), (y[here] == 0).sum()
        none, every = -3 * positives, 12.5 * positives - 4 * negatives
        assert row.value_of_none == pytest.approx(none)
        assert row.value_of_all == pytest.approx(every)
        assert row.gain == pytest.approx(mine.sum() - max(none, every))
        # of a ratio: one deviation of what each decision adds beyond its share of it
        if row.cost > 0:
            beyond = mine - row.roi * np.maximum(-mine, 0)
            assert row.roi_error == pytest.approx(np.sqrt((beyond**2).sum()) / row.cost)
        best = np.where(y[here] == 1, 12.5, 0.0)
        idle = np.where(y[here] == 1, *((12.5, -4.0) if every > none else (-3.0, 0.0)))
        possible = (best - idle).sum()
        if possible > 0:
            assert row.gain_share == pytest.approx((mine - idle).sum() / possible)
            beyond = mine - idle - row.gain_share * (best - idle)
            assert row.gain_share_error == pytest.approx(np.sqrt((beyond**2).sum()) / possible)


def test_amounts_of_the_rows_are_worth_what_the_same_numbers_are(project: Project) -> None:
    key = ["role", "model_version", "window_name", "window_end", "slice_name", "slice_value"]
    by_kind, by_row = (
        project.frame("monitor_value", f"monitor = '{name}'").set_index(key).sort_index()
        for name in ("shop", "bank")
    )
    numbers = by_kind.columns.difference(["monitor"])
    pd.testing.assert_frame_equal(by_kind[numbers], by_row[numbers], rtol=1e-12, atol=1e-12)
    assert len(by_row) > 150


def test_changed_costs_start_with_the_days_that_they_count(
    both: tuple[pd.DataFrame, pd.DataFrame], project: Project, tmp_path: Path
) -> None:
    """A window appears once they have counted each of its days; a rebuild reaches back."""
    unreadable = {**MONITOR, "costs": {"true_positive": "nothing_here + 1", "true_negative": 2}}
    changed = {**BANK, "costs": {**BANK["costs"], "true_positive": "12.5 * p"}}
    later = Project(tmp_path / "shop", [unreadable, changed], policy=POLICY)
    shutil.copy(project.file, later.file)
    log, events = both
    more = log[log["at"] >= START + pd.Timedelta("11D")]
    days = pd.Timedelta("3D")
    for name, rows in (("scores", more), ("events", events[events["id"].isin(more["id"])])):
        added = rows.assign(id="n" + rows["id"], at=rows["at"] + days)
        later.append(name, added.assign(loaded_at=rows["loaded_at"] + days))
    later.build("2026-03-22 06:00", SELECT)
    counted = pd.date_range("2026-03-14", "2026-03-18")

    def found(window: str, monitor: str = "bank") -> pd.DataFrame:
        whole = "role = 'live' and model_version = '(all)' and slice_name = '(all)'"
        place = f"monitor = '{monitor}' and window_name = '{window}'"
        rows = later.frame("monitor_value", f"{whole} and {place} and window_end > '2026-03-10'")
        return rows.set_index("window_end").sort_index()

    by_day = found("day").loc[counted[0] :]
    assert list(by_day.index) == list(counted)
    assert found("7d").loc[counted[0] :].empty
    # of an expression that cannot be read, what does not need it is counted
    of_shop = found("day", "shop").loc[counted[0] :]
    assert (of_shop["unvalued_count"] > 0).all()
    both_counts = of_shop["decided_count"] + of_shop["unvalued_count"]
    assert list(both_counts) == list(by_day["decided_count"])
    assert (of_shop["benefit"] > 0).all()
    problems = later.query("select distinct problems from monitor_watermarks order by 1 desc")
    assert "costs true_positive: " in problems["problems"].dropna().str.cat()
    assert "nothing_here" in problems["problems"].dropna().str.cat()

    later.build("2026-03-22 06:00", SELECT, {"rebuild": {"from": "2026-03-10"}})
    by_day, weeks = found("day"), found("7d").loc["2026-03-17":]
    assert list(weeks.index) == list(counted[3:])
    for end, week in weeks.iterrows():
        its_days = by_day.loc[end - pd.Timedelta("6D") : end]
        assert len(its_days) == 7
        assert week["value"] == pytest.approx(its_days["value"].sum())
