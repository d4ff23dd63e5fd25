{# The last finished run of each log, and the age in hours of that run and of the last arrival. #}
{% macro trust_freshness() %}
with last_run as (

    {{ model_monitor.latest_watermarks(ref('model_monitor', 'monitor_watermarks')) | indent(4) }}

),

final as (

    select
        last_run.monitor,
        last_run.log,
        last_run.run_number,
        last_run.started_at,
        last_run.as_of,
        last_run.loaded_through,
        cast(
            {{ dbt.datediff('started_at', model_monitor.as_of_timestamp(), 'second') }}
            as {{ model_monitor.type_double() }}
        ) / 3600 as run_age_hours,
        cast(
            {{ dbt.datediff('loaded_through', model_monitor.as_of_timestamp(), 'second') }}
            as {{ model_monitor.type_double() }}
        ) / 3600 - logs.matures_seconds / 3600e0 as log_age_hours
    from last_run
    -- a removed monitor keeps its last run and is not late
    inner join (
        select
            monitor,
            log,
            0 as matures_seconds
        from {{ ref('model_monitor', 'int_monitor__logs') }}
        union all
        -- a label is late if its label window closed without it
        select
            monitor,
            log,
            matures_seconds
        from {{ ref('model_monitor', 'int_monitor__outcomes') }}
        where not in_row
    ) as logs
        on last_run.monitor = logs.monitor
        and last_run.log = logs.log

)

select * from final
{% endmacro %}
