-- Runs that evaluated every log of a monitor, and when they ended in seconds since 1970 (UTC).
with complete as (

    select
        monitor,
        run_number,
        max(finished_at) as finished_at
    from {{ ref('model_monitor', 'monitor_watermarks') }}
    group by monitor, run_number
    having sum(case when evaluation = 'evaluated' then 0 else 1 end) = 0

)

select
    monitor,
    finished_at,
    {{ dbt.datediff("cast('1970-01-01' as timestamp)", 'finished_at', 'microsecond') }}
    / 1000000.0 as finished_seconds
from complete
