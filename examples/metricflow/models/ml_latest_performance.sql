-- The latest performance figure of each monitor. All versions together.
select
    monitor,
    as_of,
    performance
from {{ ref('model_monitor', 'monitor_health') }}
where model_version = '(all)'
    and performance is not null
