{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    meta={'replaced_by': 'int_monitor__rejudged_windows'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with rejudged as (

    select * from {{ ref('model_monitor', 'int_monitor__rejudged_windows') }}

),

grid as (

    select * from {{ ref('model_monitor', 'int_monitor__window_grid') }}

),

yardsticks as (

    select * from {{ ref('model_monitor', 'int_monitor__yardsticks') }}

),

-- the dispersion is estimated on days a week apart; 7 and 30 days use it too
dispersions as (

    select
        yardsticks.monitor,
        yardsticks.log,
        yardsticks.window_end as judged_end,
        case when yardsticks.window_name = 'hour' then 'hour' else 'day' end as grain,
        yardsticks.series_id,
        series.subject_id,
        series.slice_name,
        yardsticks.history_count,
        yardsticks.dispersion
    from yardsticks
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on yardsticks.series_id = series.series_id
    where (yardsticks.window_name = 'day' and yardsticks.baseline = 'last_week')
        or (yardsticks.window_name = 'hour' and yardsticks.baseline = 'seasonal')

),

whole_dispersions as (

    select * from dispersions where slice_name = '(all)'

),

monitor_dispersions as (

    select
        monitor,
        log,
        judged_end,
        grain,
        percentile_cont(0.5) within group (order by dispersion) as dispersion
    from whole_dispersions
    where history_count >= 14
    group by monitor, log, judged_end, grain

),

distances as (

    select
        distances.*,
        grid.grain,
        monitors.min_rows as monitors_min_rows
    from {{ ref('model_monitor', 'int_monitor__distances') }} as distances
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on distances.monitor = monitors.monitor
    inner join rejudged
        on distances.window_id = rejudged.window_id
    inner join grid
        on distances.monitor = grid.monitor
        and distances.window_name = grid.window_name
        and distances.baseline = grid.baseline
    where grid.is_published

),

dispersed as (

    select
        distances.*,
        case
            when own.history_count >= 14 then own.dispersion
            when whole.history_count >= 14 then whole.dispersion
            else monitor_dispersions.dispersion
        end as dispersion,
        case
            when own_level.history_count >= 14 then own_level.psi_root_mean
        end as psi_root_mean,
        case
            when own_level.history_count >= 14 then own_level.psi_root_scale
        end as psi_root_scale,
        coalesce(own_level.history_count, 0) as history_windows
    from distances
    left join dispersions as own
        on distances.series_id = own.series_id
        and distances.window_end = own.judged_end
        and distances.grain = own.grain
    left join whole_dispersions as whole
        on distances.subject_id = whole.subject_id
        and distances.window_end = whole.judged_end
        and distances.grain = whole.grain
    left join monitor_dispersions
        on distances.monitor = monitor_dispersions.monitor
        and distances.log = monitor_dispersions.log
        and distances.window_end = monitor_dispersions.judged_end
        and distances.grain = monitor_dispersions.grain
    left join yardsticks as own_level
        on distances.window_id = own_level.window_id
        and distances.series_id = own_level.series_id
        and distances.baseline = own_level.baseline

),

tempered as (

    select
        *,
        chi2 / coalesce(dispersion, 1.0) as tempered_chi2,
        mean_z / sqrt(coalesce(dispersion, 1.0)) as tempered_mean_z,
        tail_chi2 / coalesce(dispersion, 1.0) as tempered_tail_chi2,
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
        end as psi_noise_floor,
        case when slice_name = '(all)' then 'whole' else 'slice' end as tier
    from dispersed

),

tested as (

    select
        *,
        {{ model_monitor.chi2_sf('tempered_chi2', 'chi2_df') }} as chi2_p_value,
        {{ model_monitor.kolmogorov_sf('ks_lambda') }} as ks_p_value,
        {{ model_monitor.normal_two_sided('tempered_mean_z') }} as mean_p_value,
        {{ model_monitor.normal_two_sided('sqrt(tempered_tail_chi2)') }} as tail_p_value,
        ({{ model_monitor.cube_root('psi_valid') }} - psi_root_mean)
            / greatest(psi_root_scale, 0.02) as psi_z
    from tempered

),

-- Benjamini–Hochberg over one window, baseline and tier: how many of what is called real are not
ranked as (

    select
        *,
        count(chi2_p_value) over (
            partition by monitor, window_name, window_end, baseline, tier
        ) as family_size,
        row_number() over (
            partition by monitor, window_name, window_end, baseline, tier
            order by
                chi2_p_value nulls last, log, role, model_version, slice_name, slice_value, subject
        ) as p_rank
    from tested

),

controlled as (

    select
        *,
        case when chi2_p_value is not null
            then least(1.0, min(chi2_p_value * family_size / p_rank) over (
                partition by monitor, window_name, window_end, baseline, tier
                order by p_rank desc
                rows between unbounded preceding and current row
            ))
        end as q_value
    from ranked

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
        baseline_row_count,
        bin_count,
        valid_bin_count,
        psi,
        psi_valid,
        psi_noise_floor,
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
        missing_rate_delta,
        unseen_share,
        q_value,
        psi_z,
        cast(history_windows as integer) as history_windows,
        ruler_version,
        case
            when is_ruler_changed then 'ruler_changed'
            when is_all_missing and row_count > 0 then 'missing'
            when not is_sufficient then 'insufficient_data'
            -- without a history a slice's noise is not known, so nothing can be said about it
            when slice_name <> '(all)'
                and (
                    dispersion is null
                    or least_effective < monitors_min_rows
                    or history_windows < 14
                )
                then 'insufficient_data'
            when is_constant then 'constant'
            -- all but a handful of rows lie in one group: there is nothing to test
            when chi2_df is null then 'insufficient_data'
            when psi_valid - psi_noise_floor >= case when slice_name = '(all)' then 0.1 else 0.2 end
                and q_value <= 0.01
                and not is_unmatched_weekday
                and coalesce(
                    psi_z > case when window_name in ('7d', '30d') then 5 else 3.5 end,
                    psi_root_mean is null and window_name <> 'hour'
                )
                then 'drifted'
            else 'ok'
        end as status
    from controlled

)

select * from final
