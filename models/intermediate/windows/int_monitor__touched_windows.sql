{#- The one rule of late data: which windows hold a period that changed, or have a baseline that does,
    or have become complete since the last finished run. Marts delete and insert by it. -#}
{{ config(materialized='table') }}

with watermarks as (

    select * from {{ ref('model_monitor', 'int_monitor__watermarks') }}

),

grid as (

    select distinct
        monitor,
        window_name,
        window_hours,
        grain
    from {{ ref('model_monitor', 'int_monitor__window_grid') }}

),

monitors as (

    select * from {{ ref('model_monitor', 'int_monitor__monitors') }}

),

first_days as (

    select
        monitor,
        log,
        min(period_start) as first_day
    from {{ ref('model_monitor', 'int_monitor__periods') }}
    group by monitor, log

),

day_ends as (

    select
        watermarks.monitor,
        watermarks.log,
        recent_days.day_start,
        watermarks.complete_through,
        watermarks.previous_complete_through,
        first_days.first_day
    from watermarks
    inner join monitors
        on watermarks.monitor = monitors.monitor
    inner join first_days
        on watermarks.monitor = first_days.monitor
        and watermarks.log = first_days.log
    cross join ({{ model_monitor.recent_days(1000) }}) as recent_days
    where recent_days.day_start <= watermarks.complete_through
        and recent_days.day_start >= first_days.first_day
        and recent_days.day_start >= date_trunc('day', watermarks.complete_through)
            - monitors.keep_day_days * interval '1 day'

),

windows as (

    select
        day_ends.monitor,
        day_ends.log,
        grid.window_name,
        grid.grain,
        day_ends.day_start - grid.window_hours * interval '1 hour' as window_start,
        day_ends.day_start as window_end,
        day_ends.previous_complete_through
    from day_ends
    inner join grid
        on day_ends.monitor = grid.monitor
    where grid.grain = 'day'
        and day_ends.day_start - grid.window_hours * interval '1 hour' >= day_ends.first_day

    union all

    select
        day_ends.monitor,
        day_ends.log,
        grid.window_name,
        grid.grain,
        day_ends.day_start + hours.hour * interval '1 hour' as window_start,
        day_ends.day_start + (hours.hour + 1) * interval '1 hour' as window_end,
        day_ends.previous_complete_through
    from day_ends
    inner join monitors
        on day_ends.monitor = monitors.monitor
    inner join grid
        on day_ends.monitor = grid.monitor
    cross join (
        select tens.digit * 10 + ones.digit as hour
        from (values (0), (1), (2)) as tens (digit)
        cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as ones (digit)
        where tens.digit * 10 + ones.digit < 24
    ) as hours
    where grid.grain = 'hour'
        and day_ends.day_start + (hours.hour + 1) * interval '1 hour' <= day_ends.complete_through
        and day_ends.day_start >= date_trunc('day', day_ends.complete_through)
            - monitors.keep_hour_days * interval '1 day'

),

touched_periods as (

    select
        monitor,
        log,
        period_start
    from {{ ref('model_monitor', 'int_monitor__touched_periods') }}

),

revised_periods as (

    select distinct
        suspects.monitor,
        suspects.log,
        suspects.period_start
    from {{ ref('model_monitor', 'int_monitor__suspects') }} as suspects
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

),

final as (

    select
        monitor,
        log,
        window_name,
        grain,
        window_start,
        window_end,
        min(reason) as reason
    from reasons
    group by monitor, log, window_name, grain, window_start, window_end

)

select * from final
