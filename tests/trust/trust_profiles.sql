{#- Made by tools/trust_tests.py from python/expectations: profiles. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_profiles() | indent(4) }}

),

checked as (

    select
        *,
        case when least_missing_rate < 0.0 then ' missing_rate_is_at_least_0' else '' end
        || case when largest_missing_rate > 1.0 then ' missing_rate_is_at_most_1' else '' end
        || case when least_invalid_rate < 0.0 then ' invalid_rate_is_at_least_0' else '' end
        || case when largest_invalid_rate > 1.0 then ' invalid_rate_is_at_most_1' else '' end
        || case when least_out_of_range_rate < 0.0 then ' out_of_range_rate_is_at_least_0' else '' end
        || case when largest_out_of_range_rate > 1.0 then ' out_of_range_rate_is_at_most_1' else '' end
        || case when least_unseen_rate < 0.0 then ' unseen_rate_is_at_least_0' else '' end
        || case when largest_unseen_rate > 1.0 then ' unseen_rate_is_at_most_1' else '' end
        || case when least_zero_rate < 0.0 then ' zero_rate_is_at_least_0' else '' end
        || case when largest_zero_rate > 1.0 then ' zero_rate_is_at_most_1' else '' end
        || case when least_stale_rate < 0.0 then ' stale_rate_is_at_least_0' else '' end
        || case when largest_stale_rate > 1.0 then ' stale_rate_is_at_most_1' else '' end
        || case when least_top_share < 0.0 then ' top_share_is_at_least_0' else '' end
        || case when largest_top_share > 1.0 then ' top_share_is_at_most_1' else '' end
        || case when least_at_min_share < 0.0 then ' at_min_share_is_at_least_0' else '' end
        || case when largest_at_min_share > 1.0 then ' at_min_share_is_at_most_1' else '' end
        || case when least_at_max_share < 0.0 then ' at_max_share_is_at_least_0' else '' end
        || case when largest_at_max_share > 1.0 then ' at_max_share_is_at_most_1' else '' end
        || case when least_extreme_share < 0.0 then ' extreme_share_is_at_least_0' else '' end
        || case when largest_extreme_share > 1.0 then ' extreme_share_is_at_most_1' else '' end
        || case when least_low_confidence_share < 0.0 then ' low_confidence_share_is_at_least_0' else '' end
        || case when largest_low_confidence_share > 1.0 then ' low_confidence_share_is_at_most_1' else '' end
        || case when least_step_min_p01 < -1e-09 then ' min_is_not_above_p01' else '' end
        || case when least_step_p01_p05 < -1e-09 then ' p01_is_not_above_p05' else '' end
        || case when least_step_p05_p25 < -1e-09 then ' p05_is_not_above_p25' else '' end
        || case when least_step_p25_p50 < -1e-09 then ' p25_is_not_above_p50' else '' end
        || case when least_step_p50_p75 < -1e-09 then ' p50_is_not_above_p75' else '' end
        || case when least_step_p75_p95 < -1e-09 then ' p75_is_not_above_p95' else '' end
        || case when least_step_p95_p99 < -1e-09 then ' p95_is_not_above_p99' else '' end
        || case when least_step_p99_max < -1e-09 then ' p99_is_not_above_max' else '' end
        || case when least_step_min_mean < -1e-09 then ' min_is_not_above_mean' else '' end
        || case when least_step_mean_max < -1e-09 then ' mean_is_not_above_max' else '' end
        || case when not_finite_count < 0.0 or not_finite_count > 0.0 then ' profiles_are_finite' else '' end
        || case when least_row_count < 1.0 then ' row_count_is_positive' else '' end
        || case when least_stddev < 0.0 then ' stddev_is_not_negative' else '' end
        || case when least_entropy < -1e-09 then ' entropy_is_not_negative' else '' end
            as broken
    from frame

)

select
    monitor, log, window_name, subject,
    broken
from checked
where broken <> ''
