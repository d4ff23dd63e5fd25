-- Means of scores by day. All versions together.
select
    monitor,
    log,
    subject,
    window_start as day_start,
    mean
from {{ ref('model_monitor', 'monitor_profiles') }}
where role = 'live'
    and model_version = '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
    and subject_kind = 'score'
    and mean is not null
