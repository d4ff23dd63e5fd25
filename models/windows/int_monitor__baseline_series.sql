{#- The baseline periods of each series of a touched window: live rows, no suspect days. A series
    without enough rows for a comparison has none. -#}
{{ model_monitor.table_model() }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

periods as (

    select
        baseline_periods.*,
        touched.window_id
    from {{ ref('model_monitor', 'int_monitor__baseline_periods') }} as baseline_periods
    inner join touched
        on baseline_periods.monitor = touched.monitor
        and baseline_periods.log = touched.log
        and baseline_periods.window_name = touched.window_name
        and baseline_periods.window_end = touched.window_end

),

cells as (

    select
        window_sums.window_id,
        window_sums.series_id,
        series.subject_id
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as window_sums
    inner join touched
        on window_sums.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on window_sums.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on window_sums.monitor = monitors.monitor
    where window_sums.role = 'live'
    group by window_sums.window_id, window_sums.series_id, series.subject_id, monitors.min_rows
    having max(window_sums.row_count) >= {{ model_monitor.thin_share() }} * monitors.min_rows

),

suspects as (

    select
        suspects.period_start,
        series.slice_name,
        series.series_id,
        series.subject_id
    from {{ ref('model_monitor', 'int_monitor__suspect_days') }} as suspects
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on suspects.monitor = series.monitor
        and suspects.log = series.log
        and suspects.slice_name = series.slice_name
        and suspects.slice_value = series.slice_value
        and suspects.subject = series.subject
    where suspects.is_suspect

),

cell_periods as (

    select
        cells.window_id,
        cells.series_id,
        periods.monitor,
        periods.log,
        periods.baseline,
        periods.grain,
        periods.step,
        periods.period_time
    from cells
    inner join periods
        on cells.window_id = periods.window_id
    -- a day that is suspect overall is suspect in every slice
    left join suspects as suspect_whole
        on periods.period_start = suspect_whole.period_start
        and cells.subject_id = suspect_whole.subject_id
        and suspect_whole.slice_name = '(all)'
    left join suspects as suspect_slice
        on periods.period_start = suspect_slice.period_start
        and cells.series_id = suspect_slice.series_id
        and suspect_slice.slice_name <> '(all)'
    where periods.baseline in ('champion', 'control')
        or (suspect_whole.subject_id is null and suspect_slice.series_id is null)

),

-- last_week is one week: the latest that is not suspect
first_steps as (

    select
        *,
        min(step) over (partition by window_id, series_id, baseline) as first_step
    from cell_periods

),

final as (

    select
        first_steps.window_id,
        first_steps.series_id,
        first_steps.baseline,
        first_steps.monitor,
        first_steps.log,
        first_steps.grain,
        first_steps.period_time,
        logs.control_arm
    from first_steps
    inner join {{ ref('model_monitor', 'int_monitor__logs') }} as logs
        on first_steps.monitor = logs.monitor
        and first_steps.log = logs.log
    where first_steps.baseline <> 'last_week'
        or first_steps.step = first_steps.first_step

)

select * from final
