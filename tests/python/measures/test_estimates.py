"""What scores let expect, against a plain reading of it, and against what came true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 9
AS_OF = pd.Timestamp("2026-03-11 06:00")
CASES = 80
THRESHOLD = 0.4
TABLES = ["monitor_estimates"]
SELECT = ["+monitor_estimates", *LEDGER]
MEASURES = ("prevalence", "roc_auc", "accuracy", "precision", "recall", "f1")
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
        "id": "id",
    },
    "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": THRESHOLD}},
    "outcomes": {
        "source": ["logs", "outcomes"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "loaded_at": "at",
        "kinds": {"repaid": {"matures_after": "2d", "otherwise": 0}},
    },
    "reference": {"source": ["logs", "training"], "outcomes": {"repaid": "repaid"}},
    "slices": ["case"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 1, "slice_values": 1000},
}


def rate(p: np.ndarray) -> np.ndarray:
    """The score is too bold: what it calls 0.9 comes true in two of three."""
    return np.asarray(0.75 * p**1.2)


def people(random: np.random.Generator, size: int, case: int) -> pd.DataFrame:
    """Every fourth case is of its own kind: other scores than in training, or another truth."""
    a, b = [(1.2, 2.0), (1.2, 2.0), (3.0, 1.5), (1.2, 2.0)][case % 4]
    p = random.beta(a, b, size)
    true = rate(p) if case % 4 != 3 else np.full(size, 0.5)
    return pd.DataFrame({"p": p, "repaid": random.random(size) < true, "case": f"case_{case:02}"})


def logs() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(21)
    training = people(random, 30_000, 0)
    log = pd.concat([people(random, 900, case) for case in range(CASES)], ignore_index=True)
    log["at"] = START + pd.to_timedelta(random.integers(0, DAYS * 86_400, len(log)), unit="s")
    log = log.sort_values("at", ignore_index=True)
    log["loaded"] = log["at"] + pd.Timedelta("1min")
    log["id"] = np.arange(len(log)).astype(str)
    log["version"] = random.choice(["v1", "v2"], len(log))
    log.loc[random.random(len(log)) < 0.02, "p"] = None
    paid = log[log["repaid"]]
    delay = pd.to_timedelta(random.uniform(60, 2 * 86_400 - 1, len(paid)), unit="s")
    outcomes = pd.DataFrame({"id": paid["id"], "value": 1, "at": paid["at"] + delay})
    return training, log, outcomes


def tables() -> dict[str, pd.DataFrame]:
    training, log, outcomes = logs()
    return {
        "training": training.drop(columns="case"),
        "scores": log.drop(columns="repaid"),
        "outcomes": outcomes,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("estimates") / "shop", [MONITOR], tables())
    project.build(str(AS_OF), SELECT)
    return project


def expected(rows: pd.DataFrame, mapped: pd.DataFrame, edges: np.ndarray) -> dict[str, float]:
    """Of a score of yes or no, by its threshold."""
    p = rows.loc[rows["p"].notna(), "p"].to_numpy(float)
    return expected_of(p, p >= THRESHOLD, np.full(len(p), True), mapped, edges)


def expected_of(
    p: np.ndarray,
    said: np.ndarray,
    decided: np.ndarray,
    mapped: pd.DataFrame,
    edges: np.ndarray,
) -> dict[str, float]:
    """Row by row: the rate of the row's bin in training, pulled to the bin's own mean score."""
    no = decided & ~said
    cell = np.searchsorted(edges, p, side="left")
    mean = pd.Series(p).groupby(cell).transform("mean").to_numpy()
    k, n = (mapped[name].reindex(cell).fillna(0).to_numpy() for name in ("sum", "count"))
    c = (k + 2 * mean) / (n + 2)
    tp, fp = c[said].sum(), (1 - c[said]).sum()
    fn, tn = c[no].sum(), (1 - c[no]).sum()
    by_cell = pd.DataFrame({"cell": cell, "yes": c, "no": 1 - c}).groupby("cell").sum()
    below = by_cell["no"].cumsum() - by_cell["no"]
    pairs = (by_cell["yes"] * (below + by_cell["no"] / 2)).sum()
    return {
        "prevalence": c.mean(),
        "roc_auc": pairs / (c.sum() * (1 - c).sum()),
        "accuracy": (tp + tn) / decided.sum(),
        "precision": tp / (tp + fp) if said.any() else np.nan,
        "recall": tp / (tp + fn),
        "f1": 2 * tp / (2 * tp + fp + fn),
    }


def test_every_estimate(project: Project) -> None:
    training, log, _ = logs()
    bins = project.query(
        "select bin, lower_edge, upper_edge from int_monitor__ruler_bins "
        "where subject = 'p' and bin between 0 and 999 order by bin"
    )
    edges = bins["upper_edge"].to_numpy(float)[:-1]
    cell = np.searchsorted(edges, training["p"].to_numpy(), side="left")
    mapped = training["repaid"].groupby(cell).agg(["sum", "count"])
    found = project.frame("monitor_estimates")
    for row in found.sample(400, random_state=1).itertuples():
        inside = log[(log["at"] >= row.window_start) & (log["at"] < row.window_end)]
        if row.model_version != "(all)":
            inside = inside[inside["version"] == row.model_version]
        if row.slice_name == "case":
            inside = inside[inside["case"] == row.slice_value]
        assert row.prediction_count == inside["p"].notna().sum()
        for name, value in expected(inside, mapped, edges).items():
            estimate = getattr(row, f"estimated_{name}")
            assert estimate == pytest.approx(value, abs=2e-5, nan_ok=True), name


def test_it_is_there_before_the_labels_and_beside_them_after(project: Project) -> None:
    found = project.frame("monitor_estimates", "window_name = 'day' and slice_name = '(all)'")
    early = found["window_end"] > AS_OF - pd.Timedelta("50h")
    assert early.any()
    assert found.loc[early, "estimated_roc_auc"].notna().all()
    assert found.loc[early, "realised_roc_auc"].isna().all()
    assert found.loc[~early, "realised_roc_auc"].notna().all()
    error = found["estimated_accuracy"] - found["realised_accuracy"]
    assert np.allclose(found["error_accuracy"], error, equal_nan=True)


def test_it_is_right_where_the_score_means_what_it_did(project: Project) -> None:
    """Also of other scores than in training; where the truth has changed it is wrong, and says so."""
    found = project.frame(
        "monitor_estimates",
        "window_name = '7d' and slice_name = 'case' and model_version = '(all)' and is_final",
    )
    drifted = found["slice_value"].str[-2:].astype(int) % 4 == 3
    z = found["error_accuracy"] / found["accuracy_noise"]
    assert (~drifted).sum() >= 40
    assert z[~drifted].abs().max() < 4
    assert 0.6 < (z[~drifted] ** 2).mean() < 1.5
    assert found.loc[~drifted, "error_roc_auc"].abs().max() < 0.1
    assert found.loc[drifted, "error_roc_auc"].min() > 0.1
    # the score's own word would have been wrong everywhere
    taken = project.frame("monitor_performance", "slice_name = '(all)' and window_name = '7d'")
    assert (taken["mean_score"] - taken["prevalence"]).min() > 0.05
    assert (taken["estimated_accuracy"] - taken["accuracy"]).abs().max() < 0.1


def area(p: np.ndarray, y: np.ndarray) -> float:
    ranks, yes = stats.rankdata(p), y.sum()
    return float((ranks[y].sum() - yes * (yes + 1) / 2) / (yes * (len(y) - yes)))


def by_chance(p: np.ndarray, true: np.ndarray) -> dict[str, tuple[float, float]]:
    """What each measure is where each row comes true as often as it does, and how far it strays."""
    random = np.random.default_rng(3)
    said = p >= THRESHOLD
    drawn = random.random((400, len(p))) < true
    found = [(area(p, y), y[said].mean(), y[said].sum() / y.sum()) for y in drawn]
    return dict(
        zip(
            ("roc_auc", "precision", "recall"),
            zip(np.mean(found, axis=0), np.std(found, axis=0), strict=True),
            strict=True,
        )
    )


def came_true(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    said = p >= THRESHOLD
    return {
        "roc_auc": float(roc_auc_score(y, p)),
        "precision": y[said].mean(),
        "recall": y[said].sum() / y.sum(),
    }


def assert_off_by_chance(z: dict[str, list[float]]) -> None:
    """What chance does to the squares in all but one of a thousand cases."""
    for name, values in z.items():
        low, high = stats.chi2.interval(0.999, len(values))
        assert max(map(abs, values)) < 4, name
        assert low < np.sum(np.square(values)) < high, name


def test_of_other_scores_than_in_training_it_is_off_by_chance_alone(project: Project) -> None:
    """Areas and shares too. The rates come of 30,000 rows: what chance did to them adds little."""
    _, log, _ = logs()
    found = project.frame(
        "monitor_estimates",
        "window_name = '7d' and slice_name = 'case' and model_version = '(all)' and is_final",
    )
    shifted = found["slice_value"].str[-2:].astype(int) % 4 == 2
    found = found[shifted & (found["window_end"] == found["window_end"].max())]
    assert len(found) == CASES // 4
    z: dict[str, list[float]] = {"roc_auc": [], "precision": [], "recall": []}
    for row in found.itertuples():
        inside = log[(log["case"] == row.slice_value) & log["p"].notna()]
        inside = inside[(inside["at"] >= row.window_start) & (inside["at"] < row.window_end)]
        p, y = inside["p"].to_numpy(float), inside["repaid"].to_numpy()
        chance = by_chance(p, rate(p))
        for name, value in came_true(p, y).items():
            # areas are those of the bins
            close = 2e-3 if name == "roc_auc" else 1e-9
            assert getattr(row, f"realised_{name}") == pytest.approx(value, abs=close), name
            z[name].append((getattr(row, f"estimated_{name}") - value) / chance[name][1])
    assert_off_by_chance(z)


# -- several classes: each against the rest, and all at once

CLASSES = ("rent", "buy", "leave")
PER_CLASS_CASE = 2_000
INTENT: dict[str, Any] = {
    **MONITOR,
    "name": "intents",
    "predictions": {**MONITOR["predictions"], "source": ["logs", "intents"]},
    "scores": {
        "c": {
            "kind": "multiclass",
            "outcome": "intent",
            "predicted": "said",
            "probabilities": {name: f"c_{name}" for name in CLASSES},
        }
    },
    "outcomes": {
        **MONITOR["outcomes"],
        "source": ["logs", "intent_outcomes"],
        "kinds": {"intent": {"matures_after": "2d"}},
    },
    "reference": {"source": ["logs", "intent_training"], "outcomes": {"intent": "truth"}},
    "limits": {"min_rows": 20, "min_cell": 1, "slice_values": 50},
}


def visitors(random: np.random.Generator, size: int, *, as_trained: bool) -> pd.DataFrame:
    """Probabilities that are too sure of themselves; or, in another world, of the wrong class."""
    true = random.dirichlet((1.0, 0.7, 0.5), size)
    bold = true**1.5 / (true**1.5).sum(axis=1, keepdims=True)
    drawn = (random.random((size, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(max=2)
    found = pd.DataFrame(bold, columns=[f"c_{name}" for name in CLASSES])
    found["said"] = np.array(CLASSES)[bold.argmax(axis=1)]
    found["truth"] = np.array(CLASSES)[drawn if as_trained else (drawn + 1) % 3]
    return found


@pytest.fixture(scope="module")
def intents(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Project, pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(77)
    training = visitors(random, 30_000, as_trained=True)
    parts = [visitors(random, PER_CLASS_CASE, as_trained=case % 4 != 3) for case in range(12)]
    log = pd.concat(
        [part.assign(case=f"case_{case:02}") for case, part in enumerate(parts)], ignore_index=True
    )
    log["at"] = START + pd.to_timedelta(random.integers(0, DAYS * 86_400, len(log)), unit="s")
    log = log.sort_values("at", ignore_index=True)
    log["loaded"] = log["at"] + pd.Timedelta("1min")
    log["id"] = np.arange(len(log)).astype(str)
    log["version"] = random.choice(["v1", "v2"], len(log))
    log.loc[random.random(len(log)) < 0.02, "said"] = None
    log.loc[random.random(len(log)) < 0.02, "c_buy"] = None
    outcomes = pd.DataFrame(
        {"id": log["id"], "value": log["truth"], "at": log["at"] + pd.Timedelta("3h")}
    )
    project = Project(tmp_path_factory.mktemp("intents") / "shop", [INTENT])
    project.load("intent_training", training)
    project.load("intents", log.drop(columns="truth"))
    project.load("intent_outcomes", outcomes)
    project.build(str(AS_OF), SELECT)
    return project, training, log


def test_every_estimate_of_a_class(intents: tuple[Project, pd.DataFrame, pd.DataFrame]) -> None:
    project, training, log = intents
    bins = project.query(
        "select subject, upper_edge from int_monitor__ruler_bins "
        "where subject like 'c.%' and bin between 0 and 999 order by subject, bin"
    )
    edges = {
        name: bins.loc[bins["subject"] == f"c.{name}", "upper_edge"].to_numpy(float)[:-1]
        for name in CLASSES
    }
    mapped = {
        name: (training["truth"] == name)
        .groupby(np.searchsorted(edges[name], training[f"c_{name}"].to_numpy(), side="left"))
        .agg(["sum", "count"])
        for name in CLASSES
    }
    found = project.frame("monitor_estimates").rename(columns={"class": "of_class"})
    assert set(found["of_class"]) == {*CLASSES, "(micro)"}
    seen = 0
    of_whole = found[(found["slice_name"] == "(all)") & (found["model_version"] == "(all)")]
    for row in pd.concat([found.sample(300, random_state=1), of_whole]).itertuples():
        inside = log[(log["at"] >= row.window_start) & (log["at"] < row.window_end)]
        if row.model_version != "(all)":
            inside = inside[inside["version"] == row.model_version]
        if row.slice_name == "case":
            inside = inside[inside["case"] == row.slice_value]
        right, said_of_any = 0.0, 0
        for name in CLASSES:
            scored = inside[inside[f"c_{name}"].notna()]
            p = scored[f"c_{name}"].to_numpy(float)
            said = (scored["said"] == name).to_numpy()
            values = expected_of(
                p, said, scored["said"].notna().to_numpy(), mapped[name], edges[name]
            )
            right += np.nan_to_num(values["precision"]) * said.sum()
            said_of_any += said.sum()
            if row.of_class == name:
                assert row.prediction_count == len(scored)
                for measure, value in values.items():
                    estimate = getattr(row, f"estimated_{measure}")
                    assert estimate == pytest.approx(value, abs=2e-5, nan_ok=True), measure
                    seen += 1
        if row.of_class == "(micro)":
            assert row.estimated_accuracy == pytest.approx(right / said_of_any, abs=2e-5)
            assert np.isnan(row.estimated_roc_auc)
            seen += 1
    assert seen > 1_000


def test_classes_are_estimated_before_labels_and_rightly(
    intents: tuple[Project, pd.DataFrame, pd.DataFrame],
) -> None:
    project, _, _ = intents
    found = project.frame("monitor_estimates", "window_name = 'day' and slice_name = '(all)'")
    early = found["window_end"] > AS_OF - pd.Timedelta("50h")
    assert set(found.loc[early, "class"]) == {*CLASSES, "(micro)"}
    assert found.loc[early, "estimated_accuracy"].notna().all()
    assert found.loc[early, "realised_accuracy"].isna().all()
    weeks = project.frame(
        "monitor_estimates",
        "window_name = '7d' and slice_name = 'case' and model_version = '(all)' and is_final",
    )
    drifted = weeks["slice_value"].str[-2:].astype(int) % 4 == 3
    z = (weeks["error_accuracy"] / weeks["accuracy_noise"])[weeks["class"] != "(micro)"]
    assert z[~drifted].abs().max() < 4
    assert 0.5 < (z[~drifted] ** 2).mean() < 1.7
    micro = weeks["class"] == "(micro)"
    assert weeks.loc[micro & ~drifted, "error_accuracy"].abs().max() < 0.06
    assert weeks.loc[micro & drifted, "error_accuracy"].min() > 0.2
    taken = project.frame("monitor_performance", "class = '(micro)' and window_name = '7d'")
    assert (taken["estimated_accuracy"].notna()).all()


# -- scores that are right about themselves: twenty seeds, each a value of the slice

SEEDS = 20
PER_SEED = 1_500
WORD = {
    **MONITOR,
    "name": "honest",
    "predictions": {**MONITOR["predictions"], "source": ["logs", "honest"]},
    "outcomes": {**MONITOR["outcomes"], "source": ["logs", "honest_outcomes"]},
    "slices": ["seed"],
    "windows": ["7d"],
}
del WORD["reference"]


def honest() -> pd.DataFrame:
    parts = []
    for seed in range(SEEDS):
        random = np.random.default_rng(1_000 + seed)
        p = random.beta(1.2, 2.0, PER_SEED)
        parts.append(
            pd.DataFrame({"p": p, "repaid": random.random(PER_SEED) < p, "seed": f"s{seed:02}"})
        )
    log = pd.concat(parts, ignore_index=True)
    # every seed over the same days, as many rows an hour
    place = log.groupby("seed").cumcount()
    log["at"] = START + pd.to_timedelta(place * (DAYS * 86_400 // PER_SEED), unit="s")
    log["loaded"] = log["at"] + pd.Timedelta("1min")
    log["id"] = log["seed"] + "-" + place.astype(str)
    log["version"] = "v1"
    return log.sort_values("at", ignore_index=True)


def repaid(
    folder: Path, monitor: dict[str, Any], log: pd.DataFrame, days: int, select: Any = None
) -> Project:
    """Built three days after the last row, of an outcomes log that says when it came true."""
    name = monitor["predictions"]["source"][1]
    project = Project(folder / "shop", [monitor])
    project.load(name, log.drop(columns="repaid"))
    paid = log[log["repaid"]]
    outcomes = pd.DataFrame({"id": paid["id"], "value": 1, "at": paid["at"] + pd.Timedelta("1h")})
    # of nobody: it says that the log was read that far
    outcomes.loc[len(log)] = ["nobody", 1, START + pd.Timedelta(days=days + 2)]
    project.load(f"{name}_outcomes", outcomes)
    project.build(str(START + pd.Timedelta(days=days + 3)), select)
    return project


def test_of_honest_scores_it_is_off_by_chance_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log = honest()
    project = repaid(tmp_path_factory.mktemp("honest"), WORD, log, DAYS, SELECT)
    found = project.frame(
        "monitor_estimates",
        "window_name = '7d' and slice_name = 'seed' and model_version = '(all)' and is_final",
    )
    found = found[found["window_end"] == found["window_end"].max()]
    assert len(found) == SEEDS
    places = ["window_end", "window_name", "slice_name", "slice_value", "model_version", "class"]
    performance = project.frame("monitor_performance", "role = 'live'").set_index(places)
    z: dict[str, list[float]] = {"roc_auc": [], "precision": [], "recall": []}
    covered = dict.fromkeys(z, 0)
    for row in found.itertuples():
        measured = performance.loc[
            (row.window_end, "7d", "seed", row.slice_value, "(all)", "(binary)")
        ]
        inside = log[(log["seed"] == row.slice_value) & (log["at"] >= row.window_start)]
        inside = inside[inside["at"] < row.window_end]
        p, y = inside["p"].to_numpy(), inside["repaid"].to_numpy()
        chance = by_chance(p, p)
        for name, value in came_true(p, y).items():
            middle = chance[name][0]
            covered[name] += measured[f"{name}_lower"] <= middle <= measured[f"{name}_upper"]
            z[name].append((getattr(row, f"estimated_{name}") - value) / chance[name][1])
    assert_off_by_chance(z)
    # intervals of 95% miss more than this in one of a thousand cases
    assert min(covered.values()) >= stats.binom.ppf(0.001, SEEDS, 0.95), covered


# -- an expectation that has been wrong

HONEST, WRONG, PER_DAY = 8, 16, 600
UNSURE = 13  # days after the truth has changed the scores themselves no longer tell anybody apart
BELIEVED = {
    **MONITOR,
    "name": "believed",
    "predictions": {**MONITOR["predictions"], "source": ["logs", "believed"]},
    "outcomes": {**MONITOR["outcomes"], "source": ["logs", "believed_outcomes"]},
    "slices": [],
}
del BELIEVED["reference"]


def believed() -> pd.DataFrame:
    """Scores that say how often they are right, until what they say has nothing to do with it."""
    random = np.random.default_rng(77)
    size = (HONEST + WRONG) * PER_DAY
    log = pd.DataFrame({"id": np.arange(size).astype(str), "version": "v1"})
    log["at"] = START + pd.to_timedelta(np.arange(size) * (86_400 // PER_DAY), unit="s")
    log["loaded"] = log["at"] + pd.Timedelta("1min")
    day = np.arange(size) // PER_DAY
    log["p"] = random.beta(1.2, 2.0, size)
    log["p"] = log["p"].where(day < HONEST + UNSURE, 0.35 + 0.05 * random.random(size))
    log["repaid"] = random.random(size) < np.where(day < HONEST, log["p"], 0.4)
    return log


def test_an_estimate_that_was_wrong_is_said_and_then_not_believed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log = believed()
    project = repaid(tmp_path_factory.mktemp("believed"), BELIEVED, log, HONEST + WRONG)

    estimates = project.frame(
        "monitor_estimates", "window_name = 'day' and model_version = '(all)'"
    )
    estimates = estimates.set_index((estimates["window_end"] - START).dt.days).sort_index()
    wrong = estimates["error_roc_auc"].abs() > 0.05
    assert not wrong.loc[:HONEST].any()
    assert wrong.loc[HONEST + 1 : HONEST + UNSURE].all()

    signals = project.frame("monitor_signals", "family = 'estimates' and model_version = '(all)'")
    days = signals[(signals["metric"] == "roc_auc") & (signals["window_name"] == "day")]
    told = set((days["window_end"] - START).dt.days)
    for day in range(HONEST, HONEST + WRONG + 1):
        # what had matured, after two days, when the day ended
        errors = estimates.loc[: day - 2, "error_roc_auc"].abs()
        assert (day in told) == (errors.median() <= 0.05), day
    assert HONEST + UNSURE - 5 in told
    assert HONEST + UNSURE not in told

    errors = signals[(signals["metric"] == "roc_auc_error") & (signals["window_name"] == "7d")]
    last = errors[errors["window_end"] == START + pd.Timedelta(days=HONEST + 8)].iloc[0]
    assert last["value"] > 0.2
    assert 0 < last["noise_floor"] < 0.05
    alerts = project.frame("monitor_alerts", "family = 'estimates'")
    assert set(alerts["rule_id"]) == {"estimate_error"}
    assert set(alerts["severity"]) == {"critical"}
    assert (alerts["since"] >= START + pd.Timedelta(days=HONEST - 6)).all()
