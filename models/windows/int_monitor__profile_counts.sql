{#- The counts from the bins of each touched window: special values, the spread over groups, the
    most frequent value. -#}
{{ model_monitor.table_model() }}

-- top_code: the largest count, then the lowest bin, in one number that max() can order by
with bins as (

    select
        window_bins.window_id,
        window_bins.role,
        window_bins.model_version,
        window_bins.series_id,
        -- missing, invalid and unseen are groups under any ruler
        case when window_bins.bin < 0 then window_bins.bin else ruler_bins.bin_group end
            as bin_group,
        coalesce(ruler_bins.is_alone, false) as is_alone,
        window_bins.row_count,
        case when ruler_bins.is_zero then window_bins.row_count end as zero_count,
        case when ruler_bins.is_out_of_range then window_bins.row_count end as out_of_range_count,
        case when ruler_bins.is_stale then window_bins.row_count end as stale_count,
        case when ruler_bins.is_unsure then window_bins.row_count end as unsure_count,
        case when ruler_bins.is_extreme then window_bins.row_count end as extreme_count,
        case
            when ruler_bins.bin is not null and ruler_bins.is_extreme is null
                then window_bins.row_count
        end as partly_extreme_count,
        case when ruler_bins.bin_kind in ('category', 'point') then 1 end as value_count,
        case when ruler_bins.bin_kind in ('fine', 'tail') then 1 end as interval_count,
        case
            when ruler_bins.bin_kind in ('category', 'point')
                then window_bins.row_count * 10000 + 9999 - window_bins.bin
        end as top_code
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on window_bins.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on window_bins.series_id = series.series_id
    left join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on series.subject_id = ruler_bins.subject_id
        and window_bins.ruler_version = ruler_bins.ruler_version
        and window_bins.bin = ruler_bins.bin

),

-- most bins are a group of their own and need no grouping
group_counts as (

    select
        window_id,
        role,
        model_version,
        series_id,
        bin_group,
        row_count,
        zero_count,
        out_of_range_count,
        stale_count,
        unsure_count,
        extreme_count,
        partly_extreme_count,
        value_count,
        interval_count,
        top_code
    from bins
    where is_alone

    union all

    select
        window_id,
        role,
        model_version,
        series_id,
        bin_group,
        -- whole: Postgres takes the logarithm of its numeric digit by digit
        cast(sum(row_count) as bigint) as row_count,
        sum(zero_count) as zero_count,
        sum(out_of_range_count) as out_of_range_count,
        sum(stale_count) as stale_count,
        sum(unsure_count) as unsure_count,
        sum(extreme_count) as extreme_count,
        sum(partly_extreme_count) as partly_extreme_count,
        sum(value_count) as value_count,
        sum(interval_count) as interval_count,
        max(top_code) as top_code
    from bins
    where not is_alone
    group by window_id, role, model_version, series_id, bin_group

),

final as (

    select
        window_id,
        role,
        model_version,
        series_id,
        max(case when bin_group >= 0 then row_count end) as largest_group,
        {{ model_monitor.exact_sum('case when bin_group >= 0 then row_count * ln(row_count) end') }}
            as sum_n_ln_n,
        coalesce(sum(zero_count), 0) as zero_count,
        coalesce(sum(out_of_range_count), 0) as out_of_range_count,
        coalesce(sum(stale_count), 0) as stale_count,
        coalesce(sum(unsure_count), 0) as unsure_count,
        -- cells do not always show it
        case when sum(partly_extreme_count) is null then coalesce(sum(extreme_count), 0) end
            as extreme_count,
        coalesce(sum(value_count), 0) as value_count,
        coalesce(sum(interval_count), 0) as interval_count,
        max(top_code) as top_code
    from group_counts
    group by window_id, role, model_version, series_id

)

select * from final
