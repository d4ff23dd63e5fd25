"""Mix told apart from change within segments, against a plain reading of the raw rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import LEDGER, Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 24
SHIFT = START + pd.Timedelta("17D")
AS_OF = pd.Timestamp("2026-03-26 06:00")
MIN_CELL = 15
TABLES = ["monitor_segments", "monitor_drift_bins"]
SELECT = ["+monitor_segments", "+monitor_drift_bins", "+monitor_drift", *LEDGER]
WHOLE = [
    "role", "model_version", "window_name", "window_end", "subject", "metric", "baseline", "dimension",
]  # fmt: skip
COMPARISON = [
    "role", "model_version", "window_name", "window_end", "slice_name", "slice_value", "subject",
    "baseline",
]  # fmt: skip
MONITOR: dict[str, Any] = {
    "name": "feed",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "loaded_at": "loaded",
        "version": "version",
    },
    "scores": {"p": {"kind": "binary"}},
    "features": {"x": {}, "kind": {"type": "categorical"}, "steady": {}},
    "reference": {"source": ["logs", "training"]},
    "slices": ["region", "device", ["region", "device"]],
    "windows": ["day", "7d"],
    "baselines": ["reference", "previous", "last_week"],
    "limits": {"min_rows": 100, "min_cell": MIN_CELL, "slice_values": 5},
}
REGIONS = ["de", "id", "br", "us", "tiny", "rare_1", "rare_2", None]
BEFORE = [0.4, 0.1, 0.2, 0.18, 0.01, 0.03, 0.03, 0.05]
AFTER = [0.1, 0.5, 0.0, 0.24, 0.01, 0.05, 0.05, 0.05]


def rows(random: np.random.Generator, size: int, *, is_shifted: bool) -> pd.DataFrame:
    """x follows the region alone, p the device (it breaks on mobile), kind both; steady nothing."""
    region = random.choice(np.array(REGIONS, object), size, p=AFTER if is_shifted else BEFORE)
    device = random.choice(["web", "mobile", "tv"], size, p=[0.5, 0.4, 0.1])
    level = pd.Series(region).map({"de": 0.0, "id": 3.0, "br": 1.0, "us": -1.0}).fillna(0.5)
    is_broken = is_shifted & (device == "mobile")
    return pd.DataFrame(
        {
            "region": region,
            "device": device,
            "x": np.where(
                random.random(size) < np.where(region == "id", 0.3, 0.02),
                np.nan,
                1e6 + 1e3 * (level + random.normal(0, 1, size)),
            ),
            "p": random.beta(np.where(is_broken, 6, 2), 3),
            "kind": np.where(
                random.random(size) < np.where(region == "id", 0.7, 0.2),
                "a",
                np.where(is_broken, "b", random.choice(["c", "d"], size)),
            ),
            "steady": random.random(size),
        }
    )


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(8)
    parts = []
    for day in range(DAYS):
        at = START + pd.Timedelta(days=day)
        part = rows(random, int(random.integers(900, 1_400)), is_shifted=at >= SHIFT)
        part["at"] = at + pd.to_timedelta(random.integers(0, 86_400, len(part)), unit="s")
        parts.append(part)
    log = pd.concat(parts).sort_values("at", ignore_index=True)
    log["loaded"] = log["at"] + pd.Timedelta("5min")
    late = random.random(len(log)) < 0.01
    log.loc[late, "loaded"] += pd.to_timedelta(random.integers(1, 9, late.sum()), unit="D")
    log["version"] = np.where(random.random(len(log)) < 0.4, "v2", "v1")
    training = rows(random, 8_000, is_shifted=False)
    training["at"] = START - pd.Timedelta("20D")
    return log[log["loaded"] <= AS_OF].reset_index(drop=True), training


def tables() -> dict[str, pd.DataFrame]:
    log, training = logs()
    return {"scores": log, "training": training}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("segments") / "shop", [MONITOR], tables())
    project.build(str(AS_OF), SELECT)
    return project


class Truth:
    """What the raw rows say of one comparison."""

    def __init__(self, project: Project) -> None:
        self.log, self.training = logs()
        self.log["day"] = self.log["at"].dt.normalize()
        bins = project.frame("int_monitor__ruler_bins", "bin between -3 and 999")
        self.groups = dict(iter(bins.groupby("subject")))
        vocabulary = project.frame("int_monitor__vocabulary")
        self.vocabulary = {
            name: set(frame["slice_value"]) for name, frame in vocabulary.groupby("slice_name")
        }
        periods = project.query(
            "select distinct windows.window_name, windows.window_end, series.subject, periods.baseline,"
            " periods.period_time from int_monitor__baseline_series as periods"
            " inner join int_monitor__windows as windows using (window_id)"
            " inner join int_monitor__series as series using (series_id)"
            " where series.slice_name = '(all)'"
        )
        keys = ["window_name", "window_end", "subject", "baseline"]
        self.periods = {key: list(part["period_time"]) for key, part in periods.groupby(keys)}

    def sides(self, key: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
        log = self.log
        if key.model_version != "(all)":
            log = log[log["version"] == key.model_version]
        length = pd.Timedelta("1D" if key.window_name == "day" else "7D")
        inside = (log["at"] >= key.window_end - length) & (log["at"] < key.window_end)
        if key.baseline == "reference":
            return log[inside], self.training
        days = self.periods[key.window_name, key.window_end, key.subject, key.baseline]
        return log[inside], log[log["day"].isin(days)]

    def group(self, subject: str, values: pd.Series) -> pd.Series:
        bins = self.groups[subject]
        if bins["upper_edge"].notna().any():
            fine = bins[bins["bin"] >= 0].sort_values("bin")
            edges = fine["upper_edge"].to_numpy(float)
            index = np.searchsorted(edges[:-1], values.to_numpy(float), side="left")
            found = pd.Series(fine["bin_group"].to_numpy()[index], values.index)
        else:
            found = values.map(bins.set_index("category")["bin_group"]).fillna(-3)
        return found.where(values.notna(), -1).astype(int)

    def segment(self, dimension: str, values: pd.Series) -> pd.Series:
        known = self.vocabulary[dimension]
        named = values.astype(object).where(values.notna(), "(missing)")
        return named.where(named.isin(known), "(other)")

    def parts(self, key: Any) -> pd.DataFrame:
        """By segment: n and value on both sides."""
        now, then = (
            pd.DataFrame(
                {
                    "segment": self.segment(key.dimension, side[key.dimension]),
                    "group": self.group(key.subject, side[key.subject]),
                    "value": side[key.subject],
                }
            )
            for side in self.sides(key)
        )
        counts = pd.concat([now["segment"].value_counts(), then["segment"].value_counts()], axis=1)
        small = counts.index[counts.fillna(0).max(axis=1) < MIN_CELL]
        p, q = (side["group"].value_counts(normalize=True) for side in (now, then))
        direction = np.sign(p.subtract(q, fill_value=0)) / 2
        middle = float((direction * q).sum())
        sides = []
        for side in (now, then):
            side.loc[side["segment"].isin(small), "segment"] = "(other)"
            if key.metric == "mean":
                worth = side.loc[side["value"].notna(), "value"].astype(float)
            elif key.metric == "missing_rate":
                worth = side["value"].isna().astype(float)
            else:
                worth = side["group"].map(direction) - middle
            by = worth.groupby(side.loc[worth.index, "segment"])
            sides.append(pd.DataFrame({"n": by.size(), "v": by.mean()}))
        both = sides[0].join(sides[1].add_suffix("_0"), how="outer")
        return both.assign(n=both["n"].fillna(0), n_0=both["n_0"].fillna(0))


def test_every_part_is_that_of_the_raw_rows(project: Project) -> None:
    truth = Truth(project)
    found = project.frame("monitor_segments")
    checked = 0
    wholes = found[found["segment"] == "(all)"]
    assert set(wholes["metric"]) == {"mean", "missing_rate", "total_variation"}
    assert set(wholes["baseline"]) == {"reference", "previous", "last_week"}
    for key, frame in found[found["segment"] != "(all)"].groupby(WHOLE):
        if checked >= 700:
            break
        at = pd.Series(dict(zip(WHOLE, key, strict=True)))
        expected = truth.parts(at)
        rows_of = frame.set_index("segment")
        assert set(rows_of.index) == set(expected.index), key
        n, n_0 = expected["n"].sum(), expected["n_0"].sum()
        v, v_0 = expected["v"].fillna(expected["v_0"]), expected["v_0"].fillna(expected["v"])
        share, share_0 = expected["n"] / n, expected["n_0"] / n_0
        # sums are kept in millionths of the ruler's scale
        near = {"abs": 2e-2} if at["metric"] == "mean" and at["subject"] == "x" else {"abs": 2e-6}
        for name, value in {
            "row_count": expected["n"],
            "baseline_row_count": expected["n_0"],
            "share": share,
            "baseline_share": share_0,
            "value": expected["v"],
            "baseline_value": expected["v_0"],
            "within_effect": (share + share_0) / 2 * (v - v_0),
            "mix_effect": (share - share_0)
            * ((v + v_0) / 2 - ((share * v).sum() + (share_0 * v_0).sum()) / 2),
        }.items():
            for segment in expected.index:
                assert rows_of.at[segment, name] == pytest.approx(
                    value[segment], nan_ok=True, **near
                ), (key, segment, name)
        checked += 1
    assert checked == 700 or checked == len(wholes)


def test_effects_add_up_to_the_change(project: Project) -> None:
    found = project.frame("monitor_segments")
    parts = found[found["segment"] != "(all)"].groupby(WHOLE)[["mix_effect", "within_effect"]].sum()
    whole = found[found["segment"] == "(all)"].set_index(WHOLE).loc[parts.index]
    scale = whole["value"].abs().clip(lower=1)
    change = whole["value"] - whole["baseline_value"]
    for sums in (parts, whole):
        error = (sums["mix_effect"] + sums["within_effect"] - change).abs() / scale
        assert error.max() < 1e-9
    mixed = whole["mix_share"].dropna()
    assert np.allclose(mixed * change[mixed.index], whole.loc[mixed.index, "mix_effect"])
    drift = project.frame("monitor_drift", "slice_name = '(all)'").set_index(
        ["role", "model_version", "window_name", "window_end", "subject", "baseline"]
    )
    moved = whole.xs("total_variation", level="metric").reset_index()
    expected = drift["total_variation"].loc[
        list(moved[list(drift.index.names)].itertuples(index=False, name=None))
    ]
    assert np.allclose(moved["value"], expected)
    assert (moved["baseline_value"].abs() < 1e-12).all()


def test_a_mix_is_told_from_a_change_within(project: Project) -> None:
    week = project.frame(
        "monitor_segments",
        f"window_end = '{SHIFT + pd.Timedelta('7D')}' and window_name = '7d' and segment = '(all)'"
        " and model_version = '(all)' and baseline = 'previous'",
    ).set_index(["subject", "metric", "dimension"])
    # x follows the region alone, which has changed: all of it is mix, by region, and none by device
    assert week.at[("x", "mean", "region"), "mix_share"] == pytest.approx(1, abs=0.1)
    assert week.at[("x", "total_variation", "region"), "mix_share"] > 0.85
    assert abs(week.at[("x", "mean", "device"), "mix_share"]) < 0.05
    assert week.at[("x", "missing_rate", "region"), "top_segment"] == "id"
    # the score broke on mobile
    assert abs(week.at[("p", "mean", "device"), "mix_share"]) < 0.05
    assert week.at[("p", "total_variation", "device"), "top_segment"] == "mobile"
    assert week.at[("p", "total_variation", "device"), "top_segment_share"] > 0.9
    # nothing has moved in what is steady: it is not taken apart
    assert "steady" not in set(project.frame("monitor_segments")["subject"])


def test_bins_that_add_most(project: Project) -> None:
    found = project.frame("monitor_drift_bins")
    truth = Truth(project)
    assert (found["place"] <= 3).all()
    whole = found[(found["slice_name"] == "(all)") & (found["place"] == 1)]
    drift = project.frame("monitor_drift", "window_name <> 'hour'")
    large = drift["psi"] >= np.where(drift["slice_name"] == "(all)", 0.1, 0.2)
    # a slice is in monitor_drift once its normal range is known, and its bins are there before
    moved, listed, firsts = (
        {tuple(row) for row in frame[COMPARISON].itertuples(index=False)}
        for frame in (drift[large], drift, found[found["place"] == 1])
    )
    assert moved == firsts & listed
    assert {slice_name for *_, slice_name, _, _, _ in moved} > {"(all)", "region"}
    for row in whole.sample(min(150, len(whole)), random_state=1).itertuples():
        now, then = (truth.group(row.subject, side[row.subject]) for side in truth.sides(row))
        groups = truth.groups[row.subject]["bin_group"].unique()
        eps = 1e-4
        p, q = (
            side.value_counts(normalize=True).reindex(groups, fill_value=0.0)
            for side in (now, then)
        )
        terms = (p - q) * np.log((p + eps) / (q + eps)) / (1 + len(groups) * eps)
        assert row.psi_part == pytest.approx(terms.max())
        assert terms[row.bin_group] == pytest.approx(terms.max())
        assert row.share == pytest.approx(p[row.bin_group])
        assert row.baseline_share == pytest.approx(q[row.bin_group])
        assert row.psi_share == pytest.approx(terms.max() / terms.sum())
    labels = set(found.loc[found["subject"] == "kind", "group_label"])
    assert labels <= {"a", "b", "c", "d", "(unseen)"}
