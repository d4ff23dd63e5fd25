{#- Every complete, retained window of every log: the list that other models choose from. -#}
{{ model_monitor.table_model() }}

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

periods as (

    select
        monitor,
        log,
        period_start,
        {{ model_monitor.is_whole_day() }} as is_whole
    from {{ ref('model_monitor', 'int_monitor__periods') }}

),

-- a day on which the log began midway is not a window, nor part of one
first_days as (

    select
        monitor,
        log,
        min(period_start) as first_day
    from periods
    where is_whole
    group by monitor, log

),

day_ends as (

    select
        watermarks.monitor,
        watermarks.log,
        recent_days.day_start,
        watermarks.complete_through,
        watermarks.previous_complete_through,
        first_days.first_day,
        expiries.days_from,
        expiries.hours_from
    from watermarks
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on watermarks.monitor = expiries.monitor
        and watermarks.log = expiries.log
    inner join first_days
        on watermarks.monitor = first_days.monitor
        and watermarks.log = first_days.log
    cross join ({{ model_monitor.recent_days(4000) }}) as recent_days
    where recent_days.day_start <= watermarks.complete_through
        and recent_days.day_start >= first_days.first_day
        and recent_days.day_start >= expiries.days_from

),

windows as (

    select
        day_ends.monitor,
        day_ends.log,
        grid.window_name,
        grid.grain,
        day_ends.day_start - grid.window_hours * interval '1 hour' as window_start,
        day_ends.day_start as window_end,
        day_ends.previous_complete_through,
        day_ends.first_day + grid.window_hours * interval '1 hour' as first_window_end
    from day_ends
    inner join grid
        on day_ends.monitor = grid.monitor
    where grid.grain = 'day'
        and day_ends.day_start - grid.window_hours * interval '1 hour' >= day_ends.first_day
        and day_ends.day_start - grid.window_hours * interval '1 hour' >= day_ends.days_from

    union all

    select
        day_ends.monitor,
        day_ends.log,
        grid.window_name,
        grid.grain,
        day_ends.day_start + hours.hour * interval '1 hour' as window_start,
        day_ends.day_start + (hours.hour + 1) * interval '1 hour' as window_end,
        day_ends.previous_complete_through,
        day_ends.first_day + grid.window_hours * interval '1 hour' as first_window_end
    from day_ends
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
        and day_ends.day_start >= day_ends.hours_from

),

-- outcomes have the days, weeks and months of their predictions
all_windows as (

    select * from windows

    union all

    select
        windows.monitor,
        outcomes.log,
        windows.window_name,
        windows.grain,
        windows.window_start,
        windows.window_end,
        windows.previous_complete_through,
        windows.first_window_end
    from windows
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on windows.monitor = outcomes.monitor
    where windows.log = 'predictions'
        and windows.grain = 'day'

)

select
    monitor,
    log,
    window_name,
    grain,
    cast(window_start as timestamp) as window_start,
    cast(window_end as timestamp) as window_end,
    {{ model_monitor.key_number(
        ['monitor', 'log', 'window_name', 'cast(window_end as timestamp)']
    ) }} as window_id,
    previous_complete_through,
    cast(first_window_end as timestamp) as first_window_end
from all_windows
