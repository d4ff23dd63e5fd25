{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    meta={'replaced_by': 'int_monitor__touched_windows'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Windows are sums of periods: each version, and all live versions together. -#}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

-- combinations are judged by the day alone
window_periods as (

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        touched.grain,
        case
            when touched.grain = 'hour' then touched.window_start
            else recent_days.day_start
        end as period_time
    from touched
    left join ({{ model_monitor.recent_days(4000) }}) as recent_days
        on touched.grain = 'day'
        and recent_days.day_start >= touched.window_start
        and recent_days.day_start < touched.window_end

),

by_version as (

    select
        bins.monitor,
        bins.log,
        bins.role,
        bins.model_version,
        window_periods.window_name,
        window_periods.window_start,
        window_periods.window_end,
        bins.slice_name,
        bins.slice_value,
        bins.subject,
        bins.ruler_version,
        bins.bin,
        sum(bins.row_count) as row_count,
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
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on window_periods.monitor = expiries.monitor
        and window_periods.log = expiries.log
    where bins.bin not in (-4, -5)
        and (window_periods.window_name in ('hour', 'day') or strpos(bins.slice_name, '+') = 0)
        -- a window that begins before its slices were kept would be a part of itself
        and (bins.slice_name = '(all)' or window_periods.window_start >= expiries.slices_from)
    group by
        bins.monitor,
        bins.log,
        bins.role,
        bins.model_version,
        window_periods.window_name,
        window_periods.window_start,
        window_periods.window_end,
        bins.slice_name,
        bins.slice_value,
        bins.subject,
        bins.ruler_version,
        bins.bin

),

all_versions as (

    select
        monitor,
        log,
        role,
        '(all)' as model_version,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        subject,
        ruler_version,
        bin,
        sum(row_count) as row_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max,
        sum(clamped_count) as clamped_count
    from by_version
    where role = 'live'
    group by
        monitor,
        log,
        role,
        window_name,
        window_start,
        window_end,
        slice_name,
        slice_value,
        subject,
        ruler_version,
        bin

),

windows as (

    select * from by_version
    union all
    select * from all_versions

),

final as (

    select
        monitor,
        log,
        role,
        model_version,
        window_name,
        cast(window_start as timestamp) as window_start,
        cast(window_end as timestamp) as window_end,
        slice_name,
        slice_value,
        subject,
        ruler_version,
        bin,
        cast(row_count as bigint) as row_count,
        cast(sum_1 as decimal(38, 0)) as sum_1,
        cast(sum_2 as decimal(38, 0)) as sum_2,
        value_min,
        value_max,
        cast(clamped_count as bigint) as clamped_count
    from windows

)

select * from final
