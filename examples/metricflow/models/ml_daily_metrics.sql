-- Sums of every metric by day, log and version. Rows are no parts of each other, so they add up.
select
    monitor,
    log,
    model_version,
    metric,
    window_start as day_start,
    numerator,
    denominator
from {{ ref('model_monitor', 'monitor_metrics') }}
where role = 'live'
    and model_version <> '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
