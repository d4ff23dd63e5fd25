{#- Every name that an alert may ever have gone by, to the one that it has: it is named by a window
    in which it was in breach. When late rows show that two alerts were one, what was said under
    either name is said of the one that is left. -#}

with alerts as (

    select * from {{ ref('model_monitor', 'int_monitor__alert_states') }}

),

windows as (

    select distinct
        fingerprint,
        window_end
    from {{ ref('model_monitor', 'monitor_judgements') }}
    where outcome = 'breach'

)

select
    alerts.alert_id,
    {{ model_monitor.alert_name('windows.fingerprint', 'windows.window_end') }} as known_as
from alerts
inner join windows
    on alerts.fingerprint = windows.fingerprint
    and windows.window_end >= alerts.opened_at
    and windows.window_end <= alerts.last_seen_at
