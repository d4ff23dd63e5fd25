{#- New rows since the last finished run, by day. Reads two columns of every log. -#}
{{ model_monitor.table_model() }}
-- depends_on: {{ ref('model_monitor', 'int_monitor__run_starts') }}

with last_run as (

    {{ model_monitor.last_finished_run() }}

),

arrivals as (

    {% for monitor in model_monitor.chosen_monitors() %}
    {% for log in monitor.logs %}
    {{ model_monitor.arrivals(monitor, log) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {{ 'union all' if not loop.last }}
    {% else %}
    select
        cast(null as {{ model_monitor.type_text() }}) as monitor,
        cast(null as {{ model_monitor.type_text() }}) as log,
        cast(null as timestamp) as period_start,
        cast(null as bigint) as new_row_count,
        cast(null as bigint) as tied_row_count,
        cast(null as timestamp) as first_event_time,
        cast(null as timestamp) as last_event_time,
        cast(null as timestamp) as last_loaded_at,
        cast(null as bigint) as last_loaded_row_count
    from (select 1 as nothing) as no_monitor
    where 1 = 0
    {% endfor %}

)

select * from arrivals
