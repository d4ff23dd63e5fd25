{#- What each touched window is compared with: sums of clean periods, live rows, no treatment. -#}
{{ config(materialized='table') }}

with periods as (

    select * from {{ ref('model_monitor', 'int_monitor__baseline_periods') }}

),

suspects as (

    select
        monitor,
        log,
        period_start,
        slice_name,
        slice_value,
        subject
    from {{ ref('model_monitor', 'int_monitor__suspects') }}
    where is_suspect

),

-- the slices and subjects of each window that have rows enough to be compared at all
cells as (

    select
        window_bins.monitor,
        window_bins.log,
        window_bins.window_name,
        window_bins.window_end,
        window_bins.slice_name,
        window_bins.slice_value,
        window_bins.subject
    from {{ ref('model_monitor', 'int_monitor__window_bins') }} as window_bins
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on window_bins.monitor = touched.monitor
        and window_bins.log = touched.log
        and window_bins.window_name = touched.window_name
        and window_bins.window_end = touched.window_end
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on window_bins.monitor = monitors.monitor
    where window_bins.bin = -9
        and window_bins.role = 'live'
    group by
        window_bins.monitor,
        window_bins.log,
        window_bins.window_name,
        window_bins.window_end,
        window_bins.slice_name,
        window_bins.slice_value,
        window_bins.subject,
        monitors.min_rows
    having max(window_bins.row_count) >= monitors.min_rows

),

cell_periods as (

    select
        cells.monitor,
        cells.log,
        cells.window_name,
        cells.window_end,
        cells.slice_name,
        cells.slice_value,
        cells.subject,
        periods.baseline,
        periods.grain,
        periods.step,
        periods.period_time
    from cells
    inner join periods
        on cells.monitor = periods.monitor
        and cells.log = periods.log
        and cells.window_name = periods.window_name
        and cells.window_end = periods.window_end
    -- what is suspect in the whole is suspect in every slice
    left join suspects as suspect_whole
        on periods.monitor = suspect_whole.monitor
        and periods.log = suspect_whole.log
        and periods.period_start = suspect_whole.period_start
        and cells.subject = suspect_whole.subject
        and suspect_whole.slice_name = '(all)'
    left join suspects as suspect_slice
        on periods.monitor = suspect_slice.monitor
        and periods.log = suspect_slice.log
        and periods.period_start = suspect_slice.period_start
        and cells.subject = suspect_slice.subject
        and cells.slice_name = suspect_slice.slice_name
        and cells.slice_value = suspect_slice.slice_value
        and suspect_slice.slice_name <> '(all)'
    where periods.baseline in ('champion', 'control')
        or (suspect_whole.monitor is null and suspect_slice.monitor is null)

),

-- last_week is one week: the latest that is not suspect
first_steps as (

    select
        *,
        min(step) over (
            partition by
                monitor, log, window_name, window_end, slice_name, slice_value, subject, baseline
        ) as first_step
    from cell_periods

),

chosen as (

    select
        first_steps.baseline,
        first_steps.window_name,
        first_steps.window_end,
        bins.monitor,
        bins.log,
        bins.arm,
        bins.grain,
        bins.model_version,
        bins.period_time,
        bins.slice_name,
        bins.slice_value,
        bins.subject,
        bins.bin,
        bins.row_count,
        bins.sum_1,
        bins.sum_2,
        bins.value_min,
        bins.value_max
    from first_steps
    inner join {{ ref('model_monitor', 'int_monitor__bins') }} as bins
        on first_steps.monitor = bins.monitor
        and first_steps.log = bins.log
        and first_steps.grain = bins.grain
        and first_steps.period_time = bins.period_time
        and first_steps.slice_name = bins.slice_name
        and first_steps.slice_value = bins.slice_value
        and first_steps.subject = bins.subject
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on bins.monitor = logs.monitor
        and bins.log = logs.log
    where bins.role = 'live'
        and (bins.arm = '' or bins.arm = logs.control_arm)
        and (first_steps.baseline <> 'control' or bins.arm = logs.control_arm)
        and (first_steps.baseline <> 'last_week' or first_steps.step = first_steps.first_step)
        and bins.bin not in (-4, -5)

),

by_version as (

    select
        monitor,
        log,
        baseline,
        model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        bin,
        min(period_time) as first_period,
        max(period_time) as last_period,
        max(grain) as grain,
        sum(row_count) as row_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max
    from chosen
    group by
        monitor,
        log,
        baseline,
        model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        bin

),

all_versions as (

    select
        monitor,
        log,
        baseline,
        '(all)' as model_version,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        bin,
        min(first_period) as first_period,
        max(last_period) as last_period,
        max(grain) as grain,
        sum(row_count) as row_count,
        sum(sum_1) as sum_1,
        sum(sum_2) as sum_2,
        min(value_min) as value_min,
        max(value_max) as value_max
    from by_version
    group by
        monitor,
        log,
        baseline,
        window_name,
        window_end,
        slice_name,
        slice_value,
        subject,
        bin

),

final as (

    select * from by_version
    union all
    select * from all_versions

)

select * from final
