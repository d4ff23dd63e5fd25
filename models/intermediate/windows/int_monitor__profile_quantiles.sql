{#- The quantiles of each touched window, read off its bins. Open tails end at the extremes. -#}
{{ config(materialized='table') }}

with running as (

    select
        window_bins.window_id,
        window_bins.role,
        window_bins.model_version,
        window_bins.series_id,
        window_bins.ruler_version,
        ruler_bins.lower_edge,
        ruler_bins.upper_edge,
        window_bins.row_count,
        sum(window_bins.row_count) over (
            partition by
                window_bins.window_id,
                window_bins.series_id,
                window_bins.role,
                window_bins.model_version,
                window_bins.ruler_version
            order by window_bins.bin
            rows between unbounded preceding and current row
        ) as rows_through
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on window_bins.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on window_bins.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on series.subject_id = ruler_bins.subject_id
        and window_bins.ruler_version = ruler_bins.ruler_version
        and window_bins.bin = ruler_bins.bin
    where ruler_bins.upper_edge is not null

),

narrowed as (

    select
        running.window_id,
        running.role,
        running.model_version,
        running.series_id,
        running.ruler_version,
        greatest(running.lower_edge, sums.value_min) as lower_end,
        least(running.upper_edge, sums.value_max) as upper_end,
        cast(running.rows_through - running.row_count as bigint) as rows_before,
        cast(running.rows_through as bigint) as rows_through,
        sums.valid_count
    from running
    inner join {{ ref('model_monitor', 'int_monitor__window_sums') }} as sums
        on running.window_id = sums.window_id
        and running.series_id = sums.series_id
        and running.role = sums.role
        and running.model_version = sums.model_version
        and running.ruler_version = sums.ruler_version

),

final as (

    select
        window_id,
        role,
        model_version,
        series_id,
        ruler_version,
        {{ model_monitor.quantile(1) | indent(8) }} as p01,
        {{ model_monitor.quantile(5) | indent(8) }} as p05,
        {{ model_monitor.quantile(25) | indent(8) }} as p25,
        {{ model_monitor.quantile(50) | indent(8) }} as p50,
        {{ model_monitor.quantile(75) | indent(8) }} as p75,
        {{ model_monitor.quantile(95) | indent(8) }} as p95,
        {{ model_monitor.quantile(99) | indent(8) }} as p99
    from narrowed
    where {{ model_monitor.holds_any_quantile(model_monitor.quantile_levels()) | indent(8) }}
    group by window_id, role, model_version, series_id, ruler_version

)

select * from final
