{#- Every comparison of the touched windows: one row per slice, subject and baseline, with the
    size and the moments of both sides. A comparison with too few rows is listed for all rows of a
    log by the day and longer, so that a gap is visible. Of slices and hours it would say nothing. -#}
{{ model_monitor.table_model() }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

grid as (

    select * from {{ ref('model_monitor', 'int_monitor__window_grid') }}

),

champions as (

    select * from {{ ref('model_monitor', 'int_monitor__champions') }}

),

-- A window may contain days that an older, replaced ruler counted. Row counts still add up,
-- bins do not.
currents as (

    select
        window_sums.monitor,
        window_sums.log,
        window_sums.role,
        window_sums.model_version,
        window_sums.window_name,
        window_sums.window_start,
        window_sums.window_end,
        window_sums.window_id,
        series.slice_name,
        window_sums.series_id,
        series.subject_id,
        case
            when min(window_sums.ruler_version) = max(window_sums.ruler_version)
                then min(window_sums.ruler_version)
        end as ruler_version,
        rulers.ruler_version as active_ruler_version,
        cast(sum(window_sums.row_count) as bigint) as row_count,
        cast(sum(window_sums.valid_count) as bigint) as valid_count,
        cast(sum(window_sums.missing_count) as bigint) as missing_count,
        cast(sum(window_sums.unseen_count) as bigint) as unseen_count,
        cast(sum(window_sums.sum_1) as decimal(38, 0)) as sum_1,
        cast(sum(window_sums.sum_2) as decimal(38, 0)) as sum_2,
        min(window_sums.value_min) as value_min,
        max(window_sums.value_max) as value_max
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as window_sums
    inner join touched
        on window_sums.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on window_sums.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on series.monitor = rulers.monitor
        and series.log = rulers.log
        and series.subject = rulers.subject
    where {{ model_monitor.is_log_disclosable('window_sums', 'series') }}
    group by
        window_sums.monitor,
        window_sums.log,
        window_sums.role,
        window_sums.model_version,
        window_sums.window_name,
        window_sums.window_start,
        window_sums.window_end,
        window_sums.window_id,
        series.slice_name,
        window_sums.series_id,
        series.subject_id,
        rulers.ruler_version

),

baselines as (

    select * from {{ ref('model_monitor', 'int_monitor__baseline_sums') }}

),

reference_days as (

    select
        monitor,
        log,
        weekday,
        series_id,
        min(first_period) as baseline_window_start,
        max(last_period) + interval '1 day' as baseline_window_end,
        cast(sum(case when bin = -9 then row_count else 0 end) as bigint) as row_count,
        cast(sum(case when bin >= 0 then row_count else 0 end) as bigint) as valid_count,
        cast(sum(case when bin = -1 then row_count else 0 end) as bigint) as missing_count,
        cast(sum(case when bin = -3 then row_count else 0 end) as bigint) as unseen_count,
        max(sum_1) as sum_1,
        max(sum_2) as sum_2,
        max(value_min) as value_min,
        max(value_max) as value_max
    from {{ ref('model_monitor', 'int_monitor__reference_days') }}
    group by monitor, log, weekday, series_id

),

matched_logs as (

    select distinct
        monitor,
        log
    from reference_days
    where weekday >= 0

),

wanted as (

    select
        currents.*,
        grid.baseline,
        monitors.min_rows,
        case grid.baseline
            when 'reference' then '(all)'
            when 'champion' then champions.champion_version
            when 'control' then currents.model_version
            else currents.model_version
        end as baseline_version,
        case
            when grid.baseline <> 'reference' then null
            when currents.window_name = 'day' and matched_logs.monitor is not null
                then mod({{ dbt.datediff(
                    "cast('1970-01-01' as timestamp)", 'currents.window_start', 'day'
                ) }}, 7)
            else -1
        end as weekday
    from currents
    inner join monitors
        on currents.monitor = monitors.monitor
    inner join grid
        on currents.monitor = grid.monitor
        and currents.window_name = grid.window_name
    inner join {{ ref('model_monitor', 'int_monitor__reference_windows') }} as reference_windows
        on currents.monitor = reference_windows.monitor
        and currents.log = reference_windows.log
    left join champions
        on currents.monitor = champions.monitor
    left join matched_logs
        on currents.monitor = matched_logs.monitor
        and currents.log = matched_logs.log
    where (currents.row_count >= monitors.min_cell or currents.slice_name = '(all)')
        and (
            grid.baseline <> 'champion'
            or (
                champions.champion_version is not null
                and currents.model_version not in ('(all)', champions.champion_version)
            )
        )
        and (currents.role = 'live' or grid.baseline in ('reference', 'champion'))
        -- the rows that a ruler was frozen from are not compared with themselves
        and (
            grid.baseline <> 'reference'
            or reference_windows.reference_kind = 'training'
            or currents.window_start >= reference_windows.reference_to
            or currents.window_end <= reference_windows.reference_from
        )

),

paired as (

    select
        wanted.*,
        coalesce(baselines.baseline_window_start, reference_days.baseline_window_start)
            as baseline_window_start,
        coalesce(baselines.baseline_window_end, reference_days.baseline_window_end)
            as baseline_window_end,
        coalesce(baselines.row_count, reference_days.row_count) as baseline_row_count,
        coalesce(baselines.valid_count, reference_days.valid_count) as baseline_valid_count,
        coalesce(baselines.missing_count, reference_days.missing_count) as baseline_missing_count,
        coalesce(baselines.unseen_count, reference_days.unseen_count) as baseline_unseen_count,
        coalesce(baselines.sum_1, reference_days.sum_1) as baseline_sum_1,
        coalesce(baselines.sum_2, reference_days.sum_2) as baseline_sum_2,
        coalesce(baselines.value_min, reference_days.value_min) as baseline_value_min,
        coalesce(baselines.value_max, reference_days.value_max) as baseline_value_max,
        coalesce(wanted.ruler_version = wanted.active_ruler_version, false)
            and coalesce(baselines.first_ruler_version, wanted.ruler_version) = wanted.ruler_version
            and coalesce(baselines.last_ruler_version, wanted.ruler_version) = wanted.ruler_version
            as is_one_ruler
    from wanted
    left join baselines
        on wanted.window_id = baselines.window_id
        and wanted.series_id = baselines.series_id
        and wanted.baseline = baselines.baseline
        and wanted.baseline_version = baselines.model_version
    left join reference_days
        on wanted.series_id = reference_days.series_id
        and wanted.weekday = reference_days.weekday

),

counted as (

    select
        *,
        row_count >= {{ model_monitor.thin_share() }} * min_rows
        and coalesce(baseline_row_count, 0) >= {{ model_monitor.thin_share() }} * min_rows
            as has_rows
    from paired

),

-- the ids of the window and the series replace their names
final as (

    select
        {{ model_monitor.row_number() }} as comparison_id,
        window_id,
        series_id,
        subject_id,
        role,
        model_version,
        ruler_version,
        baseline,
        baseline_version,
        weekday,
        baseline_window_start,
        baseline_window_end,
        row_count,
        valid_count,
        missing_count,
        unseen_count,
        sum_1,
        sum_2,
        value_min,
        value_max,
        baseline_row_count,
        baseline_valid_count,
        baseline_missing_count,
        baseline_unseen_count,
        baseline_sum_1,
        baseline_sum_2,
        baseline_value_min,
        baseline_value_max,
        is_one_ruler,
        is_one_ruler and has_rows as is_sufficient
    from counted
    where (baseline not in ('champion', 'control') or baseline_row_count is not null)
        and (
            has_rows
            or (row_count > 0 and valid_count = 0)
            or (slice_name = '(all)' and window_name <> 'hour')
        )

)

select * from final
