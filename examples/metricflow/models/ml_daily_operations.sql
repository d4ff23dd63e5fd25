-- Operations such as latency and errors by day: their means and quantiles. All versions together.
select
    monitor,
    log,
    subject,
    window_start as day_start,
    mean,
    p95,
    p99
from {{ ref('model_monitor', 'monitor_profiles') }}
where role = 'live'
    and model_version = '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
    and subject_kind = 'operation'
    and mean is not null
