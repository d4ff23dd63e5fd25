{# Smallest and largest value of every statistic of each subject, baseline and status, and the
    number of nulls that the status does not explain. #}
{% macro trust_drift() %}
{%- set shares = [
    'js_distance', 'hellinger', 'total_variation', 'l_infinity', 'ks', 'ks_error_bound', 'tail_share',
    'unseen_share', 'missing_rate_delta', 'chi2_p_value', 'ks_p_value', 'mean_p_value',
    'tail_p_value', 'q_value',
] %}
{%- set positive = [
    'psi', 'psi_valid', 'psi_noise_floor', 'kl', 'chi2', 'wasserstein', 'wasserstein_error_bound',
    'wasserstein_scaled', 'stddev_ratio', 'p50_shift_error_bound', 'p95_shift_error_bound',
    'dispersion', 'effective_row_count',
] %}
{%- set always = [
    'psi', 'psi_valid', 'psi_noise_floor', 'kl', 'js_distance', 'hellinger', 'total_variation',
    'l_infinity', 'baseline_window_end',
] %}
{%- set of_numbers = ['ks', 'ks_p_value', 'wasserstein', 'tail_share'] %}
with checked as (

    {{ model_monitor.checked_windows('int_monitor__reevaluated_windows') }}

),

drift as (

    select
        drift.*,
        subjects.subject_type,
        -- no size of a protected group is published, and its rates are sizes
        protected_slices.monitor is not null as is_protected_slice,
        coalesce(subjects.is_protected, false) as is_protected_subject
    from {{ ref('model_monitor', 'monitor_drift') }} as drift
    inner join checked
        on drift.monitor = checked.monitor
        and drift.log = checked.log
        and drift.window_name = checked.window_name
        and drift.window_end = checked.window_end
    left join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on drift.monitor = subjects.monitor
        and drift.log = subjects.log
        and drift.subject = subjects.subject
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on drift.monitor = protected_slices.monitor
        and drift.slice_name = protected_slices.slice_name

),

final as (

    select
        monitor,
        log,
        window_name,
        subject,
        baseline,
        status,
        count(*) as comparison_count,
        min(row_count) as least_row_count,
        {%- for share in shares %}
        min({{ share }}) as least_{{ share }},
        max({{ share }}) as largest_{{ share }},
        {%- endfor %}
        {%- for number in positive %}
        min({{ number }}) as least_{{ number }},
        {%- endfor %}
        min(q_value - chi2_p_value) as least_q_above_p,
        cast(sum(case
            when status in ('ok', 'drifted')
                and (
                    {{ always | join(' is null or ') }} is null
                    or (baseline_row_count is null and not is_protected_slice)
                    or (not is_protected_subject
                        and (missing_rate_delta is null or unseen_share is null))
                    or (subject_type = 'numeric'
                        and ({{ of_numbers | join(' is null or ') }} is null
                            -- a shift in baseline deviations is null if the baseline
                            -- has no deviation
                            or (mean_shift is null and stddev_ratio is not null)))
                    or chi2_df is null or chi2 is null or chi2_p_value is null
                )
                then 1
            when row_count is null or (chi2_p_value is not null and q_value is null) then 1
            else 0
        end) as bigint) as unexplained_null_count,
        cast(sum({{ model_monitor.not_finite(shares + positive + [
            'mean_shift', 'p50_shift', 'p95_shift', 'psi_z',
        ]) }}) as bigint) as not_finite_count
    from drift
    group by monitor, log, window_name, subject, baseline, status

)

select * from final
{% endmacro %}
