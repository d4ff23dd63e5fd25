{#- The blocks of four weeks in which this run searches the signals for changes again: blocks that
    contain an evaluated day, and the blocks after them, which use it as history. -#}
{{ model_monitor.table_model() }}

with days as (

    select distinct
        windows.monitor,
        windows.log,
        windows.window_start
    from {{ ref('model_monitor', 'int_monitor__evaluated_windows') }} as judged
    inner join {{ ref('model_monitor', 'int_monitor__windows') }} as windows
        on judged.monitor = windows.monitor
        and judged.log = windows.log
        and judged.window_name = windows.window_name
        and judged.window_end = windows.window_end
    where judged.window_name = 'day'

),

-- blocks of 28 days, counted from one fixed day, so every run has the same blocks
blocks as (

    select
        monitor,
        log,
        window_start - mod({{ dbt.datediff(
            "cast('1970-01-01' as timestamp)", 'window_start', 'day'
        ) }}, 28) * interval '1 day' as period_start
    from days

),

final as (

    select
        monitor,
        log,
        cast(period_start as timestamp) as period_start
    from blocks

    union

    select
        monitor,
        log,
        cast(period_start + interval '28 days' as timestamp) as period_start
    from blocks

)

select * from final
