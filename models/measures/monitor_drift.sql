{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__reevaluated_windows'
) }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }}

with tested as (

    select
        tested_distances.*,
        -- the row count of a baseline adds up days, some of which may be hidden
        protected_slices.monitor is null
        and (
            tested_distances.slice_name = '(all)'
            or not ({{ model_monitor.are_few('tested_distances.baseline_row_count') }})
        ) as has_baseline_rows,
        -- the rates of a protected column are sizes of its groups
        not coalesce(subjects.is_protected, false) as has_rates
    from {{ ref('model_monitor', 'int_monitor__tested_distances') }} as tested_distances
    left join {{ ref('model_monitor', 'int_monitor__protected_slices') }} as protected_slices
        on tested_distances.monitor = protected_slices.monitor
        and tested_distances.slice_name = protected_slices.slice_name
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on tested_distances.monitor = monitors.monitor
    left join {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
        on tested_distances.monitor = subjects.monitor
        and tested_distances.log = subjects.log
        and tested_distances.subject = subjects.subject

),

final as (

    select
        monitor,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        log,
        subject,
        baseline,
        baseline_version,
        baseline_window_start,
        baseline_window_end,
        row_count,
        case when has_baseline_rows then baseline_row_count end as baseline_row_count,
        bin_count,
        valid_bin_count,
        psi,
        psi_valid,
        psi_noise_floor,
        psi_noise_limit,
        kl,
        js_distance,
        hellinger,
        total_variation,
        l_infinity,
        chi2,
        chi2_df,
        chi2_p_value,
        dispersion,
        cast(
            {{ model_monitor.safe_divide('row_count', 'dispersion') }}
            as {{ model_monitor.type_double() }}
        ) as effective_row_count,
        ks,
        ks_error_bound,
        ks_p_value,
        wasserstein,
        wasserstein_error_bound,
        wasserstein_scaled,
        mean_shift,
        mean_p_value,
        stddev_ratio,
        p50_shift,
        p50_shift_error_bound,
        p95_shift,
        p95_shift_error_bound,
        tail_share,
        tail_p_value,
        case when has_rates then missing_rate_delta end as missing_rate_delta,
        case when has_rates then unseen_share end as unseen_share,
        q_value,
        psi_z,
        power(psi_root_mean, 3) as psi_usual,
        cast(history_windows as integer) as history_windows,
        is_learning,
        is_unmatched_weekday,
        is_reference_mismatch,
        ruler_version,
        case
            when is_ruler_changed then 'ruler_changed'
            when is_type_changed then 'type_changed'
            when is_all_missing and row_count > 0 then 'missing'
            when not is_sufficient then 'insufficient_data'
            -- Few rows of few users are not evidence. Nor is a slice whose normal range is unknown.
            when least_effective < {{ model_monitor.thin_share() }} * monitors_min_rows
                or (slice_name <> '(all)' and (dispersion is null or is_learning))
                then 'insufficient_data'
            when is_constant then 'constant'
            -- nearly all rows are in one group, so there is nothing to test
            when chi2_df is null then 'insufficient_data'
            when psi_valid - psi_noise_limit
                >= {{ model_monitor.large_psi('slice_name', 'is_learning') }}
                and q_value <= 0.01
                and not is_unmatched_weekday
                and (is_learning or not coalesce(is_reference_mismatch, false))
                and case
                    when psi_root_mean is null then window_name <> 'hour'
                    else psi_z > {{ model_monitor.unusual_z('window_name') }}
                end
                then 'drifted'
            else 'ok'
        end as status
    from tested

)

-- what cannot be evaluated is shown as a gap of the whole, and counted in monitor_coverage
select * from final
where status <> 'insufficient_data'
    or (slice_name = '(all)' and window_name <> 'hour')
