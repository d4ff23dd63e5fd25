{#- The periods that each touched window is the sum of. -#}
{{ model_monitor.table_model() }}

with touched as (

    select * from {{ ref('model_monitor', 'int_monitor__touched_windows') }}

),

days as (

    {{ model_monitor.recent_days(4000) }}

),

final as (

    select
        touched.window_id,
        touched.monitor,
        touched.log,
        touched.window_name,
        touched.window_start,
        touched.window_end,
        touched.grain,
        cast(
            case when touched.grain = 'hour' then touched.window_start else days.day_start end
            as timestamp
        ) as period_time,
        -- a window that begins before slices were stored would be incomplete
        touched.window_start >= expiries.slices_from as has_slices,
        -- combinations are evaluated by day only
        touched.window_name = 'day' as has_combinations
    from touched
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on touched.monitor = expiries.monitor
        and touched.log = expiries.log
    left join days
        on touched.grain = 'day'
        and days.day_start >= touched.window_start
        and days.day_start < touched.window_end

)

select * from final
