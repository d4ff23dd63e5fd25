{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{#- Windows are sums of periods: each version, and all live versions together. This table has the
    numbers that need no bins; int_monitor__window_bins has the bins. -#}
-- depends_on: {{ ref('model_monitor', 'int_monitor__touched_windows') }}

with window_periods as (

    select * from {{ ref('model_monitor', 'int_monitor__window_periods') }}

),

by_version as (

    select
        window_periods.window_id,
        bins.role,
        bins.model_version,
        bins.series_id,
        bins.ruler_version,
        sum(case when bins.bin = -9 then bins.row_count else 0 end) as row_count,
        sum(case when bins.bin = -1 then bins.row_count else 0 end) as missing_count,
        sum(case when bins.bin = -2 then bins.row_count else 0 end) as invalid_count,
        sum(case when bins.bin = -3 then bins.row_count else 0 end) as unseen_count,
        sum(bins.sum_1) as sum_1,
        sum(bins.sum_2) as sum_2,
        min(bins.value_min) as value_min,
        max(bins.value_max) as value_max,
        sum(bins.clamped_count) as clamped_count
    from window_periods
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on window_periods.monitor = bins.monitor
        and window_periods.log = bins.log
        and window_periods.grain = bins.grain
        and window_periods.period_time = bins.period_time
    where bins.bin in (-9, -3, -2, -1)
        and (window_periods.has_slices or bins.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in bins.slice_name) = 0)
    group by
        window_periods.window_id,
        bins.role,
        bins.model_version,
        bins.series_id,
        bins.ruler_version

),

all_versions as (

    select
        window_id,
        role,
        '(all)' as model_version,
        series_id,
        ruler_version,
        sum(row_count) as row_count,
        sum(missing_count) as missing_count,
        sum(invalid_count) as invalid_count,
        sum(unseen_count) as unseen_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max,
        sum(clamped_count) as clamped_count
    from by_version
    where role = 'live'
    group by window_id, role, series_id, ruler_version

),

sums as (

    select * from by_version
    union all
    select * from all_versions

),

final as (

    select
        touched.monitor,
        touched.log,
        sums.role,
        sums.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        touched.window_id,
        sums.series_id,
        sums.ruler_version,
        cast(sums.row_count as bigint) as row_count,
        cast(
            sums.row_count - sums.missing_count - sums.invalid_count - sums.unseen_count as bigint
        ) as valid_count,
        cast(sums.missing_count as bigint) as missing_count,
        cast(sums.invalid_count as bigint) as invalid_count,
        cast(sums.unseen_count as bigint) as unseen_count,
        cast(sums.sum_1 as decimal(38, 0)) as sum_1,
        cast(sums.sum_2 as decimal(38, 0)) as sum_2,
        sums.value_min,
        sums.value_max,
        cast(sums.clamped_count as bigint) as clamped_count
    from sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on sums.window_id = touched.window_id

)

select * from final
