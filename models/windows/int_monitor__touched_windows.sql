{#- The one rule for late data. A window is touched if it contains a period that changed, or has
    such a baseline, or became complete since the last finished run, or lies in an unfinished
    rebuild. Marts delete and insert these windows. -#}
{{ model_monitor.table_model() }}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

windows as (

    select * from {{ ref('model_monitor', 'int_monitor__windows') }}

),

touched_periods as (

    select
        monitor,
        log,
        period_start
    from {{ ref('model_monitor', 'int_monitor__touched_periods') }}

    union all

    select
        monitor,
        log,
        period_start
    from {{ ref('model_monitor', 'int_monitor__touched_outcomes') }}

),

unfinished_rebuilds as (

    select
        monitor,
        min(unfinished_rebuild_from) as rebuilt_from
    from watermarks
    group by monitor

),

revised_periods as (

    select distinct
        suspects.monitor,
        suspects.log,
        suspects.period_start
    from {{ ref('model_monitor', 'int_monitor__suspect_days') }} as suspects
    inner join watermarks
        on suspects.monitor = watermarks.monitor
        and suspects.log = watermarks.log
    where suspects.revised_run > watermarks.previous_run_number

),

baseline_periods as (

    select monitor, log, period_start from touched_periods
    union
    select monitor, log, period_start from revised_periods

),

reasons as (

    select
        monitor,
        log,
        window_name,
        grain,
        window_start,
        window_end,
        window_id,
        'complete' as reason
    from windows
    where window_end > coalesce(previous_complete_through, cast('0001-01-01' as timestamp))

    union all

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.grain,
        windows.window_start,
        windows.window_end,
        windows.window_id,
        'contains' as reason
    from windows
    inner join touched_periods
        on windows.monitor = touched_periods.monitor
        and windows.log = touched_periods.log
        and touched_periods.period_start < windows.window_end
        and touched_periods.period_start >= date_trunc('day', windows.window_start)

    union all

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.grain,
        windows.window_start,
        windows.window_end,
        windows.window_id,
        'baseline' as reason
    from windows
    inner join baseline_periods
        on windows.monitor = baseline_periods.monitor
        and windows.log = baseline_periods.log
    where (
            windows.window_name in ('hour', 'day')
            and baseline_periods.period_start in (
                date_trunc('day', windows.window_start) - interval '7 days',
                date_trunc('day', windows.window_start) - interval '14 days',
                date_trunc('day', windows.window_start) - interval '21 days',
                date_trunc('day', windows.window_start) - interval '28 days'
            )
        )
        or (
            windows.window_name = '7d'
            and baseline_periods.period_start < windows.window_start
            and baseline_periods.period_start >= windows.window_start - interval '7 days'
        )

    union all

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.grain,
        windows.window_start,
        windows.window_end,
        windows.window_id,
        'rebuild' as reason
    from windows
    inner join unfinished_rebuilds
        on windows.monitor = unfinished_rebuilds.monitor
        and windows.window_end > unfinished_rebuilds.rebuilt_from

),

final as (

    select
        monitor,
        log,
        window_name,
        grain,
        window_start,
        window_end,
        window_id,
        min(reason) as reason
    from reasons
    group by monitor, log, window_name, grain, window_start, window_end, window_id

)

select * from final
