{#- The windows whose verdict may change: what was touched, and every window whose history holds
    it. -#}
{{ config(materialized='table') }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

windows as (

    select * from {{ ref('model_monitor', 'int_monitor__windows') }}

),

revised as (

    select distinct
        suspects.monitor,
        suspects.log,
        suspects.period_start
    from {{ ref('model_monitor', 'int_monitor__suspects') }} as suspects
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on suspects.monitor = watermarks.monitor
        and suspects.log = watermarks.log
    where suspects.revised_run > watermarks.previous_run_number

),

-- what was measured anew, and what has become or is no longer suspect: both change histories
changed as (

    select
        monitor,
        log,
        window_name,
        window_end
    from touched

    union

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end
    from windows
    inner join revised
        on windows.monitor = revised.monitor
        and windows.log = revised.log
        and revised.period_start < windows.window_end
        and revised.period_start >= date_trunc('day', windows.window_start)

),

touched_ranges as (

    select
        changed.monitor,
        changed.log,
        changed.window_name,
        min(changed.window_end) as first_touched,
        min(windows.first_window_end) as first_window_end
    from changed
    inner join windows
        on changed.monitor = windows.monitor
        and changed.log = windows.log
        and changed.window_name = windows.window_name
        and changed.window_end = windows.window_end
    group by changed.monitor, changed.log, changed.window_name

),

-- the yardstick of the reference lies in the first 56 days: where one of them changed, all are
-- judged again
later as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end
    from windows
    inner join touched_ranges
        on windows.monitor = touched_ranges.monitor
        and windows.log = touched_ranges.log
        and windows.window_name = touched_ranges.window_name
    where windows.window_end >= touched_ranges.first_touched
        and (
            touched_ranges.first_touched <= touched_ranges.first_window_end + interval '56 days'
            or exists (
                select 1
                from changed
                where changed.monitor = windows.monitor
                    and changed.log = windows.log
                    and changed.window_name = windows.window_name
                    and changed.window_end <= windows.window_end
                    and changed.window_end >= windows.window_end - interval '28 days'
            )
        )

),

judged as (

    select monitor, log, window_name, window_end from touched
    union
    select monitor, log, window_name, window_end from later

),

-- the day lends its dispersion to the 7 and 30 days that end with it, and false discoveries are
-- controlled over all logs of a monitor: these are judged together
final as (

    select distinct
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_end,
        windows.window_id
    from windows
    inner join judged
        on windows.monitor = judged.monitor
        and windows.window_end = judged.window_end
        and (
            windows.window_name = judged.window_name
            or (windows.window_name = 'day' and judged.window_name in ('7d', '30d'))
        )
        -- an outcome matures by itself, long after its window
        and (
            windows.log = judged.log
            or not (
                {{ model_monitor.is_outcome_log('windows.log') }}
                or {{ model_monitor.is_outcome_log('judged.log') }}
            )
        )

)

select * from final
