"""The demo logs: the same bytes each time, quiet but for what was planted, which is measurable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from pandas.api.types import is_datetime64_any_dtype

from model_monitor.demo import TABLES, Schedule, Settings, generate, write
from model_monitor.demo.__main__ import main
from model_monitor.demo.fraud import build_accounts
from model_monitor.demo.fraud_tables import fraud_day
from model_monitor.demo.home_tables import home_day
from model_monitor.demo.home_world import build_world
from model_monitor.demo.schedule import FIRST_INCIDENT_DAY
from model_monitor.demo.settings import DAY, READ_OFF

SMALL = Settings(rows_per_day=2_000)
FULL = Settings()
ACTIONS = {
    *("ignore", "monitor", "recalibrate", "retrain", "roll_back", "disable_source", "fix_feature"),
    *("adjust_policy", "run_experiment", "investigate_data"),
}
FEATURES = {
    "home_feed": (
        *("item_ctr_7d", "user_category_affinity", "item_quality_score", "session_depth"),
        *("profile_age_hours", "price_usd", "is_subscriber", "source_two_tower_score"),
        *("seen_count", "p_click", "p_purchase", "rank_score", "latency_ms"),
    ),
    "fraud": (
        *("amount", "account_age_days", "velocity_1h", "device_risk", "is_new_device"),
        *("p_fraud", "latency_ms"),
    ),
    "house_price": (
        *("sqm", "rooms", "year_built", "distance_km", "predicted_price", "latency_ms"),
    ),
}
LOGS = {
    "home_feed": ("home_feed_predictions", "home_feed_training", "predicted_at"),
    "fraud": ("fraud_transactions", "fraud_training", "scored_at"),
    "house_price": ("house_price_predictions", "house_price_training", "predicted_at"),
}


def collect(settings: Settings) -> dict[str, pd.DataFrame]:
    parts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for name, frame in generate(**vars(settings)):
        parts[name].append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


@pytest.fixture(scope="module")
def small() -> dict[str, pd.DataFrame]:
    return collect(SMALL)


@pytest.fixture(scope="module")
def feed() -> Any:
    """The live rows of some days of the feed in full size."""
    world, schedule = build_world(FULL), Schedule.of(FULL.days)

    def days(*wanted: int) -> pd.DataFrame:
        found = [home_day(FULL, world, schedule, d)["home_feed_predictions"] for d in wanted]
        frame = pd.concat([pd.DataFrame(columns) for columns in found], ignore_index=True)
        return frame[(frame.serving_role == "live") & ~frame.is_test]

    return days


def day_of(times: pd.Series, settings: Settings = SMALL) -> pd.Series:
    return (times - pd.Timestamp(settings.start)) // pd.Timedelta(days=1)


def between(frame: pd.DataFrame, time: str, incident: str) -> pd.Series:
    start, end = Schedule.of(SMALL.days).spans[incident]
    since = (frame[time] - pd.Timestamp(SMALL.start)) // pd.Timedelta(microseconds=1)
    return (since >= start) & (since < end)


def psi(current: pd.Series, reference: pd.Series) -> float:
    """Over the reference's deciles, or over its values when they are few."""
    known = reference.dropna().to_numpy(dtype=float)
    values = np.unique(known)
    if len(values) <= 20:
        edges = (values[1:] + values[:-1]) / 2
    else:
        edges = np.unique(np.quantile(known, np.arange(0.1, 1.0, 0.1)))
    now = current.dropna().to_numpy(dtype=float)
    p, q = (
        np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1) / len(x) + 1e-4
        for x in (now, known)
    )
    return float(np.sum((p - q) * np.log(p / q)))


def latest(outcomes: pd.DataFrame, key: str, outcome: str) -> pd.Series:
    """The value of every prediction's outcome after its corrections."""
    rows = outcomes[outcomes.outcome == outcome].sort_values("loaded_at", kind="stable")
    return rows.groupby(key)["value"].last()


def auc(score: pd.Series, outcome: pd.Series) -> float:
    positives = int(outcome.sum())
    above = score.rank()[outcome == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(outcome) - positives)))


# --- the files ------------------------------------------------------------------------------------


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    settings = Settings(days=38, rows_per_day=200, suffix="_x")
    first = write(tmp_path / "a", settings)
    second = write(tmp_path / "b", settings)
    assert list(first) == [f"{table.name}_x" for table in TABLES]
    assert {n: p.read_bytes() for n, p in first.items()} == {
        n: p.read_bytes() for n, p in second.items()
    }
    other = write(tmp_path / "c", replace(settings, seed=8))
    same = [n for n, path in first.items() if path.read_bytes() == other[n].read_bytes()]
    assert same == ["changes_x", "versions_x", "contacts_x", "demo_incidents_x"]
    assert not list(tmp_path.glob("*/*.partial"))


@pytest.mark.parametrize("end", [date(2026, 7, 1), date(2026, 11, 28), date(2025, 1, 1)])
def test_every_day_has_the_same_log_with_other_dates(end: date) -> None:
    given = {"days": 40, "rows_per_day": 200}
    log, moved = collect(Settings(**given)), collect(Settings.ending(end, **given))
    later = pd.Timestamp(end) - pd.Timestamp(Settings().end)
    for name, frame in log.items():
        for column in frame:
            here, there = frame[column], moved[name][column]
            if is_datetime64_any_dtype(here):
                here = here + later
            elif str(column).endswith("_id"):
                # only the date in an id differs, and ids keep their order
                here, there = (
                    ids.str.replace(r"-\d{8}-", "-", regex=True) for ids in (here, there)
                )
            pd.testing.assert_series_equal(here, there, obj=f"{name}.{column}")
    newest = moved["home_feed_predictions"]
    assert newest.predicted_at.max() < pd.Timestamp(end)
    assert newest.prediction_id.iloc[-1].startswith(f"hf-{end - timedelta(days=1):%Y%m%d}-")
    assert newest.loaded_at.max() < Settings.ending(end, **given).read_off_at


def test_a_log_that_is_not_moved_is_the_one_of_before() -> None:
    assert Settings.ending(date(2026, 7, 1)) == Settings()
    assert Settings.ending(date(2026, 7, 3)) == Settings(moved=2)


def test_csv_holds_the_same_rows(tmp_path: Path) -> None:
    settings = Settings(days=1, rows_per_day=200)
    as_csv, as_parquet = write(tmp_path, settings, "csv"), write(tmp_path, settings)
    for table in TABLES:
        types = ", ".join(f"'{c.name}': '{c.type}'" for c in table.columns)
        text = f"read_csv('{as_csv[table.name]}', columns = {{{types}}}, header = true)"
        binary = f"read_parquet('{as_parquet[table.name]}')"
        for one, other in ((text, binary), (binary, text)):
            missing = duckdb.sql(f"select * from {one} except all select * from {other}")
            assert missing.fetchall() == [], table.name
    with pytest.raises(ValueError, match="file_format"):
        write(tmp_path, settings, "xlsx")


def test_command_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["--out", str(out), "--days", "2", "--rows-per-day", "200"]) == 0
    assert sorted(p.name for p in out.iterdir()) == sorted(f"{t.name}.parquet" for t in TABLES)
    assert "home_feed_predictions" in capsys.readouterr().out


@pytest.mark.parametrize(
    "bad", [{"days": 0}, {"rows_per_day": 5}, {"suffix": "; drop"}], ids=lambda b: next(iter(b))
)
def test_bad_arguments_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Settings(**bad)


def test_columns_are_those_of_the_schema(small: dict[str, pd.DataFrame]) -> None:
    kinds = {"varchar": "O", "double": "f", "integer": "i", "boolean": "b", "timestamp": "M"}
    assert set(small) == {table.name for table in TABLES}
    for table in TABLES:
        frame = small[table.name]
        assert list(frame.columns) == [column.name for column in table.columns]
        for column in table.columns:
            kind = frame[column.name].dtype.kind
            assert kind == kinds[column.type] or kind == "O", (table.name, column.name, kind)


def test_a_date_does_not_depend_on_the_length_of_the_log() -> None:
    """Each table and date has a stream of its own."""
    short, long = Settings(days=3, rows_per_day=600), Settings(days=5, rows_per_day=600)
    accounts = build_accounts(short)
    of_short = fraud_day(short, accounts, Schedule.of(3), 1)["fraud_transactions"]
    of_long = fraud_day(long, accounts, Schedule.of(5), 3)["fraud_transactions"]
    pd.testing.assert_frame_equal(pd.DataFrame(of_short), pd.DataFrame(of_long))


# --- the shape of the logs ------------------------------------------------------------------------


def test_ids_are_unique_but_for_the_planted_duplicates(small: dict[str, pd.DataFrame]) -> None:
    for table, key in (
        ("home_feed_predictions", "prediction_id"),
        ("home_feed_training", "prediction_id"),
        ("fraud_transactions", "transaction_id"),
        ("house_price_training", "prediction_id"),
        ("changes", "change_id"),
    ):
        assert small[table][key].is_unique, table
    houses = small["house_price_predictions"]
    again = houses[houses.prediction_id.duplicated(keep="first")]
    planted = houses[between(houses, "predicted_at", "house_duplicates")]
    assert len(again) > 50
    assert len(planted) == 2 * len(again) == 2 * planted.prediction_id.nunique()


def test_lists_are_ranked_and_rows_depend_on_each_other(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    lists = rows.groupby(["request_id", "serving_role"])
    complete = lists.filter(lambda g: g.position.max() == len(g))
    assert len(complete) > 0.85 * len(rows)  # the rest has a row that was not loaded in time
    order = complete.sort_values(["request_id", "serving_role", "position"])
    same = order.request_id.eq(order.request_id.shift()) & order.serving_role.eq(
        order.serving_role.shift()
    )
    assert (order.rank_score[same] <= order.rank_score.shift()[same]).all()
    assert not rows.duplicated(["request_id", "serving_role", "item_id"]).any()
    per_user = rows.groupby([day_of(rows.predicted_at), "user_id"]).size()
    assert 10 <= per_user.median() <= 25
    per_user_age = rows[day_of(rows.predicted_at) == 10].groupby("user_id").profile_age_hours
    assert (per_user_age.nunique() == 1).all()
    assert rows.serving_role.eq("shadow").mean() == pytest.approx(0.05, abs=0.01)
    assert rows.region.eq("NZ").mean() == pytest.approx(0.025, abs=0.012)


def test_every_shadow_row_repeats_a_live_one(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    live, shadow = rows[rows.serving_role == "live"], rows[rows.serving_role == "shadow"]
    both = shadow.merge(live, on=["request_id", "item_id"], suffixes=("", "_live"))
    assert len(both) > 0.97 * len(shadow)
    assert (shadow.model_version == "home_ranker_v14").all()
    assert both.p_click.corr(both.p_click_live) > 0.9
    clicks = latest(small["home_feed_outcomes"], "prediction_id", "click")
    mine, theirs = (both[c].map(clicks).fillna(0) for c in ("prediction_id", "prediction_id_live"))
    assert (mine == theirs).mean() > 0.999


def test_outcomes_follow_their_predictions(small: dict[str, pd.DataFrame]) -> None:
    for monitor, outcomes, key, tolerated in (
        ("home_feed", "home_feed_outcomes", "prediction_id", 0.001),
        ("fraud", "fraud_labels", "transaction_id", 0.02),
        ("house_price", "house_price_outcomes", "prediction_id", 0.001),
    ):
        log, _, time = LOGS[monitor]
        served = small[log].drop_duplicates(key).set_index(key)[time]
        rows = small[outcomes]
        at = rows[key].map(served)
        assert at.isna().mean() < tolerated, monitor
        assert (rows.occurred_at[at.notna()] > at[at.notna()]).all()
        assert (rows.loaded_at > rows.occurred_at).all()
        corrected = rows.duplicated([key, "outcome"], keep=False)
        assert corrected.any(), monitor
        assert (rows[corrected].groupby([key, "outcome"]).loaded_at.nunique() > 1).all()
    labels = small["fraud_labels"]
    served = small["fraud_transactions"].set_index("transaction_id").scored_at
    days = (labels.occurred_at - labels.transaction_id.map(served)).dt.total_seconds() / 86_400
    assert days.min() >= 1
    assert (days.dropna() <= 14).mean() > 0.98


def test_rows_arrive_late_and_the_last_day_is_complete(small: dict[str, pd.DataFrame]) -> None:
    cut = pd.Timestamp(SMALL.end) + pd.Timedelta(microseconds=READ_OFF)
    for log, _, time in LOGS.values():
        delay = small[log].loaded_at - small[log][time]
        quiet = delay[day_of(small[log][time]) < FIRST_INCIDENT_DAY]
        assert delay.min() > pd.Timedelta(minutes=2)
        assert (quiet > pd.Timedelta(hours=2)).mean() == pytest.approx(0.01, abs=0.006)
        assert pd.Timestamp(SMALL.end) + pd.Timedelta(hours=2) < small[log].loaded_at.max() < cut
    for name in ("home_feed_outcomes", "home_feed_candidates", "fraud_labels"):
        assert pd.Timestamp(SMALL.end) < small[name].loaded_at.max() < cut


# --- the quiet stretches --------------------------------------------------------------------------


@pytest.mark.parametrize("monitor", LOGS)
def test_quiet_days_look_like_the_training_data(
    small: dict[str, pd.DataFrame], monitor: str
) -> None:
    log, training, time = LOGS[monitor]
    rows, reference = small[log], small[training]
    if monitor == "home_feed":
        rows = rows[(rows.serving_role == "live") & ~rows.is_test]
        reference = reference[~reference.is_test]
    quiet = rows[day_of(rows[time]) < 35]
    weekend, learned = (f[time].dt.day_of_week >= 5 for f in (quiet, reference))
    for column in FEATURES[monitor]:
        for part, same in ((weekend, learned), (~weekend, ~learned)):
            assert psi(quiet[column][part], reference[column][same]) < 0.05, column


def test_weeks_have_seasons(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    rows = rows[day_of(rows.predicted_at) < 35]
    weekend = rows.predicted_at.dt.day_of_week >= 5
    per_day = rows.groupby(rows.predicted_at.dt.date).size()
    is_weekend = pd.Series([d.weekday() >= 5 for d in per_day.index], index=per_day.index)
    assert per_day[is_weekend].mean() > 1.1 * per_day[~is_weekend].mean()
    mobile = rows.device.eq("mobile")
    assert mobile[weekend].mean() > mobile[~weekend].mean() + 0.01
    hours = rows[rows.region == "ID"].predicted_at.dt.hour.value_counts(normalize=True)
    assert hours.max() > 3 * hours.min()


def test_scores_are_calibrated_where_nothing_is_wrong(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    rows = rows[(rows.serving_role == "live") & (day_of(rows.predicted_at) < 35)]
    for score, outcome in (("p_click", "click"), ("p_purchase", "purchase")):
        happened = rows.prediction_id.map(
            latest(small["home_feed_outcomes"], "prediction_id", outcome)
        ).fillna(0)
        assert happened.mean() == pytest.approx(rows[score].mean(), rel=0.12)
        for version, group in rows.groupby("model_version"):
            assert happened[group.index].mean() == pytest.approx(group[score].mean(), rel=0.2)
            assert auc(group[score], happened[group.index]) > 0.6, version
    scored = small["fraud_transactions"]
    scored = scored[day_of(scored.scored_at) < 35]
    fraud = scored.transaction_id.map(
        latest(small["fraud_labels"], "transaction_id", "fraud")
    ).fillna(0)
    assert fraud.mean() == pytest.approx(scored.p_fraud.mean(), rel=0.15)
    assert auc(scored.p_fraud, fraud) > 0.9


# --- the planted incidents ------------------------------------------------------------------------


def test_upper_tail_of_one_slice_and_version(feed: Any) -> None:
    """p95 of p_click rises by 45% in ID on mobile of home_ranker_v13 since 09:00, nowhere else."""
    before, during = feed(46, 47), feed(48, 49, 50)
    nine = pd.Timestamp(FULL.start) + pd.Timedelta(days=48, hours=9)
    early, during = during[during.predicted_at < nine], during[during.predicted_at >= nine]
    before = pd.concat([before, early])

    def p95(rows: pd.DataFrame) -> pd.Series:
        place = rows.model_version + "|" + rows.region + "+" + rows.device
        large = place.map(place.value_counts()) > 800
        return rows[large].groupby(place[large]).p_click.quantile(0.95)

    ratio = (p95(during) / p95(before)).dropna()
    hit = ratio.pop("home_ranker_v13|ID+mobile")
    assert 1.35 <= hit <= 1.55
    assert len(ratio) >= 6
    assert ratio.between(0.9, 1.1).all(), ratio
    sliced = [
        r[(r.region == "ID") & (r.device == "mobile") & (r.model_version == "home_ranker_v13")]
        for r in (before, during)
    ]
    middle = [r.p_click.quantile([0.25, 0.5, 0.75]).to_numpy() for r in sliced]
    np.testing.assert_allclose(middle[1], middle[0], rtol=0.08)
    assert during.p_click.max() < 0.97
    assert during.p_click.value_counts().max() < 20


def test_feature_is_null_after_a_deploy(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    during = between(rows, "predicted_at", "home_null")
    null = rows.user_category_affinity.isna()
    v13 = rows.model_version == "home_ranker_v13"
    assert null[during & v13].mean() == pytest.approx(0.6, abs=0.03)
    assert null[~(during & v13)].mean() < 0.01
    quiet = day_of(rows.predicted_at).between(20, 34) & v13
    assert rows.p_click[during & v13].mean() < 0.92 * rows.p_click[quiet].mean()


def test_category_is_renamed(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    during = between(rows, "predicted_at", "home_rename")
    assert rows.device_os[during].eq("ios").mean() > 0.2
    assert not rows.device_os[during].eq("iOS").any()
    assert not rows.device_os[~during].eq("ios").any()


def test_feature_is_stale(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    during = between(rows, "predicted_at", "home_stale")
    stale = rows.profile_age_hours > 48
    by_day = stale[during].groupby(day_of(rows.predicted_at)).mean()
    assert by_day.iloc[-1] == 1.0
    assert not stale[~during].any()


def test_purchases_fall_short_of_their_score(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    bought = rows.prediction_id.map(
        latest(small["home_feed_outcomes"], "prediction_id", "purchase")
    ).fillna(0)
    during = between(rows, "predicted_at", "home_calibration")
    assert bought[during].sum() / rows.p_purchase[during].sum() < 0.75
    training = small["home_feed_training"]
    assert psi(rows.p_purchase[during], training.p_purchase) < 0.1


def test_small_segment_breaks_and_the_whole_stays(feed: Any, small: dict[str, Any]) -> None:
    rows = feed(57, 58)
    reference = small["home_feed_training"]
    assert (rows.item_quality_score[rows.region == "NZ"] == 0).all()
    assert (rows.item_quality_score[rows.region != "NZ"] > 0).all()
    assert psi(rows.item_quality_score, reference.item_quality_score) < 0.03


def test_candidate_source_dries_up(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_candidates"]
    during = between(rows, "retrieved_at", "home_source")
    tower = rows.source == "two_tower"
    assert (rows.candidate_count[during & tower] == 0).mean() > 0.85
    assert (rows.candidate_count[~during | ~tower] == 0).mean() < 0.001
    fed = small["home_feed_predictions"]
    gone = between(fed, "predicted_at", "home_source")
    zero = fed.source_two_tower_score == 0
    assert zero[gone].mean() > 0.9
    assert zero[~gone].mean() == pytest.approx(0.3, abs=0.02)


def test_exposure_concentrates(feed: Any) -> None:
    def top(rows: pd.DataFrame) -> float:
        return float(rows.item_id.value_counts(normalize=True).head(60).sum())

    shares = [top(feed(day)) for day in (66, 68, 70, 72)]
    assert all(later > earlier + 0.05 for earlier, later in pairwise(shares)), shares
    assert top(feed(74)) == pytest.approx(shares[0], abs=0.02)


def test_latency_steps_up_with_fallbacks(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    rows = rows[rows.serving_role == "live"]
    during = between(rows, "predicted_at", "home_latency")
    p95 = rows.latency_ms[during].quantile(0.95), rows.latency_ms[~during].quantile(0.95)
    assert p95[0] > 1.8 * p95[1]
    assert p95[1] < 120 < p95[0]
    assert rows.is_fallback[during].mean() > 0.1
    assert rows.is_fallback[~during].mean() < 0.01


def test_loads_stop_and_catch_up(small: dict[str, pd.DataFrame]) -> None:
    start, end = Schedule.of(SMALL.days).spans["home_late_load"]
    for name in ("home_feed_predictions", "home_feed_candidates", "home_feed_outcomes"):
        at = (small[name].loaded_at - pd.Timestamp(SMALL.start)) // pd.Timedelta(microseconds=1)
        assert not ((at >= start) & (at < end)).any(), name
        assert ((at >= end) & (at < end + DAY // 24)).sum() > 20


def test_unit_changes_in_one_country(small: dict[str, pd.DataFrame]) -> None:
    rows = small["fraud_transactions"]
    during = between(rows, "scored_at", "fraud_unit")
    kuwait = rows.country == "KW"
    assert (
        700 < rows.amount[during & kuwait].median() / rows.amount[kuwait & ~during].median() < 1400
    )
    others = rows.amount[~kuwait]
    assert others[during].median() == pytest.approx(others[~during].median(), rel=0.15)
    assert rows.p_fraud[during & kuwait].mean() > 5 * rows.p_fraud[kuwait & ~during].mean()


def test_fraud_changes_and_nothing_else_does(small: dict[str, pd.DataFrame]) -> None:
    rows = small["fraud_transactions"]
    fraud = rows.transaction_id.map(
        latest(small["fraud_labels"], "transaction_id", "fraud")
    ).fillna(0)
    during = between(rows, "scored_at", "fraud_concept")
    quiet = day_of(rows.scored_at) < 35
    assert auc(rows.p_fraud[during], fraud[during]) < auc(rows.p_fraud[quiet], fraud[quiet]) - 0.1
    assert fraud[during].mean() == pytest.approx(fraud[quiet].mean(), rel=0.35)
    for column in FEATURES["fraud"]:
        assert psi(rows[column][during], rows[column][quiet]) < 0.06, column


def test_small_tenant_loses_a_feature(small: dict[str, pd.DataFrame]) -> None:
    rows = small["fraud_transactions"]
    during = between(rows, "scored_at", "fraud_small_tenant")
    mine = rows.tenant == "tenant_g"
    assert 0.01 < mine.mean() < 0.05
    assert (rows.device_risk[during & mine] == 0).all()
    assert (rows.device_risk[~(during & mine)] > 0).all()


def test_half_a_day_is_missing(small: dict[str, pd.DataFrame]) -> None:
    rows = small["fraud_transactions"]
    assert not between(rows, "scored_at", "fraud_missing_rows").any()
    per_day = rows.groupby(day_of(rows.scored_at)).size()
    assert per_day.loc[75] < 0.7 * per_day.loc[68]
    labelled = small["fraud_labels"].transaction_id
    assert (~labelled.isin(rows.transaction_id)).any()


def test_listings_move_out_slowly(small: dict[str, pd.DataFrame]) -> None:
    rows = small["house_price_predictions"]
    weekly = rows.distance_km.groupby(day_of(rows.predicted_at) // 6).mean()
    assert weekly[(weekly.index >= 10)].is_monotonic_increasing
    assert weekly.iloc[-1] > 1.6 * weekly.iloc[:10].mean()
    nulls = between(rows, "predicted_at", "house_null") & (rows.city == "Cologne")
    assert rows.year_built[nulls].isna().mean() > 0.7
    assert not rows.year_built[~nulls].isna().any()


def test_experiment_and_holiday(small: dict[str, pd.DataFrame]) -> None:
    rows = small["home_feed_predictions"]
    during = between(rows, "predicted_at", "home_experiment")
    assert rows.variant[~during].isna().all()
    assert rows.variant.isna().eq(rows.experiment_id.isna()).all()
    arms = rows[during].groupby("variant")
    assert arms.rank_score.mean()["treatment"] > arms.rank_score.mean()["control"] + 0.05
    users = arms.user_id.nunique()
    assert users["treatment"] == pytest.approx(users["control"], rel=0.35)
    holiday = between(rows, "predicted_at", "home_holiday")
    assert holiday.sum() / 2 > 1.3 * len(rows) / SMALL.days
    assert (
        rows.category[holiday].eq("gifts").mean() > 2 * rows.category[~holiday].eq("gifts").mean()
    )


# --- the ground truth -----------------------------------------------------------------------------


def test_truth_is_complete_and_well_formed(small: dict[str, pd.DataFrame]) -> None:
    truth = small["demo_incidents"]
    assert set(truth.action) <= ACTIONS
    assert set(truth.nature) == {"incident", "gradual", "expected"}
    assert set(truth.detectable_by) <= {
        *("drift", "quality", "volume", "metrics", "tail", "concept", "calibration"),
        *("concentration", "freshness"),
    }
    assert (truth.starts_at < truth.ends_at).all()
    assert not truth.duplicated().any()
    found = truth.groupby("incident_id").agg(nature=("nature", "first"), any=("is_primary", "any"))
    assert (found["any"] == (found.nature != "expected")).all()
    planted = set(Schedule.of(SMALL.days).spans) - {"fraud_v6_half"}
    assert planted <= set(found.index)
    expected_changes = small["changes"].kind.value_counts()
    assert {"deploy", "feature_set", "policy", "experiment", "holiday"} <= set(
        expected_changes.index
    )
    v19 = small["changes"].set_index("name").loc["feature_set v19"]
    tail = truth[(truth.incident_id == "home_tail") & truth.is_primary].iloc[0]
    lead = tail.starts_at - v19.started_at
    assert pd.Timedelta(minutes=10) <= lead <= pd.Timedelta(hours=1)
    assert (tail.slice_name, tail.slice_value) == ("region+device", "ID+mobile")


@pytest.mark.parametrize("monitor", LOGS)
def test_long_stretches_are_quiet(small: dict[str, pd.DataFrame], monitor: str) -> None:
    truth = small["demo_incidents"]
    planted = truth[
        (truth.monitor == monitor)
        & ~truth.title.str.contains("echo", regex=False)
        & ~truth.cause.eq("deploy")
    ]
    busy = {
        day
        for start, end in zip(planted.starts_at, planted.ends_at, strict=True)
        for day in range(SMALL.days)
        if start < pd.Timestamp(SMALL.date_of(day + 1)) and end > pd.Timestamp(SMALL.date_of(day))
    }
    assert min(busy) >= FIRST_INCIDENT_DAY
    assert len(set(range(FIRST_INCIDENT_DAY, SMALL.days)) - busy) >= 20


@pytest.mark.parametrize(("days", "count"), [(30, 0), (36, 0), (50, 6), (90, 21), (200, 21)])
def test_schedule_scales_with_the_days(days: int, count: int) -> None:
    spans = Schedule.of(days).spans
    assert len(spans) == count
    for start, end in spans.values():
        assert FIRST_INCIDENT_DAY * DAY <= start < end <= days * DAY
    ordered = sorted(span for name, span in spans.items() if name.startswith("fraud_"))
    assert all(first[1] <= second[0] for first, second in pairwise(ordered))


def test_short_log_has_no_incident() -> None:
    tables = collect(Settings(days=30, rows_per_day=200, end=date(2026, 1, 1) + timedelta(days=3)))
    truth = tables["demo_incidents"]
    assert set(truth.nature) <= {"expected"}
    assert len(tables["version_metrics"]) > 0
