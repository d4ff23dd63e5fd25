{{ model_monitor.history_model(
    unique_key=['monitor', 'log', 'period_start'],
    replaced_by='int_monitor__touched_periods'
) }}
{#- A first look at each day against the reference, from the sketches alone. It decides which
    days are suspect. -#}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_periods') }}

),

day_groups as (

    select
        bins.monitor,
        bins.log,
        bins.period_start,
        bins.slice_name,
        bins.slice_value,
        bins.subject,
        ruler_bins.bin_group,
        ruler_bins.is_valid,
        ruler_bins.bin_kind = 'missing' as is_missing,
        sum(bins.row_count) as row_count
    from {{ ref('model_monitor', 'int_monitor__bins') }} as bins
    inner join touched
        on bins.monitor = touched.monitor
        and bins.log = touched.log
        and bins.period_start = touched.period_start
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on bins.monitor = ruler_bins.monitor
        and bins.log = ruler_bins.log
        and bins.subject = ruler_bins.subject
        and bins.bin = ruler_bins.bin
    inner join {{ ref('model_monitor', 'int_monitor__evaluated_slices') }} as slices
        on bins.monitor = slices.monitor
        and bins.log = slices.log
        and bins.slice_name = slices.slice_name
    where bins.grain = 'day'
        and bins.role = 'live'
        and slices.column_count <= 1
    group by
        bins.monitor,
        bins.log,
        bins.period_start,
        bins.slice_name,
        bins.slice_value,
        bins.subject,
        ruler_bins.bin_group,
        ruler_bins.is_valid,
        ruler_bins.bin_kind = 'missing'

),

days as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject,
        sum(row_count) as row_count,
        sum(case when is_valid then row_count else 0 end) as valid_count,
        sum(case when is_missing then row_count else 0 end) as missing_count
    from day_groups
    group by monitor, log, period_start, slice_name, slice_value, subject

),

references_whole as (

    select
        monitor,
        log,
        slice_name,
        slice_value,
        subject,
        sum(row_count) as row_count,
        sum(case when is_valid then row_count else 0 end) as valid_count,
        sum(case when bin_group = -1 then row_count else 0 end) as missing_count
    from {{ ref('model_monitor', 'int_monitor__reference_groups') }}
    group by monitor, log, slice_name, slice_value, subject

),

both_sides as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject,
        bin_group,
        row_count as current_count,
        0 as reference_count
    from day_groups
    where is_valid

    union all

    select
        days.monitor,
        days.log,
        days.period_start,
        days.slice_name,
        days.slice_value,
        days.subject,
        reference_groups.bin_group,
        0 as current_count,
        reference_groups.row_count as reference_count
    from days
    inner join {{ ref('model_monitor', 'int_monitor__reference_groups') }} as reference_groups
        on days.monitor = reference_groups.monitor
        and days.log = reference_groups.log
        and days.slice_name = reference_groups.slice_name
        and days.slice_value = reference_groups.slice_value
        and days.subject = reference_groups.subject
    where reference_groups.is_valid

),

aligned as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject,
        bin_group,
        sum(current_count) as current_count,
        sum(reference_count) as reference_count
    from both_sides
    group by monitor, log, period_start, slice_name, slice_value, subject, bin_group

),

shares as (

    select
        aligned.monitor,
        aligned.log,
        aligned.period_start,
        aligned.slice_name,
        aligned.slice_value,
        aligned.subject,
        {{ model_monitor.safe_divide('aligned.current_count', 'days.valid_count') }} as p,
        {{ model_monitor.safe_divide('aligned.reference_count', 'references_whole.valid_count') }}
            as q,
        group_counts.valid_bin_count
    from aligned
    inner join days
        on aligned.monitor = days.monitor
        and aligned.log = days.log
        and aligned.period_start = days.period_start
        and aligned.slice_name = days.slice_name
        and aligned.slice_value = days.slice_value
        and aligned.subject = days.subject
    inner join references_whole
        on aligned.monitor = references_whole.monitor
        and aligned.log = references_whole.log
        and aligned.slice_name = references_whole.slice_name
        and aligned.slice_value = references_whole.slice_value
        and aligned.subject = references_whole.subject
    inner join {{ ref('model_monitor', 'int_monitor__group_counts') }} as group_counts
        on aligned.monitor = group_counts.monitor
        and aligned.log = group_counts.log
        and aligned.subject = group_counts.subject

),

psi as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject,
        {{ model_monitor.share_sum(model_monitor.psi_term('p', 'q', 'valid_bin_count')) }}
            as psi_valid,
        sum(case when p > 0 or q > 0 then 1 else 0 end) as occupied_bin_count
    from shares
    where p is not null
        and q is not null
    group by monitor, log, period_start, slice_name, slice_value, subject

),

final as (

    select
        days.monitor,
        days.log,
        days.period_start,
        days.slice_name,
        days.slice_value,
        days.subject,
        cast(days.row_count as bigint) as row_count,
        cast(days.valid_count as bigint) as valid_count,
        cast(references_whole.valid_count as bigint) as reference_valid_count,
        {{ model_monitor.safe_divide('days.missing_count', 'days.row_count') }} as missing_rate,
        {{ model_monitor.safe_divide(
            'references_whole.missing_count', 'references_whole.row_count'
        ) }} as reference_missing_rate,
        psi.psi_valid,
        cast(psi.occupied_bin_count as integer) as occupied_bin_count
    from days
    left join references_whole
        on days.monitor = references_whole.monitor
        and days.log = references_whole.log
        and days.slice_name = references_whole.slice_name
        and days.slice_value = references_whole.slice_value
        and days.subject = references_whole.subject
    left join psi
        on days.monitor = psi.monitor
        and days.log = psi.log
        and days.period_start = psi.period_start
        and days.slice_name = psi.slice_name
        and days.slice_value = psi.slice_value
        and days.subject = psi.subject

)

select * from final
