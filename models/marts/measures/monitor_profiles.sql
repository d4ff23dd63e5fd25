{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor', 'log', 'window_name', 'window_end'],
    meta={'replaced_by': 'int_monitor__touched_windows'},
    on_schema_change='append_new_columns',
    full_refresh=false
) }}
{#- Bins are joined and counted by numbers that stand for their long keys (window_id, series_id,
    subject_id): several times faster than by ten texts. The numbers live in this query alone. -#}

with windows as (

    select
        monitor,
        log,
        window_name,
        window_start,
        window_end,
        grain,
        cast(row_number() over (
            order by monitor, log, window_name, window_end, window_start
        ) as integer) as window_id
    from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

ruler_bins as (

    select * from {{ ref('model_monitor', 'int_monitor__ruler_bins') }}

),

rules as (

    select
        monitor,
        log,
        subject,
        max(case when is_zero then 1 else 0 end) as has_zero,
        max(case when is_out_of_range then 1 else 0 end) as has_range,
        max(case when is_stale then 1 else 0 end) as has_stale,
        max(case when bin_kind = 'unseen' then 1 else 0 end) as has_unseen
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
        monitors.min_cell,
        rulers.ruler_version,
        rulers.center,
        rulers.scale,
        coalesce(rulers.distinct_count > 20, false) as has_many_values,
        rules.has_zero,
        rules.has_range,
        rules.has_stale,
        rules.has_unseen,
        cast(row_number() over (
            order by subjects.monitor, subjects.log, subjects.subject
        ) as integer) as subject_id
    from {{ ref('model_monitor', 'int_monitor__subjects') }} as subjects
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on subjects.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on subjects.monitor = rulers.monitor
        and subjects.log = rulers.log
        and subjects.subject = rulers.subject
    inner join rules
        on subjects.monitor = rules.monitor
        and subjects.log = rules.log
        and subjects.subject = rules.subject

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
        ruler_bins.is_stale,
        labels.bin_label
    from ruler_bins
    inner join subjects
        on ruler_bins.monitor = subjects.monitor
        and ruler_bins.log = subjects.log
        and ruler_bins.subject = subjects.subject
    left join {{ ref('model_monitor', 'int_monitor__bin_labels') }} as labels
        on ruler_bins.monitor = labels.monitor
        and ruler_bins.log = labels.log
        and ruler_bins.subject = labels.subject
        and ruler_bins.bin = labels.bin

),

-- the rows that count everything: one profile each
all_rows as (

    select
        windows.window_id,
        window_bins.*
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
    inner join windows
        on window_bins.monitor = windows.monitor
        and window_bins.log = windows.log
        and window_bins.window_name = windows.window_name
        and window_bins.window_end = windows.window_end
    where window_bins.bin = -9

),

-- a subject of one slice of one version
series as (

    select
        series_keys.*,
        subjects.subject_id,
        subjects.min_cell,
        cast(row_number() over (
            order by
                series_keys.monitor,
                series_keys.log,
                series_keys.role,
                series_keys.model_version,
                series_keys.slice_name,
                series_keys.slice_value,
                series_keys.subject
        ) as integer) as series_id
    from (
        select distinct
            monitor,
            log,
            role,
            model_version,
            slice_name,
            slice_value,
            subject
        from all_rows
    ) as series_keys
    inner join subjects
        on series_keys.monitor = subjects.monitor
        and series_keys.log = subjects.log
        and series_keys.subject = subjects.subject

),

totals as (

    select
        all_rows.window_id,
        series.series_id,
        sum(all_rows.row_count) as row_count,
        sum(all_rows.sum_1) as sum_1,
        sum(all_rows.sum_2) as sum_2,
        min(all_rows.value_min) as value_min,
        max(all_rows.value_max) as value_max,
        min(all_rows.ruler_version) as first_ruler_version,
        max(all_rows.ruler_version) as last_ruler_version
    from all_rows
    inner join series
        on all_rows.monitor = series.monitor
        and all_rows.log = series.log
        and all_rows.role = series.role
        and all_rows.model_version = series.model_version
        and all_rows.slice_name = series.slice_name
        and all_rows.slice_value = series.slice_value
        and all_rows.subject = series.subject
    group by all_rows.window_id, series.series_id, series.slice_name, series.min_cell
    having series.slice_name = '(all)' or sum(all_rows.row_count) >= series.min_cell

),

counted_bins as (

    select
        windows.window_id,
        series.series_id,
        series.subject_id,
        window_bins.ruler_version,
        window_bins.bin,
        window_bins.row_count
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
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
    where window_bins.bin <> -9

),

-- missing, invalid and unseen are groups under any ruler; top_code: the largest count, then the
-- lowest bin, in one number that max() can order by
group_counts as (

    select
        counted_bins.window_id,
        counted_bins.series_id,
        case when counted_bins.bin < 0 then counted_bins.bin else bins.bin_group end as bin_group,
        sum(counted_bins.row_count) as row_count,
        sum(case when bins.is_zero then counted_bins.row_count end) as zero_count,
        sum(case when bins.is_out_of_range then counted_bins.row_count end)
            as out_of_range_count,
        sum(case when bins.is_stale then counted_bins.row_count end) as stale_count,
        count(case when bins.bin_kind in ('category', 'point') then 1 end) as value_count,
        count(case when bins.bin_kind in ('fine', 'tail') then 1 end) as interval_count,
        max(case
            when bins.bin_kind in ('category', 'point')
                then counted_bins.row_count * 10000 + 9999 - counted_bins.bin
        end) as top_code
    from counted_bins
    left join bins
        on counted_bins.subject_id = bins.subject_id
        and counted_bins.ruler_version = bins.ruler_version
        and counted_bins.bin = bins.bin
    group by
        counted_bins.window_id,
        counted_bins.series_id,
        case when counted_bins.bin < 0 then counted_bins.bin else bins.bin_group end

),

counts as (

    select
        window_id,
        series_id,
        cast(sum(case when coalesce(bin_group, 0) >= 0 then row_count else 0 end) as bigint)
            as valid_count,
        max(case when bin_group >= 0 then row_count end) as largest_group,
        {{ model_monitor.exact_sum('case when bin_group >= 0 then row_count * ln(row_count) end') }}
            as sum_n_ln_n,
        sum(case when bin_group = -1 then row_count else 0 end) as missing_count,
        sum(case when bin_group = -2 then row_count else 0 end) as invalid_count,
        sum(case when bin_group = -3 then row_count else 0 end) as unseen_count,
        coalesce(sum(zero_count), 0) as zero_count,
        coalesce(sum(out_of_range_count), 0) as out_of_range_count,
        coalesce(sum(stale_count), 0) as stale_count,
        sum(value_count) as value_count,
        sum(interval_count) as interval_count,
        max(top_code) as top_code
    from group_counts
    group by window_id, series_id

),

running as (

    select
        counted_bins.window_id,
        counted_bins.series_id,
        bins.lower_edge,
        bins.upper_edge,
        counted_bins.row_count,
        sum(counted_bins.row_count) over (
            partition by counted_bins.series_id, counted_bins.window_id
            order by counted_bins.bin
            rows between unbounded preceding and current row
        ) as rows_through,
        sum(counted_bins.row_count) over (
            partition by counted_bins.series_id, counted_bins.window_id
        ) as valid_count
    from counted_bins
    inner join bins
        on counted_bins.subject_id = bins.subject_id
        and counted_bins.ruler_version = bins.ruler_version
        and counted_bins.bin = bins.bin
    where bins.upper_edge is not null

),

reached as (

    select
        window_id,
        series_id,
        lower_edge,
        upper_edge,
        cast(rows_through - row_count as bigint) as rows_before,
        cast(rows_through as bigint) as rows_through,
        cast(valid_count as bigint) as valid_count
    from running

),

-- open tails end at what was observed
narrowed as (

    select
        reached.window_id,
        reached.series_id,
        greatest(reached.lower_edge, totals.value_min) as lower_end,
        least(reached.upper_edge, totals.value_max) as upper_end,
        reached.rows_before,
        reached.rows_through,
        reached.valid_count
    from reached
    inner join totals
        on reached.window_id = totals.window_id
        and reached.series_id = totals.series_id
    where {{ model_monitor.holds_any_quantile(model_monitor.quantile_levels()) | indent(8) }}

),

quantiles as (

    select
        window_id,
        series_id,
        {{ model_monitor.quantile(1) | indent(8) }} as p01,
        {{ model_monitor.quantile(5) | indent(8) }} as p05,
        {{ model_monitor.quantile(25) | indent(8) }} as p25,
        {{ model_monitor.quantile(50) | indent(8) }} as p50,
        {{ model_monitor.quantile(75) | indent(8) }} as p75,
        {{ model_monitor.quantile(95) | indent(8) }} as p95,
        {{ model_monitor.quantile(99) | indent(8) }} as p99
    from narrowed
    group by window_id, series_id

),

-- what depends on the ruler is joined only where the whole window was counted with the active one
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
        series.subject,
        subjects.subject_kind,
        subjects.subject_type,
        totals.row_count,
        totals.sum_1,
        totals.sum_2,
        totals.value_min,
        totals.value_max,
        rulers.center,
        rulers.scale,
        rulers.has_zero,
        rulers.has_range,
        rulers.has_stale,
        rulers.has_unseen,
        rulers.has_many_values,
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
        counts.top_code,
        quantiles.p01,
        quantiles.p05,
        quantiles.p25,
        quantiles.p50,
        quantiles.p75,
        quantiles.p95,
        quantiles.p99,
        top_bins.bin_label as top_value,
        extremes.at_min_count,
        extremes.at_max_count
    from totals
    inner join windows
        on totals.window_id = windows.window_id
    inner join series
        on totals.series_id = series.series_id
    inner join subjects
        on series.subject_id = subjects.subject_id
    left join subjects as rulers
        on series.subject_id = rulers.subject_id
        and totals.first_ruler_version = rulers.ruler_version
        and totals.last_ruler_version = rulers.ruler_version
    left join counts
        on totals.window_id = counts.window_id
        and totals.series_id = counts.series_id
    left join quantiles
        on totals.window_id = quantiles.window_id
        and totals.series_id = quantiles.series_id
        and totals.first_ruler_version = rulers.ruler_version
        and totals.last_ruler_version = rulers.ruler_version
    left join bins as top_bins
        on rulers.subject_id = top_bins.subject_id
        and rulers.ruler_version = top_bins.ruler_version
        and 9999 - mod(counts.top_code, 10000) = top_bins.bin
    left join {{ ref('model_monitor', 'int_monitor__window_extremes') }} as extremes
        on series.monitor = extremes.monitor
        and series.log = extremes.log
        and series.role = extremes.role
        and series.model_version = extremes.model_version
        and windows.window_name = extremes.window_name
        and windows.window_end = extremes.window_end
        and series.subject = extremes.subject
        and series.slice_name = '(all)'

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
        subject_kind,
        cast(row_count as bigint) as row_count,
        {{ model_monitor.safe_divide('missing_count', 'row_count') }} as missing_rate,
        {{ model_monitor.safe_divide('invalid_count', 'row_count') }} as invalid_rate,
        case
            when has_range = 1
                then {{ model_monitor.safe_divide('out_of_range_count', 'row_count') }}
        end as out_of_range_rate,
        case
            when has_unseen = 1 then {{ model_monitor.safe_divide('unseen_count', 'row_count') }}
        end as unseen_rate,
        case
            when has_zero = 1 then {{ model_monitor.safe_divide('zero_count', 'row_count') }}
        end as zero_rate,
        case
            when has_stale = 1 then {{ model_monitor.safe_divide('stale_count', 'row_count') }}
        end as stale_rate,
        case
            when subject_type <> 'numeric' and has_zero is not null then cast(value_count as bigint)
            when interval_count = 0 and not has_many_values then cast(value_count as bigint)
        end as distinct_count,
        -- a boolean counts as 0 and 1; a mean of fixed point sums never leaves what was observed
        case
            when valid_count = 0 then null
            when subject_type = 'boolean' and has_zero = 1
                then 1 - {{ model_monitor.safe_divide('zero_count', 'valid_count') }}
            when scale is not null and value_min is not null
                then least(greatest(
                    center + scale * {{ model_monitor.safe_divide('sum_1', '1e6 * valid_count') }},
                    value_min
                ), value_max)
        end as mean,
        case
            when subject_type = 'boolean' and has_zero = 1
                then sqrt(
                    {{ model_monitor.safe_divide('zero_count', 'valid_count') }}
                    * {{ model_monitor.safe_divide('valid_count - zero_count', 'valid_count - 1') }}
                )
            when valid_count > 1 and scale is not null and value_min = value_max then 0
            when scale is not null and value_min is not null
                then scale * sqrt(
                    {{ model_monitor.sample_variance('sum_1', 'sum_2', 'valid_count') }}
                )
        end as stddev,
        case
            when valid_count > 0 and subject_type = 'boolean' and has_zero = 1
                then case when zero_count > 0 then 0 else 1 end
            else value_min
        end as min,
        case
            when valid_count > 0 and subject_type = 'boolean' and has_zero = 1
                then case when zero_count < valid_count then 1 else 0 end
            else value_max
        end as max,
        p01,
        p05,
        p25,
        p50,
        p75,
        p95,
        p99,
        case
            when has_zero is null or valid_count = 0 then null
            when largest_group = valid_count then 0
            else ln(valid_count) - {{ model_monitor.safe_divide('sum_n_ln_n', 'valid_count') }}
        end as entropy,
        top_value,
        case when top_value is not null then {{ model_monitor.safe_divide(
            '((top_code - mod(top_code, 10000)) / 10000)', 'row_count'
        ) }} end as top_share,
        {{ model_monitor.safe_divide('at_min_count', 'row_count') }} as at_min_share,
        {{ model_monitor.safe_divide('at_max_count', 'row_count') }} as at_max_share
    from measured

)

select * from final
