{#- Made by tools/trust_tests.py from python/expectations: alerts. -#}
{{ config(tags=['trust']) }}
with frame as (

    select * from {{ ref('model_monitor', 'monitor_alerts') }}

),

checked as (

    select
        *,
        case when alert_id is null then ' alert_has_an_id' else '' end
        || case when count(*) over (partition by alert_id) > 1 and alert_id is not null then ' alert_id_is_unique' else '' end
        || case when state not in ('pending', 'firing', 'stale', 'acknowledged', 'resolved', 'accepted', 'retired') then ' state_is_known' else '' end
        || case when state is null then ' state_is_there' else '' end
        || case when severity not in ('info', 'warn', 'critical') then ' severity_is_known' else '' end
        || case when severity is null then ' severity_is_there' else '' end
        || case when opened_at < since then ' alert_began_before_it_opened' else '' end
        || case when state in ('pending', 'firing', 'stale', 'acknowledged') and (message is null) then ' open_alert_says_what' else '' end
        || case when state in ('pending', 'firing', 'stale', 'acknowledged') and (trim(owner) = '') then ' owner_is_not_blank' else '' end
        || case when state in ('pending', 'firing', 'stale', 'acknowledged') and (rule_id is null) then ' open_alert_has_a_rule' else '' end
        || case when state in ('pending', 'firing', 'stale', 'acknowledged') and (reproduce_sql is null) then ' open_alert_is_reproducible' else '' end
        || case when state in ('pending', 'firing', 'stale', 'acknowledged') and (trim(reproduce_sql) = '') then ' query_is_not_blank' else '' end
        || case when state in ('resolved') and (resolved_at is null) then ' resolved_alert_says_when' else '' end
            as broken
    from frame

)

select
    alert_id, monitor, state,
    broken
from checked
where broken <> ''
