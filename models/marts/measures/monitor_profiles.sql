{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    meta={'replaced_by': 'int_monitor__touched_windows'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Bins are joined and counted by numbers that stand for their long keys (window_id, series_id,
    subject_id): several times faster than by ten texts. The numbers live in this query only. -#}
{% set double = model_monitor.type_double() %}
{% set levels = model_monitor.quantile_levels() %}

with windows as (

    select
        monitor,
        log,
        window_name,
        window_start,
        window_end,
        grain,
        row_number() over (order by monitor, log, window_name, window_end, window_start) as window_id
    from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

window_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__window_bins') }}

),

ruler_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}

),

rules as (

    select
        monitor,
        log,
        subject,
        max(case when is_out_of_range then 1 else 0 end) as has_range,
        max(case when is_stale then 1 else 0 end) as has_stale
    from ruler_bins
    group by monitor, log, subject

),

subjects as (

    select
        subjects.monitor,
        subjects.log,
        subjects.subject,
        subjects.subject_kind,
        subjects.subject_type,
        rulers.ruler_version,
        rulers.center,
        rulers.scale,
        rules.has_range,
        rules.has_stale,
        coalesce(rulers.distinct_count > 20, false) as has_many_values,
        row_number() over (order by subjects.monitor, subjects.log, subjects.subject) as subject_id
    from {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on subjects.monitor = rulers.monitor
        and subjects.log = rulers.log
        and subjects.subject = rulers.subject
    inner join rules
        on subjects.monitor = rules.monitor
        and subjects.log = rules.log
        and subjects.subject = rules.subject

),

-- a subject of one slice of one version: what has one profile per window
series_keys as (

    select distinct
        window_bins.monitor,
        window_bins.log,
        window_bins.role,
        window_bins.model_version,
        window_bins.slice_name,
        window_bins.slice_value,
        window_bins.subject
    from window_bins
    inner join windows
        on window_bins.monitor = windows.monitor
        and window_bins.log = windows.log
        and window_bins.window_name = windows.window_name
        and window_bins.window_end = windows.window_end
    where window_bins.bin = -9

),

series as (

    select
        series_keys.*,
        subjects.subject_id,
        monitors.min_cell,
        row_number() over (
            order by
                series_keys.monitor,
                series_keys.log,
                series_keys.role,
                series_keys.model_version,
                series_keys.slice_name,
                series_keys.slice_value,
                series_keys.subject
        ) as series_id
    from series_keys
    inner join subjects
        on series_keys.monitor = subjects.monitor
        and series_keys.log = subjects.log
        and series_keys.subject = subjects.subject
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on series_keys.monitor = monitors.monitor

),

keyed_bins as (

    select
        windows.window_id,
        series.series_id,
        series.subject_id,
        series.slice_name,
        series.min_cell,
        window_bins.ruler_version,
        window_bins.bin,
        window_bins.row_count,
        window_bins.sum_1,
        window_bins.sum_2,
        window_bins.value_min,
        window_bins.value_max
    from window_bins
    inner join windows
        on window_bins.monitor = windows.monitor
        and window_bins.log = windows.log
        and window_bins.window_name = windows.window_name
        and window_bins.window_end = windows.window_end
    inner join series
        on window_bins.monitor = series.monitor
        and window_bins.log = series.log
        and window_bins.role = series.role
        and window_bins.model_version = series.model_version
        and window_bins.slice_name = series.slice_name
        and window_bins.slice_value = series.slice_value
        and window_bins.subject = series.subject

),

-- one row per profile, from the rows that count everything; two rulers in one window are not comparable
totals as (

    select
        window_id,
        series_id,
        subject_id,
        sum(row_count) as row_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max,
        min(ruler_version) as first_ruler_version,
        max(ruler_version) as last_ruler_version
    from keyed_bins
    where bin = -9
    group by window_id, series_id, subject_id, slice_name, min_cell
    having slice_name = '(all)' or sum(row_count) >= min_cell

),

bins as (

    select
        subjects.subject_id,
        ruler_bins.ruler_version,
        ruler_bins.bin,
        ruler_bins.bin_kind,
        ruler_bins.bin_group,
        ruler_bins.lower_edge,
        ruler_bins.upper_edge,
        ruler_bins.is_zero,
        ruler_bins.is_out_of_range,
        ruler_bins.is_stale
    from ruler_bins
    inner join subjects
        on ruler_bins.monitor = subjects.monitor
        and ruler_bins.log = subjects.log
        and ruler_bins.subject = subjects.subject

),

-- top_code: the count, then the lowest bin, in one number that max() can order by
group_counts as (

    select
        keyed_bins.window_id,
        keyed_bins.series_id,
        bins.bin_group,
        sum(case when keyed_bins.bin >= 0 then keyed_bins.row_count else 0 end) as valid_count,
        sum(case when keyed_bins.bin = -1 then keyed_bins.row_count else 0 end) as missing_count,
        sum(case when keyed_bins.bin = -2 then keyed_bins.row_count else 0 end) as invalid_count,
        sum(case when keyed_bins.bin = -3 then keyed_bins.row_count else 0 end) as unseen_count,
        sum(case when bins.is_zero then keyed_bins.row_count else 0 end) as zero_count,
        sum(case when bins.is_out_of_range then keyed_bins.row_count else 0 end) as out_of_range_count,
        sum(case when bins.is_stale then keyed_bins.row_count else 0 end) as stale_count,
        sum(case when bins.bin_kind in ('category', 'point') then 1 else 0 end) as value_count,
        sum(case when bins.bin_kind in ('fine', 'tail') then 1 else 0 end) as interval_count,
        max(case
            when bins.bin_kind in ('category', 'point')
                then keyed_bins.row_count * 10000 + 9999 - keyed_bins.bin
        end) as top_code
    from keyed_bins
    left join bins
        on keyed_bins.subject_id = bins.subject_id
        and keyed_bins.ruler_version = bins.ruler_version
        and keyed_bins.bin = bins.bin
    where keyed_bins.bin <> -9
    group by keyed_bins.window_id, keyed_bins.series_id, bins.bin_group

),

counts as (

    select
        window_id,
        series_id,
        sum(valid_count) as valid_count,
        max(valid_count) as largest_group,
        {{ model_monitor.exact_sum('case when valid_count > 0 then valid_count * ln(valid_count) end') }}
            as sum_n_ln_n,
        sum(missing_count) as missing_count,
        sum(invalid_count) as invalid_count,
        sum(unseen_count) as unseen_count,
        sum(zero_count) as zero_count,
        sum(out_of_range_count) as out_of_range_count,
        sum(stale_count) as stale_count,
        sum(value_count) as value_count,
        sum(interval_count) as interval_count,
        max(top_code) as top_code
    from group_counts
    group by window_id, series_id

),

running as (

    select
        keyed_bins.window_id,
        keyed_bins.series_id,
        bins.lower_edge,
        bins.upper_edge,
        keyed_bins.row_count,
        sum(keyed_bins.row_count) over (
            partition by keyed_bins.series_id, keyed_bins.window_id
            order by keyed_bins.bin
            rows between unbounded preceding and current row
        ) as rows_through,
        sum(keyed_bins.row_count) over (
            partition by keyed_bins.series_id, keyed_bins.window_id
        ) as valid_count
    from keyed_bins
    inner join bins
        on keyed_bins.subject_id = bins.subject_id
        and keyed_bins.ruler_version = bins.ruler_version
        and keyed_bins.bin = bins.bin
    where bins.upper_edge is not null

),

crossed as (

    select
        window_id,
        series_id,
        lower_edge,
        upper_edge,
        rows_through - row_count as rows_before,
        rows_through,
        valid_count
    from running
    where {{ model_monitor.holds_any_quantile(levels) | replace('rows_before', '(rows_through - row_count)') }}

),

narrowed as (

    select
        crossed.window_id,
        crossed.series_id,
        greatest(crossed.lower_edge, totals.value_min) as lower_end,
        least(crossed.upper_edge, totals.value_max) as upper_end,
        cast(crossed.rows_before as bigint) as rows_before,
        cast(crossed.rows_through as bigint) as rows_through,
        cast(crossed.valid_count as bigint) as valid_count
    from crossed
    inner join totals
        on crossed.window_id = totals.window_id
        and crossed.series_id = totals.series_id

),

quantiles as (

    select
        window_id,
        series_id
        {%- for level in levels %},
        {{ model_monitor.quantile(level) }} as p{{ '%02d' % level }}
        {%- endfor %}
    from narrowed
    group by window_id, series_id

),

extremes as (

    select
        bins.monitor,
        bins.log,
        bins.role,
        versions.model_version,
        bins.period_time,
        bins.subject,
        bins.bin,
        bins.value_min as value,
        sum(bins.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__bins') }} as bins
    inner join (
        select model_version, model_version as of_version
        from series
        where model_version <> '(all)'
        group by model_version
        union all
        select '(all)' as model_version, model_version as of_version
        from series
        group by model_version
    ) as versions
        on bins.model_version = versions.of_version
        and (versions.model_version <> '(all)' or bins.role = 'live')
    where bins.grain = 'day'
        and bins.bin in (-4, -5)
    group by
        bins.monitor,
        bins.log,
        bins.role,
        versions.model_version,
        bins.period_time,
        bins.subject,
        bins.bin,
        bins.value_min

),

extreme_counts as (

    select
        totals.window_id,
        totals.series_id,
        sum(case when extremes.bin = -4 and extremes.value = totals.value_min then extremes.row_count end)
            as at_min_count,
        sum(case when extremes.bin = -5 and extremes.value = totals.value_max then extremes.row_count end)
            as at_max_count
    from totals
    inner join windows
        on totals.window_id = windows.window_id
    inner join series
        on totals.series_id = series.series_id
    inner join extremes
        on series.monitor = extremes.monitor
        and series.log = extremes.log
        and series.role = extremes.role
        and series.model_version = extremes.model_version
        and series.subject = extremes.subject
        and extremes.period_time >= windows.window_start
        and extremes.period_time < windows.window_end
    where windows.grain = 'day'
        and series.slice_name = '(all)'
    group by totals.window_id, totals.series_id

),

measured as (

    select
        windows.monitor,
        windows.log,
        series.role,
        series.model_version,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        series.slice_name,
        series.slice_value,
        subjects.subject,
        subjects.subject_kind,
        subjects.subject_type,
        subjects.center,
        subjects.scale,
        subjects.has_range,
        subjects.has_stale,
        subjects.has_many_values,
        totals.first_ruler_version = subjects.ruler_version
            and totals.last_ruler_version = subjects.ruler_version as is_comparable,
        totals.row_count,
        totals.sum_1,
        totals.sum_2,
        totals.value_min,
        totals.value_max,
        counts.valid_count,
        counts.largest_group,
        counts.sum_n_ln_n,
        counts.missing_count,
        counts.invalid_count,
        counts.unseen_count,
        counts.zero_count,
        counts.out_of_range_count,
        counts.stale_count,
        counts.value_count,
        counts.interval_count,
        9999 - mod(counts.top_code, 10000) as top_bin,
        (counts.top_code - mod(counts.top_code, 10000)) / 10000 as top_count,
        {%- for level in levels %}
        quantiles.p{{ '%02d' % level }},
        {%- endfor %}
        extreme_counts.at_min_count,
        extreme_counts.at_max_count
    from totals
    inner join windows
        on totals.window_id = windows.window_id
    inner join series
        on totals.series_id = series.series_id
    inner join subjects
        on totals.subject_id = subjects.subject_id
    left join counts
        on totals.window_id = counts.window_id
        and totals.series_id = counts.series_id
    left join quantiles
        on totals.window_id = quantiles.window_id
        and totals.series_id = quantiles.series_id
    left join extreme_counts
        on totals.window_id = extreme_counts.window_id
        and totals.series_id = extreme_counts.series_id

),

final as (

    select *
    from measured

)

select * from final
