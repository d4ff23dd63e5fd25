{#- The periods of each baseline of a touched window. Step 1 is the first choice; steps 2 to 4 are
    the weeks before it, in case the first is suspect. -#}
{{ model_monitor.table_model() }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

grid as (

    select * from {{ ref('model_monitor', 'int_monitor__window_grid') }}

),

weeks as (

    select steps.step from (values (1), (2), (3), (4)) as steps (step)

),

days as (

    {{ model_monitor.recent_days(4000) }}

),

dated as (

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_end,
        touched.grain,
        grid.baseline,
        weeks.step,
        touched.window_start - weeks.step * interval '7 days' as period_time
    from touched
    inner join grid
        on touched.monitor = grid.monitor
        and touched.window_name = grid.window_name
    cross join weeks
    -- a day on which the log began midway is no baseline
    inner join {{ ref('model_monitor', 'int_monitor__windows') }} as windows
        on touched.monitor = windows.monitor
        and touched.log = windows.log
        and touched.window_name = windows.window_name
        and touched.window_end = windows.window_end
        and touched.window_end - weeks.step * interval '7 days' >= windows.first_window_end
    where grid.baseline in ('last_week', 'seasonal')

    union all

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_end,
        touched.grain,
        grid.baseline,
        1 as step,
        days.day_start as period_time
    from touched
    inner join grid
        on touched.monitor = grid.monitor
        and touched.window_name = grid.window_name
    inner join days
        on days.day_start >= touched.window_start - (touched.window_end - touched.window_start)
        and days.day_start < touched.window_start
    -- a log that began within it has no previous window yet
    inner join {{ ref('model_monitor', 'int_monitor__windows') }} as windows
        on touched.monitor = windows.monitor
        and touched.log = windows.log
        and touched.window_name = windows.window_name
        and touched.window_end = windows.window_end
        and touched.window_start >= windows.first_window_end
    where grid.baseline = 'previous'

    union all

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_end,
        touched.grain,
        grid.baseline,
        1 as step,
        touched.window_start as period_time
    from touched
    inner join grid
        on touched.monitor = grid.monitor
        and touched.window_name = grid.window_name
    where (grid.baseline = 'champion' and exists (
            select 1
            from {{ ref('model_monitor', 'int_monitor__champions') }} as champions
            where champions.monitor = touched.monitor
                and champions.champion_version is not null
        ))
        or (grid.baseline = 'control' and exists (
            select 1
            from {{ ref('model_monitor', 'int_monitor__logs') }} as logs
            where logs.monitor = touched.monitor
                and logs.log = touched.log
                and logs.control_arm is not null
        ))

),

final as (

    select
        dated.monitor,
        dated.log,
        dated.window_name,
        cast(dated.window_end as timestamp) as window_end,
        dated.grain,
        dated.baseline,
        dated.step,
        cast(dated.period_time as timestamp) as period_time,
        cast(date_trunc('day', dated.period_time) as timestamp) as period_start
    from dated

)

select * from final
