-- Evaluated subjects by day and baseline, their PSI, and those that have drifted. All versions
-- together.
select
    monitor,
    log,
    baseline,
    subject,
    window_start as day_start,
    psi,
    case when status = 'drifted' then 1 else 0 end as drifted_count,
    1 as evaluated_count
from {{ ref('model_monitor', 'monitor_drift') }}
where role = 'live'
    and model_version = '(all)'
    and window_name = 'day'
    and slice_name = '(all)'
    and status in ('ok', 'drifted')
