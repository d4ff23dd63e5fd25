{#- Made by tools/trust_tests.py from python/expectations: alerts. -#}
{{ config(tags=['trust'], severity='warn') }}
with frame as (

    select * from {{ ref('model_monitor', 'monitor_alerts') }}

),

checked as (

    select
        *,
        case when state in ('pending', 'firing', 'stale', 'acknowledged') and (owner is null) then ' open_alert_is_owned' else '' end
            as broken
    from frame

)

select
    alert_id, monitor, state,
    broken
from checked
where broken <> ''
