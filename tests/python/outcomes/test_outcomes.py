"""Labels, performance and calibration against scikit-learn on the raw rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from ..harness.outcome_cases import (
    CLASSES,
    MATURES,
    MONITOR,
    START,
    TYPES,
    VERSIONS,
    labels,
    observed,
    predictions,
    thresholds,
)
from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.apart

CASES = 210
AS_OF = pd.Timestamp("2026-03-10 15:20")
SELECT = [
    "+monitor_confusion", "+monitor_labels", "+monitor_calibration_buckets", "+monitor_value",
    "+monitor_calibration", *LEDGER,
]  # fmt: skip
WEEK = pd.Timestamp("2026-03-09")  # the window 7d that ends here holds every maturity
KEY = ["model_version", "slice_name", "slice_value"]
Cell: TypeAlias = tuple[str, ...]  # its version, slice and value
Expected: TypeAlias = dict[
    str, tuple[float, float]
]  # by column: the value, and how far off it may be


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return predictions(CASES)


@pytest.fixture(scope="module")
def known(log: pd.DataFrame) -> pd.DataFrame:
    return labels(log)


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, log: pd.DataFrame, known: pd.DataFrame
) -> Project:
    project = Project(
        tmp_path_factory.mktemp("outcomes") / "shop",
        [MONITOR],
        policy={"versions": {"source": ["logs", "versions"]}},
    )
    raw = log.drop(columns=["true_click", "true_amount", "true_intent", "is_labelled"])
    project.load("predictions", raw, types=TYPES)
    project.load("labels", known)
    project.load("versions", VERSIONS)
    project.build(str(AS_OF), SELECT)
    return project


def groups(rows: pd.DataFrame, window: str, end: pd.Timestamp) -> dict[Cell, pd.DataFrame]:
    """The live rows of a window by version and slice, as the tables have them."""
    width = pd.Timedelta("1D" if window == "day" else "7D")
    inside = rows[(rows["at"] >= end - width) & (rows["at"] < end) & (rows["role"] == "live")]
    found = {}
    for version, part in [("(all)", inside), *inside.groupby("version")]:
        found[version, "(all)", "(all)"] = part
        for case, cell in part.groupby("case"):
            found[version, "case", case] = cell
    return found


def table(project: Project, model: str, more: str = "true") -> pd.DataFrame:
    frame = project.frame(model, f"role = 'live' and {more}")
    return frame.set_index(KEY).sort_index()


def of_the_week(project: Project, score: str) -> pd.DataFrame:
    where = f"score = '{score}' and window_name = '7d' and window_end = '{WEEK}'"
    return table(project, "monitor_performance", where)


def compared(
    project: Project,
    model: str,
    where: str,
    cells: dict[Cell, pd.DataFrame],
    expected: Callable[[pd.DataFrame, Cell], Expected],
) -> int:
    """Each column against (value, tolerance) of the oracle; how many cells there were."""
    rows = table(project, model, where)
    assert rows.index.is_unique
    assert set(rows.index) == set(cells)
    wrong = []
    for key, cell in cells.items():
        row = rows.loc[key]
        for column, (value, tolerance) in expected(cell, key).items():
            got = row[column]
            same = pd.isna(got) if math.isnan(value) else abs(got - value) <= tolerance
            if not same:
                wrong.append((key, column, got, value))
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"
    return len(cells)


# -- labels


@pytest.mark.parametrize("outcome", list(MATURES))
@pytest.mark.parametrize("window", ["day", "7d"])
def test_labels(
    project: Project, log: pd.DataFrame, known: pd.DataFrame, outcome: str, window: str
) -> None:
    rows = observed(log, known, outcome, AS_OF)
    final_through = AS_OF - MATURES[outcome] - pd.Timedelta("2h")
    for end in pd.date_range(START + pd.Timedelta("7D"), "2026-03-10"):
        is_final = float(end <= final_through)

        def expected(cell: pd.DataFrame, _: Cell, is_final: float = is_final) -> Expected:
            matured = int(cell["matured"].sum())
            numbers = pd.to_numeric(cell["y"], errors="coerce") if outcome != "intent" else None
            return {
                "prediction_count": (len(cell), 0),
                "matured_count": (matured, 0),
                "labelled_count": (cell["y"].notna().sum(), 0),
                "observed_count": (cell["observed"].sum(), 0),
                "late_outcome_count": (cell["late"].sum(), 0),
                "early_outcome_count": (cell["early"].sum(), 0),
                "invalid_outcome_count": (cell["invalid"].sum(), 0),
                "repeated_outcome_count": (cell["repeated"].sum(), 0),
                "corrected_outcome_count": (cell["corrected"].sum(), 0),
                "label_coverage": (
                    cell["y"].notna().sum() / matured if matured else math.nan, 1e-12,
                ),
                "mean_outcome": (math.nan if numbers is None else numbers.mean(), 1e-5),
                "is_final": (is_final, 0),
            }  # fmt: skip

        where = f"outcome = '{outcome}' and window_name = '{window}' and window_end = '{end}'"
        compared(project, "monitor_labels", where, groups(rows, window, end), expected)
    # some were sent twice, and some of these said something else
    assert 0 < rows["corrected"].sum() < rows["repeated"].sum()


def test_delays_lie_within_a_step(project: Project, log: pd.DataFrame, known: pd.DataFrame) -> None:
    rows = observed(log, known, "click", AS_OF)
    cell = groups(rows, "7d", WEEK)["(all)", "(all)", "(all)"]
    delays = cell.loc[cell["observed"], "delay"].clip(lower=0)
    row = table(
        project,
        "monitor_labels",
        f"outcome = 'click' and window_name = '7d' and window_end = '{WEEK}'",
    )
    row = row.loc[("(all)", "(all)", "(all)")]
    for name, level in (("delay_p50", 0.5), ("delay_p90", 0.9), ("delay_p99", 0.99)):
        assert row[name] == pytest.approx(delays.quantile(level, "higher"), rel=0.106)


# -- performance


def decided(cell: pd.DataFrame) -> np.ndarray:
    return cell["p"].astype(float).to_numpy() >= thresholds(cell).to_numpy()


def scored(cell: pd.DataFrame, score: str) -> pd.DataFrame:
    number = pd.to_numeric(cell[score], errors="coerce")
    return cell[cell["y"].notna() & (number.between(0, 1) if score == "p" else number.notna())]


def loss(y: np.ndarray, p: np.ndarray) -> float:
    """scikit-learn's, which holds 1 - p where 1 - 1e-15 is rounded; plainly where that is."""
    if ((p > 0) & (p < 1)).all():
        return float(metrics.log_loss(y, p, labels=[0, 1]))
    return float(-np.mean(np.log(np.maximum(np.where(y == 1, p, 1 - p), 1e-15))))


def ratio(top: float, below: float) -> float:
    return top / below if below else math.nan


def binary(cell: pd.DataFrame, _: Cell) -> Expected:
    rows = scored(cell, "p")
    y, p = rows["y"].astype(int).to_numpy(), rows["p"].astype(float).to_numpy()
    said = decided(rows)
    both = len(set(y)) == 2
    tp, fp = int((said & (y == 1)).sum()), int((said & (y == 0)).sum())
    fn, tn = int((~said & (y == 1)).sum()), int((~said & (y == 0)).sum())
    sides = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    some = len(rows) > 0
    recall, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    ends = {
        f"{name}_{end}": (value, 1e-9)
        for name, counts in {
            "accuracy": (tp + tn, len(rows)), "precision": (tp, tp + fp), "recall": (tp, tp + fn),
        }.items()
        for end, value in zip(
            ("lower", "upper"), wilson(*counts) if counts[1] else (math.nan, math.nan), strict=True
        )
    }  # fmt: skip
    return ends | {
        "matured_count": (cell["matured"].sum(), 0),
        "labelled_count": (len(rows), 0),
        "true_positives": (tp if some else math.nan, 0),
        "false_positives": (fp if some else math.nan, 0),
        "true_negatives": (tn if some else math.nan, 0),
        "false_negatives": (fn if some else math.nan, 0),
        "prevalence": (y.mean() if some else math.nan, 1e-12),
        "mean_score": (p.mean() if some else math.nan, 1e-6),
        "accuracy": (metrics.accuracy_score(y, said) if some else math.nan, 1e-12),
        "precision": (
            metrics.precision_score(y, said, zero_division=np.nan) if tp + fp else math.nan, 1e-12,
        ),
        "recall": (recall, 1e-12),
        "specificity": (specificity, 1e-12),
        "f1": (metrics.f1_score(y, said) if tp + fp + fn else math.nan, 1e-12),
        "balanced_accuracy": ((recall + specificity) / 2, 1e-12),
        "lift": (
            metrics.precision_score(y, said) / y.mean() if said.any() and y.any() else math.nan,
            1e-12,
        ),
        "mcc": (metrics.matthews_corrcoef(y, said) if sides else math.nan, 1e-12),
        "log_loss": (loss(y, p) if some else math.nan, 2e-6),
        "brier": (metrics.brier_score_loss(y, p) if some else math.nan, 2e-6),
        "roc_auc": (metrics.roc_auc_score(y, p), 1.0) if both else (math.nan, 0),
    }  # fmt: skip


@pytest.mark.parametrize("window", ["day", "7d"])
def test_binary(project: Project, log: pd.DataFrame, known: pd.DataFrame, window: str) -> None:
    rows = observed(log, known, "click", AS_OF)
    cells = {k: v for k, v in groups(rows, window, WEEK).items() if v["matured"].any()}
    where = f"score = 'p' and window_name = '{window}' and window_end = '{WEEK}'"
    count = compared(project, "monitor_performance", where, cells, binary)
    assert window == "day" or count > 2.5 * CASES


# -- what it was worth, where that depends on the row

MOST = 2**70  # millionths


def millionths(amounts: pd.Series) -> np.ndarray:
    """Whole numbers of any size, as exact as numbers of the log can be counted."""
    limited = amounts.clip(-MOST / 1e6, MOST / 1e6)
    return np.array([int(np.floor(number * 1e6 + 0.5)) for number in limited], object)


def worth(cell: pd.DataFrame, _: Cell) -> Expected:
    """Each decision by itself: what it was worth, and what the other one would have been."""
    rows = scored(cell, "p")
    is_event = rows["y"].astype(int) == 1
    paid, fee = rows["paid"].astype(float), rows["fee"]
    yes = (paid * 0.9).where(is_event, -4.0)
    no = (-paid).where(is_event, fee)
    known = np.isfinite(yes) & np.isfinite(no) & (yes.abs() <= 1e100) & (no.abs() <= 1e100)
    n = int(known.sum())
    found: Expected = {"decided_count": (n, 0), "unvalued_count": (len(rows) - n, 0)}
    if not n:
        nothing = "benefit cost value value_per_decision value_per_decision_error roi roi_error"
        others = "value_of_none value_of_all value_of_perfect gain gain_share gain_share_error"
        return found | dict.fromkeys(f"{nothing} {others}".split(), (math.nan, 0))
    said = decided(rows[known])
    of_yes, of_no = millionths(yes[known]), millionths(no[known])
    mine = np.where(said, of_yes, of_no)
    best = np.maximum(of_yes, of_no)
    idle = of_yes if of_yes.sum() > of_no.sum() else of_no
    spent = np.maximum(-mine, 0)
    cost, gain, possible = spent.sum(), (mine - idle).sum(), (best - idle).sum()
    roi, share = ratio(mine.sum(), cost), ratio(gain, possible)
    # exact: sums of squares of whole numbers
    variance = n * (mine**2).sum() - mine.sum() ** 2
    if variance <= 10**-12 * n * (mine**2).sum():
        variance = 0

    def error_of(ratio: float, upper: np.ndarray, lower: np.ndarray) -> float:
        if math.isnan(ratio):
            return math.nan
        beyond = upper.astype(float) - ratio * lower.astype(float)
        return math.sqrt(math.fsum(beyond**2)) / float(lower.sum())

    amounts = {
        "benefit": np.maximum(mine, 0).sum(), "cost": cost, "value": mine.sum(), "gain": gain,
        "value_of_none": of_no.sum(), "value_of_all": of_yes.sum(), "value_of_perfect": best.sum(),
    }  # fmt: skip
    ratios = {
        "value_per_decision": mine.sum() / n / 1e6,
        "value_per_decision_error": math.sqrt(variance) / n**1.5 / 1e6,
        "roi": roi,
        "roi_error": error_of(roi, mine, spent),
        "gain_share": share,
        "gain_share_error": error_of(share, mine - idle, best - idle),
    }
    found |= {name: (total / 1e6, 1e-14 * abs(total / 1e6)) for name, total in amounts.items()}
    found |= {name: (value, 1e-9 * abs(value) + 1e-12) for name, value in ratios.items()}
    # a difference of two sums of squares, each known to the last digit of a double
    error, squares = ratios["value_per_decision_error"], float((mine**2).sum()) / 1e12
    off = 1e-15 * squares / n**2 / error if error else 0
    return found | {"value_per_decision_error": (error, 1e-9 * error + off)}


@pytest.mark.parametrize("window", ["day", "7d"])
def test_what_each_decision_was_worth(
    project: Project, log: pd.DataFrame, known: pd.DataFrame, window: str
) -> None:
    rows = observed(log, known, "click", AS_OF)
    cells = {
        key: cell for key, cell in groups(rows, window, WEEK).items()
        if len(scored(cell, "p")) and (key[1] == "(all)" or worth(cell, key)["decided_count"][0])
    }  # fmt: skip
    where = f"score = 'p' and window_name = '{window}' and window_end = '{WEEK}'"
    assert compared(project, "monitor_value", where, cells, worth) > 0.9 * CASES
    found = project.frame("monitor_value", where)
    assert (found["unvalued_count"] > 0).sum() > 10, "rows without an amount"
    by_case = found[found["model_version"] == "(all)"].groupby(found["slice_value"].str[:-4])
    assert (by_case["value_per_decision_error"].min() == 0).any(), "of one amount alone"
    [problems] = project.query(
        "select problems from int_monitor__evaluations where log = 'predictions.click'"
    )["problems"]
    assert "costs: amounts beyond 1e15 are counted as 1e15" in problems


# -- what was decided, where the log says it


@pytest.fixture(scope="module")
def decisions(log: pd.DataFrame) -> pd.DataFrame:
    """Mostly by a threshold that nobody states, sometimes by hand; of one in five nothing is known."""
    random = np.random.default_rng(12)
    by_score = pd.to_numeric(log["p"], errors="coerce") >= 0.45
    was = pd.Series(by_score ^ (random.random(len(log)) < 0.1), dtype="boolean")
    return log.assign(was=was.mask(pd.Series(random.random(len(log)) < 0.2)))


@pytest.fixture(scope="module")
def deciding(
    tmp_path_factory: pytest.TempPathFactory, decisions: pd.DataFrame, known: pd.DataFrame
) -> Project:
    """`shop` has thresholds for what the log does not say, `always` one of 0; `unsaid` has none."""
    logged = {**MONITOR["predictions"], "decision": "was"}
    monitors = [
        {**MONITOR, "name": name, "predictions": logged, "scores": {"p": score},
         "outcomes": {**MONITOR["outcomes"], "kinds": {"click": MONITOR["outcomes"]["kinds"]["click"]}}}
        for name, score in {
            "shop": MONITOR["scores"]["p"], "unsaid": {"kind": "binary", "outcome": "click"},
            "always": {"kind": "binary", "outcome": "click", "threshold": 0},
        }.items()
    ]  # fmt: skip
    project = Project(
        tmp_path_factory.mktemp("decisions") / "shop",
        monitors,
        policy={"versions": {"source": ["logs", "versions"]}},
    )
    raw = decisions.drop(columns=["true_click", "true_amount", "true_intent", "is_labelled"])
    project.load("predictions", raw, types={**TYPES, "was": "boolean"})
    project.load("labels", known)
    project.load("versions", VERSIONS)
    project.build(str(AS_OF), ["+monitor_performance"])
    return project


@pytest.mark.parametrize("monitor", ["shop", "unsaid", "always"])
def test_what_was_decided(
    deciding: Project, decisions: pd.DataFrame, known: pd.DataFrame, monitor: str
) -> None:
    rows = observed(decisions, known, "click", AS_OF)

    def expected(cell: pd.DataFrame, _: Cell) -> Expected:
        part = scored(cell, "p")
        all_y = part["y"].astype(int)
        was = part["was"]
        if monitor == "shop":
            was = was.fillna(pd.Series(decided(part), index=part.index))
        elif monitor == "always":
            was = was.fillna(True)
        y, said = all_y[was.notna()], was.dropna().astype(bool)
        tp, fp = int((said & (y == 1)).sum()), int((said & (y == 0)).sum())
        fn, tn = int((~said & (y == 1)).sum()), int((~said & (y == 0)).sum())
        some = len(y) > 0
        return {
            "labelled_count": (len(part), 0),
            "prevalence": (all_y.mean() if len(part) else math.nan, 1e-12),
            "true_positives": (tp if some else math.nan, 0),
            "false_positives": (fp if some else math.nan, 0),
            "true_negatives": (tn if some else math.nan, 0),
            "false_negatives": (fn if some else math.nan, 0),
            "accuracy": (metrics.accuracy_score(y, said) if some else math.nan, 1e-12),
            "precision": (ratio(tp, tp + fp), 1e-12),
            "recall": (ratio(tp, tp + fn), 1e-12),
            "f1": (ratio(2 * tp, 2 * tp + fp + fn), 1e-12),
        }

    cells = {k: v for k, v in groups(rows, "7d", WEEK).items() if v["matured"].any()}
    where = (
        f"monitor = '{monitor}' and score = 'p' and window_name = '7d' and window_end = '{WEEK}'"
    )
    assert compared(deciding, "monitor_performance", where, cells, expected) > 2.5 * CASES


def test_intervals_of_areas(project: Project) -> None:
    """Hanley and McNeil (1982), with the numbers of either outcome."""
    found = project.frame("monitor_performance", "roc_auc is not null")
    found = found[~found["class"].isin(["(macro)", "(weighted)"])]
    assert len(found) > 100
    a, n = found["roc_auc"], found["labelled_count"]
    yes = (found["prevalence"] * n).round()
    spread = a * (1 - a) + (yes - 1) * (a / (2 - a) - a**2)
    spread += (n - yes - 1) * (2 * a**2 / (1 + a) - a**2)
    error = np.sqrt((spread / (yes * (n - yes))).clip(lower=0))
    np.testing.assert_allclose(found["roc_auc_lower"], (a - 1.959964 * error).clip(0), atol=1e-6)
    np.testing.assert_allclose(
        found["roc_auc_upper"], (a + 1.959964 * error).clip(upper=1), atol=1e-6
    )


def test_intervals_of_what_else_is_judged(project: Project) -> None:
    """F1 and the mean absolute error by their formulas; of the whole truth they hold the middle."""
    found = project.frame("monitor_performance", "f1 is not null and true_positives is not null")
    assert len(found) > 100
    hits = found["true_positives"]
    all_said = 2 * hits + found["false_positives"] + found["false_negatives"]
    z = stats.norm.ppf(0.975)
    error = z * 2 * np.sqrt(hits + 2) / all_said
    for end, expected in (("lower", found["f1"] - error), ("upper", found["f1"] + error)):
        np.testing.assert_allclose(found[f"f1_{end}"], expected.clip(0, 1), atol=1e-6)
    found = project.frame("monitor_performance", "mae is not null")
    assert len(found) > 20
    error = z * np.sqrt(
        (found["rmse"] ** 2 - found["mae"] ** 2).clip(lower=0) / found["labelled_count"]
    )
    np.testing.assert_allclose(found["mae_upper"], found["mae"] + error, atol=1e-6)
    np.testing.assert_allclose(found["mae_lower"], (found["mae"] - error).clip(lower=0), atol=1e-6)
    found = project.frame("monitor_calibration", "calibration_ratio is not null")
    assert len(found) > 100
    for row in found.head(300).itertuples():
        came_true = round(row.calibration_ratio * row.average_prediction * row.row_count)
        rate = stats.binomtest(came_true, row.row_count).proportion_ci(method="wilson")
        low, high = rate.low / row.average_prediction, rate.high / row.average_prediction
        assert row.calibration_ratio_lower == pytest.approx(low, rel=1e-4)
        assert row.calibration_ratio_upper == pytest.approx(high, rel=1e-4)


def test_intervals_over_all_classes(project: Project) -> None:
    """Of what was said of all rows Wilson's; of a mean over classes the means of their ends."""
    key = ["role", "window_name", "window_end", *KEY]
    found = project.frame("monitor_performance", "score = 'c'")
    told = found[(found["class"] == "(micro)") & (found["labelled_count"] > 0)]
    assert len(told) > 100
    for row in told.head(200).itertuples():
        right = round(row.accuracy * row.labelled_count)
        rate = stats.binomtest(right, row.labelled_count).proportion_ci(method="wilson")
        for name in ("accuracy", "precision", "recall", "f1"):
            ends = getattr(row, f"{name}_lower"), getattr(row, f"{name}_upper")
            assert ends == pytest.approx((rate.low, rate.high), abs=1e-6)
    one = found[found["class"].isin(CLASSES)]
    for name in ("roc_auc", "precision", "recall", "f1"):
        for end in ("lower", "upper"):
            column = f"{name}_{end}"
            for mean, share in (
                ("(macro)", one[name] * 0 + 1),
                ("(weighted)", one["prevalence"]),
            ):
                weights = share.where(one[column].notna())
                parts = pd.concat({"sum": one[column] * weights, "of": weights, **one[key]}, axis=1)
                sums = parts.groupby(key)[["sum", "of"]].sum(min_count=1)
                expected = sums["sum"] / sums["of"].where(sums["of"] > 0)
                got = found[found["class"] == mean].set_index(key)[column]
                expected, got = expected.align(got, join="right")
                np.testing.assert_allclose(got, expected, atol=1e-6)
                assert got.notna().sum() > 100
        held = found[found[name].notna()]
        assert (held[f"{name}_lower"] <= held[name] + 1e-9).all()
        assert (held[f"{name}_upper"] >= held[name] - 1e-9).all()


def test_intervals_of_the_mean_outcome(project: Project) -> None:
    """Wilson's of yes and no, against scipy; of numbers 1.96 deviations over the root of n."""
    found = project.frame("monitor_labels", "mean_outcome is not null and outcome = 'click'")
    assert len(found) > 100
    for row in found.head(300).itertuples():
        yes = round(row.mean_outcome * row.labelled_count)
        rate = stats.binomtest(yes, row.labelled_count).proportion_ci(method="wilson")
        ends = row.mean_outcome_lower, row.mean_outcome_upper
        assert ends == pytest.approx((rate.low, rate.high), abs=1e-6)
    assert project.frame("monitor_labels", "outcome = 'intent'")["mean_outcome_lower"].isna().all()


def test_interval_of_a_mean_of_numbers(
    project: Project, log: pd.DataFrame, known: pd.DataFrame
) -> None:
    rows = observed(log, known, "amount", AS_OF)

    def expected(cell: pd.DataFrame, _: Cell) -> Expected:
        y = cell["y"].dropna().astype(float).to_numpy()
        if not len(y):
            return {"mean_outcome": (math.nan, 0), "mean_outcome_upper": (math.nan, 0)}
        error = stats.norm.ppf(0.975) * y.std() / math.sqrt(len(y))
        return {
            "mean_outcome": (y.mean(), 1e-3),
            "mean_outcome_lower": (y.mean() - error, 2e-3),
            "mean_outcome_upper": (y.mean() + error, 2e-3),
        }

    where = f"outcome = 'amount' and window_name = '7d' and window_end = '{WEEK}'"
    assert compared(project, "monitor_labels", where, groups(rows, "7d", WEEK), expected) > CASES


def upper_edges(project: Project, subject: str) -> np.ndarray:
    """Of the bins of a score's ruler: areas over what they hold are exact."""
    return project.query(
        f"select upper_edge from int_monitor__ruler_bins where subject = '{subject}'"
        " and bin between 0 and 999 order by bin"
    )["upper_edge"].to_numpy()


def test_areas_of_each_class_lie_within_their_bounds(
    project: Project, log: pd.DataFrame, known: pd.DataFrame
) -> None:
    """And so do their means over the classes that have one, within the mean of the bounds."""
    rows = observed(log, known, "intent", AS_OF)
    found = of_the_week(project, "c").set_index("class", append=True)
    checked = 0
    for key, cell in groups(rows, "7d", WEEK).items():
        y, _, spoken = classes(cell)
        areas, shares = [], []
        for number, name in enumerate(CLASSES):
            if len(set(y == name)) < 2:
                continue
            row = found.loc[(*key, name)]
            area = metrics.roc_auc_score(y == name, spoken[:, number])
            areas.append(area)
            shares.append((y == name).mean())
            assert abs(row["roc_auc"] - area) <= row["roc_auc_error_bound"] + 1e-9
            if len(y) > 100:
                precision = metrics.average_precision_score(y == name, spoken[:, number])
                assert row["pr_auc"] == pytest.approx(precision, abs=0.1)
                assert row["roc_auc_error_bound"] < 0.03
            checked += 1
        if not areas:
            continue
        for mean, weights in (("(macro)", None), ("(weighted)", shares)):
            row = found.loc[(*key, mean)]
            off = abs(row["roc_auc"] - np.average(areas, weights=weights))
            assert off <= row["roc_auc_error_bound"] + 1e-5, (key, mean)
    assert checked > 1000


def test_areas_lie_within_their_bounds(
    project: Project, log: pd.DataFrame, known: pd.DataFrame
) -> None:
    rows = observed(log, known, "click", AS_OF)
    found = of_the_week(project, "p")
    bins = upper_edges(project, "p")
    checked = 0
    for key, cell in groups(rows, "7d", WEEK).items():
        part = scored(cell, "p")
        y, p = part["y"].astype(int).to_numpy(), part["p"].astype(float).to_numpy()
        if len(set(y)) < 2:
            continue
        row = found.loc[key]
        assert (
            abs(row["roc_auc"] - metrics.roc_auc_score(y, p)) <= row["roc_auc_error_bound"] + 1e-9
        )
        # of the bins both areas are exact
        binned = np.searchsorted(bins, p)
        assert row["roc_auc"] == pytest.approx(metrics.roc_auc_score(y, binned), abs=1e-12)
        assert row["pr_auc"] == pytest.approx(metrics.average_precision_score(y, binned), abs=1e-9)
        if min(y.sum(), (1 - y).sum()) > 20 and not key[2].startswith(("skewed", "constant")):
            assert row["roc_auc_error_bound"] < 0.03 or len(set(p)) < 5
        checked += 1
    assert checked > 400


@pytest.mark.parametrize("window", ["day", "7d"])
def test_regression(project: Project, log: pd.DataFrame, known: pd.DataFrame, window: str) -> None:
    rows = observed(log, known, "amount", AS_OF)
    rulers = project.frame("int_monitor__ruler_subjects", "subject = 'v'")
    unit = 1e-6 * float(rulers["scale"].iloc[0])

    def expected(cell: pd.DataFrame, _: Cell) -> Expected:
        part = scored(cell, "v")
        y, v = part["y"].astype(float).to_numpy(), part["v"].to_numpy()
        some = len(part) > 0
        varies = some and len(set(y)) > 1
        there = y != 0
        mape = metrics.mean_absolute_percentage_error(y[there], v[there]) if there.any() else 0
        return {
            "labelled_count": (len(part), 0),
            "mean_score": (v.mean() if some else math.nan, 1e-3),
            "mae": (metrics.mean_absolute_error(y, v) if some else math.nan, 1e-3),
            "rmse": (metrics.root_mean_squared_error(y, v) if some else math.nan, 1e-3),
            "mape": (mape if there.any() else math.nan, 1e-6),
            "r2": r2(y, v, unit) if varies else (math.nan, 0),
            "bias": ((v - y).mean() if some else math.nan, 1e-3),
            "accuracy": (math.nan, 0),
            "brier": (math.nan, 0),
        }

    cells = {k: v for k, v in groups(rows, window, WEEK).items() if v["matured"].any()}
    where = f"score = 'v' and window_name = '{window}' and window_end = '{WEEK}'"
    compared(project, "monitor_performance", where, cells, expected)


def r2(y: np.ndarray, v: np.ndarray, unit: float) -> tuple[float, float]:
    """And what rounding each row to the fixed point's unit may change of it."""
    score = metrics.r2_score(y, v)
    spread = math.sqrt(np.mean((y - y.mean()) ** 2))
    error = math.sqrt(np.mean((y - v) ** 2))
    return score, 4 * unit / spread * (1 + abs(score) + error / spread) + 1e-9


def classes(cell: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What happened, what was said (nothing of a few: an empty text), every probability."""
    part = cell[cell["y"].notna()]
    spoken = part[[f"c_{name}" for name in CLASSES]].to_numpy(float)
    return part["y"].to_numpy(str), part["said"].fillna("").to_numpy(str), spoken


def loss_of_classes(y: np.ndarray, spoken: np.ndarray) -> float:
    """Of the rows that have one: what happened is a class, with a probability that is one."""
    p = np.array([row[CLASSES.index(a)] if a in CLASSES else math.nan
                  for row, a in zip(spoken, y, strict=True)])  # fmt: skip
    p = p[(p >= 0) & (p <= 1)]
    return float(-np.log(p).mean()) if len(p) else math.nan


def of_a_class(name: str, cell: pd.DataFrame, edges: np.ndarray) -> Expected:
    """It against the rest: decisions over the rows of which something was said, areas over bins."""
    y, said, spoken = classes(cell)
    right, p = y == name, spoken[:, CLASSES.index(name)]
    told = said != ""
    is_it, says_it = right[told], said[told] == name
    tp, fp = int((is_it & says_it).sum()), int((~is_it & says_it).sum())
    fn, tn = int((is_it & ~says_it).sum()), int((~is_it & ~says_it).sum())
    some, sides = len(is_it) > 0, len(set(is_it)) == 2
    binned = np.searchsorted(edges, p)
    both = len(set(right)) == 2
    return {
        "matured_count": (cell["matured"].sum(), 0),
        "labelled_count": (len(y), 0),
        "prevalence": (right.mean() if len(y) else math.nan, 1e-12),
        "mean_score": (p.mean() if len(y) else math.nan, 1e-6),
        "true_positives": (tp if some else math.nan, 0),
        "false_positives": (fp if some else math.nan, 0),
        "true_negatives": (tn if some else math.nan, 0),
        "false_negatives": (fn if some else math.nan, 0),
        "accuracy": (metrics.accuracy_score(is_it, says_it) if some else math.nan, 1e-12),
        "precision": (ratio(tp, tp + fp), 1e-12),
        "recall": (ratio(tp, tp + fn), 1e-12),
        "f1": (ratio(2 * tp, 2 * tp + fp + fn), 1e-12),
        "specificity": (ratio(tn, tn + fp), 1e-12),
        "balanced_accuracy": (
            metrics.balanced_accuracy_score(is_it, says_it) if sides else math.nan, 1e-12,
        ),
        "mcc": (
            metrics.matthews_corrcoef(is_it, says_it)
            if sides and len(set(says_it)) == 2 else math.nan,
            1e-12,
        ),
        "lift": (
            metrics.precision_score(is_it, says_it) / is_it.mean()
            if is_it.any() and says_it.any() else math.nan,
            1e-12,
        ),
        "log_loss": (loss(right.astype(int), p) if len(y) else math.nan, 2e-6),
        "brier": (metrics.brier_score_loss(right, p) if len(y) else math.nan, 2e-6),
        "roc_auc": (metrics.roc_auc_score(right, binned) if both else math.nan, 1e-12),
        "pr_auc": (
            metrics.average_precision_score(right, binned) if right.any() else math.nan, 1e-9,
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def intents(log: pd.DataFrame, known: pd.DataFrame) -> dict[Cell, pd.DataFrame]:
    rows = observed(log, known, "intent", AS_OF)
    return {k: v for k, v in groups(rows, "7d", WEEK).items() if v["matured"].any()}


@pytest.fixture(scope="module")
def each_class(
    project: Project, intents: dict[Cell, pd.DataFrame]
) -> dict[Cell, dict[str, Expected]]:
    edges = {name: upper_edges(project, f"c.{name}") for name in CLASSES}
    return {
        key: {name: of_a_class(name, cell, edges[name]) for name in CLASSES}
        for key, cell in intents.items()
    }


OF_ONE_CLASS_ALONE = (
    "prevalence", "mean_score", "mcc", "lift", "true_positives", "false_positives",
    "true_negatives", "false_negatives",
)  # fmt: skip
AVERAGED = (
    "precision", "recall", "f1", "specificity", "balanced_accuracy", "roc_auc", "pr_auc", "brier",
)  # fmt: skip


@pytest.mark.parametrize("name", [*CLASSES, "(micro)", "(macro)", "(weighted)"])
def test_multiclass(
    project: Project,
    intents: dict[Cell, pd.DataFrame],
    each_class: dict[Cell, dict[str, Expected]],
    name: str,
) -> None:
    def micro(cell: pd.DataFrame) -> Expected:
        y, said, spoken = classes(cell)
        y, spoken, said = y[said != ""], spoken[said != ""], said[said != ""]
        shares = {
            column: (measure(y, said) if len(y) else math.nan, 1e-12)
            for column, measure in {
                "accuracy": metrics.accuracy_score,
                "precision": lambda y, said: metrics.precision_score(y, said, average="micro"),
                "recall": lambda y, said: metrics.recall_score(y, said, average="micro"),
                "f1": lambda y, said: metrics.f1_score(y, said, average="micro"),
            }.items()
        }
        nothing = dict.fromkeys((*OF_ONE_CLASS_ALONE, *AVERAGED[3:]), (math.nan, 0.0))
        return nothing | shares | {
            "matured_count": (cell["matured"].sum(), 0),
            "labelled_count": (len(y), 0),
            "log_loss": (loss_of_classes(y, spoken), 2e-6),
        }  # fmt: skip

    def mean(parts: dict[str, Expected]) -> Expected:
        nothing = (*OF_ONE_CLASS_ALONE, "accuracy", "log_loss")
        found: Expected = dict.fromkeys(nothing, (math.nan, 0.0))
        for column in AVERAGED:
            there = [part for part in parts.values() if not math.isnan(part[column][0])]
            weights = [part["prevalence"][0] if name == "(weighted)" else 1.0 for part in there]
            total = sum(w * part[column][0] for w, part in zip(weights, there, strict=True))
            found[column] = (ratio(total, sum(weights)), 1e-5)
        return found

    def expected(cell: pd.DataFrame, key: Cell) -> Expected:
        if name == "(micro)":
            return micro(cell)
        return each_class[key][name] if name in CLASSES else mean(each_class[key])

    where = f"score = 'c' and class = '{name}' and window_name = '7d' and window_end = '{WEEK}'"
    count = compared(project, "monitor_performance", where, intents, expected)
    assert count > 2.5 * CASES


def test_what_is_no_probability_is_not_the_most_probable_class(
    project: Project, log: pd.DataFrame, known: pd.DataFrame
) -> None:
    rows = observed(log, known, "intent", AS_OF)

    def expected(cell: pd.DataFrame, _: Cell) -> Expected:
        part = cell[cell["y"].notna()]
        spoken = part[[f"d_{name}" for name in CLASSES]].to_numpy(float)
        likely = np.where(spoken <= 1, spoken, -1.0)
        said = np.array(CLASSES)[likely.argmax(axis=1)]
        y = part["y"].to_numpy(str)
        right = (y == said).mean() if len(part) else math.nan
        return {
            "accuracy": (right, 1e-12),
            "labelled_count": (len(part), 0),
            "log_loss": (loss_of_classes(y, spoken), 2e-6),
        }

    cells = {k: v for k, v in groups(rows, "7d", WEEK).items() if v["matured"].any()}
    where = f"score = 'd' and class = '(micro)' and window_name = '7d' and window_end = '{WEEK}'"
    compared(project, "monitor_performance", where, cells, expected)


def test_macro_of_whole_is_that_of_scikit_learn(
    project: Project, log: pd.DataFrame, known: pd.DataFrame
) -> None:
    rows = observed(log, known, "intent", AS_OF)
    y, said, spoken = classes(groups(rows, "7d", WEEK)["(all)", "(all)", "(all)"])
    shares = [np.mean(y == name) for name in CLASSES]
    y, said, spoken = y[said != ""], said[said != ""], spoken[said != ""]
    found = of_the_week(project, "c")
    found = found.loc[("(all)", "(all)", "(all)")].set_index("class")
    ours, order = np.isin(y, CLASSES), np.argsort(CLASSES)
    loss = metrics.log_loss(y[ours], spoken[ours][:, order], labels=sorted(CLASSES))
    assert 0 < ours.sum() < len(y)
    assert found.loc["(micro)", "log_loss"] == pytest.approx(loss, abs=1e-6)
    each = metrics.f1_score(y, said, labels=list(CLASSES), average=None)
    assert found.loc["(macro)", "f1"] == pytest.approx(each.mean(), abs=1e-6)
    # the weights are those of all labels
    assert found.loc["(weighted)", "f1"] == pytest.approx(
        np.average(each, weights=shares), abs=1e-6
    )


def test_confusion(project: Project, log: pd.DataFrame, known: pd.DataFrame) -> None:
    found = table(project, "monitor_confusion", f"window_name = '7d' and window_end = '{WEEK}'")
    found = found.loc[("(all)", "(all)", "(all)")].set_index(["score", "actual", "predicted"])[
        "row_count"
    ]
    rows = observed(log, known, "intent", AS_OF)
    y, said, _ = classes(groups(rows, "7d", WEEK)["(all)", "(all)", "(all)"])
    y = np.where(np.isin(y, CLASSES), y, "(unseen)")
    for actual in (*CLASSES, "(unseen)"):
        for predicted in CLASSES:
            count = int(((y == actual) & (said == predicted)).sum())
            assert found.loc["c"].get((actual, predicted), 0) == count
    part = scored(
        groups(observed(log, known, "click", AS_OF), "7d", WEEK)["(all)", "(all)", "(all)"], "p"
    )
    table_of_four = metrics.confusion_matrix(part["y"].astype(int), decided(part))
    for actual in (0, 1):
        for predicted in (0, 1):
            assert found.loc["p", str(actual), str(predicted)] == table_of_four[actual, predicted]


# -- calibration


# a score, the class, the outcome that it foretells and the column that says it; some of d are none
CALIBRATED = [
    ("p", "(binary)", "click", "p"),
    *[("c", name, "intent", f"c_{name}") for name in CLASSES],
    ("d", "buy", "intent", "d_buy"),
]


def calibrated(score: str, name: str) -> str:
    return (
        f"score = '{score}' and class = '{name}' and window_name = '7d' and window_end = '{WEEK}'"
    )


def foretold(cell: pd.DataFrame, name: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Of the rows with a label and a probability: what came true of the class, what was said."""
    p = pd.to_numeric(cell[column], errors="coerce")
    part = cell["y"].notna() & p.between(0, 1)
    y = cell.loc[part, "y"]
    true = y.astype(float) if name == "(binary)" else y == name
    return true.to_numpy(float), p[part].to_numpy(float)


def over_buckets(mine: pd.DataFrame, y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    """Each bucket against the rows within its bounds, and the sums over all of them."""
    total, rate = len(y), y.mean()
    sums = dict.fromkeys(("seen", "ece", "squares", "resolution", "chance", "within"), 0.0)
    for bucket in mine.itertuples():
        inside = (p > bucket.lower_bound) & (p <= bucket.upper_bound)
        inside |= (bucket.lower_bound == 0) & (p == 0)
        n, k, mean = inside.sum(), y[inside].sum(), p[inside].mean()
        assert (bucket.prediction_count, bucket.outcome_count) == (n, k)
        assert bucket.average_prediction == pytest.approx(mean, abs=1e-6)
        assert bucket.observed_rate == pytest.approx(k / n, abs=1e-12)
        gap = k / n - mean
        low, high = wilson(k, n)
        assert bucket.gap == pytest.approx(gap, abs=1e-6)
        assert bucket.gap_lower == pytest.approx(low - mean, abs=1e-6)
        assert bucket.gap_upper == pytest.approx(high - mean, abs=1e-6)
        spread = np.cov(p[inside], y[inside], bias=True)
        for name, part in {
            "ece": abs(gap),
            "squares": gap**2,
            "resolution": (k / n - rate) ** 2,
            "chance": k / n * (1 - k / n) / (n - 1) if n > 1 else 0,
            # what a bucket hides: how the scores in it vary, and with what came true
            "within": spread[0, 0] - 2 * spread[0, 1],
        }.items():
            sums[name] += n / total * part
        sums["seen"] += n
    assert sums["seen"] == total
    return sums


@pytest.mark.parametrize(("score", "name", "outcome", "column"), CALIBRATED)
def test_calibration(
    project: Project,
    log: pd.DataFrame,
    known: pd.DataFrame,
    score: str,
    name: str,
    outcome: str,
    column: str,
) -> None:
    """Against the formulas read plainly, over the buckets that the table itself names."""
    rows = observed(log, known, outcome, AS_OF)
    where = calibrated(score, name)
    found = table(project, "monitor_calibration", where)
    buckets = table(project, "monitor_calibration_buckets", where)
    checked = 0
    for key, cell in groups(rows, "7d", WEEK).items():
        y, p = foretold(cell, name, column)
        if not len(y):
            assert key not in found.index
            continue
        row, total, rate = found.loc[key], len(y), y.mean()
        mine = buckets.loc[[key]]
        over_buckets(mine[mine["bucketing"] == "width"], y, p)
        mine = mine[mine["bucketing"] == "mass"]
        sums = over_buckets(mine, y, p)
        assert row["ece"] == pytest.approx(sums["ece"], abs=2e-6)
        assert row["mce"] == pytest.approx(mine["gap"].abs().max(), abs=1e-12)
        assert row["reliability"] == pytest.approx(sums["squares"], abs=2e-6)
        assert row["resolution"] == pytest.approx(sums["resolution"], abs=1e-9)
        debiased = max(0.0, sums["squares"] - sums["chance"])
        assert row["ece_debiased"] ** 2 == pytest.approx(debiased, abs=2e-6)
        # what the squared error is made of, and what is left within the buckets
        parts = row["reliability"] - row["resolution"] + row["uncertainty"]
        assert row["brier"] == pytest.approx(np.mean((p - y) ** 2), abs=2e-6)
        assert row["brier"] - parts == pytest.approx(sums["within"], abs=5e-6)
        assert row["row_count"] == total
        assert row["uncertainty"] == pytest.approx(rate * (1 - rate), abs=1e-9)
        assert row["average_prediction"] == pytest.approx(p.mean(), abs=1e-6)
        assert row["mean_gap"] == pytest.approx(rate - p.mean(), abs=1e-6)
        assert row["mean_gap_error"] == pytest.approx(
            math.sqrt(np.sum(p * (1 - p))) / total, abs=5e-6
        )
        if p.sum():
            assert row["calibration_ratio"] == pytest.approx(y.sum() / p.sum(), rel=1e-4)
        checked += 1
    assert checked > 500


def wilson(k: float, n: float) -> tuple[float, float]:
    z = 1.959963984540054
    middle, half = k + z * z / 2, z * math.sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, (middle - half) / (n + z * z)), min(1.0, (middle + half) / (n + z * z))


@pytest.mark.parametrize(("score", "name", "outcome", "column"), CALIBRATED)
def test_the_slope_is_that_of_a_logistic_regression(
    project: Project,
    log: pd.DataFrame,
    known: pd.DataFrame,
    score: str,
    name: str,
    outcome: str,
    column: str,
) -> None:
    """Over bins it differs from the rows' by what bins hide: little, next to its standard error."""
    rows = observed(log, known, outcome, AS_OF)
    where = calibrated(score, name)
    found = table(project, "monitor_calibration", where)
    checked = 0
    for key, cell in groups(rows, "7d", WEEK).items():
        y, p = foretold(cell, name, column)
        row = found.loc[key] if key in found.index else None
        if min(y.sum(), (1 - y).sum()) < 30:
            assert row is None or pd.isna(row["slope"])
            continue
        if name == "(binary)" and key[2].startswith("constant"):  # all scores are equal
            assert row is not None
            assert pd.isna(row["slope"])
            continue
        p = np.clip(p, 1e-6, 1 - 1e-6)
        x = np.log(p / (1 - p))
        fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], y)
        q = fit.predict_proba(x[:, None])[:, 1]
        weights = q * (1 - q)
        spread = np.sum(weights * x * x) - np.sum(weights * x) ** 2 / np.sum(weights)
        error = 1 / math.sqrt(spread)
        assert row is not None
        assert abs(row["slope"] - fit.coef_[0, 0]) < 0.25 * error, key
        assert abs(row["intercept"] - fit.intercept_[0]) < 0.25 * max(error, 0.1), key
        checked += 1
    assert checked > 70


def test_what_duckdb_believes_changes_nothing(project: Project) -> None:
    assert project.believed() == []
