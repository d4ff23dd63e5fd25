{#- Both sides of every comparison that has rows enough: bin by bin, fine where the tier is. -#}
{{ config(materialized='table') }}

with comparisons as (

    select * from {{ ref('model_monitor', 'int_monitor__comparisons') }}
    where is_sufficient

),

both_sides as (

    select
        comparisons.comparison_id,
        comparisons.monitor,
        comparisons.log,
        comparisons.subject,
        window_bins.bin,
        window_bins.row_count as current_count,
        0 as baseline_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
        on comparisons.monitor = window_bins.monitor
        and comparisons.log = window_bins.log
        and comparisons.role = window_bins.role
        and comparisons.model_version = window_bins.model_version
        and comparisons.window_name = window_bins.window_name
        and comparisons.window_end = window_bins.window_end
        and comparisons.slice_name = window_bins.slice_name
        and comparisons.slice_value = window_bins.slice_value
        and comparisons.subject = window_bins.subject
    where window_bins.bin <> -9

    union all

    select
        comparisons.comparison_id,
        comparisons.monitor,
        comparisons.log,
        comparisons.subject,
        baseline_bins.bin,
        0 as current_count,
        baseline_bins.row_count as baseline_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__baseline_bins') }} as baseline_bins
        on comparisons.monitor = baseline_bins.monitor
        and comparisons.log = baseline_bins.log
        and comparisons.baseline = baseline_bins.baseline
        and comparisons.baseline_version = baseline_bins.model_version
        and comparisons.window_name = baseline_bins.window_name
        and comparisons.window_end = baseline_bins.window_end
        and comparisons.slice_name = baseline_bins.slice_name
        and comparisons.slice_value = baseline_bins.slice_value
        and comparisons.subject = baseline_bins.subject
    where baseline_bins.bin <> -9

    union all

    select
        comparisons.comparison_id,
        comparisons.monitor,
        comparisons.log,
        comparisons.subject,
        reference_days.bin,
        0 as current_count,
        reference_days.row_count as baseline_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__reference_days') }} as reference_days
        on comparisons.monitor = reference_days.monitor
        and comparisons.log = reference_days.log
        and comparisons.weekday = reference_days.weekday
        and comparisons.slice_name = reference_days.slice_name
        and comparisons.slice_value = reference_days.slice_value
        and comparisons.subject = reference_days.subject
    where reference_days.bin <> -9

),

aligned as (

    select
        comparison_id,
        monitor,
        log,
        subject,
        bin,
        sum(current_count) as current_count,
        sum(baseline_count) as baseline_count
    from both_sides
    group by comparison_id, monitor, log, subject, bin

),

final as (

    select
        aligned.comparison_id,
        aligned.bin,
        ruler_bins.bin_group,
        ruler_bins.is_valid,
        ruler_bins.bin_kind = 'point' as is_point,
        ruler_bins.lower_edge,
        ruler_bins.upper_edge,
        cast(aligned.current_count as bigint) as current_count,
        cast(aligned.baseline_count as bigint) as baseline_count
    from aligned
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on aligned.monitor = ruler_bins.monitor
        and aligned.log = ruler_bins.log
        and aligned.subject = ruler_bins.subject
        and aligned.bin = ruler_bins.bin

)

select * from final
