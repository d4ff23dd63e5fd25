{#- The baselines of each touched window: the numbers that need no bins. -#}
{{ model_monitor.table_model() }}

with by_version as (

    select
        periods.window_id,
        periods.series_id,
        periods.baseline,
        bins.model_version,
        max(periods.grain) as grain,
        min(bins.period_time) as first_period,
        max(bins.period_time) as last_period,
        sum(case when bins.bin = -9 then bins.row_count else 0 end) as row_count,
        sum(case when bins.bin = -1 then bins.row_count else 0 end) as missing_count,
        sum(case when bins.bin = -2 then bins.row_count else 0 end) as invalid_count,
        sum(case when bins.bin = -3 then bins.row_count else 0 end) as unseen_count,
        sum(bins.sum_1) as sum_1,
        sum(bins.sum_2) as sum_2,
        min(bins.value_min) as value_min,
        max(bins.value_max) as value_max,
        min(bins.ruler_version) as first_ruler_version,
        max(bins.ruler_version) as last_ruler_version
    from {{ ref('model_monitor', 'int_monitor__baseline_series') }} as periods
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on periods.monitor = bins.monitor
        and periods.log = bins.log
        and periods.grain = bins.grain
        and periods.period_time = bins.period_time
        and periods.series_id = bins.series_id
    where bins.bin in (-9, -3, -2, -1)
        and {{ model_monitor.is_baseline_row() }}
    group by periods.window_id, periods.series_id, periods.baseline, bins.model_version

),

all_versions as (

    select
        window_id,
        series_id,
        baseline,
        '(all)' as model_version,
        max(grain) as grain,
        min(first_period) as first_period,
        max(last_period) as last_period,
        sum(row_count) as row_count,
        sum(missing_count) as missing_count,
        sum(invalid_count) as invalid_count,
        sum(unseen_count) as unseen_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max,
        min(first_ruler_version) as first_ruler_version,
        max(last_ruler_version) as last_ruler_version
    from by_version
    group by window_id, series_id, baseline

),

sums as (

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
        first_period as baseline_window_start,
        last_period + case when grain = 'hour' then interval '1 hour' else interval '1 day' end
            as baseline_window_end,
        cast(row_count as bigint) as row_count,
        cast(row_count - missing_count - invalid_count - unseen_count as bigint) as valid_count,
        cast(missing_count as bigint) as missing_count,
        cast(unseen_count as bigint) as unseen_count,
        sum_1,
        sum_2,
        value_min,
        value_max,
        first_ruler_version,
        last_ruler_version
    from sums

)

select * from final
