{#- Every comparison of the touched windows: one row per slice, subject and baseline, with the
    size and the moments of both sides. A comparison with too few rows is listed for all rows of a
    log by the day and longer, so that a gap is visible. Of slices and hours it would say nothing. -#}
{{ model_monitor.table_model() }}
{%- set window = ['monitor', 'log', 'role', 'model_version', 'window_name', 'window_start',
    'window_end', 'window_id'] %}
{%- set sizes = ['row_count', 'valid_count', 'missing_count', 'unseen_count'] %}
{%- set moments = ['sum_1', 'sum_2', 'value_min', 'value_max'] %}

-- A window may contain days that an older, replaced ruler counted. Row counts still add up,
-- bins do not.
with currents as (

    select
        {{ model_monitor.listed_columns('window_sums', window) }},
        series.slice_name,
        window_sums.series_id,
        series.subject_id,
        case
            when min(window_sums.ruler_version) = max(window_sums.ruler_version)
                then min(window_sums.ruler_version)
        end as ruler_version,
        rulers.ruler_version as active_ruler_version,
        {%- for name in sizes %}
        cast(sum(window_sums.{{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        cast(sum(window_sums.sum_1) as decimal(38, 0)) as sum_1,
        cast(sum(window_sums.sum_2) as decimal(38, 0)) as sum_2,
        min(window_sums.value_min) as value_min,
        max(window_sums.value_max) as value_max
    from {{ ref('model_monitor', 'int_monitor__window_sums') }} as window_sums
    inner join {{ ref('model_monitor', 'int_monitor__touched_windows') }} as touched
        on window_sums.window_id = touched.window_id
    inner join {{ ref('model_monitor', 'int_monitor__series') }} as series
        on window_sums.series_id = series.series_id
    inner join {{ ref('model_monitor', 'int_monitor__ruler_subjects') }} as rulers
        on series.monitor = rulers.monitor
        and series.log = rulers.log
        and series.subject = rulers.subject
    where {{ model_monitor.is_log_disclosable('window_sums', 'series') }}
    group by
        {{ model_monitor.listed_columns('window_sums', window) }},
        series.slice_name,
        window_sums.series_id,
        series.subject_id,
        rulers.ruler_version

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
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on currents.monitor = monitors.monitor
    inner join {{ ref('model_monitor', 'int_monitor__window_grid') }} as grid
        on currents.monitor = grid.monitor
        and currents.window_name = grid.window_name
    inner join {{ ref('model_monitor', 'int_monitor__reference_windows') }} as reference_windows
        on currents.monitor = reference_windows.monitor
        and currents.log = reference_windows.log
    left join {{ ref('model_monitor', 'int_monitor__champions') }} as champions
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
        {%- for name in sizes + moments %}
        coalesce(baselines.{{ name }}, reference_days.{{ name }}) as baseline_{{ name }},
        {%- endfor %}
        coalesce(wanted.ruler_version = wanted.active_ruler_version, false)
            and coalesce(baselines.first_ruler_version, wanted.ruler_version) = wanted.ruler_version
            and coalesce(baselines.last_ruler_version, wanted.ruler_version) = wanted.ruler_version
            as is_one_ruler
    from wanted
    left join {{ ref('model_monitor', 'int_monitor__baseline_sums') }} as baselines
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
        {{ model_monitor.listed_columns('', sizes + moments) }},
        {%- for name in sizes + moments %}
        baseline_{{ name }},
        {%- endfor %}
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
