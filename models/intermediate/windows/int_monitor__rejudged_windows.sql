{#- The windows whose verdict may change: what was touched, and every window whose history holds it. -#}
{{ config(materialized='table') }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

windows as (

    select
        monitor,
        log,
        window_name,
        window_end
    from {{ ref('model_monitor', 'int_monitor__windows') }}

),

first_windows as (

    select
        monitor,
        log,
        window_name,
        min(window_end) as first_window_end
    from windows
    group by monitor, log, window_name

),

touched_ranges as (

    select
        touched.monitor,
        touched.log,
        touched.window_name,
        min(touched.window_end) as first_touched,
        min(first_windows.first_window_end) as first_window_end
    from touched
    inner join first_windows
        on touched.monitor = first_windows.monitor
        and touched.log = first_windows.log
        and touched.window_name = first_windows.window_name
    group by touched.monitor, touched.log, touched.window_name

),

-- the yardstick of the reference is the first 28 windows: where one of them changed, all are judged again
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

final as (

    select monitor, log, window_name, window_end from touched
    union
    select monitor, log, window_name, window_end from later

)

select * from final
