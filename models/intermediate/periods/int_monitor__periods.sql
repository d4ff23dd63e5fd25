{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['monitor', 'log', 'period_start'],
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with arrivals as (

    select
        monitor,
        log,
        period_start,
        first_event_time
    from {{ ref('model_monitor', 'int_monitor__arrivals') }}

    {% if is_incremental() %}
    union all

    select
        monitor,
        log,
        period_start,
        first_event_time
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
        min(first_event_time) as first_event_time
    from arrivals
    group by monitor, log, period_start

)

select * from final
