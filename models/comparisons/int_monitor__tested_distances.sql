{#- Every distance of the re-evaluated windows against its normal range: its probability by chance,
    its deviation from its own history, and its false discovery rate. -#}
{{ model_monitor.view_model() }}
{%- set learning_windows = model_monitor.learning_windows() %}

with histories as (

    select * from {{ ref('model_monitor', 'int_monitor__distance_history') }}

),

dispersions as (

    select * from {{ ref('model_monitor', 'int_monitor__dispersions') }}

),

distances as (

    select
        distances.*,
        grid.grain,
        monitors.min_rows as monitors_min_rows,
        case when distances.slice_name = '(all)' then 'whole' else 'slice' end as tier
    from {{ ref('model_monitor', 'int_monitor__distances') }} as distances
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on distances.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__reevaluated_windows') }} as rejudged
        on distances.window_id = rejudged.window_id
    inner join {{ ref('model_monitor', 'int_monitor__window_grid') }} as grid
        on distances.monitor = grid.monitor
        and distances.window_name = grid.window_name
        and distances.baseline = grid.baseline
    where grid.is_published

),

dispersed as (

    select
        distances.*,
        case
            -- a slice in which nothing has ever moved: as all rows do
            when own.history_count >= {{ learning_windows }}
                then coalesce(own.dispersion, whole.dispersion, 1.0)
            when whole.history_count >= {{ learning_windows }} then coalesce(whole.dispersion, 1.0)
            -- neither its days nor its weeks have enough rows: no less than against the reference
            when distances.window_name in ('7d', '30d')
                and histories.history_count >= {{ learning_windows }}
                then coalesce(histories.dispersion, 1.0)
            -- Subjects differ far more than the windows of one subject do. So a few of its own
            -- windows say more.
            else greatest(
                logs.dispersion,
                case when own.history_count >= 3 then own.dispersion end,
                case when whole.history_count >= 3 then whole.dispersion end
            )
        end as dispersion,
        coalesce(own.history_count, 0) < {{ learning_windows }}
        and coalesce(whole.history_count, 0) < {{ learning_windows }}
        and (
            distances.window_name not in ('7d', '30d')
            or coalesce(histories.history_count, 0) < {{ learning_windows }}
        ) as is_noise_unknown,
        coalesce(histories.history_count, 0) as history_windows,
        case when histories.history_count >= {{ learning_windows }}
            then histories.psi_root_mean end as psi_root_mean,
        case when histories.history_count >= {{ learning_windows }}
            then histories.psi_root_scale end as psi_root_scale
    from distances
    left join histories
        on distances.window_id = histories.window_id
        and distances.series_id = histories.series_id
        and distances.baseline = histories.baseline
    left join dispersions as own
        on distances.series_id = own.series_id
        and distances.window_end = own.window_end
        and distances.grain = own.grain
        and own.level = 'series'
    left join dispersions as whole
        on distances.subject_id = whole.subject_id
        and distances.window_end = whole.window_end
        and distances.grain = whole.grain
        and whole.level = 'subject'
    left join dispersions as logs
        on distances.monitor = logs.monitor
        and distances.log = logs.log
        and distances.window_end = logs.window_end
        and distances.grain = logs.grain
        and logs.level = 'log'

),

-- Test statistics are divided by the dispersion. While it is unknown, rows count as independent.
corrected as (

    select
        *,
        chi2 / coalesce(dispersion, 1.0) as tempered_chi2,
        mean_z / sqrt(coalesce(dispersion, 1.0)) as tempered_mean_z,
        sqrt(tail_chi2 / coalesce(dispersion, 1.0)) as tempered_tail_z,
        ks * sqrt(
            {{ model_monitor.safe_divide(
                'cast(valid_count as ' ~ model_monitor.type_double() ~ ') * baseline_valid_count',
                'valid_count + baseline_valid_count'
            ) }} / coalesce(dispersion, 1.0)
        ) as ks_lambda,
        least(row_count, baseline_row_count) / coalesce(dispersion, 1.0) as least_effective,
        case when is_sufficient
            then coalesce(dispersion, 1.0) * (valid_bin_count - 1)
                * (
                    {{ model_monitor.safe_divide('1.0', 'valid_count') }}
                    + {{ model_monitor.safe_divide('1.0', 'baseline_valid_count') }}
                )
        end as psi_noise_floor
    from dispersed

),

tested as (

    select
        *,
        {{ model_monitor.chi2_sf('tempered_chi2', 'chi2_df') }} as chi2_p_value,
        {{ model_monitor.kolmogorov_sf('ks_lambda') }} as ks_p_value,
        {{ model_monitor.normal_two_sided('tempered_mean_z') }} as mean_p_value,
        {{ model_monitor.normal_two_sided('tempered_tail_z') }} as tail_p_value,
        ({{ model_monitor.cube_root('psi_valid') }} - psi_root_mean)
            / greatest(psi_root_scale, 0.02) as psi_z,
        psi_noise_floor * {{ model_monitor.chi2_rare_factor('valid_bin_count - 1') }}
            as psi_noise_limit,
        is_noise_unknown or psi_root_mean is null as is_learning
    from corrected

),

-- the false discovery rate within one window, baseline and tier
q_values as (

    {{ model_monitor.q_values(
        'tested', 'chi2_p_value', ['monitor', 'window_name', 'window_end', 'baseline', 'tier']
    ) | indent(4) }}

),

controlled as (

    select
        tested.*,
        case when tested.baseline = 'reference' and tested.dispersion is not null
            then {{ model_monitor.is_reference_mismatch('tested') }}
        end as is_reference_mismatch,
        q_values.q_value
    from tested
    left join q_values
        on tested.monitor = q_values.monitor
        and tested.window_name = q_values.window_name
        and tested.window_end = q_values.window_end
        and tested.baseline = q_values.baseline
        and tested.tier = q_values.tier
        and tested.chi2_p_value = q_values.chi2_p_value

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        subject,
        baseline,
        baseline_version,
        ruler_version,
        baseline_window_start,
        baseline_window_end,
        row_count,
        baseline_row_count,
        is_sufficient,
        is_type_changed,
        is_ruler_changed,
        is_unmatched_weekday,
        {{ model_monitor.listed_columns('', model_monitor.bin_distances()) }},
        wasserstein_scaled,
        mean_shift,
        stddev_ratio,
        p50_shift,
        p50_shift_error_bound,
        p95_shift,
        p95_shift_error_bound,
        tail_share,
        missing_rate_delta,
        unseen_share,
        is_constant,
        is_all_missing,
        monitors_min_rows,
        dispersion,
        psi_root_mean,
        history_windows,
        least_effective,
        psi_noise_floor,
        is_learning,
        chi2_p_value,
        ks_p_value,
        mean_p_value,
        tail_p_value,
        psi_z,
        psi_noise_limit,
        is_reference_mismatch,
        q_value
    from controlled

)

select * from final
