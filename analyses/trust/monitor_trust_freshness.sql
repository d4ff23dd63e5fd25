{#- The last finished run, and how long ago that and the last arrival of each log are, in hours. -#}
with last_run as (

    select *
    from {{ ref('model_monitor', 'monitor_watermarks') }}
    where run_number = (
        select max(run_number) from {{ ref('model_monitor', 'monitor_watermarks') }}
    )

),

final as (

    select
        monitor,
        log,
        run_number,
        started_at,
        as_of,
        loaded_through,
        cast(
            {{ dbt.datediff('started_at', model_monitor.as_of_timestamp(), 'second') }}
            as {{ model_monitor.type_double() }}
        ) / 3600 as run_age_hours,
        cast(
            {{ dbt.datediff('loaded_through', model_monitor.as_of_timestamp(), 'second') }}
            as {{ model_monitor.type_double() }}
        ) / 3600 as log_age_hours
    from last_run

)

select * from final
