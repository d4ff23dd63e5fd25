-- Incidents by the day on which they began.
select
    monitor,
    severity,
    family,
    nature,
    recommended_action,
    state,
    since,
    1 as incident_count,
    case when severity = 'critical' then 1 else 0 end as critical_count,
    case
        when state in ('firing', 'acknowledged')
            and silenced_by is null
            and nature <> 'expected'
            then 1
        else 0
    end as open_count
from {{ ref('model_monitor', 'monitor_incidents') }}
where inhibited_by is null
