-- How far the latest row of each log was behind the last run of its monitor.
with latest as (

    select
        monitor,
        max(run_number) as run_number
    from {{ ref('model_monitor', 'monitor_watermarks') }}
    group by monitor

)

select
    watermarks.monitor,
    watermarks.log,
    watermarks.as_of,
    {{ dbt.datediff('watermarks.loaded_through', 'watermarks.as_of', 'microsecond') }}
    / 1000000.0 as lag_seconds
from {{ ref('model_monitor', 'monitor_watermarks') }} as watermarks
inner join latest
    on watermarks.monitor = latest.monitor
    and watermarks.run_number = latest.run_number
where watermarks.loaded_through is not null
