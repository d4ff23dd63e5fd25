{#- Both sides of each comparison that is split, by segment (a value of one slice column) and
    group of bins. Group -9 is all rows, with the sum of (x − c). The baseline of a segment uses
    the days of the overall baseline, so the segments add up to it. -#}
{{ model_monitor.table_model() }}

with wholes as (

    select * from {{ ref('model_monitor', 'int_monitor__comparisons_to_segment') }}

),

members as (

    select
        wholes.comparison_id,
        wholes.window_id,
        wholes.series_id as whole_series_id,
        wholes.subject_id,
        wholes.role,
        wholes.model_version,
        wholes.ruler_version,
        wholes.baseline,
        wholes.baseline_version,
        wholes.weekday,
        series.series_id,
        series.slice_name,
        series.slice_value
    from wholes
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on wholes.subject_id = series.subject_id
    where series.slice_name <> '(all)'
        and {{ model_monitor.is_single_slice('series.slice_name') }}

),

counts as (

    select
        members.comparison_id,
        members.subject_id,
        members.slice_name,
        members.slice_value,
        window_bins.bin,
        window_bins.row_count,
        0 as baseline_row_count,
        0 as sum_1,
        0 as baseline_sum_1
    from members
    inner join {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
        on members.window_id = window_bins.window_id
        and members.series_id = window_bins.series_id
        and members.role = window_bins.role
        and members.model_version = window_bins.model_version
        and members.ruler_version = window_bins.ruler_version

    union all

    select
        members.comparison_id,
        members.subject_id,
        members.slice_name,
        members.slice_value,
        -9 as bin,
        window_sums.row_count,
        0 as baseline_row_count,
        window_sums.sum_1,
        0 as baseline_sum_1
    from members
    inner join {{ ref('model_monitor', 'int_monitor__window_sums') }} as window_sums
        on members.window_id = window_sums.window_id
        and members.series_id = window_sums.series_id
        and members.role = window_sums.role
        and members.model_version = window_sums.model_version
        and members.ruler_version = window_sums.ruler_version

    union all

    select
        members.comparison_id,
        members.subject_id,
        members.slice_name,
        members.slice_value,
        bins.bin,
        0 as row_count,
        bins.row_count as baseline_row_count,
        0 as sum_1,
        bins.sum_1 as baseline_sum_1
    from members
    inner join {{ ref('model_monitor', 'int_monitor__baseline_series') }} as periods
        on members.window_id = periods.window_id
        and members.whole_series_id = periods.series_id
        and members.baseline = periods.baseline
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on periods.monitor = bins.monitor
        and periods.log = bins.log
        and periods.grain = bins.grain
        and periods.period_time = bins.period_time
        and members.series_id = bins.series_id
        and members.ruler_version = bins.ruler_version
        and members.baseline_version in ('(all)', bins.model_version)
    where bins.bin not in (-4, -5)
        and {{ model_monitor.is_baseline_row() }}

    union all

    select
        members.comparison_id,
        members.subject_id,
        members.slice_name,
        members.slice_value,
        reference_days.bin,
        0 as row_count,
        reference_days.row_count as baseline_row_count,
        0 as sum_1,
        reference_days.sum_1 as baseline_sum_1
    from members
    inner join {{ ref('model_monitor', 'int_monitor__reference_days') }} as reference_days
        on members.series_id = reference_days.series_id
        and members.weekday = reference_days.weekday

),

grouped as (

    select
        counts.comparison_id,
        counts.slice_name,
        counts.slice_value,
        coalesce(ruler_bins.bin_group, counts.bin) as bin_group,
        counts.row_count,
        counts.baseline_row_count,
        counts.sum_1,
        counts.baseline_sum_1
    from counts
    left join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on counts.subject_id = ruler_bins.subject_id
        and counts.bin = ruler_bins.bin

),

final as (

    select
        comparison_id,
        slice_name,
        slice_value,
        bin_group,
        cast(sum(row_count) as bigint) as row_count,
        cast(sum(baseline_row_count) as bigint) as baseline_row_count,
        cast(sum(sum_1) as decimal(38, 0)) as sum_1,
        cast(sum(baseline_sum_1) as decimal(38, 0)) as baseline_sum_1
    from grouped
    group by comparison_id, slice_name, slice_value, bin_group

)

select * from final
