{#- The baselines of each touched window, bin by bin: each version, and all together. -#}
{{ model_monitor.table_model() }}

with by_version as (

    select
        periods.window_id,
        periods.series_id,
        periods.baseline,
        bins.model_version,
        bins.bin,
        sum(bins.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__baseline_series') }} as periods
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on periods.monitor = bins.monitor
        and periods.log = bins.log
        and periods.grain = bins.grain
        and periods.period_time = bins.period_time
        and periods.series_id = bins.series_id
    where bins.bin > -4
        and {{ model_monitor.is_baseline_row() }}
    group by periods.window_id, periods.series_id, periods.baseline, bins.model_version, bins.bin

),

all_versions as (

    select
        window_id,
        series_id,
        baseline,
        '(all)' as model_version,
        bin,
        sum(row_count) as row_count
    from by_version
    group by window_id, series_id, baseline, bin

),

counts as (

    select * from by_version
    union all
    select * from all_versions

),

final as (

    select
        window_id,
        series_id,
        baseline,
        model_version,
        bin,
        cast(row_count as bigint) as row_count
    from counts

)

select * from final
