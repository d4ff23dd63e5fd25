{#- The windows whose verdict may change: what was touched, and every window whose history holds
    it. -#}
{{ config(materialized='table') }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

windows as (

    select * from {{ ref('model_monitor', 'int_monitor__windows') }}

),

touched_ranges as (

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        min(touched.window_end) as first_touched,
        min(windows.first_window_end) as first_window_end
    from touched
    inner join windows
        on touched.monitor = windows.monitor
        and touched.log = windows.log
        and touched.window_name = windows.window_name
        and touched.window_end = windows.window_end
    group by touched.monitor, touched.log, touched.window_name

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
                from touched
                where touched.monitor = windows.monitor
                    and touched.log = windows.log
                    and touched.window_name = windows.window_name
                    and touched.window_end <= windows.window_end
                    and touched.window_end >= windows.window_end - interval '28 days'
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
        windows.window_end
    from windows
    inner join judged
        on windows.monitor = judged.monitor
        and windows.window_end = judged.window_end
        and (
            windows.window_name = judged.window_name
            or (windows.window_name = 'day' and judged.window_name in ('7d', '30d'))
        )

)

select * from final
