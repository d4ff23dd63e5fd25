{#- The reference summed for comparison: all of it, and by weekday if it has at least
    two of each. -#}
{{ model_monitor.table_model() }}

with reference_bins as (

    select
        *,
        mod({{ dbt.datediff("cast('1970-01-01' as timestamp)", 'period_start', 'day') }}, 7)
            as weekday
    from {{ ref('model_monitor', 'int_monitor__reference_bins') }}
    where bin not in (-4, -5)

),

weekday_counts as (

    select
        monitor,
        log,
        weekday,
        count(distinct period_start) as day_count
    from reference_bins
    group by monitor, log, weekday

),

matched as (

    select
        monitor,
        log
    from weekday_counts
    group by monitor, log
    having count(*) = 7
        and min(day_count) >= 2

),

final as (

    select
        monitor,
        log,
        -1 as weekday,
        series_id,
        bin,
        min(period_start) as first_period,
        max(period_start) as last_period,
        sum(row_count) as row_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max
    from reference_bins
    group by monitor, log, series_id, bin

    union all

    select
        reference_bins.monitor,
        reference_bins.log,
        reference_bins.weekday,
        reference_bins.series_id,
        reference_bins.bin,
        min(reference_bins.period_start) as first_period,
        max(reference_bins.period_start) as last_period,
        sum(reference_bins.row_count) as row_count,
        sum(reference_bins.sum_1) as sum_1,
        sum(reference_bins.sum_2) as sum_2,
        min(reference_bins.value_min) as value_min,
        max(reference_bins.value_max) as value_max
    from reference_bins
    inner join matched
        on reference_bins.monitor = matched.monitor
        and reference_bins.log = matched.log
    group by
        reference_bins.monitor,
        reference_bins.log,
        reference_bins.weekday,
        reference_bins.series_id,
        reference_bins.bin

)

select * from final
