{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    replaced_by='int_monitor__touched_windows'
) }}
{#- The bins of each window: sums of periods, each version and all live versions together. -#}
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
        bins.bin,
        sum(bins.row_count) as row_count
    from window_periods
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on window_periods.monitor = bins.monitor
        and window_periods.log = bins.log
        and window_periods.grain = bins.grain
        and window_periods.period_time = bins.period_time
    where bins.bin > -4
        and (window_periods.has_slices or bins.slice_name = '(all)')
        and (window_periods.has_combinations or position('+' in bins.slice_name) = 0)
    group by
        window_periods.window_id,
        bins.role,
        bins.model_version,
        bins.series_id,
        bins.ruler_version,
        bins.bin

),

all_versions as (

    select
        window_id,
        role,
        '(all)' as model_version,
        series_id,
        ruler_version,
        bin,
        sum(row_count) as row_count
    from by_version
    where role = 'live'
    group by window_id, role, series_id, ruler_version, bin

),

counts as (

    select * from by_version
    union all
    select * from all_versions

),

final as (

    select
        touched.monitor,
        touched.log,
        counts.role,
        counts.model_version,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        touched.window_id,
        counts.series_id,
        counts.ruler_version,
        counts.bin,
        cast(counts.row_count as bigint) as row_count
    from counts
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on counts.window_id = touched.window_id

)

select * from final
