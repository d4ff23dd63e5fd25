-- Operations such as latency by day, and their quantiles. All versions together.
select
    monitor,
    log,
    subject,
    window_start as day_start,
    p95,
    p99
from {{ ref('model_monitor', 'monitor_profiles') }}
where role = 'live'
    and model_version = '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
    and subject_kind = 'operation'
    and p95 is not null
