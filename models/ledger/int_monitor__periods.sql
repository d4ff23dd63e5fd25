{{ model_monitor.history_model(
    strategy='delete+insert',
    unique_key=['monitor', 'log', 'period_start']
) }}

with arrivals as (

    select
        arrivals.monitor,
        arrivals.log,
        arrivals.period_start,
        arrivals.first_event_time,
        arrivals.last_event_time,
        watermarks.previous_run_number + 1 as first_run
    from {{ ref('model_monitor', 'int_monitor__arrivals') }} as arrivals
    inner join {{ ref('model_monitor', 'int_monitor__watermarks') }} as watermarks
        on arrivals.monitor = watermarks.monitor
        and arrivals.log = watermarks.log

    {% if model_monitor.has_history() %}
    union all

    select
        monitor,
        log,
        period_start,
        first_event_time,
        last_event_time,
        first_run
    from {{ this }}
    where (monitor, log, period_start) in (
        select
            monitor,
            log,
            period_start
        from {{ ref('model_monitor', 'int_monitor__arrivals') }}
    )
    {% endif %}

),

final as (

    select
        monitor,
        log,
        period_start,
        min(first_event_time) as first_event_time,
        max(last_event_time) as last_event_time,
        cast(min(first_run) as bigint) as first_run
    from arrivals
    group by monitor, log, period_start

)

select * from final
