{#- The start of the retention period of each kind of result. It counts back from the log's own last
    day, so a log that stopped keeps its results. -#}
{{ model_monitor.table_model() }}

with last_days as (

    select
        monitor,
        log,
        date_trunc('day', loaded_through) as last_day
    from {{ ref('model_monitor', 'int_monitor__watermarks') }}

    union all

    -- outcomes are kept as long as their predictions
    select
        watermarks.monitor,
        outcomes.log,
        date_trunc('day', watermarks.loaded_through) as last_day
    from {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
    inner join {{ ref('model_monitor', 'int_monitor__outcomes') }} as outcomes
        on watermarks.monitor = outcomes.monitor
    where watermarks.log = 'predictions'

),

final as (

    select
        last_days.monitor,
        last_days.log,
        last_days.last_day - monitors.keep_day_days * interval '1 day' as days_from,
        last_days.last_day - monitors.keep_sliced_days * interval '1 day' as slices_from,
        last_days.last_day - monitors.keep_hour_days * interval '1 day' as hours_from
    from last_days
    inner join {{ ref('model_monitor', 'int_monitor__monitors') }} as monitors
        on last_days.monitor = monitors.monitor

)

select * from final
