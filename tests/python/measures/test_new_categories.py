"""New and vanished categories by name: against a recount of the raw rows, also after late rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ..harness.postgres_project import ENGINES, on_engine
from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS, PER_DAY, CHANGE = 26, 300, 19
EARLIER, AS_OF = "2026-03-24 06:00", "2026-03-28 06:00"
MIN_CELL, CATEGORIES = 20, 6
QUOTED, LONG = """O'Brien "x"; drop""", "long " * 60
SUBJECTS = ("os", "plan", "junk", "shop", "gone", "one")
MONITOR: dict[str, Any] = {
    "name": "app",
    "predictions": {
        "source": ["logs", "scores"], "time": "at", "loaded_at": "loaded", "version": "version",
        "role": "role",
    },
    "features": {
        **{name: {"type": "categorical"} for name in SUBJECTS}, "x": {}, "flat": {}, "many": {},
        "band": {"type": "categorical", "column": "age"},
    },
    "reference": {"source": ["logs", "training"]},
    "slices": ["region"],
    "protected_slices": ["age"],
    "windows": ["day", "7d"],
    "limits": {
        "min_rows": 100, "min_cell": MIN_CELL, "lateness": "1h", "categories": CATEGORIES,
    },
}  # fmt: skip

# with a single fault to tell of
ALONE = {
    **{key: MONITOR[key] for key in ("predictions", "reference", "windows", "limits")},
    "name": "alone", "features": {"os": {"type": "categorical"}, "x": {}},
}  # fmt: skip


def values(random: np.random.Generator, size: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "os": random.choice(["iOS", "android", "web"], size, p=[0.31, 0.5, 0.19]),
            "plan": random.choice(["free", "pro", "rare"], size, p=[0.8, 0.195, 0.005]),
            # the two rarest are pooled, and so are not looked for
            "junk": random.choice(list("abcdefgh"), size, p=[0.3, 0.3, 0.2, 0.1, 0.04, 0.03, 0.02, 0.01]),
            "shop": random.choice(["north", "south"], size, p=[0.6, 0.4]),
            "gone": random.choice(["yes", "no"], size),
            "one": random.choice(["a", "b"], size, p=[0.7, 0.3]),
            "age": random.choice(["young", "old"], size),
            "region": random.choice(["de", "fr"], size),
            "x": random.normal(0, 1, size),
            "flat": random.normal(0, 1, size),
            "many": random.poisson(3, size),
        }
    )  # fmt: skip


def rows() -> pd.DataFrame:
    random = np.random.default_rng(38)
    parts = []
    for day in range(DAYS):
        part = values(random, PER_DAY).astype(object)
        seconds = np.sort(random.integers(0, 86_400, PER_DAY))
        part["at"] = START + pd.to_timedelta(day * 86_400 + seconds, unit="s")
        part["version"] = random.choice(["v1", "v2"], PER_DAY, p=[0.7, 0.3])
        part["role"] = random.choice(["live", "shadow"], PER_DAY, p=[0.85, 0.15])
        picked = random.permutation(PER_DAY)
        if day >= CHANGE:
            part["os"] = part["os"].replace({"iOS": "ios"})
            part.loc[picked[:60], "plan"] = QUOTED
            part.loc[picked[60:100], "plan"] = LONG
            part.loc[picked[100:130], "plan"] = ""
            part.loc[picked[130:138], "plan"] = "few a day"
            part.loc[picked[138:170], "plan"] = "(unseen)"
            part.loc[picked[170:200], "plan"] = None
            # hundreds a day, and one among them
            part.loc[picked[:200], "junk"] = [f"{day} {each // 2}" for each in range(200)]
            part.loc[picked[200:240], "junk"] = "often"
            part["age"] = part["age"].replace({"young": "middle"})
            # a part of south becomes east, and east is not what south was
            part["shop"] = np.where(
                part["shop"].eq("south") & (part["x"] < 0.3), "east", part["shop"]
            )
            part.loc[part["shop"].eq("south"), "shop"] = "north"
            part["gone"] = None
            part["one"], part["flat"], part["many"] = "a", 0.25, 3
        elif day == 12:
            part.loc[picked[:25], "plan"] = "for a day"
        parts.append(part)
    log = pd.concat(parts, ignore_index=True)
    log["loaded"] = log["at"] + pd.Timedelta("1min")
    # a day late: 'ios' was there a day before, 'web' is not gone, 'for a day' was there before
    late = log[log["at"].dt.normalize().isin([START + pd.Timedelta(f"{CHANGE - 1}D")])].head(40)
    late = late.assign(os="ios", loaded=pd.Timestamp("2026-03-25 12:00"))
    other = log[log["at"].dt.normalize() == START + pd.Timedelta("10D")].head(30)
    other = other.assign(plan="for a day", loaded=pd.Timestamp("2026-03-25 12:00"))
    stray = log[log["at"].dt.normalize() == START + pd.Timedelta(f"{CHANGE + 1}D")].head(1)
    stray = stray.assign(gone="yes", shop="south", loaded=pd.Timestamp("2026-03-25 12:00"))
    return pd.concat([log, late, other, stray], ignore_index=True)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return rows()


# on Postgres nothing but what the table needs is built
ON_DUCKDB = pytest.mark.parametrize("project", ["duckdb"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def training() -> pd.DataFrame:
    return values(np.random.default_rng(7), 3_000).assign(at=START - pd.Timedelta("9D"))


@pytest.fixture(scope="module", params=ENGINES)
def project(
    request: pytest.FixtureRequest, log: pd.DataFrame, training: pd.DataFrame
) -> Iterator[Project]:
    """On DuckDB the late rows come between two runs; on Postgres all is there from the start."""
    project: Project = on_engine(
        request, "categories", [MONITOR, ALONE], {"scores": log, "training": training}
    )
    if request.param == "duckdb":
        project.build(EARLIER)
        assert not project.frame("monitor_new_categories").empty
        project.build(AS_OF)
    else:
        project.build(AS_OF, select="+monitor_new_categories")
    return project


def is_shown(counts: dict[Any, int], total: int) -> dict[Any, bool]:
    """Of each part whether it may be published; the parts stand in the order that breaks ties."""
    large = [key for key, count in counts.items() if count >= MIN_CELL]
    rest = total - sum(counts[key] for key in large)
    least = min(large, key=lambda key: counts[key], default=None)
    hidden = least if 0 < rest < MIN_CELL else None
    return {key: key in large and key != hidden for key in counts}


def kept_a_day(log: pd.DataFrame, subject: str, known: set[str]) -> pd.DataFrame:
    """The rows of values that the reference lacks, of the most frequent of each day and role."""
    named = log[log[subject].notna() & ~log[subject].isin(known)]
    named = named.assign(day=named["at"].dt.normalize(), value=named[subject].astype(str))
    counts = named.groupby(["day", "role", "value"]).size().rename("n").reset_index()
    counts = counts.sort_values(["n", "value"], ascending=[False, True])
    first = counts.groupby(["day", "role"]).head(CATEGORIES)
    return named.merge(first[["day", "role", "value"]])


def recount(log: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    found = []
    # the last day is complete when a row of the next one has come
    last_end = pd.Timestamp(AS_OF).normalize() - pd.Timedelta("1D")
    for subject in SUBJECTS:
        reference = training[subject].dropna().value_counts()
        order = sorted(reference.index, key=lambda value: (-reference[value], value))
        kept = order[:CATEGORIES]
        new = kept_a_day(log, subject, set(order))
        for role, version in [
            ("live", "(all)"), ("live", "v1"), ("live", "v2"), ("shadow", "v1"), ("shadow", "v2"),
        ]:  # fmt: skip
            mine = log[(log["role"] == role) & (log["version"].eq(version) | (version == "(all)"))]
            named = new[(new["role"] == role) & (new["version"].eq(version) | (version == "(all)"))]
            seen = named.groupby("value")["at"].min()
            for name, length in [("day", 1), ("7d", 7)]:
                for end in pd.date_range(START + pd.Timedelta(days=length), last_end):
                    start = end - pd.Timedelta(days=length)
                    here = mine[(mine["at"] >= start) & (mine["at"] < end)][subject]
                    present = here.dropna()
                    bins = {-3: int((~present.isin(order)).sum()), -1: int(here.isna().sum())}
                    for value in order:
                        bin_ = min(order.index(value), CATEGORIES)
                        bins[bin_] = bins.get(bin_, 0) + int(present.eq(value).sum())
                    bins = {key: count for key, count in bins.items() if count}
                    key = {
                        "role": role, "model_version": version, "window_name": name, "window_end": end,
                        "subject": subject, "all_rows": len(here),
                    }  # fmt: skip
                    if is_shown(dict(sorted(bins.items())), len(here)).get(-3, False):
                        counts = named[(named["at"] >= start) & (named["at"] < end)]["value"]
                        sizes = dict(sorted(counts.value_counts().items()))
                        shown = is_shown(sizes, bins[-3])
                        top = sorted(sizes, key=lambda value: (-sizes[value], value))[:CATEGORIES]
                        found += [
                            {**key, "value": value, "kind": "new", "row_count": sizes[value],
                             "first_seen_at": seen[value].floor("h")}
                            for value in top if shown[value]
                        ]  # fmt: skip
                    for value in kept:
                        share = reference[value] / reference.sum()
                        if (
                            reference[value] >= MIN_CELL and share >= 0.01
                            and share * len(present) >= MIN_CELL and not present.eq(value).any()
                        ):  # fmt: skip
                            before = mine[mine[subject].eq(value) & (mine["at"] < start)]["at"]
                            found.append(
                                {**key, "value": value, "kind": "vanished", "row_count": 0,
                                 "last_seen_at": before.max().normalize(),
                                 "reference_share": reference[value] / len(training)}
                            )  # fmt: skip
    frame = pd.DataFrame(found)
    frame["renamed_from"] = renames(frame, log)
    return frame


def renames(frame: pd.DataFrame, log: pd.DataFrame) -> list[str | None]:
    origins: list[str | None] = []
    window = ["role", "model_version", "window_name", "window_end", "subject"]
    for new in frame.itertuples():
        origin = None
        if new.kind == "new":
            beside = frame[(frame[window] == [getattr(new, name) for name in window]).all(axis=1)]
            day = new.first_seen_at.normalize()
            for old in beside[beside["kind"] == "vanished"].itertuples():
                if day - old.last_seen_at not in (pd.Timedelta(0), pd.Timedelta("1D")):
                    continue
                mine = log[
                    (log["role"] == new.role)
                    & (log["version"].eq(new.model_version) | (new.model_version == "(all)"))
                    & (log["at"] < day)
                    & (log["at"] >= day - pd.Timedelta("28D"))
                ]
                days = mine.groupby(mine["at"].dt.normalize())[new.subject].agg(
                    total="size", hits=lambda each, old=old: each.eq(old.value).sum()
                )
                n, p = days["total"].sum(), days["hits"].sum() / days["total"].sum()
                spread = ((days["hits"] - days["total"] * p) ** 2 / days["total"]).sum()
                dispersion = max(1.0, spread / (len(days) - 1) / p / (1 - p))
                pooled = (days["hits"].sum() + new.row_count) / (n + new.all_rows)
                error = math.sqrt(dispersion * pooled * (1 - pooled) * (1 / n + 1 / new.all_rows))
                gap = abs(new.row_count / new.all_rows - p)
                if gap <= 3.09 * error <= p / 2:
                    assert origin is None
                    origin = old.value
        origins.append(origin)
    return origins


KEYS = ["role", "model_version", "window_name", "window_end", "subject", "kind", "value"]


def test_every_row_is_a_recount(
    project: Project, log: pd.DataFrame, training: pd.DataFrame
) -> None:
    found = project.frame("monitor_new_categories", "monitor = 'app'")
    found = found.sort_values(KEYS, ignore_index=True)
    wanted = recount(log, training).sort_values(KEYS, ignore_index=True)
    pd.testing.assert_frame_equal(found[KEYS], wanted[KEYS], check_dtype=False)
    for name in ("row_count", "first_seen_at", "last_seen_at"):
        pd.testing.assert_series_equal(found[name], wanted[name], check_dtype=False)
    np.testing.assert_allclose(found["share"], wanted["row_count"] / wanted["all_rows"], rtol=1e-12)
    gone = found["kind"] == "vanished"
    np.testing.assert_allclose(
        found["reference_share"][gone], wanted["reference_share"][gone], rtol=1e-12
    )
    assert found["reference_share"][~gone].eq(0).all()
    assert found["renamed_from"].fillna("").tolist() == wanted["renamed_from"].fillna("").tolist()
    assert set(found["renamed_from"].dropna()) == {"iOS"}


def test_values_by_hand(project: Project) -> None:
    found = project.frame(
        "monitor_new_categories",
        "monitor = 'app' and window_name = 'day' and role = 'live' and model_version = '(all)'"
        f" and window_end > timestamp '{START + pd.Timedelta(days=CHANGE)}'",
    )
    plans = set(found[found["subject"] == "plan"]["value"])
    assert {QUOTED, LONG, ""} <= plans
    assert "few a day" not in plans
    assert "rare" not in plans
    junk = found[found["subject"] == "junk"]
    assert set(junk[junk["kind"] == "new"]["value"]) == {"often"}
    # of a column that is missing as a whole no value has gone
    assert found[found["subject"] == "gone"].empty
    # the groups of a protected column are not named
    assert project.frame("monitor_new_categories", "subject in ('age', 'band')").empty
    weeks = project.frame("monitor_new_categories", "window_name = '7d' and value = 'few a day'")
    assert not weeks.empty
    assert (weeks["row_count"] >= MIN_CELL).all()


def test_no_value_is_small_nor_what_is_left(project: Project) -> None:
    found = project.frame("monitor_new_categories", "kind = 'new'")
    assert (found["row_count"] >= MIN_CELL).all()
    keys = "role, model_version, window_name, window_end, subject"
    rest = project.query(
        f"select unseen_count - named_count as rest from (select monitor, log, {keys}, sum(row_count)"
        f" as named_count from monitor_new_categories where kind = 'new' group by monitor, log, {keys})"
        " as named inner join int_monitor__series as series using (monitor, log, subject) inner join"
        " int_monitor__window_sums as sums using (monitor, log, series_id, role, model_version,"
        " window_name, window_end) where slice_name = '(all)'"
    )["rest"]
    assert len(rest) > 20
    assert ((rest == 0) | (rest >= MIN_CELL)).all()


@ON_DUCKDB
def test_messages_name_the_values(project: Project) -> None:
    alerts = project.frame(
        "monitor_alerts", "monitor = 'app' and slice_name = '(all)' and model_version = '(all)'"
    )
    unseen = alerts[alerts["metric"] == "unseen_share"].set_index("subject")["message"]
    assert "; renamed: 'iOS' is now 'ios', " in unseen["os"]
    assert "since 2026-03-2" in unseen["os"].split("renamed")[1]
    assert re.search(f"'{re.escape(QUOTED)}' [12].% of rows since 2026-03-21", unseen["plan"])
    assert LONG not in unseen["plan"]
    assert f"'{LONG[:79]}…'" in unseen["plan"]
    drift = alerts[alerts["family"] == "drift"].set_index("subject")["message"]
    assert "; gone: 'south'" in drift["shop"]
    assert "; new: 'east'" in drift["shop"]
    assert not alerts["message"].str.contains("middle").any()
    incidents = project.frame("monitor_incidents", "monitor = 'alone'")
    assert incidents["message"].str.contains("; renamed: 'iOS' is now 'ios', ").any()


@ON_DUCKDB
def test_a_feature_that_becomes_constant_is_found(project: Project) -> None:
    """By its distribution: a number at an ordinary value, a frequent count, and a category."""
    for subject in ("flat", "many", "one"):
        where = f"subject = '{subject}' and slice_name = '(all)' and model_version = '(all)'"
        alerts = project.frame("monitor_alerts", f"{where} and family = 'drift'")
        # it would be critical, but the baseline is warming up
        assert (alerts["state"] == "firing").any(), subject
        assert (alerts["opened_at"] <= START + pd.Timedelta(days=CHANGE + 1)).any(), subject
        last = project.frame("monitor_profiles", f"{where} and window_name = 'day'")
        last = last.sort_values("window_end").iloc[-1]
        assert last["stddev"] == 0 or last["entropy"] == 0, subject
