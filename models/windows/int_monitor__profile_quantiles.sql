{#- The quantiles of each touched window, read off its bins. Open tails end at the extremes. -#}
{{ model_monitor.table_model() }}

with profiles as (

    select
        row_number() over (
            order by
                sums.window_id, sums.series_id, sums.role, sums.model_version, sums.ruler_version
        ) as profile_id,
        sums.window_id,
        sums.role,
        sums.model_version,
        sums.series_id,
        sums.ruler_version,
        sums.valid_count,
        sums.value_min,
        sums.value_max,
        series.subject_id
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on sums.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on sums.series_id = series.series_id
    where sums.valid_count > 0

),

-- only the id of the profile and its bins, because millions of rows are sorted here
running as (

    select
        profiles.profile_id,
        window_bins.bin,
        window_bins.row_count,
        sum(window_bins.row_count) over (
            partition by profiles.profile_id
            order by window_bins.bin
            rows between unbounded preceding and current row
        ) as rows_through
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
    inner join profiles
        on window_bins.window_id = profiles.window_id
        and window_bins.series_id = profiles.series_id
        and window_bins.role = profiles.role
        and window_bins.model_version = profiles.model_version
        and window_bins.ruler_version = profiles.ruler_version
    where window_bins.bin >= 0

),

placed as (

    select
        profiles.*,
        running.bin,
        cast(running.rows_through - running.row_count as bigint) as rows_before,
        cast(running.rows_through as bigint) as rows_through
    from running
    inner join profiles
        on running.profile_id = profiles.profile_id

),

narrowed as (

    select
        placed.*,
        {{ model_monitor.without_tiny(
            'greatest(ruler_bins.lower_edge, placed.value_min)'
        ) }} as lower_end,
        {{ model_monitor.without_tiny(
            'least(ruler_bins.upper_edge, placed.value_max)'
        ) }} as upper_end
    from placed
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on placed.subject_id = ruler_bins.subject_id
        and placed.ruler_version = ruler_bins.ruler_version
        and placed.bin = ruler_bins.bin
    where ruler_bins.upper_edge is not null

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
