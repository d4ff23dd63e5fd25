"""The incidents planted in the features and scores of the feed."""

from __future__ import annotations

from .truth import Effect, Incident, effects, everywhere_in

V12, V13 = "home_ranker_v12", "home_ranker_v13"
SCORES = ("p_click", "p_purchase", "rank_score")
ITEM_FEATURES = ("item_ctr_7d", "item_quality_score", "price_usd", "source_two_tower_score")
REQUESTS = Effect("*", "drift", log="requests")
CANDIDATES = Effect("*", "drift", log="candidates")


def scores_move() -> tuple[Effect, ...]:
    """A wrong input changes the scores, their derived values and their calibration."""
    return (
        *effects("drift", *SCORES),
        *effects("tail", "p_click", "p_purchase", "rank_score"),
        *effects("calibration", "p_click", "p_purchase"),
        *effects("concept", "p_click", "p_purchase"),
        *effects("metrics", "p_click", "p_purchase", "(served)", "revenue_per_request"),
        REQUESTS,
    )


def _slices(*pairs: tuple[str, str], version: str = "*") -> tuple[Effect, ...]:
    return tuple(
        Effect("*", "drift", model_version=version, slice_name=name, slice_value=value)
        for name, value in pairs
    )


FEATURE_INCIDENTS = (
    Incident(
        name="home_null",
        monitor="home_feed",
        title="user_category_affinity is null in 60% of home_ranker_v13's rows after its deploy",
        nature="incident",
        cause="The deploy of home_ranker_v13 reads the feature under its old key.",
        action="fix_feature",
        effects=(
            *effects(
                "quality",
                "user_category_affinity",
                primary=True,
                at=Effect("*", "quality", model_version=V13),
            ),
            *effects("quality", "user_category_affinity"),
            *effects("drift", "user_category_affinity"),
            *effects("concept", "user_category_affinity"),
            *scores_move(),
        ),
    ),
    Incident(
        name="home_rename",
        monitor="home_feed",
        title="device_os 'iOS' arrives as 'ios'",
        nature="incident",
        cause="Release 5.2 of the app reports the operating system in lower case.",
        action="fix_feature",
        effects=(
            *effects("quality", "device_os", primary=True),
            *effects("drift", "device_os"),
            *effects("concept", "device_os"),
            *scores_move(),
        ),
    ),
    Incident(
        name="home_stale",
        monitor="home_feed",
        title="profile_age_hours rises by a day every day: profiles are no longer computed",
        nature="incident",
        cause="The job that computes user profiles fails since midnight.",
        action="fix_feature",
        effects=(
            *effects("quality", "profile_age_hours", primary=True),
            *effects("drift", "profile_age_hours", primary=True),
            *effects("tail", "profile_age_hours"),
            *effects("concept", "profile_age_hours"),
            *scores_move(),
        ),
    ),
    Incident(
        name="home_small_segment",
        monitor="home_feed",
        title="item_quality_score is 0 in the whole of NZ, 2.5% of the rows",
        nature="incident",
        cause="The store of item features of the NZ site is empty.",
        action="fix_feature",
        effects=(
            *effects(
                "drift",
                "item_quality_score",
                primary=True,
                at=Effect("*", "drift", slice_name="region", slice_value="NZ"),
            ),
            *everywhere_in(
                _slices(
                    ("region", "NZ"),
                    ("region+device", "NZ+mobile"),
                    ("region+device", "NZ+desktop"),
                    ("region+device", "NZ+tablet"),
                ),
                (
                    *effects("quality", "item_quality_score"),
                    *effects("drift", "item_quality_score", *SCORES),
                    *effects("tail", "item_quality_score", *SCORES),
                    *effects("concept", "item_quality_score", "p_click", "p_purchase"),
                    *effects("calibration", "p_click", "p_purchase"),
                    *effects("metrics", "p_click", "p_purchase", "(served)"),
                    REQUESTS,
                ),
            ),
            *effects("quality", "item_quality_score"),
        ),
    ),
)

SCORE_INCIDENTS = (
    Incident(
        name="home_tail",
        monitor="home_feed",
        title="p_click's p95 is 45% higher in ID on mobile of home_ranker_v13",
        nature="incident",
        cause="feature_set v19 rescales the upper end of p_click for ID on mobile.",
        action="roll_back",
        effects=(
            *effects(
                "tail",
                "p_click",
                primary=True,
                at=Effect(
                    "*",
                    "tail",
                    model_version=V13,
                    slice_name="region+device",
                    slice_value="ID+mobile",
                ),
            ),
            *effects("tail", "p_click"),
            *effects("drift", "p_click"),
            *effects("calibration", "p_click"),
            *effects("concept", "p_click"),
            *effects("metrics", "p_click", "(served)"),
            REQUESTS,
        ),
    ),
    Incident(
        name="home_calibration",
        monitor="home_feed",
        title="Purchases fall to half of what p_purchase says",
        nature="incident",
        cause="A new checkout page costs every second purchase; the model cannot know.",
        action="recalibrate",
        effects=(
            *effects("calibration", "p_purchase", primary=True),
            *effects("metrics", "p_purchase", "revenue_per_request", "(served)"),
            *effects("drift", "purchase", "revenue"),
            *effects("tail", "revenue"),
            *effects("concept", *ITEM_FEATURES, "p_purchase", "user_category_affinity"),
            *effects("concept", "session_depth", "profile_age_hours", "is_subscriber"),
            *effects("concept", "seen_count", "basket_tokens", "device_os"),
        ),
    ),
)
