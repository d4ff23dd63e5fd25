"""The incidents planted in the feed."""

from __future__ import annotations

from .schedule import V13_STEPS, Schedule
from .settings import DAY
from .truth import Effect, Incident, effects
from .truth_home_inputs import (
    CANDIDATES,
    FEATURE_INCIDENTS,
    ITEM_FEATURES,
    REQUESTS,
    SCORE_INCIDENTS,
    V12,
    V13,
    scores_move,
)


def home_incidents(schedule: Schedule) -> tuple[Incident, ...]:
    end = schedule.days * DAY
    deploys = tuple(
        Incident(
            name=f"home_v13_step_{number}",
            monitor="home_feed",
            title="home_ranker_v13 takes a larger share of the traffic",
            nature="expected",
            cause="deploy",
            action="ignore",
            effects=tuple(Effect("*", "volume", model_version=v) for v in (V12, V13)),
            span=(at, min(at + 14 * DAY, end)),
            echo=False,
        )
        for number, (at, _) in enumerate(V13_STEPS, start=1)
        if at < end
    )
    return (*deploys, *FEATURE_INCIDENTS, *SCORE_INCIDENTS, *_SYSTEM, *_EXPECTED)


_SYSTEM = (
    Incident(
        name="home_latency",
        monitor="home_feed",
        title="Latency more than doubles and 18% of the requests fall back",
        nature="incident",
        cause="The ranker moved to machines without enough memory.",
        action="roll_back",
        effects=(
            *effects("drift", "latency_ms", primary=True),
            *effects("metrics", "latency_ms", primary=True),
            *effects("tail", "latency_ms"),
            *effects("drift", "is_fallback", "is_error"),
            *effects("metrics", "is_fallback", "is_error", "fallback_rate"),
            *scores_move(),
        ),
    ),
    Incident(
        name="home_source",
        monitor="home_feed",
        title="The two_tower source returns almost no candidates",
        nature="incident",
        cause="The nightly index build of two_tower published an empty shard.",
        action="disable_source",
        effects=(
            *effects("drift", "candidate_count", primary=True, at=CANDIDATES),
            *effects("quality", "candidate_count", at=CANDIDATES),
            *effects("drift", "is_eligible", "source", at=CANDIDATES),
            *effects(
                "metrics", "empty_pool_rate", "candidates_per_row", primary=True, at=CANDIDATES
            ),
            *effects("drift", "source_two_tower_score"),
            *effects("tail", "source_two_tower_score"),
            *effects("concept", "source_two_tower_score"),
            *effects("quality", "source_two_tower_score"),
            *scores_move(),
        ),
    ),
    Incident(
        name="home_concentration",
        monitor="home_feed",
        title="Exposure concentrates on sixty items and their creators",
        nature="gradual",
        cause="A feedback loop: clicks on popular items feed the retrieval of popular items.",
        action="adjust_policy",
        effects=(
            *effects("concentration", "item", primary=True),
            *effects("concentration", "creator", "category"),
            *effects("drift", "category", *ITEM_FEATURES, "user_category_affinity"),
            *effects("tail", *ITEM_FEATURES),
            *effects("concept", *ITEM_FEATURES),
            *effects("drift", "click", "purchase", "revenue"),
            *scores_move(),
        ),
    ),
    Incident(
        name="home_late_load",
        monitor="home_feed",
        title="Nothing is loaded for thirty hours, then everything",
        nature="incident",
        cause="The load of the logs was down.",
        action="investigate_data",
        effects=tuple(
            Effect("*", "freshness", is_primary=log == "predictions", log=log)
            for log in ("predictions", "candidates", "outcomes", "requests")
        ),
        echo=False,
    ),
)

_EXPECTED = (
    Incident(
        name="home_experiment",
        monitor="home_feed",
        title="Experiment exp_diverse_feed lifts rank_score in its treatment",
        nature="expected",
        cause="experiment",
        action="run_experiment",
        effects=(
            *effects("drift", "rank_score", "seen_count"),
            *effects("tail", "rank_score", "seen_count"),
            *effects("quality", "seen_count"),
            *effects("metrics", "rank_score", "seen_count"),
            REQUESTS,
        ),
    ),
    Incident(
        name="home_holiday",
        monitor="home_feed",
        title="The mid-year sale: more traffic, gifts, lower prices, more purchases",
        nature="expected",
        cause="holiday",
        action="ignore",
        effects=(
            *(Effect("*", "volume", log=log) for log in ("predictions", "candidates", "requests")),
            *effects("drift", "category", *ITEM_FEATURES, "user_category_affinity"),
            *effects("drift", "click", "purchase", "revenue"),
            # A higher volume also brings a different mix of people.
            *effects("drift", "user_segment", "region", "device", "is_subscriber"),
            *effects("tail", "price_usd", "revenue"),
            *effects("concentration", "item", "creator", "category"),
            *effects("concept", "p_purchase", *ITEM_FEATURES, "user_category_affinity"),
            *scores_move(),
        ),
    ),
)
