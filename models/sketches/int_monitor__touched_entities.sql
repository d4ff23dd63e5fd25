{#- The days whose entities are counted again, and the days to delete: older than five weeks, unless
    they belong to a window that is measured again. -#}
{{ model_monitor.table_model() }}

with exposed as (

    select distinct monitor from {{ ref('model_monitor', 'int_monitor__entities') }}

),

days as (

    select
        watermarks.monitor,
        watermarks.log,
        recent_days.day_start as period_start,
        date_trunc('day', watermarks.loaded_through)
        - interval '{{ model_monitor.entity_days() }} days' as kept_from
    from {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
    inner join exposed
        on watermarks.monitor = exposed.monitor
    inner join {{ ref('model_monitor', 'int_monitor__expiries') }} as expiries
        on watermarks.monitor = expiries.monitor
        and watermarks.log = expiries.log
    inner join (
        select
            monitor,
            log,
            min(period_start) as first_day
        from {{ ref('model_monitor', 'int_monitor__periods') }}
        group by monitor, log
    ) as first_days
        on watermarks.monitor = first_days.monitor
        and watermarks.log = first_days.log
    cross join ({{ model_monitor.recent_days(4000) }}) as recent_days
    where watermarks.log = 'predictions'
        and recent_days.day_start <= watermarks.loaded_through
        and recent_days.day_start >= first_days.first_day
        and recent_days.day_start >= expiries.days_from

),

needed as (

    select distinct
        days.monitor,
        days.period_start
    from days
    inner join {{ ref('model_monitor', 'int_monitor__entity_windows') }} as windows
        on days.monitor = windows.monitor
        and days.period_start < windows.window_end
        and days.period_start >= least(
            windows.window_start,
            windows.window_end - interval '{{ model_monitor.catalogue_days() }} days'
        )

),

final as (

    select
        days.monitor,
        days.log,
        days.period_start,
        touched.period_start is not null or needed.period_start is not null as is_counted
    from days
    left join {{ ref('model_monitor', 'int_monitor__touched_periods') }} as touched
        on days.monitor = touched.monitor
        and days.log = touched.log
        and days.period_start = touched.period_start
    left join needed
        on days.monitor = needed.monitor
        and days.period_start = needed.period_start
    where touched.period_start is not null
        or days.period_start < days.kept_from

)

select * from final
