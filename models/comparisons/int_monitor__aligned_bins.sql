{#- Both sides of every comparison that has enough rows, bin by bin; in fine bins if the
    tier has them. -#}
{{ model_monitor.table_model() }}

with comparisons as (

    select
        comparison_id,
        window_id,
        series_id,
        subject_id,
        role,
        model_version,
        ruler_version,
        baseline,
        baseline_version,
        weekday
    from {{ ref('model_monitor', 'int_monitor__comparisons') }}
    where is_sufficient

),

currents as (

    select
        comparisons.comparison_id,
        comparisons.subject_id,
        window_bins.bin,
        window_bins.row_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
        on comparisons.window_id = window_bins.window_id
        and comparisons.series_id = window_bins.series_id
        and comparisons.role = window_bins.role
        and comparisons.model_version = window_bins.model_version
        and comparisons.ruler_version = window_bins.ruler_version

),

baselines as (

    select
        comparisons.comparison_id,
        comparisons.subject_id,
        baseline_bins.bin,
        baseline_bins.row_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__baseline_bins') }} as baseline_bins
        on comparisons.window_id = baseline_bins.window_id
        and comparisons.series_id = baseline_bins.series_id
        and comparisons.baseline = baseline_bins.baseline
        and comparisons.baseline_version = baseline_bins.model_version

    union all

    select
        comparisons.comparison_id,
        comparisons.subject_id,
        reference_days.bin,
        reference_days.row_count
    from comparisons
    inner join {{ ref('model_monitor', 'int_monitor__reference_days') }} as reference_days
        on comparisons.series_id = reference_days.series_id
        and comparisons.weekday = reference_days.weekday
    where reference_days.bin <> -9

),

aligned as (

    select
        coalesce(currents.comparison_id, baselines.comparison_id) as comparison_id,
        coalesce(currents.subject_id, baselines.subject_id) as subject_id,
        coalesce(currents.bin, baselines.bin) as bin,
        coalesce(currents.row_count, 0) as current_count,
        coalesce(baselines.row_count, 0) as baseline_count
    from currents
    full outer join baselines
        on currents.comparison_id = baselines.comparison_id
        and currents.bin = baselines.bin

),

final as (

    select
        aligned.comparison_id,
        aligned.subject_id,
        aligned.bin,
        ruler_bins.bin_group,
        ruler_bins.is_alone,
        ruler_bins.is_valid,
        cast(aligned.current_count as bigint) as current_count,
        cast(aligned.baseline_count as bigint) as baseline_count
    from aligned
    inner join {{ ref('model_monitor', 'int_monitor__ruler_bins') }} as ruler_bins
        on aligned.subject_id = ruler_bins.subject_id
        and aligned.bin = ruler_bins.bin

)

select * from final
