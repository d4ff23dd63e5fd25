{#- Made by tools/trust_tests.py from python/expectations: drift. -#}
{{ config(tags=['trust']) }}
with frame as (

    {{ model_monitor.trust_drift() | indent(4) }}

),

checked as (

    select
        *,
        case when least_js_distance < -1e-09 then ' js_distance_is_at_least_0' else '' end
        || case when least_hellinger < -1e-09 then ' hellinger_is_at_least_0' else '' end
        || case when least_total_variation < -1e-09 then ' total_variation_is_at_least_0' else '' end
        || case when least_l_infinity < -1e-09 then ' l_infinity_is_at_least_0' else '' end
        || case when least_ks < -1e-09 then ' ks_is_at_least_0' else '' end
        || case when least_ks_error_bound < -1e-09 then ' ks_error_bound_is_at_least_0' else '' end
        || case when least_tail_share < -1e-09 then ' tail_share_is_at_least_0' else '' end
        || case when least_unseen_share < -1e-09 then ' unseen_share_is_at_least_0' else '' end
        || case when least_chi2_p_value < -1e-09 then ' chi2_p_value_is_at_least_0' else '' end
        || case when least_ks_p_value < -1e-09 then ' ks_p_value_is_at_least_0' else '' end
        || case when least_mean_p_value < -1e-09 then ' mean_p_value_is_at_least_0' else '' end
        || case when least_tail_p_value < -1e-09 then ' tail_p_value_is_at_least_0' else '' end
        || case when least_q_value < -1e-09 then ' q_value_is_at_least_0' else '' end
        || case when largest_js_distance > 1.000000001 then ' js_distance_is_at_most_1' else '' end
        || case when largest_hellinger > 1.000000001 then ' hellinger_is_at_most_1' else '' end
        || case when largest_total_variation > 1.000000001 then ' total_variation_is_at_most_1' else '' end
        || case when largest_l_infinity > 1.000000001 then ' l_infinity_is_at_most_1' else '' end
        || case when largest_ks > 1.000000001 then ' ks_is_at_most_1' else '' end
        || case when largest_ks_error_bound > 1.000000001 then ' ks_error_bound_is_at_most_1' else '' end
        || case when largest_tail_share > 1.000000001 then ' tail_share_is_at_most_1' else '' end
        || case when largest_unseen_share > 1.000000001 then ' unseen_share_is_at_most_1' else '' end
        || case when largest_chi2_p_value > 1.000000001 then ' chi2_p_value_is_at_most_1' else '' end
        || case when largest_ks_p_value > 1.000000001 then ' ks_p_value_is_at_most_1' else '' end
        || case when largest_mean_p_value > 1.000000001 then ' mean_p_value_is_at_most_1' else '' end
        || case when largest_tail_p_value > 1.000000001 then ' tail_p_value_is_at_most_1' else '' end
        || case when largest_q_value > 1.000000001 then ' q_value_is_at_most_1' else '' end
        || case when least_missing_rate_delta < -1.000000001 then ' missing_rate_delta_is_at_least_-1' else '' end
        || case when largest_missing_rate_delta > 1.000000001 then ' missing_rate_delta_is_at_most_1' else '' end
        || case when least_psi < -1e-09 then ' psi_is_at_least_0' else '' end
        || case when least_psi_valid < -1e-09 then ' psi_valid_is_at_least_0' else '' end
        || case when least_psi_noise_floor < -1e-09 then ' psi_noise_floor_is_at_least_0' else '' end
        || case when least_kl < -1e-09 then ' kl_is_at_least_0' else '' end
        || case when least_chi2 < -1e-09 then ' chi2_is_at_least_0' else '' end
        || case when least_wasserstein < -1e-09 then ' wasserstein_is_at_least_0' else '' end
        || case when least_wasserstein_error_bound < -1e-09 then ' wasserstein_error_bound_is_at_least_0' else '' end
        || case when least_wasserstein_scaled < -1e-09 then ' wasserstein_scaled_is_at_least_0' else '' end
        || case when least_stddev_ratio < -1e-09 then ' stddev_ratio_is_at_least_0' else '' end
        || case when least_p50_shift_error_bound < -1e-09 then ' p50_shift_error_bound_is_at_least_0' else '' end
        || case when least_p95_shift_error_bound < -1e-09 then ' p95_shift_error_bound_is_at_least_0' else '' end
        || case when least_effective_row_count < -1e-09 then ' effective_row_count_is_at_least_0' else '' end
        || case when least_dispersion < 0.999999999 then ' dispersion_is_at_least_1' else '' end
        || case when least_q_above_p < -1e-09 then ' q_value_is_not_below_p_value' else '' end
        || case when status is null then ' status_is_there' else '' end
        || case when status not in ('ok', 'drifted', 'insufficient_data', 'constant', 'missing', 'type_changed', 'ruler_changed') then ' status_is_known' else '' end
        || case when unexplained_null_count < 0.0 or unexplained_null_count > 0.0 then ' nulls_are_explained' else '' end
        || case when not_finite_count < 0.0 or not_finite_count > 0.0 then ' statistics_are_finite' else '' end
            as broken
    from frame

)

select
    monitor, log, window_name, subject, baseline, status,
    broken
from checked
where broken <> ''
