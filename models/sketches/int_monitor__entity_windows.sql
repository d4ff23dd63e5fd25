{#- The windows whose concentration is measured again: their days or those of their catalogue
    changed, or they became complete. -#}
{{ model_monitor.table_model() }}

with exposed as (

    select distinct monitor from {{ ref('model_monitor', 'int_monitor__entities') }}

),

windows as (

    select windows.*
    from {{ ref('model_monitor', 'int_monitor__windows') }} as windows
    inner join exposed
        on windows.monitor = exposed.monitor
    where windows.log = 'predictions'
        and windows.grain = 'day'

),

reasons as (

    select
        windows.window_id,
        'complete' as reason
    from windows
    where windows.window_end
        > coalesce(windows.previous_complete_through, cast('0001-01-01' as timestamp))

    union

    select
        windows.window_id,
        'contains' as reason
    from windows
    inner join {{ ref('model_monitor', 'int_monitor__touched_periods') }} as touched
        on windows.monitor = touched.monitor
        and windows.log = touched.log
        and touched.period_start < windows.window_end
        and touched.period_start >= least(
            windows.window_start,
            windows.window_end - interval '{{ model_monitor.catalogue_days() }} days'
        )

),

final as (

    select
        windows.monitor,
        windows.log,
        windows.window_name,
        windows.window_start,
        windows.window_end,
        windows.window_id
    from windows
    where windows.window_id in (select reasons.window_id from reasons)

)

select * from final
